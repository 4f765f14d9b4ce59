"""A trial invented whole: everything that people would type, and beside it what is true."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from carnet.simulate import activity_forms, conduct_forms, entering, laboratory_forms, safety_forms, screening_forms, treatment_forms, visit_forms
from carnet.simulate.events import events
from carnet.simulate.model import model
from carnet.simulate.numbers import numbers
from carnet.simulate.screening import choose_patients
from carnet.simulate.sheet import Sheet
from carnet.simulate.streams import Streams
from carnet.study import Study


@dataclass(frozen=True)
class Simulation:
    """The entries of a trial in the order of entering, and the truth behind them."""

    entries: pl.DataFrame
    truth: dict[str, pl.DataFrame]


def trial(study: Study, seed: int = 1, preset: str = "carnk_base", patients: int = 10) -> Simulation:
    """Return one invented trial: the same seed gives the same bytes."""
    n = numbers(preset)
    chosen = choose_patients(study, n, seed, patients)
    m = model(study, n, Streams(seed, chosen.candidates), chosen.treated)
    adverse = events(m)
    sheets: list[Sheet] = [
        *visit_forms.sheets(m)[:1], *screening_forms.sheets(m), *visit_forms.sheets(m)[1:], *laboratory_forms.sheets(m), *treatment_forms.sheets(m),
        *activity_forms.sheets(m), *safety_forms.sheets(m, adverse), *conduct_forms.sheets(m, adverse),
    ]  # fmt: skip
    rows = entering.rows(m, sheets)
    rows = entering.corrections(m, rows, Streams(seed, (-1,)))
    return Simulation(entering.entries(m, rows), {})


def write(simulation: Simulation, folder: Path) -> None:
    """Write the entries and the truth into a folder."""
