"""Activity: what the physician sees and judges, SLEDAI-2K items, BILAG-2004 answers and the PGA."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.instruments import SLEDAI2K
from carnet.simulate.calendar import Calendar
from carnet.simulate.curves import DAYS, at
from carnet.simulate.infections import URINARY
from carnet.simulate.laboratory import Body, Values
from carnet.simulate.numbers import Numbers
from carnet.simulate.people import KEYS, which
from carnet.simulate.ranges import Ranges
from carnet.simulate.streams import Booleans, Floats, Integers
from carnet.study import Study

ITEMS: tuple[str, ...] = tuple(item.id.removeprefix("sledai_") for item in SLEDAI2K.form.items)
POINTS: Integers = np.array([item.points for item in SLEDAI2K.form.items])
SEROLOGICAL: Booleans = np.array(["serological" in item.groups for item in SLEDAI2K.form.items])
LABORATORY = (
    "urinary_casts",
    "haematuria",
    "proteinuria",
    "pyuria",
    "low_complement",
    "anti_dsdna",
    "thrombocytopenia",
    "leukopenia",
)
SEEN = 0.05
"""Activity below which a manifestation is no longer seen."""
NEVER = -9999.0


@dataclass(frozen=True)
class Evidence:
    """A laboratory item at each visit: sampled, beyond its limit, by lupus (and not a drug or an infection)."""

    known: Booleans
    beyond: Booleans
    lupus: Booleans
    cause: Integers


LUPUS, DRUG, INFECTION, OTHER = range(4)
CAUSES = ("LUPUS", "DRUG", "INFECTION", "OTHER", "NOT JUDGED")


@dataclass(frozen=True)
class Sledai:
    """SLEDAI-2K at each visit: each item (1, 0, not a number for unknown), the day it was last present, its cause.

    A cause is asked for wherever a sample, or fever, of the longer look-back was beyond its limit.
    """

    present: Floats
    last: Floats
    cause: dict[str, Integers]
    asked: dict[str, Booleans]

    @property
    def total(self) -> Floats:
        """The total; not a number where an item is unknown."""
        return (self.present * POINTS[:, None]).sum(axis=1)

    @property
    def clinical(self) -> Floats:
        """The total without the serological items."""
        return (self.present * np.where(SEROLOGICAL, 0, POINTS)[:, None])[:, ~SEROLOGICAL].sum(axis=1)


def evidence(
    values: Values, body: Body, calendar: Calendar, ranges: Ranges, menses: Booleans
) -> dict[str, Evidence]:
    """Return what the values of each visit say of each laboratory item."""
    people, day, shape = body.people, calendar.day, calendar.day.shape
    urinary = np.zeros(shape, bool)
    for k in range(body.infections.start.shape[1]):
        there = (body.infections.start[:, k, None] - 1 <= day) & (day <= body.infections.stop[:, k, None])
        urinary |= there & (body.infections.kind[:, k, None] == URINARY)
    alone = counterfactual(values, body, calendar)
    low3, low4 = (values[c] < ranges.low(c, people)[:, None] for c in ("c3", "c4"))
    both = ~np.isnan(values["c3"]) & ~np.isnan(values["c4"])
    protein = np.where(np.isnan(values["prot24"]), values["upcr"], values["prot24"])
    casts = at(body.disease.activity[:, which("urinary_casts")[0]], day) > SEEN
    urine = ~np.isnan(values["urine_rbc"])

    def found(known: Booleans, beyond: Booleans, cause: Integers | int) -> Evidence:
        causes = np.broadcast_to(cause, shape)
        return Evidence(known, beyond & known, beyond & known & (causes == LUPUS), causes)

    blood = np.where(urinary, INFECTION, np.where(menses, OTHER, LUPUS))
    binding = values["dsdna"] > ranges.high("dsdna", people)[:, None]
    few = {key: np.where(alone[key] < limit, LUPUS, DRUG) for key, limit in (("plat", 100), ("wbc", 3))}
    return {
        "urinary_casts": found(urine, casts, LUPUS),
        "haematuria": found(urine, values["urine_rbc"] > 5, blood),
        "pyuria": found(~np.isnan(values["urine_wbc"]), values["urine_wbc"] > 5, np.where(urinary, INFECTION, LUPUS)),
        "proteinuria": found(~np.isnan(protein), protein > 0.5, LUPUS),
        "low_complement": found(both | low3 | low4, low3 | low4, LUPUS),
        "anti_dsdna": found(~np.isnan(values["dsdna"]), binding, LUPUS),
        "thrombocytopenia": found(~np.isnan(values["plat"]), values["plat"] < 100, few["plat"]),
        "leukopenia": found(~np.isnan(values["wbc"]), values["wbc"] < 3, few["wbc"]),
    }  # fmt: skip


def counterfactual(values: Values, body: Body, calendar: Calendar) -> Values:
    """Return the counts that there would be without Flu/Cy."""
    b, day = body.blood, calendar.day
    neut = values["neut"] / np.exp(at(b.neut - b.wbc_lupus, day))
    lym = values["lym"] / np.exp(at(b.lym - b.wbc_lupus, day))
    rest = values["mono"] / np.exp(at(b.mono, day)) + values["eos"]
    return {
        "neut": neut, "lym": lym, "wbc": neut + lym + rest,
        "plat": values["plat"] / np.exp(at(b.plat - b.plat_lupus, day)),
    }  # fmt: skip


def sledai(
    body: Body,
    calendar: Calendar,
    held: Booleans,
    proof: dict[str, Evidence],
    study: Study,
    own: dict[str, Evidence] | None = None,
) -> Sledai:
    """Return SLEDAI-2K at every visit: clinical items from what is active, the others from samples in the look-back.

    `held` says at which visits samples count; `own`, where given,
    stands in where no sample was planned in the look-back.
    """
    day, window = calendar.day, study["sledai.window"]
    present, last = (np.full((len(day), len(ITEMS), day.shape[1]), np.nan) for _ in range(2))
    cause, where = {}, {}
    for i, key in enumerate(ITEMS):
        if key in LABORATORY:
            seen = proof[key]
            when = _latest(seen.lupus, day, held)
            sampled = _latest(seen.known, day, held) >= day - window
            present[:, i] = np.where(when >= day - window, 1.0, np.where(sampled, 0.0, np.nan))
            if own is not None:
                present[:, i] = np.where(np.isnan(present[:, i]), own[key].lupus, present[:, i])
            latest = _latest(seen.beyond, day, held)
            where[key] = latest >= day - study["sledai.window_sensitivity"]
            at_latest = (day[:, None, :] == latest[:, :, None]) & held[:, None, :]
            earlier = np.take_along_axis(seen.cause, at_latest.argmax(axis=2), axis=1)
            cause[key] = np.where(present[:, i] == 1, LUPUS, earlier)
        else:
            active = body.disease.activity[:, KEYS.index(key)] > SEEN
            when = at(np.maximum.accumulate(np.where(active, DAYS, NEVER), axis=1), day)
            present[:, i] = when >= day - window
        last[:, i] = when
    hot = _fever_elsewhere(body, calendar, study["sledai.window_sensitivity"])
    fever = present[:, ITEMS.index("fever")] == 1
    where["fever"] = fever | (hot > LUPUS)
    cause["fever"] = np.where(fever, LUPUS, hot)
    return Sledai(present, last, cause, where)


def _latest(there: Booleans, day: Integers, held: Booleans) -> Floats:
    """Return, for each visit, the latest day up to it of a visit at which something was there."""
    marks = np.where(there & held, day, NEVER).astype(float)
    earlier = day[:, None, :] <= day[:, :, None]
    return np.where(earlier, marks[:, None, :], NEVER).max(axis=2)


def _fever_elsewhere(body: Body, calendar: Calendar, window: float) -> Integers:
    """Return why there was fever in the look-back that was not lupus: a drug (the cells), an infection, 0 for none."""
    day = calendar.day[..., None]
    near = lambda start, stop: ((start[:, None] <= day) & (stop[:, None] >= day - window)).any(axis=2)  # noqa: E731
    drug = near(body.infusions.crs_onset, body.infusions.crs_stop)
    feverish = np.where(body.infections.fever, body.infections.start, np.nan)
    ill = near(feverish, feverish + 3)
    return np.where(drug, DRUG, np.where(ill, INFECTION, 0))


def pga(truth: Sledai, body: Body, calendar: Calendar, numbers: Numbers) -> Floats:
    """Return the PGA at every visit, from clinical activity now and, in part, at the visit before; more in a flare."""
    n, streams = numbers, body.people.streams
    now = truth.clinical
    order = np.argsort(np.where(calendar.held, calendar.day, 9999), axis=1, kind="stable")
    ordered = np.take_along_axis(now, order, axis=1)
    before = np.concatenate([ordered[:, :1], ordered[:, :-1]], axis=1)
    memory = np.empty_like(now)
    np.put_along_axis(memory, order, before, axis=1)
    share = n["pga.memory"] * (calendar.day > 20)
    level = (1 - share) * now + share * memory
    rater = n["pga.rater_sd"] * streams.normal("pga.rater")[:, None] + n["pga.sd"] * streams.normal(
        "pga.noise", now.shape[1]
    )
    flare = at(
        body.disease.height(*n.group("pga", "flare_mild", "flare_moderate", "flare_severe")), calendar.day
    )
    mark = n["pga.scale"] * (1 - np.exp(-n["pga.slope"] * level)) + n["pga.floor"] + flare + rater
    return np.round(np.clip(mark, 0, n["pga.scale"]) / n["pga.step"]) * n["pga.step"]
