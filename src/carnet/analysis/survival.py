"""Time to an event: the product-limit curve, the incidence beside death, their medians, and both at the visits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.analysis.result import INFUSED, long
from carnet.analysis.subset import Subset, present

OUTPUTS = {
    "TTSRI4": "F14.2.7", "TTDORIS": "F14.2.7", "TTLLDAS": "F14.2.7", "TTDORSUS": "F14.2.8",
    "TTBFLARE": "F14.2.9", "TTSFI": "F14.2.9", "TTBCELL": "F14.2.10",
}  # fmt: skip

TIMES = Subset("ADTTE", INFUSED, (present("AVAL"),))

SUMMARY = {"N": "0", "events": "0", "died": "0", "censored": "0", "median": "0", "lower": "0", "upper": "0"}
"""Patients, events, deaths before one, patients censored; days to the median with its limits."""

POINT = {
    "time": "0", "at_risk": "0", "events": "0", "censored": "0", "without": "%1", "without_lower": "%1",
    "without_upper": "%1", "having": "%1", "having_lower": "%1", "having_upper": "%1",
}  # fmt: skip
"""At a day: patients at risk just before it, events and censorings on it, the share still without it and with it."""


def estimate(study: Any, datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield for each time to an event its median, every step of its curves, and the curves at the planned visits.

    The share without the event is kaplan1958's, a death being censored; the share with it is the cumulative incidence
    beside death (aalen1978). Without a death the two, and their limits, add to one.
    """
    if "adtte" not in datasets:
        return
    rows = TIMES.rows(datasets)
    order = {estimand.id: place for place, estimand in enumerate(study.estimands)}
    rows = rows.sort(pl.col("ESTIMAND").replace_strict(order, default=len(order)), maintain_order=True)
    visits = [
        (window.avisit, window.target) for window in study.windows if window.target and window.target > 0
    ]
    each = TIMES.each(PARAMCD="paramcd", ESTIMAND="estimand")
    for paramcd, output in OUTPUTS.items():
        own = rows.filter(pl.col("PARAMCD") == paramcd)
        for (estimand, group), part in own.group_by("ESTIMAND", "TRTA", maintain_order=True):
            about = {"paramcd": paramcd, "estimand": estimand, "group": group}
            for table, statistics in _tables(part, visits):
                named = table.with_columns(
                    pl.concat_str(pl.lit(f"{paramcd}/{estimand}"), "analysis").alias("analysis"),
                    *(pl.lit(value).alias(name) for name, value in about.items()),
                )
                yield long(named, statistics, output=output, of=each)


def _tables(
    part: pl.DataFrame, visits: list[tuple[str, int]]
) -> Iterator[tuple[pl.DataFrame, dict[str, str]]]:
    """Yield the summary, the steps and the visits of one curve, each with how it is printed."""
    from carnet.statistics.survival import cumulative_incidence, kaplan_meier

    times, kinds = part["AVAL"].to_list(), part["CNSR"].to_list()
    without = kaplan_meier(times, [kind == 0 for kind in kinds])
    having = cumulative_incidence(times, [{0: 1, 2: 2}.get(kind, 0) for kind in kinds])
    median = dict(zip(("median", "lower", "upper"), map(_finite, without.quantile()), strict=True))
    counts = {"N": len(times), "events": kinds.count(0), "died": kinds.count(2), "censored": kinds.count(1)}
    summary = pl.DataFrame({"analysis": "", **counts, **median, "reason": "not reached"})
    yield summary.with_columns(pl.col(list(median)).cast(pl.Float64)), SUMMARY

    def at(day: float) -> dict[str, float | None]:
        share, low, high = map(_finite, without.at(day))
        risen = map(_finite, having.at(day)) if 2 in kinds else (_rest(share), _rest(high), _rest(low))
        ends = ("", "_lower", "_upper")
        return {
            "time": float(day),
            "at_risk": float(sum(time >= day for time in times)),
            **{f"without{end}": value for end, value in zip(ends, (share, low, high), strict=True)},
            **{f"having{end}": value for end, value in zip(ends, risen, strict=True)},
        }

    def ended(day: float, kind: tuple[int, ...]) -> float:
        return float(sum(t == day and k in kind for t, k in zip(times, kinds, strict=True)))

    steps = [at(day) | {"events": ended(day, (0,)), "censored": ended(day, (1, 2))} for day in without.times]
    yield _points(steps, [f"/day {day:g}" for day in without.times], []), POINT
    last = max(times)
    held = [(name, day) for name, day in visits if day <= last]
    if held:
        known = {name: POINT[name] for name in POINT if name not in ("events", "censored")}
        yield (
            _points([at(day) for _, day in held], [f"/{name}" for name, _ in held], [v for v, _ in held]),
            known,
        )


def _points(rows: list[dict[str, float | None]], names: list[str], visits: list[str]) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.Float64)).with_columns(
        pl.Series("analysis", names), pl.lit("no limits at 0 and 1").alias("reason")
    )
    return table.with_columns(pl.Series("avisit", visits)) if visits else table


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _rest(share: float | None) -> float | None:
    return None if share is None else 1 - share
