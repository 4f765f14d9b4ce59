"""ADVS: vital signs with baseline, change and CTCAE grade."""

from __future__ import annotations

import polars as pl

from carnet.adam import bds, visits
from carnet.adam.adlb import with_ranges
from carnet.adam.periods import with_phase
from carnet.adam.supplement import with_supplement
from carnet.adam.toxicity import with_grades, with_pressure_pairs, with_worsening
from carnet.study import Study


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the vital signs of VS as analysed: each time point of a visit is chosen and compared by itself."""
    vs = with_supplement(tables["vs"], tables, "VS", ["ATREST"])
    rows = bds.findings(vs, "VS", adsl).with_columns(
        PARAMCD=pl.col("TESTCD"), PARAM=bds.with_unit("TEST", "STRESU"), PARCAT1=pl.lit("VITAL SIGNS"),
        AVAL=pl.col("STRESN"), AVALC=pl.col("STRESC"), AVALU=pl.col("STRESU"), at_rest=pl.col("ATREST") == "Y",
    )  # fmt: skip
    rows = with_pressure_pairs(rows)
    rows = with_ranges(bds.with_baseline(rows, bds.before_treatment(bds.same_day(study)), occasion="ATPT"))
    rows = visits.with_avisit(bds.with_on_treatment(rows), study)
    rows = visits.with_result(with_phase(rows), ["USUBJID", "PARAMCD", "ATPT"])
    rows = with_worsening(with_grades(rows, adsl.select("USUBJID", "AGE")))
    return rows.with_columns(VSPOS=pl.col("POS"))
