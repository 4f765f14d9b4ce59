"""A proportion of few patients: exact and approximate intervals, tests, and the Bayesian posterior.

With no patients at all (n = 0) every interval is 0 to 1: nothing is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from carnet.core.errors import InputError
from carnet.statistics.counts import part_of, tail, whole
from carnet.statistics.interval import intervals


def exact_interval(responders: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson limits for a proportion (clopper1934).

    >>> [round(limit, 3) for limit in exact_interval(7, 10)]
    [0.348, 0.933]
    """
    return _one(responders, n, "exact", level)


def wilson_interval(responders: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score limits without continuity correction (wilson1927).

    >>> [round(limit, 4) for limit in wilson_interval(7, 10)]
    [0.3968, 0.8922]
    """
    return _one(responders, n, "wilson", level)


def jeffreys_interval(responders: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the equal-tailed limits under the Jeffreys prior, opened to 0 and 1 at the ends (brown2001).

    >>> [round(limit, 4) for limit in jeffreys_interval(0, 10)]
    [0.0, 0.2172]
    """
    return _one(responders, n, "jeffreys", level)


def mid_p_interval(responders: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the mid-P limits: exact tails that count half of the observed outcome (lancaster1961).

    >>> [round(limit, 4) for limit in mid_p_interval(7, 10)]
    [0.3801, 0.9174]
    """
    return _one(responders, n, "mid-p", level)


def _one(responders: int, n: int, method: str, level: float) -> tuple[float, float]:
    low, high = intervals(whole("responders", responders), whole("n", n), method, level)
    return float(low), float(high)


def exact_upper_bound(responders: int, n: int, level: float = 0.95) -> float:
    """Return the one-sided exact upper bound: with no responder, 1 - (1 - level)^(1/n) (hanley1983).

    It is not the upper end of the two-sided interval of the same level; the two never share a label.

    >>> round(exact_upper_bound(0, 10), 4)
    0.2589
    """
    from scipy.special import betaincinv

    x, n = part_of("responders", responders, n)
    tail(level)
    return 1.0 if x == n else float(betaincinv(x + 1, n - x, level))


def exact_test(responders: int, n: int, rate: float) -> float:
    """Return the one-sided exact p-value: the chance of as many responders or more at the true `rate`.

    >>> round(exact_test(8, 10, 0.401), 4)
    0.0125
    """
    from scipy.stats import binom

    x, n = part_of("responders", responders, n)
    return float(binom.sf(x - 1, n, _probability("rate", rate)))


def paired_test(gained: int, lost: int) -> float:
    """Return the exact two-sided McNemar p-value from the two kinds of discordant pairs (mcnemar1947).

    >>> paired_test(0, 6)
    0.03125
    """
    from scipy.stats import binom

    b, c = whole("gained", gained), whole("lost", lost)
    return min(1.0, 2 * float(binom.cdf(min(b, c), b + c, 0.5)))


def _probability(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise InputError(f"{name} is {value!r}; it takes a number from 0 to 1.")
    return value


@dataclass(frozen=True)
class Posterior:
    """A Beta distribution: what is believed of a rate once the patients have been seen."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The expected rate."""
        return self.a / (self.a + self.b)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the equal-tailed credible limits."""
        from scipy.special import betaincinv

        p = tail(level)
        return float(betaincinv(self.a, self.b, p)), float(betaincinv(self.a, self.b, 1 - p))

    def above(self, rate: float) -> float:
        """Return the probability that the true rate exceeds `rate`."""
        from scipy.special import betaincc

        return float(betaincc(self.a, self.b, _probability("rate", rate)))


def posterior(responders: int, n: int, prior: tuple[float, float] = (1.0, 1.0)) -> Posterior:
    """Return the Beta posterior of a rate: the prior's counts plus those observed.

    >>> posterior(7, 10)
    Posterior(a=8.0, b=4.0)
    >>> round(posterior(7, 10).above(0.40), 4)
    0.9707
    """
    x, n = part_of("responders", responders, n)
    a, b = prior
    if not (0 < a < math.inf and 0 < b < math.inf):
        raise InputError(f"prior is {prior!r}; a Beta prior takes two positive numbers.")
    return Posterior(a + x, b + n - x)


def centred_prior(rate: float, size: float = 2.0) -> tuple[float, float]:
    """Return the weak Beta prior with this mean that weighs as much as `size` patients.

    >>> centred_prior(0.2)
    (0.4, 1.6)
    """
    if not 0 < rate < 1 or not 0 < size < math.inf:
        raise InputError(
            f"A prior centred on {rate!r} of size {size!r} takes a rate inside 0 to 1 and a positive size."
        )
    return size * rate, size * (1 - rate)


def predictive_probability(
    responders: int, n: int, planned: int, rate: float, theta: float, prior: tuple[float, float] = (1.0, 1.0)
) -> float:
    """Return the chance that the whole trial will conclude P(true rate > `rate`) > `theta` (lee2008).

    `n` patients are known of the `planned`; those to come follow the Beta-binomial of the posterior.

    >>> round(predictive_probability(16, 23, 40, rate=0.6, theta=0.9, prior=(0.6, 0.4)), 4)
    0.5656
    """
    from scipy.stats import betabinom

    now = posterior(responders, n, prior)
    _, left = part_of("n", n, planned)
    left -= n
    _probability("theta", theta)
    chances = (
        float(betabinom.pmf(y, left, now.a, now.b))
        for y in range(left + 1)
        if Posterior(now.a + y, now.b + left - y).above(rate) > theta
    )
    return math.fsum(chances)
