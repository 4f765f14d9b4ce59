"""Days and windows: where a record is placed, and which one is analysed."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.core.errors import DefinitionError, InputError
from carnet.study import AnalysisWindow, read
from carnet.study import windows as w


def test_every_day_from_8_to_410_is_in_exactly_one_window():
    found = w.avisit(pl.DataFrame({"day": range(-40, 420)}), "day", read().windows)
    inside = found.filter(pl.col("AVISIT").is_not_null())["day"]
    assert (inside.min(), inside.max(), len(inside)) == (8, 410, 403)


def test_the_bounds_of_a_window_are_the_midpoints_and_a_whole_midpoint_is_the_earlier_visits():
    ends = [(x.target, x.low, x.high) for x in read().windows if x.target is not None]
    targets = [t for t, _, _ in ends]
    for (a, _, high), (b, low, _) in pairwise(ends):
        assert (high, low) == ((a + b) // 2, (a + b) // 2 + 1)
    assert targets == [14, 28, 61, 91, 122, 152, 183, 274, 365]


def test_rows_keep_their_order_and_outside_every_window_all_is_null():
    rows = pl.DataFrame({"day": [365, None, 0, 22, -6], "base": [False, False, False, False, True]})
    found = w.avisit(rows, "day", read().windows, baseline="base")
    assert found["AVISIT"].to_list() == ["Month 12", None, None, "Day 28", "Baseline"]
    assert found["AWTDIFF"].to_list() == [0, None, None, 6, None]
    assert found["AWU"].to_list() == ["DAYS", None, None, "DAYS", "DAYS"]
    assert found.row(3)[2:] == ("Day 28", 28, 28, 6, 22, 44, "DAYS")
    assert found.row(4)[2:] == ("Baseline", 0, None, None, -35, None, "DAYS")


def test_windows_that_share_a_day_are_refused():
    shared = (AnalysisWindow("A", 1, 5, 1, 10), AnalysisWindow("B", 2, 15, 10, 20))
    with pytest.raises(DefinitionError, match="A and B share a day"):
        w.avisit(pl.DataFrame({"day": [1]}), "day", shared)
    assert w.gaps((AnalysisWindow("A", 1, 5, 1, 9), AnalysisWindow("B", 2, 15, 11, 20))) == [("A", "B")]


def test_study_day_and_protocol_day_undo_each_other_and_there_is_no_zero():
    days = pl.DataFrame({"day": range(-400, 400)}).with_columns(study=w.to_study_day(pl.col("day")))
    assert 0 not in days["study"].to_list()
    back = days.with_columns(back=w.to_protocol_day(pl.col("study")))
    assert back["day"].to_list() == back["back"].to_list()


def test_a_visit_out_of_its_window_says_by_how_many_days():
    rows = pl.DataFrame(
        {"visit": ["M3", "M3", "M3", "ET", "UNS01", "D0"], "day": [80, 98, 101, 50, 50, None]}
    )
    found = rows.select(w.out_of_window(pl.col("visit"), pl.col("day"), read().visits)).to_series()
    assert found.to_list() == [-4, 0, 3, None, None, None]


def test_each_subject_and_parameter_has_its_own_record():
    rows = pl.DataFrame({"s": ["a", "a", "b", "b"], "p": ["C3", "C4", "C3", "C3"], "ADY": [28, 28, 27, 30]})
    done = w.select_records(w.avisit(rows, "ADY", read().windows), ["s", "p"])
    assert done["ANL01FL"].to_list() == ["Y", "Y", "Y", None]


def test_at_baseline_the_last_record_is_chosen():
    rows = pl.DataFrame({"s": ["a"] * 3, "ADY": [-20, -6, -13], "base": [True, True, True]})
    placed = w.avisit(rows, "ADY", read().windows, baseline="base")
    assert w.select_records(placed, ["s"])["ANL01FL"].to_list() == [None, "Y", None]


def test_a_table_that_was_not_placed_is_refused():
    with pytest.raises(InputError, match=r"AVISITN.*avisit makes"):
        w.select_records(pl.DataFrame({"s": ["a"], "ADY": [1]}), ["s"])


@given(st.lists(st.tuples(st.integers(-40, 430), st.booleans()), max_size=30), st.randoms())
def test_every_window_with_a_record_has_exactly_one_and_the_order_of_the_rows_does_not_choose(
    records, random
):
    rows = pl.DataFrame(
        {"day": [d for d, _ in records], "whole": [c for _, c in records], "at": range(len(records))},
        schema={"day": pl.Int64, "whole": pl.Boolean, "at": pl.Int64},
    ).with_columns(s=pl.lit("a"))
    mixed = rows.sample(fraction=1, shuffle=True, seed=random.randint(0, 10**6))
    chosen = []
    for frame in (rows, mixed):
        placed = w.avisit(frame, "day", read().windows)
        done = w.select_records(placed, ["s"], day="day", complete="whole", time="at")
        picked = done.filter(pl.col("ANL01FL") == "Y")
        assert sorted(picked["AVISIT"]) == sorted(placed["AVISIT"].drop_nulls().unique())
        chosen.append(sorted(picked["at"]))
    assert chosen[0] == chosen[1]
