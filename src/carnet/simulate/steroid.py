"""Steroid and rescue: the prednisone-equivalent of each day, and the lupus drug started when response fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.curves import DAYS
from carnet.simulate.disease import Disease
from carnet.simulate.numbers import Numbers
from carnet.simulate.people import CLASSES, NONE, PARTIAL, People
from carnet.simulate.streams import Booleans, Floats


@dataclass(frozen=True)
class Steroid:
    """The dose of each day (patient by day), the days on which it is rescue, and the start of a rescue drug."""

    dose: Floats
    rescue: Booleans
    drug_start: Floats


def steroid(people: People, disease: Disease, numbers: Numbers) -> Steroid:
    """Return the taper, slower in those who respond less, with the courses that flares and failure need."""
    n, streams = numbers, people.streams
    entry = np.minimum(people.steroid, n["steroid.before_cells"])
    halfway = np.ceil((people.steroid + entry) / 2 / 2.5) * 2.5
    dose = np.where(n["steroid.first_cut_day"] > DAYS, people.steroid[:, None], halfway[:, None])
    dose = np.where(n["steroid.second_cut_day"] <= DAYS, entry[:, None], dose)
    floors = n.group("steroid", *(f"floor_{c}" for c in CLASSES))[people.response]
    stays = streams.uniform("steroid.floor") < n["steroid.stays"]
    floor = np.where(stays, floors + 2.5, floors)
    step = n.group("steroid", *(f"step_{c}" for c in CLASSES))[people.response]
    first = n["steroid.taper_from"] + np.floor(7 * streams.uniform("steroid.first"))
    cuts = np.where(first[:, None] <= DAYS, 1 + np.floor((DAYS - first[:, None]) / step[:, None]), 0)
    dose = np.where(
        cuts > 0, np.minimum(entry[:, None], np.maximum(floor[:, None], entry[:, None] - 2.5 * cuts)), dose
    )

    rescue = np.zeros_like(dose, dtype=bool)
    drug = np.full(len(people), np.nan)
    peaks = n.group("flare_dose", "mild", "moderate", "severe")[disease.flare_grade]
    wants = streams.uniform("steroid.flare_drug", disease.flare_day.shape[1])
    for f in range(disease.flare_day.shape[1]):
        day = disease.flare_day[:, f] + 2
        dose, rescue = _course(dose, rescue, day, peaks[:, f], n)
        starts = (disease.flare_grade[:, f] == 2) & (wants[:, f] < n["rescue.severe_flare"]) & np.isnan(drug)
        drug = np.where(starts, disease.flare_day[:, f] + 5, drug)
    chance = np.select(
        [people.response == NONE, people.response == PARTIAL], [n["rescue.none"], n["rescue.partial"]], 0.0
    )
    fails = streams.uniform("steroid.fails") < chance
    day = np.round(
        n["rescue.from"] + streams.uniform("steroid.rescue_day") * (n["rescue.to"] - n["rescue.from"])
    )
    day = np.where(fails, day, np.nan)
    dose, rescue = _course(dose, rescue, day, np.full(len(people), n["flare_dose.moderate"]), n)
    drug = np.where(fails & ~(drug < day), day, drug)
    return Steroid(dose, rescue & (dose > n["steroid.rescue_above"]), drug)


def _course(dose: Floats, rescue: Booleans, day: Floats, peak: Floats, n: Numbers) -> tuple[Floats, Booleans]:
    """Return the doses with a course from `day` (not a number for none): the peak, then steps down every week."""
    weeks = np.floor((DAYS - day[:, None]) / 7)
    held = np.maximum(weeks - n["flare_dose.weeks_at_peak"] + 1, 0)
    fall = np.where(peak[:, None] > 20, 5.0, 2.5) * held
    course = np.where(weeks >= 0, np.maximum(peak[:, None] - fall, 0), 0.0)
    return np.maximum(dose, np.nan_to_num(course)), rescue | (course > dose)
