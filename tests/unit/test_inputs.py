"""Cells as people type them: what is read, what stands in, what is refused and how."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from carnet.core.errors import InputError
from carnet.core.form import Form, Item
from carnet.core.inputs import Inputs, read_cells
from carnet.core.instrument import Instrument, Score
from carnet.instruments import BILAG2004

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


WORDS = {
    "bilag_pyrexia": ["2", "ND", "1"], "bilag_weight_loss": ["0", "3", ""],
    "bilag_active_haemolysis": ["N", "y", "1"], "bilag_haemoglobin": [" 7.9", "ND", "12"],
    "bilag_systolic_bp": ["120", "141.0", ""],
}  # fmt: skip


@pytest.mark.parametrize("whole", [pl.Int8, pl.UInt8, pl.Int16, pl.Int64, pl.Float64])
def test_typed_cells_score_as_words_do(whole: type[pl.DataType]) -> None:
    """A registry types its columns, a spreadsheet holds words: the grades are the same."""
    typed = pl.DataFrame(
        {
            "bilag_pyrexia": pl.Series([2, None, 1], dtype=whole),
            "bilag_weight_loss": pl.Series([0, 3, None], dtype=whole),
            "bilag_active_haemolysis": [False, True, True],
            "bilag_haemoglobin": [7.9, float("nan"), 12.0],
            "bilag_systolic_bp": [120.0, 141.0, None],
        }
    )
    grades = [score.id for score in BILAG2004.scores]
    from_words, from_types = (BILAG2004.score(rows).select(grades) for rows in (WORDS, typed))
    assert_frame_equal(from_types, from_words)
    assert from_types["bilag_constitutional"].to_list() == ["B", "C", "C"]


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["B", "A"]), pl.Enum(["A", "B"])])
def test_a_choice_is_read_by_its_word_however_it_is_held(dtype: pl.DataType) -> None:
    rows = pl.DataFrame({"grade": pl.Series(["B", None, "A"], dtype=pl.String).cast(dtype)})
    read = Inputs((GRADE,)).read(rows)["grade"]
    assert read.to_list() == ["B", None, "A"]
    assert read.dtype == pl.Enum(["A", "B"])


def test_narrow_numbers_hold_sums() -> None:
    """Twenty joints of 28 are 560, more than a byte holds."""
    joints = tuple(Item(f"j{n}", "Joints", "integer", low=0, high=28) for n in range(20))
    form = Form("joints", "Joints", "QS", joints)
    total = Score("total", "Total", pl.sum_horizontal(item.id for item in joints))
    many = Instrument("joints", "Joints", "", form, (total,), Inputs(joints))
    rows = {item.id: pl.Series([28], dtype=pl.Int8) for item in joints}
    assert many.score(rows)["total"].to_list() == [560]
    assert many.score(rows).schema["total"] == pl.Int64
