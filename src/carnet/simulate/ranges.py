"""Reference ranges of the laboratory for each person, from the study definition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from carnet.simulate.people import People
from carnet.simulate.streams import Floats
from carnet.study import Study


@dataclass(frozen=True)
class Ranges:
    """The lower and upper limits by item, for women and for men; a limit that is not given is not a number."""

    limits: dict[str, tuple[float, float, float, float]]

    def low(self, item: str, people: People) -> Floats:
        """Return the lower limit of each person."""
        found = self.limits[item]
        return np.where(people.female, found[0], found[1])

    def high(self, item: str, people: People) -> Floats:
        """Return the upper limit of each person."""
        found = self.limits[item]
        return np.where(people.female, found[2], found[3])


@cache
def ranges(study: Study) -> Ranges:
    """Return the reference ranges of the study, the latest of each item and sex."""
    latest = study.ranges.sort("effective", maintain_order=True).with_columns(pl.col("sex").fill_null(""))
    limits = {}
    for item in latest["item"].unique(maintain_order=True):
        rows = latest.filter(pl.col("item") == item)
        ends = []
        for end in ("low", "high"):
            for sex in ("F", "M"):
                mine = rows.filter(pl.col("sex").is_in([sex, ""]))[end].to_list()
                ends.append(float("nan") if not mine or mine[-1] is None else float(mine[-1]))
        limits[item] = (ends[0], ends[1], ends[2], ends[3])
    return Ranges(limits)
