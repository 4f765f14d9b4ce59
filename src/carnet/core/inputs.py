"""The columns that a definition reads: their types, and what stands in for one that a table lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.frame import as_frame

NARROW = 150
"""A whole number within plus or minus this is held in two bytes: products of two and sums of many still fit."""

TRUE = ("1", "y", "yes", "true", "present")
FALSE = ("0", "n", "no", "false", "absent")
NOT_DONE = "nd"


def place(rows: pl.DataFrame, bad: pl.Series) -> str:
    """Name the first row where `bad` is true: its number, and its id column if there is one."""
    index = bad.arg_true()[0]
    names = [f"{name} {rows[name][index]}" for name in IDS if name in rows.columns]
    return f"row {index + 1}" + (f" ({', '.join(names)})" if names else "")


IDS = ("USUBJID", "SUBJID", "subject", "id", "VISIT", "visit")
"""Columns that name a row to its reader."""


def read_cells(rows: pl.DataFrame, item: Item) -> pl.Series:
    """Return the column of `item` in its own type: empty and ND are null, yes/no words are Booleans.

    A cell that cannot be read, or a value outside the item's range or choices, is an `InputError` that
    names row, column and value.
    """
    given = rows[item.id]
    dtype = item.dtype
    if given.null_count() == len(given):
        return pl.Series(item.id, [None], dtype).new_from_index(0, len(given))
    if given.dtype == dtype == pl.Boolean:
        return given
    if given.dtype == pl.Categorical or isinstance(given.dtype, pl.Enum):
        given = given.cast(pl.String)
    if given.dtype == pl.String:
        text = given.str.strip_chars()
        text = text.set((text == "") | (text.str.to_lowercase() == NOT_DONE), None)
        if dtype == pl.Boolean:
            word = text.str.to_lowercase().str.strip_suffix(".0")
            read = word.replace_strict(
                {w: w in TRUE for w in TRUE + FALSE}, default=None, return_dtype=pl.Boolean
            )
        elif dtype == pl.String:
            read = text
        else:
            read = text.cast(pl.Float64, strict=False)
    elif dtype == pl.Boolean:
        text, read = given, given
        if given.dtype != pl.Boolean:
            read = (
                pl.select(pl.when(given == 1).then(True).when(given == 0).then(False)).to_series()
                if given.dtype.is_numeric() else pl.Series([None] * len(given), dtype=pl.Boolean)
            )  # fmt: skip
    elif dtype == pl.String:
        text, read = given, given.cast(pl.String)
    elif given.dtype.is_temporal():  # a date is no number, though it can be cast to one
        text, read = given, pl.Series([None] * len(given), dtype=pl.Float64)
    else:
        text, read = given, given.cast(pl.Float64, strict=False)
    bad = text.is_not_null() & read.is_null()
    if dtype.is_numeric():
        bad = bad | read.is_infinite().fill_null(False) | read.is_nan().fill_null(False)
    if dtype == pl.Int64 and read.dtype.is_float():
        bad = bad | (read != read.floor()).fill_null(False)
    if bad.any():
        raise InputError(f"{place(rows, bad)}: {item.id} is {given[bad.arg_true()[0]]!r}; {_wanted(item)}.")
    if dtype.is_numeric():
        read = read.cast(dtype)
        outside = pl.Series([False]).new_from_index(0, len(read))
        if item.low is not None:
            outside = outside | (read < item.low).fill_null(False)
        if item.high is not None:
            outside = outside | (read > item.high).fill_null(False)
        if outside.any():
            value = given[outside.arg_true()[0]]
            raise InputError(f"{place(rows, outside)}: {item.id} is {value}; {_wanted(item)}.")
    elif item.choices:
        strange = read.is_not_null() & ~read.is_in(list(item.choices))
        if strange.any():
            value = given[strange.arg_true()[0]]
            raise InputError(f"{place(rows, strange)}: {item.id} is {value!r}; {_wanted(item)}.")
    return read.alias(item.id)


def _wanted(item: Item) -> str:
    """Say what the item takes."""
    if item.type == "boolean":
        return "it takes yes or no (1/0, Y/N, true/false, present/absent), or empty for unknown"
    if item.choices:
        return f"it takes one of {', '.join(item.choices)}, or empty for unknown"
    kind = {"integer": "a whole number", "decimal": "a number"}.get(item.type, f"a {item.type}")
    low, high = (f"{end:g}" if end is not None else "" for end in (item.low, item.high))
    between = f" from {low} to {high}" if low and high else f" of at least {low}" if low else ""
    return f"it takes {kind}{between}{' ' + item.unit if item.unit else ''}, or empty for unknown"


def held(item: Item) -> pl.DataType:
    """Return the type in which an item is computed with: a choice as its place in the list, small numbers narrow.

    >>> held(Item("joints", "Joints", "integer", low=0, high=28)), held(Item("day", "Day", "integer"))
    (Int16, Int64)
    """
    if item.type == "choice" and item.choices:
        return pl.Enum(item.choices)
    bounded = item.low is not None and item.high is not None and max(-item.low, item.high) <= NARROW
    return pl.Int16() if item.type == "integer" and bounded else item.dtype


def _as_held(given: pl.Series, item: Item) -> pl.Series | None:
    """Return a column that stands there as it is held, without a look at its cells; None where they must be read."""
    dtype = held(item)
    if given.dtype == dtype == pl.Boolean:
        return given
    if isinstance(dtype, pl.Enum):
        if given.dtype == dtype:
            return given
        if given.dtype == pl.String:
            read = given.cast(dtype, strict=False)
            return read if read.null_count() == given.null_count() else None
        return None
    if not dtype.is_numeric() or not (given.dtype.is_integer() or given.dtype == dtype == pl.Float64):
        return None
    low, high = (end if end is None or given.dtype.is_float() else int(end) for end in (item.low, item.high))
    if (low is not None and (given < low).any()) or (high is not None and (given > high).any()):
        return None
    if given.dtype.is_float() and (low is None or high is None) and given.is_infinite().any():
        return None
    return given.cast(dtype)


def refuse_mixed(rows: pl.DataFrame, names: Iterable[str]) -> None:
    """Refuse a score and an earlier value of it that come from two versions of an instrument.

    `sledai2k_version` and `sledai2k_version_base`, where the table has both, tell of `sledai2k` and `sledai2k_base`.
    """
    for name in names:
        score, _, at = name.rpartition("_")
        now, before = f"{score}_version", f"{score}_version_{at}"
        if at not in ("base", "prev") or not {now, before} <= set(rows.columns):
            continue
        mixed = (rows[now] != rows[before]).fill_null(False)
        if mixed.any():
            row = mixed.arg_true()[0]
            raise InputError(
                f"{place(rows, mixed)}: {score} is of version {rows[now][row]}, {name} of "
                f"{rows[before][row]}; a change from one version to another means nothing: score both by one."
            )


@dataclass(frozen=True)
class Inputs:
    """The columns that a rule or an instrument reads.

    An item in `optional` may be absent from a table: its expression stands in for it. Any other absent
    column counts as unknown in every row.
    """

    items: tuple[Item, ...] = ()
    optional: Mapping[str, pl.Expr] = field(default_factory=dict)

    def absent(self, rows: pl.DataFrame) -> tuple[list[str], list[str]]:
        """Return the needed and the optional columns that the table lacks."""
        lacking = [item.id for item in self.items if item.id not in rows.columns]
        return [i for i in lacking if i not in self.optional], [i for i in lacking if i in self.optional]

    def read(self, rows: Any) -> pl.DataFrame:
        """Return the table with its input columns typed and a column for every absent one."""
        return self.type(as_frame(rows))

    def type(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return what `as_frame` gave, its input columns typed and a column for every absent one."""
        there = [item for item in self.items if item.id in frame.columns]
        frame = frame.with_columns(*(self._read(frame, item) for item in there))
        needed, optional = self.absent(frame)
        types = {item.id: held(item) for item in self.items}
        frame = frame.with_columns(*(pl.lit(None, types[name]).alias(name) for name in needed))
        pending: dict[str, pl.Expr] = {}
        for name in optional:  # in turn: a stand-in may read another stand-in that stands before it
            stand_in = self.optional[name].cast(types[name])
            if pending.keys() & set(stand_in.meta.root_names()):
                frame, pending = frame.with_columns(**pending), {}
            pending[name] = stand_in
        frame = frame.with_columns(**pending)
        refuse_mixed(frame, [item.id for item in self.items])
        return frame

    @staticmethod
    def _read(frame: pl.DataFrame, item: Item) -> pl.Series:
        found = _as_held(frame[item.id], item)
        return read_cells(frame, item).cast(held(item)) if found is None else found
