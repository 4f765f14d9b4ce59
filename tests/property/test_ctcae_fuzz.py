"""Whatever a table holds, `carnet grade` refuses it in words or grades it as the slow grader does."""

from __future__ import annotations

import math
import os

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.core.errors import InputError
from carnet.safety.ctcae import INPUTS, grade_long
from carnet.safety.grading import grade_table
from oracles import ctcae as slow

EXAMPLES = int(os.environ.get("CARNET_EXAMPLES", "25"))
"""Few, for a suite that runs often; before a release CARNET_EXAMPLES=10000."""

RULES = slow.table("ctcae_v5.csv")
TYPES = {
    item.id: pl.String() if item.id in ("test", "specimen", "unit") else item.dtype for item in INPUTS.items
}
SPECIMENS = {
    "blood": "serum",
    "arterial blood": "ARTERIAL BLOOD",
    "urine": "URINE",
    "semen": "SEMEN",
    "any": None,
}
MULTIPLES = (0.25, 0.5, 0.75, 0.9, 1, 1 + 1e-7, 1.2, 1.5, 2, 2.5, 3, 5, 6, 10, 20)
WORDS = st.text(max_size=6)


@st.composite
def rows(draw, wild: bool) -> dict:
    """Draw a row of the plain columns: numbers at and near those that CTCAE prints, or anything at all."""
    name = draw(st.sampled_from(sorted(slow.tests())))
    test = slow.tests()[name]
    mine = [rule for rule in RULES if rule["test"] == test["test"]]
    printed = sorted({abs(float(r[end])) for r in mine for end in ("lower", "upper") if r[end]} | {1.0, 40.0})
    anything = st.floats(allow_nan=False, allow_infinity=False) if wild else st.floats(0, 1e6)
    part = st.sampled_from(MULTIPLES)
    number = st.builds(lambda n, by: n * by, st.sampled_from(printed), part) | anything
    maybe = st.none() | number | st.sampled_from([0.0, -1.0])
    lln, uln, base = (draw(maybe) for _ in range(3))
    anchors = [anchor for anchor in (lln, uln, base) if anchor]
    value = number
    if anchors:
        value |= st.builds(lambda n, by: n * by, st.sampled_from(anchors), part).filter(math.isfinite)
    units = [rule["unit"] for rule in mine]
    choose = st.sampled_from
    return {
        "test": draw(st.just(name) | (WORDS if wild else st.just(name.lower()))),
        "specimen": draw(st.just(SPECIMENS[test["specimen"]]) | (st.none() | WORDS if wild else st.nothing())),
        "value": draw(value | st.none()), "lln": lln, "uln": uln, "base": base,
        "unit": draw(choose(units) | (choose(sorted(slow.units())) | WORDS | st.none() if wild else st.nothing())),
        "base_lln": draw(maybe), "base_uln": draw(maybe),
        "base_indicator": draw(choose([None, "HIGH", "LOW", "NORMAL"])),
        "is_baseline": draw(choose([None, True, False, False])),
        "age": draw(choose([None, 10.0, 17.999, 18.0, 40.0])), "at_rest": draw(choose([None, True, False])),
    }  # fmt: skip


def agree(drawn: list[dict], graded: pl.DataFrame) -> None:
    """Check the long lines of some rows against the slow grader."""
    got = {
        (line["line"], line["term"], line["direction"]): (line["grade"], line["grade_worst"])
        for line in graded.iter_rows(named=True)
    }
    wanted = {
        (number, *key): grades for number, row in enumerate(drawn) for key, grades in slow.grade(row).items()
    }
    assert got == wanted


@given(st.lists(rows(wild=False), min_size=1, max_size=6))
@settings(max_examples=EXAMPLES)
def test_grades_are_those_of_the_slow_grader(drawn):
    agree(drawn, grade_long(pl.DataFrame(drawn, schema=TYPES).with_row_index("line")))


@given(st.lists(rows(wild=True), min_size=1, max_size=6))
@settings(max_examples=EXAMPLES)
def test_whatever_the_numbers_texts_and_units_are(drawn):
    """Every finite number there is, negative ones too, units of other things and tests of any name."""
    agree(drawn, grade_long(pl.DataFrame(drawn, schema=TYPES).with_row_index("line")))


@given(st.lists(rows(wild=False), min_size=1, max_size=3), st.data())
@settings(max_examples=EXAMPLES)
def test_what_is_no_number_is_refused_or_missing(drawn, data):
    """NaN is missing; infinity is refused with its row, as number and as text."""
    strange = data.draw(st.sampled_from([math.nan, math.inf, -math.inf]))
    place = data.draw(st.integers(0, len(drawn) - 1))
    column = data.draw(st.sampled_from(["value", "lln", "uln", "base", "base_lln", "base_uln", "age"]))
    drawn[place][column] = strange
    frame = pl.DataFrame(drawn, schema=TYPES).with_row_index("line")
    tables = [frame, frame.with_columns(pl.col(column).cast(pl.String))]
    if math.isnan(strange):
        drawn[place][column] = None
        agree(drawn, grade_long(tables.pop(0)))
    for table in tables:
        with pytest.raises(InputError, match=f"row {place + 1}: {column} is"):
            grade_long(table)


CELLS = st.none() | st.floats() | st.integers(-(2**62), 2**62) | st.booleans() | st.dates() | WORDS
TEXTS = st.none() | WORDS | st.sampled_from(
    ["HGB", "ALT", "K", "TEMP", "12.5", "-1", "1e400", "g/L", "U/L", "BLOOD", "Y", "N", "2025-03-01", "HIGH", "40"]
)  # fmt: skip
PLAIN = [item.id for item in INPUTS.items]
SDTM = ["USUBJID", "LBTESTCD", "LBSPEC", "LBCAT", "LBSTRESN", "LBSTRESU", "LBSTNRLO", "LBSTNRHI", "LBBLFL", "LBLOBXFL",
        "LBSEQ", "LBDTC", "LBNRIND", "LBTPT", "LBTPTNUM", "LBPOS"]  # fmt: skip
EVENTS = ["USUBJID", "AETERM", "AECTCTRM", "AETOXGR"]


@st.composite
def tables(draw) -> pl.DataFrame:
    """Draw a table with columns that grading reads and others, of any type and content."""
    names = draw(st.sampled_from([PLAIN, SDTM, EVENTS]))
    columns = draw(st.lists(st.sampled_from([*names, "note"]), unique=True, min_size=1))
    height = draw(st.integers(0, 4))
    made = {}
    for name in columns:
        kind = draw(st.sampled_from([TEXTS, CELLS, st.floats(), st.booleans(), st.dates(), st.none()]))
        cells = draw(st.lists(kind, min_size=height, max_size=height))
        kinds = {type(cell) for cell in cells} - {type(None)}
        made[name] = pl.Series(
            name, cells if len(kinds) < 2 else [None if c is None else str(c) for c in cells]
        )
    return pl.DataFrame(made)


@given(tables(), st.none() | tables())
@settings(max_examples=2 * EXAMPLES)
def test_no_table_makes_grading_fail_otherwise_than_in_words(table, dm):
    for long in (False, True):
        refused = ""
        try:
            graded, said = grade_table(table, dm, long=long)
        except InputError as error:
            refused = str(error)
        if refused:
            assert refused.endswith(".")
            assert not any(word in refused for word in ("Traceback", "polars", "Series", "dtype"))
            continue
        assert graded.columns[: table.width] == table.columns
        assert len(graded) == len(table) or long
        assert all(isinstance(line, str) for line in said)
