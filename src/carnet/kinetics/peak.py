"""The maximum and its time, of any number of profiles at once."""

from __future__ import annotations

import numpy as np

from carnet.kinetics.courses import Floats, Runs, Truths, Whole, at


def highest(runs: Runs, level: Floats, among: Truths, tmax: str = "first") -> Whole:
    """Return the place of the maximum of each run among these samples: the first or the last of equal ones."""
    levels = np.where(among, level, np.nan)
    tops = levels == runs.highest(levels)[runs.of]
    return runs.first(tops) if tmax == "first" else runs.last(tops)


def peaks(profile: Whole, time: Floats, level: Floats, tmax: str = "first") -> tuple[Floats, Floats]:
    """Return CMAX and TMAX of each profile, from arrays sorted by profile and time (denney2015).

    The fast way for who has millions of clean profiles: nothing is read, checked or flagged. `profile` is
    any number that is the same for neighbours that belong together, `level` is not a number where it is
    below quantification. A profile without a level has CMAX 0 and no TMAX.

    >>> profile, time = np.array([1, 1, 1, 2]), np.array([1.0, 3.0, 7.0, 1.0])
    >>> cmax, tmax = peaks(profile, time, np.array([900.0, 4000.0, 4000.0, np.nan]))
    >>> cmax.tolist(), tmax.tolist()
    ([4000.0, 0.0], [3.0, nan])
    """
    runs = Runs(profile)
    top = runs.highest(level)
    tops = level == top[runs.of]
    return np.where(np.isneginf(top), 0.0, top), at(
        time, runs.first(tops) if tmax == "first" else runs.last(tops)
    )
