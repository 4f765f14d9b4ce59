"""The chapter on change: the course of every measure, a line per patient, and its change from baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from carnet.report import figures, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Section, Table, rows

CHANGES = (
    ("14.2.7", "ADQS", "SLEDAI2K", "SLEDAI-2K", "points", False),
    ("14.2.10", "ADQS", "PGA", "Physician global assessment", "0 to 3", False),
    ("14.2.11", "ADLB", "UPCR", "Proteinuria: urine protein/creatinine ratio", "g/g (log scale)", True),
    ("14.2.12", "ADLB", "PROT24", "Proteinuria: 24-hour urine protein", "g/day (log scale)", True),
    ("14.2.14", "ADIS", "ANALOG2", "Antinuclear antibody titre", "log2 of the reciprocal titre", False),
    ("14.2.15", "ADIS", "DSDNA", "Anti-dsDNA", "IU/mL (log scale)", True),
    ("14.2.16", "ADLB", "C3", "Complement C3", "g/L", False),
    ("14.2.16", "ADLB", "C4", "Complement C4", "g/L", False),
    ("14.2.18", "ADQS", "PREDEQ", "Glucocorticoid dose (prednisone equivalent)", "mg/day", False),
    ("14.2.22", "ADCP", "BLYCE", "B cells (CD19+)", "per uL (log scale)", True),
)
"""Output, dataset, parameter, title, axis and whether the axis is logarithmic."""

VARIANTS = {
    "14.2.7": {
        "SLEDCLIN": "Clinical SLEDAI-2K (without complement and anti-dsDNA)",
        "SLED30": "SLEDAI-2K with a 30-day window",
    },
    "14.2.14": {"ANASTEP": "Steps on the laboratory's own dilution series"},
}


def changes(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame]) -> Section:
    """Return the course of every measure: a line per patient, the median, change from baseline, states reached."""
    exhibits: list[Exhibit] = []
    for output, name, paramcd, title, unit, log in CHANGES:
        found = tables.pick(results, output, analysis_id=f"{output}/{paramcd}")
        number = output if not any(e.number == output for e in exhibits) else f"{output}.2"
        if found.is_empty():
            exhibits.append(Exhibit(number, title, absent=f"No data for {title}."))
            continue
        rows_ = datasets[name.lower()].filter((pl.col("PARAMCD") == paramcd) & (pl.col("CARFL") == "Y"))
        rows_ = rows_.filter((pl.col("ANL01FL") == "Y") | (pl.col("ABLFL") == "Y")).filter(
            pl.col("AVISIT").is_in(found["avisit"].unique().to_list())
        )
        if log:
            rows_ = rows_.filter(pl.col("AVAL") > 0)
        drawn = rows_.select("USUBJID", "AVISIT", "AVISITN", "AVAL").drop_nulls("AVAL")
        picture = Figure(
            svg(figures.courses(drawn, unit, log, _limit(rows_))),
            f"{title}: a thin line per patient, the median in bold; visits stand at their days.",
        )
        words = f"{title}, {unit.removesuffix(' (log scale)')}: infused patients"
        shown = [tables.change_table(found, words), *_ratio(results, output, paramcd, title)]
        for variant, told in VARIANTS.get(output, {}).items():
            more = tables.pick(results, output, analysis_id=f"{output}/{variant}")
            if not more.is_empty():
                shown.append(replace(tables.change_table(more, told), folded=True))
        shown += _reached(results, output, {paramcd, *VARIANTS.get(output, {})})
        exhibits.append(Exhibit(number, title, tuple(shown), (picture,)))
    return Section("change", "Change from baseline", tuple(exhibits))


def _ratio(results: pl.DataFrame, output: str, paramcd: str, title: str) -> list[Table]:
    """Return the geometric mean of value over baseline by visit, where it is estimated."""
    found = tables.pick(results, output, analysis_id=f"{output}/{paramcd}/ratio")
    if found.is_empty():
        return []
    of = "patients with proteinuria at baseline" if found["population"][0] == "LNFL" else "infused patients"
    lines = (
        (
            row["avisit"],
            row["n"],
            row["ratio"],
            tables.between(row),
            f"{row['percent']} %" if row["percent"] else None,
        )
        for row in found.iter_rows(named=True)
    )
    header = ("Visit", "n", "Geometric mean ratio", "95 % limits", "Change")
    return [Table(f"{title}, value over baseline: {of}", header, rows(lines))]


def _reached(results: pl.DataFrame, output: str, paramcds: set[str]) -> list[Table]:
    """Return how many of those who could have reached a state, by visit."""
    found = tables.pick(results, output).filter(pl.col("paramcd").is_in(sorted(paramcds)))
    if "proportion" not in found.columns:
        return []
    found = found.drop_nulls("proportion")
    visits = found["avisit"].unique(maintain_order=True).to_list()
    reached: dict[str, dict[str, str]] = {}
    for row in found.iter_rows(named=True):
        words = row["analysis_id"].partition("/")[2]
        reached.setdefault(words, {})[row["avisit"]] = f"{row['n']}/{row['N']}" if row["N"] != "0" else "–"
    lines = ((words, *(seen.get(visit) for visit in visits)) for words, seen in reached.items())
    if not reached:
        return []
    return [
        Table("Patients of those assessed at the visit", ("State", *map(figures.short, visits)), rows(lines))
    ]


def _limit(rows_: pl.DataFrame) -> pl.DataFrame | None:
    """Return the lower reference limit to draw, where all results share one."""
    if "A1LO" not in rows_.columns or rows_["PARAMCD"][0] not in ("C3", "C4"):
        return None
    limits = rows_["A1LO"].drop_nulls().unique()
    if len(limits) != 1:
        return None
    return pl.DataFrame({"y": [limits[0]], "label": ["lower reference limit"]})
