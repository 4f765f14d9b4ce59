"""The door for tables: whatever speaks Arrow comes in as a Polars frame."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.errors import InputError


def as_frame(rows: Any) -> pl.DataFrame:
    """Return `rows` (Polars, pandas, pyarrow, DuckDB, a dict of columns) as a Polars frame in one chunk.

    Floating-point NaN becomes null: a number that is not one is missing, and missing is unknown.

    >>> as_frame({"pga": [1.5, float("nan")]})["pga"].to_list()
    [1.5, None]
    """
    if isinstance(rows, pl.LazyFrame):
        rows = rows.collect()
    if not isinstance(rows, pl.DataFrame):
        try:
            rows = pl.DataFrame(rows)
        except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"A {type(rows).__name__} cannot be read as a table ({error}). "
                "Give a Polars or pandas frame, an Arrow table, or a dict of columns."
            ) from error
    if rows.n_chunks() > 1:
        rows = rows.rechunk()
    floats = [name for name, dtype in rows.schema.items() if dtype.is_float()]
    with_nan = [name for name in floats if rows[name].is_nan().any()]
    return rows.with_columns(pl.col(with_nan).fill_nan(None)) if with_nan else rows
