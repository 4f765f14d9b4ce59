"""Treatment-free remission, and remission that is sustained."""

from __future__ import annotations

from carnet.criteria.sustained import SUSTAINED, sustained
from carnet.criteria.treatment_free import TFR, treatment_free

FREE = {
    "sledai2k_clinical": 0, "pga": 0.2, "prednisone": 0, "antimalarial": False, "immunosuppressant": False,
    "immunoglobulin": False,
}  # fmt: skip


def test_every_clause(spec):
    """Remission without glucocorticoid, antimalarial, immunosuppressant, biologic or immunoglobulin."""
    spec(
        TFR,
        """
        sledai2k_clinical | pga  | prednisone | antimalarial | immunosuppressant | immunoglobulin | tfr
        0                 | 0.2  | 0          | no           | no                | no             | yes
        1                 | 0.2  | 0          | no           | no                | no             | no
        0                 | 0.49 | 0          | no           | no                | no             | yes
        0                 | 0.5  | 0          | no           | no                | no             | no
        0                 | 0.51 | 0          | no           | no                | no             | no
        0                 | 0.2  | 0.1        | no           | no                | no             | no
        0                 | 0.2  | 0          | yes          | no                | no             | no
        0                 | 0.2  | 0          | no           | yes               | no             | no
        0                 | 0.2  | 0          | no           | no                | yes            | no
        0                 | 0.2  |            | no           | no                | no             | unknown
        0                 | 0.2  | 0          |              | no                | no             | unknown
                          |      |            | yes          |                   |                | no
    """,
    )


def test_hydroxychloroquine_allowed(spec):
    spec(
        treatment_free(antimalarial=True),
        """
        antimalarial | immunosuppressant | tfr
        yes          | no                | yes
                     | no                | yes
        yes          | yes               | no
    """,
        **FREE,
    )


def test_replacement_allowed(spec):
    """20 mg of hydrocortisone are 5 of prednisone; nothing may be left beside. Without the column none is taken."""
    allowed = treatment_free(replacement=True)
    spec(
        allowed,
        """
        prednisone | replacement | tfr
        5          | 5           | yes
        5.1        | 5           | no
        5          | 4.9         | no
        0          |             | yes
        5          |             | unknown
                   | 5           | unknown
    """,
        **FREE,
    )
    spec(
        allowed,
        """
        prednisone | tfr
        0          | yes
        5          | no
    """,
        **FREE,
    )


def test_immunoglobulin_allowed(spec):
    spec(
        treatment_free(immunoglobulin=True),
        """
        immunoglobulin | tfr
        yes            | yes
                       | yes
    """,
        **FREE,
    )


def test_sustained(spec):
    """At a visit, at the scheduled visit before it, 14 days apart or more, and at every one after."""
    spec(
        SUSTAINED,
        """
        doris | doris_prev | days_since | doris_after | dorissus
        yes   | yes        | 13         | yes         | no
        yes   | yes        | 14         | yes         | yes
        yes   | yes        | 15         | yes         | yes
        no    | yes        | 28         | yes         | no
        yes   | no         | 28         | yes         | no
        yes   | yes        | 28         | no          | no
              | yes        | 28         | yes         | unknown
        yes   |            | 28         | yes         | unknown
        yes   | yes        |            | yes         | unknown
        yes   | yes        | 28         |             | unknown
              |            | 28         | no          | no
    """,
    )
    spec(
        sustained(days=28),
        """
        doris | doris_prev | days_since | doris_after | dorissus
        yes   | yes        | 27         | yes         | no
        yes   | yes        | 28         | yes         | yes
    """,
    )
