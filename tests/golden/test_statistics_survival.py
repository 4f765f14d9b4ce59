"""Time to an event: the remissions of 1963, and statsmodels as oracle."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from carnet.core.errors import InputError
from carnet.statistics.survival import cumulative_incidence, kaplan_meier

with (Path(__file__).parent / "statistics_remission.csv").open(encoding="utf-8", newline="") as file:
    PATIENTS = list(csv.DictReader(file))

REMISSION = kaplan_meier([int(p["weeks"]) for p in PATIENTS], [p["relapsed"] == "Y" for p in PATIENTS])
"""Under 6-mercaptopurine, to the relapse or to the last time known without one (freireich1963)."""


@pytest.mark.parametrize(("week", "share"), [(6, 0.857), (10, 0.753), (22, 0.538), (23, 0.448)])
def test_share_in_remission(week, share):
    assert round(REMISSION.at(week)[0], 3) == share


def test_median_remission_is_23_weeks_with_limits_from_13_weeks_to_not_reached():
    assert REMISSION.quantile() == (23.0, 13.0, math.inf)


def test_before_the_first_event_all_are_without_it_and_no_limit_can_be_had():
    value, low, high = REMISSION.at(5.9)
    assert value == 1.0
    assert math.isnan(low)
    assert math.isnan(high)


def test_where_nobody_is_left_the_limits_are_undefined():
    curve = kaplan_meier([1, 2], [True, True])
    assert curve.value[-1] == 0.0
    assert math.isnan(curve.low[-1])
    assert math.isnan(curve.high[-1])


def test_restricted_mean_is_the_area_under_the_steps():
    curve = kaplan_meier([2, 4], [True, True])
    assert curve.mean_to(5) == 2 * 1.0 + 2 * 0.5


def test_the_left_end_counts_where_the_curve_is_flat_at_one_half():
    assert kaplan_meier([1, 2, 3, 4], [True, True, False, False]).quantile()[0] == 2.0


def patients(seed: int) -> tuple[list[float], list[int]]:
    random = np.random.default_rng(seed)
    return random.integers(1, 15, 40).astype(float).tolist(), random.integers(0, 3, 40).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_survival_equals_the_oracle(seed):
    oracle = pytest.importorskip("statsmodels.duration.survfunc")
    times, causes = patients(seed)
    found = kaplan_meier(times, [cause > 0 for cause in causes])
    expected = oracle.SurvfuncRight(np.array(times), (np.array(causes) > 0).astype(int))
    own = [found.at(time)[0] for time in expected.surv_times]
    assert own == pytest.approx(expected.surv_prob.tolist(), abs=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(5))
def test_incidence_and_its_spread_equal_the_oracle(seed):
    oracle = pytest.importorskip("statsmodels.duration.survfunc")
    times, causes = patients(seed)
    found = cumulative_incidence(times, causes, cause=1)
    expected = oracle.CumIncidenceRight(np.array(times), np.array(causes))
    assert found.value.tolist() == pytest.approx(expected.cinc[0].tolist(), abs=1e-12)
    half = np.log(np.log(found.low) / np.log(found.high)) / 2 / 1.959963984540054
    spread = half * found.value * np.abs(np.log(found.value))
    known = ~np.isnan(expected.cinc_se[0]) & ~np.isnan(spread)
    assert known.sum() > 5
    assert spread[known].tolist() == pytest.approx(expected.cinc_se[0][known].tolist(), abs=1e-10)


def test_one_minus_survival_overstates_where_another_event_precludes():
    times, causes = patients(1)
    alone = kaplan_meier(times, [cause == 1 for cause in causes])
    assert 1 - alone.value[-1] > cumulative_incidence(times, causes).value[-1]


@pytest.mark.parametrize(
    ("times", "events", "says"), [([1, 2], [True], "2 times and 1 events"), ([-1], [True], "from 0")]
)
def test_what_is_no_time_is_refused(times, events, says):
    with pytest.raises(InputError, match=says):
        kaplan_meier(times, events)
