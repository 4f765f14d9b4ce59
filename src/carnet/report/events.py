"""Adverse events in the report: overview and timelines, tables by kind, special interest, periods and rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.report import tables, timelines
from carnet.report.exhibit import Exhibit, Figure, Row, Table, rows
from carnet.report.queries import items_of, open_questions

PERIODS = {
    "SAFFL": "since the first study treatment, all treated",
    "CARFL": "since the first infusion, all infused",
}

BY_TERM = {
    "14.3.1.2": ("Adverse events by organ class, term and worst grade", "adverse event"),
    "14.3.1.4": ("Adverse events of grade 3 or worse", "adverse event of grade 3 or worse"),
    "14.3.1.5": ("Adverse events related to the cells", "adverse event related to the cells"),
    "14.3.1.6": (
        "Adverse events related to lymphodepletion (fludarabine, cyclophosphamide)",
        "adverse event related to lymphodepletion",
    ),
    "14.3.1.7": (
        "Adverse events between lymphodepletion and the first infusion",
        "adverse event before the cells",
    ),
    "14.3.1.8": ("Serious adverse events", "serious adverse event"),
    "14.3.1.9": ("Adverse events of special interest", "event of special interest"),
}
"""Output, its title, and what one of its events is called."""

NONE = {
    "Any adverse event": "adverse event",
    "Certainly treatment-emergent": "event certainly treatment-emergent",
    "Related to lymphodepletion": "event related to lymphodepletion",
    "Related to the cells": "event related to the cells",
    "Related to treatment": "event related to treatment",
    "Grade 3 or worse": "event of grade 3 or worse",
    "Severe": "severe event",
    "Serious": "serious event",
    "Of special interest": "event of special interest",
    "Dose-limiting": "dose-limiting event",
    "Led to a dose changed or left out": "event for which a dose was changed or left out",
    "Fatal": "fatal event",
}
"""How a line of the overview is named where nobody had it."""

SPECIAL = {
    "14.3.1.10": "Cytokine release syndrome: onset and duration",
    "14.3.1.11": "ICANS and graft-versus-host disease",
    "14.3.1.12": "Infusion reactions",
    "14.3.1.13": "Infections",
}


def exhibits(
    study: Any, results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame], findings: pl.DataFrame | None
) -> Iterator[Exhibit]:
    """Yield every exhibit on adverse events; one without any event says so with the rate it leaves possible."""
    if tables.pick(results, "14.3.1.1").is_empty():
        yield Exhibit("14.3.1.1", "Adverse events", absent="No data on adverse events.")
        return
    severity = _severity(datasets["adae"])
    yield _overview(results, datasets, open_questions(findings, items_of(study, "AE")))
    for output in BY_TERM:
        if not (exhibit := _by_term(results, datasets, output, severity)).absent:
            yield exhibit
    for output, title in SPECIAL.items():
        if not (found := tables.pick(results, output)).is_empty():
            yield Exhibit(output, title, *_special(found))
    yield _periods(results)
    yield _rates(results)


def _severity(adae: pl.DataFrame) -> str:
    """Return what the worst column counts: CTCAE grade, or severity where a trial has no grades."""
    return "Severity" if len(adae) and adae["ATOXGRN"].is_null().all() else "Grade"


def _overview(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame], asked: tuple[str, ...]) -> Exhibit:
    overview = tables.pick(results, "14.3.1.1")
    parts = [
        (part, words)
        for population, words in PERIODS.items()
        if not (part := overview.filter(pl.col("population") == population)).is_empty()
    ]
    shown = [tables.overview_table(part, f"Adverse events {words}") for part, words in parts]
    none = parts[0][0].filter(pl.col("n") == "0")
    names = pl.col("analysis_id").str.splitn("/", 2).struct[1].replace(NONE)
    said = tables.nobody(none.with_columns(kind=names), "kind")
    return Exhibit(
        "14.3.1.1",
        "Adverse events: overview",
        tuple(shown),
        timelines.figures_of(datasets),
        (
            "An event whose partial date leaves it open counts as treatment-emergent. "
            "CI: Clopper-Pearson; rates: exact Poisson.",
            *said,
            *asked,
        ),
    )


def _by_term(
    results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame], output: str, severity: str
) -> Exhibit:
    title, name = BY_TERM[output]
    found = tables.pick(results, output)
    if found.is_empty():
        return Exhibit(output, title, absent="Not collected.")
    shown: list[Table] = []
    notes: list[str] = []
    for population, words in PERIODS.items():
        part = found.filter(pl.col("population") == population)
        whole = part.filter(pl.col("analysis_id") == f"{output}//")
        notes += tables.nobody(
            whole.filter(pl.col("n") == "0").with_columns(kind=pl.lit(name)), "kind", words
        )
        if whole.filter(pl.col("n") != "0").is_empty():
            continue
        folded = output != "14.3.1.8" and (population != "SAFFL" or output != "14.3.1.2" or len(part) > 80)
        shown.append(tables.term_table(part, f"Patients {words}", severity, folded=folded))
    if output == "14.3.1.8":
        shown += _serious(datasets["adae"])
    return Exhibit(output, title, tuple(shown), notes=tuple(notes))


def _serious(adae: pl.DataFrame) -> tuple[Table, ...]:
    """Return the serious events one by one; nothing where there was none."""
    events = adae.filter((pl.col("AESER") == "Y") & (pl.col("TRTEMFL") == "Y"))
    if events.is_empty():
        return ()
    events = events.with_columns(pl.coalesce("AEDECOD", "AETERM").alias("term"))
    columns = {
        "SUBJID": "Patient", "term": "Event", "AETOXGR": "Grade", "ASTDY": "Start day", "AENDY": "End day",
        "AREL": "Related", "AEOUT": "Outcome",
    }  # fmt: skip
    header = tuple(columns.values())
    folded = len(events) > 20
    return (tables.listing(events, "Serious adverse events, one by one", header, columns, folded=folded),)


def _special(found: pl.DataFrame) -> tuple[tuple[Table, ...], tuple[Figure, ...], tuple[str, ...]]:
    """Return the table of a kind of event by infusion, and the words for a kind that nobody had."""
    arms = found["group"].n_unique() > 1
    header = (
        "Event", *(("Arm",) if arms else ()), "Patients", "Exact 95 % CI", "Events",
        *(f"Grade {g}" for g in range(1, 6)), "Days to onset: median (range)",
        "Days it lasted: median (range)",
    )  # fmt: skip
    lines: list[Row] = []
    notes: list[str] = []
    parted = found.with_columns(
        kind=pl.col("analysis_id").str.split("/").list.get(1),
        scope=pl.col("analysis_id").str.split("/").list.get(2),
    )
    for (kind,), part in parted.group_by("kind", maintain_order=True):
        whole = part.filter(pl.col("scope") == "all infusions")
        name = str(kind) if str(kind).isupper() else str(kind).lower()
        none = whole.filter(pl.col("n") == "0").with_columns(kind=pl.lit(name))
        notes += tables.nobody(none, "kind", PERIODS["CARFL"])
        if whole.filter(pl.col("n") != "0").is_empty():
            continue
        lines += rows([(kind, *("" for _ in header[1:]))], "group")
        for row in part.iter_rows(named=True):
            onset, lasted = (
                f"{row[f'{what}_median']} ({row[f'{what}_min']} to {row[f'{what}_max']})"
                if row[f"{what}_median"]
                else "–"
                for what in ("onset", "duration")
            )
            ended = f"; {row['ended']} ended" if row["duration_median"] else ""
            lines += rows(
                [
                    (
                        row["scope"].capitalize(), *((row["group"],) if arms else ()), tables.share(row),
                        tables.between(row), row["events"], *(tables.quiet(row[f"grade{g}"]) for g in range(1, 6)),
                        onset, lasted + ended,
                    )
                ],
                "indent",
            )  # fmt: skip
    if not lines:
        return (), (), tuple(notes)
    notes.append(
        "Onset counts from the last infusion before it, over all infusions from the first one; the day of the "
        "infusion is day 0. An event that goes on has no duration."
    )
    return (Table("Patients by worst grade, onset and duration", header, tuple(lines)),), (), tuple(notes)


def _periods(results: pl.DataFrame) -> Exhibit:
    title = "Adverse events by period of the trial"
    found = tables.pick(results, "14.3.1.14")
    if found.is_empty():
        return Exhibit("14.3.1.14", title, absent="No data on the periods of the trial.")
    arms = found["group"].n_unique() > 1
    header = (
        "Period, events that began in it", *(("Arm",) if arms else ()), "Patients of those who reached it",
        "Exact 95 % CI", "Events", "Patient-years", "Events per patient-year (exact 95 % CI)",
    )  # fmt: skip
    lines: list[Row] = []
    before = ""
    for row in found.iter_rows(named=True):
        _, period, kind = row["analysis_id"].split("/", 2)
        if period != before:
            lines += rows([(period.capitalize(), *("" for _ in header[1:]))], "group")
            before = period
        cells = (
            kind, *((row["group"],) if arms else ()), tables.share(row), tables.between(row), row["events"],
            row["years"], tables.rate(row),
        )  # fmt: skip
        lines += rows([cells], "indent", tables.asked(row))
    caption = "Patients and events by the period in which the event began, all treated"
    return Exhibit("14.3.1.14", title, (Table(caption, header, tuple(lines)),))


def _rates(results: pl.DataFrame) -> Exhibit:
    title = "Exposure-adjusted rates"
    found = tables.pick(results, "14.3.1.15")
    arms = found["group"].n_unique() > 1
    header = (
        "Organ class, term", *(("Arm",) if arms else ()), "Patients", "Events", "Patient-years",
        "Events per patient-year (exact 95 % CI)",
    )  # fmt: skip
    lines: list[Row] = []
    for row in found.iter_rows(named=True):
        soc, term = tables.class_and_term(row)
        cells = (
            term or soc or "Any adverse event", *((row["group"],) if arms else ()), f"{row['n']}/{row['N']}",
            row["events"], row["years"], tables.rate(row),
        )  # fmt: skip
        lines += rows([cells], "indent" if term else "group", tables.asked(row))
    caption = "Events per patient-year from the first study treatment to the end of the safety period"
    return Exhibit("14.3.1.15", title, (Table(caption, header, tuple(lines), folded=True),))
