"""Partial dates: what an incomplete ISO 8601 text still says, as the moments it may mean."""

from __future__ import annotations

import polars as pl

PARTS = (
    ("year", r"^(\d{4})(?:$|-)"),
    ("month", r"^\d{4}-(\d{2})(?:$|-)"),
    ("day", r"^\d{4}-(?:\d{2}|-)-(\d{2})(?:$|T)"),
    ("hour", r"^\d{4}-\d{2}-\d{2}T(\d{2})(?:$|:|Z|[+-])"),
    ("minute", r"^\d{4}-\d{2}-\d{2}T\d{2}:(\d{2})(?:$|:|Z|[+-])"),
    ("second", r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:(\d{2})"),
)
"""How each part stands in the text; a part left out by hyphens (2025---15: some 15th of 2025) is unknown."""


def date_range(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the earliest and the latest moment that an ISO 8601 text, complete or not, may mean.

    Both are null where the text is empty, has no year or names a day that does not exist. Times are local to
    the site: a zone is left out of account.

    >>> frame = pl.DataFrame({"AESTDTC": ["2025-03-01T08:30", "2025-02", "2025", None]})
    >>> frame.select(*(e.dt.to_string("%Y-%m-%d %H:%M").alias(n) for n, e in
    ...              zip(["earliest", "latest"], date_range(pl.col("AESTDTC"))))).rows()
    [('2025-03-01 08:30', '2025-03-01 08:30'), ('2025-02-01 00:00', '2025-02-28 23:59'), \
('2025-01-01 00:00', '2025-12-31 23:59'), (None, None)]
    """
    text = text.cast(pl.String).str.strip_chars()
    part = {name: text.str.extract(pattern).cast(pl.Int32) for name, pattern in PARTS}

    def moment(month: int, day: pl.Expr, hour: int, minute: int, second: int) -> pl.Expr:
        """Return the moment with what is unknown filled in, null where the calendar has no such day."""
        filled = [
            part["year"].cast(pl.String).str.zfill(4),
            part["month"].fill_null(month).cast(pl.String).str.zfill(2),
            day.cast(pl.String).str.zfill(2),
            part["hour"].fill_null(hour).cast(pl.String).str.zfill(2),
            part["minute"].fill_null(minute).cast(pl.String).str.zfill(2),
            part["second"].fill_null(second).cast(pl.String).str.zfill(2),
        ]
        return pl.concat_str(filled, separator=" ").str.to_datetime(
            "%Y %m %d %H %M %S", time_unit="us", strict=False
        )

    earliest = moment(1, part["day"].fill_null(1), 0, 0, 0)
    month_end = moment(12, pl.lit(1), 0, 0, 0).dt.month_end().dt.day()
    latest = moment(12, part["day"].fill_null(month_end), 23, 59, 59)
    return earliest, pl.when(earliest.is_not_null()).then(latest + pl.duration(microseconds=999_999))
