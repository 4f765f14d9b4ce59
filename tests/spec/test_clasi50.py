"""CLASI-50: skin activity halved, among those who have any."""

from __future__ import annotations

from carnet.criteria.clasi50 import CLASI50, clasi50


def test_halved(spec):
    """Exactly half is a response; without activity at baseline there is none."""
    spec(
        CLASI50,
        """
        clasi_activity_base | clasi_activity | clasi_el | clasi_fl | clasi50
        20                  | 9              | yes      | yes      | yes
        20                  | 10             | yes      | yes      | yes
        20                  | 11             | yes      | no       | no
        7                   | 3              | yes      | yes      | yes
        7                   | 4              | yes      | no       | no
        1                   | 0              | yes      | yes      | yes
        0                   | 0              | no       | yes      | no
        20                  |                | yes      | unknown  | unknown
        0                   |                | no       | unknown  | no
                            | 0              | unknown  | yes      | unknown
                            | 35             | unknown  | unknown  | unknown
                            | 36             | unknown  | no       | no
    """,
    )


def test_within_bounds(spec):
    """With areas not looked at: the response stands where every score within the bounds gives it."""
    spec(
        CLASI50,
        """
        clasi_activity_min_base | clasi_activity_max_base | clasi_activity_min | clasi_activity_max | clasi50
        20                      | 25                      | 3                  | 10                 | yes
        20                      | 25                      | 3                  | 11                 | unknown
        20                      | 25                      | 13                 | 20                 | no
        0                       | 5                       | 0                  | 0                  | unknown
        1                       | 5                       | 0                  | 0                  | yes
    """,
    )


def test_choices_of_the_study(spec):
    """A larger fall bears its number; trials ask for a baseline of 10 or so."""
    spec(
        clasi50(fall=70, baseline=10),
        """
        clasi_activity_base | clasi_activity | clasi70
        10                  | 3              | yes
        10                  | 4              | no
        9                   | 0              | no
    """,
    )
