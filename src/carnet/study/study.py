"""A study: the protocol as data, every fact with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from carnet.core.errors import DefinitionError
from carnet.core.form import Form, Item
from carnet.safety.stopping import StoppingRule
from carnet.study.estimand import EVENTS, USUAL, Estimand
from carnet.study.protocol import (
    AnalysisWindow,
    Arm,
    Criterion,
    Element,
    Endpoint,
    Epoch,
    Fact,
    Population,
    Visit,
)

SCHEDULE = dict.fromkeys(("activity", "form", "items", "visit", "mark"), pl.String())
"""A row per activity and visit. Marks: X done; T pre-dose and to 8 h after; K pre-dose, 1 h and 4 h after the
end; 2 twice daily; s serious events only; r re-check; u update; o optional; L kept as a running log."""

RANGES = {
    "item": pl.String(), "sex": pl.String(), "low": pl.Float64(), "high": pl.Float64(), "unit": pl.String(),
    "laboratory": pl.String(), "effective": pl.String(), "status": pl.String(), "source": pl.String(),
}  # fmt: skip
"""A row per analyte, sex (empty: both) and laboratory, from a date on."""


@dataclass(frozen=True, eq=False)
class Study:
    """A trial as data. `study["dosing.cells"]` is the value of a fact."""

    id: str
    title: str
    facts: tuple[Fact, ...]
    visits: tuple[Visit, ...] = ()
    forms: tuple[Form, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    estimands: tuple[Estimand, ...] = USUAL
    windows: tuple[AnalysisWindow, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    populations: tuple[Population, ...] = ()
    arms: tuple[Arm, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    elements: tuple[Element, ...] = ()
    stopping: tuple[StoppingRule, ...] = ()
    schedule: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEDULE))
    ranges: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RANGES))
    digest: str = ""

    def __getitem__(self, name: str) -> Any:
        """Return the value of the fact `table.key`."""
        return self.fact(name).value

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of the fact `table.key`, or `default` where this study does not state it."""
        found = self._facts.get(name)
        return default if found is None else found.value

    def fact(self, name: str) -> Fact:
        """Return the fact `table.key`; refuse one that this study does not state."""
        if name not in self._facts:
            raise DefinitionError(f"Study {self.id} states no {name!r}; add it to study.toml.")
        return self._facts[name]

    def table(self, name: str) -> Mapping[str, Any]:
        """Return the values of one table of study.toml by their keys; none where the table is absent."""
        return {f.name.partition(".")[2]: f.value for f in self.facts if f.name.partition(".")[0] == name}

    def parameters(self, of: str) -> Mapping[str, Any]:
        """Return the choices of this study for `pga`, `bilag2004`, `sri`, `doris` or `lldas`."""
        chosen = self.table("parameters")
        return {
            key.removeprefix(f"{of}_"): value for key, value in chosen.items() if key.startswith(f"{of}_")
        }

    def assumed(self) -> pl.DataFrame:
        """Return every assumed fact as label, value, status and source: what the report must print."""
        rows = [
            *((f.label, say(f.value), f.status, f.source) for f in self.facts),
            *(
                (
                    f"Visit {v.code}: protocol day and window",
                    f"{v.day} ({v.low} to {v.high})",
                    v.window_status,
                    v.source,
                )
                for v in self.visits
                if v.day is not None
            ),
            *(
                (f"Analysis window {w.avisit}", f"{say(w.low)} to {say(w.high)}", w.status, w.source)
                for w in self.windows
            ),
            *(
                (
                    f"{c.kind.capitalize()} criterion {c.id}",
                    c.note or c.label,
                    c.detail_status or c.status,
                    c.source,
                )
                for c in self.criteria
            ),
            *((f"Population {p.flag}", p.definition, p.status, p.source) for p in self.populations),
            *((f"Epoch {e.id}", f"{e.start} to {e.end}", e.status, e.source) for e in self.epochs),
            *((f"Endpoint {e.id}", e.label, e.status, e.source) for e in self.endpoints),
            *(
                (
                    f"Estimand {e.id}",
                    "; ".join(f"{EVENTS[name].lower()}: {getattr(e, name)}" for name in EVENTS)
                    + f"; missing: {e.missing}",
                    e.status,
                    e.source,
                )
                for e in self.estimands
            ),
            *((f"Stopping rule {r.id}: {r.label}", r.terms, r.status, r.source) for r in self.stopping),
            *(
                (
                    f"Reference range {r['item']} {r['sex']}".strip(),
                    f"{say(r['low'])} to {say(r['high'])}",
                    r["status"],
                    r["source"],
                )
                for r in self.ranges.iter_rows(named=True)
            ),
        ]
        schema = dict.fromkeys(("label", "value", "status", "source"), pl.String())
        return pl.DataFrame(rows, schema=schema, orient="row").filter(pl.col("status") == "A")

    def form(self, id: str) -> Form:
        """Return the form with this id; refuse one that this study does not have."""
        if id not in self._forms:
            raise DefinitionError(
                f"Study {self.id} has no form {id!r}; it has {', '.join(self._forms) or 'none'}."
            )
        return self._forms[id]

    def visit(self, code: str) -> Visit:
        """Return the visit with this code (`D28`; `UNS01` is the first unscheduled one); refuse another."""
        name, count = (code[:3], code[3:]) if code[:3] == "UNS" and code[3:].isdigit() else (code, "")
        if name not in self._visits:
            raise DefinitionError(
                f"Study {self.id} has no visit {code!r}; it has {', '.join(self._visits) or 'none'}."
            )
        visit = self._visits[name]
        if not count:
            return visit
        number = int(count)
        return replace(
            visit, code=code, num=round(visit.num + number / 100, 2), label=f"{visit.label} {number}"
        )

    def planned(self, visit: str) -> Mapping[str, str]:
        """Return the forms planned at a visit with their marks, in the order of the forms."""
        there = self.schedule.filter(pl.col("visit") == visit)
        found = dict(
            zip(there["form"].reverse(), there["mark"].reverse(), strict=True)
        )  # the first mark stays
        return {form.id: found[form.id] for form in self.forms if form.id in found}

    @property
    def timezone(self) -> ZoneInfo:
        """The time zone in which the site's dates and times are written."""
        return ZoneInfo(self.get("site.timezone", "UTC"))

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Every item of every form by its id."""
        return {item.id: item for form in self.forms for item in form.items}

    @cached_property
    def _facts(self) -> Mapping[str, Fact]:
        return {fact.name: fact for fact in self.facts}

    @cached_property
    def _forms(self) -> Mapping[str, Form]:
        return {form.id: form for form in self.forms}

    @cached_property
    def _visits(self) -> Mapping[str, Visit]:
        return {visit.code: visit for visit in self.visits}


def say(value: Any) -> str:
    """Return a fact's value as a person would write it.

    >>> say([[80, 25], [50, 20]]), say(False), say(2.5)
    ('80, 25; 50, 20', 'no', '2.5')
    """
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        nested = any(isinstance(part, list) for part in value)
        return ("; " if nested else ", ").join(map(say, value))
    return str(value)
