"""Censored results: a result below or above what the assay tells, as text says it."""

from __future__ import annotations

import polars as pl

WIDE = {
    "：": ":", "／": "/", "＜": "<", "＞": ">", "﹤": "<", "﹥": ">", "≤": "<=", "≥": ">=", "＋": "+", "－": "-",
    "（": "(", "）": ")", "．": ".", "，": ",", "；": ";", "、": ",", "\u3000": " ",
    "\u2236": ":", "﹕": ":", "︰": ":", "\u2215": "/", "\u2044": "/", "≦": "<=", "≧": ">=", "\u2212": "-",
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
}  # fmt: skip
"""Signs of Chinese writing, and those of mathematics, as a keyboard has them."""

NUMBER = r"^\s*(?:<|>)?\s*=?\s*(\d+(?:\.\d+)?)\s*$"


def plain_signs(name: str) -> pl.Expr:
    """Return a text with full-width signs and digits as a keyboard has them, without blanks around it."""
    return pl.col(name).cast(pl.String).str.replace_many(list(WIDE), list(WIDE.values())).str.strip_chars()


def censoring(text: pl.Expr) -> pl.Expr:
    """Return LEFT for a result below a limit, RIGHT for one above, null for a number as it is."""
    return (
        pl.when(text.str.starts_with("<")).then(pl.lit("LEFT"))
        .when(text.str.starts_with(">")).then(pl.lit("RIGHT"))
    )  # fmt: skip


def with_number(rows: pl.DataFrame, result: str) -> pl.DataFrame:
    """Return the rows with `number`, `censored` and `limit` of a result: below a limit the number is half of it.

    Above a limit it is the limit. A text that is no number has none.

    >>> rows = pl.DataFrame({"result": ["0.4", "<0.1", "＞30", "trace"]})
    >>> with_number(rows, "result").select("number", "censored", "limit").rows()
    [(0.4, None, None), (0.05, 'LEFT', 0.1), (30.0, 'RIGHT', 30.0), (None, None, None)]
    """
    text = plain_signs(result)
    value = text.str.extract(NUMBER).cast(pl.Float64)
    rows = rows.with_columns(number=value, censored=pl.when(value.is_not_null()).then(censoring(text)))
    left = pl.col("censored") == "LEFT"
    return rows.with_columns(
        limit=pl.when(pl.col("censored").is_not_null()).then("number"),
        number=pl.when(left).then(pl.col("number") / 2).otherwise("number"),
    )
