"""Monitoring: whether a stopping rule is met by what is known today, and what next event would meet it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.safety.stopping import StoppingRule

PATIENTS = {"subject": pl.String, "start": pl.Date, "counts_from": pl.Date, "follow_up": pl.Boolean}
"""A row per infused patient: the first infusion, the day from which the patient counts in a rate (empty: does not
count), and whether the patient is still inside the window."""

EVENTS = {
    "subject": pl.String, "event": pl.String, "date": pl.Date, "grade": pl.Int64, "grade_max": pl.Int64,
    "certain": pl.Boolean,
}  # fmt: skip
"""A row per event that a rule may watch. `grade` is at least reached, `grade_max` may be (absent: the grade itself).
`certain` is empty where it may be such an event or not: a death not yet attributed."""


@dataclass(frozen=True)
class Evidence:
    """An event that meets a rule, or may meet it."""

    subject: str
    date: date | None
    grade: int | None
    holds: bool | None

    def __str__(self) -> str:
        """Say who, when and of which grade."""
        when = "on a day not known" if self.date is None else f"on {self.date}"
        grade = "" if self.grade is None else f", grade {self.grade}"
        return f"{self.subject} {when}{grade}"


@dataclass(frozen=True)
class Look:
    """The state of a rate after one more patient is known: patients, events, and the number that pauses."""

    n: int
    events: int
    limit: int | None


@dataclass(frozen=True)
class Status:
    """The state of one rule: met, not met, or unknown (None) while an unknown grade or cause could decide.

    `further` is the number of next patients who, each with the event, would meet the rule; None if none could.
    """

    rule: StoppingRule
    met: bool | None
    patients: int
    events: int
    unknown: int
    follow_up: int
    further: int | None
    evidence: tuple[Evidence, ...] = ()
    looks: tuple[Look, ...] = ()
    probability: float | None = None

    def sentence(self) -> str:
        """Say the state of the rule, who met it, and what next event would."""
        return f"{self.rule.label}: {self._state()} {self._next()}".rstrip()

    def _state(self) -> str:
        who = "; ".join(str(e) for e in self.evidence if e.holds)
        open_ = "; ".join(str(e) for e in self.evidence if e.holds is None)
        count = f"{self.events} of {self.patients} patients {'known' if self.rule.on_rate else 'infused'}"
        if self.rule.on_rate and self.probability is not None:
            count += f", P(rate > {self.rule.rate:g}) = {self.probability:.4f}"
        if self.follow_up:
            count += f", {self.follow_up} more in follow-up"
        if self.met:
            return (
                f"met. {who} ({count}). {self.rule.action}."
                if self.rule.on_rate
                else f"met. {who}. {self.rule.action}."
            )
        if self.met is None:
            return f"open until what is missing is entered: {open_}."
        return f"not met ({count})."

    def _next(self) -> str:
        if self.met:
            return ""
        if self.further is None:
            return "Within the planned patients it can no longer be met."
        if self.further == 1:
            return "The next such event meets it."
        return f"It is met if the next {self.further} patients all have such an event."


def monitor(rules: Iterable[StoppingRule], patients: Any, events: Any) -> list[Status]:
    """Return the state of every rule from who was infused (PATIENTS) and what happened (EVENTS).

    A grade or cause that is not known leaves a rule open, never met nor cleared. A rule on a rate is met for good
    once any look met it, even where later patients bring the rate down.

    >>> rule = StoppingRule("CRS4", "CRS of grade 4", "single", "CRS", grade=4)
    >>> [status] = monitor([rule], {"subject": ["1"]}, {"subject": ["1"], "event": ["CRS"], "grade": [None]})
    >>> status.met, status.further
    (None, 1)
    """
    people = _columns(as_frame(patients), PATIENTS).sort("start", "subject", nulls_last=True)
    happened = _columns(as_frame(events), EVENTS)
    return [_status(rule, people, happened) for rule in rules]


def _columns(rows: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    """Return the columns of the schema; one that the table lacks is unknown (`certain` true, `follow_up` false)."""
    quiet = {"certain": True, "follow_up": False}
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(quiet.get(name))).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def _status(rule: StoppingRule, people: pl.DataFrame, happened: pl.DataFrame) -> Status:
    of_grade = pl.lit(True)
    if rule.grade is not None:
        below = pl.coalesce("grade_max", "grade") < rule.grade
        of_grade = pl.when(pl.col("grade") >= rule.grade).then(True).when(below).then(False)
    found = (
        happened.filter(pl.col("event") == rule.event)
        .with_columns(holds=of_grade & pl.col("certain"))
        .filter(pl.col("holds").ne_missing(False))
        .sort("holds", "grade", descending=True, nulls_last=True)
        .unique(["subject", "date"], keep="first", maintain_order=True)  # told of twice, by event and by page
        .sort("date", "subject", nulls_last=True)
    )
    evidence = tuple(Evidence(*row) for row in found.select("subject", "date", "grade", "holds").iter_rows())
    verdicts = dict(
        found.group_by("subject")
        .agg(pl.when(pl.col("holds").any()).then(True).otherwise(None).alias("verdict"))
        .iter_rows()
    )
    if rule.on_rate:
        return _of_rate(rule, people, evidence, verdicts)
    in_order = [verdicts.get(subject, False) for subject in people["subject"]]
    if rule.method == "consecutive":
        met, further = _in_a_row(in_order, rule.times or 1)
    else:
        met, further = True if any(e.holds for e in evidence) else None if evidence else False, 1
    return Status(
        rule, met, len(in_order), sum(v is True for v in verdicts.values()),
        sum(v is None for v in verdicts.values()), int(people["follow_up"].sum()), 0 if met else further, evidence,
    )  # fmt: skip


def _in_a_row(verdicts: list[bool | None], times: int) -> tuple[bool | None, int]:
    """Return whether so many patients in a row have the event, and how many more at the end would make it so."""
    runs = [verdicts[i : i + times] for i in range(len(verdicts) - times + 1)]
    sure = any(all(run) for run in runs)
    possible = any(all(verdict is not False for verdict in run) for run in runs)
    last = next((i for i, verdict in enumerate(reversed(verdicts)) if not verdict), len(verdicts))
    return True if sure else None if possible else False, max(times - last, 0)


def _of_rate(
    rule: StoppingRule, people: pl.DataFrame, evidence: tuple[Evidence, ...], verdicts: dict[str, bool | None]
) -> Status:
    from carnet.statistics.proportion import posterior

    known = people.filter(pl.col("counts_from").is_not_null()).sort("counts_from", "start", "subject")
    planned = max(rule.patients or 0, known.height)  # patients beyond the plan are looked at too
    boundary = replace(rule, patients=planned).boundary()
    sure = possible = 0
    met: bool | None = False
    looks = []
    for n, subject in enumerate(known["subject"], start=1):
        verdict = verdicts.get(subject, False)
        sure, possible = sure + (verdict is True), possible + (verdict is not False)
        looks.append(Look(n, sure, boundary.at(n)))
        if boundary.met(sure, n):
            met = True
        elif boundary.met(possible, n) and not met:
            met = None
    n = known.height
    probability = (
        posterior(sure, n, rule.prior).above(rule.rate or 0.0) if rule.method == "bayesian" else None
    )
    return Status(
        rule, met, n, sure, possible - sure, int(people["follow_up"].sum()),
        0 if met else boundary.further(sure, n), evidence, tuple(looks), probability,
    )  # fmt: skip
