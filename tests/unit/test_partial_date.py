"""Partial dates: the earliest and the latest moment that a text allows."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.partial_date import date_range

CASES = """
    2025-03-01T08:30:20 | 2025-03-01 08:30:20 | 2025-03-01 08:30:20
    2025-03-01T08:30    | 2025-03-01 08:30:00 | 2025-03-01 08:30:59
    2025-03-01T08       | 2025-03-01 08:00:00 | 2025-03-01 08:59:59
    2025-03-01          | 2025-03-01 00:00:00 | 2025-03-01 23:59:59
    2025-03             | 2025-03-01 00:00:00 | 2025-03-31 23:59:59
    2024-02             | 2024-02-01 00:00:00 | 2024-02-29 23:59:59
    2025                | 2025-01-01 00:00:00 | 2025-12-31 23:59:59
    2025---15           | 2025-01-15 00:00:00 | 2025-12-15 23:59:59
    2025-03-01T-:30     | 2025-03-01 00:00:00 | 2025-03-01 23:59:59
    2025-03-01T08:30Z   | 2025-03-01 08:30:00 | 2025-03-01 08:30:59
    --12-15             |                     |
    2025-02-30          |                     |
    2025-13             |                     |
    UNKNOWN             |                     |
"""


@pytest.mark.parametrize("case", [line for line in CASES.splitlines() if line.strip()])
def test_the_range_of_a_text(case):
    text, *expected = (cell.strip() for cell in case.split("|"))
    earliest, latest = (end.dt.to_string("%Y-%m-%d %H:%M:%S") for end in date_range(pl.lit(text)))
    assert [end or "" for end in pl.select(a=earliest, b=latest).row(0)] == expected


def test_no_text_has_no_range():
    frame = pl.DataFrame({"AESTDTC": [None, ""]}, schema={"AESTDTC": pl.String})
    earliest, latest = date_range(pl.col("AESTDTC"))
    assert frame.select(a=earliest, b=latest).rows() == [(None, None)] * 2
