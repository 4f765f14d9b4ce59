"""Vital signs: temperature, pulse, breathing, pressure, saturation, by the hour after infusions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.activity import SEEN
from carnet.simulate.calendar import Calendar
from carnet.simulate.clock import DAY
from carnet.simulate.curves import at
from carnet.simulate.laboratory import Body
from carnet.simulate.numbers import Numbers, table
from carnet.simulate.people import People, which
from carnet.simulate.streams import Booleans, Floats

MINUTES = (-30, 15, 30, 60, 120, 240, 480)
"""Minutes from the start of an infusion: before it, and after."""
INFUSION_VISITS = ("D0", "D3", "D6")
AFEBRILE = 37.6
"""The highest temperature of a person without fever."""


@dataclass(frozen=True)
class Vitals:
    """Vital signs of each person by visit and time point; other days have the first time point alone."""

    minute: Floats
    temp: Floats
    pulse: Floats
    breathing: Floats
    systolic: Floats
    diastolic: Floats
    saturation: Floats
    oxygen: Booleans
    pressor: Booleans
    weight: Floats


def vitals(body: Body, calendar: Calendar, numbers: Numbers) -> Vitals:
    """Return the vital signs: the person's own, with what fever, reactions and cytokine release do to them."""
    n, people, streams = numbers, body.people, body.people.streams
    minute = np.repeat((calendar.day * DAY + calendar.minute)[..., None].astype(float), len(MINUTES), axis=2)
    places = calendar.at(*INFUSION_VISITS)
    minute[:, places] = np.floor(body.infusions.start * DAY)[..., None] + np.array(MINUTES)
    usual = _usual(people, len(calendar.codes), n)
    released, heat = _heat(body, minute, np.abs(streams.normal("vitals.fever", *minute.shape[1:])), n)
    lupus = at(body.disease.activity[:, which("fever")[0]], calendar.day)[..., None] > SEEN
    temp = usual["temperature"] + np.where(lupus, n["vitals.lupus_fever"], 0)
    temp = np.where(heat > 0, temp, np.minimum(temp, AFEBRILE)) + heat
    shock = released >= 2
    systolic = np.where(shock, n["vitals.shock_systolic"], usual["systolic"])
    diastolic = np.where(shock, n["vitals.shock_diastolic"], usual["diastolic"])
    saturation, oxygen = np.minimum(usual["saturation"], 100), np.zeros(temp.shape, bool)
    _signs(body, places, temp, systolic, diastolic, saturation, oxygen)
    hot = np.clip(temp - AFEBRILE, 0, 3)
    drift = n["vitals.weight_drift"] * streams.normal("vitals.weight", len(calendar.codes))
    weight = people.weight[:, None] * np.exp(0.4 * drift + 0.6 * drift[:, :1])
    return Vitals(
        minute, np.round(temp, 1), np.round(usual["pulse"] + n["vitals.pulse_per_degree"] * hot),
        np.round(usual["breathing"] + n["vitals.breaths_per_degree"] * hot), np.round(systolic),
        np.round(np.minimum(diastolic, systolic - 20)), np.round(saturation), oxygen, released >= 3,
        np.round(weight, 1),
    )  # fmt: skip


def _usual(people: People, visits: int, n: Numbers) -> dict[str, Floats]:
    """Return the signs of each person when nothing is the matter (patient, visit, time point)."""
    rows = list(table("vitals").iter_rows(named=True))
    own = people.streams.normal("vitals.own", len(rows))[:, None, None]
    noise = people.streams.normal("vitals.noise", visits, len(MINUTES), len(rows))
    found = {
        row["sign"]: row["typical"] + row["between"] * own[..., i] + row["within"] * noise[..., i]
        for i, row in enumerate(rows)
    }
    kidney = people.has[:, which("proteinuria")[0]]
    more = n["vitals.age_slope"] * (people.age - n["people.age"]) + n["vitals.nephritis"] * kidney
    found["systolic"] = found["systolic"] + more[:, None, None]
    share, extra = n["vitals.diastolic_share"], n["vitals.diastolic_more"]
    found["diastolic"] = found["diastolic"] + share * found["systolic"] + extra
    return found


def _heat(body: Body, minute: Floats, spread: Floats, n: Numbers) -> tuple[Floats, Floats]:
    """Return the grade of cytokine release at each moment, and the degrees that it or an infection adds."""
    x, ill, day = body.infusions, body.infections, minute / DAY
    released, heat = np.zeros_like(minute), np.zeros_like(minute)
    for i in range(len(INFUSION_VISITS)):
        inside = (day >= x.crs_onset[:, i, None, None]) & (day <= x.crs_stop[:, i, None, None])
        released = np.maximum(released, np.where(inside, x.crs_grade[:, i, None, None], 0))
    rise = n["vitals.fever"] + n["vitals.fever_spread"] * spread
    heat = np.where(released > 0, rise + n["vitals.fever_per_grade"] * released, heat)
    for k in range(ill.start.shape[1]):
        since = day - ill.start[:, k, None, None]
        inside = (since >= 0) & (since < 2.5) & ill.fever[:, k, None, None]
        heat = np.maximum(heat, np.where(inside, rise, 0))
    return released, heat


def _signs(
    body: Body, places: list[int], temp: Floats, systolic: Floats, diastolic: Floats, saturation: Floats,
    oxygen: Booleans,
) -> None:  # fmt: skip
    """Write the signs of infusion reactions into the hours after each infusion, in place."""
    x, rows = body.infusions, table("symptoms")["symptom"].to_list()
    hours = np.array(MINUTES) / 60
    onset = x.reaction_onset[..., None]
    near = (np.abs(hours - onset) < np.maximum(0.3, 0.5 * onset)) & (hours > 0)
    near &= (x.reaction_grade > 0)[..., None]
    severe = (x.reaction_grade >= 2)[..., None]

    def shown(word: str) -> Booleans:
        return near & x.symptoms[..., rows.index(word)][..., None]

    hot, up, down, poor = (shown(word) for word in ("FEVER", "HYPERTENSION", "HYPOTENSION", "HYPOXIA"))
    temp[:, places] = np.where(
        hot, np.maximum(temp[:, places], np.where(severe, 38.6, 38.2)), temp[:, places]
    )
    high, wide = np.where(severe, 156, 147), np.where(severe, 94, 91)
    raised = np.where(up, np.maximum(systolic[:, places], high), systolic[:, places])
    systolic[:, places] = np.where(down, 86, raised)
    raised = np.where(up, np.maximum(diastolic[:, places], wide), diastolic[:, places])
    diastolic[:, places] = np.where(down, 52, raised)
    saturation[:, places] = np.where(poor, 91, saturation[:, places])
    oxygen[:, places] = poor & severe
