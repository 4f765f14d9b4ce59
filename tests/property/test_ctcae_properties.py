# ruff: noqa: E501  (tables are wide)
"""What must hold of every grade, whatever the values."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.core.units import convert
from carnet.safety import reading
from carnet.safety.ctcae import grade, grade_long
from carnet.safety.interval import intervals

SPECIMENS = {
    "blood": "BLOOD",
    "arterial blood": "ARTERIAL BLOOD",
    "urine": "URINE",
    "semen": "SEMEN",
    "any": None,
}
PRINTED = sorted(
    {(row.test, row.unit) for row in intervals() if row.unit}
    | {(row.test, "") for row in intervals() if not row.unit}
)
KNOWN = {test.test: test for test, _ in reading.tests().values()}


def around(test, unit):
    """Return the numbers that CTCAE prints for a test in a unit, for values near them."""
    numbers = [b.number for i in intervals() if i.test == test and i.unit == unit for b in (i.lower, i.upper)
               if b and b.reference == "absolute"]  # fmt: skip
    return numbers or [1.0, 10.0, 100.0]


@st.composite
def patients(draw):
    """Draw a patient of whom a test is done: limits and baseline, known or not, near the printed numbers."""
    test, unit = draw(st.sampled_from(PRINTED))
    numbers = around(test, unit)
    near = st.sampled_from(numbers).flatmap(
        lambda n: st.floats(0.5, 1.5).map(lambda part: round(n * part, 6))
    )
    some = st.none() | near
    lln = draw(some)
    uln = draw(st.none() | near.map(lambda high: max(high, lln or 0)))
    return {
        "test": test, "unit": unit or "U/L", "specimen": SPECIMENS[KNOWN[test].specimen], "lln": lln, "uln": uln,
        "base": draw(some), "base_lln": draw(some), "base_uln": draw(some),
        "base_indicator": draw(st.sampled_from([None, "HIGH", "LOW", "NORMAL"])),
        "is_baseline": draw(st.booleans()), "age": draw(st.sampled_from([None, 10.0, 40.0])),
        "at_rest": draw(st.sampled_from([None, True, False])),
    }, draw(st.lists(near | st.sampled_from(numbers) | st.floats(0, 2000), min_size=2, max_size=8))  # fmt: skip


def table(patient, values):
    numbers = dict.fromkeys(("lln", "uln", "base", "base_lln", "base_uln", "age"), pl.Float64)
    texts = dict.fromkeys(("specimen", "base_indicator"), pl.String)
    types = {
        name: dtype for name, dtype in (numbers | texts | {"at_rest": pl.Boolean}).items() if name in patient
    }
    frame = pl.DataFrame([patient] * len(values), infer_schema_length=None, schema_overrides=types)
    return frame.with_columns(value=pl.Series(values, dtype=pl.Float64))


@given(patients())
@settings(max_examples=300)
def test_a_value_further_out_never_has_a_lower_grade(drawn):
    patient, values = drawn
    values = sorted(values)
    if patient["test"] == "SPERM":  # none at all is another term
        values = [value for value in values if value > 0]
    graded = grade_long(table(patient, values).with_row_index("place"))
    for direction in ("L", "H"):
        for column in ("grade", "grade_worst"):
            lines = graded.filter(pl.col("direction") == direction).sort("place", descending=direction == "L")
            for _, one in lines.group_by("term"):
                known = one[column].drop_nulls().to_list()
                assert known == sorted(known), (direction, one.select("term", "value", column))


@given(patients())
@settings(max_examples=200)
def test_what_is_missing_leaves_a_grade_or_takes_it_away_but_never_changes_it(drawn):
    """A limit that is taken away; and so a limit that is filled in never overturns a known grade."""
    patient, values = drawn
    full = grade_long(table(patient, values))
    for limit in ("lln", "uln"):
        less = grade_long(table({**patient, limit: None}, values))
        for column in ("grade", "grade_worst"):
            changed = less[column].is_not_null() & (less[column].ne_missing(full[column]))
            assert not changed.any(), (limit, full.filter(changed).select("term", "value", column))


@given(patients())
@settings(max_examples=100)
def test_the_worst_is_never_better_than_the_numbers_and_doubt_is_always_said(drawn):
    patient, values = drawn
    lines = grade_long(table(patient, values))
    assert (lines["grade_worst"] >= lines["grade"]).fill_null(True).all()
    assert (lines["grade"].is_null() == lines["grade_worst"].is_null()).all()
    assert (lines["reason"].is_null() == (lines["grade"].is_not_null() & lines["review"].is_null())).all()
    assert lines.filter(pl.col("grade") != pl.col("grade_worst"))["review"].null_count() == 0


@given(st.lists(patients(), min_size=1, max_size=5))
@settings(max_examples=40)
def test_a_row_among_others_has_the_grade_it_has_alone(drawn):
    tables = [table(patient, values) for patient, values in drawn]
    together = grade(pl.concat(tables))
    assert together.equals(pl.concat([grade(one) for one in tables]))


EXACT = [
    ("HGB", "g/L", "g/dL"), ("HGB", "g/L", "mg/dL"), ("ALB", "g/L", "g/dL"), ("WBC", "10^9/L", "/uL"), ("NEUT", "10^9/L", "/uL"),
    ("LYM", "10^9/L", "10^3/uL"), ("PLAT", "10^9/L", "/uL"), ("CD4", "10^9/L", "/uL"), ("K", "mmol/L", "mEq/L"),
    ("SODIUM", "mmol/L", "mEq/L"), ("CACORR", "mmol/L", "mEq/L"), ("MG", "mmol/L", "mEq/L"), ("CAION", "mmol/L", "mg/dL"),
    ("FIBRINO", "g/L", "mg/dL"), ("PROT24", "g/24h", "mg/24h"), ("WEIGHT", "kg", "lb"), ("SYSBP", "mmHg", "kPa"),
]  # fmt: skip
"""Units that convert without changing any grade."""


@given(st.sampled_from(EXACT), st.floats(0.5, 1.5), st.data())
@settings(max_examples=200)
def test_a_row_in_another_unit_keeps_its_grade(units, part, data):
    test, unit, other = units
    number = data.draw(st.sampled_from(around(test, unit)))
    value = round(number * part, 4)
    limits = {
        "value": value,
        "lln": round(number * 1.05, 4),
        "uln": round(number * 0.95, 4),
        "base": round(number * 0.9, 4),
    }
    row = {"test": test, "specimen": SPECIMENS[KNOWN[test].specimen], "age": 40.0}
    there = {name: convert(v, unit, other, test) for name, v in limits.items()}
    graded = grade(pl.DataFrame([{**row, **limits, "unit": unit}, {**row, **there, "unit": other}]))
    for side in ("L", "H"):
        first, second = graded[f"ATOXGR{side}"].to_list()
        assert first == second, (row, limits, there)


WINDOWS = {
    # test: (unit, other unit), where the printed numbers of the two do not meet (in the first unit)
    "CACORR": (
        "mmol/L",
        "mg/dL",
        [(2.869, 2.9), (3.1, 3.119), (3.368, 3.4), (1.996, 2), (1.746, 1.75), (1.497, 1.5)],
    ),
    "MG": ("mmol/L", "mg/dL", [(1.23, 1.2343), (3.291, 3.3), (0.4936, 0.5), (0.37, 0.4), (0.2879, 0.3)]),
    "GLUC": ("mmol/L", "mg/dL", [(3, 3.0526), (2.2, 2.2201), (1.665, 1.7)]),
    "CHOL": ("mmol/L", "mg/dL", [(7.75, 7.7581), (10.34, 10.3441), (12.92, 12.9301)]),
    "TRIG": ("mmol/L", "mg/dL", [(1.6934, 1.71), (3.3869, 3.42), (5.6449, 5.7), (11.2899, 11.4)]),
    "HGB": ("mmol/L", "g/L", [(6.2, 6.2061), (4.9, 4.9649)]),
    "TEMP": ("degC", "degF", []),
}


@given(st.sampled_from(sorted(WINDOWS)), st.floats(0.9, 1.1), st.data())
@settings(max_examples=300)
def test_two_printed_ladders_differ_in_the_known_windows_alone(test, part, data):
    unit, other, windows = WINDOWS[test]
    value = round(data.draw(st.sampled_from(around(test, unit))) * part, 5)
    row = {"test": test, "specimen": SPECIMENS[KNOWN[test].specimen], "lln": None, "uln": None}
    frame = pl.DataFrame(
        [
            {**row, "value": value, "unit": unit},
            {**row, "value": convert(value, unit, other, test), "unit": other},
        ],
        schema_overrides={"lln": pl.Float64, "uln": pl.Float64},
    )
    graded = grade(frame)
    same = all(graded[f"ATOXGR{s}"][0] == graded[f"ATOXGR{s}"][1] for s in ("L", "H"))
    assert same or any(low <= value <= high for low, high in windows), value


@pytest.mark.parametrize("test", sorted(WINDOWS))
def test_each_known_window_is_one(test):
    """In the middle of each window the two printed ladders do differ."""
    unit, other, windows = WINDOWS[test]
    for low, high in windows:
        value = (low + high) / 2
        rows = {
            "test": [test] * 2,
            "specimen": ["BLOOD"] * 2,
            "value": [value, convert(value, unit, other, test)],
            "unit": [unit, other],
        }
        graded = grade(rows)
        assert any(graded[f"ATOXGR{s}"][0] != graded[f"ATOXGR{s}"][1] for s in ("L", "H")), (low, high)


def test_every_ladder_reaches_its_highest_grade_and_its_lowest():
    for test, terms in reading.rungs().items():
        for (_, term), by_unit in terms.items():
            for unit, rows in by_unit.items():
                child = any("child" in row.condition for row in rows)
                values = [0.001 * 1.05**k for k in range(400)]
                patient = {"test": test, "specimen": SPECIMENS[KNOWN[test].specimen], "unit": unit or "U/L",
                           "lln": 50.0, "uln": 50.0, "base": 51.0, "age": 10.0 if child else 40.0}  # fmt: skip
                lines = grade_long(table(patient, values)).filter(pl.col("term") == term)
                top = max(
                    row.grade
                    for row in rows
                    if not {"baseline_high", "baseline_low", "first_test"} & set(row.condition)
                )
                assert lines["grade_worst"].max() >= top, (term, unit)
                assert lines["grade_worst"].min() == 0, (term, unit)
