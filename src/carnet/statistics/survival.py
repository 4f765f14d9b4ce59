"""Time to an event: the product-limit curve, its limits, and the incidence of one event among several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carnet.core.errors import InputError
from carnet.statistics.counts import finite, tail, whole

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A probability over time, as steps: what it is from each of `times` on, and its pointwise limits.

    `at_risk` and `events` are the counts at each time; `start` is the value before the first of them. A limit is nan
    where none can be had: while the probability is 0 or 1.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    value: Floats
    low: Floats
    high: Floats
    start: float
    level: float

    def at(self, time: float) -> tuple[float, float, float]:
        """Return the probability at a time, with its limits."""
        step = int(np.searchsorted(self.times, time, side="right")) - 1
        if step < 0:
            return self.start, math.nan, math.nan
        return float(self.value[step]), float(self.low[step]), float(self.high[step])

    def quantile(self, p: float = 0.5) -> tuple[float, float, float]:
        """Return the first time at which at most 1 - p are left without the event, with its limits (brookmeyer1982).

        The median is p = 0.5. Where the curve is flat at one half the left end counts. What is not reached is
        infinite. It is asked of a survival curve, which falls from 1.
        """

        def reached(curve: Floats) -> float:
            below = np.flatnonzero(np.round(curve, 12) <= round(1 - p, 12))
            return float(self.times[below[0]]) if len(below) else math.inf

        return reached(self.value), reached(self.low), reached(self.high)

    def mean_to(self, tau: float) -> float:
        """Return the area under the curve up to `tau`: of a survival curve, the restricted mean time."""
        inside = self.times < tau
        edges = np.concatenate([[0.0], self.times[inside], [tau]])
        heights = np.concatenate([[self.start], self.value[inside]])
        return float(np.sum(np.diff(edges) * heights))


def kaplan_meier(times: Sequence[float], events: Sequence[bool], level: float = 0.95) -> Curve:
    """Return the share still without the event over time (kaplan1958), with log-log limits of Greenwood's variance.

    `times` runs to the event, or to the last time known without it where `events` is false. A censoring at the time of
    an event comes after it.

    >>> curve = kaplan_meier([6, 6, 10, 13], [True, False, True, False])
    >>> curve.times.tolist(), curve.value.tolist()
    ([6.0, 10.0, 13.0], [0.75, 0.375, 0.375])
    >>> curve.quantile()[0]
    10.0
    """
    time, happened = _pairs(times, [int(bool(event)) for event in events])
    at, n, d = _steps(time, happened == 1)
    survival = np.cumprod(1 - np.divide(d, n))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(d / (n * (n - d)))
    low, high = _log_log(survival, np.sqrt(variance), level)
    return Curve(at, n, d, survival, low, high, 1.0, level)


def cumulative_incidence(
    times: Sequence[float], causes: Sequence[int], cause: int = 1, level: float = 0.95
) -> Curve:
    """Return the share with one kind of event over time where others preclude it (aalen1978).

    `causes` is 0 where nothing had happened by that time, else the number of the kind. One minus the survival curve of
    the one kind alone would count those who can no longer have it.

    >>> curve = cumulative_incidence([1, 2, 3, 4], [1, 2, 1, 0])
    >>> curve.value.tolist()
    [0.25, 0.25, 0.5, 0.5]
    """
    time, kind = _pairs(times, causes)
    at, n, d_all = _steps(time, kind > 0)
    _, _, d = _steps(time, kind == whole("cause", cause))
    survival = np.cumprod(1 - d_all / n)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum(before * d / n)
    low, high = _log_log(incidence, _spread(incidence, before, n, d_all, d), level, rises=True)
    return Curve(at, n, d, incidence, low, high, 0.0, level)


def _pairs(times: Sequence[float], kinds: Sequence[int]) -> tuple[Floats, Floats]:
    if len(times) != len(kinds):
        raise InputError(
            f"There are {len(times)} times and {len(kinds)} events; each patient has one of both."
        )
    time = np.array(finite("times", times), dtype=float)
    if (time < 0).any():
        raise InputError(f"times holds {time.min():g}; a time runs from 0.")
    return time, np.array([whole("causes", kind) for kind in kinds], dtype=float)


def _steps(time: Floats, happened: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return the distinct times, how many were at risk just before each, and how many events it saw."""
    at = np.unique(time)
    at_risk = len(time) - np.searchsorted(np.sort(time), at, side="left")
    events = np.bincount(np.searchsorted(at, time[happened]), minlength=len(at))
    return at, at_risk.astype(float), events.astype(float)


def _log_log(p: Floats, spread: Floats, level: float, *, rises: bool = False) -> tuple[Floats, Floats]:
    """Return the limits symmetric in log(-log p), which stay between 0 and 1; nan where p is 0 or 1.

    `spread` is the standard error of log p.
    """
    from scipy.special import ndtri

    z = -float(ndtri(tail(level)))
    inside = (p > 0) & (p < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where(inside, z * spread / np.abs(np.log(p)), np.nan)
        ends = p ** np.exp(half), p ** np.exp(-half)
    return np.where(inside, ends[0], np.nan), np.where(inside, ends[1], np.nan)


def _spread(incidence: Floats, before: Floats, n: Floats, d_all: Floats, d: Floats) -> Floats:
    """Return the standard error of the log of the incidence, by the delta method (aalen1978)."""
    ahead = incidence[:, None] - incidence[None, :]
    past = np.tril(np.ones((len(n), len(n))))
    with np.errstate(divide="ignore", invalid="ignore"):
        survived = np.nan_to_num(d_all / (n * (n - d_all)), posinf=0.0)
        own = before**2 * (n - d) * d / n**3
        cross = before * d / n**2
        variance = (past * (ahead**2 * survived + own - 2 * ahead * cross)).sum(axis=1)
        return np.sqrt(variance) / incidence
