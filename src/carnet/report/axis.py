"""The axis of days that the profiles of a trial share: the weeks around the infusions have more room than the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

GUTTER, EDGE = 225, 10
"""Room for names at the left and for arrows at the right, in pixels."""

BEFORE, CLOSE, WIDE = (-30.0, -9.0, 60.0), (-9.0, 35.0, 540.0), 540.0
"""The days before treatment and those around the infusions with the room they have; the room of all that follows."""


@dataclass(frozen=True)
class Axis:
    """The days of a trial in stretches (first day, last day, width), the weeks of treatment wider than the rest."""

    stretches: tuple[tuple[float, float, float], ...]

    @property
    def width(self) -> float:
        """The width of the whole sheet."""
        return GUTTER + sum(width for *_, width in self.stretches) + EDGE

    @property
    def seams(self) -> list[float]:
        """The days at which the scale changes."""
        return [first for first, *_ in self.stretches[1:]]

    def place(self, day: pl.Expr) -> pl.Expr:
        """Return where a day stands; one beyond the ends stands at the end."""
        day = day.cast(pl.Float64).clip(self.stretches[0][0], self.stretches[-1][1])
        at, place = float(GUTTER), pl.lit(None, dtype=pl.Float64)
        for first, last, width in self.stretches:
            here = at + (day - first) / (last - first) * width
            place = pl.when(day >= first).then(here).otherwise(place)
            at += width
        return place


def shared(datasets: Mapping[str, pl.DataFrame]) -> Axis:
    """Return the axis of a trial, to its last day, so that the pages of its patients can be laid side by side."""
    treated = datasets["adsl"].filter(pl.col("SAFFL") == "Y")
    seen = pl.max_horizontal("SAFEDT", "EOSDT") - pl.coalesce("CARSDT", "TRTSDT")
    last = treated.select(seen.dt.total_days().max()).item()
    return Axis((BEFORE, CLOSE, (CLOSE[1], float(max(last or 0, CLOSE[1] + 30) + 12), WIDE)))
