"""BILAG-2004 by system: where the patients of each baseline grade stand at a visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import INFUSED, long
from carnet.analysis.subset import Subset, eq, ne, present

OUTPUT = "14.2.9"
GRADES = ("A", "B", "C", "D", "E")
UNKNOWN = "unknown"


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per system, visit and baseline grade, how many patients have each grade (14.2.9).

    A grade that is not certain, or was not made, is unknown: it is counted and never guessed.
    """
    if "adqs" not in datasets:
        return
    here = Subset("ADQS", INFUSED, (eq("ANL01FL", "Y"), ne("AVISIT", "Baseline"), present("AVISIT")))
    rows = here.rows(datasets).filter(
        pl.col("PARAMCD").str.contains("^BLG4[A-Z]{3}$") & (pl.col("PARAMCD") != "BLG4ALL")
    )
    if rows.is_empty():
        return
    certain = pl.col("AVALCBST") == pl.col("AVALCWRS")
    counted = (
        rows.with_columns(
            now=pl.when(certain).then("AVALC").fill_null(UNKNOWN),
            base=pl.col("BASEC").fill_null(UNKNOWN),
            BASEC=pl.col("BASEC").fill_null(""),
        )
        .group_by("PARAMCD", "PARAM", "AVISIT", "AVISITN", "TRTA", "base", "BASEC")
        .agg(
            pl.len().alias("n"),
            *((pl.col("now") == grade).sum().alias(grade) for grade in (*GRADES, UNKNOWN)),
        )
        .sort("PARAMCD", "AVISITN", "TRTA", "base")
        .rename({"PARAMCD": "paramcd", "AVISIT": "avisit", "TRTA": "group"})
        .with_columns(pl.format("{}/{}", "paramcd", "base").alias("analysis"))
    )
    forms = dict.fromkeys(("n", *GRADES, UNKNOWN), "0")
    yield long(counted, forms, output=OUTPUT, of=here.each(PARAMCD="paramcd", BASEC="BASEC"))
