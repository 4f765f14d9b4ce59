"""ADCM: medication with its days, its class, its prednisone equivalent, and whether it is a rescue."""

from __future__ import annotations

import polars as pl

from carnet.adam.adae import imputed
from carnet.adam.dates import study_day
from carnet.adam.flags import mark
from carnet.measures.glucocorticoid import PARAMETERS

PULSE = PARAMETERS["pulse"]
"""Prednisone equivalent in mg/day from which a row is a pulse."""


def derive(
    medication: pl.DataFrame, rescues: pl.DataFrame, reasons: list[str], adsl: pl.DataFrame
) -> pl.DataFrame:
    """Return the medication as analysed; a dose too high marks each glucocorticoid that makes it up on its first day.

    `reasons` are those of the glucocorticoid log that mean lupus.

    A start counts from the first day that it may mean, an end to the last one.
    """
    subject = adsl.select("USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT", "RFSTDT")
    rows = medication.join(subject, on="USUBJID", how="inner", maintain_order="left")
    of_row = rescues.filter(pl.col("CMSEQ").is_not_null()).unique(
        ["USUBJID", "CMSEQ"], keep="first", maintain_order=True
    )
    rows = rows.join(of_row, on=["USUBJID", "CMSEQ"], how="left", maintain_order="left")
    summed = rescues.filter(pl.col("CMSEQ").is_null()).group_by("USUBJID").agg(_from=pl.col("RESCDT").min())
    rows = rows.join(summed, on="USUBJID", how="left", maintain_order="left")
    for_lupus = pl.col("CMINDC").is_in(reasons) & (pl.col("PREDEQ") > 0)
    spans = for_lupus & pl.col("_from").is_between("start_first", "end_last")
    goes_on = pl.col("CMENDTC").is_null() & (pl.col("end_last") == pl.col("CUTDT"))
    return rows.with_columns(
        RESCREAS=pl.coalesce("RESCREAS", pl.when(spans).then(pl.lit("DOSE ABOVE LIMIT"))),
        RESCDT=pl.coalesce("RESCDT", pl.when(spans).then("_from")),
        TRTA=pl.col("TRT01A"),
        ASTDT=pl.col("start_first"), ASTDTF=imputed("CMSTDTC", "start_first"),
        AENDT=pl.when(~goes_on).then("end_last"), AENDTF=imputed("CMENDTC", "end_last"),
        SRCDOM=pl.lit("CM"), SRCVAR=pl.lit("CMTRT"), SRCSEQ=pl.col("CMSEQ"),
    ).with_columns(
        RESCFL=mark(pl.col("RESCDT").is_not_null()),
        ASTDTF=pl.when(pl.col("ASTDT").is_not_null()).then("ASTDTF"),
        AENDTF=pl.when(pl.col("AENDT").is_not_null() & pl.col("CMENDTC").is_not_null()).then("AENDTF"),
        ASTDY=study_day("ASTDT"), AENDY=study_day("AENDT"),
        DRUGGRP=pl.coalesce("CMCLAS", pl.when(pl.col("steroid").is_not_null()).then(pl.lit("GLUCOCORTICOID"))),
        PREFL=mark(pl.col("start_first") < pl.col("TRTSDT")),
        ONTRTFL=mark(pl.col("end_last") >= pl.col("TRTSDT")),
        PREDEQ=pl.col("PREDEQ").round(6), PULSEFL=mark(pl.col("PREDEQ").round(6) >= PULSE),
    )  # fmt: skip
