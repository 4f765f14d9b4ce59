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
from carnet.kinetics.infusions import Places, given, place, read_doses, withheld
from carnet.kinetics.limits import QUANTIFIABLE
from carnet.kinetics.notes import AT_BASELINE, UNPLACED, notes
from carnet.kinetics.refusals import refusals
from carnet.kinetics.samples import HAS_RESULT, PROFILE, UNKNOWN_IF_ABSENT, read_samples


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
    samples = read_samples(rows, 1.0 if domains.is_pc(conc) else factor)
    if absent := [name for name in UNKNOWN_IF_ABSENT if name not in rows.columns]:
        lines.append(f"The table of concentrations has no column {', '.join(absent)}: unknown in every row.")
    if plan is None:
        lines.append("No doses were given: one infusion at time 0 is assumed for every subject.")
        plan = samples.select("subject").unique().with_columns(time=pl.lit(0.0))
    planned = read_doses(plan, 1.0 if domains.is_ex(doses) else factor)
    infusions = given(planned, infusion_delay)
    samples, keys = _keyed(samples, infusions)
    keys = _with_infusions(keys, infusions)
    samples, order = place(samples, keys, infusions)
    found = refusals(samples, order, planned, infusions, keys)
    lines += notes(samples, infusions, keys, found)
    return Profiles(samples, order, infusions, _marked(keys, samples, planned, found), lines)


def _keyed(samples: pl.DataFrame, infusions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the samples with the number of their profile, and the profiles in order.

    Profiles are those with samples, and those of subjects infused and never sampled.
    """
    names = {
        name: _distinct(samples[name], infusions["subject"] if name == "subject" else None)
        for name in PROFILE
    }
    numbers = [
        samples.select(name).join(names[name], on=name, how="left", maintain_order="left") for name in PROFILE
    ]
    subject, analyte, measure = (table["number"].to_numpy() for table in numbers)
    kinds, measures = analyte * len(names["measure"]) + measure, len(names["analyte"]) * len(names["measure"])
    code = subject * measures + kinds
    seen = np.zeros(len(names["subject"]), np.bool_)
    seen[subject] = True
    unseen = (np.flatnonzero(~seen)[:, None] * measures + np.unique(kinds)).ravel()
    every = np.sort(np.concatenate([pl.Series(code).unique().to_numpy(), unseen]))
    profile = (
        np.searchsorted(every, code) if len(names["subject"]) * measures > 2**27 else _looked_up(every, code)
    )
    of_subject, rest = np.divmod(every, max(measures, 1))
    of_analyte, of_measure = np.divmod(rest, max(len(names["measure"]), 1))
    keys = pl.DataFrame(
        {
            name: names[name][name].gather(of)
            for name, of in zip(PROFILE, (of_subject, of_analyte, of_measure), strict=True)
        }
    ).with_row_index("profile")
    samples = samples.with_columns(pl.Series("profile", profile, pl.Int64))
    units = _units(samples, keys)
    keys = keys.with_columns(pl.col("profile").cast(pl.Int64), units)
    several = pl.col("measure").n_unique().over("subject", "analyte") > 1
    return samples, keys.with_columns(pl.when(several).then("measure").alias("apart"))


def _with_infusions(keys: pl.DataFrame, infusions: pl.DataFrame) -> pl.DataFrame:
    """Return the profiles with the `origin` of their clock, the place of their `first` infusion, and how many."""
    subjects = infusions.with_row_index("first").group_by("subject", maintain_order=True)
    theirs = subjects.agg(pl.col("origin").first(), pl.col("first").first(), pl.len().alias("given"))
    keys = keys.join(theirs, on="subject", how="left", maintain_order="left")
    return keys.with_columns(pl.col("first", "given").fill_null(0).cast(pl.Int64))


def _distinct(values: pl.Series, more: pl.Series | None) -> pl.DataFrame:
    """Return the distinct texts, sorted and numbered."""
    if more is not None:
        values = pl.concat([values.unique(), more.unique()])
    return (
        values.unique()
        .sort()
        .to_frame()
        .with_row_index("number")
        .with_columns(pl.col("number").cast(pl.Int64))
    )


def _looked_up(every: Places, code: Places) -> Places:
    """Return the place of each code among all, by a table of them."""
    table = np.zeros(int(every[-1]) + 1 if len(every) else 0, np.int64)
    table[every] = np.arange(len(every))
    return table[code]


def _units(samples: pl.DataFrame, keys: pl.DataFrame) -> pl.Series:
    """Return the unit of each profile: as it is written where its samples agree, else as carnet writes it."""
    pairs = samples.select("measure", "unit").unique().drop_nulls()
    clear = dict(
        pairs.group_by("measure")
        .agg(pl.col("unit").sort())
        .filter(pl.col("unit").list.len() == 1)
        .iter_rows()
    )
    spelt = {measure: units[0] for measure, units in clear.items()}
    return keys["measure"].replace("", None).replace(spelt).alias("unit")


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
