"""CLASI: activity and damage of the skin in thirteen areas, added up."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add

import polars as pl

from carnet.core.bounds import Bounds, yes
from carnet.core.form import Form, Item, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, certain
from carnet.core.rule import Rule

ITEMS = read_items("carnet.instruments", "clasi.csv")
"""The items; groups tell what they add to: activity, or damage and in it dyspigmentation."""

LASTING = "clasi_dyspigmentation_lasting"
SCALP = "clasi_scalp_scarring"
QUADRANTS = (0, 3, 4, 5, 6)
"""What scars of the scalp count, in none, one, two, three and four quadrants (albrecht2005)."""


def _of(group: str, without: str = "") -> list[Item]:
    return [item for item in ITEMS if group in item.groups and without not in item.groups]


def _points(items: Iterable[Item]) -> Bounds:
    """Return the points of some items, unknown ones at nothing and at their most."""

    def read(item: Item) -> pl.Expr:
        value = pl.col(item.id)
        if item.id == SCALP:
            value = pl.when(value.is_in(QUADRANTS)).then(value)
        return value.cast(pl.Int64)

    asked = [(read(item), int(item.points or item.high or 0)) for item in items]
    return Bounds(
        reduce(add, (value.fill_null(0) for value, _ in asked)),
        reduce(add, (value.fill_null(most) for value, most in asked)),
    )


def _activity() -> Bounds:
    return _points(_of("activity"))


def _damage() -> Bounds:
    """Damage: dyspigmentation, which counts twice where it lasts, and scars."""
    colour, scars = _points(_of("dyspigmentation")), _points(_of("damage", without="dyspigmentation"))
    lasting = yes(LASTING)
    return Bounds(*(colour[end] * pl.when(lasting[end]).then(2).otherwise(1) + scars[end] for end in (0, 1)))


SCALP_IN_QUADRANTS = Rule(
    "clasi_scalp_in_quadrants",
    "scars of the scalp are 0, 3, 4, 5 or 6",
    pl.col(SCALP).is_in(QUADRANTS),
    inputs=Inputs(tuple(item for item in ITEMS if item.id == SCALP)),
)

CLASI = Instrument(
    "clasi",
    "Cutaneous Lupus Erythematosus Disease Area and Severity Index",
    source="albrecht2005",
    form=Form(
        "clasi", "CLASI", "RS", ITEMS, checks=(SCALP_IN_QUADRANTS,),
        title_zh="CLASI皮肤评分", category="CLASI",
    ),
    scores=(
        *certain("clasi_activity", "CLASI activity, 0 to 70", _activity()),
        *certain("clasi_damage", "CLASI damage, 0 to 56", _damage()),
    ),
    inputs=Inputs(ITEMS),
)  # fmt: skip
