"""ADCP: lymphocyte subsets by flow cytometry, with depletion of the B cells."""

from __future__ import annotations

import polars as pl

from carnet.adam import bds, visits
from carnet.adam.adlb import with_ranges
from carnet.adam.flags import member
from carnet.adam.periods import with_phase
from carnet.study import Study

B_CELLS = "BLYCE"


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the counts and shares of lymphocytes of CP as analysed; depleted B cells are CRIT1, deeply so CRIT2."""
    rows = bds.findings(tables["cp"], "CP", adsl).with_columns(
        PARAMCD=pl.col("TESTCD"), PARAM=bds.with_unit("TEST", "STRESU"), PARCAT1=pl.lit("LYMPHOCYTE SUBSETS"),
        AVALC=pl.col("STRESC"), AVALU=pl.col("STRESU"),
    )  # fmt: skip
    rows = bds.with_half_limit(rows)
    rows = with_ranges(bds.with_baseline(rows, bds.before_treatment(bds.same_day(study))))
    for number, fact, limit in ((1, "b_cell_depleted", 10), (2, "b_cell_deep", 1)):
        below = study.get(f"response.{fact}", limit)
        counted = (pl.col("PARAMCD") == B_CELLS) & pl.col("AVAL").is_not_null()
        rows = rows.with_columns(
            pl.when(counted).then(pl.lit(f"B cells below {below:g} per uL")).alias(f"CRIT{number}"),
            pl.when(counted).then(member(pl.col("AVAL") < below))
            .alias(f"CRIT{number}FL"),
        )  # fmt: skip
    rows = visits.with_avisit(bds.with_on_treatment(rows), study)
    return visits.with_result(with_phase(rows), ["USUBJID", "PARAMCD"])
