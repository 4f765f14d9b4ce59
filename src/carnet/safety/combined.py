"""What combines rows before grading: calcium with albumin, replicates of QTc, the two blood pressures.

The tables are plain ones, as `ctcae.grade` reads them; `by` names the columns that tell one sample, or one
moment of measuring, from another (subject and time).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.core.units import UnitError, canonical, conversion
from carnet.safety.ctcae import PARAMETERS, grade_long
from carnet.safety.interval import read_rows
from carnet.safety.ladder import NOISE
from carnet.safety.reading import tests


def _named(test: str) -> pl.Expr:
    """Return whether a row is of a test, whatever its code."""
    codes = [code for code, (known, _) in tests().items() if known.test == test]
    return pl.col("test").str.to_uppercase().is_in(codes)


def _in_unit(rows: pl.DataFrame, unit: str, test: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows with some columns in one unit; what does not convert is null."""
    factors: dict[str | None, tuple[float | None, float | None]] = {}
    for given in rows["unit"].unique():
        try:
            factors[given] = conversion(given or "", unit, test)
        except UnitError:
            factors[given] = (None, None)
    table = pl.DataFrame(
        {
            "unit": list(factors),
            "_factor": [f for f, _ in factors.values()],
            "_offset": [o for _, o in factors.values()],
        },
        schema={"unit": pl.String, "_factor": pl.Float64, "_offset": pl.Float64},
    )
    rows = rows.join(table, on="unit", how="left", nulls_equal=True, maintain_order="left")
    amounts = (pl.col(name) * pl.col("_factor") + pl.col("_offset") for name in columns)
    return rows.with_columns(*amounts, pl.lit(unit).alias("unit")).drop("_factor", "_offset")


def corrected_calcium(rows: Any, by: Sequence[str]) -> pl.DataFrame:
    """Return the rows and, after them, one CACORR for each total calcium with an albumin of its sample (payne1973).

    Ca + 0.02 x (40 - albumin in g/L) mmol/L, or Ca + 0.8 x (4 - albumin in g/dL) mg/dL, whatever the albumin;
    a calcium in another unit is converted to mmol/L. The limits are those of the calcium. A sample with two
    different albumins has none.

    >>> sample = {"subject": ["1", "1"], "test": ["CA", "ALB"], "specimen": ["SERUM", "SERUM"],
    ...           "value": [2.0, 26.0], "unit": ["mmol/L", "g/L"], "lln": [2.15, 35.0], "uln": [2.55, 50.0]}
    >>> corrected_calcium(sample, by=["subject"]).select("test", "value", "unit").row(-1)
    ('CACORR', 2.28, 'mmol/L')
    """
    frame = as_frame(rows)
    return pl.concat([frame, _corrected(frame, frame.filter(IS_ALBUMIN), by).select(frame.columns)])


def correct_calcium(rows: pl.DataFrame, albumin: pl.DataFrame, by: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """Return the rows with each total calcium replaced by the corrected one, and how many are (payne1973).

    `albumin` are the rows of albumin, of these samples and others. A calcium without one stays as it is.
    """
    calcium = rows.with_row_index("_place").filter(IS_CALCIUM)
    made = _corrected(calcium, albumin, by)
    if made.is_empty():
        return rows, 0
    told = (
        rows[name].scatter(made["_place"], made[name]) for name in ("test", "value", "unit", "lln", "uln")
    )
    return rows.with_columns(*told), len(made)


OF_BLOOD = ~pl.col("specimen").str.to_uppercase().str.contains("URIN").fill_null(False)
IS_ALBUMIN = _named("ALB")
"""The rows of albumin."""

IS_CALCIUM = pl.col("test").str.to_uppercase().is_in(["CA", "CALCIUM"])
"""The rows of total calcium."""


def _corrected(rows: pl.DataFrame, albumin: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return the total calcium that has one albumin of its sample, corrected for it, as rows of CACORR."""
    calcium = rows.filter(IS_CALCIUM).filter(OF_BLOOD)
    limits = [name for name in ("lln", "uln") if name in rows.columns]
    found = [calcium.clear()]
    units = {row["unit"]: row for row in read_rows("combined.csv")}
    for unit, row in units.items():
        given = canonical(pl.col("unit"))
        others = ~given.is_in([u for u in units if u != unit])
        mine = calcium.filter(given == unit if unit != "mmol/L" else others.fill_null(False))
        drawn = _in_unit(albumin.filter(OF_BLOOD), row["albumin_unit"], "ALB", ["value"]).drop_nulls("value")
        drawn = drawn.group_by(by).agg(pl.col("value").unique().alias("_albumin"))
        drawn = drawn.filter(pl.col("_albumin").list.len() == 1).with_columns(pl.col("_albumin").list.first())
        corrected = _in_unit(mine, unit, "CA", ["value", *limits]).join(drawn, on=by, maintain_order="left")
        fall = float(row["albumin"]) - pl.col("_albumin")
        value = (pl.col("value") + float(row["per_albumin"]) * fall).round_sig_figs(12)
        made = corrected.with_columns(value.alias("value"), pl.lit("CACORR").alias("test"))
        found.append(made.drop_nulls("value").select(rows.columns))
    return pl.concat(found)


def mean_qtc(rows: Any, by: Sequence[str]) -> pl.DataFrame:
    """Return the rows with the replicates of each QTc of a moment as one row: their mean, in whole ms (ctcae2017).

    >>> beats = {"subject": ["1"] * 3, "test": ["QTCF"] * 3, "value": [479.0, 481.0, 482.0], "unit": ["ms"] * 3}
    >>> mean_qtc(beats, by=["subject"])["value"].to_list()
    [481.0]
    """
    frame = as_frame(rows)
    first = pl.all().exclude(*by, "test", "unit", "value").first()
    qtc = _in_unit(frame.filter(_named("QTC")), "ms", "QTC", ["value"])
    means = qtc.group_by([*by, "test", "unit"], maintain_order=True).agg(
        (pl.col("value").mean() + 0.5).floor().alias("value"), first
    )
    return pl.concat([frame.filter(~_named("QTC").fill_null(False)), means.select(frame.columns)])


def blood_pressure(rows: Any, by: Sequence[str], **settings: Any) -> pl.DataFrame:
    """Return one row per pair of blood pressures: Hypertension at the higher of its two grades (ctcae2017).

    The columns are those of `by`, then grade, grade_worst and review. The baseline of a pair is normal where both
    pressures were. With one pressure missing the pair has a grade only where no other could be higher.

    >>> pair = {"subject": ["1", "1"], "test": ["SYSBP", "DIABP"], "value": [138.0, 101.0], "unit": ["mmHg"] * 2,
    ...         "base": [120.0, 80.0], "age": [40.0, 40.0]}
    >>> blood_pressure(pair, by=["subject"]).rows()
    [('1', 3, 3, None)]
    """
    frame = as_frame(rows).filter(_named("SYSBP") | _named("DIABP"))
    parameters = PARAMETERS.set(**settings)
    limit = (
        pl.when(_named("SYSBP")).then(parameters["normal_systolic"]).otherwise(parameters["normal_diastolic"])
    )
    raised = pl.lit(False)
    if "base" in frame.columns:
        in_mmhg = _in_unit(frame, "mmHg", "SYSBP", ["base"])["base"]
        frame = frame.with_columns(in_mmhg.alias("_base"))
        raised = pl.col("_base") >= limit * (1 - NOISE)
    if "base_indicator" in frame.columns:
        raised = raised.fill_null(False) | (pl.col("base_indicator") == "HIGH").fill_null(False)
    either = raised.any().over(by)
    given = pl.col("base_indicator") if "base_indicator" in frame.columns else pl.lit(None, pl.String)
    frame = frame.with_columns(pl.when(either).then(pl.lit("HIGH")).otherwise(given).alias("base_indicator"))
    graded = grade_long(frame, **settings).with_columns(_named("SYSBP").alias("_systolic"))
    highest = 3  # v5.0 has no number for grade 4
    both = pl.col("_systolic").any() & (~pl.col("_systolic")).any() & pl.col("grade").is_not_null().all()
    settled = both | (pl.col("grade").max() == highest)
    return graded.group_by(by, maintain_order=True).agg(
        *(pl.when(settled).then(pl.col(name).max()).alias(name) for name in ("grade", "grade_worst")),
        pl.when(settled & (pl.col("review") == "Y").any()).then(pl.lit("Y")).alias("review"),
    )
