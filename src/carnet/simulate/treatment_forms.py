"""Treatment forms: Flu/Cy, the infusions and their premedication, steroid day by day, and the review of treatment."""

from __future__ import annotations

import numpy as np

from carnet.simulate.clock import DAY, number, yes
from carnet.simulate.curves import DAYS, FIRST, at
from carnet.simulate.infusions import FEVER, INFECTION, NO_REASON, PATIENT, PLANNED, PRODUCT
from carnet.simulate.model import Model
from carnet.simulate.samples import due
from carnet.simulate.sheet import Sheet, at_visits, in_log
from carnet.simulate.streams import Booleans, Floats
from carnet.simulate.vitals import INFUSION_VISITS

GATES = ("no_infection", "no_fever", "sars_cov_2_negative", "counts", "cells_on_site")


def sheets(m: Model) -> list[Sheet]:
    """Return the sheets of the forms of treatment."""
    return [_lymphodepletion(m), _infusion(m), _premedication(m), _steroid(m), _review(m)]


def reduced(m: Model) -> Booleans:
    """Return who has the last day of fludarabine cut for an infection or a count."""
    return (m.streams.uniform("ld.reduced") < m.numbers["ld.reduced"]) & m.treated


def _lymphodepletion(m: Model) -> Sheet:
    """Return the doses: body surface of baseline, fludarabine by eGFR, a row for each drug."""
    one, p1, v1 = at_visits("ld_dose", m.calendar, due(m.study, "ld_dose", m.calendar))
    row = np.repeat(np.arange(len(p1)), 2)
    p, v = p1[row], v1[row]
    second = np.arange(len(row)) % 2 == 1
    bl = m.calendar.codes.index("BL")
    surface = np.round(np.sqrt(m.people.height * m.vitals.weight[:, bl] / 3600), 2)[p]
    gfr = m.values["gfre"][:, bl][p]
    steps = sorted(m.study["dosing.fludarabine_renal"])
    level = np.array([dose for _, dose in steps])[
        np.clip(np.searchsorted([limit for limit, _ in steps], gfr, side="right") - 1, 0, None)
    ]
    renal = level < m.study["dosing.fludarabine"]
    planned = np.where(second, m.study["dosing.cyclophosphamide"], level)
    worked_out = np.round(planned * surface, 1)
    last = np.isin(one.visit[row], ["LD3"])
    cut = reduced(m)[p] & last & ~second
    given = np.where(
        cut,
        worked_out * 0.75,
        worked_out * (1 + 0.01 * m.streams.normal("ld.given", len(m.calendar.codes), 2)[p, v, second * 1]),
    )
    start = one.minute[row] + np.where(second, 150, 60)
    sheet = Sheet("ld_dose", p, one.visit[row], second + 1, start + np.where(second, 60, 30))
    late = at(m.body.steroid.dose, m.calendar.day)[p, v] <= m.study["gate_ld.prednisone_at_most"]
    first = one.visit[row] == "LD1"
    sheet.put(
        ld_drug=np.where(second, "CYCLOPHOSPHAMIDE", "FLUDARABINE"), ld_planned=number(planned, 0),
        ld_bsa=number(surface, 2), ld_calculated=number(worked_out, 1), ld_given=number(given, 1),
        ld_start=m.clock.moment(p, start), ld_stop=m.clock.moment(p, sheet.minute),
        ld_reduction=np.where(cut, "CYTOPENIA", np.where(renal & ~second, "RENAL FUNCTION", "NONE")),
        ld_mesna=np.where(second, "Y", ""), ld_interrupted="N",
        **{f"ld_gate_{gate}": np.where(first & ~second, "Y", "") for gate in GATES},
        ld_gate_prednisone=np.where(first & ~second, yes(late), ""),
    )  # fmt: skip
    return sheet


def _infusion(m: Model) -> Sheet:
    """Return the infusions: given, delayed or omitted, with the product and the gate."""
    sheet, p, v = at_visits("cell_infusion", m.calendar, due(m.study, "cell_infusion", m.calendar))
    i = np.searchsorted(m.calendar.at(*INFUSION_VISITS), v)
    x = m.body.infusions
    given, start, stop = x.given[p, i], np.floor(x.start[p, i] * DAY), np.floor(x.stop[p, i] * DAY)
    delayed = given & (x.day[p, i] > np.array(PLANNED)[i])
    after_delay = delayed & (x.reason[p, i] == NO_REASON)
    why = np.where(after_delay, PRODUCT, x.reason[p, i])
    words = {
        FEVER: "FEVER",
        INFECTION: "INFECTION",
        PRODUCT: "PRODUCT NOT AVAILABLE",
        PATIENT: "PATIENT DECISION",
        NO_REASON: "",
    }
    reason = np.select([(why == key) & (delayed | ~given) for key in words], list(words.values()), "")
    reason = np.where(after_delay, "OTHER", reason)
    lots = np.char.add("NK24", np.char.zfill(np.char.mod("%d", 7 + 3 * p + i), 4))
    donor = np.char.add("D", np.char.zfill(np.char.mod("%d", 1 + (p // 4)), 2))
    planned = float(m.study["dosing.cells"])
    sheet.minute = np.where(given, stop + 20, start)
    z = m.streams.normal("infusion.product", 3, 2)[p, i]

    def only(text: np.ndarray | str) -> np.ndarray:
        return np.where(given, text, "")

    sheet.put(
        infusion_number=np.char.mod("%d", i + 1),
        infusion_status=np.where(delayed, "GIVEN, DELAYED", np.where(given, "GIVEN", "OMITTED")),
        infusion_reason=reason, infusion_lot=only(lots), infusion_donor=only(donor),
        infusion_thaw=only(m.clock.moment(p, start - 22)),
        infusion_viability=only(number(x.viability[p, i], 1)),
        infusion_car_percent=only(number(np.clip(68 + 7 * z[:, 0], 40, 92), 1)),
        infusion_planned=number(np.full(len(p), planned), 0),
        infusion_given=only(number(np.round(planned * x.share[p, i]), 0)),
        infusion_volume=only(number(np.round(100 + 6 * z[:, 1]), 0)),
        infusion_start=only(m.clock.moment(p, start)), infusion_stop=only(m.clock.moment(p, stop)),
        infusion_interrupted=only("N"),
    )  # fmt: skip
    hot = (why == FEVER) | (why == INFECTION)
    for gate in ("oxygen", "no_crs", "no_icans", "no_toxicity", "blood_pressure", "no_steroid"):
        sheet.put(**{f"infusion_gate_{gate}": "Y"})
    sheet.put(
        infusion_gate_afebrile_48h=yes(given | ~hot),
        infusion_gate_no_infection=yes(given | (why != INFECTION)),
        infusion_gate_pregnancy=np.where((i == 0) & m.history.fertile[p], "Y", ""),
    )  # fmt: skip
    return sheet


def _premedication(m: Model) -> Sheet:
    given = np.zeros(m.calendar.held.shape, bool)
    given[:, m.calendar.at(*INFUSION_VISITS)] = m.body.infusions.given
    one, p1, v1 = at_visits("premedication", m.calendar, due(m.study, "premedication", m.calendar) & given)
    row = np.repeat(np.arange(len(p1)), 2)
    p, second = p1[row], np.arange(len(row)) % 2 == 1
    start = np.floor(
        m.body.infusions.start[p, np.searchsorted(m.calendar.at(*INFUSION_VISITS), v1[row])] * DAY
    )
    sheet = Sheet("premedication", p, one.visit[row], second + 1, start - 40)
    sheet.put(
        premed_drug=np.where(second, "Diphenhydramine", "Paracetamol"),
        premed_class=np.where(second, "ANTIHISTAMINE", "ANALGESIC OR ANTIPYRETIC"),
        premed_dose=np.where(second, "20", "500"), premed_unit="mg",
        premed_route=np.where(second, "INTRAMUSCULAR", "ORAL"),
        premed_start=m.clock.moment(p, start - np.where(second, 35, 45)),
    )  # fmt: skip
    return sheet


def last_day(m: Model) -> Floats:
    """Return the last protocol day on which anything is known of each person."""
    return np.where(m.calendar.held, m.calendar.day, -999).max(axis=1).astype(float)


def _steroid(m: Model) -> Sheet:
    """Return the steroid log: a row for every stretch of days at one dose of the drug that the patient takes."""
    dose = np.where(
        (m.calendar.day[:, :1] <= DAYS) & (last_day(m)[:, None] >= DAYS), m.body.steroid.dose, np.nan
    )
    filled = np.nan_to_num(dose, nan=-1.0)
    rescue = m.body.steroid.rescue
    turn = np.ones(filled.shape, bool)
    turn[:, 1:] = (filled[:, 1:] != filled[:, :-1]) | (rescue[:, 1:] != rescue[:, :-1])
    p, start = np.nonzero(turn)
    stop = np.append(start[1:] - 1, len(DAYS) - 1)
    stop = np.where(np.append(p[1:] != p[:-1], True), len(DAYS) - 1, stop)
    value = filled[p, start]
    later = np.flip(np.maximum.accumulate(np.flip(filled, axis=1), axis=1), axis=1)
    keep = (value > 0) | ((value == 0) & (later[p, start] > 0) & (start + FIRST > m.calendar.day[p, 0]))
    p, start, stop, value = p[keep], start[keep], stop[keep], value[keep]
    end = stop + FIRST
    open_ended = end >= last_day(m)[p]
    methyl = (m.streams.uniform("steroid.methyl") < m.numbers["steroid.methyl"])[p]
    sheet, _ = in_log("glucocorticoid", p, (start + FIRST) * DAY + 480.0)
    sheet.put(
        gc_drug=np.where(methyl, "METHYLPREDNISOLONE", "PREDNISONE"),
        gc_dose=number(np.where(methyl, value * 0.8, value), 2), gc_route="ORAL",
        gc_reason=np.where(rescue[p, start], "RESCUE", "SLE"), gc_start=m.clock.date(p, start + FIRST),
        gc_stop=np.where(open_ended, "", m.clock.date(p, end)), gc_ongoing=yes(open_ended),
    )  # fmt: skip
    sheet.until(np.where(open_ended, np.nan, end * 1.0 * DAY), gc_stop="", gc_ongoing="Y")
    return sheet


def _review(m: Model) -> Sheet:
    sheet, p, v = at_visits("treatment_review", m.calendar, due(m.study, "treatment_review", m.calendar))
    day = m.calendar.day[p, v]
    dose = at(m.body.steroid.dose, m.calendar.day)[p, v]
    rescued = np.nan_to_num(m.body.steroid.drug_start, nan=9999)[p] <= day
    sheet.put(
        treatment_review_date=m.clock.date(p, day), cm_reviewed="Y", glucocorticoid_none=yes(dose == 0),
        standard_treatment=yes(~rescued | (dose <= 20)),
    )  # fmt: skip
    return sheet
