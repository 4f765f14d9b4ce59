"""Activity forms: SLEDAI-2K, BILAG-2004, PGA and what stands beside them, as the physician fills them in."""

from __future__ import annotations

import numpy as np

from carnet.instruments import BILAG2004
from carnet.simulate import bilag
from carnet.simulate.activity import CAUSES, DRUG, ITEMS, LABORATORY, POINTS, SEEN
from carnet.simulate.clock import Text, number, pick, yes
from carnet.simulate.curves import at
from carnet.simulate.model import Model
from carnet.simulate.people import which
from carnet.simulate.samples import due
from carnet.simulate.sheet import Sheet, at_visits
from carnet.simulate.streams import Booleans, Floats, Integers

NOT_MEASURED, NOT_JUDGED, NOT_ASSESSED = "Not measured at this visit", "Cause not judged", "Not assessed"


def sheets(m: Model) -> list[Sheet]:
    """Return the sheets of the forms of lupus activity."""
    return [_sledai(m), _questions(m), _bilag(m), _pga(m), _joints(m), _flare(m)]


def assessor(m: Model) -> Text:
    """Return who rates each person: one of two physicians, always the same."""
    return np.where(m.streams.uniform("assessor") < 0.7, "Dr Chen", "Dr Lin")


def not_judged(m: Model) -> dict[str, Booleans]:
    """Return where a count beyond its limit after Flu/Cy was left without a cause."""
    drawn = m.streams.uniform("sledai.not_judged", len(m.calendar.codes)) < m.numbers["missing.not_judged"]
    return {
        key: drawn & m.proof[key].beyond & (m.sledai.cause[key] == DRUG)
        for key in ("thrombocytopenia", "leukopenia")
    }


def skipped(m: Model) -> Booleans:
    """Return which SLEDAI-2K items nobody assessed: never a laboratory item, never before treatment."""
    drawn = (
        m.streams.uniform("sledai.missing", len(ITEMS), len(m.calendar.codes))
        < m.numbers["missing.sledai_item"]
    )
    drawn[:, [ITEMS.index(key) for key in LABORATORY]] = False
    drawn[:, :, m.calendar.at("SCR", "BL")] = False
    return drawn


def state(m: Model) -> Floats:
    """Return SLEDAI-2K as the form has it: 1, 0, or not a number where the item is unknown."""
    present = np.where(skipped(m), np.nan, m.sledai.present)
    for key, where in not_judged(m).items():
        i = ITEMS.index(key)
        present[:, i] = np.where(where & (present[:, i] == 0), np.nan, present[:, i])
    return present


def _sledai(m: Model) -> Sheet:
    sheet, p, v = at_visits("sledai2k", m.calendar, due(m.study, "sledai2k", m.calendar))
    day = m.calendar.day[p, v]
    sheet.put(sledai_date=m.clock.date(p, day), sledai_assessor=assessor(m)[p])
    answers, blank = state(m), not_judged(m)
    total = np.zeros(len(p))
    for i, key in enumerate(ITEMS):
        answer = answers[p, i, v]
        total += np.nan_to_num(answer) * POINTS[i]
        known = ~np.isnan(answer)
        last = m.sledai.last[p, i, v]
        before = np.where((last > day - 100) & (last > -900) & known, last, np.nan)
        sheet.put(
            **{
                f"sledai_{key}": np.where(known, yes(answer == 1), ""),
                f"sledai_{key}_last": m.clock.date(p, before),
            }
        )
        unjudged = blank[key][p, v] if key in blank else np.zeros(len(p), bool)
        sheet.gap(f"sledai_{key}", ~known & ~unjudged, NOT_MEASURED if key in LABORATORY else NOT_ASSESSED)
        sheet.gap(f"sledai_{key}", ~known & unjudged, NOT_JUDGED)
        if key in m.sledai.asked and key != "urinary_casts":
            cause = np.where(unjudged, len(CAUSES) - 1, m.sledai.cause[key][p, v])
            asked = m.sledai.asked[key][p, v] & (known | unjudged)
            sheet.put(**{f"sledai_{key}_due": np.where(asked, pick(list(CAUSES), cause), "")})
    whole = ~np.isnan(answers[p, :, v]).any(axis=1)
    sheet.put(sledai_total=np.where(whole, number(total, 0), ""))
    return sheet


def _questions(m: Model) -> Sheet:
    sheet, p, v = at_visits("activity_questions", m.calendar, due(m.study, "activity_questions", m.calendar))
    seen = [
        at(m.body.disease.activity[:, i], m.calendar.day)[p, v] > SEEN for i in which("haemolysis", "gut")
    ]
    sheet.put(
        activity_date=m.clock.date(p, m.calendar.day[p, v]), haemolysis=yes(seen[0]), gi_activity=yes(seen[1])
    )
    return sheet


def bilag_missing(m: Model) -> Booleans:
    """Return at which visits BILAG-2004 was not done though it was due."""
    lost = m.streams.uniform("bilag.missing", len(m.calendar.codes)) < m.numbers["missing.bilag"]
    lost[:, m.calendar.at("SCR", "BL")] = False
    return lost


def _bilag(m: Model) -> Sheet:
    """Return BILAG-2004: measured values as reported and whether lupus is their cause; the rest over four weeks."""
    sheet, p, v = at_visits("bilag2004", m.calendar, due(m.study, "bilag2004", m.calendar))
    done = ~bilag_missing(m)[p, v]
    sheet.put(
        bilag_date=np.where(done, m.clock.date(p, m.calendar.day[p, v]), ""),
        bilag_assessor=np.where(done, assessor(m)[p], ""),
    )
    for name in ("bilag_date", "bilag_assessor"):
        sheet.gap(name, ~done, NOT_ASSESSED)
    answers, due_to = bilag.answers(m, m.samples.values), bilag.attributed(m)
    for item in BILAG2004.form.items:
        value = answers[item.id][p, v]
        known = ~np.isnan(value) & done
        text = yes(value == 1) if item.type == "boolean" else number(value, bilag.DECIMALS.get(item.id, 0))
        sheet.put(**{item.id: np.where(known, text, "")})
        sheet.gap(item.id, done & ~known, NOT_MEASURED)
        sheet.gap(item.id, ~done, NOT_ASSESSED)
        if item.id in due_to:
            sheet.put(**{f"{item.id}_due": np.where(known, yes(due_to[item.id][p, v]), "")})
    return sheet


def _pga(m: Model) -> Sheet:
    sheet, p, v = at_visits("pga", m.calendar, due(m.study, "pga", m.calendar))
    sheet.put(
        pga_date=m.clock.date(p, m.calendar.day[p, v]),
        pga_assessor=assessor(m)[p],
        pga=number(m.pga[p, v], 2),
    )
    lost = m.streams.uniform("pga.missing", len(m.calendar.codes))[p, v] < m.numbers["missing.form"]
    sheet.gap("pga", lost & ~np.isin(sheet.visit, ["SCR", "BL"]), NOT_ASSESSED)
    return sheet


def joints(m: Model, p: Integers, v: Integers) -> tuple[Floats, Floats]:
    """Return how many joints swell at the most, and how many are swollen at each visit."""
    (arthritis,) = which("arthritis")
    inflamed = at(m.body.disease.activity[:, arthritis], m.calendar.day)[p, v]
    most = 3 + 14 * m.streams.uniform("joints.most")[p]
    return most, np.where(inflamed > SEEN, np.maximum(2, np.round(most * 0.6 * np.minimum(inflamed, 1))), 0)


def _joints(m: Model) -> Sheet:
    sheet, p, v = at_visits("joint_count", m.calendar, due(m.study, "joint_count", m.calendar))
    inflamed, sore = (
        at(m.body.disease.activity[:, i], m.calendar.day)[p, v] for i in which("arthritis", "arthralgia")
    )
    most, swollen = joints(m, p, v)
    tender = np.where(
        inflamed > SEEN,
        np.maximum(swollen, np.round(most * np.minimum(inflamed, 1))),
        np.where(sore > SEEN, np.round(1 + 3 * sore), 0),
    )
    sheet.put(
        joint_date=m.clock.date(p, m.calendar.day[p, v]), joints_tender=number(np.minimum(tender, 28), 0),
        joints_swollen=number(np.minimum(swollen, 28), 0),
    )  # fmt: skip
    return sheet


def _flare(m: Model) -> Sheet:
    """Return the flare index since the last assessment: what flared, and what scores and treatment say."""
    there = due(m.study, "flare", m.calendar)
    sheet, p, v = at_visits("flare", m.calendar, there)
    day = m.calendar.day[p, v]
    earlier = np.where(there[p] & (m.calendar.day[p] < day[:, None]), m.calendar.day[p], -6).max(axis=1)
    onset = m.body.disease.flare_day[p]
    inside = (onset > earlier[:, None]) & (onset <= day[:, None])
    any_flare = inside.any(axis=1)
    worst = np.where(inside, m.body.disease.flare_grade[p], -1).max(axis=1)
    when = np.where(inside, onset, np.nan)
    first = np.fmin(when[:, 0], when[:, 1])
    dose = at(m.body.steroid.dose, m.calendar.day)[p, v]
    high = dose > 0.5 * m.people.weight[p]
    before = _at_day(m, earlier)
    raised = dose > at(m.body.steroid.dose, m.calendar.day)[p, before]
    drug = m.body.steroid.drug_start[p]
    started = (drug > earlier) & (drug <= day)
    severe, flares = (worst == 2) | started, any_flare | raised
    first = np.fmin(first, np.where(started, drug, np.nan))
    rise = m.truth.total[p, v] - m.truth.total[p, before]
    pga_rise = m.pga[p, v] - m.pga[p, before]
    sheet.put(
        flare_date=m.clock.date(p, day),
        flare_class=np.where(severe, "SEVERE", np.where(flares, "MILD OR MODERATE", "NONE")),
        flare_onset=m.clock.date(p, first), flare_sledai=yes(rise >= 3),
        flare_manifestation_mild=yes(any_flare & (worst < 2)), flare_manifestation_severe=yes(worst == 2),
        flare_prednisone_half=yes(raised & ~high), flare_prednisone_high=yes(raised & high),
        flare_drug_mild="N", flare_drug_severe=yes(started), flare_hospital=yes(worst == 2),
        flare_pga_rise=yes(pga_rise >= 1), flare_pga_high=yes(m.pga[p, v] > 2.5),
    )  # fmt: skip
    return sheet


def _at_day(m: Model, day: np.ndarray) -> np.ndarray:
    """Return the position of the visit held on or nearest to a day, row by row of the flare sheet."""
    there = due(m.study, "flare", m.calendar)
    p = np.nonzero(there)[0]
    apart = np.where(m.calendar.held[p], np.abs(m.calendar.day[p] - day[:, None]), 9999)
    return apart.argmin(axis=1)
