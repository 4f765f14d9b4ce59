"""The glucocorticoid dose of each day, in prednisone equivalent."""

from __future__ import annotations

import polars as pl

from carnet.measures.glucocorticoid import certain, daily_dose

LOOK_BACK = 60
"""Days before the first infusion (without one, before consent) from which the dose of each day is worked out."""


def daily(medication: pl.DataFrame, adsl: pl.DataFrame, lupus: list[str]) -> pl.DataFrame:
    """Return the dose of each day on which a systemic glucocorticoid was or may have been taken.

    `dose_min` counts what was surely taken, `dose_max` what may have been; `lupus_min` and `lupus_max` the same
    for the reasons in `lupus` alone. `unclear` marks days with a row whose dose is not known. All systemic drugs
    add up; a new row of one drug, route and reason ends the row before it.
    """
    origin = pl.coalesce("RFSTDT", "RFICDT", "LSTALVDT")
    subjects = adsl.select("USUBJID", earliest=origin.dt.offset_by(f"-{LOOK_BACK}d"))
    counted = pl.col("CMINDC").is_in(lupus).fill_null(True) & pl.col("CMCAT").ne_missing("PREMEDICATION")
    log = medication.filter("systemic").join(subjects, on="USUBJID", how="inner").select(
        "start_first", "start_last", "end_first", "end_last", "earliest", subject="USUBJID", drug="steroid",
        route="CMROUTE", reason="CMINDC", prednisone="PREDEQ", counted=counted,
    )  # fmt: skip
    names = {"subject": "USUBJID", "counted_min": "lupus_min", "counted_max": "lupus_max"}
    return daily_dose(log).rename(names)


def dose_at(rows: pl.DataFrame, doses: pl.DataFrame, date: str) -> pl.DataFrame:
    """Return the rows with the dose on their date, `prednisone`: null where it is not certain.

    A day without a row of the log is 0 where the log is known to be complete (`reviewed` or `takes_none`).
    """
    rows = rows.join(
        doses, left_on=["USUBJID", date], right_on=["USUBJID", "date"], how="left", maintain_order="left"
    )
    rows = rows.with_columns(prednisone=certain(pl.col("reviewed") | pl.col("takes_none")))
    return rows.drop("dose_min", "dose_max", "lupus_min", "lupus_max", "unclear")
