# ruff: noqa: E501  (tables are wide)
"""CLASI: what each area adds to activity and to damage, and what is known of them while an answer is not."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.instruments import CLASI
from carnet.instruments.clasi import ITEMS, SCALP_IN_QUADRANTS

NOTHING = {item.id: False if item.type == "boolean" else 0 for item in ITEMS}
WORST = {item.id: True if item.type == "boolean" else item.high for item in ITEMS}


def test_the_scales_end_at_70_and_56() -> None:
    scores = ["clasi_activity", "clasi_damage"]
    assert CLASI.score([NOTHING]).select(scores).row(0) == (0, 0)
    assert CLASI.score([WORST]).select(scores).row(0) == (70, 56)


def test_each_item_alone_adds_its_points_to_one_of_the_two() -> None:
    """Redness to 3 and scale to 2 an area, mucosa, hair lost and alopecia are activity; pigment and scars damage."""
    for item in ITEMS:
        if item.id == "clasi_dyspigmentation_lasting":
            continue
        activity, damage = (
            CLASI.score([{**NOTHING, item.id: WORST[item.id]}])
            .select("clasi_activity", "clasi_damage")
            .row(0)
        )
        most = item.points or int(item.high or 0)
        assert (activity, damage) == ((most, 0) if "activity" in item.groups else (0, most)), item.id


def test_activity(spec):
    """Redness and scale of every area, a lesion of the mucosa, recent loss of hair and alopecia without scars."""
    spec(CLASI, """
        clasi_erythema_chest | clasi_scale_chest | clasi_erythema_hands | clasi_mucosa | clasi_hair_loss | clasi_alopecia | clasi_activity
        0                    | 0                 | 0                    | no           | no              | 0              | 0
        3                    | 2                 | 0                    | no           | no              | 0              | 5
        3                    | 2                 | 1                    | yes          | yes             | 3              | 11
    """, **NOTHING)  # fmt: skip


def test_dyspigmentation_that_lasts_counts_twice(spec):
    """Twelve months or more double the pigment, never the scars."""
    spec(CLASI, """
        clasi_dyspigmentation_arms | clasi_dyspigmentation_legs | clasi_dyspigmentation_lasting | clasi_scarring_arms | clasi_scalp_scarring | clasi_damage
        yes                        | yes                        | no                            | 0                   | 0                    | 2
        yes                        | yes                        | yes                           | 0                   | 0                    | 4
        yes                        | no                         | yes                           | 2                   | 3                    | 7
        no                         | no                         | yes                           | 2                   | 6                    | 8
    """, **NOTHING)  # fmt: skip


def test_unknown_answers(spec):
    """The ends are what the unknown could still add; whether pigment lasts matters only where there is some."""
    spec(CLASI, """
        clasi_erythema_face | clasi_mucosa | clasi_dyspigmentation_face | clasi_dyspigmentation_lasting | clasi_activity | clasi_activity_min | clasi_activity_max | clasi_damage | clasi_damage_min | clasi_damage_max
        2                   | no           | no                         | no                            | 2              | 2                  | 2                  | 0            | 0                | 0
                            | no           | no                         |                               | unknown        | 0                  | 3                  | 0            | 0                | 0
        2                   |              | yes                        |                               | unknown        | 2                  | 3                  | unknown      | 1                | 2
        ND                  | ND           |                            | no                            | unknown        | 0                  | 4                  | unknown      | 0                | 1
        2                   | no           |                            |                               | 2              | 2                  | 2                  | unknown      | 0                | 2
    """, **NOTHING)  # fmt: skip


def test_scars_of_the_scalp_are_counted_by_quadrants(spec):
    """1 and 2 are not on the sheet: such an answer is asked about and scores nothing until then."""
    table = """
        clasi_scalp_scarring | clasi_damage | clasi_damage_min | clasi_damage_max
        0                    | 0            | 0                | 0
        1                    | unknown      | 0                | 6
        2                    | unknown      | 0                | 6
        3                    | 3            | 3                | 3
        6                    | 6            | 6                | 6
    """
    spec(CLASI, table, **NOTHING)
    judged = SCALP_IN_QUADRANTS.judge({"clasi_scalp_scarring": [0, 1, 2, 3, 4, 5, 6, None]})
    assert judged["clasi_scalp_in_quadrants"].to_list() == [True, False, False, True, True, True, True, None]


def test_what_is_beyond_the_sheet_is_refused() -> None:
    with pytest.raises(InputError, match="clasi_erythema_scalp is 4; it takes a whole number from 0 to 3"):
        CLASI.score(pl.DataFrame({"clasi_erythema_scalp": [4]}))
