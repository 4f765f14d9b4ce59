"""Two-stage designs of the published table, and rates with some patients unknown."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from carnet.core.errors import InputError
from carnet.statistics.interval import METHODS, intervals
from carnet.statistics.missing import imputed_rate, pool, tipping, tipping_point
from carnet.statistics.proportion import exact_interval, jeffreys_interval, mid_p_interval, wilson_interval
from carnet.statistics.two_stage import minimax, optimal, promising

with (Path(__file__).parent / "statistics_two_stage.csv").open(encoding="utf-8", newline="") as file:
    DESIGNS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", DESIGNS, ids=lambda row: f"{row['kind']} {row['p0']} {row['p1']}")
def test_design_equals_the_printed_one(row):
    find = {"optimal": optimal, "minimax": minimax}[row["kind"]]
    design = find(*(float(row[name]) for name in ("p0", "p1", "alpha", "beta")), largest=40)
    assert [design.r1, design.n1, design.r, design.n] == [int(row[name]) for name in ("r1", "n1", "r", "n")]
    assert (round(design.expected, 3), round(design.stop_early, 4)) == (
        float(row["expected"]),
        float(row["stop_early"]),
    )


def test_errors_of_a_design_follow_from_its_definition():
    design = optimal(0.4, 0.8, 0.05, 0.2, largest=12)
    numbers = design.r1, design.n1, design.r, design.n
    assert promising(*numbers, 0.4) == pytest.approx(design.alpha)
    assert (round(design.alpha, 4), round(design.power, 4)) == (0.0463, 0.8221)


def test_a_design_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="raise `largest`"):
        optimal(0.4, 0.45, 0.05, 0.2, largest=10)
    with pytest.raises(InputError, match="p0 < p1"):
        optimal(0.4, 0.4, 0.05, 0.2)


ONE = {
    "exact": exact_interval,
    "wilson": wilson_interval,
    "jeffreys": jeffreys_interval,
    "mid-p": mid_p_interval,
}


@pytest.mark.parametrize("method", METHODS)
def test_a_column_of_counts_has_the_limits_of_each(method):
    low, high = intervals(range(11), 10, method)
    assert list(zip(low, high, strict=True)) == [ONE[method](x, 10) for x in range(11)]


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_known_of_no_patients(method):
    low, high = intervals(0, 0, method)
    assert (low, high) == (0.0, 1.0)


@pytest.mark.parametrize(("x", "n"), [([1, 11], 10), ([0.5], 10), ([-1], 10), ([math.nan], 10)])
def test_what_is_no_count_is_refused_in_a_column(x, n):
    with pytest.raises(InputError):
        intervals(x, n)


def test_the_ends_of_the_completions_are_the_worst_and_the_best_case():
    worst, *_, best = tipping(6, 10, 3)
    assert (worst.rate, worst.low, worst.high) == (0.6, *exact_interval(6, 10))
    assert (best.rate, best.low, best.high) == (0.9, *exact_interval(9, 10))


def test_more_unknown_patients_than_there_are_is_refused():
    with pytest.raises(InputError, match="exceed"):
        tipping(6, 10, 5)


def test_with_nothing_unknown_nothing_tips_and_nothing_is_imputed():
    assert tipping_point(8, 10, 0, 0.40) == 0
    assert imputed_rate(8, 10, 0, seed=3).estimate == 0.8


@pytest.mark.parametrize(("known", "n", "unknown"), [(0, 0, 0), (0, 1, 1), (0, 1, 0), (1, 1, 0)])
def test_of_one_patient_nothing_is_known(known, n, unknown):
    found = imputed_rate(known, n, unknown, seed=1)
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_same_seed_gives_the_same_imputation():
    assert imputed_rate(5, 10, 3, seed=7) == imputed_rate(5, 10, 3, seed=7)
    assert imputed_rate(5, 10, 3, seed=7) != imputed_rate(5, 10, 3, seed=8)


def test_pooling_adds_the_spread_between_data_sets():
    """T = U + (1 + 1/M) B with U 0.02 and B 0.0025; df = (M - 1) / (added / T)^2 (rubin1987)."""
    from scipy.stats import t

    found = pool([0.6, 0.7, 0.65], [0.02, 0.02, 0.02])
    total = 0.02 + 4 / 3 * 0.0025
    df = 2 * (total / (4 / 3 * 0.0025)) ** 2
    assert found.high - found.estimate == pytest.approx(t.ppf(0.975, df) * math.sqrt(total))
    bounded = pool([0.6, 0.7, 0.65], [0.02, 0.02, 0.02], whole_df=9)
    assert bounded.high > found.high
