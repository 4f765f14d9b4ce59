"""The trial design as tables: TA, TE, TV, TI and TS."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import polars as pl

from carnet.sdtm.definitions import definition
from carnet.sdtm.ie import criteria
from carnet.study import Study
from carnet.study.study import say


def tabulate(study: Study, dm: pl.DataFrame, cut: str | None) -> dict[str, pl.DataFrame]:
    """Return TA, TE, TV, TI and TS; `cut` is the day of the last entry."""
    tables = {
        "TA": _arms(study),
        "TE": _elements(study),
        "TV": _visits(study),
        "TI": _criteria(study),
        "TS": _summary(study, dm, cut),
    }
    return {
        name: definition(name).conform(
            rows.with_columns(pl.lit(study.id).alias("STUDYID"), pl.lit(name).alias("DOMAIN"))
        )
        for name, rows in tables.items()
    }


def _arms(study: Study) -> pl.DataFrame:
    rows = [
        (arm.code, arm.label, place, e.code, e.label, e.epoch)
        for arm in study.arms
        for place, e in enumerate(study.elements, start=1)
    ]
    return pl.DataFrame(rows, schema=["ARMCD", "ARM", "TAETORD", "ETCD", "ELEMENT", "EPOCH"], orient="row")


def _elements(study: Study) -> pl.DataFrame:
    ends = [*(f"Start of the next: {e.start}" for e in study.elements[1:]), "End of participation"]
    rows = [
        (e.code, e.label, e.start[:1].upper() + e.start[1:], end)
        for e, end in zip(study.elements, ends, strict=True)
    ]
    return pl.DataFrame(rows, schema=["ETCD", "ELEMENT", "TESTRL", "TEENRL"], orient="row")


def _visits(study: Study) -> pl.DataFrame:
    """Return the planned visits; the rules say the protocol days between which a visit may be held."""
    rows = [
        (
            v.num,
            v.label,
            v.study_day,
            f"Protocol day {v.day}, not before day {v.low}",
            f"Same day, not after day {v.high}",
        )
        for v in study.visits
        if v.day is not None
    ]
    schema = {
        "VISITNUM": pl.Float64,
        "VISIT": pl.String,
        "VISITDY": pl.Int64,
        "TVSTRL": pl.String,
        "TVENRL": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _criteria(study: Study) -> pl.DataFrame:
    return criteria(study).with_columns(pl.lit(study.get("study.protocol_version")).alias("TIVERS"))


def _summary(study: Study, dm: pl.DataFrame, cut: str | None) -> pl.DataFrame:
    """Return TS as `trial_summary.csv` lists it: facts of the study, words, and what is worked out (*)."""
    worked_out = _worked_out(study, dm, cut)
    rows = []
    for row in _parameters():
        fact = study.get(row["fact"]) if row["fact"] else None
        said = "" if fact is None else say(fact)
        values = [said] if row["fact"] else worked_out.get(row["value"], [row["value"]])
        for value in values:
            text = row["pattern"].format(value) if row["pattern"] and value else value
            missing = None if text else row["TSVALNF"] or "UNK"
            rows.append((row["TSPARMCD"], row["TSPARM"], text or None, missing, row["TSVCDREF"] or None))
    schema = dict.fromkeys(["TSPARMCD", "TSPARM", "TSVAL", "TSVALNF", "TSVCDREF"], pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.int_range(1, pl.len() + 1).over("TSPARMCD").alias("TSSEQ"))


def _worked_out(study: Study, dm: pl.DataFrame, cut: str | None) -> dict[str, list[str]]:
    """Return the values that no fact states: counts, lengths in days, outcome measures, the data cut."""
    days = {v.code: v.day for v in study.visits if v.day is not None}
    dosing = [form.id for form in study.forms if form.domain == "EX"]
    dosed = study.schedule.filter(pl.col("form").is_in(dosing))["visit"].unique()
    treated = [days[visit] for visit in dosed if visit in days]
    outcomes: dict[str, list[str]] = {"PRIMARY": [], "SECONDARY": []}
    for endpoint in study.endpoints:
        outcomes.setdefault(endpoint.role, []).append(f"{endpoint.label}: {endpoint.timeframe}")
    return {
        "*PRIMARY": outcomes["PRIMARY"],
        "*SECONDARY": outcomes["SECONDARY"],
        "*length": [str(max(days.values()) - min(days.values())) if days else ""],
        "*treatment": [str(max(treated) - min(treated) + 1) if treated else ""],
        "*arms": [str(len(study.arms))],
        "*enrolled": [str(dm["ARMCD"].count())],
        "*cut": [cut or ""],
    }


@cache
def _parameters() -> list[dict[str, str]]:
    return list(
        csv.DictReader(files("carnet.sdtm").joinpath("trial_summary.csv").read_text("utf-8").splitlines())
    )
