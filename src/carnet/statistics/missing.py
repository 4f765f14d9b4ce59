"""Responders of whom some are unknown: every way to complete them, and completions drawn from what was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carnet.core.errors import InputError
from carnet.statistics.change import Estimate
from carnet.statistics.counts import part_of, tail, whole
from carnet.statistics.interval import intervals


@dataclass(frozen=True)
class Completion:
    """What the rate would be if `responders` of the unknown patients had responded."""

    responders: int
    rate: float
    low: float
    high: float


def tipping(responders: int, n: int, unknown: int, level: float = 0.95) -> tuple[Completion, ...]:
    """Return the rate with its exact limits for each number of responders among the unknown, from none to all.

    The first is the worst case (NRI), the last the best. `n` counts every patient, the unknown among them.

    >>> [(c.responders, round(c.rate, 2), round(c.low, 3)) for c in tipping(6, 10, 2)]
    [(0, 0.6, 0.262), (1, 0.7, 0.348), (2, 0.8, 0.444)]
    """
    known, of = part_of("responders", responders, n)
    part_of("responders and unknown together", known + whole("unknown", unknown), of)
    counts = np.arange(known, known + unknown + 1)
    low, high = intervals(counts, of, level=level)
    rates = counts / of if of else np.full(len(counts), math.nan)
    return tuple(
        Completion(more, float(rate), float(a), float(b))
        for more, (rate, a, b) in enumerate(zip(rates, low, high, strict=True))
    )


def tipping_point(responders: int, n: int, unknown: int, rate: float, level: float = 0.95) -> int | None:
    """Return how many of the unknown must have responded for the lower limit to exceed a rate; None if not even all.

    >>> tipping_point(7, 10, 2, 0.40), tipping_point(2, 10, 2, 0.40)
    (1, None)
    """
    return next((c.responders for c in tipping(responders, n, unknown, level) if c.low > rate), None)


def pool(
    estimates: Sequence[float], variances: Sequence[float], level: float = 0.95, whole_df: float = math.inf
) -> Estimate:
    """Return the pooled estimate of several completed data sets, by the rules of rubin1987.

    `whole_df` is what the degrees of freedom would be with nothing missing: in a small trial they bound those of the
    pooled estimate (barnard1999). Without spread between the data sets the limits are the ordinary ones.

    >>> found = pool([0.6, 0.7, 0.65], [0.02, 0.02, 0.02])
    >>> round(found.estimate, 3), round(found.low, 3), round(found.high, 3)
    (0.65, 0.347, 0.953)
    """
    from scipy.special import stdtrit

    m = len(estimates)
    if m < 2 or len(variances) != m:
        raise InputError(
            f"Pooling takes two data sets or more, each with a variance; there are {m} and {len(variances)}."
        )
    inside, between = float(np.mean(variances)), float(np.var(estimates, ddof=1))
    added = (1 + 1 / m) * between
    total = inside + added
    share = added / total if total else 0.0
    df = (m - 1) / share**2 if share else math.inf
    if math.isfinite(whole_df):
        seen = (whole_df + 1) / (whole_df + 3) * whole_df * (1 - share)
        df = 1 / (1 / df + 1 / seen)
    centre = float(np.mean(estimates))
    reach = -float(stdtrit(min(df, 1e9), tail(level))) * math.sqrt(total)
    return Estimate(m, centre, centre - reach, centre + reach, level)


def imputed_rate(
    responders: int,
    n: int,
    unknown: int,
    seed: int,
    draws: int = 200,
    prior: tuple[float, float] = (0.5, 0.5),
    level: float = 0.95,
) -> Estimate:
    """Return the response rate with the unknown imputed `draws` times from the posterior of those known (rubin1987).

    Each draw takes a rate from the Beta posterior of the known patients, then as many responders among the unknown.
    The limits are pooled on the logit scale, with half a patient added on each side so that 0 and n have one. It
    assumes that the unknown are like the known, which withdrawal for lack of effect contradicts: a sensitivity
    analysis only.

    >>> found = imputed_rate(6, 10, 2, seed=1)
    >>> 0.6 < found.estimate < 0.8
    True
    """
    known, of = part_of("responders", responders, n)
    part_of("responders and unknown together", known + whole("unknown", unknown), of)
    if of < 2:  # one patient leaves no degree of freedom: nothing is known
        return Estimate(of, known / of if of and not unknown else math.nan, 0.0, 1.0, level)
    random = np.random.default_rng(seed)
    rate = random.beta(prior[0] + known, prior[1] + of - unknown - known, draws)
    counts = known + random.binomial(unknown, rate)
    above, below = counts + 0.5, of - counts + 0.5
    pooled = pool(np.log(above / below).tolist(), (1 / above + 1 / below).tolist(), level, whole_df=of - 1)
    low, high = (1 / (1 + math.exp(-end)) for end in (pooled.low, pooled.high))
    return Estimate(of, float(counts.mean() / of), low, high, level)
