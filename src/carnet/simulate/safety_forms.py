"""Safety forms: adverse events and their reports, cytokine release, ICE scores, reactions, infections, death."""

from __future__ import annotations

import numpy as np
import polars as pl

from carnet.simulate.calendar import DIED
from carnet.simulate.clock import DAY, Text, number, pick, yes
from carnet.simulate.events import neurotoxicity, where_from
from carnet.simulate.model import Model
from carnet.simulate.numbers import table
from carnet.simulate.samples import due
from carnet.simulate.sheet import Sheet, at_visits, in_log
from carnet.simulate.streams import Integers
from carnet.simulate.vitals import INFUSION_VISITS

CHECKS = ("END", "15 MIN", "30 MIN", "60 MIN", "2 H", "4 H")
CHECK_MINUTES = np.array([0, 15, 30, 60, 120, 240])
SERIOUS = ("death", "life", "hospital", "disability", "congenital", "important")
TASKS = ("year", "month", "city", "hospital", "name_1", "name_2", "name_3", "command")
OUTCOMES = ["NOT RECOVERED/NOT RESOLVED", "RECOVERED/RESOLVED", "RECOVERING/RESOLVING"]


def sheets(m: Model, found: pl.DataFrame) -> list[Sheet]:
    """Return the sheets of the safety forms, given the adverse events."""
    return [
        _events(m, found),
        _reports(m, found),
        _release(m, found),
        _ice(m, found),
        _graft(m),
        _reactions(m, found),
        _infections(m, found),
        *_death(m),
    ]


def _texts(found: pl.DataFrame, name: str) -> Text:
    return np.array(found[name].fill_null("").to_list(), dtype=str)


def _numbers(values: np.ndarray) -> Text:
    return number(values, 0)


def _events(m: Model, found: pl.DataFrame) -> Sheet:
    """Return the log of adverse events."""
    p, start = found["person"].to_numpy(), found["start"].to_numpy()
    stop = found["stop"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    sheet, _ = in_log("adverse_event", p, start)
    grade, clocked, slot = (
        found["grade"].to_numpy(),
        found["clock"].to_numpy(),
        found["number"].to_numpy() - 1,
    )
    ongoing = np.isnan(stop)
    partial = m.streams.uniform("events.partial", 60)[p, slot] < m.numbers["error.partial_date"]
    partial &= (found["origin"] == "other").to_numpy()
    words = np.where(m.chinese[p], _texts(found, "term_zh"), _texts(found, "term"))
    days, hours = m.clock.date(p, np.floor(start / DAY)), m.clock.moment(p, start)
    begun = np.where(partial, days.astype("<U7"), np.where(clocked, hours, days))
    ended = np.where(
        ongoing,
        "",
        np.where(clocked, m.clock.moment(p, stop), m.clock.date(p, np.floor(np.nan_to_num(stop) / DAY))),
    )
    serious, cells = _texts(found, "serious"), _texts(found, "cells")
    better = m.streams.uniform("events.outcome", 60)[p, slot] < 0.5
    infusing = (start > -DAY) & (start < 9 * DAY)
    in_ld = start < -2 * DAY
    linked = found["infusion"].to_numpy()
    sheet.put(
        ae_term=words, ae_llt=_texts(found, "ctcae_term"),
        ae_lltcd=_numbers(found["llt"].to_numpy().astype(float)), ae_decod=_texts(found, "ctcae_term"),
        ae_soc=_texts(found, "soc"), ae_ctcae_term=_texts(found, "ctcae_term"), ae_start=begun, ae_stop=ended,
        ae_ongoing=yes(ongoing), ae_grade=_numbers(grade.astype(float)),
        ae_grade_history=_texts(found, "history"), ae_serious=yes(serious != ""),
        **{f"ae_serious_{why}": np.where(serious != "", yes(serious == why), "") for why in SERIOUS},
        ae_related_ld=_texts(found, "ld"), ae_related_cells=cells, ae_related_sle=_texts(found, "sle"),
        ae_related_procedure="NOT RELATED",
        ae_action_ld=np.where(in_ld, "DOSE NOT CHANGED", "NOT APPLICABLE"),
        ae_action_cells=np.where(infusing, "DOSE NOT CHANGED", "NOT APPLICABLE"),
        ae_treated=yes(found["treated"].to_numpy()),
        ae_outcome=np.where(ongoing, np.where(better, OUTCOMES[2], OUTCOMES[0]), OUTCOMES[1]),
        ae_aesi=_texts(found, "aesi"), ae_dlt=yes(found["dlt"].to_numpy()),
        ae_infusion=np.where(linked > 0, linked.astype(str), ""), ae_record=_texts(found, "record"),
    )  # fmt: skip
    sheet.until(stop, ae_stop="", ae_ongoing="Y", ae_outcome=OUTCOMES[0])
    return sheet


def _reports(m: Model, found: pl.DataFrame) -> Sheet:
    """Return a first report and a final one for each serious event."""
    bad = found.filter(pl.col("serious") != "")
    bad = pl.concat([bad.with_columns(kind=pl.lit(0)), bad.with_columns(kind=pl.lit(1))]).sort(
        "person", "number", "kind", maintain_order=True
    )
    p, kind, k = bad["person"].to_numpy(), bad["kind"].to_numpy(), bad["number"].to_numpy() - 1
    aware = np.floor(bad["start"].to_numpy() + 60 + 900 * m.streams.uniform("reports.aware", 60)[p, k])
    delay = 120 + 900 * m.streams.uniform("reports.delay", 60)[p, k]
    last = np.where(
        np.isnan(stops := bad["stop"].cast(pl.Float64).fill_null(float("nan")).to_numpy()),
        aware + 40 * DAY,
        stops + 5 * DAY,
    )
    sheet, order = in_log(
        "serious_event", p, np.where(kind == 1, np.maximum(last, aware + 3 * DAY), aware + delay)
    )
    p, kind, aware, delay = p[order], kind[order], aware[order], delay[order]
    words = _texts(bad, "ctcae_term")[order]
    grade = bad["grade"].to_numpy().astype(str)[order]
    story = np.char.add(
        np.char.add(words, ", grade "),
        np.char.add(grade, np.where(kind == 0, "; in hospital, treated and watched.", "; final report.")),
    )
    sheet.put(
        sae_ae=_numbers(bad["number"].to_numpy()[order].astype(float)),
        sae_kind=pick(["INITIAL", "FINAL"], kind), sae_aware=m.clock.moment(p, aware),
        sae_sponsor=np.where(kind == 0, m.clock.moment(p, aware + delay), ""),
        sae_ethics=np.where(kind == 0, m.clock.moment(p, aware + delay + 30), ""), sae_expected="Y",
        sae_narrative=story,
        sae_cause=np.where(words == "Autoimmune disorder", "Lupus", "Treatment in the study"),
    )  # fmt: skip
    return sheet


def _release(m: Model, found: pl.DataFrame) -> Sheet:
    """Return the looks for cytokine release at the visits, an episode at the first visit that saw it."""
    sheet, p, v = at_visits("crs", m.calendar, due(m.study, "crs", m.calendar))
    x = m.body.infusions
    day = m.calendar.day
    episode = np.nanmin(np.where(x.crs_grade > 0, x.crs_onset, np.inf), axis=1)
    i = np.where(x.crs_grade > 0, np.arange(3), -1).max(axis=1)
    after = np.where(due(m.study, "crs", m.calendar), day * DAY + m.calendar.minute, np.inf)
    first = np.where(after >= (episode * DAY)[:, None], after, np.inf).argmin(axis=1)
    seen = (i[p] >= 0) & (v == first[p])
    k = np.clip(i[p], 0, 2)
    grade = np.where(seen, x.crs_grade[p, k], 0)
    wrong = (m.streams.uniform("crs.mismatch")[p] < m.numbers["crs.mismatch"]) & (grade == 1)
    onset, stop = np.where(seen, x.crs_onset[p, k], np.nan), np.where(seen, x.crs_stop[p, k], np.nan)
    peak = _hottest(m)[p]
    sheet.minute = np.where(seen, np.maximum(sheet.minute, np.nan_to_num(stop) * DAY + 60), sheet.minute)
    ae = where_from(found, "crs", p, k)
    sheet.put(
        crs_present=yes(seen), crs_infusion=np.where(seen, _numbers(k + 1.0), ""),
        crs_onset=m.clock.moment(p, onset * DAY), crs_stop=m.clock.moment(p, stop * DAY),
        crs_fever=np.where(seen, "Y", ""), crs_temp_max=np.where(seen, number(peak, 1), ""),
        crs_hypotension=np.where(seen, np.select([grade >= 3, grade == 2], ["ONE PRESSOR", "FLUIDS"], "NONE"), ""),
        crs_hypoxia=np.where(seen, "NONE", ""),
        crs_grade=np.where(seen, _numbers((grade + wrong).astype(float)), ""),
        crs_tocilizumab=np.where(seen, _numbers((grade >= 2) * 1.0), ""), crs_steroid=np.where(seen, "N", ""),
        crs_outcome=np.where(seen, "RECOVERED/RESOLVED", ""), crs_ae=np.where(seen, _numbers(ae), ""),
    )  # fmt: skip
    return sheet


def _hottest(m: Model) -> np.ndarray:
    """Return the highest temperature measured in the first two weeks of each person; at least that of a fever."""
    early = (m.calendar.day >= 0) & (m.calendar.day < 15) & m.calendar.held
    measured = np.where(early[..., None], m.vitals.temp, 0).max(axis=(1, 2))
    return np.maximum(measured, 38.1)


def _ice(m: Model, found: pl.DataFrame) -> Sheet:
    """Return the ICE scores: twice a day from day 0 to 10, once at the other visits; all ten points but for a slip."""
    one, p1, v1 = at_visits("icans", m.calendar, due(m.study, "icans", m.calendar))
    twice = (m.calendar.day[p1, v1] >= 0) & (m.calendar.day[p1, v1] <= 11) & (one.visit != "D14")
    times = np.where(twice, 2, 1)
    row = np.repeat(np.arange(len(p1)), times)
    k = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    p, v = p1[row], v1[row]
    minute = np.where(
        k == 1,
        m.calendar.day[p, v] * DAY + 1140.0,
        m.calendar.day[p, v] * DAY + m.calendar.minute[p, v] + 40.0,
    )
    sheet = Sheet("icans", p, one.visit[row], k + 1, minute)
    _, onset, stop = neurotoxicity(m)
    now = (minute / DAY >= onset[p]) & (minute / DAY < stop[p])
    ae = where_from(found, "icans", p, np.zeros_like(p))
    sheet.put(
        icans_datetime=m.clock.moment(p, minute),
        icans_timepoint=np.where(twice[row], pick(["MORNING", "EVENING"], k), "SINGLE"),
        **{f"ice_{task}": "Y" for task in TASKS},
        ice_writing=yes(~now), ice_attention=yes(~now), ice_total=number(10.0 - 2 * now, 0),
        icans_consciousness="AWAKE", icans_seizure="NONE", icans_motor="NONE", icans_oedema="NONE",
        icans_grade=number(now * 1.0, 0), icans_onset=np.where(now, m.clock.moment(p, onset[p] * DAY), ""),
        icans_ae=np.where(now, _numbers(ae), ""),
    )  # fmt: skip
    return sheet


def _graft(m: Model) -> Sheet:
    sheet, _, _ = at_visits("gvhd", m.calendar, due(m.study, "gvhd", m.calendar))
    sheet.put(gvhd_present="N")
    return sheet


def _reactions(m: Model, found: pl.DataFrame) -> Sheet:
    """Return the checks after each infusion given: a row for each check, the symptom in the first check that saw it."""
    x = m.body.infusions
    places = m.calendar.at(*INFUSION_VISITS)
    there = np.zeros(m.calendar.held.shape, bool)
    there[:, places] = x.given
    one, p1, v1 = at_visits(
        "infusion_reaction", m.calendar, due(m.study, "infusion_reaction", m.calendar) & there
    )
    row = np.repeat(np.arange(len(p1)), len(CHECKS))
    k = np.tile(np.arange(len(CHECKS)), len(p1))
    p = p1[row]
    i = np.searchsorted(places, v1[row])
    stop, start = np.floor(x.stop[p, i] * DAY), np.floor(x.start[p, i] * DAY)
    minute = stop + CHECK_MINUTES[k]
    sheet = Sheet("infusion_reaction", p, one.visit[row], k + 1, minute)
    began = start + 60 * x.reaction_onset[p, i]
    grade = x.reaction_grade[p, i]
    length = np.select([grade == 1, grade == 2], [150.0, 420.0], 1100.0)
    seen = (grade > 0) & (
        ((began <= minute) & (minute < began + length)) | ((k == len(CHECKS) - 1) & (began > minute))
    )
    first = x.symptoms[p, i].argmax(axis=1)
    which = _which_symptom(x.symptoms[p, i], k)
    words = [*table("symptoms")["symptom"]]
    ae = where_from(found, "reaction", p, i)
    sheet.put(
        reaction_present=yes(seen), reaction_infusion=_numbers(i + 1.0),
        reaction_timepoint=pick(list(CHECKS), k), reaction_datetime=m.clock.moment(p, minute),
        reaction_symptom=np.where(seen, pick(words, np.where(which < 0, first, which)), ""),
        reaction_minutes=np.where(seen, _numbers(np.floor(began - start)), ""),
        reaction_grade=np.where(seen, _numbers(grade.astype(float)), ""),
        reaction_action=np.where(seen, np.where(grade >= 2, "TREATED", "NONE"), ""),
        reaction_ae=np.where(seen, _numbers(ae), ""),
    )  # fmt: skip
    return sheet


def _which_symptom(there: np.ndarray, k: Integers) -> Integers:
    """Return the symptom written in the k-th check: those there are take turns."""
    count = np.maximum(there.sum(axis=1), 1)
    order = np.cumsum(there, axis=1) - 1
    turn = (k % count)[:, None]
    return np.where(there & (order == turn), np.arange(there.shape[1]), -1).max(axis=1)


def _infections(m: Model, found: pl.DataFrame) -> Sheet:
    """Return the log of infections, each with the adverse event that it is."""
    mine = found.filter(pl.col("origin") == "infection")
    p, k = mine["person"].to_numpy(), mine["slot"].to_numpy()
    sheet, _ = in_log("infection", p, mine["start"].to_numpy())
    rows, x = table("infections"), m.body.infections
    kind, grade = x.kind[p, k], x.grade[p, k]
    stop = mine["stop"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    grown = m.streams.uniform("infections.organism", x.kind.shape[1])[p, k] < 0.6
    sheet.put(
        infection_start=m.clock.date(p, np.floor(mine["start"].to_numpy() / DAY)),
        infection_stop=m.clock.date(p, np.floor(stop / DAY)),
        infection_site=np.array(rows["site"].to_list())[kind],
        infection_organism=np.where(grown, np.array([o or "" for o in rows["organism"]])[kind], ""),
        infection_test=np.array([o or "" for o in rows["test"]])[kind],
        infection_grade=_numbers(grade.astype(float)), infection_iv=yes(grade >= 3),
        infection_hospital=yes(x.hospital[p, k]), infection_opportunistic="N",
        infection_ae=_numbers(mine["number"].to_numpy().astype(float)),
    )  # fmt: skip
    sheet.until(stop, infection_stop="")
    return sheet


def _death(m: Model) -> list[Sheet]:
    p = np.flatnonzero((m.calendar.end_reason == DIED) & m.treated)
    if not len(p):
        return []
    sheet, _ = in_log("death", p, m.calendar.end_day[p] * DAY + 600)
    sheet.put(
        death_date=m.clock.date(p, m.calendar.end_day[p]), death_cause="Sudden death of unknown cause",
        death_autopsy="NO", death_related_cells="UNLIKELY", death_related_ld="UNLIKELY",
    )  # fmt: skip
    return [sheet]
