"""Proteinuria: the ratio to creatinine and the protein of 24 hours, each by itself, never one for the other."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.core.parameter import read_parameters
from carnet.core.units import UnitError, conversion
from carnet.measures.censored import with_number
from carnet.measures.change import with_absent, with_ratio

PARAMETERS = read_parameters("carnet.measures", "parameters.csv", "proteinuria")

UPCR, DAY = "UPCR", "24H"
METHODS = {UPCR: "g/g", "UPCR24": "g/g", DAY: "g/24h"}
"""The methods and their units: the ratio of a spot urine, that of a 24-hour collection, the protein of 24 hours."""


def with_proteinuria(rows: Any, highest: float = PARAMETERS["highest"]) -> pl.DataFrame:
    """Return the rows with `protein` in g/g or g/24h, `censored`, `limit` and `reason` where there is no number.

    Reads `method` (UPCR, UPCR24 for the ratio of a 24-hour collection, 24H), `result` (a number, or "<0.1") and
    `unit`, which is never guessed; 1 mg/mmol is 8.84 mg/g exactly. Below a limit the protein is half of it. A typed 0
    is asked about, and so is a value beyond what patients have.

    >>> rows = {"method": ["UPCR", "UPCR", "24H", "24H"], "result": ["56.561086", "<0.1", "1500", "1.2"],
    ...     "unit": ["mg/mmol", "g/g", "mg/24h", ""]}
    >>> with_proteinuria(rows).select("protein", "censored", "limit", "reason").rows()  # doctest: +NORMALIZE_WHITESPACE
    [(0.5, None, None, None), (0.05, 'LEFT', 0.1, None), (1.5, None, None, None), (None, None, None, 'unit missing')]
    """
    rows = with_number(as_frame(rows), "result")
    pairs = rows.select("method", "unit").unique().rows()
    known = {pair: factor for pair in pairs if (factor := _factor(*pair)) is not None}
    factors = pl.DataFrame(
        [(method, unit, factor) for (method, unit), factor in known.items()],
        schema={"method": pl.String, "unit": pl.String, "_factor": pl.Float64},
        orient="row",
    )
    rows = rows.join(factors, on=["method", "unit"], how="left", maintain_order="left", nulls_equal=True)
    value = (pl.col("number") * pl.col("_factor")).round(6)
    blank = pl.col("unit").is_null() | (pl.col("unit").str.strip_chars() == "")
    reason = (
        pl.when(pl.col("result").is_null() | (pl.col("result").cast(pl.String).str.strip_chars() == "")).then(None)
        .when(pl.col("number").is_null()).then(pl.lit("no number"))
        .when(~pl.col("method").is_in(list(METHODS)).fill_null(False)).then(pl.lit("method unknown"))
        .when(blank).then(pl.lit("unit missing"))
        .when(pl.col("_factor").is_null()).then(pl.lit("unit does not fit the method"))
        .when((pl.col("number") == 0) & pl.col("censored").is_null()).then(pl.lit("zero: ask for the limit"))
        .when(value > highest).then(pl.lit("beyond what is plausible: ask for the unit"))
    )  # fmt: skip
    return (
        rows.with_columns(protein=value, reason=reason, limit=(pl.col("limit") * pl.col("_factor")).round(6))
        .with_columns(protein=pl.when(pl.col("reason").is_null()).then("protein"))
        .drop("number", "_factor")
    )


def _factor(method: str | None, unit: str | None) -> float | None:
    """Return what turns a unit into that of the method; null where the two do not fit."""
    if method not in METHODS or not unit or not unit.strip():
        return None
    try:
        return conversion(unit, METHODS[method])[0]
    except UnitError:
        return None


def with_proteinuria_change(rows: Any) -> pl.DataFrame:
    """Return the rows with change, ratio, log ratio and per cent against baseline, and the ends of the ratio.

    Reads `protein`, `method`, `censored`, `limit` and the same with `_base`. Another method than at baseline is not
    compared, whatever its number.

    >>> rows = {"method": ["UPCR", "24H"], "protein": [0.05, 0.4], "censored": ["LEFT", None], "limit": [0.1, None],
    ...     "method_base": ["UPCR"] * 2, "protein_base": [2.0] * 2}
    >>> with_proteinuria_change(rows).select("change", "ratio", "ratio_min", "ratio_max", "percent_change").rows()
    [(-1.95, 0.025, None, 0.05, -97.5), (None, None, None, None, None)]
    """
    text, number = pl.String(), pl.Float64()
    rows = with_absent(as_frame(rows), censored=text, limit=number, censored_base=text, limit_base=number)
    return with_ratio(rows, "protein", pl.col("method") == pl.col("method_base"))


def method_at_baseline(upcr: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return the method in which a patient's change is told: that of baseline, the ratio where there are both.

    >>> rows = pl.DataFrame({"upcr": [1.2, None, None], "day": [2.0, 2.0, None]})
    >>> rows.select(method_at_baseline(pl.col("upcr"), pl.col("day"))).to_series().to_list()
    ['UPCR', '24H', None]
    """
    by_day = pl.when(day.is_not_null()).then(pl.lit(DAY))
    return pl.when(upcr.is_not_null()).then(pl.lit(UPCR)).otherwise(by_day).alias("method")
