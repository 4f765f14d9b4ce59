"""Monitoring: the state of every stopping rule, its boundary and what the boundary does, as results (14.3.1.16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.analysis.result import INFUSED, long
from carnet.safety.monitoring import Status, monitor
from carnet.safety.stopping import StoppingRule

OUTPUT = "14.3.1.16"

KINDS = {
    "DLT": (pl.col("AEDLT") == "Y") & (pl.col("CARTEMFL") == "Y"),
    "CRS": (pl.col("AESI") == "CRS") | pl.col("CQ01NAM").is_not_null(),
    "ICANS": (pl.col("AESI") == "ICANS") | pl.col("CQ02NAM").is_not_null(),
    "RCL": pl.col("AESI") == "RCL",
    "SECOND MALIGNANCY": pl.col("AESI") == "SECOND MALIGNANCY",
    "RELATED DEATH": ((pl.col("AESDTH") == "Y") | (pl.col("AEOUT") == "FATAL"))
    & pl.col("AREL").ne_missing("N"),
}
"""The adverse events that a stopping rule may watch; a death whose cause is not entered counts as related."""


def statuses(study: Any, datasets: Mapping[str, pl.DataFrame]) -> list[Status]:
    """Return the state of every stopping rule of the study by the data of today."""
    return monitor(study.stopping, patients(study, datasets["adsl"]), events(datasets))


def patients(study: Any, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return who was infused, when, from when on each counts for dose-limiting toxicity, and who is in follow-up."""
    window = study.get("dlt.window_last_day", 31)
    inside = (pl.col("CUTDT") - pl.col("CARSDT")).dt.total_days() <= window
    waiting = (pl.col("DLTFL") != "Y") & (pl.col("EOSSTT") == "ONGOING") & inside
    return adsl.filter(pl.col(INFUSED) == "Y").select(
        subject="SUBJID", start="CARSDT", counts_from="DLTEVDT", follow_up=waiting.fill_null(False)
    )


def events(datasets: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return what a stopping rule may watch, a row per event since the first study treatment.

    An event counts by what the investigator entered and by what the rules derive (ADTOX), whichever is worse. A death
    without a fatal adverse event may be related or not. A positive test for replication-competent virus counts as
    the event does.
    """
    found = [_deaths(datasets)]
    if "adae" in datasets:
        found += [_entered(_treated(datasets["adae"]), kind) for kind in KINDS]
    if "adtox" in datasets:
        found += _derived(datasets["adtox"])
    if "adlb" in datasets:
        positive = (pl.col("PARAMCD") == "RCL") & (pl.col("AVALC").str.to_uppercase() == "POSITIVE")
        tested = datasets["adlb"].filter(positive & (pl.col("SAFFL") == "Y"))
        found.append(tested.select(subject="SUBJID", event=pl.lit("RCL"), date="ADT", certain=pl.lit(True)))
    return pl.concat(found, how="diagonal_relaxed")


FATAL = (pl.col("AESDTH") == "Y") | (pl.col("AEOUT") == "FATAL")


def _treated(adae: pl.DataFrame) -> pl.DataFrame:
    return adae.filter(pl.col("PREFL").is_null() & (pl.col("SAFFL") == "Y"))


def _entered(adae: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the events of a kind as the investigator entered them."""
    rows = adae.filter(KINDS[kind])
    return rows.select(
        subject="SUBJID", event=pl.lit(kind), date="ASTDT", grade="ATOXGRN", certain=pl.lit(True)
    )


def _derived(adtox: pl.DataFrame) -> list[pl.DataFrame]:
    """Return CRS and ICANS by their own scale, with the bounds of what is not answered, and dose-limiting toxicity."""
    pages = adtox.filter(
        pl.col("PARAMCD").is_in(["CRS", "ICANS"]), pl.col("ADT").is_null() | (pl.col("ADT") >= pl.col("TRTSDT"))
    ).select(
        subject="SUBJID", event="PARAMCD", date="ADT",
        grade=pl.max_horizontal("AVALMIN", "ENTGRN").cast(pl.Int64),
        grade_max=pl.when(pl.col("AVALMAX").is_not_null())
        .then(pl.max_horizontal("AVALMAX", "ENTGRN")).cast(pl.Int64),
        certain=pl.lit(True),
    )  # fmt: skip
    limiting = adtox.filter((pl.col("PARAMCD") == "DLT") & pl.col("AVAL").ne_missing(0)).select(
        subject="SUBJID", event=pl.lit("DLT"), date="ADT", certain=pl.col("AVAL") == 1
    )
    return [pages, limiting]


def _deaths(datasets: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the deaths that no adverse event tells of: whether they are related nobody has said."""
    told = pl.Series([], dtype=pl.String)
    if "adae" in datasets:
        told = _treated(datasets["adae"]).filter(FATAL)["SUBJID"]
    died = (pl.col("SAFFL") == "Y") & (pl.col("DTHFL") == "Y") & ~pl.col("SUBJID").is_in(told.implode())
    return datasets["adsl"].filter(died).select(
        subject="SUBJID", event=pl.lit("RELATED DEATH"), date="DTHDT", grade=pl.lit(5, pl.Int64),
        certain=pl.lit(None, pl.Boolean),
    )  # fmt: skip


def estimate(study: Any, datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the state of each rule, who met it, the way of a rate against its boundary, and what the boundary does.

    A trial without infusions, or a study without stopping rules, has none.
    """
    if not study.stopping or datasets["adsl"]["CARSDT"].is_null().all():
        return
    where = {"output": OUTPUT, "dataset": "ADAE", "population": INFUSED}
    for status in statuses(study, datasets):
        rule = status.rule
        yield long(_state(status), STATE, **where)
        if status.evidence:
            yield long(_evidence(status), {"grade": "0", "holds": "0"}, **where)
        if rule.on_rate:
            yield long(_looks(status), {"n": "0", "events": "0", "limit": "0"}, **where)
            yield long(_boundary(rule), {"n": "0", "limit": "0"}, **where)
            yield long(_operating(study, rule), OPERATING, **where)


STATE = {
    "met": "0", "patients": "0", "events": "0", "unknown": "0", "follow_up": "0", "further": "0",
    "probability": "4", "upper": "%1",
}  # fmt: skip
OPERATING = {"rate": "%0", "stop": "4", "in_time": "4", "patients": "2", "events": "2"}


def _state(status: Status) -> pl.DataFrame:
    from carnet.statistics.proportion import exact_upper_bound

    return pl.DataFrame(
        {
            "analysis": [f"{status.rule.id}/state"],
            "paramcd": status.rule.id,
            "met": status.met,
            "patients": status.patients,
            "events": status.events,
            "unknown": status.unknown,
            "follow_up": status.follow_up,
            "further": status.further,
            "probability": status.probability,
            "upper": exact_upper_bound(status.events, status.patients) if status.patients else None,
            "reason": "a grade or cause is not entered" if status.met is None else "",
        },
        schema_overrides={
            "met": pl.Boolean,
            "further": pl.Int64,
            "probability": pl.Float64,
            "upper": pl.Float64,
        },
    )


def _evidence(status: Status) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "analysis": [
                f"{status.rule.id}/event/{number}/{e.subject}/{e.date or ''}"
                for number, e in enumerate(status.evidence, start=1)
            ],
            "paramcd": status.rule.id,
            "grade": [e.grade for e in status.evidence],
            "holds": [e.holds for e in status.evidence],
            "reason": "not entered",
        },
        schema_overrides={"grade": pl.Int64, "holds": pl.Boolean},
    )


def _looks(status: Status) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "analysis": [f"{status.rule.id}/look/{look.n}" for look in status.looks],
            "n": [look.n for look in status.looks],
            "events": [look.events for look in status.looks],
            "limit": [look.limit for look in status.looks],
        },
        schema={"analysis": pl.String, "n": pl.Int64, "events": pl.Int64, "limit": pl.Int64},
    ).with_columns(paramcd=pl.lit(status.rule.id), reason=pl.lit(IMPOSSIBLE))


IMPOSSIBLE = "no number of events pauses here"


def _boundary(rule: StoppingRule) -> pl.DataFrame:
    limits = rule.boundary().limits
    return pl.DataFrame(
        {"n": range(1, len(limits) + 1), "limit": limits}, schema={"n": pl.Int64, "limit": pl.Int64}
    ).with_columns(
        analysis=pl.format("{}/boundary/{}", pl.lit(rule.id), "n"),
        paramcd=pl.lit(rule.id),
        reason=pl.lit(IMPOSSIBLE),
    )


def _operating(study: Any, rule: StoppingRule) -> pl.DataFrame:
    """Return what the boundary does at several true rates: outcomes known at once, and with the planned stagger."""
    from carnet.statistics.boundary import delayed, entry_days, immediate

    boundary = rule.boundary()
    window, shows = study.get("stopping.window", 28), study.get("stopping.toxicity_day", 7)
    entry = entry_days(
        len(boundary.limits),
        study.get("stagger.first_patients", 3),
        study.get("stagger.days_between", 14),
        study.get("stagger.days_before_next", 28),
        study.get("stagger.days_later", 14),
    )
    made = []
    for above in study.get("stopping.rates_above", [0, 0.1, 0.2, 0.3]):
        rate = min(round((rule.rate or 0.0) + above, 6), 1.0)
        for name, found in (
            ("at once", immediate(boundary, rate)),
            (f"staggered, all known on day {window}", delayed(boundary, rate, entry, window, window)),
            (f"staggered, toxicity known on day {shows}", delayed(boundary, rate, entry, window, shows)),
        ):
            made.append(
                (
                    f"{rule.id}/operating/{name}/{rate:g}",
                    rule.id,
                    rate,
                    found.stop,
                    found.in_time,
                    found.patients,
                    found.events,
                )
            )
    return pl.DataFrame(made, schema=["analysis", "paramcd", *OPERATING], orient="row")
