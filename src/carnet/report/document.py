"""The report: one HTML page that opens without a network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import polars as pl

from carnet.report import efficacy, kinetics, safety, tables, trial
from carnet.report.exhibit import Exhibit, Section, Table, rows


def render(
    study: Any,
    datasets: Mapping[str, pl.DataFrame],
    results: pl.DataFrame,
    findings: pl.DataFrame | None,
    manifest: Mapping[str, Any],
    banner: str = "",
) -> str:
    """Return the page: every registered outcome with its table or figure, or the words that it has no data."""
    import jinja2

    chapters = [
        trial.participation(results),
        safety.safety(results, datasets),
        efficacy.responses(results, datasets),
        efficacy.changes(results, datasets),
        kinetics.kinetics(results, datasets),
        trial.assumptions(study, findings, manifest),
    ]
    glance = _glance(study, results)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    here = files("carnet.report")
    template = environment.from_string(here.joinpath("report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        study=study, registry=study.registry, facts=_facts(study, results), banner=banner, manifest=manifest,
        sections=[glance, *chapters], style=here.joinpath("report.css").read_text(encoding="utf-8"),
    )  # fmt: skip


def _facts(study: Any, results: pl.DataFrame) -> list[str]:
    steps = {row["analysis_id"].partition("/")[2]: row["n"] for row in tables.pick(results, "14.1.1").iter_rows(named=True)}
    return [f"{steps[step]} {words}" for step, words in (("Screened", "screened"), ("Treated", "treated"), ("Completed", "completed")) if step in steps]


def _glance(study: Any, results: pl.DataFrame) -> Section:
    """Return every outcome of the public record with its main result in a line and where it stands."""
    lines = [(outcome, _line(results, output), output) for outcome, output in study.outcomes()]
    shown = Table("Outcomes of the public record", ("Outcome", "Main result", "Table"), rows(lines), numbers=False)
    return Section("glance", "At a glance", (Exhibit("1", "", (shown,)),))


def _line(results: pl.DataFrame, output: str) -> str:
    from carnet.report.headline import headline

    return headline(results, output) or "no data"
