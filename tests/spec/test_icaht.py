# ruff: noqa: E501  (tables are wide)
"""Haematotoxicity by ICAHT (neutrophils) and T-ICAHT (platelets)."""

from __future__ import annotations

import pytest

from carnet.safety.icaht import icaht

WELL = {"icaht": 3.0, "ticaht": 200.0}
LAST = {"early": 30, "late": 100}
FIRST = {"early": 0, "late": 31}


def graded(stretches, scale="icaht", period="early", until=None):
    """Grade a patient whose count is `value` from `first` to `last` (null: not taken) and good on all other days."""
    days = dict.fromkeys(range(FIRST[period], LAST[period] + 1), WELL[scale])
    for first, last, value in stretches:
        days.update(dict.fromkeys(range(first, last + 1), value))
    taken = [(day, value) for day, value in days.items() if value is not None]
    counts = {"subject": ["1"] * len(taken), "day": [d for d, _ in taken], "value": [v for _, v in taken]}
    row = icaht(counts, scale, until={"1": until} if until is not None else None).row(0, named=True)
    return tuple(row[f"{scale}_{period}{end}"] for end in ("", "_min", "_max", "_published"))


def alike(grade):
    return (grade,) * 4


@pytest.mark.parametrize(
    ("days", "count", "grade"),
    [
        (1, 0.5, 1), (1, 0.51, 0), (6, 0.5, 1), (7, 0.5, 2), (13, 0.5, 2), (14, 0.5, 3), (20, 0.5, 3),
        (6, 0.1, 1), (7, 0.11, 2), (7, 0.1, 3), (13, 0.1, 3), (14, 0.1, 4), (14, 0.11, 3),
    ],
)  # fmt: skip
def test_early_neutropenia_by_its_longest_run(days, count, grade):
    """To 0.5: from 1, 7 and 14 days; to 0.1: from 7 and 14."""
    assert graded([(5, 4 + days, count)]) == alike(grade)


@pytest.mark.parametrize(
    ("stretches", "grade"),
    [
        ([(0, 30, 0.4)], 4),
        ([(0, 2, 1.0), (3, 30, 0.4)], 4),
        ([(4, 30, 0.4)], 3),
        ([(0, 29, 0.4)], 3),
    ],
)
def test_neutrophils_that_never_recover(stretches, grade):
    """A run that begins to day 3 and lasts to day 30 is grade 4."""
    assert graded(stretches) == alike(grade)


@pytest.mark.parametrize(("between", "grade"), [([], 2), ([10], 2), ([10, 11], 2), ([10, 11, 12], 1)])
def test_a_short_recovery_does_not_end_the_run(between, grade):
    """Two days above the limit are bridged; three days are a recovery."""
    low = [(6, 14, 0.4)] + [(day, day, 1.0) for day in between]
    assert graded(low) == alike(grade)


def test_days_without_a_count_bound_the_grade():
    """Known low on 6 days with one day not taken: 7 in a row, or two shorter runs bridged. At the end they are open."""
    assert graded([(5, 10, 0.4), (7, 7, None)]) == alike(1)
    assert graded([(5, 10, 0.4), (11, 11, None)]) == (None, 1, 2, 1)
    assert graded([(5, 8, 0.4), (9, 12, None), (13, 14, 0.4)]) == (None, 1, 2, 2)
    assert graded([(0, 29, None)]) == (None, 0, 4, 0)


def test_a_gap_of_more_than_a_week_is_not_filled():
    """The published reading draws a line over 7 days, not over 8."""
    assert graded([(5, 6, 0.4), (7, 13, None), (14, 15, 0.4)])[3] == 2
    assert graded([(5, 6, 0.4), (7, 14, None), (15, 16, 0.4)])[3] == 1


def test_death_ends_the_days_that_count():
    """Low from day 1 to death on day 10: never recovered. Without a death the rest is open."""
    low = [(0, 0, 1.0), (1, 10, 0.4), (11, 30, None)]
    assert graded(low, until=10) == alike(4)
    assert graded(low) == (None, 2, 4, 4)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1.5, 1.5], (1, 1, 1, 1)), ([1.51, 1.51], (0, 0, 0, 0)), ([1.0, 1.5], (2, 2, 2, 2)),
        ([1.01, 1.5], (1, 1, 1, 1)), ([0.5, 1.2], (3, 3, 3, 3)), ([0.1, 1.2], (4, 4, 4, 4)),
        ([0.1, 1.6], (0, 0, 0, 0)), ([0.4], (None, 0, 3, 3)), ([3.0], (0, 0, 0, 0)), ([], (None, 0, 4, None)),
    ],
)  # fmt: skip
def test_late_neutropenia_by_its_lowest_count(counts, expected):
    """Days 31 to 100, with a second count low as well; one count alone may be transient."""
    table = {
        "subject": ["1"] * (len(counts) + 1),
        "day": [0, *range(40, 40 + len(counts))],
        "value": [3.0, *counts],
    }
    row = icaht(table).row(0, named=True)
    assert tuple(row[f"icaht_late{end}"] for end in ("", "_min", "_max", "_published")) == expected


@pytest.mark.parametrize(
    ("stretches", "grade"),
    [
        ([(5, 5, 50)], 0), ([(5, 5, 49)], 1), ([(5, 10, 49)], 1), ([(5, 11, 49)], 2), ([(2, 5, 49), (9, 11, 49)], 2),
        ([(5, 5, 20)], 1), ([(5, 5, 19)], 3), ([(5, 17, 19)], 3), ([(5, 18, 19)], 4), ([(2, 8, 19), (20, 26, 19)], 4),
    ],
)  # fmt: skip
def test_early_thrombocytopenia_by_all_its_days(stretches, grade):
    """Below 50 from 1 and 7 days, below 20 from 1 and 14, added up."""
    assert graded(stretches, "ticaht") == alike(grade)


@pytest.mark.parametrize(
    ("stretches", "grade"),
    [([(40, 40, 100)], 0), ([(40, 40, 99)], 1), ([(40, 40, 50)], 1), ([(40, 40, 49)], 2), ([(40, 52, 19)], 3), ([(40, 53, 19)], 4)],
)  # fmt: skip
def test_late_thrombocytopenia(stretches, grade):
    """Days 31 to 100: a day below 100, below 50, below 20, and 14 days below 20."""
    assert graded(stretches, "ticaht", "late") == alike(grade)


@pytest.mark.parametrize("wrong", [-0.1, float("inf"), float("nan")])
def test_a_count_that_cannot_be_is_no_count(wrong):
    """It is not a day of neutropenia, nor one of recovery."""
    assert graded([(0, 30, wrong)]) == (None, 0, 4, None)


def test_nobody_counted_is_nobody_graded():
    assert icaht({"subject": [], "day": [], "value": []}).is_empty()
