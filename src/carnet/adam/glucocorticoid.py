"""The glucocorticoid dose of each day, in prednisone equivalent."""

from __future__ import annotations

import polars as pl

LOOK_BACK = 60
"""Days before the first infusion (without one, before consent) from which the dose of each day is worked out."""


def daily(medication: pl.DataFrame, adsl: pl.DataFrame, lupus: list[str]) -> pl.DataFrame:
    """Return the dose of each day on which a systemic glucocorticoid was or may have been taken.

    `dose_min` counts what was surely taken, `dose_max` what may have been; `lupus_min` and `lupus_max` the same
    for the reasons in `lupus` alone. `unclear` marks days with a row whose dose is not known. All systemic drugs
    add up; a new row of one drug, route and reason ends the row before it.
    """
    origin = pl.coalesce("RFSTDT", "RFICDT", "LSTALVDT")
    subjects = adsl.select("USUBJID", first=origin.dt.offset_by(f"-{LOOK_BACK}d"))
    same = ["USUBJID", "steroid", "CMROUTE", "CMINDC"]
    rows = (
        medication.filter(
            "systemic", pl.col("start_first").is_not_null()
        )
        .join(subjects, on="USUBJID", how="inner")
        .sort(*same, "start_first", maintain_order=True)
        .with_columns(next=pl.col("start_first").shift(-1).over(same) - pl.duration(days=1))
        .with_columns(next=pl.when(pl.col("next") >= pl.col("start_first")).then("next"))
        .with_columns(
            end_last=pl.min_horizontal("end_last", "next"),
            from_=pl.max_horizontal("start_first", "first"),
            lupus=pl.col("CMINDC").is_in(lupus).fill_null(True) & pl.col("CMCAT").ne_missing("PREMEDICATION"),
        )
        .filter(pl.col("from_") <= pl.col("end_last"))
    )  # fmt: skip
    sure = pl.col("date").is_between("start_last", "end_first").fill_null(False)
    of_lupus = pl.col("lupus")
    dose = pl.col("PREDEQ").fill_null(0.0)
    return (
        rows.with_columns(date=pl.date_ranges("from_", "end_last"))
        .explode("date")
        .group_by("USUBJID", "date")
        .agg(
            dose_min=dose.filter(sure).sum(), dose_max=dose.sum(),
            lupus_min=dose.filter(sure & of_lupus).sum(), lupus_max=dose.filter(of_lupus).sum(),
            unclear=pl.col("PREDEQ").is_null().any(),
        )
        .sort("USUBJID", "date")
    )  # fmt: skip


def dose_at(rows: pl.DataFrame, doses: pl.DataFrame, date: str) -> pl.DataFrame:
    """Return the rows with the dose on their date, `prednisone`: null where it is not certain.

    A day without a row of the log is 0 where the log is known to be complete (`reviewed` or `takes_none`).
    """
    known = pl.when(pl.col("dose_min") == pl.col("dose_max"), ~pl.col("unclear")).then("dose_min")
    none = pl.when(pl.col("reviewed") | pl.col("takes_none")).then(0.0)
    return (
        rows.join(doses, left_on=["USUBJID", date], right_on=["USUBJID", "date"], how="left", maintain_order="left")
        .with_columns(prednisone=pl.when(pl.col("dose_max").is_null()).then(none).otherwise(known))
        .drop("dose_min", "dose_max", "lupus_min", "lupus_max", "unclear")
    )  # fmt: skip
