"""A reading: one value that a rule read, the bounds of what is not certain, and where it was written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from carnet.core.form import Item
from carnet.core.rule import BOUND, say

LOWER, UPPER = ("_min", "_best"), ("_max", "_worst")
"""How the columns that bound a value end, before `_base` and `_prev`."""

SHOWN = 6
"""Of more names than this the text gives the number."""

WHEN = {"_base": " at baseline", "_prev": " at the previous assessment"}
"""How the time of a value that is not of this assessment is said."""

EARLIER = tuple(WHEN)


@dataclass(frozen=True)
class Origin:
    """Where a value was written down: form, visit and date; `answers` are the ones of which a score was made.

    Answers that say nothing present are left out of them. What is not known is empty.
    """

    form: str = ""
    visit: str = ""
    date: str = ""
    answers: tuple[tuple[Item, Any], ...] = ()

    @property
    def detail(self) -> str:
        """Say of what a score was made: what is present with its points, and what nobody answered."""
        made = [
            f"{item.label} {item.points}" if item.points and value is True
            else item.label if value is True else f"{item.label} {said(value)}"
            for item, value in self.answers
            if value is not None
        ]  # fmt: skip
        open_ = [item.label for item, value in self.answers if value is None]
        lacking = f"not answered: {', '.join(open_)}" if len(open_) <= SHOWN else f"{len(open_)} not answered"
        return "; ".join([*([f"from {', '.join(made)}"] if made else []), *([lacking] if open_ else [])])


Where = Callable[[str], Origin]
"""Where the value of a column comes from."""


def nowhere(column: str) -> Origin:
    """Return the origin of a value of which nothing is known but the table."""
    return Origin()


@dataclass(frozen=True)
class Reading:
    """The value of one column; `low` and `high` are its ends where it is not certain, null where they are open."""

    item: Item
    value: Any
    low: Any
    high: Any
    origin: Origin

    @property
    def known(self) -> bool:
        """Whether the value is certain."""
        return self.low is not None and bool(self.low == self.high)

    @property
    def label(self) -> str:
        """The name of the value with its time: SLEDAI-2K at baseline."""
        return self.item.label + next((said for end, said in WHEN.items() if self.item.id.endswith(end)), "")

    def data(self) -> dict[str, Any]:
        """Return the reading as data; what is not known is null."""
        return {
            "item": self.item.id,
            "label": self.label,
            "value": as_json(self.value),
            "low": as_json(self.low),
            "high": as_json(self.high),
            "unit": self.item.unit or None,
            "form": self.origin.form or None,
            "visit": self.origin.visit or None,
            "date": self.origin.date or None,
            "answers": [
                {"item": item.id, "label": item.label, "value": as_json(value)}
                for item, value in self.origin.answers
            ],
        }

    def __str__(self) -> str:
        """Say the value as a person would: 6, B, B to D, between 4 and 8, unknown."""
        if self.known:
            return said(self.low)
        ends = [self.low, self.high]
        if self.item.choices:
            ends = sorted(filter(None, ends), key=self.item.choices.index)
            if len(ends) < 2 or ends == [self.item.choices[0], self.item.choices[-1]]:
                return "unknown"
            return f"{ends[0]} to {ends[1]}"
        return "unknown" if None in ends else _between(*ends)


def _between(low: Any, high: Any) -> str:
    return f"between {said(low)} and {said(high)}"


def said(value: Any) -> str:
    """Return a value as a person writes it, whole numbers without a point.

    >>> said(10.0), said(0.30000000000000004), said("B"), said(None)
    ('10', '0.3', 'B', 'unknown')
    """
    return say(value).removesuffix(".0") if isinstance(value, float) else say(value)


def as_json(value: Any) -> Any:
    """Return a value as JSON has it: rounded numbers, dates as ISO text."""
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 6) if isinstance(value, float) else value


def plain(columns: Iterable[str]) -> list[str]:
    """Return the columns without those that only bound another, which stand for it: each once."""
    return list(dict.fromkeys(BOUND.sub("", column) for column in columns))


def bounding(name: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that bound the one called `name`."""
    return [column for column in columns if column != name and BOUND.sub("", column) == name]


def read(items: Mapping[str, Item], row: Mapping[str, Any], name: str, where: Where = nowhere) -> Reading:
    """Return the reading of the column `name` of a row, whose values are typed as `items` has them."""
    item = items.get(name) or Item(name, name.replace("_", " "), _type(row.get(name)))
    value = row.get(name)
    low = high = value
    for column in bounding(name, row):
        core = column.removesuffix("_base").removesuffix("_prev")
        if core.endswith(LOWER) and row[column] is not None:
            low = row[column]
        if core.endswith(UPPER) and row[column] is not None:
            high = row[column]
    return Reading(item, value, low, high, where(name))


def _type(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, float):
        return "decimal"
    return "integer" if isinstance(value, int) and not isinstance(value, bool) else "boolean"


@dataclass(frozen=True)
class Slot:
    """A place in the phrase of a rule where a value is put; the format says how.

    `{pga}` the value with its date, `{pga:from}` the way from baseline to now, `{pga:by}` the change,
    `{sledai_rash:present}` present or absent. A date is said where it is not `today`, the
    day of the assessment; where that is null no date is said.
    """

    reading: Reading
    base: Reading | None
    today: str | None

    def __format__(self, spec: str) -> str:
        if spec == "present":
            words = {True: "present", False: "absent", None: "not answered"}
            return words[self.reading.value] + self._on(self.reading)
        if spec in ("from", "by") and self.base is not None:
            return self._way(self.base) if spec == "from" else self._change(self.base)
        unit = f" {self.reading.item.unit}" if self.reading.item.unit and self.reading.low is not None else ""
        return f"{self.reading}{unit}{self._on(self.reading)}"

    def _on(self, reading: Reading) -> str:
        day = reading.origin.date
        told = self.today is not None and day not in ("", self.today) and reading.low is not None
        return f" on {day}" if told else ""

    def _way(self, base: Reading) -> str:
        now, before = self.reading, base
        if now.known and before.known and now.low == before.low:
            since = f" since {before.origin.date}" if before.origin.date else ""
            return f"unchanged at {now}{since}"
        verb = ""
        if now.known and before.known:
            verb = "fell " if now.low < before.low else "rose "
        return f"{verb}from {before}{self._on(before)} to {now}{self._on(now)}"

    def _change(self, base: Reading) -> str:
        now = self.reading
        if None in (now.low, now.high, base.low, base.high):
            return "change unknown"
        ends = [round(now.low - base.high, 6), round(now.high - base.low, 6)]
        signed = [f"{'+' if end > 0 else ''}{said(end)}" for end in ends]
        return signed[0] if ends[0] == ends[1] else f"between {signed[0]} and {signed[1]}"
