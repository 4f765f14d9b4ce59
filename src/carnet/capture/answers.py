"""What is given for a form, and how it is read against the questions that the form asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from carnet.capture.values import Reader, reader
from carnet.core.entry import LOG, STATUSES
from carnet.core.errors import InputError
from carnet.core.form import Form
from carnet.core.units import UnitError, conversion

ANSWERED = STATUSES[0]
BLANK = "blank"
"""The status of a question that was shown and left empty: no entry is made of it."""

LONGEST_ID = 64
UNSCHEDULED = re.compile(r"UNS\d{2,}", re.ASCII)

NO_ANSWER = f"say {', '.join(STATUSES[1:-1])} or {STATUSES[-1]}, with a reason"


@dataclass(frozen=True)
class Answer:
    """What is given for one question: the text as typed, or why there is none.

    `unit` None is the unit that the form prints. `value`, where given, is what another system read from the text;
    carnet must read the same.
    """

    typed: str = ""
    unit: str | None = None
    status: str = ANSWERED
    reason: str = ""
    value: str | None = None


@dataclass(frozen=True)
class FormSave:
    """One form as it is to be saved: where, what, by whom. An empty version is the one in force; `at` see `Recorded`."""

    subject: str
    visit: str
    form: str
    answers: Mapping[str, str | Answer]
    by: str
    role: str
    by_name: str = ""
    repeat: int = 1
    reason: str = ""
    language: str = "en"
    at: datetime | None = None
    form_version: str = ""
    protocol_version: str = ""
    source: str = "form"
    source_digest: str = ""

    def refusal(self, message: str, item: str = "", label: str = "") -> InputError:
        """Return the error that names the place: item, form, row, subject and visit."""
        row = f", row {self.repeat}" if self.repeat != 1 or self.visit == LOG else ""
        what = f"{label or item} (item {item}, form {self.form}{row})" if item else f"Form {self.form}{row}"
        return InputError(f"{what} for subject {self.subject} at {self.visit} {message}.")


class Reading(NamedTuple):
    """An answer as it was read."""

    item: str
    value: str | None
    typed: str
    unit: str
    status: str
    reason: str


def storable(text: Any) -> bool:
    """Say whether a text can be kept as it is on every database: no NUL, no half of a surrogate pair."""
    if not isinstance(text, str) or "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


@dataclass(frozen=True)
class Asked:
    """The questions of a study, ready to be answered."""

    forms: Mapping[str, Form]
    visits: frozenset[str] = frozenset()
    protocol_version: str = ""
    _items: Mapping[str, Mapping[str, tuple[Any, Reader]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, study: Any) -> Asked:
        """Return the questions of a study, or of a tuple of forms."""
        forms: Iterable[Form] = getattr(study, "forms", study)
        return cls(
            {form.id: form for form in forms},
            frozenset(visit.code for visit in getattr(study, "visits", ())),
            str(getattr(study, "protocol_version", "") or "1"),
            {form.id: {item.id: (item, reader(item)) for item in form.items} for form in forms},
        )

    def read(self, save: FormSave) -> tuple[FormSave, list[Reading]]:
        """Return the save with its versions, and its answers read; refuse what cannot be read, by name."""
        form = self.forms.get(save.form)
        if form is None:
            raise save.refusal(f"is not a form of this study; it has {', '.join(self.forms) or 'none'}")
        self._check_place(save)
        items = self._items[save.form]
        readings = []
        for item_id, given in save.answers.items():
            if item_id not in items:
                raise save.refusal(f"cannot be saved: the form asks no such question; it asks {', '.join(items)}", item_id)
            answer = Answer(given) if isinstance(given, str) else given
            readings.append(self._reading(save, *items[item_id], answer))
        complete = replace(
            save,
            form_version=save.form_version or form.version,
            protocol_version=save.protocol_version or self.protocol_version,
        )
        return complete, readings

    def _check_place(self, save: FormSave) -> None:
        for name in ("subject", "visit"):
            text = getattr(save, name)
            if not isinstance(text, str) or not text.isprintable() or text != text.strip() or not 0 < len(text) <= LONGEST_ID:
                raise save.refusal(
                    f"cannot be saved: {name} is {text!r}; it takes 1 to {LONGEST_ID} characters without spaces around them"
                )
        if self.visits and save.visit not in self.visits and save.visit != LOG and not UNSCHEDULED.fullmatch(save.visit):
            raise save.refusal(
                f"cannot be saved: the study has no visit {save.visit!r}; an unscheduled one is UNS01, UNS02 and so on"
            )
        if isinstance(save.repeat, bool) or not isinstance(save.repeat, int) or not 1 <= save.repeat < 2**31:
            raise save.refusal(f"cannot be saved: the row is {save.repeat!r}; rows count from 1")
        for name in ("by", "role", "language"):
            if not getattr(save, name):
                raise save.refusal(f"cannot be saved: {name} is empty, and an entry must say who made it, in which role and language")
        for name in ("by", "by_name", "role", "language", "reason", "form_version", "protocol_version", "source", "source_digest"):
            if not storable(getattr(save, name)):
                raise save.refusal(f"cannot be saved: {name} is {getattr(save, name)!r}, which is no text that can be stored")

    def _reading(self, save: FormSave, item: Any, read: Reader, answer: Answer) -> Reading:
        """Return one answer read against its item."""
        typed, reason = answer.typed, answer.reason or save.reason
        for text in (typed, reason, answer.unit or ""):
            if not storable(text):
                raise save.refusal(
                    f"holds a character that cannot be stored (NUL, or half of a pair): {text!r}; take it out", item.id, item.label
                )
        if answer.status not in STATUSES:
            raise save.refusal(f"has the status {answer.status!r}; it takes {', '.join(STATUSES)}", item.id, item.label)
        if answer.status != ANSWERED:
            if not reason.strip():
                raise save.refusal(f"is {answer.status}, without a reason; give one", item.id, item.label)
            if answer.value is not None:
                raise save.refusal(f"is {answer.status} and has the value {answer.value!r}; leave out one", item.id, item.label)
            return Reading(item.id, None, typed, answer.unit or "", answer.status, reason)
        if not typed.strip():
            return Reading(item.id, None, typed, "", BLANK, reason)
        try:
            value = read(typed)
        except ValueError as error:
            raise save.refusal(f"is {typed!r}; {error}. If there is no answer, {NO_ANSWER}", item.id, item.label) from None
        if answer.value is not None and answer.value != value:
            raise save.refusal(f"was typed as {typed!r}, which is {value}, not {answer.value}; correct one of them", item.id, item.label)
        return Reading(item.id, value, typed, self._unit(save, item, answer.unit), ANSWERED, reason)

    def _unit(self, save: FormSave, item: Any, given: str | None) -> str:
        """Return the unit of an answer: the one given, if it measures the same as the form's, else the form's."""
        if not given or given == item.unit:
            return str(item.unit)
        if item.unit:
            try:
                conversion(given, item.unit, item.testcd)
            except UnitError as error:
                raise save.refusal(f"was given in {given!r}: {error} The form asks for {item.unit}", item.id, item.label) from None
        return given
