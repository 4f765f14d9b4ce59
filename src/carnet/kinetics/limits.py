"""What a laboratory result says of a level: quantifiable, below, detected, not detected, not done."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from carnet.core.errors import InputError

QUANTIFIABLE, BELOW, DETECTED, NOT_DETECTED, NOT_DONE = (
    "quantifiable", "below", "detected", "not detected", "not done",
)  # fmt: skip
"""The states of a result; `below`: below quantification, detection not said. An empty cell has none."""

IMPOSSIBLE = "impossible"
"""The state of a negative level: it cannot be read as any result, and its profile is refused."""

RESULTS = (QUANTIFIABLE, BELOW, DETECTED, NOT_DETECTED)
"""The states that say something of the level."""

LESS_THAN = r"^<([0-9]+\.?[0-9]*(?:E[+-]?[0-9]+)?)$"


@cache
def _words() -> dict[str, str]:
    """Return the state that each word of `results.csv` stands for."""
    table = pl.read_csv(files("carnet.kinetics").joinpath("results.csv").read_bytes())
    return dict(table.select("word", "state").iter_rows())


def _text(values: pl.Series) -> pl.Series:
    """Return the cells as upper-case text without stray spaces; an empty one is null."""
    text = values.cast(pl.String).str.strip_chars().str.to_uppercase().str.replace_all(r"\s+", " ")
    text = text.str.replace(r"^[<＜]\s*", "<")
    return text.set(text == "", None)


def read_results(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the table with `state`, `level` (the number, where quantifiable) and `limit` of quantification.

    Reads `value` (number or word) and `lloq`. A number below `lloq`, and zero, is below quantification; a
    value at `lloq` is quantifiable, and so is a positive one whose `lloq` is unknown. A cell that cannot be
    read is an `InputError` naming its row, subject and value.

    >>> told = pl.DataFrame({"subject": ["01"] * 4, "value": ["50", "49", "<50", "NEG"], "lloq": [50.0] * 4})
    >>> read_results(told)["state"].to_list()
    ['quantifiable', 'below', 'below', 'not detected']
    """
    text = _text(rows["value"])
    number = rows["value"] if rows["value"].dtype.is_numeric() else text
    number = number.cast(pl.Float64, strict=False)
    number = number.set(~number.is_finite().fill_null(True), None)
    under = text.str.extract(LESS_THAN).cast(pl.Float64)
    word = text.replace_strict(_words(), default=None, return_dtype=pl.String)
    strange = text.is_not_null() & number.is_null() & under.is_null() & word.is_null()
    if strange.any():
        place = strange.arg_true()[0]
        raise InputError(
            f"row {place + 1} (subject {rows['subject'][place]}): value is {rows['value'][place]!r}; it "
            "takes a number, BLQ, <x or <LLOQ (below quantification), DET (detected, below), NEG (not "
            "detected), ND (not done), or empty for unknown."
        )
    read = rows.with_columns(number.alias("number"), under.alias("under"), word.alias("word"))
    value, lloq = pl.col("number"), pl.col("lloq")
    state = (
        pl.when(value < 0).then(pl.lit(IMPOSSIBLE))
        .when((value == 0) | (value < lloq) | pl.col("under").is_not_null()).then(pl.lit(BELOW))
        .when(value.is_not_null()).then(pl.lit(QUANTIFIABLE))
        .otherwise(pl.col("word"))
    )  # fmt: skip
    read = read.with_columns(state.alias("state"), pl.coalesce("lloq", "under").alias("limit"))
    level = pl.when(pl.col("state") == QUANTIFIABLE).then(value)
    return read.with_columns(level.alias("level")).drop("number", "under", "word")
