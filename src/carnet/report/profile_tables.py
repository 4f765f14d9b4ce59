"""What a profile says in words: who the patient is, and every dose, event, assessment, value and verdict as a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from carnet.report.exhibit import Table, rows
from carnet.report.patient import VERDICTS, Patient, drug, worst_grade
from carnet.report.profile_laboratory import VALUES

SAID = {"Y": "yes", "N": "no"}


def facts(patient: Patient, efficacy: bool = True) -> list[str]:
    """Return who the patient is, what was given, and where the patient stands."""
    row = patient.row
    age = f"{row['AGE']} years" if row.get("AGE") is not None else "age not recorded"
    who = [{"F": "woman", "M": "man"}.get(row.get("SEX") or "", "sex not recorded"), age]
    return [", ".join(who), *_given(row), *_baseline(row, efficacy), *_standing(patient)]


def _given(row: dict[str, Any]) -> Iterator[str]:
    if row.get("CARSDT") is None:
        yield f"no cells infused; day 0 is the first study treatment, {row['first'] or 'its date unknown'}"
        return
    yield f"day 0, the first infusion: {row['CARSDT']}"
    amount = row.get("CUMCELLS")
    told = "amount unknown" if amount is None else f"{amount:g} {row.get('CELLSU') or ''}".strip()
    yield f"{row.get('NINF')} infusion{'' if row.get('NINF') == 1 else 's'}, {told}"


def _baseline(row: dict[str, Any], efficacy: bool) -> Iterator[str]:
    measures = [
        ("BSLEDAI", "SLEDAI-2K", ""),
        ("BPGA", "PGA", ""),
        ("BPREDEQ", "prednisone", " mg/day"),
        ("BUPCR", "UPCR", " g/g"),
    ]
    told = [
        f"{name} {'unknown' if row.get(column) is None else format(row[column], 'g') + unit}"
        for column, name, unit in measures
        if column in row
    ]
    if efficacy and told:
        yield "at baseline " + ", ".join(told)


def _standing(patient: Patient) -> Iterator[str]:
    row = patient.row
    dlt = patient.of("adtox", "DLT")
    if not dlt.is_empty():
        yield f"dose-limiting toxicity: {SAID.get(dlt['AVALC'][0] or '', 'unknown')}"
    if row.get("RESCDT"):
        yield f"rescue {row['RESCDT']}" + (f" ({row['RESCREAS'].lower()})" if row.get("RESCREAS") else "")
    if row.get("DTHDT") or row.get("DTHFL") == "Y":
        yield f"died {row.get('DTHDT') or 'on an unknown day'}"
    state = (row.get("EOSSTT") or "").lower()
    if state in ("", "ongoing"):
        yield f"in the trial, last seen {row.get('LSTALVDT') or 'on an unknown day'}"
    else:
        reason = f": {row['DCSREAS'].lower()}" if row.get("DCSREAS") else ""
        yield f"{state} {row.get('EOSDT') or ''}".strip() + reason


def words(patient: Patient, efficacy: bool = True) -> Iterator[Table]:
    """Yield what the picture shows as tables; what is not known is a dash."""
    yield _doses(patient.of("adex"))
    yield _events(patient.of("adae"))
    if efficacy:
        yield from _responses(patient)
        yield from _assessments(patient)
    yield from _values(patient, efficacy)


def _doses(given: pl.DataFrame) -> Table:
    header = ("Drug", "Dose", "Unit", "Planned", "Date", "Day")
    if given.is_empty():
        return Table("Doses: none recorded", header, ())
    lines = (
        (
            drug(row["EXTRT"]) + (f", infusion {row['INFNUM']}" if row["INFNUM"] else ""), _number(row["EXDOSE"]),
            row["EXDOSU"], _number(row["DOSEP"]), row["ASTDT"], _day(row),
        )
        for row in given.sort("day", nulls_last=True, maintain_order=True).iter_rows(named=True)
    )  # fmt: skip
    return Table("Doses", header, rows(lines), numbers=False)


def _events(events: pl.DataFrame) -> Table:
    header = (
        "Event", "Grade", "Serious", "Special interest", "Start", "Day", "End", "Related to the cells",
        "to lymphodepletion", "Action", "Outcome",
    )  # fmt: skip
    if events.is_empty():
        return Table("Adverse events: none recorded", header, ())
    lines = (
        (
            row["AEDECOD"] or row["AETERM"], row["AETOXGR"] or row["AESEV"], SAID.get(row["AESER"], "unknown"),
            SAID.get(row["AESIFL"], ""), _start(row), _day(row), row["AENDT"] or row["AEENDTC"] or "goes on or unknown",
            SAID.get(row["ARELCAR"], "unknown"), SAID.get(row["ARELLD"], "unknown"),
            (row["AEACN"] or "–").lower(), (row["AEOUT"] or "–").lower(),
        )
        for row in events.sort("day", nulls_last=True, maintain_order=True).iter_rows(named=True)
    )  # fmt: skip
    return Table("Adverse events", header, rows(lines), numbers=False)


def _start(row: dict[str, Any]) -> str | None:
    """Return when an event began; a date that was recorded in part stands as it was recorded."""
    if row["ASTDTF"]:
        return f"{row['AESTDTC']}, taken as {row['ASTDT']}"
    return None if row["ASTDT"] is None else str(row["ASTDT"])


def _responses(patient: Patient) -> Iterator[Table]:
    found = patient.of("adrs")
    if found.is_empty():
        return
    lines = []
    for paramcd, estimand, name in VERDICTS:
        own = found.filter((pl.col("PARAMCD") == paramcd) & (pl.col("ESTIMAND") == estimand)).sort("AVISITN")
        seen, counted = (
            {row["AVISIT"]: row for row in own.filter(pl.col(flag) == "Y").iter_rows(named=True)}
            for flag in ("ANL02FL", "ANL01FL")
        )
        for visit in dict.fromkeys([*seen, *counted]):
            observed, analysed = seen.get(visit, {}), counted.get(visit, {})
            reason = observed.get("NRIREAS") or analysed.get("NRIREAS")
            lines.append(
                (
                    name, visit, observed.get("ADT"), SAID.get(observed.get("AVALC") or "", "unknown"),
                    SAID.get(analysed.get("AVALC") or "", "unknown"), (reason or "").lower(),
                )
            )  # fmt: skip
    header = ("Response", "Visit", "Date", "Observed", "Counted as", "Reason")
    yield Table("Responses", header, rows(lines), numbers=False)


def _assessments(patient: Patient) -> Iterator[Table]:
    found = patient.of("adqs")
    if found.is_empty():
        return
    shown = pl.col("PARAMCD").is_in(["SLEDAI2K", "PGA", "PREDEQ"]) | pl.col("PARAMCD").str.contains(
        r"^(SLDI\d{4}|BLG4[A-Z]{3})$"
    )
    found = found.filter(shown & (pl.col("ANL01FL") == "Y") & pl.col("AVISIT").is_not_null()).sort("AVISITN")
    visits = found["AVISIT"].unique(maintain_order=True).to_list()
    cells: dict[str, dict[str, str]] = {}
    for row in found.sort("PARAMCD", maintain_order=True).iter_rows(named=True):
        grade = row["PARAMCD"].startswith("BLG4")
        value = row["AVALC"] if grade else _number(row["AVAL"])
        bounds = (
            f"{_number(row['AVALMIN'])} to {_number(row['AVALMAX'])}"
            if row["AVALMIN"] is not None
            else "unknown"
        )
        cells.setdefault(row["PARAM"], {})[row["AVISIT"]] = value if value is not None else bounds
    lines = ((name, *(seen.get(visit) for visit in visits)) for name, seen in cells.items())
    yield Table("Assessments by visit", ("Measure", *visits), rows(lines), numbers=False)


def _values(patient: Patient, efficacy: bool) -> Iterator[Table]:
    """Yield the laboratory values that the picture draws, by day, the CTCAE grade in brackets."""
    found = patient.of("adlb")
    if found.is_empty():
        return
    drawn = [paramcd for paramcd in VALUES if efficacy or paramcd != "UPCR"]
    found = found.filter(pl.col("PARAMCD").is_in(drawn)).with_columns(grade=worst_grade())
    cells: dict[tuple[Any, Any], dict[str, str]] = {}
    for row in found.sort("day", nulls_last=True, maintain_order=True).iter_rows(named=True):
        value = _number(row["AVAL"]) or row["AVALC"]
        told = f"{value or 'not known'}" + (f" ({row['grade']})" if row["grade"] is not None else "")
        line = cells.setdefault((row["ADT"], _day(row)), {})
        before = f"{line[row['PARAMCD']]}; " if row["PARAMCD"] in line else ""
        line[row["PARAMCD"]] = before + told
    names = dict(found.select("PARAMCD", "PARAM").unique().iter_rows())
    some = [paramcd for paramcd in drawn if paramcd in names]
    lines = ((*at, *(line.get(paramcd) for paramcd in some)) for at, line in cells.items())
    header = ("Date", "Day", *(names[paramcd] for paramcd in some))
    yield Table("Laboratory values (CTCAE grade)", header, rows(lines), numbers=False)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _day(row: dict[str, Any]) -> str | None:
    return None if row["day"] is None else f"{row['day']:.0f}"
