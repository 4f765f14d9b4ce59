"""Intervals and posteriors for x of 10, to the four decimals of published and recomputed tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from carnet.core.errors import InputError
from carnet.statistics.proportion import (
    Posterior,
    centred_prior,
    exact_interval,
    exact_test,
    exact_upper_bound,
    jeffreys_interval,
    mid_p_interval,
    paired_test,
    posterior,
    predictive_probability,
    wilson_interval,
)

METHODS = {
    "exact": exact_interval,
    "wilson": wilson_interval,
    "jeffreys": jeffreys_interval,
    "mid-p": mid_p_interval,
}


def rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def binomial(n: int, rate: float) -> list[float]:
    from math import comb

    return [comb(n, x) * rate**x * (1 - rate) ** (n - x) for x in range(n + 1)]


@pytest.mark.parametrize(
    "row", rows("statistics_intervals.csv"), ids=lambda r: f"{r['method']} {r['responders']}"
)
def test_interval(row):
    low, high = METHODS[row["method"]](int(row["responders"]), int(row["n"]))
    assert (f"{low:.4f}", f"{high:.4f}") == (row["low"], row["high"])


@pytest.mark.parametrize("row", rows("statistics_coverage.csv"), ids=lambda r: r["rate"])
def test_coverage(row):
    """How often the interval holds the true rate, summed exactly over the outcomes of ten patients."""
    rate = float(row["rate"])
    for name in ("exact", "wilson", "jeffreys"):
        limits = [METHODS[name](x, 10) for x in range(11)]
        held = sum(
            p for p, (low, high) in zip(binomial(10, rate), limits, strict=True) if low <= rate <= high
        )
        assert f"{held:.4f}" == row[name]


@pytest.mark.parametrize("row", rows("statistics_posterior.csv"), ids=lambda r: r["responders"])
def test_posterior_under_a_flat_prior(row):
    found = posterior(int(row["responders"]), int(row["n"]))
    low, high = found.interval()
    shown = [found.mean, low, high, found.above(0.2), found.above(0.4), found.above(0.6)]
    names = ("mean", "low", "high", "above_20", "above_40", "above_60")
    assert [f"{number:.4f}" for number in shown] == [row[name] for name in names]


@pytest.mark.parametrize("row", rows("statistics_ten_patients.csv"), ids=lambda r: r["rate"])
def test_what_ten_patients_can_show(row):
    rate, p = float(row["rate"]), binomial(10, float(row["rate"]))
    lower = [exact_interval(x, 10)[0] for x in range(11)]
    clears = {cut: sum(q for q, low in zip(p, lower, strict=True) if low > cut) for cut in (0.4, 0.2)}
    shown = [exact_test(1, 10, rate), p[0], exact_test(8, 10, rate), clears[0.4], clears[0.2]]
    assert [f"{number:.4f}" for number in shown] == [
        row[k] for k in ("any", "none", "eight", "above_40", "above_20")
    ]


def test_intervals_agree_with_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    for n in (1, 2, 10, 37, 360):
        for x in {0, 1, n // 3, n - 1, n}:
            for level in (0.8, 0.95, 0.99):
                for ours, theirs in ((exact_interval, "beta"), (wilson_interval, "wilson")):
                    want = proportion_confint(x, n, alpha=1 - level, method=theirs)
                    assert ours(x, n, level) == pytest.approx(want, abs=1e-10), (theirs, x, n, level)


def test_mid_p_solves_its_equation():
    from scipy.stats import binom

    low, high = mid_p_interval(3, 17, 0.9)
    assert binom.sf(3, 17, low) + binom.pmf(3, 17, low) / 2 == pytest.approx(0.05)
    assert binom.cdf(2, 17, high) + binom.pmf(3, 17, high) / 2 == pytest.approx(0.05)


def test_no_event_in_ten_has_two_different_bounds():
    """The one-sided 95 % bound is 1 - 0.05^(1/10); the two-sided interval ends higher (hanley1983)."""
    assert exact_upper_bound(0, 10) == pytest.approx(1 - 0.05**0.1)
    assert f"{exact_upper_bound(0, 10):.4f} {exact_interval(0, 10)[1]:.4f}" == "0.2589 0.3085"
    assert exact_upper_bound(10, 10) == 1.0


def test_predictive_probability_of_lee_and_liu():
    """Their worked example: 16 of 23 so far, 40 planned, prior Beta(0.6, 0.4)."""
    assert f"{predictive_probability(16, 23, 40, 0.6, 0.9, (0.6, 0.4)):.4f}" == "0.5656"
    assert predictive_probability(9, 10, 10, 0.4, 0.95) == 1.0
    assert predictive_probability(1, 10, 10, 0.4, 0.95) == 0.0


def test_monitoring_boundary_from_the_weak_prior():
    """Beta(0.4, 1.6), p0 0.20, cut-off 0.95 stops at 2, 3, 3, 4, 4, 4, 4, 5, 5 events of 2 to 10 patients."""
    prior = centred_prior(0.2)

    def stop(n: int) -> int:
        return next((x for x in range(n + 1) if posterior(x, n, prior).above(0.2) > 0.95), 0)

    assert [stop(n) for n in range(1, 11)] == [0, 2, 3, 3, 4, 4, 4, 4, 5, 5]


def test_exact_test_against_placebo():
    assert f"{exact_test(8, 10, 0.401):.4f}" == "0.0125"
    assert exact_test(0, 10, 0.4) == 1.0


def test_discordant_pairs():
    from scipy.stats import binomtest

    for b, c in ((0, 1), (1, 5), (3, 3), (0, 6), (7, 1)):
        assert paired_test(b, c) == pytest.approx(binomtest(b, b + c).pvalue)
    assert paired_test(0, 0) == 1.0


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_nobody_tells_nothing(method):
    assert method(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("x", "n"), [(-1, 10), (11, 10), (2.5, 10), (float("nan"), 10), (float("inf"), 10), (3, -1), (None, 10)]
)
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_cannot_be_counted_is_refused(method, x, n):
    with pytest.raises(InputError, match=r"responders is|n is"):
        method(x, n)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, float("nan")])
def test_a_level_lies_between_0_and_1(level):
    for method in (*METHODS.values(), exact_upper_bound):
        with pytest.raises(InputError, match="level"):
            method(3, 10, level)


def test_priors_are_positive_and_rates_are_rates():
    with pytest.raises(InputError, match="prior"):
        posterior(3, 10, (0, 1))
    with pytest.raises(InputError, match="centred"):
        centred_prior(1.0)
    with pytest.raises(InputError, match="rate"):
        Posterior(1, 1).above(20)
