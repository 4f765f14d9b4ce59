"""Visit forms: the visit itself, vital signs, weight, examination, ECG, fatigue and quality of life."""

from __future__ import annotations

import numpy as np

from carnet.simulate.clock import number, pick, yes
from carnet.simulate.curves import at
from carnet.simulate.model import Model
from carnet.simulate.people import which
from carnet.simulate.samples import due
from carnet.simulate.sheet import Sheet, at_visits
from carnet.simulate.vitals import INFUSION_VISITS, MINUTES

POINTS = ["PRE-DOSE", "15 MIN", "30 MIN", "60 MIN", "2 H", "4 H", "8 H"]
SIGNS = {
    "pe_skin": ("rash", "alopecia", "mucosal_ulcers", "vasculitis", "chilblains"),
    "pe_joints": ("arthritis", "myositis"), "pe_nodes": ("lymphadenopathy",), "pe_lungs": ("pleurisy",),
    "pe_heart": ("pericarditis",), "pe_abdomen": ("gut",),
}  # fmt: skip
SAID = {"pe_skin": "Active skin or mucosal lesions", "pe_joints": "Tender or swollen joints",
"pe_nodes": "Enlarged lymph nodes",
        "pe_lungs": "Pleural rub", "pe_heart": "Pericardial rub", "pe_abdomen": "Abdominal tenderness"}  # fmt: skip


def sheets(m: Model) -> list[Sheet]:
    """Return the sheets of the forms of every visit."""
    return [_visit(m), _vitals(m), _body(m), _examination(m), _ecg(m), _quality(m)]


def _visit(m: Model) -> Sheet:
    """Return the visit form: also for a visit that was missed, then without anything else."""
    sheet, p, v = at_visits("visit", m.calendar, m.calendar.held | m.calendar.missed)
    missed = m.calendar.missed[p, v]
    why = np.floor(10 * m.streams.uniform("visit.why", len(m.calendar.codes))[p, v]).astype(int)
    reason = pick(
        ["PATIENT UNAVAILABLE", "PATIENT REFUSED", "SITE REASON", "OTHER"],
        np.searchsorted([6, 7, 9], why, side="right"),
    )
    setting = np.array([m.study.visit(code).setting for code in m.calendar.codes])[v]
    sheet.put(
        visit_date=m.clock.date(p, m.calendar.day[p, v]), visit_occurred=yes(~missed),
        visit_missed_reason=np.where(missed, reason, ""), visit_contact=np.where(missed, "", "IN PERSON"),
        visit_setting=np.where(missed, "", setting),
        visit_reason=np.where(np.char.startswith(sheet.visit, "UNS"), "Symptoms between visits", ""),
    )  # fmt: skip
    return sheet


def _vitals(m: Model) -> Sheet:
    """Return the vital signs: one measurement a visit, seven around each infusion given."""
    single, p1, v1 = at_visits("vitals", m.calendar, due(m.study, "vitals", m.calendar))
    places = m.calendar.at(*INFUSION_VISITS)
    around = np.isin(v1, places) & m.body.infusions.given[p1, np.clip(np.searchsorted(places, v1), 0, 2)]
    times = np.where(around, len(MINUTES), 1)
    row = np.repeat(np.arange(len(p1)), times)
    k = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    p, v = p1[row], v1[row]
    minute = m.vitals.minute[p, v, k]
    sheet = Sheet("vitals", p, single.visit[row], k + 1, minute)
    air = ~m.vitals.oxygen[p, v, k]
    sheet.put(
        vitals_datetime=m.clock.moment(p, minute),
        vitals_timepoint=np.where(around[row], pick(POINTS, k), ""), temp=number(m.vitals.temp[p, v, k], 1),
        temp_location="AXILLA", hr=number(m.vitals.pulse[p, v, k], 0),
        resp=number(m.vitals.breathing[p, v, k], 0), sysbp=number(m.vitals.systolic[p, v, k], 0),
        diabp=number(m.vitals.diastolic[p, v, k], 0),
        vitals_position=np.where(around[row], "SEMI-RECUMBENT", "SITTING"),
        oxysat=number(m.vitals.saturation[p, v, k], 0), oxysat_at_rest="Y",
        oxygen_device=np.where(air, "ROOM AIR", "NASAL CANNULA"), oxygen_flow=np.where(air, "", "2.0"),
        vasopressor=np.where(m.vitals.pressor[p, v, k], "ONE", "NONE"),
    )  # fmt: skip
    chance = m.streams.uniform("vitals.missing", len(m.calendar.codes), len(MINUTES), 6)[p, v, k]
    for i, item in enumerate(("temp", "hr", "resp", "sysbp", "diabp", "oxysat")):
        lost = (chance[:, i] < m.numbers["missing.value"] * 0.5) & ~np.isin(sheet.visit, ["SCR", "BL"])
        sheet.gap(item, lost, "Not measured")
    return sheet


def _body(m: Model) -> Sheet:
    sheet, p, v = at_visits("body", m.calendar, due(m.study, "body", m.calendar))
    weight, height = m.vitals.weight[p, v], m.people.height[p]
    sheet.put(
        body_date=m.clock.date(p, m.calendar.day[p, v]), weight=number(weight, 1),
        height=np.where(sheet.visit == "SCR", number(height, 1), ""),
        bsa=number(np.sqrt(height * weight / 3600), 2),
    )  # fmt: skip
    return sheet


def _examination(m: Model) -> Sheet:
    sheet, p, v = at_visits("physical_exam", m.calendar, due(m.study, "physical_exam", m.calendar))
    sheet.put(
        pe_date=m.clock.date(p, m.calendar.day[p, v]),
        pe_general="NORMAL",
        pe_head="NORMAL",
        pe_eyes="NORMAL",
        pe_nerves="NORMAL",
    )
    said = np.full(len(sheet), "", dtype="<U200")
    for item, keys in SIGNS.items():
        active = np.any(
            [at(m.body.disease.activity[:, i], m.calendar.day)[p, v] > 0.05 for i in which(*keys)], axis=0
        )
        sheet.put(**{item: np.where(active, "ABNORMAL", "NORMAL")})
        joined = np.where(said == "", SAID[item], np.char.add(np.char.add(said, "; "), SAID[item]))
        said = np.where(active, joined, said)
    sheet.put(pe_findings=said)
    return sheet


def _ecg(m: Model) -> Sheet:
    sheet, p, v = at_visits("ecg", m.calendar, due(m.study, "ecg", m.calendar))
    n = m.numbers
    z = m.streams.normal("ecg.noise", len(m.calendar.codes), 4)[p, v]
    rate = np.round(m.vitals.pulse[p, v, 0] + 3 * z[:, 0])
    moves = np.where(sheet.visit == "SCR", 0, n["ecg.qtcf_sd"] * z[:, 1])  # the value that decided on entry
    corrected = np.round(m.history.qtcf[p] + moves)
    odd = corrected > n["ecg.odd_above"]
    sheet.put(
        ecg_datetime=m.clock.moment(p, sheet.minute + 20), ecg_hr=number(rate, 0),
        ecg_pr=number(n["ecg.pr"] + n["ecg.pr_sd"] * z[:, 2], 0),
        ecg_qrs=number(n["ecg.qrs"] + n["ecg.qrs_sd"] * z[:, 3], 0),
        ecg_qt=number(np.round(corrected * np.cbrt(60 / rate)), 0), ecg_qtcf=number(corrected, 0),
        ecg_interpretation=np.where(odd, "ABNORMAL, NOT CLINICALLY SIGNIFICANT", "NORMAL"),
        ecg_findings=np.where(odd, "QTcF prolonged", ""),
    )  # fmt: skip
    return sheet


def _quality(m: Model) -> Sheet:
    sheet, p, v = at_visits("quality_of_life", m.calendar, due(m.study, "quality_of_life", m.calendar))
    n = m.numbers
    z = m.streams.normal("quality.noise", len(m.calendar.codes), 3)[p, v]
    ill = np.clip(m.pga[p, v] / n["pga.scale"], 0, 1)
    scores = [
        n[f"quality.{name}_best"] - n[f"quality.{name}_fall"] * ill + n[f"quality.{name}_sd"] * z[:, i]
        for i, name in enumerate(("fatigue", "physical", "mental"))
    ]
    sheet.put(
        qol_date=m.clock.date(p, m.calendar.day[p, v]),
        facit_f=number(np.clip(np.round(scores[0]), 0, 52), 0),
        sf36_physical=number(np.clip(scores[1], 10, 70), 1),
        sf36_mental=number(np.clip(scores[2], 10, 70), 1),
    )  # fmt: skip
    return sheet
