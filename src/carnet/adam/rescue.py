"""Rescue: treatment of lupus that the protocol does not allow, and the day from which it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from carnet.adam.medication import EARLIER
from carnet.core.rule import Rule
from carnet.study import Study

ADDED = "_res"
"""How the id of a part on rescue ends that the published criterion does not have."""


def adds_rescue(rule: Rule) -> bool:
    """Return whether a criterion reads rescue although its definition does not: registered, it is judged without."""
    return any(part.id.endswith(ADDED) for part in rule.walk())


@dataclass(frozen=True)
class Reading:
    """What a study calls a rescue (decision 8)."""

    drug_classes: tuple[str, ...]
    procedure_classes: tuple[str, ...]
    indications: tuple[str, ...]
    steroid_reasons: tuple[str, ...]
    pulse: float
    prednisone_above: float
    above_baseline: bool
    days_above: int
    after_day: int

    @classmethod
    def of(cls, study: Study) -> Reading:
        """Return the reading of a study: the table [rescue] of study.toml; what it leaves out is as decided."""
        stated = study.table("rescue")
        return cls(**{name: stated.get(name, default) for name, default in DEFAULTS.items()})


DEFAULTS: dict[str, Any] = {
    "drug_classes": (
        "BIOLOGIC", "B-CELL DEPLETING", "CYTOTOXIC", "IMMUNOSUPPRESSANT", "JAK INHIBITOR", "INVESTIGATIONAL",
    ),
    "procedure_classes": ("IMMUNOGLOBULIN", "PLASMAPHERESIS"),
    "indications": ("SLE", "SLE RESCUE"),
    "steroid_reasons": ("SLE", "RESCUE"),
    "pulse": 250, "prednisone_above": 10, "above_baseline": True, "days_above": 7, "after_day": 28,
}  # fmt: skip


def rescues(
    medication: pl.DataFrame, doses: pl.DataFrame, adsl: pl.DataFrame, reading: Reading
) -> pl.DataFrame:
    """Return the rescues: USUBJID, RESCDT, RESCREAS, CMSEQ (null for a dose summed over rows), in order of time.

    Treatment started on or after the first study treatment for lupus: a prohibited agent, immunoglobulin or
    plasmapheresis, a pulse; and, after day 28, a dose for lupus above the limit for longer than allowed, which
    counts from its first day. A partial date counts from the earliest day that it may mean.
    """
    treated = adsl.filter(pl.col("TRTSDT").is_not_null()).select("USUBJID", "TRTSDT", "RFSTDT", "BPREDEQ")
    log = medication.join(treated, on="USUBJID", how="inner").with_columns(
        RESCDT=pl.when(pl.col("start_last") >= pl.col("TRTSDT")).then(
            pl.max_horizontal("start_first", "TRTSDT")
        )
    )
    for_lupus = pl.col("CMINDC").is_in(list(reading.indications))
    reason = (
        pl.when(pl.col("CMCLAS").is_in(list(reading.drug_classes)) & for_lupus).then(pl.lit("PROHIBITED AGENT"))
        .when(pl.col("CMCLAS").is_in(list(reading.procedure_classes)) & for_lupus).then("CMCLAS")
        .when(pl.col("CMINDC").is_in(list(reading.steroid_reasons)) & (pl.col("PREDEQ") >= reading.pulse))
        .then(pl.lit("PULSE"))
    )  # fmt: skip
    started = log.with_columns(RESCREAS=reason).filter(
        pl.col("RESCREAS").is_not_null(),
        pl.col("RESCDT").is_not_null(),
        pl.col("CMCAT").ne_missing(EARLIER),
    )
    columns = ["USUBJID", "RESCDT", "RESCREAS", "CMSEQ"]
    return pl.concat([started.select(columns), _above(doses, treated, reading).select(columns)]).sort(columns)


def _above(doses: pl.DataFrame, treated: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Return the runs of days on which the dose for lupus stood above the limit for too long."""
    limit = pl.lit(reading.prednisone_above)
    if reading.above_baseline:
        limit = pl.min_horizontal(limit, "BPREDEQ")
    days = (
        doses.join(treated, on="USUBJID", how="inner")
        .with_columns(day=(pl.col("date") - pl.col("RFSTDT")).dt.total_days())
        .filter(pl.col("day") > reading.after_day, pl.col("lupus_max").round(6) > limit)
        .sort("USUBJID", "date")
        .with_columns(run=pl.col("day") - pl.int_range(pl.len()).over("USUBJID"))
    )
    return (
        days.group_by("USUBJID", "run").agg(RESCDT=pl.col("date").min(), length=pl.len())
        .filter(pl.col("length") > reading.days_above)
        .with_columns(RESCREAS=pl.lit("DOSE ABOVE LIMIT"), CMSEQ=pl.lit(None, pl.Int64))
    )  # fmt: skip
