"""Treatment at an assessment: the glucocorticoid dose, whether the rest is stable, whether a rescue has begun."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from carnet.adam import intake
from carnet.adam.glucocorticoid import daily, dose_at
from carnet.adam.medication import medication
from carnet.adam.rescue import Reading, rescues
from carnet.adam.review import reviews, with_review
from carnet.adam.stability import changes, with_stability
from carnet.study import Study


@dataclass(frozen=True)
class Treatment:
    """What was taken: the log, the log, the glucocorticoid dose of each day, reviews, changes, rescues."""

    log: pl.DataFrame
    doses: pl.DataFrame
    reviews: pl.DataFrame
    changes: pl.DataFrame
    rescues: pl.DataFrame
    reasons: list[str]


def read(
    study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame, baseline: pl.DataFrame
) -> Treatment:
    """Return the treatment of a trial; `baseline` has USUBJID and `date` of the efficacy baseline.

    Where CM is absent nothing is known to have been taken, and nothing not to have been.
    """
    log = medication({"cm": tables.get("cm", intake.empty("cm"))}, adsl)
    reading = Reading.of(study)
    reasons = list(reading.steroid_reasons)
    doses, found = daily(log, adsl, reasons), reviews(tables)
    slack = study.get("time.composite_days", 3)
    at_baseline = dose_at(with_review(baseline, found, slack), doses, "date").select(
        "USUBJID", BPREDEQ="prednisone"
    )
    subjects = adsl.join(at_baseline, on="USUBJID", how="left", maintain_order="left")
    return Treatment(log, doses, found, changes(log), rescues(log, doses, subjects, reading), reasons)


def with_treatment(rows: pl.DataFrame, treatment: Treatment, slack: int) -> pl.DataFrame:
    """Return the assessments with `prednisone`, `stable_treatment`, `standard_treatment` and `rescue`.

    `rescue` is true from the first rescue on, false where the log is known to be complete to that day, else unknown.
    """
    first = treatment.rescues.group_by("USUBJID").agg(RESCDT=pl.col("RESCDT").min())
    rows = with_stability(with_review(rows, treatment.reviews, slack), treatment.changes)
    rows = dose_at(rows, treatment.doses, "date").join(first, on="USUBJID", how="left", maintain_order="left")
    begun = (pl.col("RESCDT") <= pl.col("date")).fill_null(False)
    rows = rows.with_columns(rescue=pl.when(begun).then(True).when(pl.col("reviewed")).then(False))
    return rows.sort("USUBJID", "date", "VISITNUM")


def with_previous_dose(rows: pl.DataFrame, treatment: Treatment, slack: int) -> pl.DataFrame:
    """Return the assessments with `prednisone_prev`, the dose on the day of the assessment before (`date_prev`)."""
    days = rows.select("USUBJID", date="date_prev").drop_nulls().unique(maintain_order=True)
    doses = dose_at(with_review(days, treatment.reviews, slack), treatment.doses, "date")
    doses = doses.select("USUBJID", date_prev="date", prednisone_prev="prednisone")
    return rows.join(doses, on=["USUBJID", "date_prev"], how="left", maintain_order="left")
