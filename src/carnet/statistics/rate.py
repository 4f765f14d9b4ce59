"""Events per time at risk, with exact Poisson limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from carnet.core.errors import InputError
from carnet.statistics.counts import tail, whole


@dataclass(frozen=True)
class Rate:
    """Events per unit of time at risk, and its limits."""

    events: int
    time: float
    rate: float
    low: float
    high: float


def exact_rate(events: int, time: float, level: float = 0.95) -> Rate:
    """Return events per time at risk with Garwood's exact limits (garwood1936).

    Time in patient-years gives events per patient-year. Without time at risk the rate is nan, its limits
    0 and infinity: nothing is known.

    >>> found = exact_rate(0, 8.5)
    >>> found.rate, found.low, round(found.high, 3)
    (0.0, 0.0, 0.434)
    """
    from scipy.special import gammaincinv

    x, a = whole("events", events), tail(level)
    if not (math.isfinite(time) and time >= 0) or (time == 0 and x):
        raise InputError(f"{x} events in a time at risk of {time!r}; events take a positive, finite time.")
    if time == 0:
        return Rate(x, 0.0, math.nan, 0.0, math.inf)
    # Chi-square quantiles of 2x and 2x + 2 degrees of freedom are twice these gamma quantiles.
    low = 0.0 if x == 0 else float(gammaincinv(x, a))
    high = float(gammaincinv(x + 1, 1 - a))
    return Rate(x, float(time), x / time, low / time, high / time)
