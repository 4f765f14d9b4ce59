"""Complement: C3 and C4 against the limit that came with each result."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.core.parameter import read_parameters
from carnet.core.units import UnitError, conversion
from carnet.measures.change import with_absent

PARAMETERS = read_parameters("carnet.measures", "parameters.csv", "complement")

UNIT = "g/L"


def with_complement(
    rows: Any,
    highest_c3: float = PARAMETERS["highest_c3"],
    highest_c4: float = PARAMETERS["highest_c4"],
) -> pl.DataFrame:
    """Return the rows with `complement` in g/L, `lln_ratio`, `low`, `normalised`, `complement_change` and `reason`.

    Reads `test` (C3, C4, CH50), `value`, `unit` and `lln`, the lower limit of the same result in the same unit; with
    `value_base`, `unit_base` and `lln_base` the change, and for one that was low at baseline whether it is normal now.
    At the limit a value is normal; without its limit it is neither. CH50 keeps its unit.

    >>> rows = {"test": ["C3", "C3", "C4"], "value": [0.9, 0.89, 12.0], "unit": ["g/L", "g/L", "mg/dL"],
    ...     "lln": [0.9, 0.9, None], "value_base": [0.5, 0.5, 8.0], "unit_base": ["g/L", "g/L", "mg/dL"],
    ...     "lln_base": [0.9, 0.9, 10.0]}
    >>> with_complement(rows).select("complement", "low", "normalised", "complement_change").rows()
    [(0.9, False, True, 0.4), (0.89, True, False, 0.39), (0.12, None, None, 0.04)]
    """
    number, text = pl.Float64(), pl.String()
    rows = with_absent(as_frame(rows), value_base=number, unit_base=text, lln_base=number)
    numbers = ("value", "lln", "value_base", "lln_base")
    rows = rows.with_columns(pl.col(name).cast(pl.Float64) for name in numbers)
    factor, factor_base = (_factor(rows, name) for name in ("unit", "unit_base"))
    now, base = ((pl.col(v) * f).round(6) for v, f in (("value", factor), ("value_base", factor_base)))
    plausible = pl.col("test").replace_strict(
        {"C3": highest_c3, "C4": highest_c4}, default=None, return_dtype=pl.Float64
    )
    reason = (
        pl.when(pl.col("value").is_null()).then(None)
        .when(factor.is_null()).then(pl.lit("unit missing or unknown"))
        .when(now > plausible).then(pl.lit("beyond what is plausible: ask for the unit"))
        .when(pl.col("lln").is_null()).then(pl.lit("no lower limit with the result"))
    )  # fmt: skip
    usable = factor.is_not_null() & (now <= plausible).fill_null(True)
    low = pl.when(usable).then(pl.col("value").round(6) < pl.col("lln").round(6))
    was_low = pl.col("value_base").round(6) < pl.col("lln_base").round(6)
    return rows.with_columns(
        complement=pl.when(usable).then(now),
        low=low,
        lln_ratio=pl.when(usable & (pl.col("lln") > 0)).then((pl.col("value") / pl.col("lln")).round(6)),
        normalised=pl.when(was_low).then(~low),
        complement_change=pl.when(usable).then((now - base).round(6)),
        reason=reason,
    )


def _factor(rows: pl.DataFrame, unit: str) -> pl.Expr:
    """Return what turns a unit of mass into g/L; CH50, an activity, stays as it is."""
    factors: dict[str, float] = {}
    for name in rows[unit].drop_nulls().unique():
        try:
            factors[name] = conversion(name, UNIT)[0]
        except UnitError:
            continue
    by_mass = pl.col(unit).replace_strict(factors, default=None, return_dtype=pl.Float64)
    return pl.when(pl.col("test") == "CH50").then(1.0).otherwise(by_mass)
