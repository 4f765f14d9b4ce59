"""Blocks: one parameter of one summary each, and its number and codes for every profile and scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from polars import col

from carnet.kinetics.courses import Floats
from carnet.kinetics.definitions import OF_SCOPE, Definition, Flags
from carnet.kinetics.flags import bit, mark

Numbers = npt.NDArray[np.uint32]
"""Places in a table of few rows, for very many."""


class Block(NamedTuple):
    """One parameter of one summary: its code, kind, definition, and the ends of its window."""

    code: str
    kind: str
    definition: Definition
    frame: pl.DataFrame
    start: str
    end: str | None


class Told(NamedTuple):
    """What the blocks of a summary say: a row for each of its rows, a column for each block.

    `marks` are the sums of codes that occur, `code` says which of them each number has.
    """

    value: Floats
    marks: pl.Series
    code: Numbers


def tell(frame: pl.DataFrame, blocks: Sequence[Block]) -> Told:
    """Return the numbers and marks of the blocks for each row of a summary; frames of windows stand for it."""
    if not blocks:
        none = np.empty((len(frame), 0))
        return Told(none, pl.Series(dtype=pl.Int64), none.astype(np.uint32))
    values: dict[str, pl.Series] = {}
    marks: dict[str, pl.Series] = {}
    said: list[str] = []
    by_frame: dict[int, list[int]] = {}
    for place, block in enumerate(blocks):
        by_frame.setdefault(id(block.frame), []).append(place)
        said.append(f"{id(block.frame)} {_same(block.definition)}")
    for places in by_frame.values():
        flags = {said[place]: blocks[place].definition.flags for place in places}
        made = blocks[places[0]].frame.select(
            *(_number(blocks[place].definition).alias(f"{place}") for place in places),
            *(_marks(more).alias(same) for same, more in flags.items()),
        )
        values |= {f"{place}": made[f"{place}"] for place in places}
        marks |= {same: made[same] for same in flags}
    for name, value in values.items():
        if not value.is_finite().all():
            values[name] = pl.select(pl.when(value.is_finite()).then(value)).to_series()
            same, said[int(name)] = said[int(name)], f"{name} overflow"
            lost = ~value.is_finite().fill_null(True)
            marks[said[int(name)]] = marks[same] | lost.cast(pl.Int64) * bit("OVERFLOW")
    number = pl.DataFrame([values[f"{place}"].alias(f"{place}") for place in range(len(blocks))])
    distinct = pl.concat([column.unique() for column in marks.values()]).unique()
    place_of = pl.Series(range(len(distinct)), dtype=pl.UInt32)
    codes = {same: column.replace_strict(distinct, place_of) for same, column in marks.items()}
    code = pl.DataFrame([codes[same].alias(f"{place}") for place, same in enumerate(said)])
    return Told(number.to_numpy(order="c"), distinct, code.to_numpy(order="c"))


def _number(definition: Definition) -> pl.Expr:
    """Return the number of a parameter, none where its profile is refused."""
    return pl.when(~col("refused")).then(definition.value).cast(pl.Float64)


def _marks(more: Flags) -> pl.Expr:
    """Return the codes of the scope and those that a parameter has beside them."""
    return pl.when("refused").then("held").otherwise(mark(**{**OF_SCOPE, **more}) | col("held"))


def _same(definition: Definition) -> str:
    """Return a name that definitions share which carry the same codes under the same conditions."""
    return " ".join(f"{code} {id(holds)}" for code, holds in definition.flags.items())
