"""What a store holds, as frames: the entries, those in force, the history of a cell."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from carnet.capture.database import connect, moment, snapshot
from carnet.core import entry
from carnet.core.entry import CELL, SCHEMA

REDACTED = "[redacted]"
"""What stands for text that was removed: its value is unknown from then on."""

HISTORY = {
    "number": pl.Int64(), "saved_with": pl.Int64(), **{name: SCHEMA[name] for name in CELL},
    "value": pl.String(), "typed": pl.String(), "unit": pl.String(), "status": pl.String(), "reason": pl.String(),
    "by": pl.String(), "by_name": pl.String(), "role": pl.String(), "at": pl.Datetime("us", "UTC"),
    "language": pl.String(), "form_version": pl.String(), "protocol_version": pl.String(),
    "software": pl.String(), "source": pl.String(), "redacted": pl.String(),
}  # fmt: skip
"""The columns read for the audit trail; it adds `old_value` and `old_unit`."""

TEXT = {
    "value": "c.value",
    "typed": f"CASE WHEN r.number IS NULL THEN c.typed ELSE '{REDACTED}' END",
    "reason": "CASE WHEN r.number IS NULL THEN c.reason ELSE 'redacted: ' || r.reason END",
    "redacted": "r.reason",
}
"""Where the columns come from that are not an entry's own."""


def entries(db: str | Path, cut: datetime | None = None) -> pl.DataFrame:
    """Return all entries in the order of entering, as `core.entry.SCHEMA` has them; up to a data cut.

    Text that was redacted is unknown: no value, the marker as typed text, the reason of the redaction.
    """
    status = "CASE WHEN r.number IS NULL THEN e.status ELSE 'unknown' END"
    where, values = ("", ()) if cut is None else ("WHERE e.at <= %s", (cut,))
    return _read(db, SCHEMA, {**TEXT, "status": status}, where, values)


def current(db: str | Path, cut: datetime | None = None) -> pl.DataFrame:
    """Return the entry in force for each cell, at or before a data cut."""
    return entry.current(entries(db, cut))


def audit(db: str | Path, **cell: Any) -> pl.DataFrame:
    """Return the history of what `subject`, `visit`, `form`, `repeat` and `item` name: a row per entry.

    Each row says who, in which role, when and why, with the value before (`old_value`, `old_unit`) and after.
    """
    if strange := set(cell) - set(CELL):
        raise TypeError(f"audit() takes {', '.join(CELL)}, not {', '.join(sorted(strange))}")
    where = "WHERE " + " AND ".join(f"e.{name} = %s" for name in cell) if cell else ""
    rows = _read(db, HISTORY, TEXT, where, tuple(cell.values()))
    return rows.with_columns(pl.col("value", "unit").shift().over(CELL).name.prefix("old_"))


def _read(db: str | Path, schema: dict[str, Any], made: dict[str, str], where: str, values: tuple[Any, ...]) -> pl.DataFrame:
    """Return rows of entries with the columns of a schema."""
    from django.db import connections

    alias = connect(db)
    columns = [
        made.get(name) or (moment(alias, "e.at") if name == "at" else f'e."{name}"') for name in schema
    ]
    adapt = connections[alias].ops.adapt_datetimefield_value
    with snapshot(alias) as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM capture_entry e LEFT JOIN capture_content c ON c.number = e.number "
            f"LEFT JOIN capture_redaction r ON r.entry = e.number {where} ORDER BY e.number",
            [adapt(value) if isinstance(value, datetime) else value for value in values],
        )
        rows = cursor.fetchall()
    frame = pl.DataFrame(rows, schema={name: pl.String() if name == "at" else schema[name] for name in schema}, orient="row")
    return frame.with_columns(pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%:z", time_unit="us", time_zone="UTC"))
