"""RS: what the instruments ask, item by item: SLEDAI-2K, BILAG-2004, PGA and the others."""

from __future__ import annotations

import polars as pl

from carnet.instruments.sledai2k import VERSIONS
from carnet.study import Study

PGA = "PGALUP01"
BILAG_WEEKS = "-P28D"
"""BILAG-2004 rates the last four weeks against the four before."""


def results(study: Study) -> list[pl.Expr]:
    """Return the results of ratings: PRESENT or ABSENT with the weight or 0 for items that have points; PGA on 0-3."""
    rating = pl.col("domain") == "RS"
    weighted = rating & pl.col("points").is_not_null() & pl.col("code").is_not_null()
    present = pl.col("code") == "Y"
    weight = pl.when(present).then("points").otherwise(0)
    scale = int(study.parameters("pga").get("scale", 3))
    mark = rating & (pl.col("TESTCD") == PGA) & (scale != 3)
    converted = (pl.col("number") * 3 / scale).round(6)
    word = pl.when(present).then(pl.lit("PRESENT")).otherwise(pl.lit("ABSENT"))
    return [
        pl.when(weighted).then(word).otherwise("ORRES").alias("ORRES"),
        pl.when(weighted)
        .then(weight.cast(pl.String))
        .when(mark)
        .then(converted.cast(pl.String))
        .otherwise("STRESC")
        .alias("STRESC"),
        pl.when(weighted)
        .then(weight.cast(pl.Float64))
        .when(mark)
        .then(converted)
        .otherwise("STRESN")
        .alias("STRESN"),
    ]


def evaluation(study: Study) -> list[pl.Expr]:
    """Return who evaluates, and over which interval: the look-back of SLEDAI-2K is the study's."""
    days = study.get("sledai.window")
    sledai = pl.lit(f"-P{days}D") if days else pl.lit(None, pl.String)
    interval = (
        pl.when(pl.col("CAT").is_in([version["category"] for version in VERSIONS.values()]))
        .then(sledai)
        .when(pl.col("CAT") == "BILAG-2004")
        .then(pl.lit(BILAG_WEEKS))
    )
    evaluated = pl.col("domain").is_in(["RS", "FA", "MK"])
    return [interval.alias("EVINT"), pl.when(evaluated).then(pl.lit("INVESTIGATOR")).alias("EVAL")]
