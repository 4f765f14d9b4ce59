"""The report: one HTML page that opens without a network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import polars as pl

from carnet.core.table import read_rows
from carnet.report import (
    courses,
    efficacy,
    estimands,
    kinetics,
    monitoring,
    outputs,
    safety,
    sensitivity,
    survival,
    tables,
    trial,
)
from carnet.report.exhibit import Exhibit, Section, Table, rows
from carnet.report.headline import headline


def sections(
    study: Any,
    datasets: Mapping[str, pl.DataFrame],
    results: pl.DataFrame,
    findings: pl.DataFrame | None,
    manifest: Mapping[str, Any],
) -> list[Section]:
    """Return the report: every registered outcome with its table or figure, or the words that it has no data."""
    shown = chapters(study, datasets, results, findings)
    plan = (estimands.estimands(study), outputs.contents(shown))
    return [
        _glance(study, results),
        Section("plan", "What was estimated", plan),
        *shown,
        trial.assumptions(study, findings, manifest),
    ]


def render(
    study: Any,
    parts: list[Section],
    results: pl.DataFrame,
    manifest: Mapping[str, Any],
    banner: str = "",
    name: str = "Report",
) -> str:
    """Return the page that holds these sections; `name` says which report it is."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    here = files("carnet.report")
    template = environment.from_string(here.joinpath("report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        study=study,
        name=name,
        registry=study.get("study.registry", ""),
        facts=_facts(study, results),
        banner=banner,
        alerts=monitoring.alerts(study, results),
        manifest=manifest,
        sections=parts,
        traced=_traced(parts, results),
        style=here.joinpath("report.css").read_text(encoding="utf-8"),
    )


def _traced(parts: list[Section], results: pl.DataFrame) -> dict[str, str]:
    """Return the output of each exhibit that prints results; one of two exhibits of an output has a number below it."""
    outputs = set(results["output_id"])
    numbers = [exhibit.number for section in parts for exhibit in section.exhibits]
    above = {number: number if number in outputs else number.rpartition(".")[0] for number in numbers}
    return {number: output for number, output in above.items() if output in outputs}


def chapters(
    study: Any,
    datasets: Mapping[str, pl.DataFrame],
    results: pl.DataFrame,
    findings: pl.DataFrame | None = None,
) -> list[Section]:
    """Return the chapters that hold the tables and figures, in their order."""
    return [
        trial.participation(results),
        safety.safety(study, results, datasets, findings),
        efficacy.responses(results, datasets),
        sensitivity.sensitivity(results),
        courses.changes(results, datasets),
        survival.times(results),
        kinetics.kinetics(results, datasets),
    ]


def titles(study: Any, datasets: Mapping[str, pl.DataFrame], results: pl.DataFrame) -> dict[str, str]:
    """Return the title of every table by its number."""
    return {e.number: e.title for section in chapters(study, datasets, results) for e in section.exhibits}


def _facts(study: Any, results: pl.DataFrame) -> list[str]:
    steps = {
        row["analysis_id"].partition("/")[2]: row["n"]
        for row in tables.pick(results, "14.1.1").iter_rows(named=True)
    }
    return [
        f"{steps[step]} {words}"
        for step, words in (("Screened", "screened"), ("Treated", "treated"), ("Completed", "completed"))
        if step in steps
    ]


def _glance(study: Any, results: pl.DataFrame) -> Section:
    """Return every outcome of the public record with its main result in a line and where it stands.

    The words are the study's own; of a study that registers none, those of the trial carnet is built for.
    """
    shown = Table(
        "Outcomes of the public record",
        ("Outcome", "Main result", "Table"),
        rows(answers(study, results)),
        numbers=False,
    )
    return Section("glance", "At a glance", (Exhibit("1", "", (shown,)),))


def headlines(study: Any, results: pl.DataFrame) -> list[str]:
    """Return each registered outcome with its main result, a line each."""
    return [f"{outcome}: {result}" for outcome, result, _ in answers(study, results)]


def answers(study: Any, results: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return for each outcome its number and words, its main result, and the table that holds it."""
    told = dict(outcomes(study))
    lines = []
    for answer in read_answers():
        result = headline(results, answer["output"], answer["paramcd"])
        words = told.get(answer["record"], answer["label"])
        lines.append((f"{answer['record']}. {words}", result or "no data", answer["output"]))
    return lines


def outcomes(study: Any) -> list[tuple[str, str]]:
    """Return the registered outcomes with their numbers, as the endpoints of the study tell which they serve."""
    told = [text for endpoint in study.endpoints for text in endpoint.record.split("; ") if text]
    return [(number, words) for number, _, words in (text.partition(" ") for text in told)]


def read_answers() -> list[dict[str, str]]:
    """Return which output answers which outcome of the record."""
    return read_rows("carnet.report", "outcomes.csv")
