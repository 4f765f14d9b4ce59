"""Reading what was typed never changes what it says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.capture.values import FULL_WIDTH, reader
from carnet.core.form import Item

DECIMAL, INTEGER = reader(Item("x", "X", "decimal")), reader(Item("x", "X", "integer"))
DATE, PARTIAL = reader(Item("x", "X", "date")), reader(Item("x", "X", "date", partial=True))
WIDE = {small: full for full, small in FULL_WIDTH.items()}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_number_keeps_its_value_and_its_decimals(number):
    """R29: no rounding."""
    typed = f"{number:f}"
    assert Decimal(DECIMAL(typed)) == number
    assert DECIMAL(typed).partition(".")[2] == typed.partition(".")[2]
    assert DECIMAL(DECIMAL(typed)) == DECIMAL(typed)


@given(st.from_regex(r"[+-]?(\d{1,8}(\.\d{0,6})?|\.\d{1,6})([eE][+-]?\d{1,2})?", fullmatch=True))
def test_however_a_number_is_written_it_is_that_number(typed):
    if not typed.isascii():
        with pytest.raises(ValueError, match="number"):
            DECIMAL(typed)
        return
    value = DECIMAL(typed)
    assert Decimal(value) == Decimal(typed)
    assert "e" not in value.lower()
    assert DECIMAL(typed.translate(WIDE)) == value


@given(st.decimals(-9999, 9999, places=2) | st.integers(-9999, 9999).map(lambda n: Decimal(f"{n}.0")))
def test_a_whole_number_is_one_or_is_refused(number):
    """R29: 2.5 is not 2."""
    if number == int(number):
        assert int(INTEGER(f"{number:f}")) == number
    else:
        with pytest.raises(ValueError, match="whole"):
            INTEGER(f"{number:f}")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_day_of_the_calendar_is_read_whichever_way_it_is_written(day):
    for typed in (
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y.%m.%d}",
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert DATE(typed) == day.isoformat()
    assert PARTIAL(f"{day:%Y-%m}") == f"{day:%Y-%m}"  # R31: a partial date stays partial


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(typed):
    """Nothing that is typed stops the program in another way."""
    for kind in ("boolean", "integer", "decimal", "date", "datetime", "time", "choice", "text"):
        item = Item("x", "X", kind, choices=("A", "B"), choices_zh=("甲", "乙"), partial=True)
        said = ""
        try:
            value = reader(item)(typed)
        except ValueError as error:
            said = str(error)
        assert "it takes" in said if said else reader(item)(value) == value


@pytest.mark.parametrize(
    "typed",
    [
        "2025-02-29",
        "2025-04-31",
        "2025-00-10",
        "2025-1-0",
        "20250301",
        "01-03-2025",
        "2025",
        "2025-03-",
        "2025-03-UN",
    ],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValueError, match="year first"):
        DATE(typed)


def test_a_choice_is_its_english_text_in_either_language():
    """R44: the language changes no stored value."""
    read = reader(Item("x", "X", "choice", choices=("MILD", "SEVERE"), choices_zh=("轻度", "重度")))
    assert [read(typed) for typed in ("重度", "severe", " SEVERE ")] == ["SEVERE"] * 3
