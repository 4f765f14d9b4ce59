"""The estimands of the study as the report prints them."""

from __future__ import annotations

from typing import Any

from carnet.report.exhibit import Exhibit, Table, rows
from carnet.study.estimand import EVENTS, MISSING, STRATEGIES

ATTRIBUTES = (
    "Name in the results", "Endpoints", "Patients", "Variable", *EVENTS.values(), "A missing value", "Summary",
)  # fmt: skip


def estimands(study: Any) -> Exhibit:
    """Return what each result estimates: patients, variable, and what every event between treatment and visit does."""
    sets = {population.flag: population.label for population in study.populations}
    labels = {endpoint.id: endpoint.label for endpoint in study.endpoints}
    told = [
        (
            e.id,
            "; ".join(labels.get(id, id) for id in e.endpoints) or "every response",
            sets.get(e.population, e.population),
            e.variable,
            *(getattr(e, event) for event in EVENTS),
            e.missing,
            e.summary,
        )
        for e in study.estimands
    ]
    lines = rows(zip(ATTRIBUTES, *told, strict=True))
    header = ("Attribute", *(e.label or e.id for e in study.estimands))
    shown = Table("What each result estimates", header, lines, numbers=False)
    meaning = " ".join(f"{name.capitalize()}: {words}." for name, words in STRATEGIES.items())
    missing = "; ".join(f"{name}: {words}" for name, words in MISSING.items())
    return Exhibit(
        "9.1",
        "Estimands",
        (shown,),
        notes=(meaning, f"A missing value, {missing}.", "Each word is a cell of estimands.csv."),
    )
