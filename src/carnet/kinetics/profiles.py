"""Profiles: the samples of one subject, analyte and unit, each placed after its infusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from carnet.core.frame import as_frame
from carnet.core.units import conversion
from carnet.kinetics import domains
from carnet.kinetics.flags import UNIT, bit, mark
from carnet.kinetics.infusions import given, place, read_doses, withheld
from carnet.kinetics.keys import keyed
from carnet.kinetics.labels import Places
from carnet.kinetics.limits import QUANTIFIABLE
from carnet.kinetics.notes import AT_BASELINE, UNPLACED, notes
from carnet.kinetics.refusals import refusals
from carnet.kinetics.samples import HAS_RESULT, UNKNOWN_IF_ABSENT, read_samples


@dataclass(frozen=True)
class Profiles:
    """What was measured and what was given, read and placed.

    `samples` has a row per row of the table of concentrations, in its order, and `order` their places profile
    by profile and in time; `infusions` has one row per infusion given; `keys` one per profile with the codes
    that refuse it (`refused`) or hold for all of it (`marks`), as numbers (see `flags`), its unit where the
    analyte has several (`apart`), and where its infusions stand; `notes` are the lines that a reader must know.
    """

    samples: pl.DataFrame
    order: Places
    infusions: pl.DataFrame
    keys: pl.DataFrame
    notes: list[str]


def read_profiles(
    conc: Any, doses: Any = None, time_unit: str = "day", infusion_delay: float = 1.0
) -> Profiles:
    """Return the samples placed after their infusions, and the profiles they make.

    `conc` is SDTM PC or `subject, analyte, time, value, lloq, unit`; `doses` is SDTM EX or `subject, time,
    amount`. Times come out in days from the start of the first infusion given, whatever the clock of the
    tables. Without doses one infusion at time 0 is assumed.
    """
    conc, doses = as_frame(conc), None if doses is None else as_frame(doses)
    rows, plan, lines = domains.plain(conc, doses)
    factor = conversion(time_unit, "day")[0]
    read = read_samples(rows, 1.0 if domains.is_pc(conc) else factor)
    if absent := [name for name in UNKNOWN_IF_ABSENT if name not in rows.columns]:
        lines.append(f"The table of concentrations has no column {', '.join(absent)}: unknown in every row.")
    if plan is None:
        lines.append("No doses were given: one infusion at time 0 is assumed for every subject.")
        plan = read.labels["subject"].texts.to_frame("subject").with_columns(time=pl.lit(0.0))
    planned = read_doses(plan, 1.0 if domains.is_ex(doses) else factor)
    infusions = given(planned, infusion_delay)
    samples, keys = keyed(read, infusions)
    samples, order = place(samples, keys, infusions)
    found = refusals(samples, order, planned, infusions, keys)
    lines += notes(samples, infusions, keys, found)
    return Profiles(samples, order, infusions, _marked(keys, samples, planned, found), lines)


def _marked(
    keys: pl.DataFrame, samples: pl.DataFrame, planned: pl.DataFrame, found: pl.DataFrame
) -> pl.DataFrame:
    """Return the profiles with the codes that refuse them and those that hold for every parameter of theirs."""
    quantifiable = (pl.col("state") == QUANTIFIABLE).fill_null(False)
    conditions = {
        "BASELINE_QUANTIFIABLE": AT_BASELINE & quantifiable,
        "LLOQ_MISSING": quantifiable & pl.col("limit").is_null(),
        "TIME_MISSING": UNPLACED,
        "TIME_NOMINAL": HAS_RESULT & pl.col("nominal"),
    }
    marks = np.zeros(len(keys), np.int64)
    held = samples.select(condition.alias(code) for code, condition in conditions.items())
    profile = samples["profile"].to_numpy()
    for code in conditions:
        places = held[code].fill_null(False).arg_true().to_numpy()
        marks[np.unique(profile[places])] += bit(code)
    refused = np.zeros(len(keys), np.int64)
    for number, code in found.select("profile", "code").unique().iter_rows():
        refused[number] += bit(code)
    missed = planned.filter(withheld())["subject"].unique()
    keys = keys.with_columns(pl.Series("marks", marks), pl.Series("refused", refused))
    more = mark(
        INFUSION_WITHHELD=pl.col("subject").is_in(missed.implode()), **{UNIT: pl.col("apart").is_not_null()}
    )
    return keys.with_columns(pl.col("marks") | more)
