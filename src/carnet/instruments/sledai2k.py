"""SLEDAI-2K: twenty-four manifestations, each present or absent, weighted and added up."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add

import polars as pl

from carnet.core.form import Form, Item, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score
from carnet.core.rule import Rule

ITEMS = read_items("carnet.instruments", "sledai2k.csv")
"""The items with their points; groups tell the system, the major organs and the serological items."""

CLINICAL = tuple(item for item in ITEMS if "serological" not in item.groups)
"""The items of the clinical score: all but low complement and anti-dsDNA."""


def total(items: Iterable[Item]) -> pl.Expr:
    """Return the points of the items present; null while one of them is unknown (gladman2002)."""
    items = tuple(items)
    known = pl.all_horizontal(pl.col(item.id).is_not_null() for item in items)
    return pl.when(known).then(least(items))


def least(items: Iterable[Item]) -> pl.Expr:
    """Return the points of the items known to be present: the total if all that is unknown is absent."""
    return _sum(pl.when(item.id).then(_points(item)).otherwise(NONE) for item in items)


def most(items: Iterable[Item]) -> pl.Expr:
    """Return the points of the items not known to be absent: the total if all that is unknown is present."""
    return _sum(pl.when(~pl.col(item.id)).then(NONE).otherwise(_points(item)) for item in items)


NONE = pl.lit(0, pl.Int16)


def _points(item: Item) -> pl.Expr:
    return pl.lit(item.points, pl.Int16)


def _sum(points: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(add, points)


LOW_COMPLEMENT = Rule(
    "low_complement_marked",
    "low complement is marked if C3 or C4 is below its limit",
    pl.col("sledai_low_complement")
    | ~((pl.col("c3") < pl.col("c3_lln")) | (pl.col("c4") < pl.col("c4_lln"))),
    inputs=Inputs(
        (
            Item("sledai_low_complement", "Low complement", "boolean"),
            *(Item(name, name, "decimal") for name in ("c3", "c3_lln", "c4", "c4_lln")),
        )
    ),
)

SLEDAI2K = Instrument(
    "sledai2k",
    "SLE Disease Activity Index 2000",
    source="gladman2002",
    form=Form(
        "sledai2k", "SLEDAI-2K", domain="RS", items=ITEMS, checks=(LOW_COMPLEMENT,),
        title_zh="SLEDAI-2K 疾病活动指数", category="SLEDAI-2K",
    ),
    scores=(
        Score("sledai2k", "SLEDAI-2K total", total(ITEMS)),
        Score("sledai2k_min", "SLEDAI-2K total, unknown items absent", least(ITEMS)),
        Score("sledai2k_max", "SLEDAI-2K total, unknown items present", most(ITEMS)),
        Score("sledai2k_clinical", "Clinical SLEDAI-2K", total(CLINICAL)),
        Score("sledai2k_clinical_min", "Clinical SLEDAI-2K, unknown items absent", least(CLINICAL)),
        Score("sledai2k_clinical_max", "Clinical SLEDAI-2K, unknown items present", most(CLINICAL)),
    ),
    inputs=Inputs(ITEMS),
)  # fmt: skip
