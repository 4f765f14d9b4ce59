"""The calendar: when each visit took place, which were missed, and how a patient left the trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.disease import Disease
from carnet.simulate.infections import Infections
from carnet.simulate.infusions import Infusions
from carnet.simulate.numbers import Numbers
from carnet.simulate.people import CLASSES, People
from carnet.simulate.streams import Booleans, Floats, Integers, choose
from carnet.study import Study

UNSCHEDULED = ("UNS01", "UNS02")
STAYS, WITHDREW, LOST, INEFFICACY, DIED = range(5)
WEEK = 7


@dataclass(frozen=True)
class Calendar:
    """Visits of each person: protocol day, minute of the day, whether held, whether missed; and the end."""

    codes: tuple[str, ...]
    day: Integers
    minute: Integers
    held: Booleans
    missed: Booleans
    weekday: Integers
    end_day: Floats
    end_reason: Integers

    def at(self, *codes: str) -> list[int]:
        """Return the positions of some visits."""
        return [self.codes.index(code) for code in codes]


def calendar(
    study: Study,
    people: People,
    disease: Disease,
    infections: Infections,
    infusions: Infusions,
    numbers: Numbers,
) -> Calendar:
    """Return the visits of each person, as if everybody were treated."""
    n, streams = numbers, people.streams
    planned = [v for v in study.visits if v.code != "UNS"]
    codes = tuple(v.code for v in planned) + UNSCHEDULED
    size, count = len(people), len(codes)
    weekday = np.floor(5 * streams.uniform("calendar.weekday")).astype(int)
    end_day, end_reason = _end(people, disease, n)
    day = np.zeros((size, count), int)
    missed = np.zeros((size, count), bool)
    shift = streams.normal("calendar.shift", count)
    late = streams.uniform("calendar.late", count)
    absent = streams.uniform("calendar.absent", count)
    follow_up = 0
    for v, visit in enumerate(planned):
        if visit.day is None or visit.low is None or visit.high is None:
            continue
        nominal = np.full(size, visit.day)
        if visit.code == "SCR":
            nominal = np.round(n["calendar.screening"] + n["calendar.screening_sd"] * shift[:, v]).astype(int)
            nominal = _no_weekend(np.clip(nominal, visit.low + 1, visit.high - 3), weekday, -1)
        elif visit.code == "BL":
            nominal = np.where(late[:, v] < n["calendar.early_admission"], visit.low, visit.day)
        elif 0 <= visit.day <= 10:
            nominal = _inpatient(visit.code, visit.day, infusions)
        elif visit.day > 10:
            follow_up += visit.day > 28
            spread = n["calendar.jitter_early"] if visit.day <= 28 else n["calendar.jitter_late"]
            nominal = np.clip(
                np.round(visit.day + spread * shift[:, v]).astype(int), visit.low + 1, visit.high - 2
            )
            outside = (late[:, v] < n["calendar.out_of_window"]) & (visit.day > 28)
            nominal = np.where(
                outside,
                visit.high
                + 1
                + np.floor(5 * late[:, v] / max(n["calendar.out_of_window"], 1e-9)).astype(int),
                nominal,
            )
            nominal = _no_weekend(nominal, weekday, 1)
            if 28 < visit.day < study["time.follow_up"]:
                missed[:, v] = absent[:, v] < n["calendar.missed"] + n["calendar.missed_rise"] * (
                    follow_up - 1
                )
        day[:, v] = nominal
    et = codes.index("ET")
    left = ~np.isnan(end_day)
    day[:, et] = np.nan_to_num(end_day, nan=0).astype(int)
    day[:, et] = _no_weekend(day[:, et], weekday, 1)
    held = np.ones((size, count), bool)
    regular = np.array([v.day is not None for v in planned] + [False] * len(UNSCHEDULED))
    held[:, regular] = np.isnan(end_day)[:, None] | (day[:, regular] < end_day[:, None])
    missed &= held
    held &= ~missed
    held[:, et] = left & (end_reason != DIED) & (end_reason != LOST) & (absent[:, et] < n["end.visit_done"])
    _unscheduled(
        day,
        held,
        codes,
        disease,
        infections,
        end_day,
        weekday,
        n,
        streams.uniform("calendar.unscheduled", len(UNSCHEDULED)),
    )
    hours = np.where(
        np.arange(count) < codes.index("D14"), n["calendar.ward_hour"], n["calendar.clinic_hour"]
    )
    minute = np.round(60 * hours + 55 * streams.uniform("calendar.minute", count)).astype(int)
    infusion_days = np.isin(codes, ["D0", "D3", "D6"])
    minute[:, infusion_days] = 420 + (minute[:, infusion_days] % 30)
    return Calendar(codes, day, minute, held, missed, weekday, end_day, end_reason)


def _no_weekend(day: Integers, weekday: Integers, way: int) -> Integers:
    """Return the days, those on a Saturday or Sunday moved to the working day before (-1) or after (1)."""
    of_week = (weekday[:, None] if day.ndim > 1 else weekday) + day
    of_week = of_week % WEEK
    move = np.where(of_week < 5, 0, 7 - of_week if way > 0 else 4 - of_week)
    return day + move


def _inpatient(code: str, nominal: int, infusions: Infusions) -> Integers:
    """Return the days of the visits around the infusions, which follow the infusions actually given."""
    second, third = infusions.day[:, 1], infusions.day[:, 2]
    if nominal < 3:
        return np.full(len(second), nominal)
    if nominal < 6:
        return second + nominal - 3
    if code == "D10":
        return np.maximum(10, third + 3)
    return third + nominal - 6


def _end(people: People, disease: Disease, n: Numbers) -> tuple[Floats, Integers]:
    """Draw the day on which a patient leaves the trial or dies (not a number for none), and why."""
    streams = people.streams
    factor = n.group("end", *CLASSES)[people.response]
    flared = ~np.isnan(disease.flare_day[:, 0])
    hazard = n["end.hazard"] / 365.25 * factor * np.where(flared, n["end.after_flare"], 1.0)
    leave = n["end.first_day"] - np.log1p(-streams.uniform("end.leave")) / hazard
    death = n["end.first_day"] - np.log1p(-streams.uniform("end.death")) / (n["end.death"] / 365.25)
    why = 1 + choose(streams.uniform("end.why"), n.group("end", "withdrew", "lost", "inefficacy"))
    end = np.minimum(leave, death)
    reason = np.where(death < leave, DIED, why)
    inside = end < n["end.last_day"]
    return np.where(inside, np.floor(end), np.nan), np.where(inside, reason, STAYS)


def _unscheduled(
    day: Integers, held: Booleans, codes: tuple[str, ...], disease: Disease, infections: Infections,
    end_day: Floats, weekday: Integers, n: Numbers, chance: Floats,
) -> None:  # fmt: skip
    """Fill in the unscheduled visits: a flare that is more than mild, and the first infection after day 28."""
    flare = np.where(disease.flare_grade[:, 0] >= 1, disease.flare_day[:, 0] + 4, np.nan)
    starts = np.where(infections.start > 35, infections.start, np.inf).min(axis=1) + 1
    infection = np.where(np.isfinite(starts), np.floor(np.minimum(starts, 400)), np.nan)
    first = np.fmin(flare, infection)
    second = np.where(first == np.fmax(flare, infection), np.nan, np.fmax(flare, infection))
    for name, when, draw in zip(UNSCHEDULED, (first, second), chance.T, strict=True):
        v = codes.index(name)
        moved = _no_weekend(np.nan_to_num(when, nan=0).astype(int), weekday, 1)
        clash = (np.abs(day[:, : codes.index("ET")] - moved[:, None]) < 4).any(axis=1)
        inside = ~np.isnan(when) & (np.isnan(end_day) | (moved < end_day - 3)) & (moved < n["end.last_day"])
        held[:, v] = inside & ~clash & (draw < n["calendar.unscheduled"])
        day[:, v] = moved
    one, two = (codes.index(name) for name in UNSCHEDULED)
    alone = held[:, two] & ~held[:, one]  # the only unscheduled visit is the first
    day[alone, one] = day[alone, two]
    held[alone, one], held[alone, two] = True, False
