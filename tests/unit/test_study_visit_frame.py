"""The visit frame: typed columns, and what an item was before."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.study.visit_frame import visit_frame, with_baseline, with_history, with_previous

ITEMS = (
    Item("pga", "PGA", "decimal", low=0, high=3),
    Item("sledai_rash", "Rash", "boolean"),
    Item("bilag_anorexia", "Anorexia", "integer", low=0, high=4),
    Item("sledai_rash_due", "Due to", "choice", choices=("LUPUS", "DRUG")),
    Item("c3", "C3", "decimal"),
)


def long(*rows: tuple[str, str, str, str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["subject", "visit", "date", "item", "value"], orient="row")


def test_one_row_per_subject_and_visit_ordered_by_date_with_typed_columns():
    frame = visit_frame(
        long(
            ("1002", "BL", "2025-01-02", "pga", "2.30"),
            ("1001", "M3", "2025-06-01", "pga", "1"),
            ("1001", "BL", "2025-03-01", "sledai_rash", "Y"),
            ("1001", "BL", "2025-02-28", "c3", "0.8"),
            ("1001", "BL", "2025-02-28", "weight", "60"),
        ),
        ITEMS,
    )
    assert frame.columns == ["subject", "visit", "date", *(item.id for item in ITEMS)]
    assert frame.rows() == [
        ("1001", "BL", "2025-02-28", None, True, None, None, 0.8),
        ("1001", "M3", "2025-06-01", 1.0, None, None, None, None),
        ("1002", "BL", "2025-01-02", 2.3, None, None, None, None),
    ]
    assert frame.schema["bilag_anorexia"] == pl.Int64


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("pga", "34"),
        ("pga", "-0.1"),
        ("pga", "high"),
        ("pga", "nan"),
        ("bilag_anorexia", "1.5"),
        ("bilag_anorexia", "5"),
        ("sledai_rash", "maybe"),
        ("sledai_rash_due", "WEATHER"),
    ],
)
def test_a_value_that_the_item_does_not_take_is_unknown(item: str, value: str):
    assert visit_frame(long(("1001", "BL", "2025-03-01", item, value)), ITEMS)[item].to_list() == [None]


def test_numbers_and_booleans_of_sdtm_are_taken_as_they_are():
    values = pl.DataFrame(
        {
            "subject": ["1", "1"],
            "visit": ["BL", "M3"],
            "date": [1, 2],
            "item": ["pga"] * 2,
            "value": [2.5, 0.3],
        }
    )
    assert visit_frame(values, ITEMS)["pga"].to_list() == [2.5, 0.3]
    assert visit_frame(values.with_columns(item=pl.lit("sledai_rash"), value=pl.lit("PRESENT")), ITEMS)[
        "sledai_rash"
    ].to_list() == [True, True]


def test_two_values_of_one_item_at_one_visit_are_refused():
    with pytest.raises(InputError, match=r"pga of subject 1001 at BL stands there twice"):
        visit_frame(long(("1001", "BL", "d", "pga", "1"), ("1001", "BL", "d", "pga", "2")), ITEMS)


def test_no_values_give_a_frame_without_rows_but_with_its_columns():
    frame = visit_frame(long(("1001", "BL", "d", "weight", "60")), ITEMS)
    assert (frame.height, frame.schema["pga"], frame.schema["sledai_rash"]) == (0, pl.Float64, pl.Boolean)


VISITS = pl.DataFrame(
    {
        "subject": ["a", "a", "a", "b", "a"],
        "date": ["2025-04-01", "2025-03-01", "2025-05-01", "2025-01-01", "2025-06-01"],
        "baseline": [False, True, False, None, False],
        "c3": [None, 0.7, 0.9, 1.1, None],
    }
)


def test_the_baseline_stands_in_every_row_of_its_subject_in_the_order_given():
    done = with_baseline(VISITS, ["c3"], "baseline")
    assert done["c3_base"].to_list() == [0.7, 0.7, 0.7, None, 0.7]
    assert done["date"].to_list() == VISITS["date"].to_list()


def test_two_baseline_rows_are_refused():
    with pytest.raises(InputError, match="Subject a has more than one baseline row"):
        with_baseline(VISITS.with_columns(baseline=pl.lit(True)), ["c3"], "baseline")


def test_the_previous_value_may_be_unknown_and_the_last_known_one_is_carried_where_asked():
    assert with_previous(VISITS, ["c3"])["c3_prev"].to_list() == [0.7, None, None, None, 0.9]
    assert with_previous(VISITS, ["c3"], carry=True)["c3_prev"].to_list() == [0.7, None, 0.7, None, 0.9]


def history(order: list[object], **columns: list[object]) -> pl.DataFrame:
    rows = pl.DataFrame({"id": ["a"] * len(order), "day": order, **columns})
    names = [f"{name}_{kind}" for name in columns for kind in ("prev", "base")]
    return with_history(rows, [*names, "first_visit", "absent_prev"], "id", "day", "mark")


def test_history_orders_numbers_that_are_text_as_numbers():
    done = history(["10", "9", "100"], pga=["2", "1", "3"], mark=["N", "yes", ""])
    assert done["pga_prev"].to_list() == ["1", None, "2"]
    assert done["pga_base"].to_list() == ["1", "1", "1"]
    assert done["first_visit"].to_list() == [False, True, False]
    assert "absent_prev" not in done.columns


def test_history_carries_what_bilag_compares_over_a_gap_and_nothing_else():
    days = ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"]
    done = history(
        days, bilag_upcr=["80", "ND", "", "20"], sledai_rash=["Y", "", "N", "N"], mark=["Y", "N", "N", "N"]
    )
    assert done["bilag_upcr_prev"].to_list() == [None, "80", "80", "80"]
    assert done["bilag_upcr"].to_list() == ["80", "ND", "", "20"]
    assert done["sledai_rash_prev"].to_list() == [None, "Y", "", "N"]


def test_history_leaves_a_column_that_is_there_already():
    rows = pl.DataFrame({"id": ["a", "a"], "day": [1, 2], "pga": [1.0, 2.0], "pga_prev": [9.0, 9.0]})
    assert with_history(rows, ["pga_prev"], "id", "day")["pga_prev"].to_list() == [9.0, 9.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"id": ["a", "a"], "day": [1, 1]}, "two rows with day 1"),
        ({"id": ["a", None], "day": [1, 2]}, "row 2: id is empty"),
        ({"id": ["a", "a"], "day": ["1", " "]}, "row 2: day is empty"),
        ({"id": ["a", "a"], "day": ["2025-03-01", "1 April"]}, r"row 2 \(subject a\): day is '1 April'"),
    ],
)
def test_an_order_that_is_not_certain_is_refused(rows: dict[str, list[object]], message: str):
    with pytest.raises(InputError, match=message):
        with_history(pl.DataFrame(rows), ["x_prev"], "id", "day")


def test_a_baseline_mark_that_cannot_be_read_is_refused():
    rows = pl.DataFrame({"id": ["a"], "day": [1], "base": ["perhaps"]})
    with pytest.raises(InputError, match="row 1: base is 'perhaps'; it takes yes or no"):
        with_history(rows, [], "id", "day", "base")
