"""Sheets: the answers given on one form, a row per patient, visit and repeat, before they become entries."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from carnet.core.entry import LOG
from carnet.simulate.calendar import Calendar
from carnet.simulate.clock import DAY, Text
from carnet.simulate.streams import Booleans, Floats, Integers


@dataclass
class Sheet:
    """The rows of one form. An answer that is empty text was not given; a gap says why there is none.

    `minute` is when the facts were there to be written down, in minutes since midnight of protocol day 0.
    """

    form: str
    person: Integers
    visit: Text
    repeat: Integers
    minute: Floats
    answers: dict[str, Text] = field(default_factory=dict)
    gaps: dict[str, Text] = field(default_factory=dict)
    ends: Floats | None = None
    before_end: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.person)

    def put(self, **answers: Text | str) -> None:
        """Write answers by item; one text stands for every row."""
        for item, text in answers.items():
            self.answers[item] = np.broadcast_to(np.asarray(text), self.person.shape)

    def gap(self, item: str, where: Booleans, why: str) -> None:
        """Take an answer away, and say why it is missing."""
        before = self.gaps.get(item, np.full(len(self), "", dtype="<U60"))
        self.gaps[item] = np.where(where, why, before)

    def until(self, ends: Floats, **before: str) -> None:
        """Say when each row ended, and what was written in some items until then (empty text: nothing)."""
        self.ends, self.before_end = ends, before


def at_visits(form: str, calendar: Calendar, there: Booleans) -> tuple[Sheet, Integers, Integers]:
    """Return an empty sheet with a row for each person and visit marked, and the positions of its rows."""
    person, visit = np.nonzero(there)
    minute = calendar.day[person, visit] * DAY + calendar.minute[person, visit]
    sheet = Sheet(
        form, person, np.array(calendar.codes)[visit], np.ones(len(person), int), minute.astype(float)
    )
    return sheet, person, visit


def in_log(form: str, person: Integers, minute: Floats) -> tuple[Sheet, Integers]:
    """Return an empty sheet of a running log, its rows in order of time and numbered by person, and that order."""
    order = np.lexsort((minute, person))
    who = person[order]
    first = np.searchsorted(who, who, side="left") if len(who) else who
    return Sheet(form, who, np.full(len(who), LOG), np.arange(len(who)) - first + 1, minute[order]), order
