"""Adverse events: from reactions, cytokine release, infections, laboratory values, flares and chance, in one list."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from carnet.simulate.calendar import DIED
from carnet.simulate.clock import DAY
from carnet.simulate.laboratory_events import laboratory
from carnet.simulate.model import Model
from carnet.simulate.numbers import column, table
from carnet.simulate.streams import Booleans, Floats, Integers, choose
from carnet.simulate.treatment_forms import last_day

COLUMNS = {
    "person": pl.Int64(), "start": pl.Float64(), "stop": pl.Float64(), "grade": pl.Int64(),
    "term": pl.String(), "term_zh": pl.String(), "ctcae_term": pl.String(), "llt": pl.Int64(),
    "soc": pl.String(), "ld": pl.String(), "cells": pl.String(), "sle": pl.String(), "serious": pl.String(),
    "treated": pl.Boolean(), "aesi": pl.String(), "dlt": pl.Boolean(), "infusion": pl.Int64(),
    "record": pl.String(), "history": pl.String(), "drug": pl.String(), "origin": pl.String(),
    "slot": pl.Int64(), "clock": pl.Boolean(),
}  # fmt: skip
"""A row per event. Times are minutes since midnight of day 0; `origin` and `slot` lead back to its cause; `clock` says
whether its hour is known."""
TOCILIZUMAB = "Tocilizumab|托珠单抗|CYTOKINE BLOCKER|400|mg|INTRAVENOUS|ONCE"
PARACETAMOL = "Paracetamol|对乙酰氨基酚|ANALGESIC OR ANTIPYRETIC|500|mg|ORAL|PRN"
QUIET = {
    "serious": "",
    "treated": False,
    "aesi": "NONE",
    "dlt": False,
    "infusion": 0,
    "record": "",
    "history": "",
    "drug": "",
    "slot": 0,
    "clock": False,
}


def events(m: Model) -> pl.DataFrame:
    """Return the adverse events of the patients treated, numbered by patient in order of onset."""
    rows = pl.concat(
        [
            _reactions(m),
            _release(m),
            _neurotoxicity(m),
            _infections(m),
            _others(m),
            _flares(m),
            _laboratory(m),
        ]
    )
    end = pl.Series("end", (last_day(m) + 1) * DAY)
    died = pl.Series("died", m.calendar.end_reason == DIED)
    rows = rows.with_columns(
        end=end.gather(rows["person"]),
        treated_person=pl.Series(m.treated).gather(rows["person"]),
        died=died.gather(rows["person"]),
    )
    rows = rows.filter(
        pl.col("treated_person") & (pl.col("start") < pl.col("end")) & (pl.col("start") >= -5 * DAY)
    )
    rows = rows.with_columns(stop=pl.when(pl.col("stop") < pl.col("end")).then("stop"))
    cells = pl.Series("first_cells", m.body.infusions.start[:, 0] * DAY).gather(rows["person"])
    unrelated = pl.when(pl.col("start") < cells).then(pl.lit("NOT RELATED"))  # no cells had been given yet
    rows = rows.with_columns(cells=unrelated.otherwise("cells"))
    rows = rows.sort("person", "start", "origin", "slot", "term", maintain_order=True)
    return rows.with_columns(number=pl.int_range(1, pl.len() + 1).over("person")).drop("treated_person")


def _frame(**given: Any) -> pl.DataFrame:
    """Return events of one origin; one value stands for every row, and what is not given is quiet."""
    columns = {name: value for name, value in given.items() if np.ndim(value)}
    same = {name: given.get(name, QUIET.get(name)) for name in COLUMNS if name not in columns}
    filled = pl.DataFrame(columns).with_columns(pl.lit(value).alias(name) for name, value in same.items())
    return filled.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())


def _reactions(m: Model) -> pl.DataFrame:
    x = m.body.infusions
    p, i = np.nonzero(x.reaction_grade > 0)
    grade = x.reaction_grade[p, i]
    start = x.start[p, i] * DAY + 60 * x.reaction_onset[p, i]
    return _frame(
        person=p, start=start, stop=start + np.select([grade == 1, grade == 2], [150.0, 420.0], 1100.0),
        grade=grade, term="Infusion reaction", term_zh="输注反应", ctcae_term="Infusion related reaction",
        llt=10051792, soc="Injury, poisoning and procedural complications", ld="NOT RELATED",
        cells="DEFINITE", sle="NOT RELATED", serious=np.where(grade >= 3, "important", ""),
        treated=grade >= 2, aesi=np.where(grade >= 2, "INFUSION REACTION", "NONE"), infusion=i + 1,
        origin="reaction", slot=i, clock=True,
        drug=np.where(grade >= 2, "Promethazine|异丙嗪|ANTIHISTAMINE|25|mg|INTRAMUSCULAR|ONCE", ""),
    )  # fmt: skip


def _release(m: Model) -> pl.DataFrame:
    x = m.body.infusions
    p, i = np.nonzero(x.crs_grade > 0)
    grade = x.crs_grade[p, i]
    return _frame(
        person=p, start=x.crs_onset[p, i] * DAY, stop=x.crs_stop[p, i] * DAY, grade=grade,
        term="Cytokine release syndrome", term_zh="细胞因子释放综合征", ctcae_term="Cytokine release syndrome",
        llt=10052015, soc="Immune system disorders", ld="UNLIKELY", cells="PROBABLE", sle="NOT RELATED",
        serious=np.where(grade >= 2, "hospital", ""), treated=True, aesi="CRS", dlt=grade >= 3,
        infusion=i + 1, origin="crs", slot=i, clock=True,
        drug=np.where(grade >= 2, TOCILIZUMAB, PARACETAMOL),
    )  # fmt: skip


def neurotoxicity(m: Model) -> tuple[Booleans, Floats, Floats]:
    """Return who has neurotoxicity after the last infusion, always mild, and the days on which it begins and ends."""
    x = m.body.infusions
    has = (m.streams.uniform("icans.any") < m.numbers["icans.any"]) & m.treated
    last = np.where(x.given, x.start, -1.0).max(axis=1)
    onset = last + 1 + 3 * m.streams.uniform("icans.onset")
    return has, np.where(has, onset, np.nan), np.where(has, onset + m.numbers["icans.days"], np.nan)


def _neurotoxicity(m: Model) -> pl.DataFrame:
    has, onset, stop = neurotoxicity(m)
    p = np.flatnonzero(has)
    return _frame(
        person=p, start=onset[p] * DAY, stop=stop[p] * DAY, grade=1, term="Slow to answer, poor handwriting",
        term_zh="反应迟缓、书写障碍", ctcae_term="Encephalopathy", llt=10014625, soc="Nervous system disorders",
        ld="UNLIKELY", cells="PROBABLE", sle="UNLIKELY", aesi="ICANS", origin="icans", slot=0, clock=True,
    )  # fmt: skip


def _infections(m: Model) -> pl.DataFrame:
    x = m.body.infections
    p, k = np.nonzero(~np.isnan(x.start))
    kind, grade = x.kind[p, k], x.grade[p, k]
    rows = table("infections")
    early = x.start[p, k] < 60
    by_mouth = [
        f"{r['drug']}|{r['drug_zh']}|{r['drug_class']}|{r['dose']:g}|{r['unit']}|ORAL|{r['frequency']}"
        for r in rows.iter_rows(named=True)
    ]
    by_vein = [
        f"{r['iv_drug']}|{r['iv_drug_zh']}|{r['drug_class']}|{r['iv_dose']:g}|g|INTRAVENOUS|QD"
        if r["iv_drug"]
        else oral
        for r, oral in zip(rows.iter_rows(named=True), by_mouth, strict=True)
    ]
    drug = np.where(grade >= 3, np.array(by_vein)[kind], np.array(by_mouth)[kind])
    return _frame(
        person=p, start=np.floor(x.start[p, k]) * DAY, stop=np.floor(x.stop[p, k]) * DAY, grade=grade,
        **_named(rows, kind), soc="Infections and infestations", ld=np.where(early, "POSSIBLE", "UNLIKELY"),
        cells=np.where(x.start[p, k] < 180, "POSSIBLE", "UNLIKELY"), sle="UNLIKELY",
        serious=np.where(x.hospital[p, k], "hospital", ""), treated=True,
        aesi=np.where(grade >= 3, "INFECTION", "NONE"),
        drug=drug, origin="infection", slot=k,
    )  # fmt: skip


def _named(rows: pl.DataFrame, which: Integers) -> dict[str, Any]:
    """Return the columns that name events of a table."""
    return {name: rows[name].gather(which) for name in ("term", "term_zh", "ctcae_term", "llt")}


def _others(m: Model) -> pl.DataFrame:
    rows, streams = table("other_events"), m.streams
    happens = streams.uniform("events.other", len(rows)) < column("other_events", "chance")
    women = np.array(["menstruation" in term for term in rows["ctcae_term"]])
    happens &= ~women | m.history.fertile[:, None]
    p, k = np.nonzero(happens)
    low, high = column("other_events", "from")[k], column("other_events", "to")[k]
    start = np.floor(low + streams.uniform("events.start", len(rows))[p, k] * (high - low + 0.99))
    length = np.maximum(
        1,
        np.round(
            column("other_events", "days")[k] * np.exp(0.5 * streams.normal("events.days", len(rows))[p, k])
        ),
    )
    weights = np.stack([column("other_events", f"grade{g}")[k] for g in (1, 2, 3)], axis=1)
    grade = 1 + choose(streams.uniform("events.grade", len(rows))[p, k], weights)
    late = start > 45
    relation = {
        c: np.where(late & (c != "sle"), "UNLIKELY", np.array(rows[c].to_list())[k])
        for c in ("ld", "cells", "sle")
    }
    relation["cells"] = np.where((start < 0), "NOT RELATED", relation["cells"])
    treated = (grade >= 2) & np.array([bool(d) for d in rows["drug"]])[k]
    drug = np.array([given or "" for given in rows["drug"]])[k]
    return _frame(
        person=p, start=start * DAY + 600.0, stop=(start + length) * DAY + 600.0, grade=grade,
        **_named(rows, k), soc=rows["soc"].gather(k), **relation, treated=treated,
        drug=np.where(treated, drug, ""), origin="other", slot=k,
    )  # fmt: skip


def _flares(m: Model) -> pl.DataFrame:
    x = m.body.disease
    p, f = np.nonzero((x.flare_grade == 2) & ~np.isnan(x.flare_day))
    return _frame(
        person=p, start=x.flare_day[p, f] * DAY, stop=x.flare_stop[p, f] * DAY, grade=3,
        term="Severe flare of lupus", term_zh="系统性红斑狼疮重度复发", ctcae_term="Autoimmune disorder", llt=10061664,
        soc="Immune system disorders", ld="NOT RELATED", cells="UNLIKELY", sle="DEFINITE", serious="hospital",
        treated=True, aesi="SEVERE FLARE", origin="flare", slot=f,
    )  # fmt: skip


def _laboratory(m: Model) -> pl.DataFrame:
    rows = laboratory(m)
    quiet = [
        pl.lit(QUIET.get(name), dtype).alias(name)
        for name, dtype in COLUMNS.items()
        if name not in rows.columns
    ]
    return rows.with_columns(*quiet).select(pl.col(n).cast(t) for n, t in COLUMNS.items())


def where_from(found: pl.DataFrame, origin: str, person: Integers, slot: Integers) -> Floats:
    """Return the number of the event that a record of one origin led to; not a number where there is none."""
    key = pl.DataFrame({"person": person, "slot": slot}, schema={"person": pl.Int64, "slot": pl.Int64})
    there = found.filter(pl.col("origin") == origin).select("person", "slot", "number")
    joined = key.join(there, on=["person", "slot"], how="left", maintain_order="left")
    return joined["number"].cast(pl.Float64).to_numpy().astype(float)
