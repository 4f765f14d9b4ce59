"""The nouns of a protocol: fact, visit, arm, epoch, element, population, endpoint, window, criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

STATUSES = {"S": "stated by the public record", "R": "stated by the registry", "A": "assumed"}
"""How a fact is known."""


@dataclass(frozen=True)
class Fact:
    """A value of `study.toml` under its name `table.key`, with its status and source."""

    name: str
    value: Any
    status: str
    source: str
    label: str


@dataclass(frozen=True)
class Visit:
    """A visit: its protocol day (day 0 = first infusion) and the days between which it may be done."""

    num: float
    code: str
    label: str
    label_zh: str = ""
    day: int | None = None
    low: int | None = None
    high: int | None = None
    epoch: str = ""
    setting: str = ""
    status: str = ""
    window_status: str = ""
    source: str = ""

    @property
    def study_day(self) -> int | None:
        """The planned SDTM study day (VISITDY), which has no zero."""
        return None if self.day is None else self.day + (self.day >= 0)


@dataclass(frozen=True)
class Arm:
    """What a patient is assigned to."""

    code: str
    label: str
    label_zh: str = ""
    status: str = ""
    source: str = ""


@dataclass(frozen=True)
class Epoch:
    """A stretch of the trial, from one event to another."""

    id: str
    label: str
    label_zh: str = ""
    start: str = ""
    end: str = ""
    status: str = ""
    source: str = ""


@dataclass(frozen=True)
class Element:
    """A building block of an arm (SDTM TE): it begins with an event and belongs to an epoch."""

    code: str
    label: str
    label_zh: str = ""
    epoch: str = ""
    start: str = ""
    status: str = ""
    source: str = ""


@dataclass(frozen=True)
class Population:
    """A set of patients that a table is about; its id is its flag in ADSL."""

    flag: str
    label: str
    label_zh: str = ""
    definition: str = ""
    use: str = ""
    status: str = ""
    source: str = ""


@dataclass(frozen=True)
class Endpoint:
    """What the trial measures: where its values stand, and which registered outcome it serves (`record`)."""

    id: str
    label: str
    label_zh: str = ""
    role: str = ""
    dataset: str = ""
    paramcd: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    population: str = ""
    derivation: str = ""
    summary: str = ""
    record: str = ""
    timeframe: str = ""
    status: str = ""
    source: str = ""


@dataclass(frozen=True)
class AnalysisWindow:
    """The protocol days analysed as one visit; the window of the baseline has no target."""

    avisit: str
    avisitn: int
    target: int | None = None
    low: int | None = None
    high: int | None = None
    visit: str = ""
    avisit_zh: str = ""
    status: str = ""
    source: str = ""


@dataclass(frozen=True)
class Limit:
    """What a value says of a criterion: `alt <= 2 x ULN`, `hcg is POSITIVE`, `age between 18..65`."""

    item: str
    operator: str
    limit: str
    unit: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Criterion:
    """An inclusion or exclusion criterion; it is fulfilled when any of its limits holds."""

    id: str
    kind: str
    label: str
    label_zh: str = ""
    limits: tuple[Limit, ...] = ()
    status: str = ""
    detail_status: str = ""
    source: str = ""
    note: str = ""
