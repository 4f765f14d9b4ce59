"""Adverse events: how many patients had one, how many events, by organ class, term and worst grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from carnet.analysis.result import INFUSED, SAFETY, long, people, sizes, with_bound, with_exact, with_rate
from carnet.analysis.subset import Clause, Own, Subset, both, either, eq, ge, missing, records, within

ANY = "Any adverse event"

UNCODED = "Not coded"
"""An event without organ class or term is counted here, never dropped."""

KINDS: dict[str, Clause] = {
    "Related to lymphodepletion": eq("ARELLD", "Y"),
    "Related to the cells": eq("ARELCAR", "Y"),
    "Related to treatment": eq("AREL", "Y"),
    "Grade 3 or worse": ge("ATOXGRN", 3),
    "Severe": ge("ASEVN", 3),
    "Serious": eq("AESER", "Y"),
    "Of special interest": eq("AESIFL", "Y"),
    "Dose-limiting": eq("AEDLT", "Y"),
    "Led to a dose changed or left out": within(
        "AEACN", "DOSE REDUCED", "DRUG INTERRUPTED", "DRUG WITHDRAWN"
    ),
    "Fatal": either(eq("AESDTH", "Y"), eq("AEOUT", "FATAL")),
}
"""Kinds of adverse event, each a condition on an event."""

NEEDS = {
    "Related to lymphodepletion": "ARELLD",
    "Related to the cells": "ARELCAR",
    "Related to treatment": "AREL",
    "Grade 3 or worse": "ATOXGRN",
    "Severe": "ASEVN",
    "Of special interest": "AESIFL",
    "Dose-limiting": "AEDLT",
    "Led to a dose changed or left out": "AEACN",
}
"""A line whose column is empty in every event was not collected and is left out."""

PERIODS = {SAFETY: ("TRTEMFL", "TRTEMCFL"), INFUSED: ("CARTEMFL", "CARTEMCF")}
"""Emergent since the first study treatment, in all treated; since the first infusion, in all infused."""

NUMBERS = {"n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1", "bound": "%1", "events": "0"}
RATES = {"years": "2", "rate": "2", "rate_lower": "2", "rate_upper": "2"}
GRADES = dict.fromkeys((*(f"grade{g}" for g in range(1, 6)), "ungraded"), "0")


@dataclass(frozen=True)
class Selection:
    """A table by organ class and term: its output, which events it is of, and in whom."""

    output: str
    kind: str
    populations: tuple[str, ...]
    condition: Clause | pl.Expr


BEFORE_CELLS = pl.col("CARTEMFL").is_null() | (pl.col("ASTDT") < pl.col("CARSDT")).fill_null(False)
"""Emergent under lymphodepletion: begun before the first infusion, whatever came of it after."""

SELECTIONS = (
    Selection("14.3.1.2", ANY, (SAFETY, INFUSED), both()),
    Selection("14.3.1.4", "Grade 3 or worse", (SAFETY,), KINDS["Grade 3 or worse"]),
    Selection("14.3.1.5", "Related to the cells", (INFUSED,), KINDS["Related to the cells"]),
    Selection("14.3.1.6", "Related to lymphodepletion", (SAFETY,), KINDS["Related to lymphodepletion"]),
    Selection("14.3.1.7", "Before the first infusion", (SAFETY,), BEFORE_CELLS),
    Selection("14.3.1.8", "Serious", (SAFETY, INFUSED), KINDS["Serious"]),
    Selection("14.3.1.9", "Of special interest", (SAFETY,), KINDS["Of special interest"]),
)
"""The tables by organ class and term. One whose column was not collected is left out, as a line of the overview is."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the overview (14.3.1.1), events by class, term and worst grade of each kind, and their rates (14.3.1.15).

    A kind of which no event happened has the line of none, with the exact upper bound.
    """
    if "adae" not in datasets:
        return
    adsl = datasets["adsl"]
    for population in PERIODS:
        if population == INFUSED and adsl["CARSDT"].is_null().all():
            continue
        here = on_treatment(population)
        events = emergent(here.rows(datasets), population)
        of = exposed(adsl, population)
        besides = dict.fromkeys(("N", "years"), people(population))
        lines = _overview(events, of, here)
        yield long(lines, {**NUMBERS, **RATES}, output="14.3.1.1", of=here, besides=besides)
        for selection in SELECTIONS:
            cells_needed = selection.kind == "Before the first infusion" and adsl["CARSDT"].is_null().all()
            if population in selection.populations and collected(events, selection.kind) and not cells_needed:
                chosen = _chosen(here, selection, events)
                table = by_term(chosen.of(events), of, chosen)
                forms = {**NUMBERS, **GRADES}
                yield long(table, forms, output=selection.output, of=chosen, besides=besides)
        if population == SAFETY:
            rates = with_rate(by_term(events, of, here))
            forms = {"n": "0", "N": "0", "events": "0", **RATES}
            yield long(rates, forms, output="14.3.1.15", of=here, besides=besides)


def on_treatment(population: str) -> Subset:
    """Return the emergent events of a set of patients."""
    return Subset("ADAE", population, (eq(PERIODS[population][0], "Y"),))


def kinds(population: str) -> dict[str, Clause]:
    """Return the lines of the overview, each a condition on an event that is emergent in a set of patients."""
    certain = eq(PERIODS[population][1], "Y")
    return {ANY: both(), "Certainly treatment-emergent": certain, **KINDS}


def emergent(rows: pl.DataFrame, population: str) -> pl.DataFrame:
    """Return emergent events with group, class, term and worst grade."""
    return rows.with_columns(
        pl.col("TRTA").alias("group"),
        pl.coalesce("AESOC", "AEBODSYS", pl.lit(UNCODED)).alias("soc"),
        pl.coalesce("AEDECOD", "AETERM", pl.lit(UNCODED)).alias("term"),
        pl.coalesce("ATOXGRN", "ASEVN").alias("worst"),
    )


def exposed(adsl: pl.DataFrame, population: str) -> pl.DataFrame:
    """Return group, N and the patient-years from the first treatment (or infusion) to the end of the safety period."""
    start = "TRTSDT" if population == SAFETY else "CARSDT"
    days = (pl.col("SAFEDT") - pl.col(start)).dt.total_days() + 1
    time = (
        adsl.filter(pl.col(population) == "Y")
        .group_by(pl.col("TRT01A").alias("group"))
        .agg((days.sum() / 365.25).alias("years"))
    )
    return sizes(adsl, population).join(time, on="group", how="left", maintain_order="left")


def collected(events: pl.DataFrame, kind: str) -> bool:
    """Return whether the study asked what a kind of event is told by."""
    return kind not in NEEDS or events[NEEDS[kind]].is_not_null().any()


def count(events: pl.DataFrame, of: pl.DataFrame, by: tuple[str, ...] = ("group",)) -> pl.DataFrame:
    """Return `of` with patients (n) and events; none where there was none."""
    counted = events.group_by(by).agg(pl.col("USUBJID").n_unique().alias("n"), pl.len().alias("events"))
    return of.join(counted, on=by, how="left", maintain_order="left").with_columns(
        pl.col("n", "events").fill_null(0).cast(pl.Int64), pl.col("N").cast(pl.Int64)
    )


def _chosen(here: Subset, selection: Selection, events: pl.DataFrame) -> Subset:
    """Return the events of a table; those that no comparison with a value chooses are named one by one."""
    if isinstance(selection.condition, pl.Expr):
        return here.where(records(events.filter(selection.condition), "AESEQ"))
    return here.where(selection.condition)


def _overview(events: pl.DataFrame, of: pl.DataFrame, here: Subset) -> pl.DataFrame:
    chosen = {
        kind: here.where(clause) for kind, clause in kinds(here.population).items() if collected(events, kind)
    }
    counted = pl.concat(
        count(subset.of(events), of).with_columns(subset.text().alias("subset"), analysis=pl.lit(kind))
        for kind, subset in chosen.items()
    )
    return with_rate(with_bound(with_exact(counted)))


def by_term(events: pl.DataFrame, of: pl.DataFrame, here: Subset) -> pl.DataFrame:
    """Count patients once overall, once per class and once per term, at their worst grade; the frequent first.

    The overall line is there even where nothing happened.
    """

    def counted(keys: list[str]) -> pl.DataFrame:
        worst = events.group_by("group", "USUBJID", *keys).agg(
            pl.col("worst").max(), pl.len().alias("events")
        )
        return worst.group_by("group", *keys).agg(
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("events").sum().cast(pl.Int64),
            *(
                (pl.col("worst") == grade).sum().cast(pl.Int64).alias(f"grade{grade}")
                for grade in range(1, 6)
            ),
            pl.col("worst").is_null().sum().cast(pl.Int64).alias("ungraded"),
        )

    overall = of.select("group").join(counted([]), on="group", how="left", maintain_order="left")
    parts = {
        0: overall.with_columns(pl.lit("").alias("soc"), pl.lit("").alias("term")),
        1: counted(["soc"]).with_columns(pl.lit("").alias("term")),
        2: counted(["soc", "term"]),
    }
    columns = ["group", "soc", "term", "n", "events", *GRADES]
    table = pl.concat(
        part.select(pl.lit(level, pl.Int64).alias("level"), *columns) for level, part in parts.items()
    ).with_columns(pl.col("n", "events", *GRADES).fill_null(0))
    weight = pl.col("n").sum()
    table = table.with_columns(
        (pl.col("level") > 0).alias("below"),
        weight.over("soc").alias("soc_weight"),
        weight.over("soc", "term").alias("term_weight"),
    ).sort(
        ["below", "soc_weight", "soc", "level", "term_weight", "term", "group"],
        descending=[False, True, False, False, True, False, False],
    )
    return with_bound(
        with_exact(
            table.join(of, on="group", how="left", maintain_order="left").with_columns(
                pl.col("N").cast(pl.Int64),
                _rows(here),
                pl.format("{}/{}", "soc", "term").alias("analysis"),
                pl.col("term").alias("paramcd"),
            )
        )
    )


NAMED = {"soc": ("AESOC", "AEBODSYS"), "term": ("AEDECOD", "AETERM")}
"""The variables that name an event's class and term: where the first is missing, the second."""


def _rows(here: Subset) -> pl.Expr:
    """Return the events behind each line by term: all, those of its class, those of its term in the class."""
    parts: dict[tuple[bool, ...], Subset] = {(): here}
    for column, (first, second) in NAMED.items():
        named = either(eq(first, Own(column)), both(missing(first), eq(second, Own(column))))
        none = both(missing(first), missing(second))
        deepest = [known for known in parts if len(known) == max(map(len, parts))]
        for known in deepest:
            parts |= {(*known, True): parts[known].each(named), (*known, False): parts[known].each(none)}
    text = pl.lit("")
    for known, subset in parts.items():
        coded = [(pl.col(c) != UNCODED) == is_coded for c, is_coded in zip(NAMED, known, strict=False)]
        here_is = pl.all_horizontal(pl.col("level") == len(known), *coded)
        text = pl.when(here_is).then(subset.text()).otherwise(text)
    return text.alias("subset")
