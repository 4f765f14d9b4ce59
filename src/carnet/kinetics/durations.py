"""Durations as CDISC writes them (ISO 8601), in days and back."""

from __future__ import annotations

import polars as pl

from carnet.core.errors import InputError

NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
PATTERN = rf"^(-)?P(?:{NUMBER}W)?(?:{NUMBER}D)?(?:T(?:{NUMBER}H)?(?:{NUMBER}M)?(?:{NUMBER}S)?)?$"
DAYS = {2: 7.0, 3: 1.0, 4: 1 / 24, 5: 1 / 1440, 6: 1 / 86400}
"""How many days the unit of each group of the pattern holds; months and years hold no fixed number."""


LONGEST = 4_000_000.0
"""Days further from zero than any two dates of the calendar: no time; it is refused with its row."""


def days(text: pl.Expr) -> pl.Expr:
    """Return durations in days; what is no duration of weeks, days, hours, minutes and seconds is null.

    >>> [pl.select(days(pl.lit(d))).item() for d in ("P2DT12H", "-PT6H", "P1M")]
    [2.5, -0.25, None]
    """
    text = text.str.strip_chars().str.to_uppercase()
    parts = [text.str.extract(PATTERN, group).cast(pl.Float64) * size for group, size in DAYS.items()]
    said = pl.any_horizontal(part.is_not_null() for part in parts)
    sign = pl.when(text.str.extract(PATTERN, 1).is_null()).then(1.0).otherwise(-1.0)
    return pl.when(said).then(pl.sum_horizontal(parts) * sign)


def text(days: pl.Expr) -> pl.Expr:
    """Return durations of 0 or more days as text, to the second.

    >>> [pl.select(text(pl.lit(d))).item() for d in (0.0, 28.0, 3.0625)]
    ['P0D', 'P28D', 'P3DT1H30M']
    """
    seconds = (days * 86400).round().cast(pl.Int64)
    clock = [
        pl.when(part > 0).then(pl.format("{}" + letter, part)).otherwise(pl.lit(""))
        for part, letter in ((seconds % 86400 // 3600, "H"), (seconds % 3600 // 60, "M"), (seconds % 60, "S"))
    ]
    hours = pl.concat_str(clock)
    return pl.format("P{}D", seconds // 86400) + pl.when(hours != "").then("T" + hours).otherwise(pl.lit(""))


def window(written: str) -> tuple[float, float]:
    """Return the start and end, in days, of a window written as two durations.

    >>> window("P0D/P28D")
    (0.0, 28.0)
    """
    ends = written.split("/")
    read = [pl.select(days(pl.lit(end))).item() for end in ends]
    if len(read) != 2 or None in read or not 0 <= read[0] < read[1]:
        raise InputError(
            f"The window {written!r} cannot be read; write two durations from the first infusion, the "
            "earlier first, in weeks, days or hours: P0D/P28D."
        )
    return read[0], read[1]
