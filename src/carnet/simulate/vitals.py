"""Vital signs: temperature, pulse, breathing, pressure and saturation at each visit, and by the hour after infusions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.activity import SEEN
from carnet.simulate.calendar import Calendar
from carnet.simulate.clock import DAY
from carnet.simulate.curves import at
from carnet.simulate.laboratory import Body
from carnet.simulate.numbers import Numbers, table
from carnet.simulate.people import which
from carnet.simulate.streams import Booleans, Floats

MINUTES = (-30, 15, 30, 60, 120, 240, 480)
"""Minutes from the start of an infusion: before it, and after."""
INFUSION_VISITS = ("D0", "D3", "D6")


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
    count, points = len(calendar.codes), len(MINUTES)
    minute = np.repeat((calendar.day * DAY + calendar.minute)[..., None].astype(float), points, axis=2)
    places = calendar.at(*INFUSION_VISITS)
    start = np.floor(body.infusions.start * DAY)
    minute[:, places] = start[..., None] + np.array(MINUTES)
    own = streams.normal("vitals.own", 6)
    z = streams.normal("vitals.noise", count, points, 6)
    temp = 36.5 + 0.12 * own[:, 0, None, None] + 0.18 * z[..., 0]
    kidney = people.has[:, which("proteinuria")[0]]
    systolic = 113 + 0.35 * (people.age - 33) + 9 * kidney + 8 * own[:, 1]
    systolic = systolic[:, None, None] + 6.0 * z[..., 1]
    diastolic = 0.62 * systolic + 3 + 2.5 * own[:, 2, None, None] + 3.0 * z[..., 2]
    pulse = 78 + 6 * own[:, 3, None, None] + 5 * z[..., 3]
    breathing = 17 + 1.2 * z[..., 4]
    saturation = np.minimum(98.0 + 0.5 * own[:, 5, None, None] + 0.7 * z[..., 5], 100)

    hot = np.zeros_like(temp)
    released = np.zeros_like(temp)
    for i in range(len(INFUSION_VISITS)):
        since = minute / DAY - body.infusions.crs_onset[:, i, None, None]
        inside = (since >= 0) & (minute / DAY <= body.infusions.crs_stop[:, i, None, None])
        released = np.maximum(released, np.where(inside, body.infusions.crs_grade[:, i, None, None], 0))
    hot = np.where(released > 0, 1.75 + 0.25 * released + 0.25 * np.abs(z[..., 0]), hot)
    for k in range(body.infections.start.shape[1]):
        since = minute / DAY - body.infections.start[:, k, None, None]
        hot = np.maximum(hot, np.where((since >= 0) & (since < 2.5) & body.infections.fever[:, k, None, None], 1.75 + 0.3 * np.abs(z[..., 0]), 0))
    lupus = at(body.disease.activity[:, which("fever")[0]], calendar.day)[..., None] > SEEN
    temp = np.minimum(np.where(lupus, temp + 0.6, temp), np.where(hot > 0, 42.0, 37.7)) + hot
    systolic = np.where(released >= 2, 84 + 2.5 * z[..., 1], systolic)
    diastolic = np.where(released >= 2, 50 + 2.5 * z[..., 2], diastolic)

    words = table("symptoms")["symptom"].to_list()
    near = np.zeros((len(people), 3, points))
    hours = np.array(MINUTES) / 60
    near = np.abs(hours - body.infusions.reaction_onset[..., None]) < np.maximum(0.3, 0.5 * body.infusions.reaction_onset[..., None])
    near &= (hours > 0) & (body.infusions.reaction_grade > 0)[..., None]
    strength = np.minimum(body.infusions.reaction_grade, 2)[..., None]

    def sign(word: str) -> Booleans:
        return near & body.infusions.symptoms[..., words.index(word)][..., None]

    temp[:, places] = np.maximum(temp[:, places], np.where(sign("FEVER"), 37.9 + 0.35 * strength, 0))
    up, down, poor = sign("HYPERTENSION"), sign("HYPOTENSION"), sign("HYPOXIA")
    systolic[:, places] = np.where(down, 86.0, np.where(up, np.maximum(systolic[:, places], 138 + 9 * strength), systolic[:, places]))
    diastolic[:, places] = np.where(down, 52.0, np.where(up, np.maximum(diastolic[:, places], 86 + 4 * strength), diastolic[:, places]))
    saturation[:, places] = np.where(poor, 91.0, saturation[:, places])
    oxygen = np.zeros(temp.shape, bool)
    oxygen[:, places] = poor & (strength >= 2)
    feverish = np.clip(temp - 37.2, 0, 3)
    drift = n["vitals.weight_drift"] * streams.normal("vitals.weight", count)
    return Vitals(
        minute, np.round(temp, 1), np.round(pulse + 9 * feverish), np.round(breathing + 1.5 * feverish),
        np.round(systolic), np.round(np.minimum(diastolic, systolic - 20)), np.round(saturation), oxygen, released >= 3,
        np.round(people.weight[:, None] * np.exp(0.4 * drift + 0.6 * drift[:, :1] + 0.01 * np.clip(calendar.day, 0, 365) / 365), 1),
    )  # fmt: skip
