"""What combines rows before grading."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.safety.combined import blood_pressure, corrected_calcium, mean_qtc
from carnet.safety.ctcae import grade


def sample(*rows: tuple) -> pl.DataFrame:
    frame = pl.DataFrame(
        list(rows), schema=["time", "test", "value", "unit"], orient="row", infer_schema_length=None
    )
    return frame.with_columns(specimen=pl.lit("SERUM"), lln=pl.lit(2.15), uln=pl.lit(2.55))


@pytest.mark.parametrize(
    ("calcium", "unit", "albumin", "albumin_unit", "corrected", "in_unit"),
    [
        (2.0, "mmol/L", 26.0, "g/L", 2.28, "mmol/L"),
        (2.0, "mmol/L", 2.6, "g/dL", 2.28, "mmol/L"),
        (2.5, "mmol/L", 45.0, "g/L", 2.4, "mmol/L"),
        (8.0, "mg/dL", 2.5, "g/dL", 9.2, "mg/dL"),
        (4.0, "mEq/L", 40.0, "g/L", 2.0, "mmol/L"),
    ],
)
def test_calcium_is_corrected_by_the_albumin_of_its_sample(
    calcium, unit, albumin, albumin_unit, corrected, in_unit
):
    rows = sample((1, "CA", calcium, unit), (1, "ALB", albumin, albumin_unit))
    done = corrected_calcium(rows, by=["time"])
    assert done.head(2).equals(rows)
    assert done.select("test", "value", "unit").rows()[2:] == [("CACORR", corrected, in_unit)]


def test_without_one_albumin_of_the_sample_nothing_is_corrected():
    rows = sample(
        (1, "CA", 2.0, "mmol/L"), (2, "ALB", 26.0, "g/L"),  # not of one sample
        (3, "CA", 2.0, "mmol/L"), (3, "ALB", 26.0, "g/L"), (3, "ALB", 30.0, "g/L"),  # two of them
        (4, "CA", None, "mmol/L"), (4, "ALB", 26.0, "g/L"),
        (5, "CA", 2.0, "furlong"), (5, "ALB", 26.0, "g/L"),
    )  # fmt: skip
    assert corrected_calcium(rows, by=["time"]).equals(rows)


def test_the_correction_takes_a_false_hypocalcaemia_away():
    rows = corrected_calcium(sample((1, "CA", 1.98, "mmol/L"), (1, "ALB", 26.0, "g/L")), by=["time"])
    calcium = (
        grade(rows).filter(pl.col("ATOXDSCL") == "Hypocalcemia").select("test", "ATOXGRL", "ATOXREVL").rows()
    )
    assert calcium == [("CA", 2, "Y"), ("CACORR", 0, None)]


def test_replicates_of_the_qtc_are_one_mean_in_whole_milliseconds():
    rows = pl.DataFrame(
        [(1, "QTCF", 480.0), (1, "QTCF", 481.0), (1, "HR", 70.0), (2, "QTCF", 500.0), (1, "QTCB", 450.0)],
        schema=["time", "test", "value"], orient="row",
    ).with_columns(unit=pl.when(pl.col("test") == "HR").then(pl.lit("beats/min")).otherwise(pl.lit("ms")))  # fmt: skip
    done = mean_qtc(rows, by=["time"])
    assert done.select("time", "test", "value").rows() == [
        (1, "HR", 70.0),
        (1, "QTCF", 481.0),
        (2, "QTCF", 500.0),
        (1, "QTCB", 450.0),
    ]


def pair(systolic, diastolic, base_systolic=120.0, base_diastolic=70.0):
    return pl.DataFrame(
        {"time": [1, 1], "test": ["SYSBP", "DIABP"], "value": [systolic, diastolic], "unit": ["mmHg"] * 2,
         "base": [base_systolic, base_diastolic], "age": [40.0] * 2},
        schema_overrides={"value": pl.Float64, "base": pl.Float64},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (pair(118, 78), (0, 0, None)),
        (pair(138, 78), (1, 1, None)),
        (pair(138, 92), (2, 2, None)),
        (pair(162, 70), (3, 3, None)),
        # the diastolic baseline was raised: 145 is no longer grade 2 for sure
        (pair(145, 85, 120, 95), (1, 2, "Y")),
        # one is missing: only the highest grade is settled
        (pair(145, None), (None, None, None)),
        (pair(162, None), (3, 3, None)),
        (pair(145, 70).head(1), (None, None, None)),
    ],
)
def test_the_higher_of_two_pressures_counts(rows, expected):
    assert blood_pressure(rows, by=["time"]).rows() == [(1, *expected)]


def test_many_pairs_keep_their_own_baseline():
    """Two patients measured at once: the one whose baseline was raised has the floor, grade 1."""
    rows = {
        "subject": ["1", "1", "2", "2", "2", "2"], "time": [1, 1, 1, 1, 2, 2], "test": ["SYSBP", "DIABP"] * 3,
        "value": [150.0, 70.0, 150.0, 70.0, 130.0, 70.0], "unit": ["mmHg"] * 6, "age": [40.0] * 6,
        "base": [150.0, 70.0, 120.0, 70.0, 120.0, 70.0],
    }  # fmt: skip
    assert blood_pressure(rows, by=["subject", "time"]).select("subject", "grade").rows() == [
        ("1", 1),
        ("2", 2),
        ("2", 1),
    ]
