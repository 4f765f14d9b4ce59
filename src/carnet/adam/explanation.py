"""Why a patient met a criterion at a visit, or did not: the verdict, its evidence and the values read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from carnet.adam.imputation import FLARES
from carnet.adam.origin import origins
from carnet.adam.rescue import adds_rescue
from carnet.core.errors import InputError
from carnet.core.explanation import Explanation, lines
from carnet.core.explanation import explain as explain_row
from carnet.core.rule import SAY, Rule
from carnet.instruments.sledai2k import SLEDAI2K
from carnet.study import AnalysisWindow, Study

COUNTED = "in rates of response an unknown counts as non-response (NRI)"
RESCUED = "with rescue as non-response the answer is no: a rescue treatment had begun"


@dataclass(frozen=True)
class Window:
    """The days in which an assessment counts for a visit."""

    first: date
    last: date
    planned: date

    @classmethod
    def of(cls, window: AnalysisWindow, day_0: date) -> Window:
        """Return the dates of a window for a patient whose first infusion was on `day_0`."""
        days = (window.low, window.high, window.target)
        return cls(*(day_0 + timedelta(days=day or 0) for day in days))

    def data(self) -> dict[str, str]:
        """Return the window as data."""
        return {"from": str(self.first), "to": str(self.last), "planned": str(self.planned)}


@dataclass(frozen=True)
class Account:
    """Why the verdict of a criterion at a visit is what it is; `why` is null where there was no assessment."""

    subject: str
    visit: str
    label: str
    criterion: Rule
    verdict: bool | None
    window: Window
    assessed: str = ""
    reason: str = ""
    counts: str = ""
    why: Explanation | None = None
    notes: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the account as data; docs/how-to/ask-why.md tells its keys."""
        why = {} if self.why is None else self.why.data()
        return {
            "subject": self.subject,
            "visit": self.visit,
            "avisit": self.label,
            "criterion": self.criterion.id,
            "label": self.criterion.label,
            "verdict": self.verdict,
            "said": SAY[self.verdict],
            "assessed": self.assessed or None,
            "reason": self.reason or None,
            "window": self.window.data(),
            "parts": why.get("parts", []),
            "missing": why.get("missing", []),
            "settled_by": why.get("settled_by", []),
            "notes": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """Yield the account as text."""
        head = f"{SAY[self.verdict]:<8} {self.criterion.label}: patient {self.subject}, {self.label}"
        if self.why is None:
            window = self.window
            yield head
            yield f"  not assessed from {window.first} to {window.last} (planned {window.planned}): {self.reason}"
            yield f"  {self.counts}"
        else:
            yield f"{head}, assessed {self.assessed}"
            yield from list(lines(self.why))[1:]
        yield from (f"note     {note}" for note in self.notes)


def notes_of(rule: Rule, rescue: bool | None) -> tuple[str, ...]:
    """Return how the rates count an unknown verdict and a rescue; those of a flare count neither."""
    if rule.id.upper() in FLARES:
        return ()
    return (COUNTED, RESCUED) if rescue else (COUNTED,)


def explain(study: Study, frame: pl.DataFrame, subject: str, visit: str, rule: Rule) -> Account:
    """Return the account of a criterion for one patient at one visit.

    `frame` has a row per patient and due visit with what was assessed (`adam.response_frame`). A patient or visit
    that it does not hold is an `InputError` that says what there is.
    """
    subjects = frame["SUBJID"].unique(maintain_order=True).to_list()
    if subject not in subjects:
        raise InputError(f"No treated patient {subject!r}; there are {', '.join(subjects)}.")
    windows = {window.visit: window for window in study.windows if window.visit}
    codes = {window.avisit: code for code, window in windows.items()}
    code = visit if visit in windows else codes.get(visit, "")
    rows = frame.filter(pl.col("SUBJID") == subject)
    here = rows.filter(pl.col("AVISIT") == windows[code].avisit) if code else rows.clear()
    if here.is_empty():
        there = ", ".join(codes.get(name, name) for name in rows["AVISIT"].to_list())
        raise InputError(
            f"No response is due for patient {subject} at {visit!r}; there is {there or 'none yet'}."
        )
    row = here.row(0, named=True)
    notes = notes_of(rule, row["rescue"])
    if adds_rescue(rule):
        del row["rescue"]
    window = Window.of(windows[code], row["RFSTDT"])
    label = windows[code].avisit
    if not row["assessed"]:
        days = study.get("time.composite_days", 3)
        counts = (
            f"what counts is an assessment in that window: SLEDAI-2K, BILAG-2004 and PGA within {days} days "
            "of each other, or any of them that decides alone"
        )
        return Account(
            subject, code, label, rule, None, window, reason=row["reason"].lower(), counts=counts,
            notes=notes,
        )  # fmt: skip
    today = str(row["date"])
    why = explain_row(rule, row, origins(study, row), today, [SLEDAI2K])
    if why.verdict is not None:
        notes = tuple(note for note in notes if note != COUNTED)
    return Account(subject, code, label, rule, why.verdict, window, assessed=today, why=why, notes=notes)
