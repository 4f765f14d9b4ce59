"""Disease: how active each manifestation is on each day, when it resolves and when it flares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.curves import DAYS, bump
from carnet.simulate.numbers import Numbers, column, table
from carnet.simulate.people import CLASSES, KEYS, NONE, People, which
from carnet.simulate.streams import Booleans, Floats, Integers, choose

FLARES = 2
GRADES = ("mild", "moderate", "severe")


@dataclass(frozen=True)
class Disease:
    """The course of lupus: activity of each manifestation (patient, manifestation, day) and the flares."""

    activity: Floats
    resolves: Booleans
    resolution: Floats
    flare_day: Floats
    flare_grade: Integers
    flare_in: Booleans
    flare_stop: Floats

    def height(self, *levels: float) -> Floats:
        """Return, by day, the level of the flare there is: one for each grade, 0 without a flare."""
        found = np.zeros((len(self.flare_day), len(DAYS)))
        for f in range(self.flare_day.shape[1]):
            level = np.array(levels)[self.flare_grade[:, f]][:, None]
            found = np.maximum(
                found, level * bump(self.flare_day[:, f], self.flare_stop[:, f] - 25, 4.0, 25.0)
            )
        return found

    def burden(self, people: People, key: str, critical: Floats, rest: Floats, level: float) -> Floats:
        """Return, by day, the share of a laboratory abnormality that is left, 1 before treatment.

        An abnormality that resolves falls through `critical`, the share at its limit,
        on the day of resolution; one that
        does not falls to `rest`. A flare brings it back to `level`.
        """
        m = KEYS.index(key)
        critical = np.clip(critical, 0.02, 0.98)[:, None]
        rate = -np.log(critical) / self.resolution[:, m, None]
        after = np.maximum(DAYS, 0.0)
        falling = np.exp(-rate * after)
        stuck = rest[:, None] + (1 - rest[:, None]) * np.exp(-after / 60.0)
        share = np.where(self.resolves[:, m, None], falling, np.maximum(stuck, falling))
        share = np.where(people.has[:, m, None], share, 0.0)
        for f in range(self.flare_day.shape[1]):
            back = level * bump(self.flare_day[:, f] - 10, self.flare_stop[:, f] - 20, 14.0, 30.0)
            share = np.maximum(share, np.where(self.flare_in[:, f, m, None], back, 0.0))
        return share


def course(people: People, numbers: Numbers) -> Disease:
    """Return the course of the disease of each person, as if there were no Flu/Cy toxicity and no infection."""
    resolves, resolution = _resolution(people, numbers)
    day, grade, where, stop = _flares(people, numbers, resolves, resolution)
    before = _before(people, numbers)
    activity = before * _after(people, numbers, resolves, resolution)
    activity[~people.has] = 0.0
    for f in range(FLARES):
        fall = numbers["flare.fall_days"]
        height = np.where(grade[:, f] == 0, numbers["flare.mild_level"], 1.0)[:, None] * bump(
            day[:, f], stop[:, f] - fall, 4.0, fall
        )
        activity = np.maximum(activity, where[:, f, :, None] * height[:, None, :])
    return Disease(activity, resolves, resolution, day, grade, where, stop)


def _resolution(people: People, n: Numbers) -> tuple[Booleans, Floats]:
    """Draw which manifestations ever resolve, and on which day."""
    chance = n.group("resolve", *CLASSES)[people.response]
    slower = n.group("slower", *CLASSES)[people.response]
    resolves = people.streams.uniform("disease.resolves", len(KEYS)) < chance[:, None]
    spread = np.exp(n["response.time_sd"] * people.streams.normal("disease.resolution", len(KEYS)))
    days = (
        column("manifestations", "days") * spread * (people.pace * slower * n["response.time_scale"])[:, None]
    )
    return resolves, np.maximum(days, 5.0)


def _flares(
    people: People, n: Numbers, resolves: Booleans, resolution: Floats
) -> tuple[Floats, Integers, Booleans, Floats]:
    """Draw up to two flares a patient: day (not a number for none), grade, manifestations and day of recovery.

    A flare takes what had gone, of one clinical manifestation at least, before what is new; never what is still there.
    """
    hazard = n.group("flare", *CLASSES)[people.response] / 365.25
    gaps = -np.log1p(-people.streams.uniform("disease.flare", FLARES)) / hazard[:, None]
    day = np.round(n["flare.first_day"] + np.cumsum(gaps + n["flare.gap"] * np.arange(FLARES), axis=1))
    day = np.where(day <= n["flare.last_day"], day, np.nan)
    grade = choose(people.streams.uniform("disease.flare_grade", FLARES), n.group("flare_share", *GRADES))
    gone = (people.has & resolves)[:, None, :] & (resolution[:, None, :] < day[..., None])
    may = (gone | ~people.has[:, None, :]) & (table("manifestations")["reopens"] == "Y").to_numpy()
    rank = people.streams.uniform("disease.flare_in", FLARES, len(KEYS)) + gone
    rank[..., which("low_complement", "anti_dsdna")] -= 1.0
    order = (-np.where(may, rank, -9.0)).argsort(axis=-1).argsort(axis=-1)
    where = (order < (grade + 1)[..., None]) & may & ~np.isnan(day)[..., None]
    length = n["flare.days"] * np.exp(
        n["flare.days_log_sd"] * people.streams.normal("disease.flare_days", FLARES)
    )
    slow = np.where(people.response == NONE, n["flare.days_none"], 1.0)[:, None]
    return day, grade, where, day + np.maximum(length * slow, 14.0)


def _before(people: People, n: Numbers) -> Floats:
    """Return the activity up to treatment: steady, on the rise, or new in the last weeks before screening."""
    how = choose(
        people.streams.uniform("disease.before", len(KEYS)), n.group("before", "same", "worse", "new")
    )[..., None]
    rising = np.interp(DAYS, [-80.0, -8.0], [n["before.worse_from"], n["before.worse_to"]])
    onset = -21.0 - 20.0 * people.streams.uniform("disease.onset", len(KEYS))[..., None]
    return np.where(how == 0, 1.0, np.where(how == 1, rising, np.where(onset <= DAYS, 1.0, 0.0)))


def _after(people: People, n: Numbers, resolves: Booleans, resolution: Floats) -> Floats:
    """Return the factor that treatment puts on activity: a level stretch, then a fall to nothing by the resolution."""
    lag = n["response.lag_share"]
    share = (DAYS - lag * resolution[..., None]) / ((1 - lag) * resolution[..., None])
    healing = np.clip(1 - share, 0, 1)
    stuck = np.interp(DAYS, [14.0, 90.0], [1.0, 0.0])
    rest = n.group("stuck", *CLASSES)[people.response][:, None, None]
    return np.where(resolves[..., None], healing, rest + (1 - rest) * stuck)
