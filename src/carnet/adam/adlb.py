"""ADLB: laboratory values with baseline, change, range and CTCAE grade."""

from __future__ import annotations

import polars as pl

from carnet.adam import bds, visits
from carnet.adam.bds import at_baseline
from carnet.adam.flags import answer
from carnet.adam.periods import with_phase
from carnet.adam.support import with_support
from carnet.adam.toxicity import with_corrected_calcium, with_grades, with_worsening
from carnet.study import Study

RENAMED = {"PROTCRT": "UPCR", "PROTEXR": "PROT24"}
"""Tests whose parameter has another name than CDISC's; the two methods of proteinuria stay apart."""


PROTEIN = tuple(RENAMED.values())
COMPLEMENT = ("C3", "C4", "CH50")


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the laboratory values of LB as analysed."""
    rows = with_corrected_calcium(with_values(parameters(bds.findings(tables["lb"], "LB", adsl))))
    rows = with_ranges(bds.with_baseline(rows, bds.before_treatment(bds.same_day(study))))
    rows = visits.with_avisit(bds.with_on_treatment(rows), study)
    rows = visits.with_result(with_phase(rows), ["USUBJID", "PARAMCD"])
    rows = with_grades(with_support(rows, tables, adsl, study), adsl.select("USUBJID", "AGE"))
    rows = bds.with_ratio_to_baseline(rows, pl.col("PARAMCD").is_in([*PROTEIN, *COMPLEMENT]))
    to_limit = pl.when(pl.col("PARAMCD").is_in(COMPLEMENT), pl.col("A1LO") > 0).then(
        pl.col("AVAL") / pl.col("A1LO")
    )
    return with_normalised(with_worsening(rows)).with_columns(
        LBSPEC=pl.col("SPEC"), R2ANRLO=to_limit.round(6)
    )


def parameters(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with PARAMCD, PARAM and PARCAT1; a test in urine has its own parameter.

    >>> named = {"TESTCD": ["PROTCRT", "GLUC"], "TEST": ["Ratio", "Glucose"], "CAT": ["URINALYSIS"] * 2,
    ...     "SPEC": ["URINE", None], "STRESU": ["g/g", None], "STRESN": [0.4, None], "STRESC": ["0.4", "NEGATIVE"]}
    >>> parameters(pl.DataFrame(named)).select("PARAMCD", "PARAM").rows()
    [('UPCR', 'Ratio (g/g)'), ('UGLUC', 'Glucose')]
    """
    urine = pl.coalesce("SPEC", "CAT").str.to_uppercase().str.starts_with("URIN").fill_null(False)
    code = pl.col("TESTCD")
    return rows.with_columns(
        PARAMCD=pl.when(code.is_in(list(RENAMED))).then(code.replace(RENAMED))
        .when(urine).then(pl.concat_str(pl.lit("U"), code).str.slice(0, 8)).otherwise(code),
        PARAM=bds.with_unit("TEST", "STRESU"), PARCAT1=pl.col("CAT"),
        AVALC=pl.col("STRESC"), AVALU=pl.col("STRESU"),
    )  # fmt: skip


def with_values(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with AVAL; protein in urine below the limit of the assay is half of it, and says so in DTYPE."""
    of_protein = pl.col("PARAMCD").is_in(PROTEIN)
    imputed = ("DTYPE", "CENSOR", "limit")
    return bds.with_half_limit(rows).with_columns(
        *(pl.when(of_protein).then(name).alias(name) for name in imputed),
        AVAL=pl.when(of_protein).then("AVAL").otherwise("STRESN"),
    )


def with_normalised(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with CRIT3: complement that was low at baseline, and whether it is normal now."""
    was_low = pl.col("PARAMCD").is_in(COMPLEMENT) & ~pl.col("before") & (pl.col("BNRIND") == "LOW")
    normal = pl.when(pl.col("ANRIND").is_not_null()).then(pl.col("ANRIND") != "LOW")
    return rows.with_columns(
        CRIT3=pl.when(was_low).then(pl.lit("Normal, having been low at baseline")),
        CRIT3FL=pl.when(was_low).then(answer(normal)),
    )


def with_ranges(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the limits of normal, where the value lies, where baseline lay, and the shift between.

    The value is held against the limits of its own record; where these are absent, the laboratory's word stands.
    """
    low, high = pl.col("STNRLO"), pl.col("STNRHI")
    indicator = (
        pl.when(pl.col("AVAL") < low).then(pl.lit("LOW"))
        .when(pl.col("AVAL") > high).then(pl.lit("HIGH"))
        .when(pl.col("AVAL").is_not_null() & low.is_not_null() & high.is_not_null()).then(pl.lit("NORMAL"))
        .otherwise("NRIND")
    )  # fmt: skip
    rows = rows.with_columns(A1LO=low, A1HI=high, ANRIND=indicator)
    rows = rows.with_columns(
        BNRIND=at_baseline("ANRIND"), base_lln=at_baseline("A1LO"), base_uln=at_baseline("A1HI")
    )
    return rows.with_columns(
        SHIFT1=pl.when(
            ~pl.col("before") & pl.col("ANRIND").is_not_null() & pl.col("BNRIND").is_not_null()
        ).then(pl.concat_str("BNRIND", pl.lit(" to "), "ANRIND"))
    )
