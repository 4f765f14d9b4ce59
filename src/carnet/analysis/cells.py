"""The cells in blood: Cmax, Tmax and what belongs to them, summarised over patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import long

GEOMETRIC = ("CMAX", "CMAXEXP", "CMAXD", "AUCLST", "AUCINT", "CLST")
"""Levels and areas: summarised by the geometric mean, zeros counted apart; times by the median alone."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the kinetic parameters (14.2.21): n, n without cells, geometric mean and CV, median, range."""
    if "adpp" not in datasets:
        return
    from carnet.statistics.change import geometric

    rows = datasets["adpp"].filter(pl.col("KINFL") == "Y").with_columns(pl.col("AVALU").fill_null(""))
    keys = ["PARAMCD", "SCOPE", "ANALYTE", "AVALU", "TRTA"]
    value = pl.col("AVAL")
    table = (
        rows.group_by(keys, maintain_order=True)
        .agg(
            value.count().alias("n"),
            value.is_null().sum().alias("missing"),
            (value == 0).sum().alias("zeros"),
            value.median().alias("median"),
            value.min().alias("min"),
            value.max().alias("max"),
            value.filter(value > 0).alias("positive"),
        )
        .filter(pl.col("n") > 0)
    )
    means = [
        (found.mean, found.cv)
        if paramcd in GEOMETRIC and values and (found := geometric(values))
        else (None, None)
        for paramcd, values in table.select("PARAMCD", "positive").iter_rows()
    ]
    table = table.hstack(
        pl.DataFrame(means, schema={"geomean": pl.Float64, "cv": pl.Float64}, orient="row")
    ).with_columns(
        pl.format("{}/{}/{} {}", "PARAMCD", "SCOPE", "ANALYTE", "AVALU").alias("analysis"),
        pl.col("PARAMCD").alias("paramcd"),
        pl.col("TRTA").alias("group"),
        pl.when(~pl.col("PARAMCD").is_in(GEOMETRIC))
        .then(pl.lit("a time has no geometric mean"))
        .otherwise(pl.lit(""))
        .alias("reason"),
    )
    forms = {
        "n": "0",
        "missing": "0",
        "zeros": "0",
        "geomean": "1",
        "cv": "%0",
        "median": "2",
        "min": "2",
        "max": "2",
    }
    yield long(table, forms, output="14.2.21", dataset="ADPP", population="KINFL")
