"""Change from baseline by visit: observed values, change, and its exact interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from carnet.analysis.result import INFUSED, long

FEW = 2
"""Below so many changes there is no interval."""


@dataclass(frozen=True)
class Change:
    """One parameter whose change is estimated: where it stands, its output and its decimals."""

    output: str
    dataset: str
    paramcd: str
    decimals: int


CHANGES = (
    Change("14.2.7", "ADQS", "SLEDAI2K", 1),
    Change("14.2.7", "ADQS", "SLEDCLIN", 1),
    Change("14.2.7", "ADQS", "SLED30", 1),
    Change("14.2.10", "ADQS", "PGA", 2),
    Change("14.2.11", "ADLB", "UPCR", 2),
    Change("14.2.12", "ADLB", "PROT24", 2),
    Change("14.2.14", "ADIS", "ANALOG2", 1),
    Change("14.2.14", "ADIS", "ANASTEP", 1),
    Change("14.2.16", "ADLB", "C3", 2),
    Change("14.2.16", "ADLB", "C4", 2),
)


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per parameter and visit: n, median and range of value and change, and the Hodges-Lehmann shift.

    Values are those of the analysis windows (ANL01FL), in infused patients; a patient without baseline has
    a value and no change.
    """
    for one in CHANGES:
        rows = datasets.get(one.dataset.lower())
        if rows is None:
            continue
        rows = rows.filter((pl.col("PARAMCD") == one.paramcd) & (pl.col(INFUSED) == "Y"))
        rows = rows.filter((pl.col("ANL01FL") == "Y") | (pl.col("ABLFL") == "Y"))
        rows = rows.filter(
            pl.col("AVISIT").is_in(["Baseline", "Day 14", "Day 28"])
            | pl.col("AVISIT").str.starts_with("Month")
        )
        if not rows.is_empty():
            yield _summary(rows, one)


def _summary(rows: pl.DataFrame, one: Change) -> pl.DataFrame:
    value = pl.col("AVAL")
    change = pl.when(pl.col("AVISIT") != "Baseline").then(pl.col("CHG"))
    table = (
        rows.group_by(pl.col("AVISIT").alias("avisit"), "AVISITN", pl.col("TRTA").alias("group"))
        .agg(
            value.count().alias("n"),
            value.median().alias("median"),
            value.min().alias("min"),
            value.max().alias("max"),
            value.mean().alias("mean"),
            change.count().alias("change_n"),
            change.median().alias("change_median"),
            change.min().alias("change_min"),
            change.max().alias("change_max"),
            change.mean().alias("change_mean"),
            change.drop_nulls().alias("changes"),
        )
        .sort("AVISITN", "group")
    )
    shift = pl.DataFrame(
        [_shift(changes) for changes in table["changes"].to_list()],
        schema=["shift", "lower", "upper"],
        orient="row",
    )
    table = table.hstack(shift).with_columns(
        pl.lit(one.paramcd).alias("paramcd"),
        pl.lit(one.paramcd).alias("analysis"),
        pl.when(pl.col("avisit") == "Baseline")
        .then(pl.lit("baseline has no change"))
        .when(pl.col("change_n") < FEW)
        .then(pl.lit("fewer than two changes"))
        .otherwise(pl.lit(""))
        .alias("reason"),
    )
    forms = {"n": "0", "change_n": "0"} | dict.fromkeys(
        (
            "median",
            "min",
            "max",
            "mean",
            "change_median",
            "change_min",
            "change_max",
            "change_mean",
            "shift",
            "lower",
            "upper",
        ),
        str(one.decimals),
    )
    return long(table, forms, output=one.output, dataset=one.dataset, population=INFUSED)


def _shift(changes: list[float]) -> tuple[float | None, float | None, float | None]:
    """Return the Hodges-Lehmann estimate and its limits, or nothing where there are too few changes."""
    from math import isfinite

    from carnet.statistics.change import hodges_lehmann

    if len(changes) < FEW:
        return None, None, None
    found = hodges_lehmann(changes)
    low, high = (end if isfinite(end) else None for end in (found.low, found.high))
    return found.estimate, low, high
