"""A frame of entries as forms to be saved: a trial that was entered elsewhere, or a simulated one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.capture.answers import Answer, FormSave
from carnet.core.entry import CELL, SCHEMA
from carnet.core.errors import InputError
from carnet.core.frame import as_frame

QUIET = {
    "repeat": 1, "value": None, "typed": "", "unit": "", "status": "answered", "reason": "", "at": None,
    "language": "en", "form_version": "", "protocol_version": "",
}  # fmt: skip
"""What stands in for a column that a frame of entries leaves out."""

ONE_SAVE = (
    "subject",
    "visit",
    "form",
    "repeat",
    "by",
    "role",
    "at",
    "language",
    "form_version",
    "protocol_version",
)
"""Rows that follow one another and agree in these were saved together."""


def saves(entries: Any, source: str, source_digest: str, names: Mapping[str, str]) -> Iterator[FormSave]:
    """Yield the forms that a frame of entries saves, in the order of entering.

    A cell that comes twice begins another save: the second is a correction.
    """
    frame = _typed(as_frame(entries))
    frame = frame.with_columns(_run=pl.struct(ONE_SAVE).rle_id())
    frame = frame.with_columns(_again=pl.int_range(pl.len()).over(*CELL, "_run"))
    frame = frame.with_columns(_save=pl.struct("_run", "_again").rle_id())
    starts = (
        frame.with_row_index("_row")
        .group_by("_save", maintain_order=True)
        .agg(pl.col("_row").first(), pl.len())
    )
    columns = {name: frame[name].to_list() for name in SCHEMA}
    for start, length in starts.select("_row", "len").iter_rows():
        head = {name: columns[name][start] for name in ONE_SAVE}
        yield FormSave(
            **head, by_name=names.get(head["by"], ""), source=source, source_digest=source_digest,
            answers={
                columns["item"][row]: Answer(
                    columns["typed"][row], columns["unit"][row], columns["status"][row],
                    columns["reason"][row], columns["value"][row],
                )
                for row in range(start, start + length)
            },
        )  # fmt: skip


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the columns of an entry, typed; refuse one that lacks what every entry needs."""
    needed = [name for name in SCHEMA if name not in QUIET]
    if lacking := [name for name in needed if name not in frame.columns]:
        raise InputError(
            f"The entries lack the column {', '.join(lacking)}; every entry needs {', '.join(needed)}."
        )
    columns = []
    for name, dtype in SCHEMA.items():
        if name not in frame.columns:
            columns.append(pl.lit(QUIET[name], dtype).alias(name))
            continue
        column = pl.col(name)
        if name == "at" and frame.schema[name] == pl.String:
            column = column.str.to_datetime(time_unit="us", time_zone="UTC")
        column = column.cast(dtype)
        columns.append(column.fill_null(QUIET[name]) if QUIET.get(name) is not None else column)
    try:
        typed = frame.select(columns)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"The entries cannot be read: {error}") from error
    for name in needed:
        if typed[name].null_count():
            row = typed[name].is_null().arg_true()[0]
            raise InputError(
                f"Row {row + 1} of the entries (subject {typed['subject'][row]}) has no {name}; it needs one."
            )
    return typed.with_columns(
        typed=pl.when(pl.col("typed") == "").then(pl.col("value").fill_null("")).otherwise(pl.col("typed"))
    )
