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

    Without a page a visit took place if anything was recorded at it. Its date is the one of the page, else
    the earliest recorded; its end the latest recorded. A visit that did not take place has no date of these.
    """
    pages = records.with_missing(records.tabulate(answers, notes, "SV"), *PAGE)
    pages = pages.unique(["USUBJID", "visit"], keep="first", maintain_order=True)
    rows = _recorded(answers).join(
        pages.select("USUBJID", "visit", *PAGE), on=["USUBJID", "visit"], how="left", maintain_order="left"
    )
    planned = [visit.code for visit in study.visits if visit.day is not None]
    held = pl.coalesce("OCCUR", pl.when("recorded").then(pl.lit("Y")))
    rows = rows.with_columns(
        held.alias("OCCUR"), pl.when(pl.col("visit").is_in(planned)).then(pl.lit("Y")).alias("PRESP")
    )
    took_place = pl.col("OCCUR") != "N"
    start = pl.coalesce("STDTC", "earliest")
    end = pl.max_horizontal(full_date(start), "latest")
    return rows.with_columns(
        pl.when(took_place).then(start).otherwise("STDTC").alias("STDTC"),
        pl.when(took_place).then(end).alias("ENDTC"),
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
