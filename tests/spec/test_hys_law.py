"""Hy's law and the quadrants of eDISH."""

from __future__ import annotations

import pytest

from carnet.safety.hys_law import hys_law

ULN = {"ALT": 40.0, "AST": 40.0, "BILI": 20.0, "ALP": 100.0}


def verdict(*values, **settings):
    """Judge values written as (test, day, multiple of its upper limit); a multiple of None has no limit."""
    table = {
        "subject": ["1"] * len(values),
        "test": [v[0] for v in values],
        "day": [v[1] for v in values],
        "value": [(v[2] or 3.0) * ULN[v[0]] for v in values],
        "uln": [ULN[v[0]] if v[2] is not None else None for v in values],
    }
    return hys_law(table, **settings).row(0, named=True)


@pytest.mark.parametrize(
    ("alt", "bilirubin", "alp", "holds"),
    [
        (3, 2.1, 1, True), (2.99, 2.1, 1, False), (3.01, 2.1, 1, True), (8, 2, 1, False), (8, 2.01, 1, True),
        (8, 3, 1.99, True), (8, 3, 2, True), (8, 3, 2.01, False),
        (None, 3, 1, None), (8, None, 1, None), (8, 3, None, None), (1, None, None, False), (8, 1, None, False),
        (None, 1, 1, False), (None, 3, 3, False),
    ],
)  # fmt: skip
def test_limits_on_below_and_above(alt, bilirubin, alp, holds):
    """Transaminase from 3 times, bilirubin above 2 times, phosphatase to 2 times; an unknown limit may decide."""
    assert verdict(("ALT", 10, alt), ("BILI", 12, bilirubin), ("ALP", 10, alp))["hys_law"] is holds


@pytest.mark.parametrize(("day", "holds"), [(9, None), (10, True), (40, True), (41, None)])
def test_bilirubin_counts_for_thirty_days(day, holds):
    """From the day of the transaminase to 30 days later; outside the window nobody measured it."""
    assert verdict(("AST", 10, 5), ("BILI", day, 3), ("ALP", 10, 1))["hys_law"] is holds


@pytest.mark.parametrize(("day", "holds"), [(2, None), (3, False), (17, False), (18, None)])
def test_phosphatase_counts_for_seven_days_around(day, holds):
    assert verdict(("ALT", 10, 5), ("BILI", 10, 3), ("ALP", day, 2.5))["hys_law"] is holds


def test_windows_are_parameters():
    late = [("ALT", 10, 5), ("BILI", 50, 3), ("ALP", 10, 1)]
    assert verdict(*late)["hys_law"] is None
    assert verdict(*late, bilirubin_days=60)["hys_law"] is True
    assert verdict(("ALT", 10, 4), ("BILI", 10, 3), ("ALP", 10, 1), transaminase=5)["hys_law"] is False


def test_one_case_that_holds_is_enough():
    """A later rise of its own; the day of the first transaminase that meets the law is told."""
    found = verdict(
        ("ALT", 10, 5), ("ALP", 10, 3), ("BILI", 10, 3), ("ALT", 60, 5), ("ALP", 60, 1), ("BILI", 61, 3)
    )
    assert (found["hys_law"], found["hys_law_day"]) == (True, 60)


@pytest.mark.parametrize(
    ("alt", "ast", "bilirubin", "quadrant"),
    [
        (2.9, 1, 2, "NORMAL OR NEAR NORMAL"), (3, 1, 2, "TEMPLE'S COROLLARY"), (1, 3, 1, "TEMPLE'S COROLLARY"),
        (2.9, 1, 2.1, "CHOLESTASIS"), (3, 1, 2.1, "HY'S LAW RANGE"),
    ],
)  # fmt: skip
def test_quadrants_by_the_peaks(alt, ast, bilirubin, quadrant):
    """The higher of ALT and AST at any time against bilirubin at any time."""
    found = verdict(("ALT", 1, alt), ("AST", 90, ast), ("BILI", 200, bilirubin))
    assert found["quadrant"] == quadrant
    assert found["peak_transaminase"] == pytest.approx(max(alt, ast))


def test_no_bilirubin_no_quadrant():
    found = verdict(("ALT", 1, 5))
    assert (found["quadrant"], found["hys_law"]) == (None, None)


@pytest.mark.parametrize("wrong", [-3.0, float("inf"), float("nan")])
def test_a_value_that_cannot_be_is_no_value(wrong):
    """It is neither a peak nor a normal result: what it hides is unknown."""
    table = {
        "subject": ["1"] * 3, "test": [" alt", "BILI ", "ALP"], "day": [10, 10, 10],
        "value": [wrong, 60.0, 90.0], "uln": [40.0, 20.0, 100.0],
    }  # fmt: skip
    found = hys_law(table).row(0, named=True)
    assert (found["peak_transaminase"], found["peak_bilirubin"], found["hys_law"]) == (None, 3.0, None)
