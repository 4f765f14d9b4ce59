"""SAS transport files, version 5: what a regulator's reader takes, checked before it is written."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from carnet.core.errors import InputError

STAMP = re.compile(rb"\d\d(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d\d:\d\d:\d\d:\d\d")


def write(frame: pl.DataFrame, path: Path, name: str) -> None:
    """Write a version 5 transport file; refuse what the format cannot hold.

    Names have at most 8 characters, text at most 200 bytes of ASCII. Dates and Booleans travel as text.
    """
    import pyreadstat

    for column in frame.columns:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,7}", column):
            raise InputError(
                f"SAS transport takes names of at most 8 letters and digits; rename {column!r} or write another format."
            )
    frame = frame.with_columns(
        pl.col(pl.Boolean).cast(pl.Int8),
        *(pl.col(c).cast(pl.String) for c, d in frame.schema.items() if d.is_temporal()),
    )
    for column in frame.select(pl.col(pl.String)).columns:
        text = frame[column]
        bad = ((text.str.len_bytes() > 200) | text.str.contains(r"[^\x00-\x7F]")).fill_null(False)
        if bad.any():
            row = bad.arg_true()[0]
            raise InputError(
                f"row {row + 1}: {column} holds text that SAS transport cannot (more than 200 bytes, or not ASCII): "
                f"{text[row][:40]!r}. Write Parquet or Dataset-JSON instead."
            )
    pyreadstat.write_xport(frame, str(path), table_name=name[:8].upper(), file_format_version=5)
    data = path.read_bytes()
    path.write_bytes(STAMP.sub(b"01JAN70:00:00:00", data[:2000]) + data[2000:])  # the writer stamps the clock
