"""Dates of the analysis: what the text of a --DTC variable says, as days and moments."""

from __future__ import annotations

import polars as pl


def day(dtc: str) -> pl.Expr:
    """Return the date that a --DTC variable tells; null where it is not complete.

    >>> pl.DataFrame({"AESTDTC": ["2025-03-01T08:30", "2025-03"]}).select(day("AESTDTC")).to_series().to_list()
    [datetime.date(2025, 3, 1), None]
    """
    return pl.col(dtc).cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def moment(dtc: str) -> pl.Expr:
    """Return the moment that a --DTC variable tells, to the minute; null where it has no time of day.

    >>> pl.DataFrame({"LBDTC": ["2025-03-01T08:30:20", "2025-03-01"]}).select(moment("LBDTC")).to_series().to_list()
    [datetime.datetime(2025, 3, 1, 8, 30), None]
    """
    return (
        pl.col(dtc).cast(pl.String).str.slice(0, 16)
        .str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us", strict=False)
    )  # fmt: skip


def protocol_day(date: str, reference: str = "RFSTDT") -> pl.Expr:
    """Return the days from the reference date: day 0 is the reference itself."""
    return (pl.col(date) - pl.col(reference)).dt.total_days()


def study_day(date: str, reference: str = "RFSTDT") -> pl.Expr:
    """Return the day of study as CDISC counts: 1 is the reference date, -1 the day before it, and no day is 0."""
    days = protocol_day(date, reference)
    return pl.when(days >= 0).then(days + 1).otherwise(days)
