"""Adverse events by period of the trial: patients at risk, events and their rate in the time spent in the period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.incidence import NUMBERS, RATES, collected, count, emergent, kinds, on_treatment
from carnet.analysis.result import SAFETY, long, people, with_bound, with_exact, with_rate
from carnet.analysis.subset import present

SHOWN = ("Any adverse event", "Grade 3 or worse", "Serious", "Related to the cells")
"""The kinds of event that are counted by period."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield events by the period in which they began (14.3.1.14): risk comes early, so one rate would hide it."""
    if "adae" not in datasets:
        return
    here = on_treatment(SAFETY)
    events = emergent(here.rows(datasets), SAFETY)
    of = at_risk(datasets["adsl"])
    if of.is_empty():
        return
    chosen = {kind: here.where(kinds(SAFETY)[kind]) for kind in SHOWN if collected(events, kind)}
    counted = pl.concat(
        count(subset.of(events), of, ("group", "APHASE")).with_columns(
            subset.each(APHASE="APHASE").text().alias("subset"),
            analysis=pl.format("{}/{}", "APHASE", pl.lit(kind)),
        )
        for kind, subset in chosen.items()
    )
    table = with_rate(with_bound(with_exact(counted))).sort("APHASEN", maintain_order=True)
    for (number,), part in table.group_by("APHASEN", maintain_order=True):
        reached = people(SAFETY).where(present(f"PH{number}SDT"))
        besides = {"N": reached, "years": reached}
        yield long(part, {**NUMBERS, **RATES}, output="14.3.1.14", of=here, besides=besides)


def at_risk(adsl: pl.DataFrame) -> pl.DataFrame:
    """Return, per group and period, how many patients reached it (N) and the patient-years they spent in it."""
    treated = adsl.filter(pl.col(SAFETY) == "Y").with_columns(pl.col("TRT01A").alias("group"))
    numbers = sorted(int(name.removeprefix("APHASE")) for name in adsl.columns if name.startswith("APHASE"))
    parts = []
    for number in numbers:
        days = (pl.col(f"PH{number}EDT") - pl.col(f"PH{number}SDT")).dt.total_days() + 1
        reached = treated.filter(pl.col(f"PH{number}SDT").is_not_null())
        parts.append(
            reached.group_by("group", pl.col(f"APHASE{number}").alias("APHASE"))
            .agg(pl.len().cast(pl.Int64).alias("N"), (days.sum() / 365.25).alias("years"))
            .sort("group")
            .with_columns(pl.lit(number).alias("APHASEN"))
        )
    schema = {
        "group": pl.String,
        "APHASE": pl.String,
        "N": pl.Int64,
        "years": pl.Float64,
        "APHASEN": pl.Int32,
    }
    return pl.concat([pl.DataFrame(schema=schema), *parts])
