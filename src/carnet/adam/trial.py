"""From SDTM to the analysis datasets, in the order in which one needs another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
    adtox,
    adtte,
    advs,
    assessments,
    dose_limiting,
    frame,
    intake,
    populations,
    syndromes,
    treatment,
)  # fmt: skip
from carnet.adam.assessments import Assessed
from carnet.adam.treatment import Treatment
from carnet.core.dataset import read_datasets
from carnet.core.errors import InputError
from carnet.study import Study

DATASETS = read_datasets("carnet.adam")
"""The analysis datasets and their variables."""

FINDINGS: dict[str, tuple[str, Callable[..., pl.DataFrame]]] = {
    "adlb": ("lb", adlb.derive), "advs": ("vs", advs.derive), "adis": ("is", adis.derive), "adcp": ("cp", adcp.derive),
    "adae": ("ae", adae.derive), "adpc": ("pc", adpc.derive),
}  # fmt: skip
"""The datasets that one domain makes, with that domain."""

CARRIED = ("EFFFL", "PPROTFL")
"""Sets that are known last and stand in every dataset."""


@dataclass(frozen=True)
class Prepared:
    """What the datasets are made of: subjects with their dates, what was assessed, what was taken."""

    tables: dict[str, pl.DataFrame]
    subjects: pl.DataFrame
    assessed: Assessed | None
    taken: Treatment


def derive(study: Study, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the analysis datasets of a trial by name; one whose tables are absent is left out.

    `tables` are SDTM domains under their lower-case names. DM is needed.
    """
    given = prepare(study, tables)
    tables, subjects = given.tables, given.subjects
    made = {
        name: work(study, tables, subjects) for name, (domain, work) in FINDINGS.items() if domain in tables
    }
    pages = syndromes.graded(tables, made.get("adae"))
    graded = pl.concat(pages, how="diagonal_relaxed") if pages else None
    if "adae" in made:
        made["adae"] = dose_limiting.judged(study, made["adae"], graded)
    if graded is not None or {"adae", "adlb"} & set(made):
        made["adtox"] = adtox.derive(study, made, graded, subjects)
    if "ex" in tables:
        made["adex"] = adex.derive(tables, subjects)
    if "cm" in tables:
        made["adcm"] = adcm.derive(given.taken.log, given.taken.rescues, given.taken.reasons, subjects)
    if "pc" in tables and "ex" in tables:
        made["adpp"] = adpp.derive(study, tables, subjects)
    if given.assessed is not None:
        made["adqs"] = adqs.derive(study, given.assessed, given.taken, subjects)
        made["adrs"] = adrs.derive(study, tables, given.assessed, given.taken, subjects)
        made["adtte"] = adtte.derive(study, made["adrs"], made.get("adcp"), subjects)
    subjects = populations.complete(study, subjects, tables, made, given.assessed)
    ordered = [name.lower() for name in DATASETS if name.lower() in made]
    return {
        "adsl": DATASETS["ADSL"].conform(subjects),
        **{name: _finish(name, made[name], subjects) for name in ordered},
    }


def response_frame(study: Study, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return what the criteria are judged on: a row per treated patient and due visit, with what was assessed.

    `assessed` tells whether there was an assessment, `reason` why a verdict is unknown. A trial without
    assessments is refused.
    """
    given = prepare(study, tables)
    if given.assessed is None:
        raise InputError("There is no RS table; SLEDAI-2K, BILAG-2004 and PGA stand in it.")
    return frame.response_frame(study, given.tables, given.assessed, given.taken, given.subjects)


def prepare(study: Study, tables: Mapping[str, pl.DataFrame]) -> Prepared:
    """Return what every dataset needs: the subjects with treatment, efficacy baseline and first rescue."""
    lower = intake.read(tables)
    subjects = adsl.subjects(study, lower)
    assessed = assessments.assess(study, lower, subjects) if "rs" in lower else None
    none = pl.DataFrame(schema={"USUBJID": pl.String, "date": pl.Date})
    base = none if assessed is None else assessed.composites.filter("is_baseline").select("USUBJID", "date")
    taken = treatment.read(study, lower, subjects, base)
    first = taken.rescues.group_by("USUBJID", maintain_order=True).first()
    for more in (base.rename({"date": "EFFBLDT"}), first.select("USUBJID", "RESCDT", "RESCREAS")):
        subjects = subjects.join(more, on="USUBJID", how="left", maintain_order="left")
    return Prepared(lower, subjects, assessed, taken)


def _finish(name: str, rows: pl.DataFrame, subjects: pl.DataFrame) -> pl.DataFrame:
    """Return a dataset with the sets that every dataset carries, as its definition has it."""
    sets = ["STUDYID", *CARRIED, *(["KINFL"] if name == "adpp" else [])]
    rows = rows.drop(sets, strict=False)
    rows = rows.join(subjects.select("USUBJID", *sets), on="USUBJID", how="left", maintain_order="left")
    return DATASETS[name.upper()].conform(rows)
