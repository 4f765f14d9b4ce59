"""A scale: how the answers to a few questions bound one grade, and which of them decide it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce

import polars as pl

from carnet.core.bounds import Bounds
from carnet.core.form import Item, read_items
from carnet.core.instrument import Score
from carnet.core.table import read_rows

FATAL = 5
"""The grade of a death, on every scale that has one."""


@cache
def items(scale: str) -> tuple[Item, ...]:
    """Return the questions of a scale.

    >>> [item.id for item in items("infection")]
    ['infection_iv', 'infection_life_threatening', 'infection_fatal']
    """
    mine = {row["id"] for row in read_rows("carnet.safety", "scale_items.csv") if row["scale"] == scale}
    return tuple(i for i in read_items("carnet.safety", "scale_items.csv", also={"scale"}) if i.id in mine)


@cache
def steps(scale: str) -> dict[str, list[dict[str, str]]]:
    """Return the printed steps of a scale by the item that they are about."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in read_rows("carnet.safety", "scales.csv"):
        if row["scale"] == scale:
            found.setdefault(row["item"], []).append(row)
    return found


def level(scale: str, item: str, value: pl.Expr | None = None) -> Bounds:
    """Return the grade that an answer alone gives, at its least and its most; anything between while unknown.

    >>> fluids = pl.DataFrame({"crs_hypotension": ["FLUIDS", None]})
    >>> least, most = level("crs", "crs_hypotension")
    >>> fluids.select(least=least, most=most).rows()
    [(2, 2), (1, 4)]
    """
    rows, answer = steps(scale)[item], pl.col(item) if value is None else value
    least = pl.coalesce(pl.when(_meets(answer, row)).then(int(row["grade"])) for row in rows)
    most = pl.coalesce(
        pl.when(_meets(answer, row)).then(int(row["grade_most"] or row["grade"])) for row in rows
    )
    lowest = min(int(row["grade"]) for row in rows)
    top = max(int(row["grade_most"] or row["grade"]) for row in rows)
    return Bounds(least.fill_null(lowest).cast(pl.Int64), most.fill_null(top).cast(pl.Int64))


def _meets(answer: pl.Expr, row: dict[str, str]) -> pl.Expr:
    """Return whether an answer is the one of a step, or lies in its interval."""
    if row["answer"] in ("yes", "no"):
        return answer if row["answer"] == "yes" else ~answer
    if row["answer"]:
        return answer == row["answer"]
    number, ends = answer.round(6), []
    if row["low"]:
        low = float(row["low"])
        ends.append(number >= low if row["low_included"] == "Y" else number > low)
    if row["high"]:
        high = float(row["high"])
        ends.append(number <= high if row["high_included"] == "Y" else number < high)
    return reduce(lambda a, b: a & b, ends)


def counts(present: Bounds, grade: Bounds) -> Bounds:
    """Return the grade where the thing graded is there, else 0."""
    return Bounds(
        pl.when(present.least).then(grade.least).otherwise(0),
        pl.when(present.most).then(grade.most).otherwise(0),
    )


def but_for(other: Bounds, fatal: Bounds, grade: Bounds) -> Bounds:
    """Return the grade, 5 after a death, and 0 where it all has another cause."""
    ends = (
        pl.when(without).then(0).when(died).then(FATAL).otherwise(own)
        for without, died, own in zip((other.most, other.least), fatal, grade, strict=True)
    )
    return Bounds(*ends)


def scores(id: str, label: str, grade: Bounds, parts: Iterable[tuple[str, Bounds]]) -> tuple[Score, ...]:
    """Return the scores of a scale: the grade where it is certain, its bounds, and the items that decide it.

    An item decides that reaches the grade by itself; of an uncertain grade, one that could raise it above its least.
    """
    least, most = (end.cast(pl.Int64) for end in grade)
    low, high = pl.col(f"{id}_min"), pl.col(f"{id}_max")
    deciding = [
        pl.when(pl.when(low == high).then((part.least == low) & (low > 0)).otherwise(part.most > low)).then(
            pl.lit(name)
        )
        for name, part in parts
    ]
    return (
        Score(f"{id}_min", f"{label}, at its least over all that is unknown", least),
        Score(f"{id}_max", f"{label}, at its most", most),
        Score(id, f"{label}, where it is certain", pl.when(low == high).then(low)),
        Score(
            f"{id}_by",
            "What decides the grade, or could still raise it",
            pl.concat_str(deciding, separator=" ", ignore_nulls=True).replace("", None),
        ),
    )
