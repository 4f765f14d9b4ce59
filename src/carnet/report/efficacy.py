"""The chapters on lupus: response by visit, and change from baseline."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet import criteria
from carnet.report import figures, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Row, Section, Table, rows

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
CHANGES = (
    ("14.2.7", "ADQS", "SLEDAI2K", "SLEDAI-2K", "points", False),
    ("14.2.10", "ADQS", "PGA", "Physician global assessment", "0 to 3", False),
    ("14.2.11", "ADLB", "UPCR", "Proteinuria: urine protein/creatinine ratio", "g/g (log scale)", True),
    ("14.2.12", "ADLB", "PROT24", "Proteinuria: 24-hour urine protein", "g/day (log scale)", True),
    ("14.2.14", "ADIS", "ANALOG2", "Antinuclear antibody titre", "log2 of the reciprocal titre", False),
    ("14.2.16", "ADLB", "C3", "Complement C3", "g/L", False),
    ("14.2.16", "ADLB", "C4", "Complement C4", "g/L", False),
)
"""Output, dataset, parameter, title, axis and whether the axis is logarithmic."""

VARIANTS = {
    "14.2.7": {
        "SLEDCLIN": "Clinical SLEDAI-2K (without complement and anti-dsDNA)",
        "SLED30": "SLEDAI-2K with a 30-day window",
    },
    "14.2.14": {"ANASTEP": "Steps on the laboratory's own dilution series"},
}
LABELS = {"Baseline": "BL", "Day 14": "D14", "Day 28": "D28"}


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
        drawn = wide.with_row_index("AVISITN").select(
            pl.col("avisit").map_elements(short, return_dtype=pl.String).alias("AVISIT"),
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
    return Section(
        "response",
        "Response to treatment",
        tuple(exhibits),
        "Every rate counts a missing verdict as non-response; beside it stands what the missing could change.",
    )


def short(visit: str) -> str:
    """Return the visit as an axis prints it: BL, D28, M3."""
    return LABELS.get(visit) or visit.replace("Month ", "M").replace("Day ", "D")


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


def changes(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame]) -> Section:
    """Return the course of every measure registered: a line per patient, the median, and change from baseline."""
    exhibits: list[Exhibit] = []
    for output, name, paramcd, title, unit, log in CHANGES:
        found = tables.pick(results, output, paramcd=paramcd)
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
        drawn = rows_.select(
            "USUBJID", pl.col("AVISIT").map_elements(short, return_dtype=pl.String), "AVISITN", "AVAL"
        ).drop_nulls("AVAL")
        picture = Figure(
            svg(figures.courses(drawn, unit, log, _limit(rows_))),
            f"{title}: a thin line per patient, the median in bold.",
        )
        shown = [
            tables.change_table(found, f"{title}, {unit.removesuffix(' (log scale)')}: infused patients")
        ]
        for variant, words in VARIANTS.get(output, {}).items():
            more = tables.pick(results, output, paramcd=variant)
            if not more.is_empty():
                shown.append(Table(words, *_unpacked(tables.change_table(more, words)), folded=True))
        exhibits.append(Exhibit(number, title, tuple(shown), (picture,)))
    return Section("change", "Change from baseline", tuple(exhibits))


def _unpacked(table: Table) -> tuple[tuple[str, ...], tuple]:
    return table.header, table.rows


def _limit(rows_: pl.DataFrame) -> pl.DataFrame | None:
    """Return the lower reference limit to draw, where all results share one."""
    if "A1LO" not in rows_.columns or rows_["PARAMCD"][0] not in ("C3", "C4"):
        return None
    limits = rows_["A1LO"].drop_nulls().unique()
    if len(limits) != 1:
        return None
    return pl.DataFrame({"y": [limits[0]], "label": ["lower reference limit"]})
