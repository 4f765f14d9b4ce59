"""SLEDAI-2K: twenty-four manifestations, each present or absent, weighted and added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

import polars as pl

from carnet.core.form import Form, Item, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule
from carnet.instruments import tables

ITEMS = read_items("carnet.instruments", "sledai2k.csv")
"""The items with their points; groups tell the system, the major organs and the serological items."""

PARAMETERS = read_parameters("carnet.instruments", "parameters.csv", "sledai2k")

VERSIONS = {row["version"]: row for row in tables.rows("sledai_versions.csv")}
"""The versions of the index, of the same items and points: title, and the category under which SDTM keeps each."""

WORDINGS = tables.rows("sledai_wordings.csv")
"""What an item asks for in a version where that differs from the wording of 2000."""

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


def _worded(version: str, joints: int) -> tuple[Item, ...]:
    """Return the items in the words of a version; with three joints arthritis is worded as in the other versions."""
    texts = {row["item"]: row["definition"] for row in WORDINGS if version in row["versions"].split()}
    if joints > 2:
        texts |= {row["item"]: row["definition"] for row in WORDINGS if row["item"] == "sledai_arthritis"}
    return tuple(replace(item, definition=texts.get(item.id, item.definition)) for item in ITEMS)


def sledai2k(**settings: Any) -> Instrument:
    """Return the index (gladman2002) in one of its versions; `carnet describe sledai2k` lists the parameters.

    The versions share items and points, and differ in what counts as present. A table that says by which one its
    items were assessed (`sledai_version`) is scored by no other, and the version stands beside the score: a
    change from one to another is refused where scores are compared.

    >>> sledai2k(version="SELENA").form["sledai_arthritis"].definition[:20]
    'More than two joints'
    """
    parameters = PARAMETERS.set(**settings)
    version = parameters["version"]
    about = VERSIONS[version]
    items = _worded(version, parameters["joints"])
    name = about["category"]
    told = Item("sledai_version", "Wording by which the items were assessed", "choice", choices=(version,))
    return Instrument(
        "sledai2k",
        about["title"],
        source=about["source"],
        form=Form(
            "sledai2k", name, "RS", items, checks=(LOW_COMPLEMENT,), title_zh=about["title_zh"], category=name
        ),
        scores=(
            Score("sledai2k", f"{name} total", total(items)),
            Score("sledai2k_min", f"{name} total, unknown items absent", least(items)),
            Score("sledai2k_max", f"{name} total, unknown items present", most(items)),
            Score("sledai2k_clinical", f"Clinical {name}", total(CLINICAL)),
            Score("sledai2k_clinical_min", f"Clinical {name}, unknown items absent", least(CLINICAL)),
            Score("sledai2k_clinical_max", f"Clinical {name}, unknown items present", most(CLINICAL)),
            Score("sledai2k_version", "Version that was scored", pl.lit(version)),
        ),
        inputs=Inputs((*items, told), optional={"sledai_version": pl.lit(version)}),
        parameters=parameters,
        make=sledai2k,
    )  # fmt: skip


SLEDAI2K = sledai2k()
