# ruff: noqa: E501  (tables are wide)
"""Neurotoxicity (ICANS) and the ICE score, ASTCT 2019."""

from __future__ import annotations

from carnet.safety.icans import ICANS
from carnet.safety.ice import ICE, TASKS

DONE = {task.id: True for task in TASKS}
WELL = {
    "ice_total": 10,
    "icans_consciousness": "AWAKE",
    "icans_seizure": "NONE",
    "icans_motor": "NONE",
    "icans_oedema": "NONE",
}


def but(**changed):
    return {name: value for name, value in {**WELL, **changed}.items() if value is not ...}


def test_ten_tasks_ten_points(spec):
    """A task that was not asked leaves the score between its bounds."""
    spec(
        ICE,
        """
        ice_year | ice_writing | ice_attention | ice_min | ice_max | ice
        yes      | yes         | yes           | 10      | 10      | 10
        no       | yes         | yes           | 9       | 9       | 9
        no       | no          | no            | 7       | 7       | 7
        yes      |             | yes           | 9       | 10      | unknown
                 |             |               | 7       | 10      | unknown
    """,
        **DONE,
    )


def test_the_ice_score_by_its_printed_ranges(spec):
    """10 is no impairment, 7 to 9 grade 1, 3 to 6 grade 2, 0 to 2 grade 3 in a patient who is awake."""
    spec(
        ICANS,
        """
        ice_total | icans
        10        | 0
        9         | 1
        7         | 1
        6         | 2
        3         | 2
        2         | 3
        0         | 3
    """,
        **but(ice_total=...),
    )


def test_every_other_domain(spec):
    """The worst domain is the grade; whoever cannot be roused is grade 4, also without an ICE score."""
    spec(
        ICANS,
        """
        ice_total | icans_consciousness | icans_seizure           | icans_motor | icans_oedema     | icans | icans_by
        10        | AWAKENS TO VOICE    | NONE                    | NONE        | NONE             | 2     | icans_consciousness
        10        | AWAKENS TO TOUCH    | NONE                    | NONE        | NONE             | 3     | icans_consciousness
        0         | UNROUSABLE          | NONE                    | NONE        | NONE             | 4     | icans_consciousness
                  | UNROUSABLE          | NONE                    | NONE        | NONE             | 4     | icans_consciousness
        8         | AWAKE               | BRIEF, RESOLVED         | NONE        | NONE             | 3     | icans_seizure
        8         | AWAKE               | PROLONGED OR REPETITIVE | NONE        | NONE             | 4     | icans_seizure
        8         | AWAKE               | NONE                    | PRESENT     | NONE             | 4     | icans_motor
        8         | AWAKE               | NONE                    | NONE        | FOCAL ON IMAGING | 3     | icans_oedema
        8         | AWAKE               | NONE                    | NONE        | DIFFUSE OR SIGNS | 4     | icans_oedema
        5         | AWAKENS TO VOICE    | NONE                    | NONE        | NONE             | 2     | ice_total icans_consciousness
    """,
    )


def test_what_is_unknown_bounds_the_grade(spec):
    spec(
        ICANS,
        """
        ice_total | icans_consciousness | icans_seizure | icans_min | icans_max | icans
                  | AWAKE               | NONE          | 0         | 3         | unknown
        10        |                     | NONE          | 0         | 4         | unknown
        5         | AWAKE               |               | 2         | 4         | unknown
        0         |                     | NONE          | 3         | 4         | unknown
                  | UNROUSABLE          |               | 4         | 4         | 4
    """,
        **but(ice_total=..., icans_consciousness=..., icans_seizure=...),
    )


def test_the_tasks_stand_in_for_a_total_that_is_not_written(spec):
    """Of nine tasks done and one not asked the score is 9 or 10: no impairment, or grade 1."""
    spec(
        ICANS,
        """
        ice_total | ice_writing | ice_attention | icans_min | icans_max | icans
                  | yes         | yes           | 0         | 0         | 0
                  | no          | no            | 1         | 1         | 1
                  |             | yes           | 0         | 1         | unknown
        6         | yes         | yes           | 2         | 2         | 2
    """,
        **{**but(ice_total=...), **DONE},
    )


def test_death_and_another_cause(spec):
    """Sedation explains what is found: no ICANS."""
    spec(
        ICANS,
        """
        ice_total | icans_other_cause | icans_fatal | icans
        5         | no                | no          | 2
        5         | yes               | no          | 0
        5         | no                | yes         | 5
        5         |                   | no          | unknown
    """,
        **but(ice_total=...),
    )
