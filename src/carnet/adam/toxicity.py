"""Toxicity: the CTCAE grade of each value, of its baseline, and the worst one on treatment."""

from __future__ import annotations

import polars as pl

from carnet.adam.bds import at_baseline
from carnet.adam.flags import mark
from carnet.safety.combined import blood_pressure, corrected_calcium
from carnet.safety.ctcae import grade
from carnet.safety.reading import specimens

GRADES = ("ATOXDSCL", "ATOXGRL", "ATOXDSCH", "ATOXGRH", "ATOXREVL", "ATOXREVH")

SAMPLE = ["USUBJID", "VISITNUM", "DTC"]
"""What makes one sample of blood."""

MOMENT = ["USUBJID", "VISITNUM", "DTC", "TPT", "TPTNUM", "POS"]
"""What makes one measuring of the blood pressure."""

PRESSURES = ["SYSBP", "DIABP"]

CALCIUM, PRESSURE = "CACORR", "BP"
"""Parameters that two rows make: calcium corrected for albumin, the pair of blood pressures."""


def _specimen() -> pl.Expr:
    """Return the specimen, else the category of the laboratory where it tells one."""
    category = pl.col("CAT").str.to_uppercase()
    return pl.coalesce("SPEC", pl.when(category.is_in(list(specimens()))).then(category))


def with_grades(rows: pl.DataFrame, ages: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with their grades in both directions by the numbers alone (ctcae2017).

    Reads the value and its limits, its baseline and theirs (`base_lln`, `base_uln`), and `before`: a record
    before treatment is graded without baseline. A pair of blood pressures has the higher grade of the two, in their
    place; calcium corrected for albumin that of the total calcium beside it.
    """
    rows = rows.join(ages, on="USUBJID", how="left", maintain_order="left")
    if "at_rest" not in rows.columns:
        rows = rows.with_columns(at_rest=pl.lit(None, pl.Boolean))
    plain = rows.select(
        test="TESTCD", specimen=_specimen(), value="AVAL", unit="STRESU", lln="A1LO", uln="A1HI", base="BASE",
        base_lln="base_lln", base_uln="base_uln", is_baseline="before", age="AGE", at_rest="at_rest",
        base_indicator=pl.when(pl.col("BNRIND").is_in(["HIGH", "LOW", "NORMAL"])).then("BNRIND"),
    )  # fmt: skip
    rows = rows.hstack(grade(plain).select(GRADES))
    pairs = plain.hstack(rows.select(MOMENT)).filter(rows["TESTCD"].is_in(PRESSURES))
    if len(pairs):
        rows = _with_pairs(rows, pairs)
    corrected = rows.filter(pl.col("PARAMCD") == CALCIUM).select("USUBJID", "SRCSEQ", _corrected=True)
    rows = rows.join(corrected, on=["USUBJID", "SRCSEQ"], how="left", maintain_order="left")
    ungraded = pl.col("_corrected").fill_null(False) & (pl.col("PARAMCD") != CALCIUM)
    rows = rows.with_columns(pl.when(~ungraded).then(name).alias(name) for name in GRADES)
    return rows.drop("_corrected", "AGE")


def _with_pairs(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with Hypertension on the rows of pairs, and off the two pressures of a pair that has a grade."""
    graded = blood_pressure(pairs, by=MOMENT).drop("grade_worst")
    rows = rows.join(graded, on=MOMENT, how="left", maintain_order="left", nulls_equal=True)
    of_pair, settled = pl.col("PARAMCD") == PRESSURE, pl.col("grade").is_not_null()
    single = pl.col("TESTCD").is_in(PRESSURES) & settled
    return rows.with_columns(
        pl.when(of_pair).then(pair).when(~single).then(name).alias(name)
        for name, pair in (("ATOXDSCH", pl.lit("Hypertension")), ("ATOXGRH", "grade"), ("ATOXREVH", "review"))
    ).drop("grade", "review")


def with_worsening(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the grade of baseline, what is worse than it on treatment, and the worst record of each.

    A baseline without a grade counts as grade 0. The worst is the first record with the highest grade.
    """
    rows = rows.with_columns(BTOXGRL=at_baseline("ATOXGRL"), BTOXGRH=at_baseline("ATOXGRH"))
    on = pl.col("ONTRTFL") == "Y"
    worse = ((d, pl.col(f"ATOXGR{d}") > pl.col(f"BTOXGR{d}").fill_null(0)) for d in ("L", "H"))
    rows = rows.with_columns(mark(on & above).alias(f"TRTEM{d}FL") for d, above in worse).with_row_index(
        "_row"
    )
    for direction in ("L", "H"):
        grade_ = f"ATOXGR{direction}"
        worst = (
            rows.filter(on, pl.col(grade_).is_not_null())
            .sort(
                grade_, "ADT", "ADTM", "SRCSEQ", descending=[True, False, False, False], maintain_order=True
            )
            .unique(["USUBJID", "PARAMCD"], keep="first", maintain_order=True)
        )
        here = pl.col("_row").is_in(worst["_row"].implode())
        rows = rows.with_columns(mark(here).alias(f"WORST{direction}FL"))
    return rows.drop("_row")


def with_corrected_calcium(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows and, after them, calcium corrected for the albumin of the same sample (payne1973)."""
    names = {"TESTCD": "test", "AVAL": "value", "STRESU": "unit", "STNRLO": "lln", "STNRHI": "uln"}
    both = rows.filter(pl.col("TESTCD").is_in(["CA", "ALB"])).with_columns(specimen=_specimen()).rename(names)
    made = corrected_calcium(both, by=SAMPLE).filter(pl.col("test") == CALCIUM)
    made = made.rename({name: code for code, name in names.items()}).with_columns(
        PARAMCD=pl.lit(CALCIUM), PARAM=pl.format("Calcium corrected for albumin ({})", "STRESU"),
        AVALC=pl.col("AVAL").cast(pl.String), AVALU=pl.col("STRESU"), NRIND=pl.lit(None, pl.String),
    )  # fmt: skip
    return pl.concat([rows, made.select(rows.columns)])


def with_pressure_pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows and, after them, a row for each pair of blood pressures, such as 138/101."""
    pressures = rows.filter(pl.col("TESTCD").is_in(PRESSURES)).sort("SRCSEQ", maintain_order=True)

    def of(test: str) -> pl.Expr:
        value = pl.col("STRESC").filter(pl.col("TESTCD") == test).first()
        return value.fill_null("-")

    rest = pl.all().exclude(*MOMENT, "TESTCD", "PARAMCD", "PARAM", "AVAL", "AVALC")
    pairs = pressures.group_by(MOMENT, maintain_order=True).agg(
        rest.first(), AVALC=pl.concat_str(of("SYSBP"), pl.lit("/"), of("DIABP")),
    ).with_columns(
        TESTCD=pl.lit(PRESSURE), PARAMCD=pl.lit(PRESSURE), PARAM=pl.lit("Blood pressure (mmHg)"),
        AVAL=pl.lit(None, pl.Float64),
    )  # fmt: skip
    return pl.concat([rows, pairs.select(rows.columns)])
