"""The chapter on response: by visit, by component, and what the organs and items did."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet import criteria
from carnet.report import figures, maps, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Row, Section, Table, rows
from carnet.report.figures import short

CRITERIA = {
    "SRI4": ("14.2.1", "SRI-4 response"),
    "DORIS": ("14.2.3", "DORIS remission"),
    "LLDAS": ("14.2.4", "Lupus low disease activity state (LLDAS)"),
}
ESTIMANDS = {"REGISTERED": "as registered", "COMPOSITE": "with rescue treatment as non-response"}
NOTES = {
    "SRI4": "SLEDAI-2K at least 4 points lower, no new BILAG-2004 A and at most one new B, PGA rise below 0.3, "
    "all against baseline.",
    "DORIS": "Clinical SLEDAI-2K 0, PGA below 0.5, prednisone-equivalent at most 5 mg/day, stable treatment. "
    "The study product is exempt.",
    "LLDAS": "SLEDAI-2K at most 4 with no major organ active, nothing new, PGA at most 1, prednisone-equivalent at "
    "most 7.5 mg/day, standard treatment tolerated. The study product is exempt.",
}


def responses(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame]) -> Section:
    """Return SRI-4, DORIS and LLDAS by visit, each with figure and table, and why patients failed."""
    exhibits = []
    for paramcd, (output, title) in CRITERIA.items():
        found = tables.pick(results, output)
        if found.is_empty():
            exhibits.append(
                Exhibit(output, title, absent=f"No data for {title}: the composite could not be judged.")
            )
            continue
        shown = []
        for estimand, words in ESTIMANDS.items():
            part = found.filter(pl.col("estimand") == estimand)
            if not part.is_empty():
                caption = f"{title} {words}, infused patients"
                shown.append(tables.response_table(part, caption, folded=estimand == "COMPOSITE"))
        values = results.filter((pl.col("output_id") == output) & (pl.col("estimand") == "REGISTERED"))
        wide = values.pivot("statistic", index=["avisit", "group"], values="value", maintain_order=True)
        days = datasets["adrs"].select(avisit="AVISIT", AVISITN="AVISITN").unique()
        drawn = wide.join(days, on="avisit", how="left", maintain_order="left").select(
            pl.col("avisit").alias("AVISIT"),
            "AVISITN",
            "proportion",
            "lower",
            "upper",
            pl.format("{}/{}", pl.col("n").cast(pl.Int64), pl.col("N").cast(pl.Int64)).alias("label"),
        )
        picture = Figure(
            svg(figures.rates(drawn, title)),
            f"{title} as registered: responders by visit with exact 95 % interval.",
        )
        exhibits.append(
            Exhibit(output, title, tuple(shown), (picture,), (NOTES[paramcd], "CI: Clopper-Pearson."))
        )
        if paramcd == "SRI4":
            exhibits.append(_components(results))
    exhibits += [
        _without(results),
        _others(results, datasets),
        maps.sledai(datasets),
        maps.bilag(results, datasets),
    ]
    return Section(
        "response",
        "Response to treatment",
        tuple(exhibits),
        "Every rate counts a missing verdict as non-response; beside it stands what the missing could change.",
    )


def _components(results: pl.DataFrame) -> Exhibit:
    found = tables.pick(results, "14.2.2")
    title = "Why patients did not respond: components failed"
    if found.is_empty():
        return Exhibit("14.2.2", title, absent="No data.")
    visits = found["avisit"].unique(maintain_order=True).to_list()
    failed: dict[str, dict[str, str]] = {}
    for row in found.iter_rows(named=True):
        unknown = f" (+{row['unknown']}?)" if row["unknown"] not in ("", "0") else ""
        failed.setdefault(row["paramcd"], {})[row["avisit"]] = f"{row['failed']}{unknown}"
    lines: list[Row] = []
    for rule in (criteria.SRI4, criteria.DORIS, criteria.LLDAS):
        parts = [part for part in rule.walk() if part is not rule and part.id.upper() in failed]
        lines += rows([(rule.label, *("" for _ in visits))], "group")
        lines += rows(
            ((part.label, *(failed[part.id.upper()].get(visit, "–") for visit in visits)) for part in parts),
            "indent",
        )
    header = ("Component", *map(short, visits))
    shown = Table("Patients in whom the component failed (+ unknown)", header, tuple(lines))
    return Exhibit("14.2.2", title, (shown,))


def _others(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame]) -> Exhibit:
    """Return what else was judged, responders by visit: stricter, treatment-free and sustained forms."""
    title = "Other definitions of response, remission and flare"
    found = tables.pick(results, "14.2.5", estimand="REGISTERED")
    if found.is_empty():
        return Exhibit("14.2.5", title, absent=f"No data for {title.lower()}.")
    names = dict(datasets["adrs"].select("PARAMCD", "PARAM").unique().iter_rows())
    overall, by_visit = (found.filter((pl.col("avisit") == "Overall") == whole) for whole in (True, False))
    shown = []
    if not overall.is_empty():
        whole = rows(
            (names[row["paramcd"]], tables.share(row), tables.between(row), row["unknown"])
            for row in overall.iter_rows(named=True)
        )
        header: tuple[str, ...] = ("Over the whole trial", "Patients", "Exact 95 % CI", "Unknown")
        shown.append(Table("Over the whole trial, missing counted as none", header, whole))
    both = tables.pick(results, "14.2.5", estimand="COMPOSITE")["paramcd"].unique().to_list()
    for caption, part in (
        (
            "Patients who meet it, of those who could (+ unknown, counted as none)",
            pl.col("paramcd").is_in(both),
        ),
        ("Patients with a flare, of those known (+ unknown)", ~pl.col("paramcd").is_in(both)),
    ):
        shown += _by_visit(by_visit.filter(part), names, caption)
    return Exhibit("14.2.5", title, tuple(shown), notes=("Rates with their intervals stand in the results.",))


def _by_visit(found: pl.DataFrame, names: Mapping[str, str], caption: str) -> list[Table]:
    """Return criteria in rows and visits in columns."""
    if found.is_empty():
        return []
    visits = found["avisit"].unique(maintain_order=True).to_list()
    cells: dict[str, dict[str, str]] = {}
    for row in found.iter_rows(named=True):
        unknown = f" (+{row['unknown']}?)" if row["unknown"] not in (None, "", "0") else ""
        cells.setdefault(row["paramcd"], {})[row["avisit"]] = f"{row['n']}/{row['N']}{unknown}"
    lines = rows((names[paramcd], *(seen.get(visit) for visit in visits)) for paramcd, seen in cells.items())
    return [Table(caption, ("Definition", *map(short, visits)), lines)]


def _without(results: pl.DataFrame) -> Exhibit:
    """Return how many patients in remission are not known to be in low disease activity."""
    title = "DORIS remission without LLDAS"
    found = tables.pick(results, "14.2.4.2", estimand="REGISTERED")
    if found.is_empty():
        return Exhibit("14.2.4.2", title, absent="No patient was in remission at a visit.")
    lines = ((row["avisit"], row["n"], row["failed"], row["unknown"]) for row in found.iter_rows(named=True))
    header = ("Visit", "In DORIS remission", "of them not in LLDAS", "of them LLDAS unknown")
    shown = Table("Infused patients in remission", header, rows(lines))
    return Exhibit("14.2.4.2", title, (shown,), notes=("Something new excludes LLDAS and not remission.",))
