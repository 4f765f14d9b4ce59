"""Area under a level over time, segment by segment, inside any window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.kinetics.courses import Floats, Runs, Truths, Whole

SMALL = 1e-5
"""Below this fall of the logarithm over a piece, straight and logarithmic areas agree to all their digits."""


@dataclass(frozen=True)
class Pieces:
    """The pieces between neighbouring levels: ends in time, levels there, and how fast each falls.

    `falls` is the rate of a piece that runs logarithmically, 0 of a straight one.
    """

    runs: Runs
    profile: Whole
    t1: Floats
    t2: Floats
    c1: Floats
    c2: Floats
    falls: Floats
    whole: Floats

    def area(self, low: float = 0.0, high: float = np.inf) -> tuple[Whole, Floats]:
        """Return profiles and the area of each between two times, in day x unit (denney2015, kim2018)."""
        inside = (self.t1 >= low) & (self.t2 <= high)
        found = np.where(inside, self.whole, 0.0)
        cut = np.flatnonzero(~inside & (self.t2 > low) & (self.t1 < high))
        found[cut] = self._cut(cut, low, high)
        return self.profile[self.runs.starts], self.runs.total(found)

    def _cut(self, cut: Whole, low: float, high: float) -> Floats:
        """Return the area of pieces that an end of a window cuts: by the rule of the piece."""
        t1, t2, c1, c2, k = (getattr(self, name)[cut] for name in ("t1", "t2", "c1", "c2", "falls"))
        begin, end = np.maximum(t1, low), np.minimum(t2, high)

        def level(t: Floats) -> Floats:
            return np.where(k != 0, c1 * np.exp(-k * (t - t1)), c1 + (c2 - c1) * ((t - t1) / (t2 - t1)))

        return _area(level(begin), level(end), k, end - begin)


def _area(start: Floats, end: Floats, falls: Floats, width: Floats) -> Floats:
    bent = np.abs(falls * width) > SMALL
    straight = (start / 2 + end / 2) * width
    return np.where(bent, (start - end) / np.where(bent, falls, 1.0), straight)


def pieces(profile: Whole, time: Floats, level: Floats, tmax: Floats, method: str) -> Pieces:
    """Return the pieces of profiles that stand end to end, each in order of time.

    Before its first level a profile runs from 0 at time 0, and after its last there is none. `tmax` is that
    of the profile, for each level.

    >>> one, t, c = np.array([1, 1]), np.array([1.0, 3.0]), np.array([8.0, 2.0])
    >>> area = pieces(one, t, c, np.array([1.0, 1.0]), "linear-up-log-down").area()[1].item()
    >>> round(area, 4), pieces(one, t, c, np.array([1.0, 1.0]), "linear").area()[1].item()
    (12.6562, 14.0)
    """
    runs = Runs(profile)
    t1, c1 = _before(time, runs), _before(level, runs)
    positive = (c1 > 0) & (level > 0)
    bent: Truths = {
        "linear-up-log-down": positive & (level < c1),
        "linear": np.zeros(len(time), np.bool_),
        "linear-log": positive & (t1 >= tmax),
    }[method]
    falls = np.zeros(len(time))
    falls[bent] = (np.log(c1[bent]) - np.log(level[bent])) / (time[bent] - t1[bent])
    return Pieces(runs, profile, t1, time, c1, level, falls, _area(c1, level, falls, time - t1))


def _before(values: Floats, runs: Runs) -> Floats:
    """Return the value before each, 0 before the first of a profile."""
    before = np.zeros(len(values))
    before[1:] = values[:-1]
    before[runs.starts] = 0.0
    return before
