"""Infusions: the three infusions with their gates, and the reactions and cytokine release they cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.infections import Infections
from carnet.simulate.numbers import Numbers, column
from carnet.simulate.people import People
from carnet.simulate.streams import Booleans, Floats, Integers, choose

PLANNED = (0, 3, 6)
LATEST = (0, 4, 8)
NO_REASON, FEVER, INFECTION, PRODUCT, PATIENT = range(5)


@dataclass(frozen=True)
class Infusions:
    """The infusions of each person, a column per infusion; times are days from midnight of protocol day 0.

    Of an infusion that is omitted `start` is the moment of the decision. Times of cytokine release are not numbers
    where there is none.
    """

    given: Booleans
    start: Floats
    stop: Floats
    reason: Integers
    viability: Floats
    share: Floats
    reaction_grade: Integers
    reaction_onset: Floats
    symptoms: Booleans
    crs_grade: Integers
    crs_onset: Floats
    crs_stop: Floats

    @property
    def day(self) -> Integers:
        """The protocol day of each infusion, given or omitted."""
        return np.floor(self.start).astype(int)


def infusions(people: People, numbers: Numbers, infected: Infections) -> Infusions:
    """Return the infusions of each person: each waits for its gate as long as its window allows, else is omitted."""
    n, streams = numbers, people.streams
    reaction_grade, symptoms, onset = _reactions(people, n)
    crs_grade, crs_delay, crs_days = _release(people, n)
    clock = (n["infusion.hour"] + n["infusion.hour_spread"] * streams.uniform("infusions.hour", 3)) / 24
    minutes = n["infusion.minutes"] + n["infusion.minutes_spread"] * streams.uniform("infusions.minutes", 3)
    trouble = streams.uniform("infusions.trouble", 3)
    late = streams.uniform("infusions.late", 3)
    size = len(people)
    given, reason = np.ones((size, 3), bool), np.full((size, 3), NO_REASON)
    start, crs_onset, crs_stop = (np.full((size, 3), np.nan) for _ in range(3))
    for i in range(3):
        before = np.where(given[:, :i], np.floor(start[:, :i]), -9).max(axis=1, initial=-9)
        due = np.maximum(PLANNED[i], before + n["infusion.interval"])
        other = np.where(late[:, i] < n["infusion.product_late"], 1.0, 2.0)
        delayed = (trouble[:, i] < n["infusion.delay"]) & (i > 0)
        refused = (trouble[:, i] > 1 - n["infusion.omit"]) & (i > 0)
        day = np.where(delayed, due + other, due)
        reason[:, i] = np.where(delayed, PRODUCT, np.where(refused, PATIENT, NO_REASON))
        for _ in range(LATEST[i] - PLANNED[i] + 1):
            hot = ((crs_onset[:, :i] < day[:, None] + 0.4) & (crs_stop[:, :i] > day[:, None] - 2)).any(axis=1)
            ill = (
                infected.fever & (infected.start < day[:, None] + 0.4) & (infected.stop > day[:, None] - 1)
            ).any(axis=1)
            stopped = (hot | ill) & (i > 0)
            day = np.where(stopped, day + 1, day)
            reason[:, i] = np.where(stopped & hot, FEVER, np.where(stopped, INFECTION, reason[:, i]))
        missed = (day > LATEST[i]) | refused
        given[:, i] = ~missed
        start[:, i] = np.where(missed, due, day) + clock[:, i]
        happens = (crs_grade[:, i] > 0) & given[:, i]
        crs_onset[:, i] = np.where(happens, start[:, i] + crs_delay[:, i], np.nan)
        crs_stop[:, i] = crs_onset[:, i] + crs_days[:, i]
    alive = n["infusion.viability"] + n["infusion.viability_sd"] * streams.normal("infusions.viability", 3)
    return Infusions(
        given, start, start + minutes / 1440, reason,
        np.round(np.clip(alive, n["infusion.viability_least"], 99), 1),
        np.clip(1 + n["infusion.dose_sd"] * streams.normal("infusions.dose", 3), 0.82, 1.18),
        np.where(given, reaction_grade, 0), onset, symptoms & given[..., None], np.where(given, crs_grade, 0),
        crs_onset, crs_stop,
    )  # fmt: skip


def _reactions(people: People, n: Numbers) -> tuple[Integers, Booleans, Floats]:
    """Draw the grade of the reaction to each infusion, its symptoms, and its onset in hours."""
    streams = people.streams
    tendency = n["reaction.logit"] + n["reaction.patient_sd"] * streams.normal("reaction.patient")
    occurs = streams.uniform("reaction.occurs", 3) < 1 / (1 + np.exp(-tendency[:, None]))
    grade = 1 + choose(
        streams.uniform("reaction.grade", 3), n.group("reaction", "grade1", "grade2", "grade3")
    )
    chance = column("symptoms", "chance")
    drawn = streams.uniform("reaction.symptoms", 3, len(chance)) < chance * n["reaction.symptom_scale"]
    main = choose(streams.uniform("reaction.main", 3), chance)
    symptoms = (drawn | (np.arange(len(chance)) == main[..., None])) & occurs[..., None]
    hours = n["reaction.hours"] * np.exp(0.6 * streams.normal("reaction.hours", 3))
    return np.where(occurs, grade, 0), symptoms, np.clip(hours, 0.2, 3.9)


def _release(people: People, n: Numbers) -> tuple[Integers, Floats, Floats]:
    """Draw after which infusion cytokine release comes, its grade, and its delay and length in days."""
    streams = people.streams
    steps = n.group("crs", "grade1", "grade2", "grade3")
    chances = np.concatenate([[1 - steps.sum()], steps])
    grade = choose(streams.uniform("crs.grade"), chances)
    after = choose(streams.uniform("crs.infusion"), n.group("crs", "after1", "after2", "after3"))
    where = np.arange(3) == after[:, None]
    delay = n["crs.first_day"] + streams.uniform("crs.delay", 3) * (n["crs.last_day"] - n["crs.first_day"])
    days = n["crs.least_days"] + streams.uniform("crs.days", 3) * (n["crs.most_days"] - n["crs.least_days"])
    return np.where(where, grade[:, None], 0), delay, days
