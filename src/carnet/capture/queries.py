"""What a store holds, as frames: the entries, those in force, the history of a cell."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from carnet.capture.database import moment, opened, snapshot
from carnet.core import entry
from carnet.core.entry import CELL, SCHEMA
from carnet.core.errors import InputError

REDACTED = "[redacted]"
"""What stands for text that was removed: its value is unknown from then on."""

HISTORY = {
    "number": pl.Int64(), "saved_with": pl.Int64(), **{name: SCHEMA[name] for name in CELL},
    "value": pl.String(), "typed": pl.String(), "unit": pl.String(), "status": pl.String(),
    "reason": pl.String(), "by": pl.String(), "by_name": pl.String(), "role": pl.String(),
    "at": SCHEMA["at"], "language": pl.String(), "form_version": pl.String(), "protocol_version": pl.String(),
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


def entries(db: str | Path, cut: datetime | None = None, **cell: Any) -> pl.DataFrame:
    """Return entries in the order of entering, as `core.entry.SCHEMA` has them; up to a data cut.

    All of them, or what `subject`, `visit`, `form`, `repeat` and `item` name. Text that was redacted is
    unknown: no value, the marker as typed text, the reason of the redaction.
    """
    status = "CASE WHEN r.number IS NULL THEN e.status ELSE 'unknown' END"
    return _read(db, SCHEMA, {**TEXT, "status": status}, cut, cell)


def current(db: str | Path, cut: datetime | None = None, **cell: Any) -> pl.DataFrame:
    """Return the entry in force for each cell, at or before a data cut."""
    return entry.current(entries(db, cut, **cell))


def audit(db: str | Path, **cell: Any) -> pl.DataFrame:
    """Return the history of what `subject`, `visit`, `form`, `repeat` and `item` name: a row per entry.

    Each row says who, in which role, when and why, with the value before (`old_value`, `old_unit`) and after.
    """
    rows = _read(db, HISTORY, TEXT, None, cell)
    return rows.with_columns(pl.col("value", "unit").shift().over(CELL).name.prefix("old_"))


def sources(db: str | Path) -> set[str]:
    """Return where the entries of a database came from: form, import, simulation."""
    with opened(db) as alias, snapshot(alias) as cursor:
        cursor.execute("SELECT DISTINCT source FROM capture_entry")
        return {source for (source,) in cursor.fetchall()}


def _read(
    db: str | Path, schema: dict[str, Any], made: dict[str, str], cut: datetime | None, cell: dict[str, Any]
) -> pl.DataFrame:
    """Return the entries up to a cut and of a cell, with the columns of a schema."""
    from django.db import connections

    if strange := set(cell) - set(CELL):
        raise TypeError(f"entries are found by {', '.join(CELL)}, not by {', '.join(sorted(strange))}")
    if cut is not None and cut.tzinfo is None:
        raise InputError(f"The data cut {cut} has no time zone; say which moment it is, such as {cut}+08:00.")
    wanted = {f"e.{name} = %s": value for name, value in cell.items()} | ({"e.at <= %s": cut} if cut else {})
    where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
    with opened(db) as alias, snapshot(alias) as cursor:
        own = {"at": moment(alias, "e.at"), **made}
        adapt = connections[alias].ops.adapt_datetimefield_value
        cursor.execute(
            "SELECT "
            + ", ".join(own.get(name) or f'e."{name}"' for name in schema)
            + " FROM capture_entry e "
            "LEFT JOIN capture_content c ON c.number = e.number "
            f"LEFT JOIN capture_redaction r ON r.entry = e.number {where} ORDER BY e.number",
            [adapt(value) if isinstance(value, datetime) else value for value in wanted.values()],
        )
        rows = cursor.fetchall()
    frame = pl.DataFrame(
        rows, schema={name: pl.String() if name == "at" else schema[name] for name in schema}, orient="row"
    )
    return frame.with_columns(
        pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%:z", time_unit="us", time_zone="UTC")
    )
