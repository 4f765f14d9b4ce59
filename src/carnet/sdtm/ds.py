"""DS: consent, milestones and the end of treatment and participation."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from carnet.sdtm import records

CONSENT = "INFORMED CONSENT OBTAINED"


def tabulate(answers: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per consent, milestone and disposition event, as `dispositions.csv` codes them.

    An event that its reason decodes (discontinuation, withdrawal) is coded by it. A term that the table does
    not know is an event of the study's own.
    """
    rows = records.with_missing(records.tabulate(answers, notes, "DS"), "TERM", "DECOD", "CAT", "STDTC")
    rows = rows.rename({"DECOD": "reason"}).with_columns(pl.col("TERM").fill_null(CONSENT))
    rows = rows.join(_codes(), on="TERM", how="left", maintain_order="left", suffix="_coded")
    by_reason = pl.when(pl.col("by_reason") == "Y").then("reason")
    return rows.with_columns(
        pl.coalesce(by_reason, "DECOD", "TERM").alias("DECOD"),
        pl.coalesce("CAT_coded", "CAT", pl.lit("OTHER EVENT")).alias("CAT"),
    )


def reasons(ds: pl.DataFrame) -> pl.DataFrame:
    """Return the reason given for an event, as a qualifier of it."""
    return ds.filter(pl.col("reason").is_not_null()).select(
        *records.ROW,
        "USUBJID",
        pl.lit("DS").alias("domain"),
        pl.lit("DSREASON").alias("variable"),
        pl.lit("Reason").alias("label"),
        pl.col("reason").alias("standard"),
        pl.lit("CRF").alias("QORIG"),
    )


@cache
def _codes() -> pl.DataFrame:
    """Return TERM, DECOD, CAT, SCAT and by_reason of every event that the forms name."""
    table = files("carnet.sdtm").joinpath("dispositions.csv").read_bytes()
    return pl.read_csv(table, infer_schema=False)
