"""Samples: which forms are due at which visit, which were not done, and the values as the laboratory reports them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from carnet.core.form import Item
from carnet.simulate.calendar import UNSCHEDULED, Calendar
from carnet.simulate.laboratory import Values
from carnet.simulate.numbers import Numbers
from carnet.simulate.streams import Booleans, Floats, Streams
from carnet.study import Study

LABORATORY = (
    "haematology", "chemistry", "coagulation", "inflammation", "cytokines", "urine", "proteinuria",
    "complement", "antibodies", "immunoglobulins", "flow",
)  # fmt: skip
COLLECTION = ("prot24", "urine_volume_24h", "urine_24h_start", "urine_24h_stop", "urine_24h_complete")
PROMISED = ("SCR", "BL")
"""Visits at which nothing that decides on entry is left out."""


@cache
def plan(study: Study) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return, for each form and visit of the schedule, the items that it names; an empty name is the whole form."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for form, items, visit in study.schedule.select("form", "items", "visit").iter_rows():
        here = found.setdefault(form, {})
        here[visit] = here.get(visit, ()) + tuple(items.split() or [""])
    return found


def asked(study: Study, form: str, visit: str) -> tuple[str, ...]:
    """Return the items that the schedule names for a form at a visit: none if the form is not planned."""
    return plan(study).get(form, {}).get("UNS" if visit in UNSCHEDULED else visit, ())


def due(study: Study, form: str, calendar: Calendar) -> Booleans:
    """Return at which visits (patient by visit) a form is due and the visit was held."""
    return calendar.held & np.array([bool(asked(study, form, code)) for code in calendar.codes])


def wants(study: Study, form: str, calendar: Calendar, item: str) -> Booleans:
    """Return at which visits the schedule asks for an item; what it never names comes with the whole form."""
    named = {i for items in plan(study).get(form, {}).values() for i in items}
    item = "prot24" if item in COLLECTION else item
    visits = (asked(study, form, code) for code in calendar.codes)
    return np.array([bool(items) and ("" in items or item in items or item not in named) for items in visits])


def planned(study: Study, calendar: Calendar, item: str) -> Booleans:
    """Return at which visits the schedule has an item of a laboratory form; everywhere for what is no such item."""
    for form in LABORATORY:
        if any(item == asked_item.id for asked_item in study.form(form).items):
            return wants(study, form, calendar, item)
    return np.ones(len(calendar.codes), bool)


@dataclass(frozen=True)
class Samples:
    """The forms done at each visit, and the values reported: not a number where there is none."""

    due: dict[str, Booleans]
    done: dict[str, Booleans]
    values: Values
    gaps: dict[str, Booleans]


def samples(study: Study, streams: Streams, calendar: Calendar, values: Values, numbers: Numbers) -> Samples:
    """Return what was sampled and reported; a sample lost, or a value not reported, is a gap."""
    n, count = numbers, len(calendar.codes)
    sure = np.isin(calendar.codes, PROMISED)
    expected = {f: due(study, f, calendar) for f in LABORATORY}
    done, reported, gaps = {}, {}, {}
    for form in LABORATORY:
        lost = (streams.uniform(f"samples.lost_{form}", count) < n["missing.sample"]) & ~sure
        done[form] = expected[form] & ~lost
    for form in LABORATORY:
        numeric = [item for item in study.form(form).items if item.id in values]
        draw = streams.uniform(f"samples.item_{form}", len(numeric), count)
        for i, item in enumerate(numeric):
            here = wants(study, form, calendar, item.id)
            chance = n["missing.urine_24h"] if item.id in COLLECTION else n["missing.value"]
            first = 0 if item.id in COLLECTION else i
            gap = (draw[:, first] < chance) & ~(sure & (chance == n["missing.value"]))
            found = round_to(values[item.id], item)
            reported[item.id] = np.where(done[form] & here & ~gap, found, np.nan)
            gaps[item.id] = expected[form] & here & (gap | ~done[form])
    reported["wbc"] = np.round(
        sum(np.nan_to_num(reported[c]) for c in ("neut", "lym", "mono", "eos")) + 0.02, 2
    )
    whole = np.all([~np.isnan(reported[c]) for c in ("neut", "lym", "mono", "eos")], axis=0)
    reported["wbc"] = np.where(
        done["haematology"],
        np.where(whole, reported["wbc"], round_to(_white(values), study.items["wbc"])),
        np.nan,
    )
    gaps["wbc"] = expected["haematology"] & ~done["haematology"]
    return Samples(expected, done, reported, gaps)


def _white(values: Values) -> Floats:
    return values["neut"] + values["lym"] + values["mono"] + values["eos"] + 0.02


def round_to(values: Floats, item: Item) -> Floats:
    """Return the values as the item records them: its decimals, within its limits.

    >>> round_to(np.array([2.345, -1.0]), Item("x", "x", "decimal", decimals=1, low=0)).tolist()
    [2.3, 0.0]
    """
    low = -np.inf if item.low is None else item.low
    high = np.inf if item.high is None else item.high
    return np.round(np.clip(values, low, high), item.decimals if item.decimals is not None else 6)
