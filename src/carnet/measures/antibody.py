"""Antibodies by level: anti-dsDNA against the limit that came with the result, compared within one method alone."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.core.units import canonical
from carnet.measures.censored import with_number
from carnet.measures.change import with_absent, with_ratio


def with_antibody(rows: Any) -> pl.DataFrame:
    """Return the rows with `level`, `positive`, `uln_ratio`, `turned_normal`, and change and ratios from baseline.

    Reads `result` (a number, or "<10"), `unit`, `method` and `uln`, the upper limit of the same result; with
    `result_base`, `unit_base`, `method_base` and `uln_base` the change. Positive is above the limit, no more. Methods,
    and units that are not the same, are not compared: 1 IU/mL is 1 kU/L, and no per cent of Farr.

    >>> now = {"result": ["40", "<10", "40"], "unit": ["IU/mL"] * 3, "method": ["CLIA", "CLIA", "ELISA"]}
    >>> base = {"result_base": ["160"] * 3, "unit_base": ["kU/L"] * 3, "method_base": ["CLIA"] * 3}
    >>> limits = {"uln": [30.0] * 3, "uln_base": [30.0] * 3}
    >>> with_antibody(now | base | limits).select("level", "positive", "turned_normal", "ratio", "ratio_max").rows()
    [(40.0, True, False, 0.25, 0.25), (5.0, False, True, 0.03125, 0.0625), (40.0, True, None, None, None)]
    """
    text, number = pl.String(), pl.Float64()
    rows = with_absent(
        as_frame(rows), method=text, result_base=text, unit_base=text, method_base=text, uln_base=number
    )
    base = with_number(rows.select(result="result_base"), "result")
    rows = with_number(rows, "result").rename({"number": "level"})
    rows = rows.with_columns(base["number"].alias("level_base"), base["censored"].alias("censored_base"),
                             base["limit"].alias("limit_base"))  # fmt: skip
    positive, was = (_above(at) for at in ("", "_base"))
    unit, unit_base = (pl.coalesce(canonical(pl.col(name)), name) for name in ("unit", "unit_base"))
    same = (pl.col("method") == pl.col("method_base")) & (unit == unit_base)
    rows = with_ratio(rows, "level", same)
    return rows.with_columns(
        positive=positive,
        uln_ratio=pl.when(pl.col("uln") > 0).then((pl.col("level") / pl.col("uln")).round(6)),
        turned_normal=pl.when(same & was).then(~positive),
    )


def _above(at: str) -> pl.Expr:
    """Whether the level is above its limit; unknown where what is censored could lie on either side of it."""
    level, limit, uln = (pl.col(f"{name}{at}") for name in ("level", "limit", "uln"))
    side = pl.col(f"censored{at}")
    return (
        pl.when(side == "LEFT").then(pl.when(limit <= uln).then(False))
        .when(side == "RIGHT").then(pl.when(limit >= uln).then(True))
        .otherwise(level.round(6) > uln.round(6))
    )  # fmt: skip
