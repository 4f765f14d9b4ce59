"""How many of those who could have reached a state by each visit: normalised, negative, depleted, on little steroid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from carnet.analysis.change import at_visits, visited
from carnet.analysis.result import long, with_exact
from carnet.analysis.subset import Clause, Condition, both, eq, ne, present
from carnet.core.table import read_rows

VALUE, BASE = pl.col("AVAL").round(6), pl.col("BASE").round(6)

COULD: dict[str, Clause] = {
    "anyone": both(),
    "measured": present("BASE"),
    "above 0": Condition("BASE", "GT", (0,)),
    "low": eq("BNRIND", "LOW"),
    "high": eq("BNRIND", "HIGH"),
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

JUDGED: dict[str, tuple[Clause, ...]] = {
    "at most": (present("AVAL"),),
    "below": (present("AVAL"),),
    "fallen by": (present("AVAL"), present("BASE")),
    "not low": (present("ANRIND"),),
    "not high": (present("ANRIND"),),
}
"""The records that tell: those assessed."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per state and visit, n of those assessed who could reach it, with the exact interval."""
    for one in read_rows("carnet.analysis", "conversions.csv"):
        if one["dataset"].lower() not in datasets:
            continue
        here = at_visits(one["dataset"], one["paramcd"]).where(ne("AVISIT", "Baseline"), COULD[one["could"]])
        rows = visited(here.rows(datasets))
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
        yield long(with_exact(table), forms, output=one["output"], of=here.where(*JUDGED[one["reached"]]))
