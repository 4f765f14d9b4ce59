"""Graded laboratory values and vital signs: baseline grade against the worst grade after treatment began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import SAFETY, long

OUTPUTS = {"adlb": "14.3.4.2", "advs": "14.3.5.2"}
DIRECTIONS = ("L", "H")


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per test and direction, patients by baseline grade and worst later grade."""
    for name, output in OUTPUTS.items():
        if name in datasets:
            for direction in DIRECTIONS:
                yield _shift(datasets[name], name.upper(), direction, output)


def _shift(rows: pl.DataFrame, dataset: str, direction: str, output: str) -> pl.DataFrame:
    """Count patients by baseline and worst grade; every record on treatment counts, unscheduled ones too."""
    term, grade, base = (
        f"ATOXDSC{direction}",
        pl.col(f"ATOXGR{direction}").cast(pl.Int64),
        pl.col(f"BTOXGR{direction}").cast(pl.Int64),
    )
    keys = ["PARAMCD", "term", "group"]
    worst = (
        rows.filter((pl.col(SAFETY) == "Y") & (pl.col("ONTRTFL") == "Y") & pl.col(term).is_not_null())
        .rename({term: "term", "TRTA": "group"})
        .group_by(*keys, "USUBJID")
        .agg(grade.max().alias("worst"), base.max().alias("base"))
        .filter(pl.col("worst").is_not_null())
    )
    counts = worst.group_by(*keys, "base").agg(
        pl.len().alias("n"),
        *((pl.col("worst") == g).sum().alias(f"grade{g}") for g in range(5)),
        (pl.col("worst") > pl.col("base").fill_null(0)).sum().alias("worse"),
    )
    counts = counts.sort("term", "PARAMCD", "group", "base", nulls_last=True).with_columns(
        pl.format(
            "{}/{}/{}/{}",
            "PARAMCD",
            "term",
            pl.lit(direction),
            pl.col("base").cast(pl.String).fill_null("missing"),
        ).alias("analysis"),
        pl.col("PARAMCD").alias("paramcd"),
    )
    forms = dict.fromkeys(("n", *(f"grade{g}" for g in range(5)), "worse"), "0")
    return long(counts, forms, output=output, dataset=dataset, population=SAFETY)
