"""An entry: one value entered once; a correction is another entry, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

import polars as pl

from carnet.core.errors import InputError

STATUSES = ("answered", "not done", "unknown", "not applicable")
"""How a question can stand: answered, or one of the three ways of having no answer."""

CELL = ("subject", "visit", "form", "repeat", "item")
"""What an entry is a value of: entries of one cell follow one another."""

LOG = "LOG"
"""The visit code of forms that run through the whole trial (adverse events, medication)."""


@dataclass(frozen=True)
class Entry:
    """One value of one cell, as it was typed and as it was read, with who, when and why."""

    subject: str
    visit: str
    form: str
    repeat: int
    item: str
    value: str | None
    typed: str
    unit: str
    status: str
    by: str
    role: str
    at: datetime
    language: str
    form_version: str
    protocol_version: str
    reason: str = ""


SCHEMA: dict[str, pl.DataType] = {
    "subject": pl.String(),
    "visit": pl.String(),
    "form": pl.String(),
    "repeat": pl.Int64(),
    "item": pl.String(),
    "value": pl.String(),
    "typed": pl.String(),
    "unit": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "by": pl.String(),
    "role": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "language": pl.String(),
    "form_version": pl.String(),
    "protocol_version": pl.String(),
}
"""The columns of a frame of entries, in the order of a file of entries."""


def current(entries: pl.DataFrame, cut: datetime | None = None) -> pl.DataFrame:
    """Return the entry in force for each cell: the last one entered, at or before the data cut.

    Entries stand in the order of entering; the frame keeps its columns and the order of first entry.

    >>> three = pl.DataFrame({"item": ["pga", "pga_date", "pga"], "value": ["2.3", "2025-03-01", "2.5"]})
    >>> three = three.with_columns(subject=pl.lit("01"), visit=pl.lit("BL"), form=pl.lit("pga"), repeat=1)
    >>> current(three)["value"].to_list()
    ['2.5', '2025-03-01']
    """
    if cut is not None:
        entries = entries.filter(pl.col("at") <= cut)
    first = pl.col("_first").min().over(CELL)  # `unique` alone would move a corrected cell to the end
    kept = entries.with_row_index("_first").with_columns(first).unique(CELL, keep="last", maintain_order=True)
    return kept.sort("_first").drop("_first")


def wanted(dtype: pl.DataType) -> str:
    """Return in words what a column of entries takes.

    >>> wanted(SCHEMA["repeat"])
    'a whole number'
    """
    if dtype.is_integer():
        return "a whole number"
    return "a date and time such as 2025-03-01T08:30:00Z" if dtype.is_temporal() else "text"


def until(entries: pl.DataFrame, cut: str, zone: tzinfo) -> pl.DataFrame:
    """Return what had been entered by the end of a day of the site; a day that is still to come is refused."""
    try:
        day = datetime.fromisoformat(cut).date()
    except ValueError:
        raise InputError(f"--cut {cut!r} is no date; write it as 2026-03-31.") from None
    last = entries["at"].max()
    known = last.astimezone(zone).date() if isinstance(last, datetime) else day
    if day > max(known, datetime.now(zone).date()):
        raise InputError(f"--cut {cut} is still to come; the last entry is of {known}.")
    end = datetime.combine(day, time.max, zone)
    kept = entries.filter(pl.col("at") <= end.astimezone(UTC))
    if kept.is_empty():
        raise InputError(f"Nothing had been entered by {cut}; the first entry is later.")
    return kept
