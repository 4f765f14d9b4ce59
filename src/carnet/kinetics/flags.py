"""Flags: the codes that say why a number is missing, or what to know of it, held as the bits of one number."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

UNIT = "UNIT:"
"""The one code that is followed by a word: the unit of the profile."""


@cache
def codes() -> pl.DataFrame:
    """Return `flags.csv`: code, meaning, and whether it refuses the profile."""
    return pl.read_csv(files("carnet.kinetics").joinpath("flags.csv").read_bytes())


@cache
def bit(code: str) -> int:
    """Return the number that stands for a code; those of several codes add up.

    >>> bit("NO_DATA"), bit("ALL_BLQ")
    (1, 2)
    """
    return 1 << codes()["code"].to_list().index(code)


def mark(**conditions: pl.Expr) -> pl.Expr:
    """Return, for each row, the sum of the bits of the codes whose condition holds.

    >>> pl.DataFrame({"n": [0, 2]}).select(mark(NO_DATA=pl.col("n") == 0).alias("marks"))["marks"].to_list()
    [1, 0]
    """
    marks = pl.lit(0, pl.Int64)
    for code, holds in conditions.items():
        marks = marks + holds.fill_null(False).cast(pl.Int64) * bit(code)
    return marks


def text(marks: pl.Series) -> pl.Series:
    """Return marks as codes separated by semicolons, in the order of `flags.csv`.

    >>> text(pl.Series([3, 0])).to_list()
    ['NO_DATA;ALL_BLQ', '']
    """
    names = codes()["code"].to_list()
    said = {
        number: ";".join(name for place, name in enumerate(names) if number >> place & 1)
        for number in {0, *marks.unique().to_list()}
    }
    return marks.replace_strict(said, return_dtype=pl.String)
