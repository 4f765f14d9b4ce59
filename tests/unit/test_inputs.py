"""Cells as people type them: what is read, what stands in, what is refused and how."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.inputs import Inputs, read_cells

YES = Item("rash", "Rash", "boolean")
WHOLE = Item("joints", "Joints", "integer", low=0, high=28)
NUMBER = Item("pga", "PGA", "decimal", low=0, high=3)
GRADE = Item("grade", "Grade", "choice", choices=("A", "B"))
TEXT = Item("note", "Note", "text")


def read(item: Item, *values: object) -> list[object]:
    return read_cells(pl.DataFrame({item.id: list(values)}, strict=False), item).to_list()


@pytest.mark.parametrize(
    ("item", "given", "wanted"),
    [
        (YES, ["1", "Y", "yes", "TRUE", "present", " y "], [True] * 6),
        (YES, ["0", "n", "No", "false", "ABSENT"], [False] * 5),
        (YES, ["1.0", "0.0"], [True, False]),
        (YES, [1, 0, None], [True, False, None]),
        (YES, [1.0, 0.0, None], [True, False, None]),
        (YES, ["", "ND", "nd", None], [None] * 4),
        (YES, [None, None], [None, None]),
        (WHOLE, ["3", "3.0", "", "ND", " 28 "], [3, 3, None, None, 28]),
        (WHOLE, [3.0, None], [3, None]),
        (NUMBER, ["0", "2.30", "3"], [0.0, 2.3, 3.0]),
        (NUMBER, [0, 3], [0.0, 3.0]),
        (GRADE, ["A", " B ", "", "ND"], ["A", "B", None, None]),
        (TEXT, ["as it stands", ""], ["as it stands", None]),
    ],
)
def test_cells_are_read(item: Item, given: list[object], wanted: list[object]) -> None:
    assert read(item, *given) == wanted


@pytest.mark.parametrize(
    ("item", "value", "says"),
    [
        (YES, "maybe", "takes yes or no"),
        (YES, 2, "takes yes or no"),
        (WHOLE, "3.5", "takes a whole number from 0 to 28"),
        (WHOLE, "29", "takes a whole number from 0 to 28"),
        (WHOLE, -1, "takes a whole number from 0 to 28"),
        (NUMBER, "high", "takes a number from 0 to 3"),
        (NUMBER, "3.001", "takes a number from 0 to 3"),
        (NUMBER, "inf", "takes a number from 0 to 3"),
        (NUMBER, "1,5", "takes a number from 0 to 3"),
        (GRADE, "F", "takes one of A, B"),
        (GRADE, "a", "takes one of A, B"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_by_row_column_and_value(
    item: Item, value: object, says: str
) -> None:
    rows = pl.DataFrame({"subject": ["1001", "1002"], item.id: [None, value]}, strict=False)
    with pytest.raises(InputError) as error:
        read_cells(rows, item)
    assert str(error.value).startswith(f"row 2 (subject 1002): {item.id} is ")
    assert says in str(error.value)


def test_absent_columns() -> None:
    """A needed one is unknown in every row; an optional one is what stands in for it, which may read another."""
    inputs = Inputs(
        (NUMBER, YES, GRADE), optional={"rash": pl.lit(False), "grade": pl.when("rash").then(pl.lit("A"))}
    )
    read = inputs.read({"subject": ["1001"]})
    assert read.to_dicts() == [{"subject": "1001", "pga": None, "rash": False, "grade": None}]
    assert read.schema["pga"] == pl.Float64
    assert inputs.absent(pl.DataFrame({"subject": ["1001"]})) == (["pga"], ["rash", "grade"])


def test_an_empty_cell_of_an_optional_column_stays_unknown() -> None:
    inputs = Inputs((YES,), optional={"rash": pl.lit(False)})
    assert inputs.read({"rash": ["", "Y"]})["rash"].to_list() == [None, True]


def test_a_table_without_rows_is_read() -> None:
    assert Inputs((NUMBER,)).read(pl.DataFrame({"pga": []})).height == 0


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be read as a table"):
        Inputs(()).read(object())
