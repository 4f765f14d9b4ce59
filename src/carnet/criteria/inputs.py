"""The columns that criteria share, and how a value known only within bounds enters a comparison."""

from __future__ import annotations

import polars as pl

from carnet.core.form import Item

SLEDAI = (0, 105)
CLINICAL = (0, 101)
PGA = (0.0, 3.0)
"""The ends of the scales (gladman2002, piga2022): they bound what is not known at all."""


def score(id: str, label: str, ends: tuple[int, int]) -> Item:
    """Return the input of a whole-number score."""
    return Item(id, label, "integer", low=ends[0], high=ends[1])


def assessment(id: str) -> Item:
    """Return the input of a physician's assessment on the scale from 0 to 3."""
    return Item(id, "Physician global assessment", "decimal", low=PGA[0], high=PGA[1])


DOSE = Item("prednisone", "Prednisone or equivalent", "decimal", unit="mg/day", low=0)


def lowest(name: str, ends: tuple[float, float], at: str = "") -> pl.Expr:
    """Return the lower bound of a score: as given, else the value, else the end of the scale."""
    return pl.coalesce(pl.col(f"{name}_min{at}"), pl.col(f"{name}{at}"), pl.lit(ends[0]))


def highest(name: str, ends: tuple[float, float], at: str = "") -> pl.Expr:
    """Return the upper bound of a score: as given, else the value, else the end of the scale."""
    return pl.coalesce(pl.col(f"{name}_max{at}"), pl.col(f"{name}{at}"), pl.lit(ends[1]))


def decide(surely: pl.Expr, possibly: pl.Expr) -> pl.Expr:
    """Return true where it is sure, false where it is not even possible, else unknown."""
    return pl.when(surely).then(True).when(~possibly).then(False)
