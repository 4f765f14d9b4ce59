"""Answers: what an open question may be answered, as ranges of answers after which the verdicts are the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from carnet.core.form import Item
from carnet.core.reading import Reading, as_json, said
from carnet.core.rule import SAY

STEP = {"integer": 1.0, "decimal": 1e-6}
"""How finely numbers are told apart: values are compared rounded to six decimals."""

COARSE, PARTS = 300, 32
"""Steps of the first look along a scale, and of each closer look between two neighbours that differ."""

FAR = (10**3, 10**4, 10**6)
"""Where to look beyond a scale that has no upper end."""

Verdicts = Callable[[Sequence[Any]], list[tuple[bool | None, ...]]]
"""What each of several answers makes of the verdicts, that of the whole first."""


@dataclass(frozen=True)
class Answers:
    """A range of answers and the verdict that each of them makes: `values` of a list, else from `low` to `high`.

    An end that is null is open; `low_in` and `high_in` tell whether an end itself belongs to the range.
    """

    verdict: bool | None
    values: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    low_in: bool = True
    high_in: bool = True

    def __str__(self) -> str:
        """Say the range: below 1.6, 1.6 or more, B to E, answered yes."""
        if self.values:
            if isinstance(self.values[0], bool):
                return f"answered {' or '.join('yes' if value else 'no' for value in self.values)}"
            ends = [said(value) for value in self.values]
            return ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}"
        if self.low is None and self.high is None:
            return "any value"
        if self.low is None:
            return f"{'at most' if self.high_in else 'below'} {said(self.high)}"
        if self.high is None:
            return f"{said(self.low)} or more" if self.low_in else f"above {said(self.low)}"
        if self.low == self.high:
            return said(self.low)
        first = said(self.low) if self.low_in else f"above {said(self.low)}"
        return f"{first} to {'' if self.high_in else 'below '}{said(self.high)}"

    def data(self) -> dict[str, Any]:
        """Return the range as data."""
        which: dict[str, Any] = {"values": list(self.values)}
        if not self.values:
            which = {
                "from": as_json(self.low), "from_included": self.low_in,
                "to": as_json(self.high), "to_included": self.high_in,
            }  # fmt: skip
        return {**which, "verdict": self.verdict, "said": SAY[self.verdict]}


def try_answers(reading: Reading, verdicts: Verdicts) -> tuple[list[Answers], list[Any]]:
    """Return the answers that an open question may get, in ranges by verdict, and answers that stand for them all.

    A question that takes text or a date has none: what could be written is no list.
    """
    item = reading.item
    if item.type == "boolean":
        return _listed([False, True], verdicts)
    if item.choices:
        return _listed(_between(item, reading), verdicts)
    if item.type in STEP:
        return _measured(reading, verdicts)
    return [], []


def _between(item: Item, reading: Reading) -> list[str]:
    """Return the choices that the bounds of a value leave."""
    places = [item.choices.index(end) for end in (reading.low, reading.high) if end is not None]
    if len(places) < 2:
        return list(item.choices)
    return list(item.choices[min(places) : max(places) + 1])


def _listed(values: list[Any], verdicts: Verdicts) -> tuple[list[Answers], list[Any]]:
    ranges: list[Answers] = []
    for value, (verdict, *_) in zip(values, verdicts(values), strict=True):
        if ranges and ranges[-1].verdict is verdict:
            ranges[-1] = Answers(verdict, (*ranges[-1].values, value))
        else:
            ranges.append(Answers(verdict, (value,)))
    return ranges, values


def _measured(reading: Reading, verdicts: Verdicts) -> tuple[list[Answers], list[Any]]:
    """Return the ranges of a number: a coarse look along the scale, then ever closer where it changes."""
    item, step = reading.item, STEP[reading.item.type]
    low = reading.low if reading.low is not None else item.low
    high = reading.high if reading.high is not None else item.high
    first, last = (round(end / step) if end is not None else None for end in (low, high))
    start = first if first is not None else round(-FAR[-1] / step)
    if last is not None:
        grid = {start + (last - start) * n // COARSE for n in range(COARSE + 1)}
    else:
        near = {start + round(n / 2 / step) for n in range(COARSE)} | {start + n for n in (1, 2)}
        grid = near | {start + round(end / step) for end in FAR}
    known = _look(sorted(grid), step, verdicts)
    while between := _between_changes(known):
        known = dict(sorted((known | _look(between, step, verdicts)).items()))
    ranges, stand_for = [], []
    runs: list[list[int]] = []
    for place in known:
        if runs and known[runs[-1][-1]][0] is known[place][0]:
            runs[-1].append(place)
        else:
            runs.append([place])
    for number, run in enumerate(runs):
        stand_for += [_value(place, step) for place in run if _turns(known, place)] or [_value(run[0], step)]
        below = runs[number - 1][-1] if number else None
        above = runs[number + 1][0] if number + 1 < len(runs) else None
        left = _edge(run[0], below, step)
        right = _edge(run[-1], above, step)
        ranges.append(Answers(known[run[0]][0], (), left[0], right[0], left[1], right[1]))
    return ranges, stand_for


def _between_changes(known: dict[int, tuple[bool | None, ...]]) -> list[int]:
    """Return places to look at between neighbours whose verdicts differ; none where all neighbours are next."""
    return [
        place
        for (first, before), (last, after) in pairwise(known.items())
        if before != after
        for place in sorted({first + (last - first) * part // PARTS for part in range(1, PARTS)})
        if first < place < last
    ]


def _look(places: list[int], step: float, verdicts: Verdicts) -> dict[int, tuple[bool | None, ...]]:
    values = [_value(place, step) for place in places]
    return dict(zip(places, verdicts(values), strict=True))


def _turns(known: dict[int, Any], place: int) -> bool:
    """Whether a verdict, that of a part included, changes next to this place, or the scale ends there."""
    beside = [other for other in (place - 1, place + 1) if other in known]
    ends = place in (next(iter(known)), next(reversed(known)))
    return ends or any(known[other] != known[place] for other in beside)


def _value(place: int, step: float) -> float:
    return int(place) if step == 1 else round(place * step, 6)


def _edge(own: int, beyond: int | None, step: float) -> tuple[float | None, bool]:
    """Return the end of a range and whether it belongs to it: of two neighbours the rounder number is named."""
    if beyond is None:
        return None, True
    if step == 1 or len(said(_value(own, step))) <= len(said(_value(beyond, step))):
        return _value(own, step), True
    return _value(beyond, step), False
