"""Infusion reactions and infections, by what was done about them."""

from __future__ import annotations

from carnet.safety.reaction import INFECTION, REACTION


def test_what_was_done_about_a_reaction(spec):
    spec(
        REACTION,
        """
        reaction_action | reaction_prolonged | reaction_life_threatening | reaction_fatal | reaction_min | reaction_max
        NONE            | no                 | no                        | no             | 1            | 1
        SLOWED          | no                 | no                        | no             | 1            | 2
        INTERRUPTED     | no                 | no                        | no             | 2            | 2
        STOPPED         | no                 | no                        | no             | 2            | 2
        TREATED         | no                 | no                        | no             | 2            | 2
        TREATED         | yes                | no                        | no             | 3            | 3
        TREATED         |                    | no                        | no             | 2            | 3
        TREATED         | yes                | yes                       | no             | 4            | 4
        TREATED         | yes                | yes                       | yes            | 5            | 5
                        | no                 | no                        | no             | 1            | 2
    """,
    )
    spec(
        REACTION,
        """
        reaction_present | reaction_action | reaction
        no               |                 | 0
        yes              | TREATED         | 2
    """,
    )


def test_an_anti_infective_by_vein_is_grade_3(spec):
    spec(
        INFECTION,
        """
        infection_iv | infection_life_threatening | infection_fatal | infection_min | infection_max
        no           | no                         | no              | 1             | 3
        yes          | no                         | no              | 3             | 3
                     | no                         | no              | 1             | 3
        yes          | yes                        | no              | 4             | 4
        yes          | no                         | yes             | 5             | 5
    """,
    )
