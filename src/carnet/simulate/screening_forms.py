"""Screening forms: consent, criteria, demography, the history of lupus and its treatment, imaging."""

from __future__ import annotations

import numpy as np

from carnet.simulate.clock import DAY, number, pick, yes
from carnet.simulate.history import CLASSES, SYSTEMS
from carnet.simulate.model import Model
from carnet.simulate.numbers import column, table
from carnet.simulate.people import which
from carnet.simulate.samples import asked, due
from carnet.simulate.screening import found, judged
from carnet.simulate.sheet import Sheet, at_visits, in_log
from carnet.simulate.streams import Floats, Integers

YEAR = 365.25


def sheets(m: Model) -> list[Sheet]:
    """Return the sheets of the forms of screening."""
    return [
        _consent(m),
        _eligibility(m),
        _demography(m),
        _lupus(m),
        _therapies(m),
        _conditions(m),
        _imaging(m),
    ]


def _screening_day(m: Model) -> Integers:
    return m.calendar.day[:, 0]


def _consent(m: Model) -> Sheet:
    sheet, p, _ = at_visits("consent", m.calendar, due(m.study, "consent", m.calendar))
    sheet.put(consent_datetime=m.clock.moment(p, sheet.minute - 55), consent_version="2.0", consent_again="N")
    return sheet


def _eligibility(m: Model) -> Sheet:
    """Return the criteria answered at each visit by the values known then; the judgement waits for the laboratory."""
    sheet, p, _ = at_visits("eligibility", m.calendar, due(m.study, "eligibility", m.calendar))
    at_screening, before = judged(m, "SCR"), judged(m, "BL")
    later = sheet.visit != "SCR"
    sheet.minute = np.where(later, sheet.minute + 200, sheet.minute + 4 * DAY)
    eligible = np.ones(len(sheet), bool)
    items = {item.id: item for item in m.study.form("eligibility").items}
    for criterion in m.study.criteria:
        id = f"elig_{criterion.id.lower()}"
        said = np.where(later, before[criterion.id][p], at_screening[criterion.id][p])
        eligible &= said == (criterion.kind == "INCLUSION")
        sheet.put(**{id: yes(said)})
        if f"{id}_value" in items and criterion.limits:
            item = criterion.limits[0].item
            value = np.where(later, found(m, "BL", item)[p], found(m, "SCR", item)[p])
            decimals = m.study.items[item].decimals if item in m.study.items else 0
            sheet.put(**{f"{id}_value": number(value, decimals or 0)})
    sheet.put(
        elig_date=m.clock.date(p, np.floor(sheet.minute / DAY)), elig_eligible=yes(eligible), elig_waiver="N",
        elig_enrolled=np.where((sheet.visit == "BL") & eligible, m.clock.moment(p, sheet.minute + 30), ""),
    )  # fmt: skip
    return sheet


def _demography(m: Model) -> Sheet:
    sheet, p, _ = at_visits("demography", m.calendar, due(m.study, "demography", m.calendar))
    born = m.clock.date(p, np.floor(_screening_day(m) - m.people.age * YEAR)[p])
    han = m.streams.uniform("screening.han") < m.numbers["screening.han"]
    sheet.put(
        birth_date=born, sex=np.where(m.people.female[p], "F", "M"), race="ASIAN",
        ethnic="NOT HISPANIC OR LATINO", ethnic_group=np.where(han[p], "HAN", "OTHER"),
        childbearing=np.where(m.people.female[p], yes(m.history.fertile[p]), ""),
    )  # fmt: skip
    return sheet


def _lupus(m: Model) -> Sheet:
    """Return the history of lupus: dates, what failed, classification, systems ever involved, earlier values."""
    sheet, p, _ = at_visits("sle_history", m.calendar, due(m.study, "sle_history", m.calendar))
    first = _screening_day(m) - m.people.duration * YEAR
    lag = np.minimum(30 + 300 * m.streams.uniform("screening.lag"), m.people.duration * YEAR * 0.6)
    exact = m.streams.uniform("screening.exact")
    diagnosis = m.clock.date(p, (first + lag)[p])
    symptom = m.clock.date(p, first[p])
    refractory = m.streams.uniform("screening.refractory") < m.numbers["screening.refractory"]
    sheet.put(
        sle_diagnosis=np.where(exact[p] < 0.4, diagnosis, diagnosis.astype("<U7")),
        sle_first_symptom=symptom.astype("<U7"),
        sle_refractory=np.where(refractory[p], "REFRACTORY", "RELAPSED"), sle_steroid_failed="Y",
        sle_six_months="Y", sle_agents_failed=np.char.mod("%d", _agents(m))[p],
        nephritis_class=pick(list(CLASSES), m.history.nephritis)[p],
        nephritis_biopsy=m.clock.date(p, m.history.biopsy_day[p]), eularacr_ana="Y",
        eularacr_total=np.char.mod("%d", m.history.points)[p],
        **{item: yes(ever[p]) for item, ever in m.history.ever.items()},
        **{f"bilag_{system}_ever": yes(m.history.systems[system][p]) for system in SYSTEMS},
    )  # fmt: skip
    _earlier(m, sheet, p)
    return sheet


def _earlier(m: Model, sheet: Sheet, p: Integers) -> None:
    """Write the earlier values that BILAG-2004 compares with: some weeks old, a little better or worse."""
    weeks = m.numbers["screening.earlier_days"] * (0.7 + 0.6 * m.streams.uniform("screening.earlier"))
    factor = np.exp(m.numbers["screening.earlier_sd"] * m.streams.normal("screening.earlier_value", 4))
    rising = m.people.has[:, which("proteinuria")[0]]
    protein = m.values["upcr"][:, 0] * factor[:, 0] * np.where(rising, 0.85, 1.0)
    daily = m.values["prot24"][:, 0] * factor[:, 0] * np.where(rising, 0.85, 1.0)
    creatinine = m.values["creat"][:, 0] * np.exp(0.25 * np.log(factor[:, 1]))
    day = (_screening_day(m) - np.round(weeks))[p].astype(float)
    dip = np.searchsorted([0.25, 0.6, 1.6], protein)
    given = {
        "systolic_bp": (m.vitals.systolic[:, 0, 0], 0), "diastolic_bp": (m.vitals.diastolic[:, 0, 0], 0),
        "urine_dipstick_protein": (dip.astype(float), 0), "upcr": (protein * 1000 / 8.84, 1),
        "urine_protein_24h": (daily, 2), "creatinine": (creatinine, 1),
        "gfr": (np.minimum(m.values["gfre"][:, 0] * m.values["creat"][:, 0] / creatinine, 140), 0),
    }  # fmt: skip
    for key, (value, decimals) in given.items():
        sheet.put(**{f"prior_{key}": number(value[p], decimals), f"prior_{key}_date": m.clock.date(p, day)})


def _drugs(m: Model) -> tuple[Integers, Integers]:
    """Return who had which earlier drug, as positions of persons and of rows of the table."""
    n = len(table("therapies"))
    had = m.streams.uniform("therapies.had", n) < column("therapies", "chance")
    drug = table("therapies")["drug"].to_list()
    agents = np.array(
        [
            c in ("IMMUNOSUPPRESSANT", "CYTOTOXIC", "BIOLOGIC", "B-CELL DEPLETING")
            for c in table("therapies")["class"]
        ]
    )
    few = (had & agents).sum(axis=1) < 2
    had[few] |= np.isin(drug, ["Mycophenolate mofetil", "Cyclophosphamide"])
    person, row = np.nonzero(had)
    return person, row


def _agents(m: Model) -> Integers:
    """Return how many immunomodulators each person had."""
    p, k = _drugs(m)
    counted = (column_text("class")[k] != "GLUCOCORTICOID") & (column_text("class")[k] != "ANTIMALARIAL")
    return np.bincount(p[counted], minlength=len(m))


def column_text(name: str) -> np.ndarray:
    """Return a text column of the table of earlier therapies."""
    return np.array(table("therapies")[name].to_list())


def _therapies(m: Model) -> Sheet:
    p, k = _drugs(m)
    count = len(table("therapies"))
    first = _screening_day(m) - m.people.duration * YEAR + 60
    spread = m.streams.uniform("therapies.start", count)[p, k]
    stays = column_text("stays")[k] == "Y"
    last = -5 - column("therapies", "stop_before")[k] * (
        1 + 1.5 * m.streams.uniform("therapies.stop", count)[p, k]
    )
    last = np.minimum(last, np.where(column("therapies", "stop_before")[k] > 20, -30, -19))
    begin = np.where(column_text("first")[k] == "Y", first[p], first[p] + spread * 0.6 * (last - first[p]))
    sheet, order = in_log("prior_therapy", p, begin)
    p, k, stays, begin, last = p[order], k[order], stays[order], begin[order], last[order]
    why = m.streams.uniform("therapies.why", count)[p, k]
    reason = np.where(
        last > -30,
        "REQUIRED BY PROTOCOL",
        pick(["LACK OF EFFICACY", "LOSS OF EFFICACY", "ADVERSE EVENT"], np.searchsorted([0.55, 0.85], why)),
    )
    response = pick(
        ["NONE", "PARTIAL", "COMPLETE"],
        np.searchsorted([0.45, 0.92], m.streams.uniform("therapies.response", count)[p, k]),
    )
    sheet.minute = _screening_day(m)[p] * DAY + 620.0
    sheet.put(
        prior_drug=column_text("drug")[k], prior_class=column_text("class")[k],
        prior_start=m.clock.date(p, begin).astype("<U7"),
        prior_stop=np.where(stays, "", m.clock.date(p, last)), prior_ongoing=yes(stays),
        prior_max_dose=np.char.mod("%g", column("therapies", "dose")[k]), prior_unit=column_text("unit")[k],
        prior_stop_reason=np.where(stays, "", reason), prior_response=response,
    )  # fmt: skip
    return sheet


def _conditions(m: Model) -> Sheet:
    rows = table("conditions")
    has = m.streams.uniform("conditions.has", len(rows)) < column("conditions", "chance")
    kidney = (m.history.nephritis > 0)[:, None]
    has &= kidney | np.array([need != "kidney" for need in rows["needs"]])
    p, k = np.nonzero(has)
    back = 60 + m.streams.uniform("conditions.start", len(rows))[p, k] * (m.people.duration[p] * YEAR - 60)
    begin = _screening_day(m)[p] - back
    sheet, order = in_log("medical_history", p, begin)
    p, k, begin = p[order], k[order], begin[order]
    ongoing = np.array(rows["ongoing"].to_list())[k] == "Y"
    stop = begin + np.minimum(30.0, -begin + _screening_day(m)[p] - 5)
    sheet.minute = _screening_day(m)[p] * DAY + 640.0
    sheet.put(
        mh_term=np.where(m.chinese[p], np.array(rows["term_zh"].to_list())[k], np.array(rows["term"].to_list())[k]),
        mh_decod=np.array(rows["decod"].to_list())[k], mh_soc=np.array(rows["soc"].to_list())[k],
        mh_start=m.clock.date(p, begin).astype("<U7"),
        mh_stop=np.where(ongoing, "", m.clock.date(p, stop).astype("<U7")), mh_ongoing=yes(ongoing),
        mh_grade=np.where(ongoing, np.array([str(g or "") for g in rows["grade"]])[k], ""),
    )  # fmt: skip
    return sheet


def _imaging(m: Model) -> Sheet:
    """Return the echocardiogram, and the chest CT where it is planned, as repeats of one form."""
    planned = due(m.study, "imaging", m.calendar)
    both = np.array(
        ["ct_result" in asked(m.study, "imaging", code) and code == "SCR" for code in m.calendar.codes]
    )
    one, p1, v1 = at_visits("imaging", m.calendar, planned)
    times = np.where(both[v1], 2, 1)
    row = np.repeat(np.arange(len(p1)), times)
    repeat = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times) + 1
    p, v = p1[row], v1[row]
    sheet = Sheet("imaging", p, one.visit[row], repeat, one.minute[row] + 60)
    echo = repeat == 1
    chest = np.any(m.people.has[:, which("pleurisy", "pericarditis")], axis=1, keepdims=True)[p, 0]
    serositis = chest & (m.calendar.day[p, v] < 0)
    lvef: Floats = np.round(
        m.history.lvef[p]
        + np.where(v == 0, 0, 1.5 * m.streams.normal("imaging.lvef", len(m.calendar.codes))[p, v])
    )
    sheet.put(
        imaging_date=m.clock.date(p, m.calendar.day[p, v]),
        imaging_type=np.where(echo, "ECHOCARDIOGRAM", "CHEST CT"), lvef=np.where(echo, number(lvef, 0), ""),
        effusion=np.where(echo, np.where(serositis, "SMALL", "NONE"), ""),
        ct_result=np.where(echo, "", np.where(serositis, "ABNORMAL, CLINICALLY SIGNIFICANT", "NORMAL")),
        imaging_findings=np.where(serositis, "Small effusion", ""),
    )  # fmt: skip
    return sheet
