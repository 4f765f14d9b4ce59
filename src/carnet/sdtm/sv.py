"""SV: the visits of each subject, held, missed and unplanned."""

from __future__ import annotations

import polars as pl

from carnet.sdtm import records
from carnet.sdtm.timing import full_date
from carnet.study import Study

PAGE = ("STDTC", "OCCUR", "REASOC", "CNTMOD", "UPDES")
"""What the page of a visit says."""


def tabulate(study: Study, answers: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per subject and visit that has a page of its own or any other answer.

    Where the page does not say whether a visit was held, a date or any record of it says so. Its date is the
    one of the page, else the earliest recorded; its end the latest recorded. SVOCCUR is told of planned visits.
    """
    pages = records.with_missing(records.tabulate(answers, notes, "SV"), *PAGE)
    pages = pages.unique(["USUBJID", "visit"], keep="first", maintain_order=True)
    rows = _recorded(answers).join(
        pages.select("USUBJID", "visit", *PAGE), on=["USUBJID", "visit"], how="left", maintain_order="left"
    )
    planned = pl.col("visit").is_in([visit.code for visit in study.visits if visit.day is not None])
    seen = pl.col("recorded") | pl.col("STDTC").is_not_null()
    rows = rows.with_columns(pl.coalesce(pl.col("OCCUR") == "Y", pl.when(seen).then(True)).alias("held"))
    start = pl.coalesce("STDTC", "earliest")
    said = pl.col("held").replace_strict({True: "Y", False: "N"}, return_dtype=pl.String)
    return rows.with_columns(
        pl.when(planned).then(pl.lit("Y")).alias("PRESP"),
        pl.when(planned).then(said).alias("OCCUR"),
        pl.when("held").then(start).otherwise("STDTC").alias("STDTC"),
        pl.when("held").then(pl.max_horizontal(full_date(start), "latest")).alias("ENDTC"),
    )


def _recorded(answers: pl.DataFrame) -> pl.DataFrame:
    """Return every visit with an answer, and the first and last date of its records.

    Dates of single items (last present on, last earlier value) and of histories may lie far back.
    """
    known = pl.col("code").is_not_null()
    elsewhere = ~pl.col("domain").is_in(["SV", "MH"])
    dates = known & elsewhere & pl.col("variable").is_in(["DTC", "STDTC", "ENDTC"]) & pl.col("of").is_null()
    days = full_date(pl.col("code")).filter(dates)
    visits = answers.filter(pl.col("VISITNUM").is_not_null())
    return visits.group_by("USUBJID", "visit", "VISITNUM", "VISIT", "VISITDY", maintain_order=True).agg(
        days.min().alias("earliest"),
        days.max().alias("latest"),
        (known & (pl.col("domain") != "SV")).any().alias("recorded"),
    )
