"""Periods: the stretches of the trial by which events and values are counted."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import protocol_day
from carnet.core.table import read_rows

PERIODS = [
    (int(row["number"]), row["phase"], int(row["last_day"]) if row["last_day"] else None)
    for row in read_rows("carnet.adam", "periods.csv")
]
"""Number, name and last protocol day of each period; the first ends with the first study treatment."""


def with_phase(rows: pl.DataFrame, date: str = "ADT") -> pl.DataFrame:
    """Return the rows with the period that holds their date: APHASE and its number APHASEN.

    Reads TRTSDT and RFSTDT. A subject who was never treated is in the first period throughout.
    """
    known = pl.col(date).is_not_null()
    before = (pl.col(date) < pl.col("TRTSDT")) | pl.col("TRTSDT").is_null()
    number = pl.when(~known).then(None).when(before).then(PERIODS[0][0])
    for order, _, last_day in PERIODS[1:]:
        number = number.when(pl.lit(True) if last_day is None else protocol_day(date) <= last_day).then(order)
    names = {order: phase for order, phase, _ in PERIODS}
    return rows.with_columns(APHASEN=number.cast(pl.Int64)).with_columns(
        APHASE=pl.col("APHASEN").replace_strict(names, default=None, return_dtype=pl.String)
    )


def with_phase_dates(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the subjects with the name, first and last day of each period: APHASE1, PH1SDT, PH1EDT and so on.

    Reads TRTSDT, RFSTDT and SAFEDT. The first period begins with treatment, the last ends with the safety period; a
    period that a subject did not reach has no dates.
    """
    first = pl.col("TRTSDT")
    made = []
    for order, phase, last_day in PERIODS[1:]:
        planned = pl.col("SAFEDT") if last_day is None else pl.col("RFSTDT").dt.offset_by(f"{last_day}d")
        end = pl.min_horizontal(planned, "SAFEDT")
        reached = (first <= end) & pl.col("TRTSDT").is_not_null()
        made += [
            pl.lit(phase).alias(f"APHASE{order}"),
            pl.when(reached).then(first).alias(f"PH{order}SDT"),
            pl.when(reached).then(end).alias(f"PH{order}EDT"),
        ]
        first = pl.max_horizontal("TRTSDT", planned.dt.offset_by("1d"))
    return rows.with_columns(made)
