"""Graded values in the report: baseline against worst grade, severe grades, the worst of each patient, blood counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.report import safety_figures, tables, timelines
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Table, rows
from carnet.report.queries import items_of, open_questions

SHIFTS = (
    ("14.3.4.2", "adlb", "Laboratory values by CTCAE v5.0"),
    ("14.3.5.2", "advs", "Vital signs by CTCAE v5.0"),
)
COUNTS = {
    "NEUT": ("Neutrophils", True),
    "LYM": ("Lymphocytes", True),
    "PLAT": ("Platelets", True),
    "HGB": ("Haemoglobin", False),
}
"""Parameter, title, and whether its axis is logarithmic."""

DRAWN_DAYS = (-10, 60)
FEW = 30
"""More patients than this are not drawn one by one."""


def exhibits(
    study: Any, results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame], findings: pl.DataFrame | None
) -> Iterator[Exhibit]:
    """Yield the shifts of laboratory values and vital signs, severe grades, and blood counts over time."""
    every = [item for _, name, _ in SHIFTS for item in items_of(study, name.removeprefix("ad").upper())]
    for output, name, title in SHIFTS:
        asked = open_questions(findings, items_of(study, name.removeprefix("ad").upper()))
        yield _shift(results, datasets, output, name, title, asked)
        if output == "14.3.4.2":
            yield _severe(results, open_questions(findings, every))
    if "adlb" in datasets and (drawn := _counts(datasets)):
        note = "Values under query (14.3.4.2) are drawn as entered."
        yield Exhibit("14.3.4.1", "Blood counts over time", figures=drawn, notes=(note,))


def _shift(
    results: pl.DataFrame,
    datasets: Mapping[str, pl.DataFrame],
    output: str,
    name: str,
    title: str,
    asked: tuple[str, ...],
) -> Exhibit:
    found = tables.pick(results, output)
    if found.is_empty():
        return Exhibit(output, title, absent=f"No data for {title.lower()}.")
    note = (
        "Every record after the first study treatment counts, unscheduled ones too. "
        "Grades are by the numbers alone; symptoms can raise them. A missing baseline grade counts as 0. A patient "
        "counts once per term, whatever tests it was graded by."
    )
    return Exhibit(
        output,
        title,
        (tables.shift_table(found, f"{title}: baseline grade and worst later grade", folded=True),),
        _worst(datasets[name], title),
        (note, *asked),
    )


def _worst(rows_: pl.DataFrame, title: str) -> tuple[Figure, ...]:
    """Return the worst grade of each patient and term, of the terms with any grade of 1 or more."""
    kept = rows_.filter((pl.col("SAFFL") == "Y") & (pl.col("ONTRTFL") == "Y"))
    if kept["USUBJID"].n_unique() > FEW:
        return ()
    cells = pl.concat(
        kept.filter(pl.col(f"ATOXDSC{d}").is_not_null())
        .group_by(pl.col(f"ATOXDSC{d}").alias("term"), "SUBJID")
        .agg(pl.col(f"ATOXGR{d}").cast(pl.Int64).max().alias("grade"))
        for d in "LH"
    )
    worst = cells.filter(pl.col("grade").max().over("term") >= 1).sort("term", "SUBJID")
    if worst.is_empty():
        return ()
    said = f"{title}: worst grade after treatment began, by patient; terms with any grade of 1 or more."
    return (Figure(svg(safety_figures.worst(worst)), said),)


def _severe(results: pl.DataFrame, asked: tuple[str, ...]) -> Exhibit:
    title = "Laboratory values and vital signs of grade 3 or worse"
    found = tables.pick(results, "14.3.4.3")
    if found.is_empty():
        return Exhibit("14.3.4.3", title, absent="No value could be graded.")
    arms = found["group"].n_unique() > 1
    header = (
        "Term", *(("Arm",) if arms else ()), "Patients with a grade of 3 or worse", "Exact 95 % CI",
        "Worse than at baseline", "Grade 4",
    )  # fmt: skip
    some = found.filter(pl.col("n") != "0")
    lines = [
        (
            row["analysis_id"].split("/")[2], *((row["group"],) if arms else ()), tables.share(row),
            tables.between(row), tables.quiet(row["new"]), tables.quiet(row["grade4"]),
        )
        for row in some.iter_rows(named=True)
    ]  # fmt: skip
    terms, severe = (part["analysis_id"].n_unique() for part in (found, some))
    note = f"{terms} terms and directions could be graded; a grade of 3 or worse was seen in {severe}."
    if not lines:
        return Exhibit("14.3.4.3", title, notes=(note, *asked))
    table = Table("Patients by term, all treated", header, rows(lines))
    return Exhibit("14.3.4.3", title, (table,), notes=(note, *asked))


def _counts(datasets: Mapping[str, pl.DataFrame]) -> tuple[Figure, ...]:
    adlb = datasets["adlb"]
    if adlb["USUBJID"].n_unique() > FEW or adlb["CARSDT"].is_null().all():
        return ()
    made = []
    doses = timelines.usual_days(datasets["adsl"], datasets.get("adex"))
    for paramcd, (title, log) in COUNTS.items():
        kept = adlb.filter(
            (pl.col("PARAMCD") == paramcd)
            & (pl.col("SAFFL") == "Y")
            & pl.col("AVAL").is_not_null()
            & pl.col("ADY").is_between(*DRAWN_DAYS)
        )
        if kept.is_empty():
            continue
        drawn = kept.filter((pl.col("AVAL") > 0) | pl.lit(not log))
        unit = str(kept["AVALU"].drop_nulls().first() or "")
        limit = safety_figures.grade_limit(paramcd, unit)
        none = (
            f" {len(kept) - len(drawn)} values of 0 have no place on the log scale."
            if len(drawn) < len(kept)
            else ""
        )
        scale = ", log scale" if log else ""
        said = (
            f"{title} to study day {DRAWN_DAYS[1]}, a thin line per patient, in bold the median of each visit "
            f"that half of them came to; shaded: lymphodepletion; dashed: infusions.{none}"
        )
        picture = safety_figures.counts(
            drawn.select("USUBJID", pl.col("VISITNUM").alias("visit"), pl.col("ADY").alias("day"), "AVAL"),
            f"{title}, {unit}{scale}",
            doses,
            log,
            limit,
        )
        made.append(Figure(svg(picture), said))
    return tuple(made)
