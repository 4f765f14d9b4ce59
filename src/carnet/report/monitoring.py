"""Dose-limiting toxicity and the stopping rules: where each stands, its boundary, and what the boundary does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from carnet.report import safety_figures, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Table, rows
from carnet.safety.monitoring import Evidence, Status

OUTPUT = "14.3.1.16"
TITLE = "Stopping rules"


def alerts(study: Any, results: pl.DataFrame) -> list[str]:
    """Return a line, named loudly, for each rule that is met, and for each that a missing answer leaves open."""
    said = []
    for status in statuses(study, results):
        if status.met:
            said.append(f"A RULE TO PAUSE HAS BEEN MET: {status.sentence()}")
        elif status.met is None:
            said.append(f"A rule to pause may have been met: {status.sentence()}")
    return said


def statuses(study: Any, results: pl.DataFrame) -> Iterator[Status]:
    """Yield the state of each stopping rule as the results hold it."""
    found = results.filter(pl.col("output_id") == OUTPUT)
    for rule in study.stopping:
        state = _values(found, f"{OUTPUT}/{rule.id}/state")
        if not state:
            continue
        met = state["met"]
        patients, events, unknown, follow_up = (
            int(state[name] or 0) for name in ("patients", "events", "unknown", "follow_up")
        )
        further = state["further"]
        yield Status(
            rule, None if met is None else bool(met), patients, events, unknown, follow_up,
            None if further is None else int(further), tuple(_evidence(found, rule.id)), (), state["probability"],
        )  # fmt: skip


def _values(found: pl.DataFrame, analysis: str) -> dict[str, float | None]:
    """Return the statistics of one analysis by name."""
    return dict(found.filter(pl.col("analysis_id") == analysis).select("statistic", "value").iter_rows())


def _evidence(found: pl.DataFrame, rule: str) -> Iterator[Evidence]:
    prefix = f"{OUTPUT}/{rule}/event/"
    events = found.filter(pl.col("analysis_id").str.starts_with(prefix))
    for analysis in events["analysis_id"].unique(maintain_order=True):
        _, subject, day = analysis.removeprefix(prefix).split("/")
        values = _values(events, analysis)
        grade, holds = values["grade"], values["holds"]
        yield Evidence(
            subject,
            date.fromisoformat(day) if day else None,
            None if grade is None else int(grade),
            None if holds is None else bool(holds),
        )


def stopping(study: Any, results: pl.DataFrame) -> Exhibit:
    """Return the state of every rule in words, the way against the boundary, and the chance to pause."""
    found = list(statuses(study, results))
    if not found:
        return Exhibit(
            OUTPUT,
            TITLE,
            absent="No stopping rule could be looked at: none is defined, or nobody was infused.",
        )
    state = Table(
        "State of every rule",
        ("Rule", "Pauses on", "State"),
        rows(
            (s.rule.label, s.rule.terms, _capital(s.sentence().removeprefix(f"{s.rule.label}: ")))
            for s in found
        ),
        numbers=False,
    )
    shown, drawn, notes = [state], [], []
    for status in (s for s in found if s.rule.on_rate):
        picked = tables.pick(results, OUTPUT, paramcd=status.rule.id)
        shown += [_boundary(status, picked), _operating(status, picked)]
        drawn.append(_path(status, results))
        notes += _zero(status, picked)
    notes.append(
        "A patient counts from the day-28 visit, or from the day of a dose-limiting toxicity. Probabilities are "
        "exact, by recursion over all trials that could be. A toxicity that counts before the patients around it are "
        "known makes a false pause likelier: the third kind of row says by how much."
    )
    return Exhibit(OUTPUT, TITLE, tuple(shown), tuple(drawn), tuple(notes))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _part(picked: pl.DataFrame, status: Status, part: str) -> pl.DataFrame:
    prefix = f"{OUTPUT}/{status.rule.id}/{part}/"
    return picked.filter(pl.col("analysis_id").str.starts_with(prefix)).with_columns(
        name=pl.col("analysis_id").str.strip_prefix(prefix)
    )


def _boundary(status: Status, picked: pl.DataFrame) -> Table:
    limits = _part(picked, status, "boundary")
    looks = dict(_part(picked, status, "look").select("n", "events").iter_rows())
    return Table(
        f"Boundary: {status.rule.terms}",
        ("Patients known", *limits["n"]),
        rows(
            [
                ("Pause from this number on", *(limit or "–" for limit in limits["limit"])),
                ("Number seen", *(looks.get(n, "") for n in limits["n"])),
            ]
        ),
    )


def _operating(status: Status, picked: pl.DataFrame) -> Table:
    header = (
        "Outcomes known", "True rate", "Probability to pause", "… before the last patient enters",
        "Patients treated, mean", "Events, mean",
    )  # fmt: skip
    lines = [
        (
            row["name"].rpartition("/")[0],
            row["rate"],
            row["stop"],
            row["in_time"],
            row["patients"],
            row["events"],
        )
        for row in _part(picked, status, "operating").iter_rows(named=True)
    ]
    return Table("What the boundary does", header, rows(lines), folded=True)


def _path(status: Status, results: pl.DataFrame) -> Figure:
    rule = results.filter((pl.col("output_id") == OUTPUT) & (pl.col("paramcd") == status.rule.id))

    def of(part: str, *statistics: str) -> pl.DataFrame:
        held = rule.filter(pl.col("analysis_id").str.starts_with(f"{OUTPUT}/{status.rule.id}/{part}/"))
        if held.is_empty():
            return pl.DataFrame(schema=dict.fromkeys(statistics, pl.Float64))
        return held.pivot("statistic", index="analysis_id", values="value").select(statistics)

    return Figure(
        svg(
            safety_figures.path(
                of("look", "n", "events"), of("boundary", "n", "limit").drop_nulls(), status.rule.event
            )
        ),
        f"{status.rule.label}: the number seen after each patient, against the numbers that pause the trial.",
    )


def _zero(status: Status, picked: pl.DataFrame) -> list[str]:
    """Return what no event among so few patients leaves possible."""
    [row] = picked.filter(pl.col("analysis_id") == f"{OUTPUT}/{status.rule.id}/state").to_dicts()
    if status.events or not status.patients:
        return []
    return [
        f"No {status.rule.event} among {row['patients']} patients: a true rate above {row['upper']} is excluded "
        "(exact one-sided 95 % bound)."
    ]
