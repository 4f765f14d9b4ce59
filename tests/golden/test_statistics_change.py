"""Change from baseline: published examples, and SciPy, statsmodels and full enumeration as oracles."""

from __future__ import annotations

import math
from itertools import product

import pytest

from carnet.core.errors import InputError
from carnet.statistics.change import (
    geometric,
    geometric_ratio,
    hodges_lehmann,
    signed_rank,
    summary,
    t_interval,
)

BEFORE = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
AFTER = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
DEPRESSION = [b - a for b, a in zip(BEFORE, AFTER, strict=True)]
"""Hamilton depression factor IV before and after treatment, nine patients (hollander1973)."""

SLEDAI = [-12, -8, -8, -4, 0, -10, -6, -4, 2, -8]
RATIOS = ([0.2, 1.1, 0.35, 0.5], [1.0, 1.2, 2.0, 0.9])


def test_depression_data():
    """V = 40, p 0.01953 (one-sided) and 0.03906; estimate 0.46, limits 0.010 to 0.786."""
    found = signed_rank(DEPRESSION, "greater")
    assert (found.statistic, f"{found.p:.5f}") == (40, "0.01953")
    assert f"{signed_rank(DEPRESSION).p:.5f}" == "0.03906"
    interval = hodges_lehmann(DEPRESSION)
    assert [round(v, 3) for v in (interval.estimate, interval.low, interval.high)] == [0.46, 0.01, 0.786]
    assert f"{interval.level:.4f}" == "0.9609"


def enumerated(differences: list[float], zeros: str) -> float:
    """Return the two-sided p-value by writing out every pattern of signs."""
    kept = [round(d, 6) for d in differences if round(d, 6) or zeros == "pratt"]
    size = sorted(abs(d) for d in kept)
    rank = {s: sum(i + 1 for i, t in enumerate(size) if t == s) / size.count(s) for s in size}
    ranks = [rank[abs(d)] for d in kept if d]
    v = sum(r for r, d in zip(ranks, [d for d in kept if d], strict=True) if d > 0)
    sums = [
        sum(r for r, s in zip(ranks, signs, strict=True) if s) for signs in product((0, 1), repeat=len(ranks))
    ]
    tails = sum(s <= v for s in sums), sum(s >= v for s in sums)
    return min(1.0, 2 * min(tails) / len(sums))


@pytest.mark.parametrize("zeros", ["drop", "pratt"])
@pytest.mark.parametrize(
    "data", [DEPRESSION, SLEDAI, [-1, -1, -1, 2, 0, 0], [0.1 + 0.2, -0.3, 0.6, 1.3 - 1.0]]
)
def test_exact_p_counts_every_pattern_of_signs(data, zeros):
    assert signed_rank(data, zeros=zeros).p == pytest.approx(enumerated(data, zeros), abs=1e-12)


def test_exact_p_agrees_with_scipy_without_ties():
    from scipy.stats import wilcoxon

    for side in ("two-sided", "greater", "less"):
        want = wilcoxon(DEPRESSION, alternative=side, method="exact")
        assert signed_rank(DEPRESSION, side).p == pytest.approx(want.pvalue)


@pytest.mark.parametrize(("n", "p"), [(10, 0.00195), (9, 0.0039), (5, 0.0625), (1, 1.0)])
def test_smallest_p_that_n_patients_can_reach(n, p):
    assert signed_rank(range(-n, 0)).p == pytest.approx(p, abs=5e-5)


def test_zeros_are_dropped_and_told():
    found = signed_rank(SLEDAI)
    assert (found.n, found.zeros) == (9, 1)
    assert signed_rank([0, 0, 0]).p == 1.0
    assert signed_rank([]).p == 1.0


def test_binary_noise_makes_no_tie_and_no_change():
    """2.3 - 2.0 is 0.3 on the form; 0.1 + 0.2 - 0.3 is no change."""
    assert signed_rank([2.3 - 2.0, 0.3, -0.1]) == signed_rank([0.3, 0.3, -0.1])
    assert signed_rank([0.1 + 0.2 - 0.3, 1.0]).zeros == 1


@pytest.mark.parametrize(("n", "attained"), [(10, "0.9512"), (9, "0.9609"), (6, "0.9688"), (5, "0.9375")])
def test_limits_say_the_confidence_they_attain(n, attained):
    found = hodges_lehmann(range(1, n + 1))
    assert f"{found.level:.4f}" == attained
    assert found.low < found.estimate < found.high
    assert found.estimate == (n + 1) / 2


def test_limits_at_small_n_are_the_widest_there_are():
    found = hodges_lehmann([-3, -1, 4])
    assert (found.low, found.estimate, found.high, found.level) == (-3, -0.25, 4, 0.75)


def test_every_value_inside_the_limits_passes_the_signed_rank_test():
    """The limits are those of the test: a shift inside is not rejected at 1 - level, one outside is."""
    found = hodges_lehmann(DEPRESSION)
    alpha = 1 - found.level
    inside = (found.low + 1e-4, found.estimate + 1e-4, found.high - 1e-4)
    assert all(signed_rank([d - shift for d in DEPRESSION]).p > alpha for shift in inside)
    outside = (found.low - 1e-4, found.high + 1e-4)
    assert all(signed_rank([d - shift for d in DEPRESSION]).p <= alpha + 1e-12 for shift in outside)


def test_mean_and_student_limits_agree_with_statsmodels():
    from statsmodels.stats.weightstats import DescrStatsW

    found = t_interval(SLEDAI, 0.9)
    assert (found.low, found.high) == pytest.approx(DescrStatsW(SLEDAI).tconfint_mean(0.1))
    s = summary(SLEDAI)
    assert (s.n, s.mean, s.median, s.low, s.high) == (10, pytest.approx(-5.8), -7, -12, 2)
    assert s.sd == pytest.approx(DescrStatsW(SLEDAI, ddof=1).std)


def test_too_few_values_give_nan_not_zero():
    empty = summary([])
    assert empty.n == 0
    assert math.isnan(empty.mean)
    assert math.isnan(summary([3.0]).sd)
    assert math.isnan(t_interval([3.0]).low)
    assert t_interval([3.0]).estimate == 3.0
    assert math.isnan(hodges_lehmann([]).estimate)
    assert math.isnan(geometric([0.0]).mean)
    assert math.isnan(geometric([5.0]).cv)
    assert geometric([5.0]).mean == pytest.approx(5.0)


def test_geometric_mean_and_cv_agree_with_scipy():
    from scipy.stats import gmean, gstd

    values = [1800.0, 950.0, 10000.0, 4200.0, 0.0]
    found = geometric(values)
    positive = values[:4]
    assert (found.n, found.zeros) == (4, 1)
    assert found.mean == pytest.approx(gmean(positive))
    assert found.cv == pytest.approx(math.sqrt(math.exp(math.log(gstd(positive)) ** 2) - 1))
    assert found.low < found.mean < found.high


def test_ratio_is_not_the_mean_of_percent_changes():
    after, before = RATIOS
    found = geometric_ratio(after, before)
    logs = [math.log(a / b) for a, b in zip(after, before, strict=True)]
    assert found.estimate == pytest.approx(math.exp(sum(logs) / 4))
    want = t_interval(logs)
    assert (found.low, found.high) == pytest.approx((math.exp(want.low), math.exp(want.high)))
    mean_percent = sum(a / b - 1 for a, b in zip(after, before, strict=True)) / 4
    assert found.estimate - 1 < mean_percent


def test_a_ratio_and_its_inverse_are_one_statement():
    after, before = RATIOS
    down, up = geometric_ratio(after, before), geometric_ratio(before, after)
    assert (1 / up.estimate, 1 / up.high, 1 / up.low) == pytest.approx((down.estimate, down.low, down.high))


@pytest.mark.parametrize("bad", [[1, None], [float("nan")], [1.0, float("inf")]])
def test_missing_and_infinite_values_are_refused_by_place(bad):
    for measure in (summary, t_interval, hodges_lehmann, signed_rank, geometric):
        with pytest.raises(InputError, match=f"value {len(bad)} is"):
            measure(bad)


def test_what_has_no_logarithm_is_refused():
    with pytest.raises(InputError, match="holds -1"):
        geometric([-1.0, 2.0])
    with pytest.raises(InputError, match="positive numbers"):
        geometric_ratio([0.0, 1.0], [1.0, 1.0])
    with pytest.raises(InputError, match="pairs"):
        geometric_ratio([1.0], [1.0, 2.0])


def test_unknown_words_are_refused():
    with pytest.raises(InputError, match="alternative"):
        signed_rank([1.0], alternative="both")
    with pytest.raises(InputError, match="zeros"):
        signed_rank([1.0], zeros="keep")
