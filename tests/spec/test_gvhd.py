"""Acute graft-versus-host disease, MAGIC."""

from __future__ import annotations

from carnet.safety.gvhd import GVHD

NONE = {"gvhd_skin": 0, "gvhd_liver": 0, "gvhd_upper_gut": 0, "gvhd_lower_gut": 0}


def test_the_stages_together(spec):
    """Skin alone to stage 2 is I; skin 3, or stage 1 elsewhere, II; liver or lower gut 2 to 3 III; any stage 4 IV."""
    spec(
        GVHD,
        """
        gvhd_skin | gvhd_liver | gvhd_upper_gut | gvhd_lower_gut | gvhd
        0         | 0          | 0              | 0              | 0
        1         | 0          | 0              | 0              | 1
        2         | 0          | 0              | 0              | 1
        3         | 0          | 0              | 0              | 2
        0         | 1          | 0              | 0              | 2
        0         | 0          | 1              | 0              | 2
        0         | 0          | 0              | 1              | 2
        2         | 1          | 1              | 0              | 2
        0         | 2          | 0              | 0              | 3
        3         | 3          | 1              | 0              | 3
        0         | 0          | 0              | 2              | 3
        0         | 0          | 0              | 3              | 3
        4         | 0          | 0              | 0              | 4
        0         | 4          | 0              | 0              | 4
        0         | 0          | 0              | 4              | 4
    """,
    )


def test_stages_of_what_was_measured(spec):
    """Printed ranges that leave a gap reach up to the next one; a stage that was judged stands."""
    spec(
        GVHD,
        """
        gvhd_skin | gvhd_rash | gvhd_bullae | gvhd_skin_stage_min | gvhd_skin_stage_max
                  | 0         | no          | 0                   | 0
                  | 0.1       | no          | 1                   | 1
                  | 24.9      | no          | 1                   | 1
                  | 25        | no          | 2                   | 2
                  | 50        | no          | 2                   | 2
                  | 50.1      | no          | 3                   | 3
                  | 60        | yes         | 4                   | 4
                  | 60        |             | 3                   | 4
                  |           | no          | 0                   | 4
        1         | 60        | no          | 1                   | 1
    """,
    )
    spec(
        GVHD,
        """
        gvhd_bilirubin | gvhd_liver_stage_min | gvhd_liver_stage_max
        1.99           | 0                    | 0
        2              | 1                    | 1
        3              | 1                    | 1
        3.01           | 2                    | 2
        6              | 2                    | 2
        6.1            | 3                    | 3
        15             | 3                    | 3
        15.1           | 4                    | 4
                       | 0                    | 4
    """,
    )
    spec(
        GVHD,
        """
        gvhd_stool | gvhd_gut_severe | gvhd_lower_gut_stage_min | gvhd_lower_gut_stage_max
        499        | no              | 0                        | 0
        500        | no              | 1                        | 1
        999        | no              | 1                        | 1
        1000       | no              | 2                        | 2
        1500       | no              | 2                        | 2
        1501       | no              | 3                        | 3
        100        | yes             | 4                        | 4
    """,
    )


def test_an_organ_that_was_not_looked_at(spec):
    """The upper gut alone can make it II at most."""
    spec(
        GVHD,
        """
        gvhd_skin | gvhd_liver | gvhd_upper_gut | gvhd_lower_gut | gvhd_min | gvhd_max | gvhd
        1         | 0          |                | 0              | 1        | 2        | unknown
        1         | 2          |                | 0              | 3        | 3        | 3
        1         |            | 0              | 0              | 1        | 4        | unknown
                  | 4          |                |                | 4        | 4        | 4
    """,
    )
    spec(
        GVHD,
        """
        gvhd_present | gvhd
        no           | 0
                     | unknown
    """,
        **{**NONE, "gvhd_skin": 1},
    )
