"""Change from baseline in few patients: summaries, Hodges-Lehmann, signed rank, t, ratios on the log scale.

A number that too few values allow is nan. Missing values are refused: counting them is the caller's part.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from carnet.core.errors import InputError
from carnet.statistics.counts import finite, tail


@dataclass(frozen=True)
class Summary:
    """What describes a set of values: number, mean, SD, median and range."""

    n: int
    mean: float
    sd: float
    median: float
    low: float
    high: float


def summary(values: Iterable[float]) -> Summary:
    """Return number, mean, SD (n - 1), median, minimum and maximum.

    >>> summary([-8, -4, -6])
    Summary(n=3, mean=-6.0, sd=2.0, median=-6.0, low=-8.0, high=-4.0)
    """
    v = finite("values", values)
    if not v:
        return Summary(0, math.nan, math.nan, math.nan, math.nan, math.nan)
    sd = statistics.stdev(v) if len(v) > 1 else math.nan
    return Summary(len(v), statistics.fmean(v), sd, statistics.median(v), min(v), max(v))


@dataclass(frozen=True)
class Estimate:
    """An estimate with its limits, from n values, and the confidence that the limits truly have."""

    n: int
    estimate: float
    low: float
    high: float
    level: float


def t_interval(values: Iterable[float], level: float = 0.95) -> Estimate:
    """Return the mean and Student's limits; one value has a mean and no limits.

    >>> found = t_interval([-8, -4, -6])
    >>> found.estimate, round(found.low, 3), round(found.high, 3)
    (-6.0, -10.968, -1.032)
    """
    from scipy.special import stdtrit

    s, a = summary(values), tail(level)
    if s.n < 2:
        return Estimate(s.n, s.mean, math.nan, math.nan, level)
    half = -float(stdtrit(s.n - 1, a)) * s.sd / math.sqrt(s.n)
    return Estimate(s.n, s.mean, s.mean - half, s.mean + half, level)


@lru_cache(maxsize=512)
def _null(ranks: tuple[int, ...]) -> list[int]:
    """Return how many of all sign patterns give each sum of positive ranks: the exact null distribution."""
    ways = [1] + [0] * sum(ranks)
    for rank in ranks:
        ways = [count + (ways[total - rank] if total >= rank else 0) for total, count in enumerate(ways)]
    return ways


def hodges_lehmann(differences: Iterable[float], level: float = 0.95) -> Estimate:
    """Return the median of the Walsh averages and its exact signed-rank limits (hodges1963, hollander1973).

    Zeros count. The limits are Walsh averages, so their confidence comes in steps: `level` of the answer is
    the one attained (0.9512 for n = 10), and it lies below the one asked for when n is 5 or less.

    >>> found = hodges_lehmann([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    >>> found.estimate, found.low, found.high, round(found.level, 4)
    (5.5, 3.0, 8.0, 0.9512)
    """
    d, a = sorted(finite("differences", differences)), tail(level)
    n = len(d)
    if n == 0:
        return Estimate(0, math.nan, math.nan, math.nan, math.nan)
    walsh = sorted((d[i] + d[j]) / 2 for i in range(n) for j in range(i, n))
    ways = _null(tuple(range(1, n + 1)))
    rank, below = 0, ways[0]  # the smallest rank sum whose lower tail reaches a
    while below < a * 2**n:
        rank += 1
        below += ways[rank]
    rank = max(rank, 1)
    attained = 1 - 2 * sum(ways[:rank]) / 2**n
    return Estimate(n, statistics.median(walsh), walsh[rank - 1], walsh[-rank], attained)


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed-rank test: sum of positive ranks, number of differences not 0, zeros, p-value."""

    statistic: float
    n: int
    zeros: int
    p: float


def signed_rank(
    differences: Iterable[float], alternative: str = "two-sided", zeros: str = "drop", decimals: int = 6
) -> SignedRank:
    """Return the exact signed-rank test, ties and zeros included (hollander1973).

    Tied sizes share their mid-rank and the p-value counts all 2^n sign patterns of those ranks, so it is
    exact where the tabulated null is not. `zeros`: "drop" (Wilcoxon) or "pratt" (ranked, then left out).
    Differences are compared to six decimals: 2.3 - 2.0 ties with 0.3. `alternative`: "two-sided", or the
    differences are "greater" or "less" than 0.

    >>> signed_rank([-4, -6, -8, -2, 0, -3])
    SignedRank(statistic=0.0, n=5, zeros=1, p=0.0625)
    """
    if alternative not in ("two-sided", "greater", "less"):
        raise InputError(f"alternative is {alternative!r}; it takes two-sided, greater or less.")
    if zeros not in ("drop", "pratt"):
        raise InputError(f"zeros is {zeros!r}; it takes drop or pratt.")
    d = [round(value, decimals) for value in finite("differences", differences)]
    sizes = Counter(abs(value) for value in d if value or zeros == "pratt")
    doubled, place = {}, 0
    for size in sorted(sizes):  # a mid-rank may end in .5: twice it, first place plus last, is whole
        doubled[size] = 2 * place + 1 + sizes[size]
        place += sizes[size]
    moved = [value for value in d if value]
    ranks = [doubled[abs(value)] for value in moved]
    ways, total = _null(tuple(sorted(ranks))), 2 ** len(moved)
    v = sum(rank for rank, value in zip(ranks, moved, strict=True) if value > 0)
    at_most, at_least = sum(ways[: v + 1]) / total, sum(ways[v:]) / total
    p = {"two-sided": min(1.0, 2 * min(at_most, at_least)), "greater": at_least, "less": at_most}[alternative]
    return SignedRank(v / 2, len(moved), len(d) - len(moved), p)


@dataclass(frozen=True)
class Geometric:
    """Geometric mean, its limits and coefficient of variation (a fraction); zeros are counted apart."""

    n: int
    zeros: int
    mean: float
    cv: float
    low: float
    high: float


def _logs(name: str, values: Iterable[float]) -> list[float]:
    v = finite(name, values)
    if strange := [value for value in v if value < 0]:
        raise InputError(f"{name} holds {strange[0]:g}; a logarithm takes positive numbers.")
    return [math.log(value) for value in v if value > 0]


def geometric(values: Iterable[float], level: float = 0.95) -> Geometric:
    """Return the geometric mean, its limits from t on logs, and the geometric CV, sqrt(exp(s^2) - 1).

    Zeros (a patient whose cells never appeared) have no logarithm: they are left out and counted.

    >>> found = geometric([100, 1000, 10000, 0])
    >>> found.n, found.zeros, round(found.mean), round(found.cv, 2)
    (3, 1, 1000, 14.13)
    """
    v = finite("values", values)
    logs = _logs("values", v)
    s, t = summary(logs), t_interval(logs, level)
    cv = math.sqrt(math.expm1(s.sd**2)) if s.n > 1 else math.nan
    return Geometric(s.n, len(v) - s.n, math.exp(s.mean), cv, math.exp(t.low), math.exp(t.high))


def geometric_ratio(after: Sequence[float], before: Sequence[float], level: float = 0.95) -> Estimate:
    """Return the geometric mean of after / before, with limits from t on the log ratios.

    Percent change is 100 x (ratio - 1); it is neither the mean nor the median of the patients' own.
    Zeros are refused: a value below its limit is replaced, marked and counted before it comes here.

    >>> found = geometric_ratio([1.0, 0.5], [2.0, 2.0])
    >>> round(found.estimate, 4)
    0.3536
    """
    if len(after) != len(before):
        raise InputError(f"after has {len(after)} values and before {len(before)}; a ratio takes pairs.")
    now, then = _logs("after", after), _logs("before", before)
    if len(now) < len(after) or len(then) < len(before):
        raise InputError("A ratio takes positive numbers; replace values below the limit (half of it) first.")
    t = t_interval([a - b for a, b in zip(now, then, strict=True)], level)
    return Estimate(t.n, math.exp(t.estimate), math.exp(t.low), math.exp(t.high), level)
