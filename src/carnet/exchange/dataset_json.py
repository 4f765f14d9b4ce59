"""Dataset-JSON 1.1: a table with its column types in one JSON document, or a line per row (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl

from carnet import __version__
from carnet.core.dataset import Dataset
from carnet.core.errors import InputError

TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "decimal": pl.Float64(),
    "float": pl.Float64(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.String(),
    "datetime": pl.String(),
    "time": pl.String(),
    "URI": pl.String(),
}

DATES: dict[str, pl.DataType] = {"date": pl.Date(), "datetime": pl.Datetime("us")}
"""Dates that the statistician's software holds as numbers; other dates are ISO 8601 text, which may be partial."""

FORMATS = {"date": "E8601DA.", "datetime": "E8601DT."}
FIXED_TIME = "1970-01-01T00:00:00"
"""Written where the standard wants the moment of writing: the same table gives the same bytes."""

Header = Mapping[str, Any]
"""What a file says of its table besides the rows."""


NUMBERS = ("integer", "decimal", "float", "double")


def read(path: Path) -> pl.DataFrame:
    """Return the rows of a Dataset-JSON or NDJSON file, typed as its columns say."""
    return read_whole(path)[0]


def read_whole(path: Path) -> tuple[pl.DataFrame, Header]:
    """Return the rows, typed as the columns say, and all that the file says of them.

    A cell that is not of its column's type is refused with its row: 12.7 is no integer.
    """
    head, rows = _parts(path)
    columns = head.get("columns")
    if not isinstance(columns, list) or not isinstance(rows, list) or not columns:
        raise InputError(f"{path.name} is no Dataset-JSON 1.1: it needs `columns` and `rows`.")
    named: dict[str, Mapping[str, Any]] = {}
    for column in columns:
        said = column if isinstance(column, dict) else {}
        name, kind = said.get("name"), said.get("dataType")
        if not isinstance(name, str) or kind not in TYPES:
            raise InputError(
                f"{path.name} is no Dataset-JSON 1.1: each column needs a name and a dataType ({', '.join(TYPES)})."
            )
        if name in named:
            raise InputError(f"{path.name} has two columns called {name}; rename one.")
        named[name] = said
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(named):
            raise InputError(f"{path.name}, row {number}: {len(named)} cells are due, as the columns say.")
    if "records" in head and head["records"] != len(rows):
        raise InputError(f"{path.name} says {head['records']} records and holds {len(rows)}; is it complete?")
    made = [_column(path.name, said, [row[n] for row in rows]) for n, said in enumerate(named.values())]
    return pl.DataFrame(made), head


def _parts(path: Path) -> tuple[dict[str, Any], Any]:
    """Return what a file says of itself, and its rows: a document, or a line per row after the first."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        if path.suffix.lower() == ".ndjson":
            lines = [json.loads(line) for line in text.splitlines() if line.strip()]
            head, rows = (lines[0], lines[1:]) if lines else ({}, [])
        else:
            head = json.loads(text)
            rows = head.pop("rows", []) if isinstance(head, dict) else []
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path.name} is no Dataset-JSON 1.1: line {error.lineno} is no JSON. Is the file complete?"
        ) from error
    if not isinstance(head, dict):
        raise InputError(f"{path.name} is no Dataset-JSON 1.1: it needs `columns` and `rows`.")
    return head, rows


def _column(file: str, said: Mapping[str, Any], cells: list[Any]) -> pl.Series:
    """Return a column in the type that it says; the first cell of another type is refused."""
    name, kind, dtype = said["name"], said["dataType"], _dtype(said)
    read = pl.Series(name, [None if c is None else _cell(c, kind) for c in cells], TYPES[kind])
    if dtype.is_temporal():
        read = read.str.strptime(dtype, strict=False)  # type: ignore[arg-type]
    bad = read.is_null() & pl.Series([cell is not None for cell in cells], dtype=pl.Boolean)
    if bad.any():
        row = bad.arg_true()[0]
        raise InputError(f"{file}, row {row + 1}: {name} is {cells[row]!r}; its column says {kind}.")
    return read


def _dtype(column: Mapping[str, Any]) -> pl.DataType:
    """Return the type of a column: a date is one if it is a number in the software that the file is meant for."""
    kind = column["dataType"]
    return DATES[kind] if kind in DATES and column.get("targetDataType") == "integer" else TYPES[kind]


def _cell(cell: Any, kind: str) -> Any:
    """Return a cell as its type says, None where it is of another; a decimal may be written as text."""
    if kind not in NUMBERS:
        return cell if isinstance(cell, bool if kind == "boolean" else str) else None
    if isinstance(cell, bool) or not isinstance(
        cell, (int, float, str) if kind == "decimal" else (int, float)
    ):
        return None
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        return None
    if not isfinite(number):
        return None
    if kind != "integer":
        return number
    return int(cell) if number.is_integer() and abs(number) < 2**63 else None


def header(frame: pl.DataFrame, dataset: Dataset, **told: Any) -> Header:
    """Return what to say of a table that has a definition: labels, types, lengths, keys, and its place in Define-XML.

    `told` are further attributes of the standard: studyOID, metaDataVersionOID, originator, dbLastModifiedDateTime.
    """
    columns = []
    for variable in dataset.variables:
        column: dict[str, Any] = {
            "itemOID": f"IT.{dataset.name}.{variable.name}", "name": variable.name, "label": variable.label,
            **_kind(frame.schema[variable.name]),
        }  # fmt: skip
        longest = frame[variable.name].str.len_chars().max() if column["dataType"] == "string" else None
        if longest:
            column["length"] = longest
        if variable.name in dataset.keys:
            column["keySequence"] = dataset.keys.index(variable.name) + 1
        columns.append(column)
    return {
        **told, "metaDataRef": "define.xml", "itemGroupOID": f"IG.{dataset.name}", "name": dataset.name,
        "label": dataset.label, "columns": columns,
    }  # fmt: skip


def _kind(dtype: pl.DataType) -> dict[str, str]:
    if dtype == pl.Boolean:
        return {"dataType": "boolean"}
    if dtype.is_integer():
        return {"dataType": "integer"}
    if dtype.is_float():
        return {"dataType": "double"}
    if dtype.is_temporal():
        kind = "date" if dtype == pl.Date else "datetime"
        return {"dataType": kind, "targetDataType": "integer", "displayFormat": FORMATS[kind]}
    return {"dataType": "string"}


def _undefined(frame: pl.DataFrame, name: str) -> Header:
    """Return what can be said of a table that nothing defines."""
    return {
        "itemGroupOID": f"IG.{name}", "name": name, "label": name,
        "columns": [
            {"itemOID": f"IT.{name}.{column}", "name": column, "label": column, **_kind(dtype)}
            for column, dtype in frame.schema.items()
        ],
    }  # fmt: skip


ORDER = (
    "datasetJSONCreationDateTime", "datasetJSONVersion", "fileOID", "dbLastModifiedDateTime", "originator",
    "sourceSystem", "studyOID", "metaDataVersionOID", "metaDataRef", "itemGroupOID", "records", "name", "label",
    "columns",
)  # fmt: skip
"""The order of attributes that the standard recommends."""


def write(frame: pl.DataFrame, path: Path, name: str, told: Header | None = None) -> None:
    """Write the table as Dataset-JSON 1.1, or NDJSON by the ending; same table, same bytes.

    `told` is what the file shall say of it: that of `header`, or of the file it came from.
    """
    own = {
        "datasetJSONCreationDateTime": FIXED_TIME,
        "datasetJSONVersion": "1.1.0",
        "sourceSystem": {"name": "carnet", "version": __version__},
    }
    told = told or _undefined(frame, name.upper())
    head = {**own, **told, "records": len(frame)}
    head = {key: head[key] for key in ORDER if key in head}
    decimals = [c["name"] for c in head["columns"] if c["dataType"] == "decimal"]
    flat = frame.with_columns(
        *(pl.col(c).dt.to_string("iso:strict") for c, d in frame.schema.items() if d.is_temporal()),
        *(pl.col(name).cast(pl.String) for name in decimals),
    )
    rows = [list(row) for row in flat.iter_rows()]
    with path.open("w", encoding="utf-8") as file:
        if path.suffix.lower() == ".ndjson":
            file.write("\n".join(json.dumps(line, ensure_ascii=False) for line in (head, *rows)) + "\n")
        else:
            json.dump({**head, "rows": rows}, file, ensure_ascii=False)
