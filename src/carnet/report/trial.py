"""The chapters on the trial itself: what was found at a glance, who took part, what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from carnet.report import tables
from carnet.report.exhibit import Exhibit, Section, Table, rows

SETS = {
    "SAFFL": "Safety set (any study treatment)",
    "CARFL": "Infused set (at least one infusion)",
    "EFFFL": "Efficacy-evaluable",
    "PPROTFL": "Per protocol",
    "DLTFL": "DLT-evaluable",
    "LNFL": "Baseline proteinuria above 0.5 g/g",
    "KINFL": "Kinetics",
}
MEASURES = {
    "AGE": "Age, years",
    "BSLEDAI": "SLEDAI-2K",
    "BPGA": "PGA, 0 to 3",
    "BPREDEQ": "Prednisone-equivalent, mg/day",
    "BUPCR": "Urine protein/creatinine, g/g",
    "BPROT24": "24-hour urine protein, g",
    "SEX": "Sex",
    "RACE": "Race",
}


def participation(results: pl.DataFrame) -> Section:
    """Return disposition, analysis sets and baseline characteristics."""
    steps = tables.pick(results, "14.1.1")
    flow = Table(
        "Number of people at each step",
        ("Step", "n"),
        rows((r["analysis_id"].partition("/")[2], r["n"]) for r in steps.iter_rows(named=True)),
    )
    exhibits = [Exhibit("14.1.1", "Disposition", (flow,))]
    sets = tables.pick(results, "14.1.2")
    if not sets.is_empty():
        groups = sets["group"].unique().sort().to_list()
        by = {(r["analysis_id"].partition("/")[2], r["group"]): r["n"] for r in sets.iter_rows(named=True)}
        lines = [
            (label, *(by.get((flag, group), "–") for group in groups))
            for flag, label in SETS.items()
            if any((flag, g) in by for g in groups)
        ]
        exhibits.append(
            Exhibit(
                "14.1.2", "Analysis sets", (Table("Patients in each set", ("Set", *groups), rows(lines)),)
            )
        )
    base = tables.pick(results, "14.1.4")
    if not base.is_empty():
        exhibits.append(
            Exhibit(
                "14.1.4",
                "Patients at baseline",
                (_baseline(base),),
                notes=("Baseline is the last value before the first study treatment.",),
            )
        )
    return Section("participation", "Who took part", tuple(exhibits))


def _baseline(found: pl.DataFrame) -> Table:
    groups = found["group"].unique().sort().to_list()
    cells: dict[str, dict[str, str]] = {}
    for row in found.iter_rows(named=True):
        what = row["analysis_id"].partition("/")[2]
        name, _, level = what.partition("/")
        label = (
            f"{MEASURES[name]}: {level.lower() if name == 'RACE' else level}, n (%)"
            if level
            else f"{MEASURES[name]}, median (range)"
        )
        text = (
            tables.share(row) if level else f"{row['median']} ({row['min']} to {row['max']}), n = {row['n']}"
        )
        cells.setdefault(label, {})[row["group"]] = text
    return Table(
        "Safety set",
        ("Characteristic", *groups),
        rows((label, *(by.get(g, "–") for g in groups)) for label, by in cells.items()),
    )


def assumptions(study: Any, findings: pl.DataFrame | None, manifest: Mapping[str, Any]) -> Section:
    """Return what was assumed, what the edit checks found, and the manifest of the run."""
    assumed = study.assumed()
    exhibits = [
        Exhibit(
            "A.1",
            "Assumed values",
            (
                tables.listing(
                    assumed,
                    f"{len(assumed)} values that neither the public record nor the registry states",
                    [c.capitalize() for c in assumed.columns],
                    assumed.columns,
                ),
            ),
            notes=("Each is a default of the study definition, to be confirmed or changed there.",),
        )
    ]
    if findings is not None:
        shown = tables.listing(
            findings,
            f"{len(findings)} findings",
            [c.capitalize() for c in findings.columns],
            findings.columns,
        )
        exhibits.append(
            Exhibit(
                "A.2",
                "Findings of the edit checks",
                (shown,) if len(findings) else (),
                notes=() if len(findings) else ("The edit checks found nothing.",),
            )
        )
    lines = [
        ("carnet", manifest["carnet"]),
        ("Study definition", manifest["study_digest"]),
        ("Data cut", manifest["data_cut"] or "not entered here"),
        ("Entries", manifest["entries"]),
    ]
    lines += sorted(manifest["tables"].items())
    exhibits.append(
        Exhibit(
            "A.3",
            "Manifest",
            (
                Table(
                    "Version, definition and digest (SHA-256) of every table",
                    ("What", "Value"),
                    rows(lines),
                    numbers=False,
                    folded=True,
                ),
            ),
        )
    )
    return Section("appendix", "Assumptions, checks and manifest", tuple(exhibits))
