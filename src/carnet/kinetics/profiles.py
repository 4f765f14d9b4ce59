"""Profiles: the samples of one subject, analyte and unit, each placed after its infusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.core.units import conversion
from carnet.kinetics import domains
from carnet.kinetics.flags import flags
from carnet.kinetics.infusions import given, place, read_doses, withheld
from carnet.kinetics.limits import QUANTIFIABLE
from carnet.kinetics.notes import AT_BASELINE, UNPLACED, notes
from carnet.kinetics.refusals import refusals
from carnet.kinetics.samples import HAS_RESULT, PROFILE, UNKNOWN_IF_ABSENT, read_samples


@dataclass(frozen=True)
class Profiles:
    """What was measured and what was given, read and placed.

    `samples` has a row per row of the table of concentrations, in its order; `infusions` one per infusion
    given; `keys` one per profile with the codes that refuse it (`refused`) or hold for all of it (`flags`);
    `notes` are the lines that a reader must know.
    """

    samples: pl.DataFrame
    infusions: pl.DataFrame
    keys: pl.DataFrame
    notes: list[str]


def read_profiles(conc: Any, doses: Any = None, time_unit: str = "day") -> Profiles:
    """Return the samples placed after their infusions, and the profiles they make.

    `conc` is SDTM PC or `subject, analyte, time, value, lloq, unit`; `doses` is SDTM EX or `subject, time,
    amount`. Times come out in days from the start of the first infusion given, whatever the clock of the
    tables. Without doses one infusion at time 0 is assumed.
    """
    conc, doses = as_frame(conc), None if doses is None else as_frame(doses)
    rows, plan, lines = domains.plain(conc, doses)
    factor = conversion(time_unit, "day")[0]
    samples = read_samples(rows, 1.0 if domains.is_pc(conc) else factor)
    if absent := [name for name in UNKNOWN_IF_ABSENT if name not in rows.columns]:
        lines.append(f"The table of concentrations has no column {', '.join(absent)}: unknown in every row.")
    if plan is None:
        lines.append("No doses were given: one infusion at time 0 is assumed for every subject.")
        plan = samples.select("subject").unique().with_columns(time=pl.lit(0.0))
    planned = read_doses(plan, 1.0 if domains.is_ex(doses) else factor)
    infusions = given(planned)
    samples = place(samples, infusions)
    keys = _keys(samples, infusions)
    samples = samples.join(keys.select(*PROFILE, "profile"), on=PROFILE, how="left", maintain_order="left")
    found = refusals(samples, planned, infusions, keys)
    lines += notes(samples, infusions, keys, found)
    refused = found.group_by("profile").agg(pl.col("code").unique().sort().alias("refused"))
    keys = _flagged(keys, samples, planned).join(refused, on="profile", how="left", maintain_order="left")
    return Profiles(samples, infusions, keys, lines)


def _keys(samples: pl.DataFrame, infusions: pl.DataFrame) -> pl.DataFrame:
    """Return the profiles in order: those with samples, and those of subjects infused and never sampled."""
    units = pl.col("unit").drop_nulls()
    one = (
        pl.when(units.n_unique() == 1)
        .then(units.first())
        .otherwise(pl.col("measure").replace("", None).first())
    )
    found = samples.group_by(PROFILE).agg(one.alias("unit"))
    unseen = infusions.select("subject").unique().join(found, on="subject", how="anti")
    kinds = found.group_by("analyte", "measure").agg(pl.col("unit").min())
    every = pl.concat([found, unseen.join(kinds, how="cross").select(found.columns)])
    return every.sort(PROFILE).with_row_index("profile")


def _flagged(keys: pl.DataFrame, samples: pl.DataFrame, planned: pl.DataFrame) -> pl.DataFrame:
    """Return the profiles with the codes that hold for every parameter of theirs."""
    quantifiable = (pl.col("state") == QUANTIFIABLE).fill_null(False)
    held = samples.group_by("profile").agg(
        (AT_BASELINE & quantifiable).any().alias("BASELINE_QUANTIFIABLE"),
        (quantifiable & pl.col("limit").is_null()).any().alias("LLOQ_MISSING"),
        UNPLACED.any().alias("TIME_MISSING"),
        (HAS_RESULT & pl.col("nominal")).any().alias("TIME_NOMINAL"),
    )
    missed = planned.filter(withheld()).select("subject").unique().with_columns(INFUSION_WITHHELD=True)
    codes = [*held.columns[1:], "INFUSION_WITHHELD"]
    several = pl.col("measure").n_unique().over("subject", "analyte") > 1
    told_apart = pl.when(several).then(pl.format("UNIT:{}", "measure"))
    keys = keys.join(held, on="profile", how="left", maintain_order="left")
    keys = keys.join(missed, on="subject", how="left", maintain_order="left")
    keys = keys.with_columns(
        flags(**{code: pl.col(code) for code in codes}).alias("flags"), told_apart.alias("apart")
    )
    keys = keys.with_columns(pl.concat_list("flags", "apart").list.drop_nulls().alias("flags"))
    return keys.select("profile", "subject", "analyte", "unit", "flags")
