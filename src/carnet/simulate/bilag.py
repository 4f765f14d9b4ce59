"""BILAG-2004 of the model: what changed over four weeks, which values were measured, and what lupus did to them."""

from __future__ import annotations

import numpy as np

from carnet.instruments import BILAG2004
from carnet.simulate.activity import ITEMS, SEEN, counterfactual
from carnet.simulate.calendar import Calendar
from carnet.simulate.curves import FIRST, at
from carnet.simulate.laboratory import Body, Values
from carnet.simulate.laboratory_forms import coombs
from carnet.simulate.model import Model
from carnet.simulate.numbers import table
from carnet.simulate.people import which
from carnet.simulate.streams import Booleans, Floats, Integers

SEDIMENT = ("haematuria", "pyuria", "urinary_casts")
MG_PER_MMOL = 8.84
"""Milligrams of creatinine per mmol, over 1000 the ratio of g/g to mg/mmol."""
DECIMALS = {
    "bilag_uacr": 1, "bilag_upcr": 1, "bilag_urine_protein_24h": 2, "bilag_haemoglobin": 1,
    "bilag_white_cell_count": 2, "bilag_neutrophils": 2, "bilag_lymphocytes": 2,
}  # fmt: skip
COUNTS = {"white_cell_count": "wbc", "neutrophils": "neut", "lymphocytes": "lym", "platelets": "plat"}


def answers(m: Model, values: Values) -> Values:
    """Return every answer of BILAG-2004 by item: numbers, codes, 1 and 0; not a number where not measured."""
    codes, measured, facts = ordinals(m.body, m.calendar), _measured(m, values), _facts(m, values)
    absent = np.zeros(m.calendar.day.shape)
    known = {**{f"bilag_{k}": v for k, v in {**measured, **facts}.items()}, **codes}
    return {item.id: np.asarray(known.get(item.id, absent), float) for item in BILAG2004.form.items}


def bilag_code(activity: Floats, day: Integers) -> Integers:
    """Return 0 absent, 1 improving, 2 same, 3 worse or 4 new, from the last 4 weeks against the 4 before."""
    running = np.concatenate([np.zeros((len(activity), 1)), np.cumsum(activity, axis=1)], axis=1)

    def mean(first: int, last: int) -> Floats:
        index = np.clip(day - FIRST, 60, activity.shape[1] - 1)
        high = np.take_along_axis(running, index + 1 + last, axis=1)
        return (high - np.take_along_axis(running, index + first, axis=1)) / (last - first + 1)

    now, before, fortnight, week = mean(-27, 0), mean(-55, -28), mean(-13, 0), mean(-6, 0)
    absent = now <= SEEN / 28
    new = (before <= SEEN / 28) & ~absent
    better = (week <= SEEN / 7) | (fortnight <= 0.6 * before)
    worse = now >= 1.25 * before
    code = np.where(better & ~(new & (week > SEEN / 7)), 1, np.where(worse, 3, 2))
    return np.where(absent, 0, np.where(new & (week > SEEN / 7), 4, code))


def ordinals(body: Body, calendar: Calendar) -> dict[str, Integers]:
    """Return the codes of the BILAG-2004 items that are compared over time; items not named are absent."""
    rows = list(table("manifestations").iter_rows(named=True))
    codes: dict[str, Integers] = {}
    for m, row in enumerate(rows):
        if not row["bilag_mild"]:
            continue
        code = bilag_code(body.disease.activity[:, m], calendar.day)
        severe = body.people.severe[:, m, None]
        for item, mine in ((row["bilag_mild"], ~severe), (row["bilag_severe"], severe)):
            here = np.where(mine, code, 0)
            codes[item] = np.maximum(codes.get(item, np.zeros_like(here)), here)
    return codes


def _measured(m: Model, x: Values) -> Values:
    """Return the values that BILAG-2004 takes over from the other forms, in its units."""
    dip = np.searchsorted([0.25, 0.6, 1.6], m.values["upcr"]).astype(float)
    return {
        "systolic_bp": m.vitals.systolic[..., 0], "diastolic_bp": m.vitals.diastolic[..., 0],
        "urine_dipstick_protein": np.where(np.isnan(x["urine_rbc"]), np.nan, dip),
        "uacr": x["uacr"] / MG_PER_MMOL, "upcr": x["upcr"] * 1000 / MG_PER_MMOL,
        "urine_protein_24h": x["prot24"], "creatinine": x["creat"], "gfr": x["gfre"],
        "haemoglobin": x["hgb"] / 10, "white_cell_count": x["wbc"], "neutrophils": x["neut"],
        "lymphocytes": x["lym"], "platelets": x["plat"],
    }  # fmt: skip


def attributed(m: Model) -> dict[str, Booleans]:
    """Return where each value is put down to lupus: not pressure without nephritis, not counts after Flu/Cy."""
    renal = m.people.has[:, which("proteinuria", "haematuria", "pyuria", "urinary_casts")]
    kidney = np.any(renal, axis=1, keepdims=True)
    shape = m.calendar.day.shape
    due_to = dict.fromkeys(
        ("urine_dipstick_protein", "uacr", "upcr", "urine_protein_24h", "creatinine", "gfr"),
        np.ones(shape, bool),
    )
    due_to |= dict.fromkeys(("systolic_bp", "diastolic_bp"), np.broadcast_to(kidney, shape))
    alone = counterfactual(m.values, m.body, m.calendar)
    after = (m.calendar.day >= -5) & m.treated[:, None]
    for key, test in COUNTS.items():
        brought_down = after & (alone[test] >= m.ranges.low(test, m.people)[:, None]) | (
            after & (alone[test] > 1.12 * m.values[test])
        )
        due_to[key] = ~brought_down
    haemolysis = at(m.body.disease.activity[:, which("haemolysis")[0]], m.calendar.day) > SEEN
    due_to["haemoglobin"] = haemolysis | ~(after & (m.calendar.day < 75))
    return {f"bilag_{key}": where for key, where in due_to.items()}


def _facts(m: Model, x: Values) -> dict[str, Booleans]:
    """Return the answers of BILAG-2004 that are yes or no."""
    shape = m.calendar.day.shape
    never = np.zeros(shape, bool)
    haemolysis = at(m.body.disease.activity[:, which("haemolysis")[0]], m.calendar.day) > SEEN
    with np.errstate(invalid="ignore"):
        nephrotic = (x["upcr"] >= 3.5) & (x["alb"] < 30)
    sediment = np.any([m.sledai.present[:, ITEMS.index(key)] == 1 for key in SEDIMENT], axis=0)
    recent = (m.calendar.day - m.history.biopsy_day[:, None]) < 91
    return {
        "accelerated_hypertension": never, "nephrotic_syndrome": nephrotic,
        "active_urinary_sediment": sediment, "active_nephritis": recent & (m.history.nephritis > 1)[:, None],
        "active_haemolysis": haemolysis, "coombs_isolated": coombs(m) & ~haemolysis,
    }  # fmt: skip
