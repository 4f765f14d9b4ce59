"""Events per time at risk: Garwood's limits against the chi-square quantiles and statsmodels."""

from __future__ import annotations

import math

import pytest

from carnet.core.errors import InputError
from carnet.statistics.rate import exact_rate

PRINTED = {0: (0.0, 3.689), 1: (0.025, 5.572), 2: (0.242, 7.225), 5: (1.623, 11.668), 10: (4.795, 18.390)}
"""Limits for the mean of a Poisson count, 95 % (garwood1936)."""


@pytest.mark.parametrize("events", PRINTED)
def test_garwood(events):
    found = exact_rate(events, 1.0)
    assert (found.low, found.high) == pytest.approx(PRINTED[events], abs=5e-4)


@pytest.mark.parametrize(("events", "time"), [(1, 0.3), (7, 8.5), (40, 9.9), (250, 3.0)])
def test_statsmodels(events, time):
    from statsmodels.stats.rates import confint_poisson

    found = exact_rate(events, time, 0.9)
    assert (found.low, found.high) == pytest.approx(
        confint_poisson(events, time, method="exact-c", alpha=0.1)
    )
    assert found.rate == events / time


def test_no_event_rises_from_zero():
    found = exact_rate(0, 10)
    assert (found.rate, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(-math.log(0.025) / 10)


def test_no_time_at_risk_tells_nothing():
    found = exact_rate(0, 0)
    assert math.isnan(found.rate)
    assert (found.low, found.high) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("events", "time"), [(1, 0), (1, -2), (-1, 2), (1.5, 2), (1, math.inf), (1, math.nan)]
)
def test_impossible_counts_and_times_are_refused(events, time):
    with pytest.raises(InputError):
        exact_rate(events, time)
