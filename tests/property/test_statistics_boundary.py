"""What holds of every boundary: it rises by single steps, and the recursion counts every trial that could be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from carnet.core.errors import InputError
from carnet.statistics.boundary import Boundary, bayesian, delayed, entry_days, immediate, pocock

RATES = st.sampled_from([0.05, 0.1, 0.2, 0.25, 0.3, 0.5])
TRUE = st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.8, 1.0])
BOUNDARIES = st.builds(
    lambda n, rate, size, certainty: bayesian(n, rate, (size * rate, size * (1 - rate)), certainty),
    st.integers(1, 8), RATES, st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from([0.8, 0.9, 0.95]),
) | st.builds(pocock, st.integers(1, 8), RATES, st.sampled_from([0.05, 0.1, 0.2]))  # fmt: skip


def by_enumeration(boundary: Boundary, rate: float, entry, window: float, known: float):
    """Play every sequence of outcomes, day by day; return the chances to stop and in time, and expected patients."""
    total, stop, in_time, patients = len(entry), 0.0, 0.0, 0.0
    for toxic in product([False, True], repeat=total):
        chance = rate ** sum(toxic) * (1 - rate) ** (total - sum(toxic))
        heard = [day + (known if bad else window) for day, bad in zip(entry, toxic, strict=True)]
        for day in sorted(set(heard)):
            seen = [bad for at, bad in zip(heard, toxic, strict=True) if at <= day]
            treated = sum(entered < day for entered in entry)
            if boundary.met(sum(seen), len(seen)):
                stop, patients = stop + chance, patients + chance * treated
                in_time += chance * (treated < total)
                break
        else:
            patients += chance * total
    return stop, in_time, patients


@settings(max_examples=40)
@given(BOUNDARIES)
def test_a_boundary_never_falls_and_rises_by_single_steps(boundary):
    limits = boundary.limits
    first = next((n for n, limit in enumerate(limits) if limit is not None), len(limits))
    assert all(limit is not None for limit in limits[first:])
    steps = [b - a for a, b in zip(limits[first:], limits[first + 1 :], strict=False)]
    assert all(step in (0, 1) for step in steps)
    assert all(0 < limit <= n for n, limit in enumerate(limits, start=1) if limit is not None)


@settings(max_examples=30)
@given(BOUNDARIES, TRUE)
def test_the_recursion_equals_the_enumeration_of_every_trial(boundary, rate):
    found = immediate(boundary, rate)
    stop, in_time, patients = by_enumeration(boundary, rate, range(0, 2 * len(boundary.limits), 2), 1, 1)
    assert (found.stop, found.in_time) == pytest.approx((stop, in_time))
    assert found.patients == pytest.approx(patients)


@settings(max_examples=30)
@given(BOUNDARIES, TRUE, st.sampled_from([0, 5, 14]), st.sampled_from([1, 7, 28]))
def test_so_does_the_recursion_with_a_stagger(boundary, rate, later, known):
    entry = entry_days(len(boundary.limits), first=3, between=14, before_next=28, later=later)
    found = delayed(boundary, rate, entry, window=28, known=known)
    stop, in_time, patients = by_enumeration(boundary, rate, entry, 28, known)
    assert (found.stop, found.in_time) == pytest.approx((stop, in_time))
    assert found.patients == pytest.approx(patients)
    assert found.events == pytest.approx(rate * patients)


@settings(max_examples=30)
@given(BOUNDARIES, st.sampled_from([0.0, 0.1, 0.3, 0.6]))
def test_more_toxicity_stops_more_often_and_no_trial_is_lost(boundary, rate):
    low, high = immediate(boundary, rate), immediate(boundary, rate + 0.2)
    assert low.stop <= high.stop + 1e-12
    assert 0 <= low.in_time <= low.stop <= 1
    assert 1 <= low.patients <= len(boundary.limits) + 1e-9


@settings(max_examples=30)
@given(BOUNDARIES, st.data())
def test_the_way_to_the_boundary_is_the_shortest(boundary, data):
    n = data.draw(st.integers(0, len(boundary.limits)))
    x = data.draw(st.integers(0, n))
    further = boundary.further(x, n)
    assume(further is not None)
    assert boundary.met(x + further, n + further)
    assert not any(boundary.met(x + k, n + k) for k in range(further))


def test_the_largest_level_is_taken():
    """No level above Pocock's keeps the chance of a false stop within alpha."""
    chosen = pocock(10, 0.2, 0.10)
    looser = [
        Boundary((*chosen.limits[: n - 1], limit - 1, *chosen.limits[n:]))
        for n, limit in enumerate(chosen.limits, start=1)
        if limit is not None
    ]
    assert immediate(chosen, 0.2).stop <= 0.10
    assert sum(immediate(b, 0.2).stop <= 0.10 for b in looser) < len(looser)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: bayesian(10, 0.1, (1.0, 1.0), 0.80),
        lambda: bayesian(10, 0.2, (0.4, 1.6), 1.0),
        lambda: pocock(10, 0.0, 0.05),
        lambda: delayed(Boundary((None, 2)), 0.2, (0, 7, 14), 28, 7),
        lambda: delayed(Boundary((None, 2)), 0.2, (0, 7), 28, 29),
        lambda: Boundary((None, 2)).met(1, 3),
        lambda: Boundary((None, 2)).met(2, 1),
    ],
    ids=["pauses without toxicity", "certainty", "rate", "entry", "known after the window", "too many", "more than n"],
)  # fmt: skip
def test_what_makes_no_boundary_is_refused(refused):
    with pytest.raises(InputError):
        refused()
