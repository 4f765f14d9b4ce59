"""The chapter on the cells: their level in blood, Cmax and Tmax."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.report import figures, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Row, Section, Table, rows
from carnet.report.headline import ASSAYS

SHOWN = {
    "CMAX": "Cmax",
    "TMAX": "Tmax",
    "CLST": "Last quantifiable level",
    "TLST": "Time of the last quantifiable level",
}
DRAWN_DAYS = 40


def kinetics(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame]) -> Section:
    """Return the curves of every patient, Cmax and Tmax one by one and in summary."""
    found = tables.pick(results, "14.2.21")
    title = "Cmax and Tmax of the CAR-NK cells"
    if found.is_empty():
        return Section(
            "kinetics",
            "Cellular kinetics",
            (Exhibit("14.2.21", title, absent="No data on cell levels in blood."),),
        )
    found = found.filter(pl.col("paramcd").is_in(list(SHOWN)))
    summary = []
    for row in found.iter_rows(named=True):
        _, paramcd, scope, unit = row["analysis_id"].split("/", 3)
        name = f"{SHOWN[paramcd]}, {scope}: {unit}"
        geometric = f"{row['geomean']} ({row['cv']})" if row["geomean"] else "–"
        summary.append(
            (name, row["n"], row["zeros"], geometric, f"{row['median']} ({row['min']} to {row['max']})")
        )
    shown = Table(
        "Summary over patients",
        ("Parameter", "n", "Never quantified", "Geometric mean (CV)", "Median (range)"),
        rows(summary),
    )
    exhibits = (
        Exhibit("14.2.20", "CAR-NK level in blood", figures=_curves(datasets)),
        Exhibit(
            "14.2.21",
            title,
            (_patients(datasets["adpp"]), shown),
            notes=(
                "Times are days from the start of the first infusion; those of one infusion, from its own start. "
                "A value below quantification is never the "
                "maximum; the earliest of tied maxima counts.",
            ),
        ),
    )
    return Section("kinetics", "Cellular kinetics", exhibits)


def _patients(adpp: pl.DataFrame) -> Table:
    """Return every patient under each assay: a number, or the code that says why there is none."""
    found = adpp.filter((pl.col("SCOPE") == "overall") & pl.col("PARAMCD").is_in(list(SHOWN))).with_columns(
        text=pl.coalesce(pl.col("AVAL").round(2).cast(pl.String).str.strip_suffix(".0"), "FLAGS", pl.lit("–"))
    )
    lines: list[Row] = []
    for (analyte,), rows_ in found.group_by("ANALYTE", maintain_order=True):
        unit = rows_.filter(pl.col("PARAMCD") == "CMAX")["AVALU"].drop_nulls().first()
        lines += rows([(f"{ASSAYS.get(str(analyte), analyte)}, {unit!s}", *("" for _ in SHOWN))], "group")
        wide = rows_.pivot("PARAMCD", index="SUBJID", values="text", aggregate_function="first").sort(
            "SUBJID"
        )
        lines += rows(
            wide.select("SUBJID", *(name for name in SHOWN if name in wide.columns)).iter_rows(), "indent"
        )
    times = {"TMAX", "TLST"}
    header = ("Patient", *(f"{label}, days" if name in times else label for name, label in SHOWN.items()))
    return Table("Every patient, over all infusions", header, tuple(lines))


def _curves(datasets: Mapping[str, pl.DataFrame]) -> tuple[Figure, ...]:
    if "adpc" not in datasets:
        return ()
    adpc = datasets["adpc"].filter((pl.col("CARFL") == "Y") & pl.col("AFRLT").is_between(-1.5, DRAWN_DAYS))
    made = []
    for (_, param), rows_ in adpc.group_by("PARAMCD", "PARAM", maintain_order=True):
        lloq = next(iter(rows_["PCLLOQ"].cast(pl.Float64).drop_nulls().unique().sort(descending=True)), None)
        below = pl.col("BLQFL") == "Y"
        unit = rows_.filter(~below.fill_null(False))["AVALU"].drop_nulls().mode().first()
        drawn = rows_.select(
            "USUBJID",
            pl.col("AFRLT").alias("day"),
            pl.when(below).then(pl.lit(lloq) / 2).otherwise(pl.col("AVAL")).alias("level"),
            pl.when(below).then(pl.lit("below LLOQ")).otherwise(pl.lit("quantified")).alias("state"),
        ).filter(pl.col("level") > 0)
        if drawn.is_empty() or unit is None:
            continue
        infusions = (
            datasets["adsl"]
            .select(
                ((pl.col(f"INF{i}DTM") - pl.col("INF1DTM")).dt.total_hours() / 24).median().alias(str(i))
                for i in (1, 2, 3)
            )
            .unpivot(value_name="day")
            .drop_nulls("day")
            .select("day")
        )
        caption = (
            f"{param}: a line per patient to day {DRAWN_DAYS}; dashed orange the infusions, dashed red the limit of "
            "quantification; values below it are drawn at half of it."
        )
        made.append(Figure(svg(figures.levels(drawn, str(unit), infusions, lloq)), caption))
    return tuple(made)
