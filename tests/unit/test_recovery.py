"""Spells below a limit, and what sparse sampling leaves open."""

from __future__ import annotations

import pytest

from carnet.safety.recovery import spells


def found(days, values, **kwargs):
    table = {
        "subject": ["1"] * len(days),
        "day": days,
        "value": [None if v is None else float(v) for v in values],
    }
    rows = spells(table, 0.5, **kwargs)
    return rows.select("onset_min", "onset", "last", "recovered", "days_min", "days_max").rows()


@pytest.mark.parametrize(
    ("days", "values", "expected"),
    [
        ([0, 1, 2, 3], [1, 0.4, 0.4, 1], [(1, 1, 2, 3, 2, 2)]),
        ([0, 7, 14], [1, 0.4, 1], [(1, 7, 7, 14, 1, 13)]),
        ([0, 7], [1, 0.4], [(1, 7, 7, None, 1, None)]),
        ([7, 14], [0.4, 1], [(None, 7, 7, 14, 1, None)]),
        ([0, 1, 2, 3, 4], [1, 0.4, 1, 0.4, 1], [(1, 1, 1, 2, 1, 1), (3, 3, 3, 4, 1, 1)]),
        ([0, 1, 1, 2], [1, 0.6, 0.4, 1], [(1, 1, 1, 2, 1, 1)]),
        ([0, 1, 2], [1, None, 1], []),
        ([0, 1, 2], [1, 0.5, 1], []),
    ],
)
def test_spells(days, values, expected):
    """On days of every kind of sampling; a value at the limit is not below it."""
    assert found(days, values) == expected


def test_the_limit_itself():
    assert found([0, 1, 2], [1, 0.5, 1], included=True) == [(1, 1, 1, 2, 1, 1)]
