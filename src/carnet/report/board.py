"""The report to the data and safety monitoring board: what bears on safety up to the cut, and no other efficacy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from carnet.core.table import read_rows
from carnet.report import profile_page, safety, tables, trial
from carnet.report.exhibit import Exhibit, Row, Section, Table, rows
from carnet.report.figures import short

NAME = "Report to the data and safety monitoring board"


def board(
    study: Any,
    datasets: Mapping[str, pl.DataFrame],
    results: pl.DataFrame,
    findings: pl.DataFrame | None,
    manifest: Mapping[str, Any],
) -> list[Section]:
    """Return the tables of the list in `board.csv`, the listing of SLEDAI-2K, the open queries and the profiles."""
    made: dict[str, list[Exhibit]] = {}
    for section in (trial.participation(results), safety.safety(study, results, datasets, findings)):
        for exhibit in section.exhibits:
            made.setdefault(exhibit.number, []).append(exhibit)
    listed = [exhibit for row in read_rows("carnet.report", "board.csv") for exhibit in _listed(made, **row)]
    cut = manifest.get("data_cut")
    lead = f"Data cut: {cut or 'not entered here, so no time of entry is known'}. Nothing entered later stands here."
    queries = Section("queries", "Open queries", (_queries(findings),))
    activity = Section(
        "activity", "Disease activity", (_sledai(datasets),), "SLEDAI-2K alone; no other efficacy."
    )
    return [
        Section("safety", "Safety", tuple(listed), lead),
        activity,
        queries,
        _profiles(datasets),
    ]


def _listed(made: Mapping[str, list[Exhibit]], number: str, title: str) -> list[Exhibit]:
    """Return what the report has under a number of the list; a number that it has not says so."""
    return made.get(number) or [Exhibit(number, title, absent="No such table was made of these data.")]


def _profiles(datasets: Mapping[str, pl.DataFrame]) -> Section:
    """Return the profiles without the measures of efficacy; of very many patients, where to find them."""
    if treated := profile_page.many(datasets):
        said = f"{treated} patients were treated: a page for each is written by `carnet run --only profiles`."
        return Section("profiles", "Patient profiles", (), said)
    lead = f"Every treated patient, without the measures of efficacy. {profile_page.KEY}"
    return Section(
        "profiles", "Patient profiles", tuple(profile_page.exhibits(datasets, efficacy=False)), lead
    )


def _sledai(datasets: Mapping[str, pl.DataFrame]) -> Exhibit:
    """Return the SLEDAI-2K of every treated patient at every visit; of one not certain, between what it lies."""
    number, title = "16.2.6.1", "SLEDAI-2K by patient and visit"
    found = datasets.get("adqs", pl.DataFrame())
    if not found.is_empty():
        found = found.filter(
            (pl.col("PARAMCD") == "SLEDAI2K") & (pl.col("SAFFL") == "Y"),
            (pl.col("ANL01FL") == "Y") & pl.col("AVISIT").is_not_null(),
        ).sort("AVISITN")
    if found.is_empty():
        return Exhibit(number, title, absent="No SLEDAI-2K was assessed.")
    visits = found["AVISIT"].unique(maintain_order=True).to_list()
    cells: dict[str, dict[str, str]] = {}
    for row in found.sort("SUBJID", "AVISITN").iter_rows(named=True):
        bounds = f"{row['AVALMIN']:g} to {row['AVALMAX']:g}" if row["AVALMIN"] is not None else "unknown"
        told = bounds if row["AVAL"] is None else f"{row['AVAL']:g}"
        cells.setdefault(row["SUBJID"], {})[row["AVISIT"]] = told
    lines: tuple[Row, ...] = rows(
        (subject, *(seen.get(visit) for visit in visits)) for subject, seen in cells.items()
    )
    shown = Table("All treated patients; a dash: no assessment", ("Patient", *map(short, visits)), lines)
    return Exhibit(number, title, (shown,), notes=("A range: an item that counts is not known.",))


def _queries(findings: pl.DataFrame | None) -> Exhibit:
    """Return what the edit checks ask and the site has not settled."""
    number, title = "Q.1", "Findings of the edit checks not settled at the cut"
    if findings is None:
        return Exhibit(
            number, title, notes=("The tables were not entered here; the checks found nothing in them.",)
        )
    if findings.is_empty():
        return Exhibit(number, title, notes=("The edit checks found nothing.",))
    header = [name.capitalize() for name in findings.columns]
    return Exhibit(
        number, title, (tables.listing(findings, f"{len(findings)} findings", header, findings.columns),)
    )
