"""SAS transport files, version 5: what a regulator's reader takes, checked before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from carnet.core.errors import InputError

STAMP = re.compile(rb"\d\d(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)\d\d:\d\d:\d\d:\d\d")
NAME, LABEL, TEXT = 8, 40, 200
"""How many characters a name and a label have at most, and how many bytes a text."""


def write(
    frame: pl.DataFrame, path: Path, name: str, label: str = "", labels: Mapping[str, str] | None = None
) -> None:
    """Write a version 5 transport file; refuse what the format cannot hold.

    Names have at most 8 characters, labels 40, text at most 200 bytes of ASCII. Dates are SAS dates; Booleans 0 and 1.
    """
    import pyreadstat

    told = labels or {}
    if unfit := list(refusals(frame, {name: label, **told})):
        raise InputError("; ".join(unfit) + ". Write Parquet or Dataset-JSON instead.")
    frame = frame.with_columns(
        pl.col(pl.Boolean).cast(pl.Int8),
        *(pl.col(c).cast(pl.String) for c, d in frame.schema.items() if d in (pl.Time, pl.Duration)),
    )
    pyreadstat.write_xport(
        frame, str(path), table_name=name[:NAME].upper(), file_label=label, file_format_version=5,
        column_labels=[told.get(column, "") for column in frame.columns],
    )  # fmt: skip
    data = path.read_bytes()
    path.write_bytes(STAMP.sub(b"01JAN70:00:00:00", data[:2000]) + data[2000:])  # the writer stamps the clock


def refusals(frame: pl.DataFrame, labels: Mapping[str, str]) -> Iterator[str]:
    """Yield what of a table the format cannot hold: names, labels, and texts by column with the first of them."""
    for column in frame.columns:
        if not re.fullmatch(rf"[A-Za-z_][A-Za-z0-9_]{{0,{NAME - 1}}}", column):
            yield f"a name has at most {NAME} letters and digits, rename {column!r}"
    for of, label in labels.items():
        if len(label) > LABEL or not label.isascii():
            yield f"a label has at most {LABEL} ASCII characters, that of {of} is {label!r}"
    for column in frame.select(pl.col(pl.String)).columns:
        text = frame[column]
        bad = ((text.str.len_bytes() > TEXT) | text.str.contains(r"[^\x00-\x7F]")).fill_null(False)
        if bad.any():
            row = bad.arg_true()[0]
            who = f" (subject {frame['USUBJID'][row]})" if "USUBJID" in frame.columns else ""
            yield (
                f"{column} holds {bad.sum()} texts of more than {TEXT} bytes or not ASCII, "
                f"first in row {row + 1}{who}: {text[row][:40]!r}"
            )
