"""Days and windows: protocol day and study day, the window of a visit, the analysis visit of a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import polars as pl

from carnet.core.errors import DefinitionError, InputError
from carnet.study.protocol import AnalysisWindow, Visit


def protocol_day(date: pl.Expr, day_0: pl.Expr) -> pl.Expr:
    """Return the days from the date of day 0, the first infusion: ... -1, 0, 1 ..."""
    return (date - day_0).dt.total_days()


def study_day(date: pl.Expr, day_0: pl.Expr) -> pl.Expr:
    """Return the SDTM study day: day 0 is day 1, the day before it is day -1; there is no zero.

    >>> from datetime import date
    >>> days = pl.DataFrame({"date": [date(2025, 3, 2), date(2025, 3, 3), date(2025, 3, 4)]})
    >>> days.select(study_day(pl.col("date"), pl.lit(date(2025, 3, 3)))).to_series().to_list()
    [-1, 1, 2]
    """
    return to_study_day(protocol_day(date, day_0))


def to_study_day(day: pl.Expr) -> pl.Expr:
    """Return the SDTM study day of a protocol day.

    >>> pl.select(to_study_day(pl.Series([-5, 0, 28]).implode().explode())).to_series().to_list()
    [-5, 1, 29]
    """
    return day + (day >= 0).cast(pl.Int64)


def to_protocol_day(day: pl.Expr) -> pl.Expr:
    """Return the protocol day of an SDTM study day; study day 0 does not exist and is null.

    >>> pl.select(to_protocol_day(pl.Series([-5, 0, 1, 29]).implode().explode())).to_series().to_list()
    [-5, None, 0, 28]
    """
    return pl.when(day != 0).then(day - (day > 0).cast(pl.Int64))


def out_of_window(visit: pl.Expr, day: pl.Expr, visits: Iterable[Visit]) -> pl.Expr:
    """Return by how many days a visit was outside its window: negative is early, positive late, 0 inside.

    A visit without a window (early termination, unscheduled), or without a day, is null.
    """
    planned = [v for v in visits if v.low is not None and v.high is not None]
    low = visit.replace_strict({v.code: v.low for v in planned}, default=None, return_dtype=pl.Int64)
    high = visit.replace_strict({v.code: v.high for v in planned}, default=None, return_dtype=pl.Int64)
    return (
        pl.when(day < low)
        .then(day - low)
        .when(day > high)
        .then(day - high)
        .when(day.is_between(low, high))
        .then(0)
    )


def overlapping(windows: Iterable[AnalysisWindow]) -> list[tuple[str, str]]:
    """Return the pairs of neighbouring analysis windows that share a day."""
    ordered = sorted(_dated(windows), key=lambda window: (window.low, window.high))
    return [(a.avisit, b.avisit) for a, b in pairwise(ordered) if (a.high or 0) >= (b.low or 0)]


def gaps(windows: Iterable[AnalysisWindow]) -> list[tuple[str, str]]:
    """Return the pairs of neighbouring analysis windows with days between them that belong to neither."""
    ordered = sorted(_dated(windows), key=lambda window: (window.low, window.high))
    return [(a.avisit, b.avisit) for a, b in pairwise(ordered) if (a.high or 0) + 1 < (b.low or 0)]


def _dated(windows: Iterable[AnalysisWindow]) -> list[AnalysisWindow]:
    """Return the windows that are made of days; the baseline is chosen, not dated."""
    return [w for w in windows if w.low is not None and w.high is not None]


def avisit(
    rows: pl.DataFrame, day: str, windows: Sequence[AnalysisWindow], baseline: str | None = None
) -> pl.DataFrame:
    """Return the rows with AVISIT, AVISITN, AWTARGET, AWTDIFF, AWLO, AWHI and AWU, null outside every window.

    `day` is the column of the protocol day; AWTARGET, AWLO and AWHI are protocol days as well, AWTDIFF is the
    distance from the target. Rows that the Boolean column `baseline` marks are the window without a last
    day. Windows that share a day are refused.
    """
    if shared := overlapping(windows):
        first, second = shared[0]
        raise DefinitionError(f"The analysis windows {first} and {second} share a day; change windows.csv.")
    inside = [(pl.col(day).is_between(w.low, w.high), w) for w in _dated(windows)]
    if baseline is not None:
        at = [w for w in windows if w.high is None]
        inside = [(pl.col(baseline).fill_null(False), w) for w in at] + inside
    here = [found for found, _ in inside]

    def pick(values: Sequence[object], dtype: pl.DataType) -> pl.Expr:
        chosen = [
            pl.when(found).then(pl.lit(value, dtype)) for found, value in zip(here, values, strict=True)
        ]
        return pl.coalesce(chosen) if chosen else pl.lit(None, dtype)

    text, number = pl.String(), pl.Int64()
    placed = rows.with_columns(
        AVISIT=pick([w.avisit for _, w in inside], text),
        AVISITN=pick([w.avisitn for _, w in inside], number),
        AWTARGET=pick([w.target for _, w in inside], number),
        AWLO=pick([w.low for _, w in inside], number),
        AWHI=pick([w.high for _, w in inside], number),
    )
    placed = placed.with_columns(AWTDIFF=(pl.col(day) - pl.col("AWTARGET")).abs())
    units = pl.when(pl.col("AVISIT").is_not_null()).then(pl.lit("DAYS"))
    added = ["AVISIT", "AVISITN", "AWTARGET", "AWTDIFF", "AWLO", "AWHI", "AWU"]
    return placed.with_columns(AWU=units).select(*rows.columns, *added)


def select_records(
    rows: pl.DataFrame,
    keys: Sequence[str],
    *,
    day: str = "ADY",
    time: str | None = None,
    scheduled: str | None = None,
    complete: str | None = None,
    value: str | None = None,
    flag: str = "ANL01FL",
) -> pl.DataFrame:
    """Return the rows with `flag` Y on the one record of each window that is analysed, in the rows' order.

    Within `keys` (subject, parameter) and AVISITN the order of choice is: a complete composite (Boolean
    column `complete`) before an incomplete one; scheduled before unscheduled; nearest to the target; the
    later day; the later `time`; the later row. A row outside every window, or with a null `value`, is never
    chosen. At a window without a target (baseline) the later day is the nearer.
    """
    lacking = [
        n
        for n in (*keys, "AVISITN", "AWTDIFF", day, time, scheduled, complete, value)
        if n and n not in rows.columns
    ]
    if lacking:
        raise InputError(
            f"The table has no column {', '.join(lacking)}; windows.avisit makes AVISITN and AWTDIFF."
        )
    yes = [pl.col(name).fill_null(False).cast(pl.Int64) for name in (complete, scheduled) if name]
    order = [
        *yes,
        -pl.col("AWTDIFF").fill_null(0),
        pl.col(day),
        *([pl.col(time)] if time else []),
        pl.col("_row"),
    ]
    usable = pl.col("AVISITN").is_not_null()
    if value:
        usable &= pl.col(value).is_not_null()
    numbered = rows.with_row_index("_row")
    best = (
        numbered.filter(usable)
        .sort([e.alias(f"_{i}") for i, e in enumerate(order)], descending=True, nulls_last=True)
        .unique([*keys, "AVISITN"], keep="first", maintain_order=True)
    )
    chosen = pl.col("_row").is_in(best["_row"].implode())
    return numbered.with_columns(pl.when(chosen).then(pl.lit("Y")).alias(flag)).drop("_row")
