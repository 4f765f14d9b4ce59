"""Toxicity: the CTCAE grade of each value, of its baseline, and the worst one on treatment."""

from __future__ import annotations

import polars as pl

from carnet.adam.bds import at_baseline
from carnet.adam.flags import mark
from carnet.safety.ctcae import grade
from carnet.safety.reading import specimens


def with_grades(rows: pl.DataFrame, ages: pl.DataFrame) -> pl.DataFrame:
    """Return the rows graded in both directions, with the grade of baseline and what is worse than it (ctcae2017).

    Reads the value and its limits, its baseline and theirs (`base_lln`, `base_uln`), and `before`: a record
    before treatment is graded without baseline. A baseline without a grade counts as grade 0 for emergence.
    """
    named = pl.col("CAT").is_in(list(specimens())) | pl.col("CAT").str.to_uppercase().is_in(list(specimens()))
    plain = rows.join(ages, on="USUBJID", how="left", maintain_order="left").select(
        test="TESTCD", specimen=pl.coalesce("SPEC", pl.when(named).then("CAT")), value="AVAL", unit="STRESU",
        lln="A1LO", uln="A1HI", base="BASE", base_lln="base_lln", base_uln="base_uln",
        base_indicator=pl.when(pl.col("BNRIND").is_in(["HIGH", "LOW", "NORMAL"])).then("BNRIND"),
        is_baseline="before", age="AGE", at_rest="at_rest" if "at_rest" in rows.columns else pl.lit(None, pl.Boolean),
    )  # fmt: skip
    graded = grade(plain).select("ATOXDSCL", "ATOXGRL", "ATOXDSCH", "ATOXGRH", "ATOXREVL", "ATOXREVH")
    rows = rows.hstack(graded)
    rows = rows.with_columns(BTOXGRL=at_baseline("ATOXGRL"), BTOXGRH=at_baseline("ATOXGRH"))
    on = pl.col("ONTRTFL") == "Y"
    return _with_worst(
        rows.with_columns(
            mark(on & (pl.col(f"ATOXGR{d}") > pl.col(f"BTOXGR{d}").fill_null(0)))
            .alias(f"TRTEM{d}FL")
            for d in ("L", "H")
        )
    )  # fmt: skip


def _with_worst(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with WORSTLFL and WORSTHFL on the first record on treatment with the highest grade."""
    rows = rows.with_row_index("_row")
    for direction in ("L", "H"):
        grade_ = f"ATOXGR{direction}"
        worst = (
            rows.filter(pl.col("ONTRTFL") == "Y", pl.col(grade_).is_not_null())
            .sort(
                grade_, "ADT", "ADTM", "SRCSEQ", descending=[True, False, False, False], maintain_order=True
            )
            .unique(["USUBJID", "PARAMCD"], keep="first", maintain_order=True)
        )
        here = pl.col("_row").is_in(worst["_row"].implode())
        rows = rows.with_columns(mark(here).alias(f"WORST{direction}FL"))
    return rows.drop("_row")
