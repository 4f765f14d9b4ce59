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
from carnet.core.form import Form, Item
from carnet.core.units import UnitError, conversion

ANSWERED = STATUSES[0]
BLANK = "blank"
"""The status of a question that was shown and left empty: no entry is made of it."""

TYPED = "form"
"""The source of what was typed into this system; its time is the server's."""

LONGEST_ID = 64
TEXTS = (
    "by",
    "by_name",
    "role",
    "language",
    "reason",
    "form_version",
    "protocol_version",
    "source",
    "source_digest",
)
UNSTORABLE = (
    "text with NUL, or with half of a surrogate pair, cannot be kept as it is; take the character out"
)
UNSCHEDULED = re.compile(r"UNS\d{2,}", re.ASCII)

NO_ANSWER = f"say {', '.join(STATUSES[1:-1])} or {STATUSES[-1]}, with a reason"


@dataclass(frozen=True)
class Answer:
    """What is given for one question: the text as typed, or why there is none.

    No `unit` is the unit that the form prints. `value`, where given, is what another system read from the
    text; carnet must read the same.
    """

    typed: str = ""
    unit: str | None = None
    status: str = ANSWERED
    reason: str = ""
    value: str | None = None


@dataclass(frozen=True)
class FormSave:
    """One form as it is to be saved: where, what, by whom.

    An empty version is the one in force. `at` is for a store that keeps recorded times.
    """

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
    source: str = TYPED
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

    def __str__(self) -> str:
        return f"{self.value} {self.unit}".strip() if self.status == ANSWERED else self.status


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
    _items: Mapping[str, Mapping[str, tuple[Item, Reader]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, study: Any) -> Asked:
        """Return the questions of a study, or of a tuple of forms."""
        forms: Iterable[Form] = getattr(study, "forms", study)
        version = study.get("study.protocol_version", "1") if hasattr(study, "get") else "1"
        return cls(
            {form.id: form for form in forms},
            frozenset(visit.code for visit in getattr(study, "visits", ())) - {"UNS"},
            str(version),
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
                asks = ", ".join(items)
                raise save.refusal(
                    f"cannot be saved: the form asks no such question; it asks {asks}", item_id
                )
            answer = Answer(given) if isinstance(given, str) else given
            readings.append(self._reading(save, *items[item_id], answer))
        complete = replace(
            save,
            form_version=save.form_version or form.version,
            protocol_version=save.protocol_version or self.protocol_version,
        )
        return complete, readings

    def _check_place(self, save: FormSave) -> None:
        """Refuse a save that does not say where it belongs and who made it."""
        for name in ("subject", "visit"):
            text = getattr(save, name)
            plain = isinstance(text, str) and text.isprintable() and text == text.strip()
            if not plain or not 0 < len(text) <= LONGEST_ID:
                takes = f"it takes 1 to {LONGEST_ID} characters without spaces around them"
                raise save.refusal(f"cannot be saved: {name} is {text!r}; {takes}")
        known = save.visit in self.visits or save.visit == LOG or UNSCHEDULED.fullmatch(save.visit)
        if self.visits and not known:
            raise save.refusal(
                f"cannot be saved: the study has no visit {save.visit!r}; unscheduled are UNS01, UNS02 ..."
            )
        if type(save.repeat) is not int or not 1 <= save.repeat < 2**31:
            raise save.refusal(f"cannot be saved: the row is {save.repeat!r}; rows count from 1")
        for name in ("by", "role", "language"):
            if not getattr(save, name):
                raise save.refusal(
                    f"cannot be saved: {name} is empty; say who enters it, in which role and language"
                )
        for name in TEXTS:
            if not storable(getattr(save, name)):
                raise save.refusal(f"cannot be saved: {name} is {getattr(save, name)!r}; {UNSTORABLE}")

    def _reading(self, save: FormSave, item: Item, read: Reader, answer: Answer) -> Reading:
        """Return one answer read against its item."""
        typed, status, reason = answer.typed, answer.status, answer.reason or save.reason

        def refusal(message: str) -> InputError:
            return save.refusal(message, item.id, item.label)

        for text in (typed, reason, answer.unit or ""):
            if not storable(text):
                raise refusal(f"is {text!r}; {UNSTORABLE}")
        if status not in STATUSES:
            raise refusal(f"has the status {status!r}; it takes {', '.join(STATUSES)}")
        if status != ANSWERED:
            if not reason.strip():
                raise refusal(f"is {status}, without a reason; give one")
            if answer.value is not None:
                raise refusal(f"is {status} and has the value {answer.value!r}; leave out one")
            return Reading(item.id, None, typed, answer.unit or "", status, reason)
        if not typed.strip():
            return Reading(item.id, None, typed, "", BLANK, reason)
        try:
            value = read(typed)
        except ValueError as error:
            raise refusal(f"is {typed!r}; {error}. If there is no answer, {NO_ANSWER}") from None
        if answer.value is not None and answer.value != value:
            raise refusal(
                f"was typed as {typed!r}, which is {value}, not {answer.value}; correct one of them"
            )
        if answer.unit and item.unit and answer.unit != item.unit:
            try:
                conversion(answer.unit, item.unit, item.testcd)
            except UnitError as error:
                raise refusal(
                    f"is {typed!r} {answer.unit}; the form asks for {item.unit}. {error}"[:-1]
                ) from None
        return Reading(item.id, value, typed, answer.unit or item.unit, ANSWERED, reason)
