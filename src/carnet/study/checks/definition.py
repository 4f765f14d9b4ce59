"""Is the definition of a study consistent with itself?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized

import polars as pl

from carnet.core.source import read_sources
from carnet.study.checks.fields import eligibility, items, ranges, twice
from carnet.study.checks.findings import Note, about, gather
from carnet.study.estimand import USUAL
from carnet.study.protocol import STATUSES
from carnet.study.study import Study
from carnet.study.windows import gaps, overlapping

MARKS = ("X", "T", "K", "2", "s", "r", "u", "o", "L")


def check_study(study: Study) -> pl.DataFrame:
    """Return what is inconsistent in a study definition, a row per finding.

    >>> from carnet.study import read
    >>> check_study(read()).height
    0
    """
    return gather(about(check(study)) for check in CHECKS)


def absent(study: Study) -> Iterator[Note]:
    """Yield tables that the definition lacks or that have no rows: what they would say is left out of everything."""
    tables: dict[str, tuple[Sized, str]] = {
        "visits.csv": (study.visits, "no visits"),
        "windows.csv": (study.windows, "no analysis windows"),
        "forms.csv": (study.forms, "no forms, so nothing can be entered"),
        "schedule.csv": (study.schedule, "no plan of which form is asked when"),
        "eligibility.csv": (study.criteria, "no criteria of eligibility"),
        "endpoints.csv": (study.endpoints, "no endpoints"),
        "populations.csv": (study.populations, "no analysis populations"),
        "arms.csv": (study.arms, "no arms"),
        "epochs.csv": (study.epochs, "no epochs"),
        "elements.csv": (study.elements, "no elements"),
        "reference_ranges.csv": (study.ranges, "no reference ranges to fill in"),
    }
    for file, (rows, what) in tables.items():
        if not len(rows):
            yield Note(f"{file} is missing or has no rows: the study has {what}.")


def ids(study: Study) -> Iterator[Note]:
    """Yield ids that are used twice."""
    tables = {
        "visits.csv": [v.code for v in study.visits],
        "endpoints.csv": [e.id for e in study.endpoints],
        "estimands.csv": [e.id for e in study.estimands],
        "windows.csv": [w.avisit for w in study.windows],
        "eligibility.csv": [c.id for c in study.criteria],
        "populations.csv": [p.flag for p in study.populations],
        "arms.csv": [a.code for a in study.arms],
        "epochs.csv": [e.id for e in study.epochs],
        "elements.csv": [e.code for e in study.elements],
        "stopping.csv": [r.id for r in study.stopping],
        "forms.csv": [f.id for f in study.forms],
    }
    for file, names in tables.items():
        for name in twice(names):
            yield Note(f"{file}: the id {name} stands there twice; give each row its own.")
    for number in twice(str(v.num) for v in study.visits):
        yield Note(f"visits.csv: the number {number} stands there twice; give each visit its own.")
    for number in twice(str(w.avisitn) for w in study.windows):
        yield Note(f"windows.csv: AVISITN {number} stands there twice; give each window its own.")
    asked = [(item.id, form.id) for form in study.forms for item in form.items]
    for name in twice(id for id, _ in asked):
        forms = " and ".join(form for id, form in asked if id == name)
        yield Note(f"The item {name} is asked by {forms}; an item belongs to one form.", item=name)


def statuses(study: Study) -> Iterator[Note]:
    """Yield what does not say how it is known, and what cites no source or an unknown one."""
    rows: list[tuple[str, str, str]] = [
        *((f"study.toml: {f.name}", f.status, f.source) for f in study.facts),
        *((f"visits.csv: {v.code}", v.status, v.source) for v in study.visits),
        *((f"windows.csv: {w.avisit}", w.status, w.source) for w in study.windows),
        *((f"endpoints.csv: {e.id}", e.status, e.source) for e in study.endpoints),
        *((f"estimands.csv: {e.id}", e.status, e.source) for e in study.estimands if e not in USUAL),
        *((f"eligibility.csv: {c.id}", c.status, c.source) for c in study.criteria),
        *((f"populations.csv: {p.flag}", p.status, p.source) for p in study.populations),
        *((f"arms.csv: {a.code}", a.status, a.source) for a in study.arms),
        *((f"epochs.csv: {e.id}", e.status, e.source) for e in study.epochs),
        *((f"elements.csv: {e.code}", e.status, e.source) for e in study.elements),
        *((f"stopping.csv: {r.id}", r.status, r.source) for r in study.stopping),
        *((f"reference_ranges.csv: {item}", status or "", key or "")
          for item, status, key in study.ranges.select("item", "status", "source").iter_rows()),
    ]  # fmt: skip
    known = read_sources()
    for name, status, keys in rows:
        if status not in STATUSES:
            said = f"has the status {status}" if status else "has no status"
            yield Note(f"{name} {said}; write S (record), R (registry) or A (assumed).")
        if not keys:
            yield Note(f"{name} cites no source; name a key of sources.csv.")
        for key in keys.split():
            if key not in known:
                yield Note(f"{name} cites {key}, which sources.csv lacks; add a row or correct the key.")
    for visit in study.visits:
        if visit.window_status not in STATUSES:
            yield Note(f"visits.csv: {visit.code} has no window_status; write S, R or A.", visit=visit.code)


def visits(study: Study) -> Iterator[Note]:
    """Yield visits whose window, day or epoch cannot be."""
    epochs = {epoch.id for epoch in study.epochs}
    for visit in study.visits:
        low, high, day = visit.low, visit.high, visit.day
        if low is not None and high is not None and low > high:
            yield Note(
                f"visits.csv: the window of {visit.code} ends ({high}) before it begins ({low}).",
                visit=visit.code,
            )
        elif day is not None and ((low is not None and day < low) or (high is not None and day > high)):
            yield Note(
                f"visits.csv: day {day} of {visit.code} is outside its window {low} to {high}.",
                visit=visit.code,
            )
        if visit.epoch and epochs and visit.epoch not in epochs:
            yield Note(
                f"visits.csv: {visit.code} is in the epoch {visit.epoch}, which epochs.csv lacks.",
                visit=visit.code,
            )
    for element in study.elements:
        if element.epoch not in epochs:
            yield Note(
                f"elements.csv: {element.code} is in the epoch {element.epoch}, which epochs.csv lacks."
            )


def schedule(study: Study) -> Iterator[Note]:
    """Yield marks of the schedule that point to no form, visit or item, and forms that are never asked."""
    codes = {visit.code for visit in study.visits} | {"LOG"}
    forms = {form.id: {item.id for item in form.items} for form in study.forms}
    for activity, form, named, visit, mark in study.schedule.iter_rows():
        if form not in forms:
            yield Note(
                f"schedule.csv: {activity} names the form {form}, which forms.csv lacks.",
                visit=visit,
                form=form,
            )
        for item in named.split():
            if item not in forms.get(form, {item}):
                yield Note(
                    f"schedule.csv: {activity} names the item {item}, which {form} does not ask.",
                    visit=visit,
                    form=form,
                    item=item,
                )
        if visit not in codes:
            yield Note(
                f"schedule.csv has a column {visit}, which is no visit of visits.csv.", visit=visit, form=form
            )
        if mark not in MARKS:
            yield Note(
                f"schedule.csv: {activity} at {visit} has the mark {mark!r}; use {' '.join(MARKS)}.",
                visit=visit,
                form=form,
            )
    if study.schedule.height:
        planned = set(study.schedule["form"])
        for form in forms:
            if form not in planned:
                yield Note(
                    f"The form {form} is at no visit of schedule.csv; plan it or mark it L under LOG.",
                    form=form,
                )


def windows(study: Study) -> Iterator[Note]:
    """Yield analysis windows that overlap, leave days out or miss their target."""
    codes = {visit.code for visit in study.visits}
    for first, second in overlapping(study.windows):
        yield Note(f"windows.csv: {first} and {second} share a day; a record would be in two windows.")
    for first, second in gaps(study.windows):
        yield Note(f"windows.csv: days between {first} and {second} are in no window; records would be lost.")
    for w in study.windows:
        if w.low is not None and w.high is not None and w.low > w.high:
            yield Note(f"windows.csv: {w.avisit} ends ({w.high}) before it begins ({w.low}).")
        elif (
            w.target is not None
            and w.low is not None
            and w.high is not None
            and not w.low <= w.target <= w.high
        ):
            yield Note(f"windows.csv: the target {w.target} of {w.avisit} is outside {w.low} to {w.high}.")
        if w.visit and codes and w.visit not in codes:
            yield Note(f"windows.csv: {w.avisit} names the visit {w.visit}, which visits.csv lacks.")


def endpoints(study: Study) -> Iterator[Note]:
    """Yield endpoints that nothing derives, or that name an unknown visit or population."""
    codes = {visit.code for visit in study.visits}
    flags = {population.flag for population in study.populations}
    for e in study.endpoints:
        if not e.dataset or not e.derivation:
            yield Note(f"endpoints.csv: {e.id} has no {'derivation' if e.dataset else 'dataset'}.")
        for visit in e.visits:
            if codes and visit not in codes:
                yield Note(
                    f"endpoints.csv: {e.id} names the visit {visit}, which visits.csv lacks.", visit=visit
                )
        if e.population and flags and e.population not in flags:
            yield Note(f"endpoints.csv: {e.id} names {e.population}, which populations.csv lacks.")


def estimands(study: Study) -> Iterator[Note]:
    """Yield estimands that name an unknown endpoint or population."""
    flags = {population.flag for population in study.populations}
    known = {endpoint.id for endpoint in study.endpoints}
    for e in study.estimands:
        if flags and e.population not in flags:
            yield Note(f"estimands.csv: {e.id} names {e.population}, which populations.csv lacks.")
        for id in e.endpoints:
            if id not in known:
                yield Note(f"estimands.csv: {e.id} names the endpoint {id}, which endpoints.csv lacks.")


def stopping(study: Study) -> Iterator[Note]:
    """Yield stopping rules that lack what their method needs, or that watch an event nobody records."""
    for rule in study.stopping:
        for problem in rule.problems():
            yield Note(f"stopping.csv: {rule.id} {problem}")


CHECKS: tuple[Callable[[Study], Iterator[Note]], ...] = (
    absent, ids, statuses, visits, schedule, windows, items, endpoints, estimands, eligibility,
    ranges, stopping,
)  # fmt: skip
