"""The chapter on time: to response, to remission that lasts, to a flare, to recovery of the B cells."""

from __future__ import annotations

import polars as pl

from carnet.report import survival_figures, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Section, Table, rows

CURVES = {
    "F14.2.7": ("Time to the first SRI-4, DORIS and LLDAS", "having"),
    "F14.2.8": ("Time to DORIS remission that lasts", "having"),
    "F14.2.9": ("Time without flare after the first SRI-4", "without"),
    "F14.2.10": ("Time to recovery of the B cells", "having"),
}
"""The figures: their title, and whether they show the share with the event or still without it."""

LABELS = {
    "TTSRI4": "First SRI-4", "TTDORIS": "First DORIS", "TTLLDAS": "First LLDAS", "TTDORSUS": "DORIS that lasts",
    "TTBFLARE": "BILAG flare", "TTSFI": "SELENA flare", "TTBCELL": "B cells recovered",
}  # fmt: skip

NOTES = {
    "F14.2.7": "Days from the first infusion to the visit at which it was first met; what happened between two visits "
    "is dated to the later.",
    "F14.2.8": "Days from the first infusion to the first of the visits in remission that go on to the last due visit.",
    "F14.2.9": "Days from the first SRI-4 response, of those who responded, to a flare at a later visit.",
    "F14.2.10": "Days from the first value below the limit, from the first infusion on, to the first of two in a row "
    "at or above it.",
}
METHOD = (
    "Kaplan-Meier, limits by log-log transformation; median with Brookmeyer-Crowley limits; where a patient died "
    "before the event, cumulative incidence beside death. Ticks: patients censored."
)


def times(results: pl.DataFrame) -> Section:
    """Return the curves with patients at risk, their medians, and the curves at the planned visits."""
    return Section(
        "times", "Time to response, flare and recovery", tuple(_exhibit(results, n) for n in CURVES)
    )


def _exhibit(results: pl.DataFrame, number: str) -> Exhibit:
    title, shown = CURVES[number]
    own = results.filter(pl.col("output_id") == number)
    if own.is_empty():
        return Exhibit(number, title, absent=f"No data for {title[0].lower()}{title[1:]}.")
    summary = tables.pick(own.filter(pl.col("statistic").is_in(SUMMARY) & _whole()), number)
    first = own["estimand"][0]
    pictures = [
        Figure(svg(survival_figures.curve(part, shown, LABELS[code])), _caption(LABELS[code], shown))
        for (code,), part in own.filter(pl.col("estimand") == first).group_by("paramcd", maintain_order=True)
    ]
    return Exhibit(
        number,
        title,
        (_summary(summary), *_visits(own, number, shown)),
        tuple(pictures),
        (NOTES[number], METHOD),
    )


SUMMARY = ("N", "events", "died", "censored", "median", "lower", "upper")


def _whole() -> pl.Expr:
    return pl.col("analysis_id").str.count_matches("/") == 2


def _caption(label: str, shown: str) -> str:
    what = "still without it" if shown == "without" else "with it"
    return (
        f"{label}: share of patients {what}, band: 95 % limits, as registered; below, patients still at risk."
    )


def _summary(found: pl.DataFrame) -> Table:
    arms = found["group"].n_unique() > 1
    header = ("Event", "Estimand", *(("Arm",) if arms else ()), "Patients", "With event", "Died before", "Censored",
              "Median, days (95 % limits)")  # fmt: skip
    lines = rows(
        (
            LABELS[row["paramcd"]], row["estimand"].lower(), *((row["group"],) if arms else ()), row["N"],
            row["events"], row["died"], row["censored"], _median(row),
        )
        for row in found.iter_rows(named=True)
    )  # fmt: skip
    return Table("Events and medians, infused patients", header, lines)


def _median(row: dict[str, str]) -> str:
    median, low, high = (row[name] or "not reached" for name in ("median", "lower", "upper"))
    return f"{median} ({low} to {high})".replace(" ", tables.NO_BREAK)


def _visits(own: pl.DataFrame, number: str, shown: str) -> list[Table]:
    held = own.filter(pl.col("avisit") != "")
    if held.is_empty():
        return []
    found = tables.pick(held, number)
    words = "still without it" if shown == "without" else "with it"
    header = ("Event, planned visit", "Estimand", "Day", "At risk", f"Share {words}", "95 % limits")
    lines = rows(
        (
            f"{LABELS[row['paramcd']]}, {row['avisit']}", row["estimand"].lower(), row["time"], row["at_risk"],
            row[shown], tables.between(row, f"{shown}_lower", f"{shown}_upper"),
        )
        for row in found.iter_rows(named=True)
    )  # fmt: skip
    return [Table("The curves at the planned visits", header, lines, folded=True)]
