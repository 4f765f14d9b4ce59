"""PC: levels of CAR-NK cells in blood; what is below quantification has no number."""

from __future__ import annotations

import polars as pl

from carnet.sdtm.ex import CELLS

BELOW, NOT_DETECTED, DETECTED = "<LLOQ", "NOT DETECTED", "DETECTED BELOW LLOQ"


def results(rows: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Return the findings with the results of PC: the kind of result decides, else the number against its limit.

    PCORRES is what was typed, else `<LLOQ` or NOT DETECTED; PCSTRESC says which of the three it is; PCSTRESN is
    empty for all but quantifiable levels.
    """
    told = answers.filter(
        (pl.col("domain") == "PC") & (pl.col("variable") == "RESULT") & pl.col("of").is_not_null()
    )
    told = told.select(
        "subject", "visit", "form", "repeat", pl.col("of").alias("item"), pl.col("code").alias("kind")
    )
    rows = rows.join(
        told, on=["subject", "visit", "form", "repeat", "item"], how="left", maintain_order="left"
    )
    level = pl.col("domain") == "PC"
    below = (pl.col("STRESN") < pl.col("LLOQ")) | (pl.col("STRESN") == 0)
    state = (
        pl.when(~level).then(None)
        .when(pl.col("kind").is_in([DETECTED, NOT_DETECTED])).then("kind")
        .when(below).then(pl.lit(BELOW))
    )  # fmt: skip
    word = (
        pl.when(state == NOT_DETECTED)
        .then(pl.lit(NOT_DETECTED))
        .when(state.is_not_null())
        .then(pl.lit(BELOW))
    )
    return rows.with_columns(
        pl.when(state.is_not_null()).then(pl.coalesce("ORRES", word)).otherwise("ORRES").alias("ORRES"),
        pl.when(state.is_not_null()).then(state).otherwise("STRESC").alias("STRESC"),
        pl.when(state.is_null()).then("STRESN").alias("STRESN"),
    )


def references(rows: pl.DataFrame, answers: pl.DataFrame, ec: pl.DataFrame) -> pl.DataFrame:
    """Return the findings with TPTREF and RFTDTC: the infusion that a planned time counts from.

    Samples name their infusion; vital signs and checks belong to the infusion of their visit.
    """
    linked = answers.filter((pl.col("domain") == "PC") & (pl.col("variable") == "PCINFUS"))
    linked = linked.select("subject", "visit", "form", "repeat", pl.col("number").alias("linked"))
    infusions = ec.filter(
        (pl.col("CAT") == CELLS) & (pl.col("OCCUR") == "Y") & (pl.col("MOOD") == "PERFORMED")
    )
    infusions = infusions.select("USUBJID", "visit", "TPTNUM", "STDTC", "ENDTC").unique(
        ["USUBJID", "TPTNUM"], keep="first", maintain_order=True
    )
    by_number = infusions.select(
        "USUBJID",
        pl.col("TPTNUM").alias("infusion"),
        pl.col("STDTC").alias("began"),
        pl.col("ENDTC").alias("finished"),
    )
    by_visit = infusions.select("USUBJID", "visit", pl.col("TPTNUM").alias("here")).unique(
        ["USUBJID", "visit"], keep="first", maintain_order=True
    )
    rows = rows.join(linked, on=["subject", "visit", "form", "repeat"], how="left", maintain_order="left")
    rows = rows.join(by_visit, on=["USUBJID", "visit"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("linked", "here").cast(pl.Float64).alias("infusion"))
    rows = rows.join(by_number, on=["USUBJID", "infusion"], how="left", maintain_order="left")
    at_end = pl.col("TPT").str.contains("END").fill_null(False)
    counted = at_end | pl.col("ELTM").is_not_null() | (pl.col("TPT") == "PRE-DOSE").fill_null(False)
    timed = pl.col("infusion").is_not_null() & (
        (pl.col("domain") == "PC") | (counted & pl.col("here").is_not_null())
    )
    name = pl.when(at_end).then(pl.lit("END OF INFUSION ")).otherwise(pl.lit("START OF INFUSION "))
    return rows.with_columns(
        pl.when(timed).then(name + pl.col("infusion").cast(pl.Int64).cast(pl.String)).alias("TPTREF"),
        pl.when(timed).then(pl.when(at_end).then("finished").otherwise("began")).alias("RFTDTC"),
        pl.when(timed).then("ELTM").alias("ELTM"),
    )
