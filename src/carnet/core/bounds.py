"""What is known and what is possible: a condition or a level held between its bounds."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Bounds(NamedTuple):
    """A condition or a level at its least and at its most over all completions of what is unknown."""

    least: pl.Expr
    most: pl.Expr


def ends(condition: pl.Expr) -> Bounds:
    """Return the ends of a three-valued condition whose unknown parts are free of one another."""
    return Bounds(condition.fill_null(False), condition.fill_null(True))


def yes(item: str) -> Bounds:
    """Return whether a yes/no item holds."""
    return ends(pl.col(item))


def every(*found: Bounds) -> Bounds:
    """Return whether all conditions hold."""
    return Bounds(pl.all_horizontal(f.least for f in found), pl.all_horizontal(f.most for f in found))


def some(*found: Bounds) -> Bounds:
    """Return whether at least one condition holds."""
    return Bounds(pl.any_horizontal(f.least for f in found), pl.any_horizontal(f.most for f in found))


def highest(*levels: Bounds) -> Bounds:
    """Return the highest of some levels."""
    return Bounds(pl.max_horizontal(v.least for v in levels), pl.max_horizontal(v.most for v in levels))
