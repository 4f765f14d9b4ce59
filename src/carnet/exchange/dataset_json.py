"""Dataset-JSON 1.1: a table with its column types in one JSON document, or a line per row (NDJSON)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from carnet import __version__
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


def read(path: Path) -> pl.DataFrame:
    """Return the rows of a Dataset-JSON or NDJSON file, typed as its columns say."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        if path.suffix.lower() == ".ndjson":
            head, *rows = (json.loads(line) for line in text.splitlines() if line.strip())
        else:
            head = json.loads(text)
            rows = head.get("rows", [])
        columns = head["columns"]
        schema = {column["name"]: TYPES[column["dataType"]] for column in columns}
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path.name} is no Dataset-JSON 1.1: {type(error).__name__} {error}.") from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(columns):
            raise InputError(f"{path.name}, row {number}: {len(columns)} cells are due, as the columns say.")
    if "records" in head and head["records"] != len(rows):
        raise InputError(f"{path.name} says {head['records']} records and holds {len(rows)}; is it complete?")
    decimals = [column["name"] for column in columns if column["dataType"] == "decimal"]
    raw = dict(schema) | dict.fromkeys(decimals, pl.String())
    frame = pl.DataFrame(rows, schema=raw, orient="row", strict=False)
    return frame.with_columns(pl.col(decimals).cast(pl.Float64)) if decimals else frame


def _data_type(dtype: pl.DataType) -> str:
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "double"
    return "date" if dtype == pl.Date else "datetime" if dtype.is_temporal() else "string"


def write(frame: pl.DataFrame, path: Path, name: str) -> None:
    """Write the table as Dataset-JSON 1.1, or NDJSON by the ending; same table, same bytes."""
    upper = name.upper()
    head: dict[str, Any] = {
        "datasetJSONCreationDateTime": "1970-01-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "sourceSystem": {"name": "carnet", "version": __version__},
        "itemGroupOID": f"IG.{upper}",
        "records": len(frame),
        "name": upper,
        "label": upper,
        "columns": [
            {
                "itemOID": f"IT.{upper}.{column}",
                "name": column,
                "label": column,
                "dataType": _data_type(dtype),
            }
            for column, dtype in frame.schema.items()
        ],
    }
    flat = frame.with_columns(
        *(pl.col(c).dt.to_string("iso") for c, d in frame.schema.items() if d.is_temporal())
    )
    rows = [list(row) for row in flat.iter_rows()]
    with path.open("w", encoding="utf-8") as file:
        if path.suffix.lower() == ".ndjson":
            file.write("\n".join(json.dumps(line, ensure_ascii=False) for line in (head, *rows)) + "\n")
        else:
            json.dump({**head, "rows": rows}, file, ensure_ascii=False)
