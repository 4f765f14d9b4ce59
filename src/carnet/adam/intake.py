"""Intake: SDTM tables as the analysis datasets read them, wherever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.frame import as_frame
from carnet.core.table import read_rows

TYPES = {"text": pl.String(), "number": pl.Float64(), "integer": pl.Int64()}


def _variables() -> dict[str, list[tuple[str, pl.DataType, bool]]]:
    """Return the variables read of each domain: name, type, and whether it is needed."""
    found: dict[str, list[tuple[str, pl.DataType, bool]]] = {}
    for row in read_rows("carnet.adam", "intake.csv"):
        for domain in row["domains"].split():
            names = (name.replace("--", domain) for name in row["variables"].split())
            found.setdefault(domain.lower(), []).extend(
                (n, TYPES[row["type"]], row["needed"] == "Y") for n in names
            )
    return found


VARIABLES = _variables()
"""What is read of each domain; other tables and columns pass through as they are."""


def read(tables: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """Return the tables by lower-case domain, with every variable that is read, in its type.

    An empty text is null: SAS knows no other. A variable that may be absent is null then; one that is needed, or
    a number that is none, is an `InputError`. DM is needed.

    >>> dm = {"USUBJID": ["1", "2"], "AGE": [30.0, 41.0], "SEX": ["F", ""]}
    >>> read({"DM": dm})["dm"].select("AGE", "SEX", "RACE").rows()
    [(30, 'F', None), (41, None, None)]
    """
    frames = {name.lower(): as_frame(table) for name, table in tables.items()}
    if "dm" not in frames:
        raise InputError("There is no DM table; SDTM needs it to say who the subjects are.")
    return {
        name: _typed(name.upper(), frame) if name in VARIABLES else frame for name, frame in frames.items()
    }


def empty(domain: str) -> pl.DataFrame:
    """Return a domain without rows."""
    return pl.DataFrame(schema={name: dtype for name, dtype, _ in VARIABLES[domain]})


def _typed(domain: str, rows: pl.DataFrame) -> pl.DataFrame:
    columns: list[pl.Expr | pl.Series] = []
    for name, dtype, needed in VARIABLES[domain.lower()]:
        given = rows.schema.get(name)
        if given is None:
            if needed:
                raise InputError(f"{domain} has no column {name}; the analysis datasets need it.")
            columns.append(pl.lit(None, dtype).alias(name))
        elif given != dtype or dtype == pl.String:
            columns.append(_read(domain, rows, name, dtype))
    return rows.with_columns(columns)


def _read(domain: str, rows: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Series:
    """Return a column in its type."""
    given = rows[name]
    if given.dtype.is_temporal():
        given = given.dt.to_string("iso:strict")
    if given.dtype == pl.String:
        given = given.set(given == "", None) if (given == "").any() else given
    read = given.cast(dtype, strict=False) if dtype == pl.String else given.cast(pl.Float64, strict=False)
    bad = given.is_not_null() & read.is_null()
    if dtype == pl.Int64:
        bad = bad | (read != read.floor()).fill_null(False)
    if bad.any():
        row = bad.arg_true()[0]
        subject = f" (USUBJID {rows['USUBJID'][row]})" if "USUBJID" in rows.columns else ""
        raise InputError(f"{domain}, row {row + 1}{subject}: {name} is {given[row]!r}; it takes a number.")
    return read.cast(dtype)
