"""A stopping rule: what pauses the trial, as a study defines it in `stopping.csv`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from carnet.core.errors import CarnetError, DefinitionError
from carnet.core.source import source

if TYPE_CHECKING:
    from carnet.statistics.boundary import Boundary

EVENTS = ("DLT", "CRS", "ICANS", "RELATED DEATH", "RCL", "SECOND MALIGNANCY")
"""What a rule may watch."""

NEEDS = {
    "bayesian": ("patients", "rate", "prior_a", "prior_b", "certainty"),
    "pocock": ("patients", "rate", "alpha"),
    "single": (),
    "consecutive": ("times",),
}
"""The methods and what each needs: a rate by its posterior or by the exact binomial, one event, several in a row."""


@dataclass(frozen=True)
class StoppingRule:
    """What pauses the trial: a rate too high, one event, or the same event in several patients in a row."""

    id: str
    label: str
    method: str
    event: str
    label_zh: str = ""
    grade: int | None = None
    times: int | None = None
    patients: int | None = None
    rate: float | None = None
    prior_a: float | None = None
    prior_b: float | None = None
    certainty: float | None = None
    alpha: float | None = None
    action: str = ""
    status: str = ""
    source: str = ""

    @property
    def on_rate(self) -> bool:
        """Whether the rule is a boundary on a rate."""
        return self.method in ("bayesian", "pocock")

    @property
    def prior(self) -> tuple[float, float]:
        """The Beta prior of the rate."""
        if self.prior_a is None or self.prior_b is None:
            raise DefinitionError(f"stopping.csv: {self.id} has no prior; give prior_a and prior_b.")
        return self.prior_a, self.prior_b

    @property
    def terms(self) -> str:
        """What exactly pauses the trial, in words."""
        grade = "" if self.grade is None else f" of grade {self.grade} or more"
        if self.method == "bayesian":
            return (
                f"P(rate of {self.event} > {self.rate:g}) > {self.certainty:g}, "
                f"prior Beta({self.prior_a:g}, {self.prior_b:g})"
            )
        if self.method == "pocock":
            return f"exact binomial boundary on the rate of {self.event}, {self.rate:g}, overall level {self.alpha:g}"
        if self.method == "consecutive":
            return f"{self.event}{grade} in {self.times} patients in a row"
        return f"one {self.event}{grade}"

    def boundary(self) -> Boundary:
        """Return the boundary of a rule on a rate; another kind of rule has none."""
        if missing := list(self.problems()):
            raise DefinitionError(f"stopping.csv: {self.id} {missing[0]}")
        return _boundary(self)

    def problems(self) -> Iterator[str]:
        """Yield what the rule lacks or contradicts."""
        if self.method not in NEEDS:
            yield f"has the method {self.method!r}; use {', '.join(NEEDS)}."
            return
        if self.event not in EVENTS:
            yield f"watches {self.event!r}; use {', '.join(EVENTS)}."
        if lacking := [name for name in NEEDS[self.method] if getattr(self, name) is None]:
            yield f"has no {', '.join(lacking)}, which the method {self.method} needs."
        elif self.on_rate:
            try:
                _boundary(self)
            except CarnetError as error:
                yield f"makes no boundary: {error}"

    def described(self) -> Iterator[str]:
        """Yield what the rule says of itself: terms, boundary and what the boundary does."""
        yield f"{self.id}: {self.label}"
        yield f"  Pauses on: {self.terms}"
        yield f"  {self.action}"
        if self.on_rate:
            yield from self._operating()
        for key in self.source.split():
            yield f"Source: {source(key)}"

    def _operating(self) -> Iterator[str]:
        from carnet.statistics.boundary import immediate

        boundary, rate = self.boundary(), self.rate or 0.0
        yield "  Patients known    " + " ".join(f"{n:>3}" for n in range(1, len(boundary.limits) + 1))
        limits = ("–" if limit is None else str(limit) for limit in boundary.limits)
        yield "  Pause from        " + " ".join(f"{limit:>3}" for limit in limits)
        found = immediate(boundary, rate)
        yield (
            f"  At a true rate of {rate:g}, each outcome known before the next patient: pauses with probability "
            f"{found.stop:.4f}, after {found.patients:.2f} patients on average"
        )


@cache
def _boundary(rule: StoppingRule) -> Boundary:
    from carnet.statistics.boundary import bayesian, pocock

    patients, rate = rule.patients or 0, rule.rate or 0.0
    if rule.method == "bayesian":
        return bayesian(patients, rate, rule.prior, rule.certainty or 0.0)
    return pocock(patients, rate, rule.alpha or 0.0)
