"""CM and MH: what was taken, and what was there before."""

from __future__ import annotations

import polars as pl

from carnet.sdtm import records
from carnet.sdtm.timing import full_date

UNITS = {"tablet": "TABLET"}
FREQUENCIES = {"QS": "EVERY WEEK"}
"""Words of the forms for which controlled terminology has another one."""

GLUCOCORTICOID, EARLIER = "GLUCOCORTICOID", "PRIOR SLE THERAPY"
"""Categories of medication."""


def medication(answers: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per drug and course: earlier treatment, premedication, medication, glucocorticoid."""
    rows = records.tabulate(answers, notes, "CM")
    asked = records.asked(answers, "CM", "DOSE").select(*records.ROW, "DOSE_unit")
    rows = rows.join(asked, on=records.ROW, how="left", nulls_equal=True, maintain_order="left")
    rows = records.with_missing(rows, "TRT", "DECOD", "CLAS", "CAT", "DOSE", "DOSU", "DOSFRQ", "ENRTPT")
    glucocorticoid = pl.col("CAT") == GLUCOCORTICOID
    collected = pl.when(pl.col("DOSE").is_not_null()).then("DOSE_unit")
    return rows.with_columns(
        pl.coalesce(pl.col("DOSU").replace(UNITS), collected).alias("DOSU"),
        pl.col("DOSFRQ").replace(FREQUENCIES),
        pl.coalesce("CLAS", pl.when(glucocorticoid).then(pl.lit(GLUCOCORTICOID))).alias("CLAS"),
        pl.coalesce("DECOD", pl.when(glucocorticoid).then("TRT")).alias("DECOD"),
        ended(),
        pl.when(pl.col("CAT") == EARLIER).then(pl.lit("SCREENING")).alias("ENTPT"),
    )


def history(answers: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per condition; the history of lupus gives its diagnosis and its first symptom."""
    rows = records.with_missing(records.tabulate(answers, notes, "MH"), "TERM", "ENRTPT", "STDTC")
    return rows.with_columns(ended(), pl.lit("SCREENING").alias("ENTPT"))


def ended() -> pl.Expr:
    """Return the answer to "ongoing" as CDISC says it: ONGOING, or BEFORE the time point of the question."""
    return pl.col("ENRTPT").replace({"Y": "ONGOING", "N": "BEFORE"})


def reference() -> pl.Expr:
    """Return the time point that ONGOING and BEFORE refer to: the one of the form, else the last contact."""
    return (
        pl.when(pl.col("ENRTPT").is_not_null())
        .then(pl.coalesce("ENTPT", full_date(pl.col("RFPENDTC"))))
        .alias("ENTPT")
    )
