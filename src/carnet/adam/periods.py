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
