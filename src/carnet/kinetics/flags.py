"""Flags: the codes that say why a number is missing, or what to know of it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl


def flags(**conditions: pl.Expr) -> pl.Expr:
    """Return, for each row, the list of the codes whose condition holds.

    >>> pl.DataFrame({"n": [0, 2]}).select(flags(NO_DATA=pl.col("n") == 0).alias("flags"))["flags"].to_list()
    [['NO_DATA'], []]
    """
    codes = [pl.when(holds).then(pl.lit(code)) for code, holds in conditions.items()]
    return pl.concat_list(codes).list.drop_nulls()


@cache
def codes() -> pl.DataFrame:
    """Return `flags.csv`: code, meaning, and whether it refuses the profile."""
    return pl.read_csv(files("carnet.kinetics").joinpath("flags.csv").read_bytes())
