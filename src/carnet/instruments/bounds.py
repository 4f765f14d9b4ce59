"""How a measured item and its attribution bound what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from carnet.core.bounds import Bounds

ASSUMED = {"bounded": False, "due": True}
"""Whether a measured value of unknown attribution counts, by the parameter `attribution`."""


@dataclass(frozen=True)
class Measure:
    """A measured item: its value, the previous one, and whether the value is due to lupus.

    A value not due to lupus takes part in no grade, yet is measured and is compared with later. One of
    unknown attribution takes part in the worst grade alone, unless `assumed` counts it.
    """

    item: str
    assumed: bool

    @property
    def value(self) -> pl.Expr:
        """The value, free of binary noise."""
        return pl.col(self.item).round(6)

    @property
    def previous(self) -> pl.Expr:
        """The value at the assessment before; null where there is none."""
        return pl.col(f"{self.item}_prev").round(6)

    @property
    def due(self) -> pl.Expr:
        """Whether the value is due to lupus; null where nobody said."""
        return pl.col(f"{self.item}_due")

    @property
    def known(self) -> pl.Expr:
        """Whether the item was measured."""
        return pl.col(self.item).is_not_null()

    @property
    def open(self) -> pl.Expr:
        """Whether it was not measured and could still count."""
        return pl.col(self.item).is_null() & self.due.fill_null(True)

    def finds(self, condition: pl.Expr) -> Bounds:
        """Return whether the value meets a condition and counts; a value not measured meets none."""
        met = condition.fill_null(False) & self.known
        return Bounds(met & self.due.fill_null(self.assumed), met & self.due.fill_null(True))
