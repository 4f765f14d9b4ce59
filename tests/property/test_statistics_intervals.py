"""What holds of any interval: it holds its estimate, widens with confidence, moves with its data."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.statistics.change import geometric_ratio, hodges_lehmann, signed_rank, t_interval
from carnet.statistics.proportion import (
    exact_interval,
    jeffreys_interval,
    mid_p_interval,
    posterior,
    wilson_interval,
)
from carnet.statistics.rate import exact_rate

METHODS = (exact_interval, wilson_interval, jeffreys_interval, mid_p_interval)
counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
changes = st.lists(st.integers(-40, 40), min_size=1, max_size=9)
positive = st.lists(st.tuples(st.floats(0.01, 1e4), st.floats(0.01, 1e4)), min_size=2, max_size=10)


@given(counts, st.sampled_from(METHODS), st.floats(0.5, 0.999))
def test_a_proportion_lies_in_its_interval(count, method, level):
    x, n = count
    low, high = method(x, n, level)
    assert 0 <= low <= x / n + 1e-12
    assert x / n - 1e-12 <= high <= 1


@given(counts, st.sampled_from(METHODS))
def test_failures_mirror_responses(count, method):
    x, n = count
    low, high = method(x, n)
    assert method(n - x, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(counts)
def test_exact_holds_every_other_interval_of_the_same_tails(count):
    """Clopper-Pearson is the widest of the two that count whole tails."""
    low, high = exact_interval(*count)
    narrow = mid_p_interval(*count)
    assert low <= narrow[0] + 1e-9
    assert narrow[1] <= high + 1e-9


@given(counts, st.floats(0.01, 0.98), st.floats(0.001, 0.02))
def test_belief_in_a_higher_rate_is_smaller(count, rate, step):
    believed = posterior(*count)
    assert believed.above(rate + step) <= believed.above(rate)


@given(st.integers(0, 200), st.floats(0.01, 1e3))
def test_a_rate_lies_in_its_limits_and_scales_with_time(events, time):
    found, twice = exact_rate(events, time), exact_rate(events, 2 * time)
    assert found.low <= found.rate <= found.high
    assert (twice.rate, twice.low, twice.high) == pytest.approx(
        (found.rate / 2, found.low / 2, found.high / 2)
    )


@given(changes, st.integers(-20, 20))
def test_hodges_lehmann_moves_with_its_data(differences, shift):
    found, moved = hodges_lehmann(differences), hodges_lehmann([d + shift for d in differences])
    assert (moved.estimate, moved.low, moved.high) == (
        found.estimate + shift,
        found.low + shift,
        found.high + shift,
    )
    assert found.low <= found.estimate <= found.high


@given(changes)
def test_signed_rank_does_not_know_which_way_is_up(differences):
    up, down = signed_rank(differences), signed_rank([-d for d in differences])
    assert up.p == down.p
    assert signed_rank(differences, "greater").p == signed_rank([-d for d in differences], "less").p
    assert 0 < up.p <= 1


@given(positive, st.floats(0.1, 10))
def test_a_ratio_knows_no_unit(pairs, factor):
    after, before = zip(*pairs, strict=True)
    found = geometric_ratio(after, before)
    other = geometric_ratio([a * factor for a in after], [b * factor for b in before])
    assert other.estimate == pytest.approx(found.estimate, rel=1e-9)
    assert found.low <= found.estimate <= found.high or math.isinf(found.high)


@given(changes.filter(lambda d: len(d) > 1), st.floats(0.5, 0.9))
def test_more_confidence_is_wider(differences, level):
    narrow, wide = t_interval(differences, level), t_interval(differences, (1 + level) / 2)
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high
