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

STATE = pl.Enum([QUANTIFIABLE, BELOW, DETECTED, NOT_DETECTED, NOT_DONE, IMPOSSIBLE])
"""The type of a column of states."""

RESULTS = (QUANTIFIABLE, BELOW, DETECTED, NOT_DETECTED)
"""The states that say something of the level."""

LESS_THAN = r"^<([0-9]+\.?[0-9]*(?:E[+-]?[0-9]+)?)$"


@cache
def _words() -> dict[str, str]:
    """Return the state that each word of `results.csv` stands for."""
    table = pl.read_csv(files("carnet.kinetics").joinpath("results.csv").read_bytes())
    return dict(table.select("word", "state").iter_rows())


def _words_of(cells: pl.Series) -> pl.Series:
    """Return cells that are no numbers as upper-case text without stray spaces; an empty one is null."""
    text = cells.str.strip_chars().str.to_uppercase().str.replace_all(r"\s+", " ")
    text = text.str.replace(r"^[<＜]\s*", "<")
    return text.set(text == "", None)


def read_results(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the table with `state`, `level` (where quantifiable), `limit` of quantification and `ceiling`.

    Reads `value` (number or word) and `lloq`. A number below `lloq`, and zero, is below quantification; a
    value at `lloq` is quantifiable, and so is a positive one whose `lloq` is unknown. The level of a result
    below lies under its `ceiling`: the x of `<x`, which may be above `lloq`, else `lloq`; zero has none. A cell
    that cannot be read is an `InputError` naming its row, subject and value.

    >>> told = pl.DataFrame({"subject": ["01"] * 4, "value": ["50", "49", "<50", "NEG"], "lloq": [50.0] * 4})
    >>> read_results(told)["state"].to_list()
    ['quantifiable', 'below', 'below', 'not detected']
    """
    given = rows["value"]
    if given.dtype.is_numeric():
        number = given.cast(pl.Float64)
    else:
        given = given.cast(pl.String)
        number = given.cast(pl.Float64, strict=False)
    number = number.set(~number.is_finite().fill_null(True), None)
    read = rows.with_columns(*_read_rest(given, number, rows["subject"]))
    value, lloq = pl.col("number"), pl.col("lloq")
    state = (
        pl.when(value < 0).then(pl.lit(IMPOSSIBLE, STATE))
        .when((value == 0) | (value < lloq) | pl.col("under").is_not_null()).then(pl.lit(BELOW, STATE))
        .when(value.is_not_null()).then(pl.lit(QUANTIFIABLE, STATE))
        .otherwise(pl.col("word"))
    )  # fmt: skip
    read = read.with_columns(state.alias("state"), pl.coalesce("lloq", "under").alias("limit"))
    level = pl.when(pl.col("state") == QUANTIFIABLE).then(value)
    ceiling = pl.when(pl.col("state").is_in([BELOW, DETECTED]), value.ne_missing(0)).then(
        pl.coalesce("under", "lloq")
    )
    return read.with_columns(level.alias("level"), ceiling.alias("ceiling")).drop("number", "under", "word")


def _read_rest(given: pl.Series, number: pl.Series, subject: pl.Series) -> list[pl.Series]:
    """Return `number`, `under` (the limit that `<x` names) and `word` (the state that a word stands for).

    A cell that is no number as it stands is read once for all rows that have it.
    """
    whole = [number.alias("number"), pl.Series("under", [None], pl.Float64), pl.Series("word", [None], STATE)]
    whole[1:] = [column.new_from_index(0, len(given)) for column in whole[1:]]
    places = (number.is_null() & given.is_not_null()).arg_true()
    if places.is_empty():
        return whole
    cells = given.cast(pl.String).gather(places)
    told = cells.unique()
    text = _words_of(told)
    spaced = told.str.strip_chars().cast(pl.Float64, strict=False)
    spaced = spaced.set(~spaced.is_finite().fill_null(True), None)
    below = text.str.extract(LESS_THAN).cast(pl.Float64)
    known = text.replace_strict(_words(), default=None, return_dtype=STATE)
    strange = told.filter(text.is_not_null() & spaced.is_null() & below.is_null() & known.is_null())
    if len(strange):
        place = places.filter(cells.is_in(strange.implode()))[0]
        raise InputError(
            f"row {place + 1} (subject {subject[place]}): value is {given[place]!r}; it "
            "takes a number, BLQ, <x or <LLOQ (below quantification), DET (detected, below), NEG (not "
            "detected), ND (not done), or empty for unknown."
        )
    return [
        column.scatter(places, cells.replace_strict(told, read, return_dtype=column.dtype))
        for column, read in zip(whole, (spaced, below, known), strict=True)
    ]
