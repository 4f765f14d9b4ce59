"""Infusions as they were given, and the infusion that a sample belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.frame import as_frame
from carnet.core.inputs import read_cells
from carnet.core.units import UnitError, conversion
from carnet.kinetics.durations import LONGEST
from carnet.kinetics.flags import mark
from carnet.kinetics.labels import Places

COLUMNS = (
    Item("time", "Start of the infusion", "decimal", low=-LONGEST, high=LONGEST),
    Item("amount", "Cells given", "decimal", low=0),
    Item(
        "nominal_time",
        "Planned start, where the actual one is unknown",
        "decimal",
        low=-LONGEST,
        high=LONGEST,
    ),
    Item("planned_time", "Planned start", "decimal", low=-LONGEST, high=LONGEST),
    Item("planned_amount", "Cells planned", "decimal", low=0),
    Item("unit", "Unit of the amounts", "text"),
)
"""What may be told of an infusion beside its subject; only the time is needed."""

PER = "10^9 cells"
"""What a dose-normalised parameter is given per, wherever the unit of the amounts is a number of cells."""


MICRO = 1e6
"""Times are compared in millionths of a day."""


def read_doses(doses: Any, factor: float = 1.0) -> pl.DataFrame:
    """Return one row per infusion planned or given: row, subject, time, amount, per, and the plan if told.

    Reads `subject, time, amount` and, if there, `unit, nominal_time, planned_time, planned_amount`; times
    are multiplied by `factor` to make days. Amounts in a unit of cells become 10^9 cells; others stay as
    they are, and `per` says in what.
    """
    rows = as_frame(doses)
    if lacking := [name for name in ("subject", "time") if name not in rows.columns]:
        raise InputError(
            f"The table of doses has no column {' and no column '.join(lacking)}; it takes subject, time and "
            "amount, or the columns of SDTM EX."
        )
    rows = rows.with_columns(pl.col("subject").cast(pl.String).str.strip_chars())
    if (nameless := (rows["subject"].is_null() | (rows["subject"] == "")).arg_true()).len():
        raise InputError(f"Doses, row {nameless[0] + 1}: the subject is empty; name whose infusion it is.")
    try:
        read = [read_cells(rows, item) for item in COLUMNS if item.id in rows.columns]
    except InputError as error:
        raise InputError(f"Doses, {error}") from None
    rows = rows.with_columns(read).with_columns(
        pl.lit(None, item.dtype).alias(item.id) for item in COLUMNS if item.id not in rows.columns
    )
    scale = {name: _cells(name) for name in rows["unit"].drop_nulls().unique()}
    known = {name: size for name, size in scale.items() if size is not None}
    size = pl.col("unit").replace_strict(known, default=None, return_dtype=pl.Float64)
    per = pl.when(size.is_not_null()).then(pl.lit(PER)).otherwise(pl.col("unit").fill_null("amount"))
    times = [pl.col(name) * factor for name in ("time", "nominal_time", "planned_time")]
    amounts = [pl.col(name) * size.fill_null(1.0) for name in ("amount", "planned_amount")]
    if "row" not in rows.columns:
        rows = rows.with_row_index("row", offset=1)
    return rows.select("row", "subject", *times, *amounts, per.alias("per"))


def _cells(unit: str) -> float | None:
    """Return what turns an amount in this unit into 10^9 cells; None for a unit that counts no cells."""
    try:
        return conversion(unit, PER)[0]
    except UnitError:
        return None


def given(doses: pl.DataFrame, delay: float = 1.0) -> pl.DataFrame:
    """Return the infusions that were given, numbered in time, from the rows of `read_doses`.

    A row with amount 0, or with neither time nor amount, was withheld. Columns: subject, infusion, origin
    (the first start, on the clock of the table), start and end (of the interval, in days from the first
    start; the last end is null), amount, cells (given up to and with this infusion), per, marks (flags). An
    infusion that starts more than `delay` days after its planned time is delayed.

    >>> plan = pl.DataFrame({"subject": ["01"] * 3, "time": [0.0, 3.0, 6.0], "amount": [1.0, 0.0, 1.0]})
    >>> given(read_doses(plan)).select("infusion", "start", "end", "cells").rows()
    [(1, 0.0, 6.0, 1.0), (2, 6.0, None, 2.0)]
    """
    rows = doses.with_columns(pl.coalesce("time", "nominal_time").alias("at"))
    rows = rows.filter(~withheld(), pl.col("at").is_not_null()).sort("subject", "at").with_row_index("place")
    start = (pl.col("at") - pl.col("origin")).round(10)
    late = (start - pl.col("planned_time")).round(6) > delay
    one_unit = pl.col("per").n_unique().over("subject") == 1 if rows["per"].n_unique() > 1 else pl.lit(True)
    place = pl.col("place").cast(pl.Int64)
    rows = rows.with_columns(
        pl.col("at").first().over("subject").alias("origin"),
        (place - place.first().over("subject") + 1).alias("infusion"),
        pl.when(one_unit).then("amount").alias("amount"),
    )
    rows = rows.with_columns(
        start.alias("start"),
        _summed(rows["amount"], rows["infusion"]).alias("cells"),
        mark(
            INFUSION_TIME_NOMINAL=pl.col("time").is_null(),
            INFUSION_PARTIAL=(pl.col("amount") - pl.col("planned_amount")).round(6) < 0,
            INFUSION_DELAYED=late,
        ).alias("marks"),
    )
    next_one = pl.col("infusion").shift(-1) == pl.col("infusion") + 1
    rows = rows.with_columns(pl.when(next_one).then(pl.col("start").shift(-1)).alias("end"))
    return rows.select("subject", "infusion", "origin", "start", "end", "amount", "cells", "per", "marks")


def _summed(amount: pl.Series, infusion: pl.Series) -> pl.Series:
    """Return the amounts given up to and with each infusion of a subject.

    A sum over an unknown amount is unknown, and so is every later one.
    """
    cells, number = amount.to_numpy(writable=True), infusion.to_numpy()
    for later in range(2, number.max(initial=1) + 1):
        places = np.flatnonzero(number == later)
        cells[places] += cells[places - 1]
    return pl.Series(cells, nan_to_null=True)


def withheld() -> pl.Expr:
    """Return which rows of doses were no infusion: nothing given, or neither a time nor an amount."""
    nothing = pl.col("amount") == 0
    return nothing.fill_null(pl.coalesce("time", "nominal_time").is_null())


def place(samples: pl.DataFrame, keys: pl.DataFrame, infusions: pl.DataFrame) -> tuple[pl.DataFrame, Places]:
    """Return the samples, in their order, with days `elapsed`, the `infusion` each follows, days `since` it.

    Beside them the order in which they stand profile by profile and in time. A sample at t belongs to
    infusion i when start(i) < t <= start(i + 1): a draw at the very start of an infusion still belongs to the
    one before. One at or before the first start has no infusion. Times are compared to six decimals of a day.
    """
    profile = samples["profile"].to_numpy()
    origin, many, first = (keys[name].to_numpy() for name in ("origin", "given", "first"))
    elapsed = np.round(samples["time"].to_numpy() - origin[profile], 10)
    marks = np.round(elapsed * MICRO)
    low, high = (np.nanmin(marks), np.nanmax(marks)) if np.isfinite(marks).any() else (0.0, 0.0)
    span = int(high - low) + 3
    if span * (len(keys) + 1) >= 2**63:
        raise InputError("Too many profiles over too long a time for one table; split it by subject.")
    place_of = np.where(np.isnan(marks), high + 1, marks) - low + 1  # 0 is left for starts before any sample
    at = profile.astype(np.int64) * span + place_of.astype(np.int64)
    order = _in_order(at)
    each = np.repeat(np.arange(len(keys)), many)
    before = np.cumsum(many) - many
    which = np.arange(len(each)) - before[each] + first[each]
    start = infusions["start"].to_numpy()
    began = np.clip(np.round(start[which] * MICRO) - low + 1, 0, high - low + 2)
    count = np.empty(len(at), np.int64)
    starts = each * np.int64(span) + began.astype(np.int64)
    begun = np.searchsorted(at[order], starts, side="right")  # the first sample after each start
    count[order] = np.cumsum(np.bincount(begun, minlength=len(at) + 1))[:-1]
    count -= before[profile]
    count[np.isnan(elapsed)] = 0
    since = np.full(len(at), np.nan)
    after = count > 0
    since[after] = np.round(elapsed[after] - start[(first[profile] + count - 1)[after]], 10)
    placed = samples.with_columns(
        pl.Series("elapsed", elapsed, nan_to_null=True),
        pl.Series("infusion", count),
        pl.Series("since", since, nan_to_null=True),
    )
    number = pl.col("infusion")
    return placed.with_columns(pl.when(number > 0).then(number).alias("infusion")), order


def _in_order(at: Places) -> Places:
    """Return the places in rising order, those of equal ones in the order in which they stand.

    As a stable sort, which takes three times as long where next to nothing is equal.
    """
    order = np.argsort(at)
    sorted_at = at[order]
    same = sorted_at[1:] == sorted_at[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    order[tied] = order[tied][np.lexsort((order[tied], sorted_at[tied]))]
    return order
