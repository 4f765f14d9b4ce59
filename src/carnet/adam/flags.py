"""Flags: how conditions are written in analysis datasets."""

from __future__ import annotations

import polars as pl


def mark(condition: pl.Expr) -> pl.Expr:
    """Return Y where the condition holds, null elsewhere: a flag of records.

    >>> pl.DataFrame({"a": [True, False, None]}).select(mark(pl.col("a"))).to_series().to_list()
    ['Y', None, None]
    """
    return pl.when(condition).then(pl.lit("Y"))


def member(condition: pl.Expr) -> pl.Expr:
    """Return Y where the condition holds, N elsewhere: a flag of populations.

    >>> pl.DataFrame({"a": [True, False, None]}).select(member(pl.col("a"))).to_series().to_list()
    ['Y', 'N', 'N']
    """
    return pl.when(condition.fill_null(False)).then(pl.lit("Y")).otherwise(pl.lit("N"))


def answer(condition: pl.Expr) -> pl.Expr:
    """Return Y where the condition holds, N where it does not, null where that is not known: a verdict.

    >>> pl.DataFrame({"a": [True, False, None]}).select(answer(pl.col("a"))).to_series().to_list()
    ['Y', 'N', None]
    """
    return pl.when(condition).then(pl.lit("Y")).when(~condition).then(pl.lit("N"))
