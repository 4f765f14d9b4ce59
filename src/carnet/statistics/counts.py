"""What may be counted on: whole numbers, finite values, a level between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carnet.core.errors import InputError


def whole(name: str, value: float) -> int:
    """Return a count as an int; a fraction, a negative or a missing one is refused.

    >>> whole("responders", 7.0)
    7
    """
    if value is None or not math.isfinite(value) or value < 0 or value != int(value):
        raise InputError(f"{name} is {value!r}; it takes a whole number of 0 or more.")
    return int(value)


def part_of(name: str, value: float, n: float) -> tuple[int, int]:
    """Return a count and the number it is counted among; more than that number is refused."""
    part, total = whole(name, value), whole("n", n)
    if part > total:
        raise InputError(f"{name} is {part} of n = {total}; a part cannot exceed its whole.")
    return part, total


def parts_of(name: str, values: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return counts and the numbers they are counted among as arrays of one shape; `part_of` for each.

    >>> [column.tolist() for column in parts_of("responders", [0, 7], 10)]
    [[0.0, 7.0], [10.0, 10.0]]
    """
    parts, totals = np.broadcast_arrays(np.asarray(values, dtype=float), np.asarray(n, dtype=float))
    for label, column in ((name, parts), ("n", totals)):
        good = np.isfinite(column) & (column >= 0) & (column == np.floor(column))
        if not good.all():
            whole(label, float(column[~good][0]))
    if (parts > totals).any():
        part_of(name, float(parts[parts > totals][0]), float(totals[parts > totals][0]))
    return parts.astype(float), totals.astype(float)


def tail(level: float) -> float:
    """Return the probability left out at each end by a two-sided interval of this level."""
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}; it takes a number between 0 and 1, such as 0.95.")
    return (1 - level) / 2


def finite(name: str, values: Iterable[float]) -> list[float]:
    """Return values as floats; a missing or infinite one is refused: who leaves it out counts it."""
    read = []
    for place, value in enumerate(values, start=1):
        if value is None or not math.isfinite(value):
            raise InputError(
                f"{name}, value {place} is {value!r}; give finite numbers, count the missing apart."
            )
        read.append(float(value))
    return read
