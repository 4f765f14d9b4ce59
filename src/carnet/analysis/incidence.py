"""Adverse events: how many patients had one, how many events, by organ class, term and worst grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import INFUSED, SAFETY, long, sizes, with_exact

ANY = "Any adverse event"

UNCODED = "Not coded"
"""An event without organ class or term is counted here, never dropped."""

KINDS: dict[str, pl.Expr] = {
    ANY: pl.lit(True),
    "Certainly treatment-emergent": pl.col("CERTAIN") == "Y",
    "Related to lymphodepletion": pl.col("ARELLD") == "Y",
    "Related to the cells": pl.col("ARELCAR") == "Y",
    "Related to treatment": pl.col("AREL") == "Y",
    "Grade 3 or worse": pl.col("ATOXGRN") >= 3,
    "Severe": pl.col("ASEVN") >= 3,
    "Serious": pl.col("AESER") == "Y",
    "Of special interest": pl.col("AESIFL") == "Y",
    "Dose-limiting": pl.col("AEDLT") == "Y",
    "Fatal": (pl.col("AESDTH") == "Y") | (pl.col("AEOUT") == "FATAL"),
}
"""The lines of the overview, each a condition on an event."""

NEEDS = {
    "Related to lymphodepletion": "ARELLD",
    "Related to the cells": "ARELCAR",
    "Related to treatment": "AREL",
    "Grade 3 or worse": "ATOXGRN",
    "Severe": "ASEVN",
    "Of special interest": "AESIFL",
    "Dose-limiting": "AEDLT",
}
"""A line whose column is empty in every event was not collected and is left out."""

PERIODS = {SAFETY: ("TRTEMFL", "TRTEMCFL"), INFUSED: ("CARTEMFL", "CARTEMCF")}
"""Emergent since the first study treatment, in all treated; since the first infusion, in all infused."""

NUMBERS = {"n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1", "events": "0"}


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the overview (14.3.1.1), events by class, term and worst grade (14.3.1.2), serious ones (14.3.1.8)."""
    if "adae" not in datasets:
        return
    adsl = datasets["adsl"]
    for population, (flag, certain) in PERIODS.items():
        if population == INFUSED and adsl["CARSDT"].is_null().all():
            continue
        events = (
            datasets["adae"]
            .filter((pl.col(population) == "Y") & (pl.col(flag) == "Y"))
            .with_columns(
                pl.col("TRTA").alias("group"),
                pl.col(certain).alias("CERTAIN"),
                pl.coalesce("AESOC", "AEBODSYS", pl.lit(UNCODED)).alias("soc"),
                pl.coalesce("AEDECOD", "AETERM", pl.lit(UNCODED)).alias("term"),
                pl.coalesce("ATOXGRN", "ASEVN").alias("worst"),
            )
        )
        of = sizes(adsl, population)
        yield from _overview(events, of, adsl, population)
        yield _by_term(events, of, "14.3.1.2", population)
        yield _by_term(events.filter(pl.col("AESER") == "Y"), of, "14.3.1.8", population)


def _overview(
    events: pl.DataFrame, of: pl.DataFrame, adsl: pl.DataFrame, population: str
) -> Iterator[pl.DataFrame]:
    from carnet.statistics.rate import exact_rate

    kinds = {k: c for k, c in KINDS.items() if k not in NEEDS or events[NEEDS[k]].is_not_null().any()}
    counted = pl.concat(
        of.join(
            events.filter(condition)
            .group_by("group")
            .agg(pl.col("USUBJID").n_unique().alias("n"), pl.len().alias("events")),
            on="group",
            how="left",
        ).with_columns(pl.lit(kind).alias("analysis"), pl.col("n", "events").fill_null(0).cast(pl.Int64))
        for kind, condition in kinds.items()
    )
    start = "TRTSDT" if population == SAFETY else "CARSDT"
    years = (pl.col("SAFEDT") - pl.col(start)).dt.total_days() + 1
    time = (
        adsl.filter(pl.col(population) == "Y")
        .group_by(pl.col("TRT01A").alias("group"))
        .agg((years.sum() / 365.25).alias("years"))
    )
    counted = with_exact(counted.with_columns(pl.col("N").cast(pl.Int64))).join(
        time, on="group", how="left", maintain_order="left"
    )
    found = [
        exact_rate(e, t) if t and t > 0 else None for e, t in counted.select("events", "years").iter_rows()
    ]
    counted = counted.with_columns(
        pl.Series("rate", [r and r.rate for r in found], pl.Float64),
        pl.Series("rate_lower", [r and r.low for r in found], pl.Float64),
        pl.Series("rate_upper", [r and r.high for r in found], pl.Float64),
    )
    yield long(
        counted,
        {**NUMBERS, "years": "2", "rate": "2", "rate_lower": "2", "rate_upper": "2"},
        output="14.3.1.1",
        dataset="ADAE",
        population=population,
    )


def _by_term(events: pl.DataFrame, of: pl.DataFrame, output: str, population: str) -> pl.DataFrame:
    """Count patients once per class and once per term, at their worst grade; classes and terms by frequency."""

    def counted(keys: list[str]) -> pl.DataFrame:
        worst = events.group_by("group", "USUBJID", *keys).agg(
            pl.col("worst").max(), pl.len().alias("events")
        )
        return worst.group_by("group", *keys).agg(
            pl.len().alias("n"),
            pl.col("events").sum(),
            *((pl.col("worst") == grade).sum().alias(f"grade{grade}") for grade in range(1, 6)),
            pl.col("worst").is_null().sum().alias("ungraded"),
        )

    overall = counted([]).with_columns(
        pl.lit("").alias("soc"), pl.lit("").alias("term"), pl.lit(0).alias("level")
    )
    classes = counted(["soc"]).with_columns(pl.lit("").alias("term"), pl.lit(1).alias("level"))
    terms = counted(["soc", "term"]).with_columns(pl.lit(2).alias("level"))
    columns = [
        "group",
        "soc",
        "term",
        "level",
        "n",
        "events",
        *(f"grade{g}" for g in range(1, 6)),
        "ungraded",
    ]
    table = pl.concat(
        part.select(pl.col("level").cast(pl.Int64), *(c for c in columns if c != "level"))
        for part in (overall, classes, terms)
    )
    weight = pl.col("n").sum()
    table = table.with_columns(
        weight.over("soc").alias("soc_weight"), weight.over("soc", "term").alias("term_weight")
    ).sort(
        ["level", "soc_weight", "soc", "term_weight", "term", "group"],
        descending=[False, True, False, True, False, False],
    )
    first = table.filter(pl.col("level") == 0)
    rest = table.filter(pl.col("level") > 0).sort(
        ["soc_weight", "soc", "level", "term_weight", "term", "group"],
        descending=[True, False, False, True, False, False],
    )
    table = (
        pl.concat([first, rest])
        .join(of, on="group", how="left", maintain_order="left")
        .with_columns(
            pl.col("n", "N").cast(pl.Int64),
            pl.format("{}/{}", "soc", "term").alias("analysis"),
            pl.col("term").alias("paramcd"),
        )
    )
    grades = dict.fromkeys((*(f"grade{g}" for g in range(1, 6)), "ungraded"), "0")
    return long(
        with_exact(table), {**NUMBERS, **grades}, output=output, dataset="ADAE", population=population
    )
