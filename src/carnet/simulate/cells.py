"""Cells: CAR-NK cells in blood after each infusion, and the B cells that they kill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.curves import DAYS
from carnet.simulate.infusions import Infusions
from carnet.simulate.numbers import Numbers
from carnet.simulate.people import DEEP, NONE, People
from carnet.simulate.streams import Booleans, Floats


@dataclass(frozen=True)
class Cells:
    """The kinetics of each person: level, growth, fast and slow decline; and the course of CD19+ B cells by day."""

    level: Floats
    growth: Floats
    growing: Floats
    fast: Floats
    slow: Floats
    slow_share: Floats
    given: Floats
    start: Floats
    b_cells: Floats

    def copies(self, time: Floats) -> Floats:
        """Return copies per ug of DNA at times in days from midnight of day 0, without assay noise."""
        total = np.zeros_like(time)
        column = (slice(None),) + (None,) * (time.ndim - 1)
        grow, days, fast, slow, share = (
            a[column] for a in (self.growth, self.growing, self.fast, self.slow, self.slow_share)
        )
        for i in range(self.start.shape[1]):
            since = time - self.start[:, i][column]
            past = np.maximum(since - days, 0)
            fall = (1 - share) * np.exp(-fast * past) + share * np.exp(-slow * past)
            one = (
                self.level[column] * self.given[:, i][column] * np.exp(grow * np.clip(since, 0, days)) * fall
            )
            total += np.where(since > 0, one, 0.0)
        return total


def cells(people: People, infusions: Infusions, numbers: Numbers) -> Cells:
    """Return the kinetics and the B cells of each person."""
    n, streams = numbers, people.streams
    names = ("level", "growth", "growing_days", "fast", "slow", "slow_share")
    z = streams.normal("cells.kinetics", len(names))
    typical = np.array(
        [
            np.exp(n["cells.log_level"]),
            n["cells.growth"],
            n["cells.growing_days"],
            n["cells.fast"],
            n["cells.slow"],
            n["cells.slow_share"],
        ]
    )
    spread = n.group("cells_sd", *names)
    level, growth, growing, fast, slow, share = (typical * np.exp(spread * z)).T
    less = np.select(
        [people.response == NONE, people.response == DEEP],
        [n["cells.none_factor"], n["cells.deep_factor"]],
        1.0,
    )
    given = np.where(infusions.given, infusions.share, 0.0)
    return Cells(
        level * less, growth, growing, fast, slow, np.minimum(share, 0.5), given, infusions.start,
        _b_cells(people, np.any(given > 0, axis=1, keepdims=True)[:, 0], n),
    )  # fmt: skip


def _b_cells(people: People, treated: Booleans, n: Numbers) -> Floats:
    """Return CD19+ cells per uL by day: cut by Flu/Cy, gone with the cells, back after months."""
    streams = people.streams
    z = streams.normal("cells.b_cells", 4)
    base = n["b_cells.median"] * np.exp(n["b_cells.log_sd"] * z[:, 0])
    depth = n.group("b_cells", "nadir_deep", "nadir_partial", "nadir_none")[people.response] * np.exp(
        0.5 * z[:, 1]
    )
    depth = np.where(treated, depth, np.maximum(depth, 0.1 * base))
    floor = np.minimum(depth, 0.5 * base)
    gone = n["b_cells.gone_day"] + n["b_cells.gone_spread"] * streams.uniform("cells.gone")
    back = n["b_cells.back_median"] * np.exp(n["b_cells.back_log_sd"] * z[:, 2])
    back = np.where(people.response == NONE, back * n["b_cells.back_none"], back)
    half = np.log(base / floor)
    fall = np.clip((DAYS + 5) / (gone[:, None] + 5), 0, 1)
    rise = 1 / (1 + np.exp(-(DAYS - _midpoint(back, base, floor, n)[:, None]) / n["b_cells.back_width"]))
    restored = n["b_cells.restored"] * np.exp(0.3 * z[:, 3])
    low = np.log(base)[:, None] - half[:, None] * fall
    return np.exp(low + np.minimum(rise, 1.0) * (np.log(base * restored) - np.log(floor))[:, None])


def _midpoint(back: Floats, base: Floats, floor: Floats, n: Numbers) -> Floats:
    """Return the middle of the recovery such that the count passes the limit of recovery on day `back`."""
    share = np.clip(np.log(n["b_cells.recovered"] / floor) / np.log(base / floor), 0.02, 0.98)
    return back - n["b_cells.back_width"] * np.log(share / (1 - share))
