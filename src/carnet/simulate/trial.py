"""A trial invented whole: everything that people would type, and beside it what is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from carnet.simulate import (
    activity_forms,
    conduct_forms,
    entering,
    indices,
    laboratory_forms,
    mistakes,
    safety_forms,
    screening_forms,
    treatment_forms,
    visit_forms,
)
from carnet.simulate.events import events
from carnet.simulate.model import Model, model
from carnet.simulate.numbers import numbers
from carnet.simulate.screening import choose_patients
from carnet.simulate.sheet import Sheet
from carnet.simulate.streams import Streams
from carnet.simulate.truth import truth
from carnet.study import Study


@dataclass(frozen=True)
class Simulation:
    """The entries of a trial in the order of entering, and the tables of truth behind them.

    `truth` holds `patients` (a row each), `sledai` and `response` (a row per patient and visit,
    without gaps), `missing` (every
    question left without an answer) and `mistakes` (every error planted).
    """

    entries: pl.DataFrame
    truth: dict[str, pl.DataFrame]


def trial(
    study: Study,
    seed: int = 1,
    preset: str = "carnk_base",
    patients: int = 10,
    settings: Mapping[str, float] | None = None,
) -> Simulation:
    """Return one invented trial; the same seed gives the same bytes.

    `settings` replaces numbers of the model by name: `{"missing.bilag": 0}` leaves no BILAG-2004 out.

    >>> from carnet.study import read
    >>> small = trial(read(), seed=7, patients=2)
    >>> small.truth["patients"]["treated"].sum()
    2
    """
    n = numbers(preset, settings or {})
    chosen = choose_patients(study, n, seed, patients)
    m = model(study, n, Streams(seed, chosen.candidates), chosen.treated)
    rows = entering.rows(m, sheets(m))
    rows, planted = mistakes.plant(m.streams, rows, n["mistakes.times"] * patients / 10)
    who = entering.subjects(m)
    entries = entering.entries(m, entering.corrections(m, rows))
    named = planted.with_columns(subject=pl.Series(who).gather(planted["person"])).select(
        "subject", pl.exclude("subject", "person")
    )
    without = entries.filter(pl.col("status") != "answered").select(
        "subject", "visit", "form", "repeat", "item", "status", "reason"
    )
    return Simulation(entries, {**truth(m, who), "missing": without, "mistakes": named})


def sheets(m: Model) -> list[Sheet]:
    """Return everything that is filled in for the people of a model, form by form."""
    adverse = events(m)
    at_visits = visit_forms.sheets(m)
    return [
        *at_visits[:1], *screening_forms.sheets(m), *at_visits[1:], *laboratory_forms.sheets(m),
        *treatment_forms.sheets(m), *activity_forms.sheets(m), *indices.sheets(m), *safety_forms.sheets(m, adverse),
        *conduct_forms.sheets(m, adverse),
    ]  # fmt: skip


def write(simulation: Simulation, folder: Path) -> None:
    """Write `entries.parquet` and the tables of truth, `truth/patients.parquet` and so on, into a folder."""
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    simulation.entries.write_parquet(folder / "entries.parquet")
    for name, table in simulation.truth.items():
        table.write_parquet(folder / "truth" / f"{name}.parquet")
