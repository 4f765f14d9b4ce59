"""CSV: text as it was typed, with every row as long as its header, or refused."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import Any

import polars as pl

from carnet.core.errors import InputError

SMALL = 1 << 20
"""Text up to this length is read by the standard library: quicker than to load what reads millions of rows."""


def read(data: bytes, name: str, encoding: str) -> pl.DataFrame:
    """Return a table whose cells are text, empty ones null; what is no plain CSV is refused with its row."""
    try:
        text = data.decode("utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding)
    except LookupError:
        raise InputError(f"{encoding} is no encoding that Python knows; try utf-8 or gb18030.") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start)
        raise InputError(
            f"{name}, {f'row {line}' if line else 'header'}: not {encoding} text. "
            "If it was saved by a Chinese Excel, say --encoding gb18030."
        ) from error
    if not text.strip():
        raise InputError(f"{name} is empty; its first line must name the columns.")
    if "\0" in text:
        raise InputError(
            f"{name}, row {text.count(chr(10), 0, text.index(chr(0)))}: holds a NUL byte; is it really CSV?"
        )
    text = text.lstrip("\r\n")
    header = next(_parted(text, name))
    if header.count("") > 1:
        raise InputError(f"{name} has columns without a name; its first line must name each.")
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise InputError(f"{name} has two columns called {', '.join(twice)}; rename one.")
    if text.count('"') % 2:
        deque(_parted(text, name, strict=True), maxlen=0)
    if len(header) == 1 and (other := next((sign for sign in ";\t" if sign in header[0]), "")):
        raise InputError(
            f"{name} is parted by {other!r}, not by commas; save it as CSV with commas, or as .xlsx."
        )
    rows = _rows(text, header, name) if len(text) <= SMALL else _many_rows(text, header, name)
    return rows.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)))


def _parted(text: str, name: str, strict: bool = False) -> Iterator[list[str]]:
    """Yield the cells of each row; a quote that is never closed, with everything after it one cell, is refused."""
    rows, number = csv.reader(io.StringIO(text, newline=""), strict=strict), -1
    try:
        for row in rows:
            number += 1
            yield row
    except csv.Error:
        raise InputError(
            f'{name}, row {number + 1}: a cell cannot be read; is a quote (") opened there and not closed?'
        ) from None


def _ragged(name: str, number: str, cells: int, header: list[str], text: str) -> InputError:
    return InputError(f"{name}, {number}: {cells} cells where the header has {len(header)} ({text[:60]!r}).")


def _rows(text: str, header: list[str], name: str) -> pl.DataFrame:
    """Return the rows below the header; blank lines are none."""
    rows = list(_parted(text, name))[1:]
    rows = [row for row in rows if row] if len(header) > 1 else [row or [""] for row in rows]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise _ragged(name, f"row {number}", len(row), header, ",".join(row))
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return pl.DataFrame(
        [pl.Series(name, cells, pl.String) for name, cells in zip(header, columns, strict=True)]
    )


def _many_rows(text: str, header: list[str], name: str) -> pl.DataFrame:
    """Return the same rows of a long text."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    ragged: list[InputError] = []

    def refuse(row: Any) -> str:
        number = f"row {row.number - 1}" if row.number else "a row"
        ragged.append(_ragged(name, number, row.actual_columns, header, row.text))
        return "error"

    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=1 << 26),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=refuse, ignore_empty_lines=len(header) > 1
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        said = f"{name} cannot be read as CSV; its first line must name the columns, parted by commas."
        raise (ragged[0] if ragged else InputError(said)) from error
    return pl.DataFrame(pl.from_arrow(table))
