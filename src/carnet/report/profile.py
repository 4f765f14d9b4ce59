"""The profile of a patient: all that was given, measured, suffered and concluded, on one axis of days, on one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from carnet.report import timelines
from carnet.report.axis import BEFORE, CLOSE, Axis
from carnet.report.chart import ACCENT, ALERT, QUIET, WARM, svg
from carnet.report.figures import short
from carnet.report.maps import SHADES
from carnet.report.patient import VERDICTS, Patient, assessed, drug, missed, points, verdicts, with_unit
from carnet.report.profile_laboratory import laboratory
from carnet.report.sheet import CELL, ROW, Sheet

CELLS = {"CARNKFC": "CAR-NK cells", "CARTG": "CAR transgene"}
NARROW = 8.0
"""Days that the letter of a bar needs after the weeks of treatment, where a day has little room."""


def draw(patient: Patient, scale: Axis, visits: Mapping[float, str], efficacy: bool = True) -> str:
    """Return the picture of a patient as SVG; without efficacy it shows what a safety board looks at."""
    sheet = Sheet(scale)
    ticks = {float(day): f"D{day}" for day in (-21, *range(-7, int(CLOSE[1]), 7))}
    ticks |= {day: short(visit) for day, visit in visits.items() if CLOSE[1] < day <= scale.stretches[-1][1]}
    sheet.days(ticks)
    _doses(sheet, patient)
    _levels(sheet, patient)
    if efficacy:
        _activity(sheet, patient)
        _systems(sheet, patient)
        _course(sheet, patient, "PGA", "PGA (0 to 3)")
    _course(sheet, patient, "PREDEQ", "Prednisone equivalent, mg/day")
    laboratory(sheet, patient, efficacy)
    _events(sheet, patient)
    if efficacy:
        _responses(sheet, patient)
    sheet.across(ticks, "#e7ecef", 1)
    sheet.across(scale.seams, QUIET, 1, dashed=True)
    _background(sheet, patient)
    sheet.days(ticks)
    return svg(sheet.chart())


def _background(sheet: Sheet, patient: Patient) -> None:
    """Draw what runs down the whole sheet: lymphodepletion, infusions, rescue, the time after the last contact."""
    given = patient.of("adex")
    if not given.is_empty():
        drugs = given.filter(pl.col("INFNUM").is_null())["day"].drop_nulls()
        if len(drugs):
            sheet.shade(float(drugs.min()), float(drugs.max()) + 1, WARM, 0.14)  # type: ignore[arg-type]
        cells = given.filter(pl.col("INFNUM").is_not_null())["day"].drop_nulls()
        sheet.across(cells, ACCENT, 1.2)
    if (rescue := patient.day("RESCDT")) is not None:
        sheet.across([float(rescue)], ALERT, 1.4, dashed=True)
    if (last := patient.day("SAFEDT")) is not None:
        sheet.shade(last + 1, sheet.axis.stretches[-1][1], "#dde4e8", 1)


def _doses(sheet: Sheet, patient: Patient) -> None:
    """Draw a row for each drug: a box on each day of a dose, the doses in figures after the last."""
    given = patient.of("adex")
    if given.is_empty():
        return
    ordered = given.sort("day", nulls_last=True, maintain_order=True).with_columns(
        infused=pl.col("INFNUM").is_not_null()
    )
    end = ordered["day"].max()
    at = sheet.axis.place(pl.lit(end if end is not None else 0.0, dtype=pl.Float64))
    place = float(pl.select(at).item()) + CELL
    for (cells, name, unit), rows in ordered.sort("infused", maintain_order=True).group_by(
        "infused", "EXTRT", "EXDOSU", maintain_order=True
    ):
        told = " · ".join("?" if dose is None else f"{dose:g}" for dose in rows["EXDOSE"])
        boxes = rows.drop_nulls("day").select(
            "day",
            text=pl.coalesce(pl.col("INFNUM").cast(pl.String), pl.lit("")),
            kind=pl.lit("yes" if cells else "2"),
        )
        sheet.write("left", [(place, sheet.top + ROW / 2, f"{told} {unit or ''}".strip(), "#1d2b36")])
        sheet.cells(drug(str(name)), boxes, width=8)
    for date, words, letter in (("RESCDT", "Rescue", "R"), ("DTHDT", "Death", "†")):
        if (on := patient.day(date)) is not None:
            sheet.cells(words, _cells([(float(on), letter, "5")]))


def _levels(sheet: Sheet, patient: Patient) -> None:
    """Draw the cells that were given and the B cells, on logarithmic axes; a mark < is below quantification."""
    for paramcd, name in CELLS.items():
        rows = patient.of("adpc", paramcd)
        if rows.is_empty():
            continue
        samples = rows.select(
            day=pl.col("AFRLT"), value="AVAL", kind=pl.lit(None, dtype=pl.String),
            text=pl.when(pl.col("BLQFL") == "Y").then(pl.lit("<")).otherwise(pl.lit("?")),
        )  # fmt: skip
        sheet.curve(with_unit(name, rows), samples, log=True)
    rows = patient.of("adcp", "BLYCE")
    if not rows.is_empty():
        sheet.curve(with_unit("B cells (CD19+)", rows), points(rows), log=True)


def _course(sheet: Sheet, patient: Patient, paramcd: str, name: str) -> None:
    rows = assessed(patient.of("adqs", paramcd))
    if rows.is_empty():
        return
    lost = missed(patient, rows).select(
        "day", value=pl.lit(None, dtype=pl.Float64), kind=pl.lit(None, dtype=pl.String), text=pl.lit("?")
    )
    sheet.curve(name, pl.concat([points(rows), lost], how="diagonal_relaxed"), floor=0, figures=True)


def _activity(sheet: Sheet, patient: Patient) -> None:
    """Draw the SLEDAI-2K and a row for each item that was ever present or not known."""
    from carnet.instruments import SLEDAI2K

    points = {item.testcd: item.points or 0 for item in SLEDAI2K.form.items}
    _course(sheet, patient, "SLEDAI2K", "SLEDAI-2K")
    shade = {8: "h4", 4: "h3", 2: "h2", 1: "h2"}

    def cell(row: dict[str, Any]) -> tuple[str, str]:
        if row["AVAL"] is None:
            return ("?", "open")
        worth = points.get(row["PARAMCD"], 0)
        return (str(worth), shade.get(worth, "h2")) if row["AVAL"] else ("·", "h0")

    shown = lambda rows: bool((rows["AVAL"].is_null() | (rows["AVAL"] != 0)).any())  # noqa: E731
    _grid(sheet, patient, r"^SLDI\d{4}$", "SLEDAI-2K items", cell, shown, str)


def _systems(sheet: Sheet, patient: Patient) -> None:
    """Draw the grade of each BILAG system that was ever A, B or C, or not known."""

    def cell(row: dict[str, Any]) -> tuple[str, str]:
        if row["AVALC"] is None:
            return ("?", "open")
        sure = row["AVALCBST"] == row["AVALCWRS"]
        return (row["AVALC"], SHADES[row["AVALC"]]) if sure else (f"{row['AVALC']}?", "open")

    shown = lambda rows: bool((rows["AVALC"].is_null() | rows["AVALC"].is_in(["A", "B", "C"])).any())  # noqa: E731
    _grid(
        sheet, patient, "^BLG4(CAR|CON|GAS|HAE|MSK|MUC|NEU|OPH|REN)$", "BILAG-2004 systems", cell, shown,
        lambda name: name.removeprefix("BILAG-2004 ").capitalize(),
    )  # fmt: skip


def _grid(
    sheet: Sheet,
    patient: Patient,
    pattern: str,
    heading: str,
    cell: Callable[[dict[str, Any]], tuple[str, str]],
    shown: Callable[[pl.DataFrame], bool],
    name: Callable[[str], str],
) -> None:
    rows = patient.of("adqs")
    rows = assessed(rows.filter(pl.col("PARAMCD").str.contains(pattern)) if not rows.is_empty() else rows)
    if rows.is_empty():
        return
    sheet.heading(heading)
    lost = [(day, "?", "open") for day in missed(patient, rows)["day"]]
    left_out = 0
    for (_, param), part in rows.sort("PARAMCD", "day").group_by("PARAMCD", "PARAM", maintain_order=True):
        if not shown(part):
            left_out += 1
            continue
        cells = [(row["day"], *cell(row)) for row in part.iter_rows(named=True)] + lost
        sheet.cells(name(str(param)), _cells(cells))
    if left_out:
        told = "absent at every visit" if "item" in heading else "D or E at every visit"
        sheet.name(f"{left_out} others {told}", ROW, "#556672")
        sheet.top += ROW


def _cells(rows: list[tuple[float, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"day": pl.Float64, "text": pl.String, "kind": pl.String}, orient="row")


def _events(sheet: Sheet, patient: Patient) -> None:
    """Draw a row for each term, a bar for each event with its grade; * is serious.

    Events of a term that run at the same time stand in rows of their own, so that none hides another.
    """
    rows = patient.of("adae")
    sheet.heading("Adverse events, worst grade (* serious)")
    if rows.is_empty():
        sheet.name("None recorded", ROW)
        sheet.top += ROW
        return
    last = patient.day("SAFEDT")
    end = (pl.col("AENDT") - pl.col("first")).dt.total_days().cast(pl.Float64)
    bars = rows.with_columns(
        term=pl.coalesce("AEDECOD", "AETERM"),
        start=pl.coalesce("day", end, pl.lit(BEFORE[0])),
        grade=pl.coalesce("ATOXGRN", "ASEVN").cast(pl.String),
        star=pl.when(pl.col("AESER") == "Y").then(pl.lit("*")).otherwise(pl.lit("")),
    )
    bars = bars.with_columns(
        end=pl.max_horizontal(pl.coalesce(end, pl.lit(float(last if last is not None else 0))), "start"),
        kind=pl.col("grade").fill_null("open"), text=pl.col("grade").fill_null("?") + pl.col("star"),
        goes_on=pl.col("AENDT").is_null(),
    )  # fmt: skip
    narrow = pl.when(pl.col("start") > CLOSE[1]).then(pl.col("start") + NARROW).otherwise("start")
    lanes = timelines.in_lanes(
        bars.select("start", "SRCSEQ", SUBJID="term", end=pl.max_horizontal("end", narrow))
    )
    bars = bars.join(lanes.select("SRCSEQ", "lane"), on="SRCSEQ").sort("start", "term", "SRCSEQ")
    first = pl.col("start").min().over("term")
    for (term, _), own in bars.sort(first, "term", "lane", maintain_order=True).group_by(
        "term", "lane", maintain_order=True
    ):
        sheet.bars(str(term), own)


def _responses(sheet: Sheet, patient: Patient) -> None:
    """Draw a row for each definition of response: Y, N, or ? where a visit or a value is missing."""
    rows = verdicts(patient)
    if rows.is_empty():
        return
    sheet.heading("Response at the visit")
    for paramcd, estimand, name in VERDICTS:
        own = rows.filter((pl.col("PARAMCD") == paramcd) & (pl.col("ESTIMAND") == estimand))
        if not own.is_empty():
            kind = pl.col("AVALC").replace_strict({"Y": "yes", "N": "no"}, default="open")
            cells = own.select("day", text=pl.col("AVALC").fill_null("?"), kind=kind.fill_null("open"))
            sheet.cells(name, cells)
