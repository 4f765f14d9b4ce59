"""Courses: the samples that count, all profiles end to end in flat arrays, and what a run of them comes to."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from carnet.kinetics.limits import BELOW, DETECTED, QUANTIFIABLE, RESULTS, STATE

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

NONE = -1
"""The place of a sample that is not there."""

_CODE = {state: code for code, state in enumerate(STATE.categories)}


@dataclass(frozen=True)
class Courses:
    """The samples with a result after the first infusion, profile after profile, each in order of time.

    `level` is not a number unless quantifiable, and `ceiling` unless below quantification. Times are in days,
    `elapsed` since the first infusion and `since` since the one that the sample follows.
    """

    profile: Whole
    infusion: Whole
    elapsed: Floats
    since: Floats
    level: Floats
    limit: Floats
    ceiling: Floats
    quantifiable: Truths
    detected: Truths
    below: Truths

    def keep(self, which: Truths) -> Courses:
        """Return the courses with these samples alone."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})


def courses(samples: pl.DataFrame, order: Whole, refused: Truths) -> Courses:
    """Return what counts of placed samples in their `order`; `refused` tells the profiles that are."""
    state = samples["state"].to_physical().fill_null(_CODE[RESULTS[-1]] + 1).to_numpy()
    infusion = samples["infusion"].fill_null(0).to_numpy()
    profile = samples["profile"].to_numpy()
    counts = (state <= _CODE[RESULTS[-1]]) & (infusion > 0) & ~refused[profile]
    order = order[counts[order]]
    state = state[order]
    names = ("elapsed", "since", "level", "limit", "ceiling")
    numbers = (samples[name].to_numpy()[order] for name in names)
    states = (state == _CODE[name] for name in (QUANTIFIABLE, DETECTED, BELOW))
    return Courses(profile[order].astype(np.int64), infusion[order], *numbers, *states)


class Runs:
    """Neighbours that belong together: where each run starts and ends, and the run of each sample.

    >>> runs = Runs(np.array([4, 4, 7]))
    >>> runs.starts.tolist(), runs.ends.tolist(), runs.of.tolist()
    ([0, 2], [2, 3], [0, 0, 1])
    >>> runs.first(np.array([False, True, False])).tolist()
    [1, -1]
    """

    def __init__(self, *keys: npt.NDArray[np.generic]) -> None:
        new = np.ones(len(keys[0]), np.bool_)
        new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
        self.starts: Whole = np.flatnonzero(new)
        self.ends: Whole = np.append(self.starts[1:], len(new))[: len(self.starts)]
        self.of: Whole = np.cumsum(new) - 1

    def first(self, holds: Truths) -> Whole:
        """Return the place of the first sample of each run for which it holds, else NONE."""
        places = np.flatnonzero(holds)[::-1]
        return self._last_written(places)

    def last(self, holds: Truths) -> Whole:
        """Return the place of the last sample of each run for which it holds, else NONE."""
        return self._last_written(np.flatnonzero(holds))

    def _last_written(self, places: Whole) -> Whole:
        found = np.full(len(self.starts), NONE, np.int64)
        found[self.of[places]] = places  # of several written to one place, the last stays
        return found

    def count(self, holds: Truths) -> Whole:
        """Return in how many samples of each run it holds."""
        return np.add.reduceat(holds.astype(np.int64), self.starts) if len(holds) else self.starts

    def highest(self, level: Floats) -> Floats:
        """Return the highest number of each run, minus infinity where there is none."""
        known = np.where(np.isnan(level), -np.inf, level)
        return np.maximum.reduceat(known, self.starts) if len(level) else known

    def total(self, amount: Floats) -> Floats:
        """Return the sum of each run."""
        return np.add.reduceat(amount, self.starts) if len(amount) else amount


def at(values: npt.NDArray[np.generic], places: Whole) -> Floats:
    """Return the values at these places; not a number where there is none."""
    found = np.full(len(places), np.nan)
    there = places != NONE
    found[there] = values[places[there]]
    return found
