"""Haematotoxicity after immune effector cells (ICAHT): how deep and how long counts are low, early and late.

Neutrophils by the consensus of 2023, platelets by its counterpart (T-ICAHT). A row goes in per count, a row comes out
per subject: with kinetics this is one of the two sciences whose row is a course in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.frame import as_frame
from carnet.core.parameter import Parameters, read_parameters
from carnet.core.table import read_rows

PARAMETERS = read_parameters("carnet.safety", "parameters.csv", "icaht")

STEPS = read_rows("carnet.safety", "icaht.csv")

LABELS = {"icaht": "Neutropenia (ICAHT)", "ticaht": "Thrombocytopenia (T-ICAHT)"}
"""The scales: neutrophils and platelets, both in 10^9/L."""

READINGS = ("min", "max", "published")
"""What a day without a count is taken for: not low, low, or on a straight line over a short gap."""

TOP = 4


def icaht(
    counts: Any, scale: str = "icaht", until: Mapping[str, int] | None = None, **settings: Any
) -> pl.DataFrame:
    """Return the grades of each subject, early (day 0 to 30) and late (31 to 100), from counts (rejeski2023).

    `counts` has `subject`, `day` (0 is the first infusion) and `value` in 10^9/L; the lowest of a day counts. `until`
    tells the last day of a subject who died: later days do not exist. A grade is empty where days without a count
    leave it between `_min` and `_max`; `_published` is the grade with gaps of up to 7 days filled by a straight line
    (liang2023).

    >>> daily = {"subject": ["1"] * 31, "day": range(31), "value": [2.0] * 5 + [0.4] * 8 + [2.0] * 18}
    >>> icaht(daily).select("icaht_early", "icaht_early_min", "icaht_early_max").row(0)
    (2, 2, 2)
    """
    if scale not in LABELS:
        raise InputError(f"There is no scale {scale!r}; there are {', '.join(LABELS)}.")
    chosen = PARAMETERS.set(**settings)
    rows = _daily(counts)
    people = rows.select("subject").unique(maintain_order=True)
    for period in ("early", "late"):
        steps = [row for row in STEPS if row["scale"] == scale and row["period"] == period]
        own = (
            _lowest(rows, steps)
            if steps[0]["measure"] == "lowest"
            else _days(rows, steps, until or {}, chosen)
        )
        names = {name: f"{scale}_{period}{name}" for name in own.columns if name != "subject"}
        people = people.join(own.rename(names), on="subject", how="left", maintain_order="left")
    return people


def _daily(counts: Any) -> pl.DataFrame:
    """Return the lowest count of each subject and day."""
    frame = as_frame(counts)
    if lacking := [name for name in ("subject", "day", "value") if name not in frame.columns]:
        raise InputError(f"The counts lack the columns {', '.join(lacking)}.")
    count = pl.col("value").cast(pl.Float64)  # below 0 it is none
    frame = frame.select(
        pl.col("subject").cast(pl.String),
        pl.col("day").cast(pl.Int64),
        pl.when(count.is_finite() & (count >= 0)).then(count).round(6).alias("value"),
    )
    return (
        frame.group_by("subject", "day", maintain_order=True)
        .agg(pl.col("value").min())
        .sort("subject", "day")
    )


def _below(value: pl.Expr, step: Mapping[str, str]) -> pl.Expr:
    limit = float(step["limit"])
    return value <= limit if step["limit_included"] == "Y" else value < limit


def _bounded(grades: Mapping[str, pl.Expr]) -> list[pl.Expr]:
    """Return the grade where it is certain, its bounds, and the published reading."""
    certain = pl.when(grades["min"] == grades["max"]).then(grades["min"])
    return [certain.alias(""), *(grade.alias(f"_{reading}") for reading, grade in grades.items())]


def _lowest(rows: pl.DataFrame, steps: list[dict[str, str]]) -> pl.DataFrame:
    """Return the grade by the lowest count, where a second count is low as well or there is no second.

    With one count alone the fall may be transient: the grade may be 0. Without any it may be anything.
    """
    first, last = int(steps[0]["from_day"]), int(steps[0]["to_day"])
    inside = pl.col("day").is_between(first, last) & pl.col("value").is_not_null()
    low = pl.col("value").filter(inside).sort()
    found = rows.group_by("subject", maintain_order=True).agg(
        n=inside.sum(), first=low.get(0, null_on_oob=True), second=low.get(1, null_on_oob=True)
    )
    by_nadir = pl.max_horizontal(
        pl.when(_below(pl.col("first"), step)).then(int(step["grade"])).otherwise(0) for step in steps
    )
    mildest = min(steps, key=lambda step: int(step["grade"]))
    again = _below(pl.col("second"), mildest)
    grade = pl.when(pl.col("n") > 0).then(pl.when(again.fill_null(True)).then(by_nadir).otherwise(0))
    grades = {
        "min": pl.when(pl.col("n") > 1).then(grade).otherwise(0),
        "max": grade.fill_null(TOP),
        "published": grade,
    }
    return found.select("subject", *_bounded(grades))


def _days(
    rows: pl.DataFrame, steps: list[dict[str, str]], until: Mapping[str, int], chosen: Parameters
) -> pl.DataFrame:
    """Return the grade by how many days counts are low: in one run, together, or without end."""
    first, last = int(steps[0]["from_day"]), int(steps[0]["to_day"])
    people = rows.select("subject").unique(maintain_order=True)
    end = (
        pl.col("subject")
        .replace_strict(dict(until), default=last, return_dtype=pl.Int64)
        .clip(upper_bound=last)
    )
    grid = people.with_columns(end=end).join(pl.DataFrame({"day": range(first, last + 1)}), how="cross")
    grid = grid.filter(pl.col("day") <= pl.col("end"))
    grid = grid.join(rows, on=["subject", "day"], how="left", maintain_order="left")
    grid = grid.with_columns(line=_line(chosen["gap_days"])).with_columns(
        tested=pl.col("day").filter(pl.col("line").is_not_null()).max().over("subject")
    )
    values = {"min": pl.col("value"), "max": pl.col("value"), "published": pl.col("line")}
    table = people
    for reading in READINGS:
        met = [
            _meets(grid, values[reading], reading, step, chosen).rename({"met": f"{reading}_{number}"})
            for number, step in enumerate(steps)
        ]
        for one in met:
            table = table.join(one, on="subject", how="left", maintain_order="left")
    known = grid.group_by("subject").agg(known=pl.col("value").is_not_null().any())
    table = table.join(known, on="subject", how="left", maintain_order="left")
    grades = {
        reading: pl.max_horizontal(
            pl.when(pl.col(f"{reading}_{number}")).then(int(step["grade"])).otherwise(0)
            for number, step in enumerate(steps)
        )
        for reading in READINGS
    }
    grades["published"] = pl.when(pl.col("known")).then(grades["published"])
    return table.select("subject", *_bounded(grades))


def _line(longest: int) -> pl.Expr:
    """Return the counts with gaps of so many days or fewer filled: by a straight line, at an end by the nearest."""
    value = pl.col("value")
    gap = value.is_null().rle_id().over("subject")
    short = pl.len().over("subject", gap) <= longest
    drawn = value.interpolate().over("subject")
    drawn = pl.coalesce(drawn, value.forward_fill().over("subject"), value.backward_fill().over("subject"))
    return pl.coalesce(value, pl.when(short).then(drawn.round(2)))


def _meets(
    grid: pl.DataFrame, value: pl.Expr, reading: str, step: Mapping[str, str], chosen: Parameters
) -> pl.DataFrame:
    """Return per subject whether a step is met when days without a count are read in one way."""
    table = grid.with_columns(low=_below(value, step).fill_null(reading == "max"))
    if step["measure"] == "sum":
        days = table.group_by("subject").agg(met=pl.col("low").sum() >= int(step["least_days"]))
        return days.select("subject", "met")
    table = _bridged(table, chosen["recovery_days"])
    runs = table.filter("low").group_by("subject", "run").agg(
        days=pl.len(), first=pl.col("day").min(), last=pl.col("day").max(),
        end=pl.col("tested" if reading == "published" else "end").first(),
    )  # fmt: skip
    if step["measure"] == "run":
        runs = runs.with_columns(met=pl.col("days") >= int(step["least_days"]))
    else:
        runs = runs.with_columns(
            met=(pl.col("first") <= chosen["onset_day"]) & (pl.col("last") >= pl.col("end"))
        )
    return runs.group_by("subject").agg(pl.col("met").any())


def _bridged(table: pl.DataFrame, recovery: int) -> pl.DataFrame:
    """Return the days with recoveries shorter than so many days made part of the run that they interrupt."""
    stretch = pl.col("low").rle_id().over("subject")
    table = table.with_columns(_stretch=stretch)
    length = pl.len().over("subject", "_stretch")
    inner = (pl.col("_stretch") > 0) & (pl.col("_stretch") < pl.col("_stretch").max().over("subject"))
    table = table.with_columns(low=pl.col("low") | (inner & (length < recovery)))
    return table.with_columns(run=pl.col("low").rle_id().over("subject")).drop("_stretch")
