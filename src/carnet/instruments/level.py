"""How high a system of BILAG-2004 stands, and the letter that this gives."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from carnet.core.bounds import Bounds, some
from carnet.core.instrument import Score

GRADES = ("A", "B", "C", "D", "E")
"""The grades from worst to best; D and E are equally inactive."""

GRADE = pl.Enum(GRADES)


class Level(NamedTuple):
    """Whether a system reaches A, B and C; the highest rung that it reaches counts.

    A rung is a condition, so that a system is a few logical operations and no arithmetic.
    """

    a: Bounds
    b: Bounds
    c: Bounds

    def steps(self, name: str) -> tuple[Score, ...]:
        """Return the rungs as steps of an instrument, each end by its own name."""
        return tuple(
            Score(f"_{name}_{rung}_{end}", f"{name} reaches {rung.upper()}, {end}", expr)
            for rung, bounds in self._asdict().items()
            for end, expr in bounds._asdict().items()
        )

    @classmethod
    def stepped(cls, name: str) -> Level:
        """Return the level that reads the steps of this name."""
        return cls(
            *(Bounds(*(pl.col(f"_{name}_{rung}_{end}") for end in Bounds._fields)) for rung in cls._fields)
        )

    def letter(self, end: int, inactive: pl.Expr) -> pl.Expr:
        """Return the grade at one end; `inactive` is that of a system that reaches no rung."""
        a, b, c = (pl.lit(grade, GRADE) for grade in GRADES[:3])
        return (
            pl.when(self.a[end]).then(a)
            .when(self.b[end]).then(b)
            .when(self.c[end]).then(c)
            .otherwise(inactive)
        )  # fmt: skip


def worst(*levels: Level) -> Level:
    """Return the highest of some levels, rung by rung."""
    return Level(*(some(*rungs) for rungs in zip(*levels, strict=True)))
