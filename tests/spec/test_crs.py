# ruff: noqa: E501  (tables are wide)
"""Cytokine release syndrome, ASTCT 2019."""

from __future__ import annotations

from carnet.safety.crs import CRS, crs

FEVER = {"crs_fever": True, "crs_hypotension": "NONE", "crs_hypoxia": "NONE"}


def test_the_worse_of_hypotension_and_hypoxia_grades_a_fever(spec):
    """Every cell of the printed table, and the pairs that the worse one decides."""
    spec(
        CRS,
        """
        crs_hypotension    | crs_hypoxia       | crs | crs_by
        NONE               | NONE              | 1   | crs_fever crs_hypotension crs_hypoxia
        FLUIDS             | NONE              | 2   | crs_hypotension
        NONE               | LOW-FLOW          | 2   | crs_hypoxia
        FLUIDS             | LOW-FLOW          | 2   | crs_hypotension crs_hypoxia
        ONE PRESSOR        | NONE              | 3   | crs_hypotension
        ONE PRESSOR        | LOW-FLOW          | 3   | crs_hypotension
        NONE               | HIGH-FLOW         | 3   | crs_hypoxia
        FLUIDS             | HIGH-FLOW         | 3   | crs_hypoxia
        MULTIPLE PRESSORS  | NONE              | 4   | crs_hypotension
        MULTIPLE PRESSORS  | POSITIVE PRESSURE | 4   | crs_hypotension crs_hypoxia
        NONE               | POSITIVE PRESSURE | 4   | crs_hypoxia
    """,
        crs_fever=True,
    )


def test_fever_is_38_degrees(spec):
    """On, below and above; the highest temperature and the answer on fever are each enough."""
    spec(
        CRS,
        """
        crs_fever | crs_temp_max | crs
        no        | 37.9         | 0
        no        | 38.0         | 1
        no        | 38.1         | 1
                  | 37.9         | 0
                  | 38.0         | 1
        yes       | 37.9         | 1
        yes       |              | 1
        no        |              | 0
                  |              | unknown
    """,
        crs_hypotension="NONE",
        crs_hypoxia="NONE",
    )


def test_treated_fever_is_no_longer_needed(spec):
    """After tocilizumab, glucocorticoid or an antipyretic the two signs decide; without a sign it is over."""
    spec(
        CRS,
        """
        crs_fever | crs_tocilizumab | crs_steroid | crs_antipyretic | crs_hypotension | crs
        no        | 0               | no          | no              | FLUIDS          | 0
        no        | 1               | no          | no              | FLUIDS          | 2
        no        | 0               | yes         | no              | FLUIDS          | 2
        no        | 0               | no          | yes             | ONE PRESSOR     | 3
        no        | 1               | no          | no              | NONE            | 0
        yes       | 1               | no          | no              | NONE            | 1
    """,
        crs_hypoxia="NONE",
    )
    spec(
        crs(masking=False),
        """
        crs_fever | crs_tocilizumab | crs_hypotension | crs
        no        | 1               | FLUIDS          | 0
    """,
        crs_hypoxia="NONE",
    )


def test_what_is_unknown_bounds_the_grade(spec):
    """One sign at its top is certain whatever the other is."""
    spec(
        CRS,
        """
        crs_fever | crs_hypotension   | crs_hypoxia | crs_min | crs_max | crs     | crs_by
        yes       |                   | NONE        | 1       | 4       | unknown | crs_hypotension
        yes       | FLUIDS            |             | 2       | 4       | unknown | crs_hypoxia
        yes       | MULTIPLE PRESSORS |             | 4       | 4       | 4       | crs_hypotension
                  | ONE PRESSOR       | NONE        | 0       | 3       | unknown | crs_fever crs_hypotension crs_hypoxia
        no        |                   |             | 0       | 0       | 0       | unknown
        yes       |                   |             | 1       | 4       | unknown | crs_hypotension crs_hypoxia
    """,
    )
    spec(
        CRS,
        """
        crs_fever | crs_tocilizumab | crs_steroid | crs_min | crs_max
        no        |                 | no          | 0       | 2
        no        |                 | yes         | 2       | 2
        no        | 0               |             | 0       | 2
    """,
        crs_hypotension="FLUIDS",
        crs_hypoxia="NONE",
    )


def test_death_another_cause_and_absence(spec):
    spec(
        CRS,
        """
        crs_present | crs_other_cause | crs_fatal | crs_min | crs_max | crs
        yes         | no              | no        | 1       | 1       | 1
        no          | no              | no        | 0       | 0       | 0
                    | no              | no        | 0       | 1       | unknown
        yes         | yes             | no        | 0       | 0       | 0
        yes         |                 | no        | 0       | 1       | unknown
        yes         | no              | yes       | 5       | 5       | 5
        yes         | no              |           | 1       | 5       | unknown
    """,
        **FEVER,
    )
