"""How many of those who could have reached a state by each visit: normalised, negative, depleted, on little steroid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from carnet.analysis.change import at_visits
from carnet.analysis.result import INFUSED, long, with_exact
from carnet.core.table import read_rows

VALUE, BASE = pl.col("AVAL").round(6), pl.col("BASE").round(6)

COULD: dict[str, pl.Expr] = {
    "anyone": pl.lit(True),
    "measured": BASE.is_not_null(),
    "above 0": BASE > 0,
    "low": pl.col("BNRIND") == "LOW",
    "high": pl.col("BNRIND") == "HIGH",
}
"""Who could reach a state, by the words of `conversions.csv`: what the baseline was."""

REACHED: dict[str, Callable[[float], pl.Expr]] = {
    "at most": lambda number: number >= VALUE,
    "below": lambda number: number > VALUE,
    "fallen by": lambda number: (BASE - VALUE).round(6) >= number,
    "not low": lambda _: pl.col("ANRIND") != "LOW",
    "not high": lambda _: pl.col("ANRIND") != "HIGH",
}
"""How a state is seen at a visit; null where the record does not tell."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per state and visit, n of those assessed who could reach it, with the exact interval."""
    for one in read_rows("carnet.analysis", "conversions.csv"):
        rows = datasets.get(one["dataset"].lower())
        if rows is None:
            continue
        rows = at_visits(rows.filter(pl.col("PARAMCD") == one["paramcd"])).filter(
            pl.col("AVISIT") != "Baseline", COULD[one["could"]]
        )
        if rows.is_empty():
            continue
        reached = REACHED[one["reached"]](float(one["number"] or 0))
        table = (
            rows.group_by(pl.col("AVISIT").alias("avisit"), "AVISITN", pl.col("TRTA").alias("group"))
            .agg(reached.sum().cast(pl.Int64).alias("n"), reached.count().cast(pl.Int64).alias("N"))
            .sort("AVISITN", "group")
            .with_columns(pl.lit(one["paramcd"]).alias("paramcd"), pl.lit(one["label"]).alias("analysis"))
        )
        forms = {"n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1"}
        yield long(with_exact(table), forms, output=one["output"], dataset=one["dataset"], population=INFUSED)
