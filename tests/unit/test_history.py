"""Episodes of one term, and the hours that an event spent at a grade."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.safety.history import episodes, hours_at


def log(*rows):
    return pl.DataFrame(
        [(term, start, end, grade) for term, start, end, grade in rows],
        schema={"AEDECOD": pl.String, "AESTDTC": pl.String, "AEENDTC": pl.String, "grade": pl.Int64},
        orient="row",
    )


@pytest.mark.parametrize(
    ("first_end", "second_start", "numbers"),
    [
        ("2025-03-05T12:00", "2025-03-06T11:59", [1, 1]),
        ("2025-03-05T12:00", "2025-03-06T12:00", [1, 2]),
        ("2025-03-05", "2025-03-06", [1, 1]),  # between 0 and 48 hours
        ("2025-03-05", "2025-03-07", [1, 2]),
        ("2025-03", "2025-03-20", [1, 1]),
        ("2025-03", "2025-04-02", [1, 2]),
        (None, "2025-06-01", [1, 1]),
        ("2025-03-05", None, [1, 1]),
    ],
)
def test_a_day_without_it_begins_a_new_episode(first_end, second_start, numbers):
    """At least 24 hours for certain, whatever the dates leave open."""
    rows = log(("Rash", "2025-03-01", first_end, 1), ("Rash", second_start, None, 3))
    found = episodes(rows, ["AEDECOD"], "grade")
    assert found["episode"].to_list() == numbers
    assert found["episode_grade"].to_list() == ([3, 3] if numbers == [1, 1] else [1, 3])


def test_an_episode_is_as_long_as_its_longest_row():
    """A short row inside a long one ends nothing; other terms, and the order of rows, play no part."""
    rows = log(
        ("Rash", "2025-03-10", "2025-03-12", 2), ("Fever", "2025-03-01", "2025-03-02", 1),
        ("Rash", "2025-03-02", "2025-03-03", None), ("Rash", "2025-03-01", "2025-03-20", 1),
    )  # fmt: skip
    found = episodes(rows, ["AEDECOD"], "grade")
    assert found["episode"].to_list() == [1, 1, 1, 1]
    assert found["episode_grade"].to_list() == [2, 1, 2, 2]
    back = episodes(rows.reverse(), ["AEDECOD"], "grade").reverse()
    assert back.equals(found)


def hours(history, start="2025-03-01T00:00", end="2025-03-10T00:00", grade=3, reaches=3, below=3):
    rows = pl.DataFrame(
        {"AESTDTC": [start], "AEENDTC": [end], "grade": [grade], "AEGRHIST": [history], "reaches": [reaches],
         "below": [below]},
        schema_overrides={"AEENDTC": pl.String, "AEGRHIST": pl.String, "grade": pl.Int64},
    ).with_columns(seen=pl.lit("2025-04-01").str.to_date())  # fmt: skip
    found = hours_at(rows, "reaches", "below", "grade", "AEGRHIST", "seen").row(0, named=True)
    return tuple(None if found[n] is None else round(found[n]) for n in ("hours_min", "hours_max"))


def test_hours_at_a_grade():
    """From the change that reached it to the change that fell below, or the end."""
    assert hours(None) == (216, 216)
    assert hours("2 2025-03-01T00:00; 3 2025-03-02T00:00; 2 2025-03-04T00:00") == (48, 48)
    assert hours("3 2025-03-01T00:00; 4 2025-03-02T00:00; 3 2025-03-03T00:00; 1 2025-03-05T00:00") == (96, 96)
    assert hours("3 2025-03-01T00:00; 1 2025-03-02T00:00; 3 2025-03-04T00:00; 1 2025-03-07T00:00") == (72, 72)


def test_dates_without_a_time_leave_a_day_open():
    assert hours("2 2025-03-01; 3 2025-03-02; 2 2025-03-05") == (48, 96)
    assert hours(None, start="2025-03-01", end="2025-03-01") == (0, 24)


def test_an_event_that_goes_on_lasted_at_least_until_it_was_last_seen():
    assert hours(None, end=None) == (744, None)


def test_a_grade_never_reached_has_no_hours():
    assert hours(None, grade=2) == (None, None)
    assert hours("1 2025-03-01; 2 2025-03-02", grade=2) == (None, None)


def test_until_it_is_below_another_grade():
    """A reaction of grade 3 counts until it is down to 1."""
    changes = "2 2025-03-01T00:00; 3 2025-03-01T06:00; 2 2025-03-01T12:00; 1 2025-03-02T08:00"
    assert hours(changes, reaches=3, below=2) == (26, 26)
