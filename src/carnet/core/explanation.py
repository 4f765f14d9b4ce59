"""Why: the verdict on one row, the parts that decided, the values that they read, what would settle an unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from carnet.core.instrument import Instrument
from carnet.core.reading import EARLIER, SHOWN, Reading, Slot, Where, nowhere, plain, read
from carnet.core.rule import SAY, Rule
from carnet.core.settling import Settling, settle

MANY = 12
"""Of more parts in a line than this, a yes tells how many there are; of more values, what is not a plain no."""


@dataclass(frozen=True)
class Explanation:
    """What one rule says of one row: `decisive` where it is evidence for the verdict on the whole."""

    id: str
    label: str
    sentence: str
    verdict: bool | None
    decisive: bool
    in_line: bool
    readings: tuple[Reading, ...]
    parts: tuple[Explanation, ...]
    settling: Settling | None = None

    def data(self) -> dict[str, Any]:
        """Return the explanation as data, parts within parts."""
        said: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "verdict": self.verdict,
            "said": SAY[self.verdict],
            "decisive": self.decisive,
            "sentence": self.sentence,
            "values": [reading.data() for reading in self.readings],
            "parts": [part.data() for part in self.parts],
        }
        return said if self.settling is None else said | self.settling.data()


def explain(
    rule: Rule,
    row: Mapping[str, Any],
    where: Where = nowhere,
    today: str = "",
    instruments: Sequence[Instrument] = (),
) -> Explanation:
    """Return why the verdict on a row is yes, no or unknown.

    `row` holds the columns that the rule reads; verdicts that it holds as well are judged anew. `where` tells where
    the value of a column comes from, `today` is the day of the assessment. Where no part alone decides, all that is
    not settled the other way is evidence together. An unknown bears what would settle it; of a score of one of
    `instruments` whose items stand in the row these are the answers that it lacks.
    """
    wanted = {item.id for item in rule.inputs.items} | rule.reads()
    given = _table(row, wanted)
    judged = rule.judge(given).row(0, named=True)
    typed = rule.inputs.read(given).row(0, named=True)
    verdicts = {name: judged[name] for name in rule.ids()}
    off = set(rule.inputs.optional) - set(given.columns)
    whole = _Reader(rule, typed, verdicts, off, where, today).of(rule, {judged[rule.id]}, True, True)
    if judged[rule.id] is not None:
        return whole
    answered = {item.id for one in instruments for item in one.form.items}
    return replace(whole, settling=settle(rule, _table(row, wanted | answered), where, instruments))


def _table(row: Mapping[str, Any], wanted: set[str]) -> pl.DataFrame:
    """Return those columns of the row that are wanted, as a table; what has no type of its own is yes or no."""
    table = pl.DataFrame([{name: value for name, value in row.items() if name in wanted}])
    return table.with_columns(pl.col(pl.Null).cast(pl.Boolean))


@dataclass(frozen=True)
class _Reader:
    """What is needed to tell a rule and its parts: values, verdicts, optional columns that are not there."""

    rule: Rule
    row: Mapping[str, Any]
    judged: Mapping[str, Any]
    off: set[str]
    where: Where
    today: str

    def of(self, rule: Rule, telling: set[bool | None], decisive: bool, dated: bool) -> Explanation:
        """Return a rule as told, where verdicts in `telling` are the evidence; `dated` with the dates of values."""
        judged = self.judged
        if not any(judged[part.id] in telling for part in rule.parts):
            telling = telling | {None}
        parts = []
        for part in rule.parts:
            own = {judged[part.id]} if len(telling) == 1 else telling
            read_by = set(part.expr.meta.root_names())
            counts = bool(part.parts) or not read_by <= self.off
            evidence = decisive and counts and judged[part.id] in telling
            parts.append(self.of(part, own, evidence, not rule.in_line))
        items = {item.id: item for item in self.rule.inputs.items}
        names = plain(name for name in rule.expr.meta.root_names() if name not in judged)
        readings = () if rule.parts else tuple(read(items, self.row, n, self.where) for n in names)
        sentence = self.phrase(rule, dated) if rule.phrase else rule.label + _told(readings, self.today)
        return Explanation(
            rule.id, rule.label, sentence, judged[rule.id], decisive, rule.in_line, readings, tuple(parts)
        )

    def phrase(self, rule: Rule, dated: bool) -> str:
        """Return the phrase of a rule with the values in their places."""
        return rule.phrase.format_map(_Slots(self, dated))


class _Slots(dict[str, Slot]):
    """The places of a phrase, each made when it is asked for."""

    def __init__(self, reader: _Reader, dated: bool) -> None:
        self.reader, self.dated = reader, dated

    def __missing__(self, name: str) -> Slot:
        of = self.reader
        base = f"{name}_base"
        items = {item.id: item for item in of.rule.inputs.items}
        compared = read(items, of.row, base, of.where) if base in of.row else None
        return Slot(read(items, of.row, name, of.where), compared, of.today if self.dated else None)


def _told(readings: Sequence[Reading], today: str) -> str:
    """Return the values of a rule that has no phrase of its own."""
    if not readings:
        return ""
    if len(readings) == 1:
        return f": {Slot(readings[0], None, today)}"
    if all(reading.item.dtype == pl.Boolean for reading in readings) and len(readings) > MANY:
        return _counted(readings)
    return ": " + ", ".join(f"{reading.label} {Slot(reading, None, today)}" for reading in readings)


def _counted(readings: Sequence[Reading]) -> str:
    """Return what is present and what is not known of many questions, with their points."""

    def named(value: bool | None) -> list[str]:
        return [
            reading.label + (f" {reading.item.points}" if reading.item.points else "")
            for reading in readings
            if reading.value is value
        ]

    present, unknown = named(True), named(None)
    points = sum(reading.item.points or 0 for reading in readings if reading.value)
    told = ": " + (", ".join(present) or "none present")
    if points:
        told = f": {'at least ' if unknown else ''}{points} points ({', '.join(present)})"
    if not unknown:
        return told
    return told + (
        f"; not answered: {', '.join(unknown)}" if len(unknown) <= SHOWN else f"; {len(unknown)} not answered"
    )


def lines(whole: Explanation) -> Iterator[str]:
    """Yield the explanation as text: the parts that decided, each below what it decided, then what would settle it."""
    yield from _lines(whole, "", set())
    if whole.settling is not None:
        yield from whole.settling.lines()


def _lines(told: Explanation, indent: str, before: set[str]) -> Iterator[str]:
    head = f"{indent}{SAY[told.verdict]:<8} {told.sentence}"
    if told.in_line and told.parts:
        yield f"{head}{_against(told)}: {_in_line(told, before)}"
        return
    yield head + "".join(f"; {r.origin.detail}" for r in told.readings if r.origin.detail)
    for part in told.parts:
        if part.decisive:
            yield from _lines(part, indent + "  ", before)


def _against(told: Explanation) -> str:
    """Say the day of the earlier values, where all parts compare with values of one day."""
    earlier = (r for part in told.parts for r in part.readings if r.item.id.endswith(EARLIER))
    days = {reading.origin.date for reading in earlier} - {""}
    return f" (against {days.pop()})" if len(days) == 1 else ""


def _in_line(told: Explanation, before: set[str]) -> str:
    """Return the parts of a rule in one line: those that agree with it, or the few that do not although it holds."""
    others = [part for part in told.parts if part.verdict is not told.verdict]
    if told.verdict and 0 < len(others) < len(told.parts) / 2:
        return "all but " + ", ".join(part.sentence for part in others)
    agree = [part for part in told.parts if part.decisive] or list(told.parts)
    said = ", ".join(part.sentence for part in agree)
    if said in before:
        return "as above"
    before.add(said)
    if len(agree) > MANY:
        return (
            f"all {len(agree)}" if told.verdict else f"{len(agree)} of {len(told.parts)} {SAY[told.verdict]}"
        )
    if told.verdict is not True and len(agree) <= SHOWN:
        said = ", ".join(part.sentence + _detail(part) for part in agree)
    return said


def _detail(told: Explanation) -> str:
    """Return of what the scores were made that a part read, in brackets."""
    details = "; ".join(reading.origin.detail for reading in told.readings if reading.origin.detail)
    return f" ({details})" if details else ""
