"""Limits for a proportion by four methods, for one count or for columns of them.

With no patients at all (n = 0) every interval is 0 to 1: nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carnet.core.errors import InputError
from carnet.statistics.counts import parts_of, tail

Floats = NDArray[np.float64]
HALVINGS = 60
"""Of the interval from 0 to 1: more than a double can tell apart."""


def intervals(
    responders: ArrayLike, n: ArrayLike, method: str = "exact", level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the lower and the upper limits of many proportions: "exact", "wilson", "jeffreys" or "mid-p".

    Counts are arrays of one shape, or one of them a number; the limits have that shape.

    >>> low, high = intervals([0, 7, 10], 10)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.3475, 0.6915], [0.3085, 0.9333, 1.0])
    """
    if method not in METHODS:
        raise InputError(f"method is {method!r}; it takes one of {', '.join(METHODS)}.")
    x, of = parts_of("responders", responders, n)
    low, high = METHODS[method](x, of, tail(level))
    return np.where(x == 0, 0.0, low), np.where(x == of, 1.0, high)


def _exact(x: Floats, n: Floats, a: float) -> tuple[Floats, Floats]:
    """The rates at which as much or more, or as little or less, has probability a (clopper1934)."""
    from scipy.special import betaincinv

    # Where a limit is 0 or 1 anyway the shape is kept positive.
    low = betaincinv(np.maximum(x, 1), n - x + 1, a)
    high = betaincinv(x + 1, np.maximum(n - x, 1), 1 - a)
    return np.asarray(low, np.float64), np.asarray(high, np.float64)


def _jeffreys(x: Floats, n: Floats, a: float) -> tuple[Floats, Floats]:
    """Equal tails of the posterior under the prior Beta(1/2, 1/2), opened at the ends (brown2001)."""
    from scipy.special import betaincinv

    low, high = (betaincinv(x + 0.5, n - x + 0.5, p) for p in (a, 1 - a))
    return np.asarray(low, np.float64), np.asarray(high, np.float64)


def _wilson(x: Floats, n: Floats, a: float) -> tuple[Floats, Floats]:
    """The rates that the score test without continuity correction does not reject (wilson1927)."""
    from scipy.special import ndtri

    z2, of = float(ndtri(a)) ** 2, np.maximum(n, 1)
    p = x / of
    centre, half = p + z2 / (2 * of), np.sqrt(z2 * (p * (1 - p) / of + z2 / (4 * of * of)))
    return (centre - half) / (1 + z2 / of), (centre + half) / (1 + z2 / of)


def _mid_p(x: Floats, n: Floats, a: float) -> tuple[Floats, Floats]:
    """Exact tails that count half of the observed outcome (lancaster1961)."""
    from scipy.special import betainc

    def above(p: Floats) -> Floats:
        at_least = np.where(x == 0, 1.0, betainc(np.maximum(x, 1), n - x + 1, p))
        more = np.where(x == n, 0.0, betainc(x + 1, np.maximum(n - x, 1), p))
        return (at_least + more) / 2

    def solve(goal: float) -> Floats:
        low, high = np.zeros(x.shape), np.ones(x.shape)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            short = above(middle) < goal
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return (low + high) / 2

    return solve(a), solve(1 - a)


METHODS: dict[str, Callable[[Floats, Floats, float], tuple[Floats, Floats]]] = {
    "exact": _exact,
    "wilson": _wilson,
    "jeffreys": _jeffreys,
    "mid-p": _mid_p,
}
