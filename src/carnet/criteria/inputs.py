"""The columns that criteria share, and how a value known only within bounds enters a comparison."""

from __future__ import annotations

import polars as pl

from carnet.core.form import Item
from carnet.core.rule import Rule

SLEDAI = (0, 105)
CLINICAL = (0, 101)
PGA = (0.0, 3.0)
"""The ends of the scales (gladman2002, piga2022): they bound what is not known at all."""

DECIMALS = 9
"""Finer than any value is recorded, coarser than the noise of binary numbers."""


def score(id: str, label: str, ends: tuple[int, int]) -> Item:
    """Return the input of a whole-number score."""
    return Item(id, label, "integer", low=ends[0], high=ends[1])


def assessment(id: str) -> Item:
    """Return the input of a physician's assessment on the scale from 0 to 3."""
    return Item(id, "Physician global assessment", "decimal", low=PGA[0], high=PGA[1])


DOSE = Item("prednisone", "Prednisone or equivalent", "decimal", unit="mg/day", low=0)
RESCUE = Item("rescue", "Rescue started on or before this assessment", "boolean")


def scored(name: str, label: str, ends: tuple[int, int], at: str = "") -> tuple[Item, tuple[Item, ...]]:
    """Return the input of a score and those of its bounds, now or at another time (`_base`, `_prev`)."""
    bounds = tuple(score(f"{name}_{end}{at}", f"{label} bound", ends) for end in ("min", "max"))
    return score(f"{name}{at}", label, ends), bounds


def recorded(value: pl.Expr) -> pl.Expr:
    """Return a number as it was recorded, free of binary noise.

    >>> pl.DataFrame({"rise": [1.2 - 0.9, 0.2999999]}).select(recorded(pl.col("rise")) < 0.3)["rise"].to_list()
    [False, True]
    """
    return value.round(DECIMALS)


def lowest(name: str, ends: tuple[float, float], at: str = "") -> pl.Expr:
    """Return the lower bound of a score: as given, else the value, else the end of the scale."""
    return pl.coalesce(pl.col(f"{name}_min{at}"), pl.col(f"{name}{at}"), pl.lit(ends[0]))


def highest(name: str, ends: tuple[float, float], at: str = "") -> pl.Expr:
    """Return the upper bound of a score: as given, else the value, else the end of the scale."""
    return pl.coalesce(pl.col(f"{name}_max{at}"), pl.col(f"{name}{at}"), pl.lit(ends[1]))


def decide(surely: pl.Expr, possibly: pl.Expr) -> pl.Expr:
    """Return true where it is sure, false where it is not even possible, else unknown."""
    return pl.when(surely).then(True).when(~possibly).then(False)


def below(column: str, limit: float, included: bool, label: str, id: str, unit: str = "") -> Rule:
    """Return the rule that a value lies below a limit, or at it where the limit is included."""
    value = recorded(pl.col(column))
    passes = value <= limit if included else value < limit
    needed = f"{'at most' if included else 'below'} {limit:g}{unit}"
    return Rule(id, f"{label} {needed}", passes, phrase=f"{label} {{{column}}} (needed {needed})")


def rise(at: str) -> tuple[pl.Expr, pl.Expr]:
    """Return by how much the physician's assessment has risen since another time: at least, and at most.

    With one end missing the scale bounds it.
    """
    now, before = pl.col("pga"), pl.col(f"pga{at}")
    return (
        recorded(now.fill_null(PGA[0]) - before.fill_null(PGA[1])),
        recorded(now.fill_null(PGA[1]) - before.fill_null(PGA[0])),
    )


def not_risen(limit: float, id: str, at: str = "_base") -> Rule:
    """Return the rule that the physician's assessment has risen by less than the limit."""
    least, most = rise(at)
    return Rule(
        id, f"PGA less than {limit:g} higher", decide(most < limit, least < limit),
        phrase=f"PGA {{pga:from}} ({{pga:by}}; needed below +{limit:g})",
    )  # fmt: skip


def without(item: Item, id: str, label: str) -> Rule:
    """Return the rule that something is not there, told with the answer: a yes alone would read as its contrary."""
    told = f"{label} ({item.label[0].lower()}{item.label[1:]}: {{{item.id}}})"
    return Rule(id, label, ~pl.col(item.id), phrase=told)


def no_rescue(id: str) -> Rule:
    """Return the rule that no rescue has begun."""
    return without(RESCUE, id, "no rescue up to this assessment")


def inactive(limit: float, id: str) -> Rule:
    """Return the rule that the clinical SLEDAI-2K, known or within bounds, is at most the limit."""
    most, least = highest("sledai2k_clinical", CLINICAL), lowest("sledai2k_clinical", CLINICAL)
    said, needed = ("is 0", "0") if limit == 0 else (f"at most {limit:g}",) * 2
    return Rule(
        id, f"clinical SLEDAI-2K {said}", decide(most <= limit, least <= limit),
        phrase=f"clinical SLEDAI-2K {{sledai2k_clinical}} (needed {needed})",
    )  # fmt: skip
