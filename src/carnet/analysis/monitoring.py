"""Monitoring: the state of every stopping rule, its boundary and what the boundary does, as results (14.3.1.16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.analysis.result import INFUSED, long, people
from carnet.analysis.subset import Clause, Own, Subset, among, both, either, eq, missing, ne, present, within
from carnet.safety.monitoring import Status, monitor
from carnet.safety.stopping import StoppingRule

OUTPUT = "14.3.1.16"

KINDS: dict[str, Clause] = {
    "DLT": both(eq("AEDLT", "Y"), eq("CARTEMFL", "Y")),
    "CRS": either(eq("AESI", "CRS"), present("CQ01NAM")),
    "ICANS": either(eq("AESI", "ICANS"), present("CQ02NAM")),
    "RCL": eq("AESI", "RCL"),
    "SECOND MALIGNANCY": eq("AESI", "SECOND MALIGNANCY"),
    "RELATED DEATH": both(either(eq("AESDTH", "Y"), eq("AEOUT", "FATAL")), ne("AREL", "N")),
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
    rows = adae.filter(KINDS[kind].mask(adae.schema))
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
    for status in statuses(study, datasets):
        rule = status.rule
        here = watched(rule)
        besides = dict.fromkeys(("patients", "follow_up", "n"), people(INFUSED))
        yield long(_state(status), STATE, output=OUTPUT, of=here, besides=besides)
        if status.evidence:
            told = {"grade": "0", "holds": "0"}
            yield long(_evidence(status), told, output=OUTPUT, of=_of_subject(here))
        if rule.on_rate:
            looks = {"n": "0", "events": "0", "limit": "0"}
            yield long(_looks(status), looks, output=OUTPUT, of=here, besides=besides)
            designed = pl.lit("").alias("subset")  # a boundary rests on no patient
            boundary = _boundary(rule).with_columns(designed)
            yield long(boundary, {"n": "0", "limit": "0"}, output=OUTPUT, of=here)
            yield long(_operating(study, rule).with_columns(designed), OPERATING, output=OUTPUT, of=here)


DERIVED: dict[str, Clause] = {
    "CRS": among("ADTOX", eq("PARAMCD", "CRS")),
    "ICANS": among("ADTOX", eq("PARAMCD", "ICANS")),
    "DLT": among("ADTOX", both(eq("PARAMCD", "DLT"), ne("AVALC", "N"))),
    "RCL": among("ADLB", both(eq("PARAMCD", "RCL"), within("AVALC", "POSITIVE", "Positive", "positive"))),
    "RELATED DEATH": among("ADSL", eq("DTHFL", "Y")),
}
"""What a rule may watch besides what was entered as an adverse event."""


def watched(rule: StoppingRule) -> Subset:
    """Return the records that a rule looks at, those too that its grade then leaves out."""
    entered = both(missing("PREFL"), KINDS[rule.event])
    derived = [DERIVED[rule.event]] if rule.event in DERIVED else []
    return Subset("ADAE", INFUSED, (either(entered, *derived),))


def _of_subject(here: Subset) -> Subset:
    """Return the records that a rule looks at of one patient, whichever dataset they are in."""
    mine = (among(name, eq("SUBJID", Own("subject"))) for name in ("ADAE", "ADTOX", "ADLB", "ADSL"))
    return here.each(either(*mine))


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
            "subject": [e.subject for e in status.evidence],
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
