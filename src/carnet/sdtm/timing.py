"""When something was: study days without a day 0, epochs, and order of dates that may be partial."""

from __future__ import annotations

import polars as pl

from carnet.study.windows import to_study_day

DAY = 10
"""Characters of a full ISO 8601 date; a shorter one is partial, a longer one tells the time of day."""


def date(text: pl.Expr) -> pl.Expr:
    """Return the dates of ISO 8601 texts; a partial one has none."""
    return text.str.slice(0, DAY).str.to_date("%Y-%m-%d", strict=False)


def full_date(text: pl.Expr) -> pl.Expr:
    """Return the date of an ISO 8601 text as text, without its time of day; a partial one has none."""
    day = text.str.slice(0, DAY)
    return pl.when(day.str.len_chars() == DAY).then(day)


def study_day(text: pl.Expr, reference: pl.Expr) -> pl.Expr:
    """Return the study day: 1 on the day of the reference, -1 on the day before (SDTMIG; there is no day 0).

    >>> days = pl.DataFrame({"on": ["2025-02-28", "2025-03-01T08:30", "2025-03"]})
    >>> days.select(study_day(pl.col("on"), pl.lit("2025-03-01")))["on"].to_list()
    [-1, 1, None]
    """
    return to_study_day((date(text) - date(reference)).dt.total_days())


def certainly_before(text: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Return whether a moment is before another whatever their unknown parts: compared as far as both tell.

    >>> when = pl.DataFrame({"on": ["2025-02", "2025-03-01", "2025-03-01T07:00"]})
    >>> when.select(certainly_before(pl.col("on"), pl.lit("2025-03-01T09:00")))["on"].to_list()
    [True, False, True]
    """
    length = pl.min_horizontal(text.str.len_chars(), other.str.len_chars())
    return text.str.slice(0, length) < other.str.slice(0, length)


def bounds(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and the last day that a partial date can be; a full one is both, with its time.

    >>> first, last = bounds(pl.col("on"))
    >>> pl.DataFrame({"on": ["2024-02", "2024"]}).select(first.alias("first"), last.alias("last")).rows()
    [('2024-02-01', '2024-02-29'), ('2024-01-01', '2024-12-31')]
    """
    length = text.str.len_chars()
    month = (text + "-01").str.to_date("%Y-%m-%d", strict=False)
    first = pl.when(length == 4).then(text + "-01-01").when(length == 7).then(text + "-01").otherwise(text)
    last = (
        pl.when(length == 4).then(text + "-12-31")
        .when(length == 7).then(month.dt.month_end().dt.to_string("%Y-%m-%d"))
        .otherwise(text)
    )  # fmt: skip
    return first, last


def epoch(text: pl.Expr, starts: dict[str, pl.Expr]) -> pl.Expr:
    """Return the epoch of a date: the last one that had begun. Null before the first, and where uncertain.

    `starts` has the start of each epoch in their order. A date without a time of day belongs to the epoch
    that begins on it; a partial date has an epoch when its first and its last day have the same.
    """

    def at(moment: pl.Expr) -> pl.Expr:
        found = pl.lit(None, pl.String)
        for name, start in starts.items():
            found = pl.when(~certainly_before(moment, start)).then(pl.lit(name)).otherwise(found)
        return found

    first, last = bounds(text)
    return pl.when(at(first) == at(last)).then(at(first))
