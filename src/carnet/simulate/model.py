"""The model: everything that is true of some people, and what of it was observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate import (
    activity,
    blood,
    calendar,
    cells,
    disease,
    history,
    infections,
    infusions,
    laboratory,
    people,
    samples,
)
from carnet.simulate import steroid as steroids
from carnet.simulate import vitals as signs
from carnet.simulate.activity import Evidence, Sledai
from carnet.simulate.calendar import Calendar
from carnet.simulate.clock import Clock
from carnet.simulate.enrolment import starts
from carnet.simulate.history import History
from carnet.simulate.laboratory import Body, Values
from carnet.simulate.numbers import Numbers
from carnet.simulate.people import People
from carnet.simulate.ranges import Ranges, ranges
from carnet.simulate.samples import Samples
from carnet.simulate.streams import Booleans, Floats, Streams
from carnet.simulate.vitals import Vitals
from carnet.study import Study


@dataclass(frozen=True)
class Model:
    """Some people of a trial: what is true of them and what was observed, patient by visit.

    `chinese` says whose forms are filled in in Chinese.
    """

    study: Study
    numbers: Numbers
    streams: Streams
    treated: Booleans
    chinese: Booleans
    body: Body
    calendar: Calendar
    clock: Clock
    ranges: Ranges
    history: History
    vitals: Vitals
    values: Values
    samples: Samples
    menses: Booleans
    proof: dict[str, Evidence]
    sledai: Sledai
    truth: Sledai
    pga: Floats

    @property
    def people(self) -> People:
        """The people."""
        return self.body.people

    def __len__(self) -> int:
        return len(self.treated)


def model(study: Study, numbers: Numbers, streams: Streams, treated: Booleans) -> Model:
    """Return the model of the people behind the streams; those not treated leave after screening."""
    n = numbers
    who = people.draw(streams, n)
    ill = disease.course(who, n)
    infected = infections.infections(who, n)
    given = infusions.infusions(who, n, infected)
    cell = cells.cells(who, given, n)
    dose = steroids.steroid(who, ill, n)
    visits = calendar.calendar(study, who, ill, infected, given, n)
    screened = np.array([code == "SCR" for code in visits.codes])
    visits.held[~treated] &= screened
    visits.missed[~treated] = False
    count = blood.blood(who, ill, given, treated, n)
    body = Body(who, ill, infected, given, count, cell, dose, treated)
    limits = ranges(study)
    values = laboratory.values(body, visits, limits, n)
    young = who.female & (who.age < n["history.fertile_to"])
    menses = (streams.uniform("model.menses", len(visits.codes)) < n["urine.menses"]) & young[:, None]
    values["urine_rbc"] = np.where(
        menses, values["urine_rbc"] * n["urine.menses_factor"], values["urine_rbc"]
    )
    full = {
        key: samples.round_to(value, study.items[key]) if key in study.items else value
        for key, value in values.items()
    }
    full["wbc"] = np.round(sum(full[c] for c in ("neut", "lym", "mono", "eos")) + 0.02, 2)
    low3, low4 = (full[c][:, 0] < limits.low(c, who) for c in ("c3", "c4"))
    seen = samples.samples(study, streams, visits, values, n)
    observed = {**full, **seen.values}
    everywhere = visits.held | np.array([code not in ("ET", *calendar.UNSCHEDULED) for code in visits.codes])
    planned = {
        item: np.where(samples.planned(study, visits, item), value, np.nan) for item, value in full.items()
    }
    own = activity.evidence(full, body, visits, limits, menses)
    truth = activity.sledai(
        body, visits, everywhere, activity.evidence(planned, body, visits, limits, menses), study, own
    )
    proof = activity.evidence(observed, body, visits, limits, menses)
    return Model(
        study, n, streams, treated, streams.uniform("model.language") < n["site.chinese"], body, visits,
        Clock.of(starts(streams, treated, visits.weekday, n)), limits, history.history(who, low3, low4, n),
        signs.vitals(body, visits, n), full, seen, menses, proof,
        activity.sledai(body, visits, visits.held, proof, study), truth, activity.pga(truth, body, visits, n),
    )  # fmt: skip
