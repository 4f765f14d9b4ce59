"""The chapter on the cells: their level in blood, what it comes to, and the samples behind it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.report import kinetics_figures, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Row, Section, Table, rows
from carnet.report.headline import ASSAYS

SHOWN = {
    "CMAX": "Cmax",
    "TMAX": "Tmax, days",
    "PEAKINF": "Infusion it follows",
    "AUCLST": "Area to the last level",
    "LAMZHL": "Terminal half-life, days",
    "TLST": "Last quantifiable, days",
    "PERSEND": "Gone by, days",
}
"""The parameters of every patient that are printed; the results hold all of them."""

SUMMARISED = {
    "CMAX": "Cmax", "TMAX": "Tmax", "CMAXEXP": "Cmax later than 24 h after an infusion", "CMAXD": "Cmax by cells given",
    "CLST": "Last quantifiable level", "TLST": "Time of the last quantifiable level",
    "AUCLST": "Area to the last quantifiable level", "AUCINT": "Area", "AUCICOV": "Part of the window observed",
    "AUCIFO": "Area to infinity", "LAMZHL": "Terminal half-life",
}  # fmt: skip

DRAWN_DAYS = 40
WHY = "Times are days from the start of the first infusion; those of one infusion, from its own start. "


def kinetics(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame]) -> Section:
    """Return the curves of every patient, the parameters one by one and in summary, and the samples."""
    found = tables.pick(results, "14.2.21")
    title = "Cmax, Tmax and what belongs to them"
    if found.is_empty():
        absent = Exhibit("14.2.21", title, absent="No data on cell levels in blood.")
        return Section("kinetics", "Cellular kinetics", (absent,))
    first = _primary(datasets["adpp"])
    exhibits = (
        Exhibit("14.2.20", "CAR-NK level in blood", figures=_curves(datasets, first)),
        Exhibit(
            "14.2.21",
            title,
            (_patients(results, datasets["adpp"], first), _summary(found, first)),
            notes=(
                WHY
                + "A value below quantification is never the maximum; the earliest of tied maxima counts. In "
                "place of a number stand the codes that say why there is none.",
                "Infusions three days apart and a slow peak cannot be told apart: Cmax after infusion 2 or 3 holds "
                "cells carried over. The decline has phases: a half-life over weeks is that of contraction.",
            ),
        ),
        *_samples(datasets.get("adpc")),
    )
    return Section("kinetics", "Cellular kinetics", exhibits)


def _primary(adpp: pl.DataFrame) -> str:
    """Return the analyte that the study registered; empty where the data do not say."""
    return next(iter(adpp.filter(pl.col("PRIMFL") == "Y")["ANALYTE"].drop_nulls()), "")


def _named(analyte: str, first: str) -> str:
    name = ASSAYS.get(analyte, analyte)
    return f"{name} (registered)" if analyte == first else name


def _summary(found: pl.DataFrame, first: str) -> Table:
    """Return the parameters over patients, the registered analyte first."""
    parts = pl.col("analysis_id").str.splitn("/", 4).struct
    found = found.filter(pl.col("paramcd").is_in(list(SUMMARISED))).with_columns(
        scope=parts[2],
        analyte=parts[3].str.split(" ").list.first(),
        unit=parts[3].str.splitn(" ", 2).struct[1],
    )
    order = {code: place for place, code in enumerate(SUMMARISED)}
    found = found.sort(
        pl.col("analyte") != first,
        "analyte",
        pl.col("paramcd").replace_strict(order),
        pl.col("scope") != "overall",
        maintain_order=True,
    )
    lines: list[Row] = []
    for (analyte,), some in found.group_by("analyte", maintain_order=True):
        lines += rows([(_named(str(analyte), first), *[""] * 4)], "group")
        for row in some.iter_rows(named=True):
            where = "" if row["scope"] == "overall" else f", {row['scope']}"
            unit = f" ({row['unit']})" if row["unit"] else ""
            geometric = f"{row['geomean']} ({row['cv']})" if row["geomean"] else "–"
            name = f"{SUMMARISED[row['paramcd']]}{where}{unit}"
            spread = f"{row['median']} ({row['min']} to {row['max']})"
            lines += rows([(name, row["n"], row["zeros"], geometric, spread)], "indent", tables.asked(row))
    header = ("Parameter", "n", "Never quantified", "Geometric mean (CV)", "Median (range)")
    return Table("Summary over patients", header, tuple(lines))


def _patients(results: pl.DataFrame, adpp: pl.DataFrame, first: str) -> Table:
    """Return every patient under each assay: the number, or the codes that say why there is none."""
    listed = results.filter(pl.col("output_id") == "16.2.5.4", pl.col("paramcd").is_in(list(SHOWN)))
    parts = pl.col("analysis_id").str.split("/").list
    listed = listed.with_columns(patient=parts.get(1), scope=parts.get(3), analyte=parts.get(4)).filter(
        pl.col("scope") == "overall"
    )
    said = pl.coalesce(pl.col("formatted").replace("", None), pl.col("reason").str.replace_all(";", ", "))
    listed = listed.with_columns(said.alias("text")).sort(pl.col("analyte") != first, "analyte", "patient")
    units = dict(adpp.filter(PARAMCD="CMAX").select("ANALYTE", "AVALU").drop_nulls().iter_rows())
    lines: list[Row] = []
    for (analyte,), some in listed.group_by("analyte", maintain_order=True):
        unit = units.get(str(analyte), "")
        lines += rows([(f"{_named(str(analyte), first)}, {unit}", *[""] * len(SHOWN))], "group")
        wide = some.pivot("paramcd", index="patient", values="text", aggregate_function="first")
        wide = wide.with_columns(pl.lit(None, pl.String).alias(n) for n in SHOWN if n not in wide.columns)
        lines += rows(wide.select("patient", *SHOWN).iter_rows(), "indent", "16.2.5.4")
    return Table("Every patient, over all infusions", ("Patient", *SHOWN.values()), tuple(lines))


def _samples(adpc: pl.DataFrame | None) -> tuple[Exhibit, ...]:
    """Return the listing of all samples with the infusion each follows, and why some were not used."""
    if adpc is None:
        return ()
    from carnet.kinetics.usage import meanings

    shown = adpc.filter(pl.col("CARFL") == "Y").sort("SUBJID", "PARAMCD", "ADTM", "SRCSEQ", nulls_last=True)
    why = pl.col("ANLREAS").replace(meanings())
    listed = shown.select(
        "SUBJID", pl.col("PARAMCD").replace(ASSAYS), pl.coalesce("AVISIT", "VISIT"), "ATPT",
        pl.col("AFRLT").round(2), "INFNUM", pl.col("ARRLT").round(2),
        pl.coalesce(pl.col("AVALC"), pl.lit("not done")), pl.col("PCLLOQ"),
        pl.when(pl.col("ANL01FL") == "Y").then(pl.lit("used")).otherwise(why).alias("use"),
    )  # fmt: skip
    header = (
        "Patient", "Assay", "Visit", "Planned", "Day", "Infusion", "Days since it", "Result", "LLOQ",
        "Used, or why not",
    )  # fmt: skip
    left = shown.filter(pl.col("ANL01FL").is_null())
    caption = f"{len(listed)} results, {len(left)} of them not used"
    return (
        Exhibit(
            "16.2.5.3",
            "Samples used and not used",
            (
                tables.listing(
                    listed.filter(pl.col("use") != "used"), f"{len(left)} not used", header, listed.columns
                ),
                tables.listing(listed, caption, header, listed.columns),
            ),
            notes=("Days count from the start of the first infusion.",),
        ),
    )


def _curves(datasets: Mapping[str, pl.DataFrame], first: str) -> tuple[Figure, ...]:
    """Return the level over time: of all patients and of each, and beside B cells and disease activity."""
    if "adpc" not in datasets:
        return ()
    infused = datasets["adpc"].filter(pl.col("CARFL") == "Y", pl.col("AFRLT").is_not_null())
    given = _infusions(datasets["adsl"])
    made = []
    order = infused.with_columns(later=pl.col("PARAMCD") != first).sort(
        "later", "PARAMCD", maintain_order=True
    )
    for (code, param), some in order.group_by("PARAMCD", "PARAM", maintain_order=True):
        drawn = _drawn(some.filter(pl.col("AFRLT").is_between(-1.5, DRAWN_DAYS)))
        limits = some["PCLLOQ"].drop_nulls().unique().sort()
        unit = some["AVALU"].drop_nulls().mode().first()
        if drawn.is_empty() or unit is None:
            continue
        marks = "vertical lines the infusions, red dashes the limit of quantification, open marks below it at half."
        every = kinetics_figures.levels(drawn, str(unit), given, limits)
        made.append(Figure(svg(every), f"{param}: a line per patient to day {DRAWN_DAYS}; {marks}"))
        if code == first or not first:
            each = kinetics_figures.patients(drawn, str(unit), given, limits)
            made.append(
                Figure(
                    svg(each),
                    f"{param}: the same by days since the first infusion, a panel per patient; {marks}",
                )
            )
    overlay = _overlay(datasets, infused, first, given)
    return (*made, *overlay)


def _drawn(some: pl.DataFrame) -> pl.DataFrame:
    """Return the samples as they are drawn: below quantification at half of their own limit."""
    below = (pl.col("BLQFL") == "Y").fill_null(False)
    drawn = some.select(
        "USUBJID", "SUBJID",
        pl.col("AFRLT").alias("day"),
        pl.when(below).then(pl.col("PCLLOQ") / 2).otherwise("AVAL").alias("level"),
        pl.when(below).then(pl.lit("below LLOQ")).otherwise(pl.lit("quantified")).alias("state"),
    )  # fmt: skip
    return drawn.filter(pl.col("level") > 0)


def _infusions(adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the day of every infusion given."""
    days = [
        ((pl.col(f"INF{i}DTM") - pl.col("INF1DTM")).dt.total_seconds() / 86400).alias(str(i))
        for i in (1, 2, 3)
    ]
    wide = adsl.filter(pl.col("CARFL") == "Y").select("SUBJID", *days)
    return wide.unpivot(index="SUBJID", variable_name="infusion", value_name="day").drop_nulls("day")


def _overlay(
    datasets: Mapping[str, pl.DataFrame], infused: pl.DataFrame, first: str, given: pl.DataFrame
) -> tuple[Figure, ...]:
    """Return the cells beside B cells and SLEDAI-2K, a column per patient."""
    if "adcp" not in datasets or "adqs" not in datasets or not first:
        return ()
    level = _drawn(infused.filter(PARAMCD=first)).select("SUBJID", "day", value="level")
    study_day = pl.col("ADY")
    day = pl.when(study_day > 0).then(study_day - 1).otherwise(study_day).cast(pl.Float64).alias("day")
    after = study_day >= -28
    patients = level["SUBJID"].unique().sort()

    def course(name: str, code: str) -> pl.DataFrame:
        rows_ = datasets[name].filter(after, PARAMCD=code).filter(pl.col("SUBJID").is_in(patients.implode()))
        return rows_.select("SUBJID", day, value="AVAL").drop_nulls("value")

    b_cells, activity = course("adcp", "BLYCE"), course("adqs", "SLEDAI2K")
    if b_cells.is_empty() or activity.is_empty():
        return ()
    drawn = kinetics_figures.overlay(level, b_cells, activity, given)
    caption = (
        "A column per patient, from day -28 to month 12 (early days drawn wider): CAR-NK cells (logarithmic, below "
        "quantification at half of the limit), B cells per µL (square root), SLEDAI-2K."
    )
    return (Figure(svg(drawn), caption),)
