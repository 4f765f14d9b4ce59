"""The rows of CTCAE v5.0 that a number can meet: one interval, one grade."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from carnet.core.errors import DefinitionError

REFERENCES = (
    "absolute", "x LLN", "x ULN", "x baseline", "LLN +", "ULN +", "baseline +", "% baseline",
)  # fmt: skip
"""What a bound is counted from: a number as it stands, a multiple, a number added, a percent change."""


def read_rows(file: str) -> list[dict[str, str]]:
    """Return the rows of a table of this folder."""
    return list(csv.DictReader(files("carnet.safety").joinpath(file).read_text("utf-8").splitlines()))


@cache
def conditions() -> dict[str, tuple[str, str]]:
    """Return kind and meaning of each condition: a gate carnet can check, a fact it cannot, or a remark."""
    return {row["condition"]: (row["kind"], row["meaning"]) for row in read_rows("conditions.csv")}


@dataclass(frozen=True)
class Bound:
    """One end of an interval."""

    number: float
    included: bool
    reference: str

    @property
    def of_baseline(self) -> bool:
        """Whether the bound is counted from the patient's own baseline."""
        return "baseline" in self.reference


@dataclass(frozen=True)
class Interval:
    """A row of `ctcae_v5.csv`: values of a test that establish a grade if the condition holds (ctcae2017)."""

    rule: str
    term: str
    ctcae_term: str
    meddra_code: str
    soc: str
    direction: str
    test: str
    unit: str
    grade: int
    lower: Bound | None
    upper: Bound | None
    condition: tuple[str, ...]
    confirm: bool
    evidence: str
    note: str
    source: str

    @property
    def near(self) -> Bound:
        """The end towards normal: beyond it the grade, or a higher one, is met."""
        bound = self.upper if self.direction == "L" else self.lower
        if bound is None:
            raise DefinitionError(f"ctcae_v5.csv, {self.rule}: the end towards normal is open.")
        return bound

    @property
    def far(self) -> Bound | None:
        """The end away from normal; none where the interval is open."""
        return self.lower if self.direction == "L" else self.upper

    def said(self, kind: str) -> list[str]:
        """Return the conditions of one kind (gate, fact, said)."""
        return [code for code in self.condition if conditions()[code][0] == kind]


def _bound(row: dict[str, str], end: str) -> Bound | None:
    if not row[end]:
        return None
    if row[f"{end}_ref"] not in REFERENCES or row[f"{end}_included"] not in {"Y", "N"}:
        raise DefinitionError(f"ctcae_v5.csv, {row['rule']}: the {end} bound cannot be read.")
    return Bound(float(row[end]), row[f"{end}_included"] == "Y", row[f"{end}_ref"])


@cache
def intervals() -> tuple[Interval, ...]:
    """Return every interval of CTCAE v5.0, in the order of the table (ctcae2017)."""
    read = []
    for row in read_rows("ctcae_v5.csv"):
        condition = tuple(row["condition"].split())
        if strange := set(condition) - set(conditions()):
            raise DefinitionError(f"ctcae_v5.csv, {row['rule']}: no condition {', '.join(strange)} is known.")
        read.append(
            Interval(
                lower=_bound(row, "lower"), upper=_bound(row, "upper"), grade=int(row["grade"]),
                condition=condition, confirm=row["confirm"] == "Y",
                **{name: row[name] for name in (
                    "rule", "term", "ctcae_term", "meddra_code", "soc", "direction", "test", "unit",
                    "evidence", "note", "source",
                )},
            )
        )  # fmt: skip
    return tuple(read)
