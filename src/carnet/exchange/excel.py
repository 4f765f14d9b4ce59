"""Excel workbooks: the first sheet as a table, with its error cells kept as what they are."""

from __future__ import annotations

import datetime
import logging
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

from carnet.core.errors import InputError

CELL = re.compile(rb"<c\b([^>]*[^/])>((?:(?!</c>).)*)</c>", re.DOTALL)
"""A cell that holds something; one that is only formatted closes itself."""

PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read(path: Path) -> pl.DataFrame:
    """Return the first sheet of a workbook; the column of an error cell (`#DIV/0!`) is text that says so.

    The first row that holds anything names the columns; blank rows are left out.
    """
    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it tells the user of each column of mixed types
    first = pl.read_excel(path, has_header=False, read_options={"n_rows": 1}, raise_if_empty=False)
    if first.is_empty():
        raise InputError(f"{path.name} is empty; its first row must name the columns.")
    header = [str(name or "").strip() for name in first.row(0)]
    if "" in header:
        raise InputError(
            f"{path.name}: column {header.index('') + 1} has no name; the first row must name the columns."
        )
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise InputError(f"{path.name} has two columns called {', '.join(twice)}; rename one.")
    frame = pl.read_excel(path, infer_schema_length=None, drop_empty_rows=False, raise_if_empty=False)
    frame.columns = header
    for column, cells in _errors(path).items():
        text = frame[:, column].cast(pl.String).scatter(list(cells), list(cells.values()))
        frame = frame.with_columns(text)
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))


def _errors(path: Path) -> dict[int, dict[int, str]]:
    """Return the error cells of the first sheet: by column, the row below the header and the error.

    What reads workbooks hands them over as empty cells; the file itself marks each with `t="e"`.
    """
    with zipfile.ZipFile(path) as book:
        sheet = ElementTree.fromstring(book.read("xl/workbook.xml")).find("{*}sheets/{*}sheet")
        wanted = None if sheet is None else sheet.get(RELATION)
        relations = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        target = next(each.get("Target", "") for each in relations if each.get("Id") == wanted)
        text = book.read(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    if b't="e"' not in text:
        return {}
    cells = [(PLACE.search(cell[1]), cell) for cell in CELL.finditer(text)]
    placed = [(_column(place[1].decode()), int(place[2]), cell) for place, cell in cells if place]
    left, top = min(column for column, _, _ in placed), min(row for _, row, _ in placed)
    found: dict[int, dict[int, str]] = {}
    for column, row, cell in placed:
        if b't="e"' in cell[1]:
            value = re.search(rb"<v>([^<]*)</v>", cell[2])
            said = value[1].decode() if value else "#ERROR"
            found.setdefault(column - left, {})[row - top - 1] = said
    return found


def _column(letters: str) -> int:
    """Return the number of a column named A, B, ... AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def write(frame: pl.DataFrame, path: Path, name: str) -> None:
    """Write the table as the only sheet of a workbook; same table, same bytes."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": False}) as book:
        book.set_properties({"created": datetime.datetime(1970, 1, 1)})
        frame.write_excel(book, worksheet=name[:31], autofit=True)
