"""The laboratory values of a profile: courses with the bands of CTCAE grades, rows for others that became severe."""

from __future__ import annotations

import polars as pl

from carnet.report.patient import Patient, points, with_unit, worst_grade
from carnet.report.sheet import Sheet

VALUES = {
    "NEUT": ("Neutrophils", True), "LYM": ("Lymphocytes", True), "PLAT": ("Platelets", True),
    "HGB": ("Haemoglobin", False), "ALT": ("ALT", True), "CREAT": ("Creatinine", False),
    "UPCR": ("Urine protein/creatinine", True),
}  # fmt: skip
"""The laboratory values that every profile draws, their short names, and whether the axis is logarithmic."""

SEVERE = 3
"""Another laboratory value has a row of its own where it reached this grade after treatment began."""


def laboratory(sheet: Sheet, patient: Patient, efficacy: bool) -> None:
    """Draw the values that every profile has, grades in their points, and a row for another that became severe."""
    rows = patient.of("adlb")
    if rows.is_empty():
        return
    rows = rows.with_columns(grade=worst_grade())
    sheet.heading("Laboratory values, CTCAE grades")
    for paramcd, (name, log) in VALUES.items():
        own = rows.filter(pl.col("PARAMCD") == paramcd)
        if own.is_empty() or (paramcd == "UPCR" and not efficacy):
            continue
        drawn = points(own).hstack(own.drop_nulls("day").select("grade"))
        drawn = drawn.with_columns(
            kind=pl.when(pl.col("grade") > 0).then(pl.col("grade").cast(pl.String)),
            text=pl.when(pl.col("value").is_null()).then("text").otherwise(pl.col("grade").cast(pl.String)),
        )
        sheet.curve(with_unit(name, own), drawn, log=log, bands=bands(own))
    severe = rows.filter(
        ~pl.col("PARAMCD").is_in(list(VALUES)) & (pl.col("ONTRTFL") == "Y") & (pl.col("grade") >= SEVERE)
    )
    for paramcd in severe["PARAMCD"].unique().sort():
        own = rows.filter((pl.col("PARAMCD") == paramcd) & pl.col("day").is_not_null())
        grade = pl.col("grade").cast(pl.String)
        cells = own.select(
            "day",
            text=grade.fill_null("?"),
            kind=pl.when(pl.col("grade") == 0).then(pl.lit("h0")).otherwise(grade).fill_null("open"),
        )
        sheet.cells(f"{own['PARAM'][0]}: grade", cells, width=8.6)


def bands(rows: pl.DataFrame) -> list[tuple[int, float | None, float | None]]:
    """Return the intervals of the grades that numbers and the patient's reference limits alone decide (ctcae2017)."""
    from carnet.safety.interval import read_rows as read

    last = rows.sort("day").tail(1).to_dicts()[0]
    high = last.get("BNRIND") == "HIGH"
    units = {"absolute": 1.0, "x LLN": last.get("A1LO"), "x ULN": last.get("A1HI")}
    made = []
    for row in read("ctcae_v5.csv"):
        if row["test"] != last["PARAMCD"] or row["unit"] not in ("", last["AVALU"]):
            continue
        if row["condition"] not in ("", "baseline_not_high") or (row["condition"] and high):
            continue
        ends = []
        for end in ("lower", "upper"):
            times = units.get(row[f"{end}_ref"]) if row[end] else None
            ends.append(float(row[end]) * times if times is not None else None)
        if all(
            not row[end] or found is not None for end, found in zip(("lower", "upper"), ends, strict=True)
        ):
            made.append((int(row["grade"]), ends[0], ends[1]))
    return made
