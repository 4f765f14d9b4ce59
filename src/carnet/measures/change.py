"""Change of a measured value on the scale of ratios, with the bounds that a censored end leaves."""

from __future__ import annotations

import polars as pl


def with_ratio(rows: pl.DataFrame, value: str, comparable: pl.Expr) -> pl.DataFrame:
    """Return the rows with `change`, `ratio`, `log_ratio`, `percent_change`, `ratio_min` and `ratio_max`.

    Reads `value`, `censored` and `limit` and the same with `_base`, on rows that are `comparable`. A value below a
    limit enters with half of it and leaves the ratio an upper end, a baseline below one a lower end; an end that is
    open is null.
    """
    now, base = pl.col(value), pl.col(f"{value}_base")
    positive = comparable & (base > 0)
    ratio = pl.when(positive).then(now / base)
    ends = {}
    for end, of_now, of_base in (("min", "LEFT", "RIGHT"), ("max", "RIGHT", "LEFT")):
        top = pl.when(pl.col("censored").is_null()).then(now).otherwise(pl.col("limit"))
        bottom = pl.when(pl.col("censored_base").is_null()).then(base).otherwise(pl.col("limit_base"))
        is_open = (pl.col("censored") == of_now).fill_null(False) | (
            pl.col("censored_base") == of_base
        ).fill_null(False)
        ends[f"ratio_{end}"] = pl.when(positive & ~is_open).then((top / bottom).round(6))
    return rows.with_columns(
        change=pl.when(comparable).then((now - base).round(6)),
        ratio=ratio.round(6),
        log_ratio=pl.when(ratio > 0).then(ratio.log().round(6)),
        percent_change=(100 * (ratio - 1)).round(6),
        **ends,
    )


def with_absent(rows: pl.DataFrame, **columns: pl.DataType) -> pl.DataFrame:
    """Return the rows with an empty column for each that they lack."""
    return rows.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in columns.items() if name not in rows.columns
    )
