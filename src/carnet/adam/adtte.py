"""ADTTE: time from the first infusion to the first response."""

from __future__ import annotations

import polars as pl

EVENTS = {"SRI4": "TTSRI4", "DORIS": "TTDORIS", "LLDAS": "TTLLDAS"}
"""The criteria whose first fulfilment is an event, and the parameter of the time to it."""


def derive(adrs: pl.DataFrame, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return, per infused patient, criterion and estimand, the days to the first response or to the last known verdict.

    As composite, a response does not come after a rescue. A patient without any verdict is censored at day 0.
    """
    by = ["USUBJID", "ESTIMAND", "source"]
    verdicts = adrs.filter(pl.col("PARAMCD").is_in(list(EVENTS)), pl.col("ANL02FL") == "Y").rename(
        {"PARAMCD": "source"}
    )
    met = pl.col("AVAL") == 1
    found = verdicts.group_by(by).agg(
        first=pl.col("ADT").filter(met).min(), last=pl.col("ADT").filter(pl.col("AVAL").is_not_null()).max()
    )
    infused = adsl.filter(pl.col("CARFL") == "Y").select(
        "STUDYID", "USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT"
    )
    estimands = verdicts.select("ESTIMAND", "source").unique(maintain_order=True)
    rows = infused.join(estimands, how="cross").join(found, on=by, how="left", maintain_order="left")
    event = pl.col("first").is_not_null()
    rows = rows.with_columns(
        ADT=pl.coalesce("first", "last", "CARSDT"), CNSR=pl.when(event).then(0).otherwise(1)
    )
    return rows.with_columns(
        PARAMCD=pl.col("source").replace_strict(EVENTS, return_dtype=pl.String), PARCAT1=pl.lit("RESPONSE"),
        PARAM=pl.concat_str(pl.lit("Time to first "), "source", pl.lit(" (days)")),
        TRTA=pl.col("TRT01A"), STARTDT=pl.col("CARSDT"), AVALU=pl.lit("DAYS"),
        AVAL=(pl.col("ADT") - pl.col("CARSDT")).dt.total_days().cast(pl.Float64),
        EVNTDESC=pl.when(event).then(pl.concat_str(pl.lit("First "), "source")).otherwise(pl.lit("Censored")),
        CNSDTDSC=pl.when(event).then(None).when(pl.col("last").is_not_null()).then(pl.lit("Last known verdict"))
        .otherwise(pl.lit("First infusion")),
        SRCDOM=pl.lit("ADRS"), SRCVAR=pl.lit("ADT"),
    )  # fmt: skip
