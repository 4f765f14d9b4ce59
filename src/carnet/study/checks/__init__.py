"""Checks: what is inconsistent in a study definition, and in the data against it; all are findings."""

from __future__ import annotations

import polars as pl

from carnet.study.checks import (
    activity,
    eligibility,
    entries,
    infusions,
    laboratory,
    lymphodepletion,
    medication,
    safety,
    scales,
    slips,
    syndromes,
    toxicity,
    visits,
)
from carnet.study.checks.definition import check_study
from carnet.study.checks.domains import check_tables
from carnet.study.checks.findings import SCHEMA, gather
from carnet.study.checks.values import Values
from carnet.study.study import Study

__all__ = ["SCHEMA", "check_entries", "check_study", "check_tables"]

ENTRY_CHECKS = (
    entries,
    slips,
    visits,
    eligibility,
    lymphodepletion,
    infusions,
    medication,
    laboratory,
    activity,
    safety,
    toxicity,
    syndromes,
    scales,
)
"""The modules that check data, in the order in which their findings stand."""


def check_entries(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is inconsistent in the entries of a trial: subject, visit, form, item, message.

    `rows` is a frame of entries (`core.entry.SCHEMA`), in the order of entering; the entry in force counts.
    """
    values = Values(study, rows)
    found = gather(frame for module in ENTRY_CHECKS for frame in module.check(values))
    return found.unique(maintain_order=True)
