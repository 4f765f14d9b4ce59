"""Timelines: the adverse events of each patient as bars over the days of the trial, doses marked."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.report import safety_figures
from carnet.report.chart import svg
from carnet.report.exhibit import Figure

FEW = 30
"""More patients than this are not drawn one by one."""

EARLY = 60
"""Last study day of the close view."""


def figures_of(datasets: Mapping[str, pl.DataFrame]) -> tuple[Figure, ...]:
    """Return the timeline of the first weeks and, where events began later, that of the whole trial."""
    adae, adsl = datasets["adae"], datasets["adsl"]
    events = adae.filter((pl.col("TRTEMFL") == "Y") & pl.col("ASTDY").is_not_null())
    treated = adsl.filter(pl.col("SAFFL") == "Y")
    if events.is_empty() or treated.height > FEW or treated["CARSDT"].is_null().all():
        return ()
    last = treated.select("SUBJID", last=(pl.col("SAFEDT") - pl.col("RFSTDT")).dt.total_days() + 1)
    first = treated.select((pl.col("TRTSDT") - pl.col("RFSTDT")).dt.total_days().min()).item()
    bars = events.join(last, on="SUBJID").select(
        "SUBJID",
        start=pl.max_horizontal("ASTDY", pl.lit(first)),
        end=pl.max_horizontal(pl.coalesce("AENDY", "last"), "ASTDY"),
        grade=pl.coalesce("ATOXGRN", "ASEVN"),
        open=pl.col("AENDY").is_null(),
    )
    given = dose_days(adsl, datasets.get("adex"))
    end = int(max(EARLY, *last["last"].drop_nulls()))
    views = [(EARLY, f"up to study day {EARLY}")]
    if bars.filter(pl.col("start") > EARLY).height:
        views.append((end, "over the whole trial"))
    made = []
    for to, words in views:
        shown = bars.filter(pl.col("start") <= to).with_columns(
            open=pl.col("open") | (pl.col("end") > to), end=pl.col("end").clip(upper_bound=to)
        )
        picture = safety_figures.timeline(in_lanes(shown), given.filter(pl.col("day") <= to), (first, to))
        made.append(
            Figure(
                svg(picture),
                f"Adverse events {words}, a band per patient, a bar per event coloured by worst grade; an arrow: it "
                "goes on. Grey ticks: lymphodepletion; blue lines: infusions of cells, on the patient's own days.",
            )
        )
    return tuple(made)


def in_lanes(bars: pl.DataFrame) -> pl.DataFrame:
    """Return the bars with the lane of each, so that no two of a patient overlap: the first that is free."""
    ordered = bars.sort("SUBJID", "start", "end")
    ends: dict[str, list[int]] = {}
    lanes = []
    for subject, start, end in ordered.select("SUBJID", "start", "end").iter_rows():
        busy = ends.setdefault(subject, [])
        lane = next((i for i, until in enumerate(busy) if until < start), len(busy))
        busy[lane : lane + 1] = [end]
        lanes.append(lane)
    return ordered.with_columns(lane=pl.Series(lanes, dtype=pl.Int64))


def dose_days(adsl: pl.DataFrame, adex: pl.DataFrame | None) -> pl.DataFrame:
    """Return the study day of every dose of each treated patient, and whether it was cells."""
    cells = adsl.select(
        "SUBJID",
        *(
            (pl.col(f"INF{i}DTM").dt.date() - pl.col("RFSTDT")).dt.total_days().alias(str(i)) + 1
            for i in (1, 2, 3)
        ),
    )
    cells = (
        cells.unpivot(index="SUBJID", value_name="day").drop_nulls("day").select("SUBJID", "day", cells=True)
    )
    if adex is None:
        return cells
    drugs = adex.filter(pl.col("INFNUM").is_null() & pl.col("ASTDY").is_not_null())
    days = drugs.select("SUBJID", pl.col("ASTDY").alias("day"), cells=False).unique(maintain_order=True)
    return pl.concat([cells, days])


def usual_days(adsl: pl.DataFrame, adex: pl.DataFrame | None) -> pl.DataFrame:
    """Return the usual days of treatment: of lymphodepletion from first to last, and of each infusion."""
    given = dose_days(adsl, adex)
    drugs = (
        given.filter(~pl.col("cells"))
        .group_by("SUBJID")
        .agg(pl.col("day").min().alias("a"), pl.col("day").max().alias("b"))
    )
    infusions = given.filter("cells").with_columns(number=pl.col("day").rank("ordinal").over("SUBJID"))
    rows = (
        infusions.group_by("number")
        .agg(pl.col("day").median())
        .sort("number")
        .select("day", end="day", cells=True)
    )
    if drugs.is_empty():
        return rows
    span = drugs.select(
        pl.col("a").median().alias("day"), (pl.col("b").median() + 1).alias("end"), cells=False
    )
    return pl.concat([rows, span])
