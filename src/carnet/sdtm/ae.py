"""AE: adverse events as reported, with the causality and the classes that SUPPAE keeps."""

from __future__ import annotations

import polars as pl

from carnet.sdtm import cm, records

RELATION = ("NOT RELATED", "UNLIKELY", "POSSIBLE", "PROBABLE", "DEFINITE")
"""Answers on causality, from the weakest."""

STUDY = ("AERELLD", "AERELCAR")
"""Relations to study treatment: to fludarabine and cyclophosphamide, and to the cells."""

OTHER = {"AERELSLE": "SLE", "AERELPRC": "PROCEDURE"}
"""Relations to something else, and what AERELNST calls it."""

VERSION = "CTCAE V5.0"


def tabulate(answers: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per adverse event; AEREL is the stronger of the relations to Flu/Cy and to the cells.

    AEREL is empty while the unanswered one of the two could still be stronger.
    """
    rows = records.tabulate(answers, notes, "AE")
    asked = records.asked(answers, "AE", *STUDY, *OTHER).select(*records.ROW, *STUDY, *OTHER)
    rows = rows.join(asked, on=records.ROW, how="left", nulls_equal=True, maintain_order="left")
    rows = records.with_missing(rows, "TERM", "SOC", "SOCCD", "ENRTPT", "ENTPT", "OUT", "TOXGR", "STDTC")
    others = [pl.lit(f"{name}: ") + pl.col(item) for item, name in OTHER.items()]
    return rows.with_columns(
        _strongest().alias("REL"),
        pl.concat_str(others, separator="; ", ignore_nulls=True).replace("", None).alias("RELNST"),
        pl.col("SOC").alias("BODSYS"),
        pl.col("SOCCD").alias("BDSYCD"),
        cm.ended(),
    )


def _strongest() -> pl.Expr:
    """Return the stronger of the two relations to study treatment, where no answer could make it stronger."""
    ranks = {name: rank for rank, name in enumerate(RELATION)}
    pair = [pl.col(name).replace_strict(ranks, default=None, return_dtype=pl.Int64) for name in STUDY]
    strongest = pl.max_horizontal(pair)
    certain = pl.all_horizontal(one.is_not_null() for one in pair) | (strongest == len(RELATION) - 1)
    names = dict(enumerate(RELATION))
    return pl.when(certain).then(strongest.replace_strict(names, default=None, return_dtype=pl.String))


def versions(ae: pl.DataFrame) -> pl.DataFrame:
    """Return the version of CTCAE behind every graded event, as a qualifier that was assigned."""
    graded = ae.filter(pl.col("TOXGR").is_not_null())
    return graded.select(
        *records.ROW,
        "USUBJID",
        pl.lit("AE").alias("domain"),
        pl.lit("AECTCVER").alias("variable"),
        pl.lit("CTCAE version").alias("label"),
        pl.lit(VERSION).alias("standard"),
        pl.lit("ASSIGNED").alias("QORIG"),
    )
