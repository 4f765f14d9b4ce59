"""Analysis windows: the days of each visit, and which of its records is analysed."""

from __future__ import annotations

import polars as pl

from carnet.study import read
from carnet.study.windows import avisit, select_records
from conftest import read_table


def check(text: str, **columns: str) -> None:
    """Place a table of records of one patient in the windows and compare what it expects: AVISIT, ANL01FL."""
    header, cells = read_table(text)
    rows = pl.DataFrame({name: [row[i] or None for row in cells] for i, name in enumerate(header)})
    truth = [name for name in ("complete", "planned") if name in header]
    rows = rows.with_columns(pl.col("day").cast(pl.Int64), pl.col(truth) == "yes", subject=pl.lit("1001"))
    given = rows.drop([name for name in ("AVISIT", "ANL01FL") if name in header])
    done = select_records(avisit(given, "day", read().windows), ["subject"], day="day", **columns)
    for name in ("AVISIT", "ANL01FL"):
        if name in header:
            assert done[name].to_list() == rows[name].to_list(), name


def test_each_window_reaches_to_the_midpoint_between_two_visits():
    """A whole midpoint belongs to the earlier visit; before day 8 and after day 410 there is no window."""
    check("""
        day | AVISIT
        7   |
        8   | Day 14
        21  | Day 14
        22  | Day 28
        44  | Day 28
        45  | Month 2
        228 | Month 6
        229 | Month 9
        410 | Month 12
        411 |
    """)


def test_the_record_nearest_to_the_target_is_analysed():
    """Day 28 is the target; of two records as near as each other the later is taken."""
    check("""
        day | AVISIT  | ANL01FL
        24  | Day 28  |
        26  | Day 28  |
        30  | Day 28  | Y
        31  | Day 28  |
        61  | Month 2 | Y
        500 |         |
    """)


def test_a_whole_composite_comes_before_a_nearer_incomplete_one():
    """SLEDAI-2K, BILAG-2004 and PGA within 3 days count more than nearness, and more than being planned."""
    check(
        """
        day | complete | planned | ANL01FL
        28  | no       | yes     |
        40  | yes      | no      | Y
        """,
        complete="complete",
        scheduled="planned",
    )


def test_a_planned_visit_comes_before_a_nearer_unscheduled_one():
    """Among records equally complete the planned one is taken."""
    check(
        """
        day | complete | planned | ANL01FL
        28  | yes      | no      |
        40  | yes      | yes     | Y
        """,
        complete="complete",
        scheduled="planned",
    )


def test_of_one_day_the_later_time_is_analysed_and_of_one_time_the_later_row():
    """The order of the rows does not matter where the times differ."""
    check(
        """
        day | at    | ANL01FL
        28  | 14:30 | Y
        28  | 08:00 |
        61  | 08:00 |
        61  | 08:00 | Y
        """,
        time="at",
    )


def test_a_record_without_a_value_is_never_analysed():
    """It does not keep the window from a record that has one, however far from the target."""
    check(
        """
        day | value | ANL01FL
        28  |       |
        40  | 3     | Y
        61  |       |
        """,
        value="value",
    )
