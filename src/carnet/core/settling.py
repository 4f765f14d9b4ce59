"""Settling: which missing answers would make an unknown verdict a yes or a no, found by judging what they may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice, product
from math import comb, prod
from typing import Any

import polars as pl

from carnet.core.answer import Answers, try_answers
from carnet.core.form import Item
from carnet.core.instrument import Instrument
from carnet.core.reading import SHOWN, Reading, Where, nowhere, plain, read
from carnet.core.rule import SAY, Rule

MOST_ROWS = 20_000
"""Of more completions than this a set of questions is not tried: only the set of all is certain to settle."""

MOST_SETS = 60
"""Of more sets of one size than this only the first are tried, and none of a larger size."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A missing answer and what each possible one makes of the verdict while the others stay missing."""

    reading: Reading
    answers: tuple[Answers, ...]

    @property
    def settles(self) -> bool:
        """Whether every answer alone makes the verdict known."""
        return bool(self.answers) and all(answer.verdict is not None for answer in self.answers)

    @property
    def verdicts(self) -> str:
        """What answers make of the verdict, where they make it known: yes if below 2.3, no if 2.3 or more."""
        known = [answer for answer in self.answers if answer.verdict is not None]
        return ", ".join(f"{SAY[answer.verdict]} if {answer}" for answer in known)

    def data(self) -> dict[str, Any]:
        """Return the question as data."""
        answers = [answer.data() for answer in self.answers]
        return {**self.reading.data(), "settles": self.settles, "answers": answers}


@dataclass(frozen=True)
class Settling:
    """The missing answers that matter, and the smallest sets of them that make the verdict known whatever they are."""

    questions: tuple[Question, ...]
    sets: tuple[tuple[str, ...], ...]

    def data(self) -> dict[str, Any]:
        """Return what would settle the verdict as data."""
        return {
            "missing": [question.data() for question in self.questions],
            "settled_by": [list(one) for one in self.sets],
        }

    def lines(self) -> Iterator[str]:
        """Yield as text what would settle the verdict: one answer, several together, one that decides alone."""
        by_name = {question.reading.item.id: question for question in self.questions}
        for one in self.sets:
            asked = [by_name[name] for name in one]
            told = f": {asked[0].verdicts}" if len(one) == 1 else ""
            yield f"settled by {'all of ' if len(one) > 1 else ''}{_together(asked)}{told}"
        deciding: dict[str, list[Question]] = {}
        for question in self.questions:
            if question.verdicts and not question.settles:
                deciding.setdefault(question.verdicts, []).append(question)
        for said, asked in deciding.items():
            whole = len(asked) == len(self.questions) > SHOWN
            any_of = "any of " if len(asked) > 1 else ""
            yield f"decided by {any_of}{'these' if whole else _together(asked)}: {said}"


def _together(questions: Sequence[Question]) -> str:
    """Name several questions with the form and visit where they are asked; of many the number as well."""
    pages: dict[str, list[str]] = {}
    for question in questions:
        origin = question.reading.origin
        page = ", ".join(filter(None, (origin.form, origin.visit)))
        pages.setdefault(f" ({page})" if page else "", []).append(question.reading.label)
    return "; ".join(
        f"{f'{len(labels)} answers: ' if len(labels) > SHOWN else ''}{', '.join(labels)}{page}"
        for page, labels in pages.items()
    )


def settle(
    rule: Rule, given: pl.DataFrame, where: Where = nowhere, instruments: Sequence[Instrument] = ()
) -> Settling:
    """Return what would settle the unknown verdict on the one row of a table.

    A score of one of `instruments` whose items all stand in the table is asked for by the items that it lacks. Sets
    are tried from one question upwards by judging every combination of answers. A question without which some
    completion of all the others leaves the verdict unknown belongs to every set.
    """
    trial = _Trial.of(rule, given, tuple(instruments))
    questions: list[Question] = []
    answers: dict[str, list[Any]] = {}
    for name in trial.open:
        reading = read(trial.items, trial.row, name, where)
        ranges, answers[name] = try_answers(reading, partial(trial.alone, name))
        if ranges:
            questions.append(Question(reading, tuple(ranges)))
    names = [question.reading.item.id for question in questions]
    if len(names) < len(trial.open):
        return Settling(tuple(questions), ())
    single = [(question.reading.item.id,) for question in questions if question.settles]
    sets = single or _smallest(trial, names, answers)
    moot = set(names) - {name for one in sets for name in one}
    matter = [
        q
        for q in questions
        if q.reading.item.id not in moot or any(answer.verdict is not None for answer in q.answers)
    ]
    return Settling(tuple(matter), tuple(sets))


@dataclass(frozen=True)
class _Trial:
    """One row on which answers are tried: what it holds, which questions are open and the columns of each."""

    rule: Rule
    instruments: tuple[Instrument, ...]
    items: dict[str, Item]
    frame: pl.DataFrame
    row: Row
    open: dict[str, list[str]]

    @classmethod
    def of(cls, rule: Rule, given: pl.DataFrame, instruments: tuple[Instrument, ...]) -> _Trial:
        """Return the trial of a row; open is what a part that is unknown reads and that is not certain."""
        items = {item.id: item for item in rule.inputs.items}
        judged = rule.judge(given).row(0, named=True)
        typed = rule.inputs.read(given)
        row = typed.row(0, named=True)
        verdicts = set(rule.ids())
        reads = plain(
            name
            for part in rule.walk()
            if judged[part.id] is None
            for name in part.expr.meta.root_names()
            if name not in verdicts
        )
        order = list(items)
        reads = sorted(reads, key=lambda name: order.index(name) if name in order else -1)
        used: dict[str, Instrument] = {}
        open_: dict[str, list[str]] = {}
        for name in reads:
            if read(items, row, name).known:
                continue
            made = next((one for one in instruments if _lacks(one, name, row)), None)
            if made is None:
                columns = [column for column in given.columns if column in _columns(name)]
                open_[name] = list(dict.fromkeys([name, *columns]))
            else:
                used[made.id] = made
                items |= {item.id: item for item in made.form.items}
                open_ |= {item.id: [item.id] for item in made.form.items if row[item.id] is None}
        absent = [name for name in open_ if name not in typed.columns]
        keep = dict.fromkeys([*given.columns, *open_])
        frame = typed.with_columns(pl.lit(None, pl.Boolean).alias(name) for name in absent).select(*keep)
        frame = frame.cast({name: items[name].dtype for name in open_ if name in items})
        return cls(rule, tuple(used.values()), items, frame, row, open_)

    def judge(self, answers: dict[str, Sequence[Any]]) -> pl.DataFrame:
        """Return the verdicts on completions: for each question an answer per row, null where it stays open."""
        count = len(next(iter(answers.values())))
        rows = self.frame.select(pl.all().repeat_by(count).explode())
        columns = []
        for name, given in answers.items():
            for column in self.open[name]:
                old, dtype = self.frame[column][0], rows.schema[column]
                filled = [old if answer is None else answer for answer in given]
                columns.append(pl.Series(column, filled, dtype))
        rows = rows.with_columns(columns)
        for instrument in self.instruments:
            rows = instrument.score(rows.drop((score.id for score in instrument.scores), strict=False))
        return self.rule.judge(rows).select(self.rule.ids())

    def alone(self, name: str, values: Sequence[Any]) -> list[tuple[bool | None, ...]]:
        """Return the verdicts that each answer to one question makes, that of the whole first."""
        return self.judge({name: values}).rows()

    def known(self, answers: dict[str, Sequence[Any]]) -> pl.Series:
        """Return whether the verdict on the whole is known with each completion."""
        return self.judge(answers)[self.rule.id].is_not_null()


def _lacks(instrument: Instrument, name: str, row: Row) -> bool:
    """Whether the value is a score of the instrument whose items stand in the row, some of them unanswered."""
    scored = name in {score.id for score in instrument.scores}
    asked = [item.id for item in instrument.form.items]
    return scored and all(item in row for item in asked) and any(row[item] is None for item in asked)


def _columns(name: str) -> set[str]:
    """Return the column of a question and those that may bound it."""
    core, at = name, ""
    for end in ("_base", "_prev"):
        if name.endswith(end):
            core, at = name.removesuffix(end), end
    return {f"{core}{bound}{at}" for bound in ("", "_min", "_max", "_best", "_worst")}


def _smallest(trial: _Trial, names: list[str], answers: dict[str, list[Any]]) -> list[tuple[str, ...]]:
    """Return the smallest sets of several questions that settle the verdict, in the order of the questions."""
    needed = [name for name, needs in zip(names, _needed(trial, names, answers), strict=True) if needs]
    others = [name for name in names if name not in needed]
    for size in range(len(others)):
        found = []
        for more in islice(combinations(others, size), MOST_SETS):
            one = tuple(name for name in names if name in needed or name in more)
            if prod(len(answers[name]) for name in one) > MOST_ROWS:
                return [tuple(names)]
            columns = zip(*product(*(answers[name] for name in one)), strict=True)
            if len(one) > 1 and trial.known(dict(zip(one, columns, strict=True))).all():
                found.append(one)
        if found:
            return found
        if comb(len(others), size) > MOST_SETS:
            break
    return [tuple(names)]


def _needed(trial: _Trial, names: list[str], answers: dict[str, list[Any]]) -> list[bool]:
    """Return of each question whether some completion of all the others leaves the verdict unknown.

    The completions tried take of each kind of question, now and earlier, the first answer or the last one.
    """
    kinds = {
        name: (read(trial.items, trial.row, name).item.type, name.endswith(("_base", "_prev")))
        for name in names
    }
    there = sorted(set(kinds.values()))
    completions = [dict(zip(there, ends, strict=True)) for ends in product((0, -1), repeat=len(there))]
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for left_out in names:
        for completion in completions:
            for name in names:
                columns[name].append(None if name == left_out else answers[name][completion[kinds[name]]])
    known = trial.known(dict(columns)).to_list()
    every = len(completions)
    return [not all(known[n * every : (n + 1) * every]) for n in range(len(names))]
