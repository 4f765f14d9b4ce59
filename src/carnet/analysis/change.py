"""Change from baseline by visit: observed values, change, and its exact interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from carnet.analysis.result import INFUSED, long
from carnet.analysis.subset import Condition, Subset, either, eq, ne, present

FEW = 2
"""Below so many changes there is no interval."""


@dataclass(frozen=True)
class Change:
    """One parameter whose change is estimated: where it stands, its output and its decimals.

    `ratio`: as a geometric mean ratio; `nephritis`: in patients with proteinuria at baseline alone.
    """

    output: str
    dataset: str
    paramcd: str
    decimals: int
    ratio: bool = False
    nephritis: bool = False


CHANGES = (
    Change("14.2.7", "ADQS", "SLEDAI2K", 1),
    Change("14.2.7", "ADQS", "SLEDCLIN", 1),
    Change("14.2.7", "ADQS", "SLED30", 1),
    Change("14.2.10", "ADQS", "PGA", 2),
    Change("14.2.11", "ADLB", "UPCR", 2),
    Change("14.2.12", "ADLB", "PROT24", 2),
    Change("14.2.11", "ADLB", "UPCR", 2, ratio=True, nephritis=True),
    Change("14.2.12", "ADLB", "PROT24", 2, ratio=True, nephritis=True),
    Change("14.2.14", "ADIS", "ANALOG2", 1),
    Change("14.2.14", "ADIS", "ANASTEP", 1),
    Change("14.2.16", "ADLB", "C3", 2),
    Change("14.2.15", "ADIS", "DSDNA", 1),
    Change("14.2.15", "ADIS", "DSDNA", 1, ratio=True),
    Change("14.2.16", "ADLB", "C4", 2),
    Change("14.2.18", "ADQS", "PREDEQ", 1),
    Change("14.2.22", "ADCP", "BLYCE", 1),
)


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per parameter and visit: n, median and range of value and change, and the Hodges-Lehmann shift.

    Values are those of the analysis windows (ANL01FL), in infused patients; a patient without baseline has
    a value and no change.
    """
    for one in CHANGES:
        if one.dataset.lower() not in datasets:
            continue
        here = at_visits(one.dataset, one.paramcd, "LNFL" if one.nephritis else INFUSED)
        rows = visited(here.rows(datasets))
        if not rows.is_empty():
            yield _ratio(rows, one, here) if one.ratio else _summary(rows, one, here)


def at_visits(dataset: str, paramcd: str, population: str = INFUSED) -> Subset:
    """Return the records of a parameter that stand for baseline or for a visit, in infused patients."""
    chosen = either(eq("ANL01FL", "Y"), eq("ABLFL", "Y"))
    return Subset(dataset, population, (eq("PARAMCD", paramcd), chosen))


def visited(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the records of baseline and of the visits of the efficacy windows: those that have results."""
    return rows.filter(
        pl.col("AVISIT").is_in(["Baseline", "Day 14", "Day 28"]) | pl.col("AVISIT").str.starts_with("Month"),
    )


def _ratio(rows: pl.DataFrame, one: Change, here: Subset) -> pl.DataFrame:
    """Return, per visit, the geometric mean of value over baseline, with its t limits on the logarithms."""
    positive = (pl.col("AVAL") > 0) & (pl.col("BASE") > 0)
    table = (
        rows.filter(pl.col("AVISIT") != "Baseline")
        .group_by(pl.col("AVISIT").alias("avisit"), "AVISITN", pl.col("TRTA").alias("group"))
        .agg(
            positive.sum().alias("n"),
            pl.col("AVAL").filter(positive).alias("after"),
            pl.col("BASE").filter(positive).alias("before"),
        )
        .sort("AVISITN", "group")
    )
    found = [_geometric(*pair) for pair in table.select("after", "before").iter_rows()]
    table = table.hstack(
        pl.DataFrame(found, schema=dict.fromkeys(("ratio", "lower", "upper"), pl.Float64), orient="row")
    ).with_columns(
        (100 * (pl.col("ratio") - 1)).alias("percent"),
        pl.lit(one.paramcd).alias("paramcd"),
        pl.lit(f"{one.paramcd}/ratio").alias("analysis"),
        pl.when(pl.col("n") < FEW)
        .then(pl.lit("fewer than two ratios"))
        .otherwise(pl.lit(""))
        .alias("reason"),
    )
    forms = {"n": "0", "ratio": "2", "lower": "2", "upper": "2", "percent": "0"}
    used = here.where(Condition("AVAL", "GT", (0,)), Condition("BASE", "GT", (0,)))
    return long(table, forms, output=one.output, of=used)


def _geometric(after: list[float], before: list[float]) -> tuple[float | None, float | None, float | None]:
    """Return the geometric mean ratio and its limits; a number that too few ratios allow is none."""
    from math import isfinite

    from carnet.statistics.change import geometric_ratio

    if not after:
        return None, None, None
    found = geometric_ratio(after, before)
    mean, low, high = (end if isfinite(end) else None for end in (found.estimate, found.low, found.high))
    return mean, low, high


def _summary(rows: pl.DataFrame, one: Change, here: Subset) -> pl.DataFrame:
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
    changed = here.where(ne("AVISIT", "Baseline"), present("CHG"))
    besides = {name: changed for name in forms if name.startswith(("change", "shift", "lower", "upper"))}
    return long(table, forms, output=one.output, of=here.where(present("AVAL")), besides=besides)


def _shift(changes: list[float]) -> tuple[float | None, float | None, float | None]:
    """Return the Hodges-Lehmann estimate and its limits, or nothing where there are too few changes."""
    from math import isfinite

    from carnet.statistics.change import hodges_lehmann

    if len(changes) < FEW:
        return None, None, None
    found = hodges_lehmann(changes)
    low, high = (end if isfinite(end) else None for end in (found.low, found.high))
    return found.estimate, low, high
