"""DORIS remission."""

from __future__ import annotations

from carnet.criteria.doris import DORIS, doris

REMISSION = {"sledai2k_clinical": 0, "pga": 0.2, "prednisone": 2.5, "stable_treatment": True}


def test_every_clause_at_its_limit(spec):
    """No clinical activity, PGA below 0.5, at most 5 mg, stable treatment."""
    spec(
        DORIS,
        """
        sledai2k_clinical | pga  | prednisone | stable_treatment | doris
        0                 | 0.2  | 2.5        | yes              | yes
        1                 | 0.2  | 2.5        | yes              | no
        0                 | 0.49 | 2.5        | yes              | yes
        0                 | 0.5  | 2.5        | yes              | no
        0                 | 0.51 | 2.5        | yes              | no
        0                 | 0.2  | 4.9        | yes              | yes
        0                 | 0.2  | 5          | yes              | yes
        0                 | 0.2  | 5.1        | yes              | no
        0                 | 0.2  | 2.5        | no               | no
    """,
    )


def test_one_failing_clause_decides_whatever_is_missing(spec):
    spec(
        DORIS,
        """
        sledai2k_clinical | pga | prednisone | stable_treatment | doris
                          | 0.2 | 2.5        | yes              | unknown
        0                 |     | 2.5        | yes              | unknown
        0                 | 0.2 |            | yes              | unknown
        0                 | 0.2 | 2.5        |                  | unknown
                          |     | 10         |                  | no
        2                 |     |            |                  | no
                          | 0.6 |            |                  | no
                          |     |            | no               | no
                          |     |            |                  | unknown
    """,
    )


def test_activity_within_bounds(spec):
    spec(
        DORIS,
        """
        sledai2k_clinical | sledai2k_clinical_min | sledai2k_clinical_max | doris_cs | doris
                          | 0                     | 0                     | yes      | yes
                          | 0                     | 4                     | unknown  | unknown
                          | 1                     | 4                     | no       | no
        0                 |                       |                       | yes      | yes
                          | 2                     |                       | no       | no
                          |                       | 0                     | yes      | yes
    """,
        **{k: v for k, v in REMISSION.items() if k != "sledai2k_clinical"},
    )


def test_sources_that_differ_are_parameters(spec):
    """The table of the 2021 paper prints below 5 mg, the 2017 framework PGA of at most 0.5."""
    spec(
        doris(dose_included=False),
        """
        prednisone | doris
        4.9        | yes
        5          | no
    """,
        **REMISSION,
    )
    spec(
        doris(pga_included=True),
        """
        pga  | doris
        0.5  | yes
        0.51 | no
    """,
        **REMISSION,
    )


def test_explanation():
    row = DORIS.judge([{**REMISSION, "prednisone": 7.5}]).row(0, named=True)
    assert list(DORIS.explain(row)) == [
        "no       DORIS remission",
        "  no       prednisone 7.5 mg/day (needed at most 5 mg/day)",
    ]
