"""From SDTM to the analysis datasets, in the order in which one needs another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from carnet.adam import (
    adae,
    adcm,
    adcp,
    adex,
    adis,
    adlb,
    adpc,
    adpp,
    adqs,
    adrs,
    adsl,
    adtte,
    advs,
    assessments,
    populations,
    treatment,
)  # fmt: skip
from carnet.adam.assessments import Assessed
from carnet.core.dataset import read_datasets
from carnet.core.errors import InputError
from carnet.study import Study

DATASETS = read_datasets("carnet.adam")
"""The analysis datasets and their variables."""

CARRIED = ("EFFFL", "PPROTFL")
"""Sets that are known last and stand in every dataset."""

BLANK = {"RESCDT": pl.Date, "RESCREAS": pl.String, "EFFBLDT": pl.Date}


def derive(study: Study, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the analysis datasets of a trial by name; one whose tables are absent is left out.

    `tables` are SDTM domains under their lower-case names. DM is needed; an ADaM without treatment is empty.
    """
    tables = {name.lower(): table for name, table in tables.items()}
    if "dm" not in tables:
        raise InputError("There is no DM table; SDTM needs it to say who the subjects are.")
    subjects = adsl.subjects(tables)
    assessed = assessments.assess(study, tables, subjects) if "rs" in tables else None
    taken = treatment.read(study, tables, subjects, _efficacy_baseline(assessed))
    subjects = _with_efficacy(subjects, assessed, taken)
    made: dict[str, pl.DataFrame] = {"adex": adex.derive(tables, subjects), "adcm": adcm.derive(taken.log, taken.rescues, subjects)}
    findings: dict[str, tuple[str, Callable[..., pl.DataFrame]]] = {
        "adlb": ("lb", adlb.derive), "advs": ("vs", advs.derive), "adis": ("is", adis.derive), "adcp": ("cp", adcp.derive),
        "adae": ("ae", adae.derive), "adpc": ("pc", adpc.derive),
    }  # fmt: skip
    for name, (domain, work) in findings.items():
        if domain in tables:
            made[name] = work(study, tables, subjects)
    if "adpc" in made and "ex" in tables:
        made["adpp"] = adpp.derive(study, tables, subjects)
    if assessed is not None:
        made["adqs"] = adqs.derive(study, assessed, taken, subjects)
        made["adrs"] = adrs.derive(study, assessed, taken, subjects)
        made["adtte"] = adtte.derive(made["adrs"], subjects)
    if "cm" not in tables:
        del made["adcm"]
    if "ex" not in tables:
        del made["adex"]
    subjects = populations.complete(study, subjects, tables, made, assessed)
    return {"adsl": DATASETS["ADSL"].conform(subjects), **{name: _finish(name, made[name], subjects) for name in ORDER if name in made}}


ORDER = tuple(name.lower() for name in DATASETS if name != "ADSL")


def _efficacy_baseline(assessed: Assessed | None) -> pl.DataFrame:
    if assessed is None:
        return pl.DataFrame(schema={"USUBJID": pl.String, "date": pl.Date})
    return assessed.composites.filter("is_baseline").select("USUBJID", "date")


def _with_efficacy(subjects: pl.DataFrame, assessed: Assessed | None, taken: treatment.Treatment) -> pl.DataFrame:
    """Return ADSL with the efficacy baseline and the first rescue."""
    base = _efficacy_baseline(assessed).rename({"date": "EFFBLDT"})
    rescue = taken.rescues.group_by("USUBJID", maintain_order=True).first().select("USUBJID", "RESCDT", "RESCREAS")
    subjects = subjects.join(base, on="USUBJID", how="left", maintain_order="left")
    return subjects.join(rescue, on="USUBJID", how="left", maintain_order="left")


def _finish(name: str, rows: pl.DataFrame, subjects: pl.DataFrame) -> pl.DataFrame:
    """Return a dataset with the sets that every dataset carries, as its definition has it."""
    sets = subjects.select("USUBJID", "STUDYID", *CARRIED, *(["KINFL"] if name == "adpp" else []))
    rows = rows.drop(*sets.columns[1:], strict=False).join(sets, on="USUBJID", how="left", maintain_order="left")
    return DATASETS[name.upper()].conform(rows)
