"""The truth behind the entries: what no error, no gap and no assay hides."""

from __future__ import annotations

import numpy as np
import polars as pl

from carnet.criteria import DORIS, LLDAS
from carnet.criteria.sri4 import sri
from carnet.instruments import BILAG2004, SLEDAI2K
from carnet.simulate import bilag
from carnet.simulate.activity import ITEMS, SEEN
from carnet.simulate.curves import at
from carnet.simulate.history import SYSTEMS
from carnet.simulate.model import Model
from carnet.simulate.people import CLASSES, which
from carnet.simulate.samples import asked
from carnet.simulate.streams import Floats, Integers

STEP = 0.02
"""Days between the moments at which the true peak of the cells is looked for."""
ENDS = ("", "withdrew", "lost", "no efficacy", "died")


def truth(m: Model, subjects: np.ndarray) -> dict[str, pl.DataFrame]:
    """Return the tables of truth: patients, SLEDAI-2K items and responses by visit."""
    items, responses = _by_visit(m, subjects)
    return {"patients": _patients(m, subjects), "sledai": items, "response": responses}


def peak(m: Model) -> tuple[Floats, Floats]:
    """Return the highest level of the cells of each person, and its time in days from the first infusion."""
    since = np.arange(STEP, 40, STEP)
    level = m.body.cells.copies(m.body.infusions.start[:, :1] + since)
    best = level.argmax(axis=1)
    top = level[np.arange(len(m)), best]
    return np.where(m.treated, top, np.nan), np.where(m.treated, since[best], np.nan)


def _patients(m: Model, subjects: np.ndarray) -> pl.DataFrame:
    cmax, tmax = peak(m)
    first = m.body.disease.flare_day[:, 0]
    inside = np.isnan(m.calendar.end_day) | (first < m.calendar.end_day)
    return pl.DataFrame({
        "subject": subjects, "candidate": list(m.streams.patients), "treated": m.treated,
        "response": [CLASSES[c] for c in m.people.response], "severity": m.people.severity, "cmax": cmax,
        "tmax": tmax, "flare_day": np.where(m.treated & inside, first, np.nan),
        "rescue_drug_day": np.where(m.treated, m.body.steroid.drug_start, np.nan),
        "end_day": np.where(m.treated, m.calendar.end_day, np.nan),
        "end": [ENDS[r] if t else "" for r, t in zip(m.calendar.end_reason, m.treated, strict=True)],
    }).with_columns(pl.col(pl.Float64).fill_nan(None)).sort("subject")  # fmt: skip


def _by_visit(m: Model, subjects: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return items and verdicts at the visits of assessment, those missed included, while a person stays."""
    planned = np.array(
        [
            bool(asked(m.study, "sledai2k", code)) and code != "ET" and not code.startswith("UNS")
            for code in m.calendar.codes
        ]
    )
    there = (
        planned
        & (np.isnan(m.calendar.end_day)[:, None] | (m.calendar.day < m.calendar.end_day[:, None]))
        & m.treated[:, None]
    )
    p, v = np.nonzero(there)
    where = {"subject": subjects[p], "visit": np.array(m.calendar.codes)[v], "day": m.calendar.day[p, v]}
    state = {f"sledai_{key}": m.truth.present[p, i, v] == 1 for i, key in enumerate(ITEMS)}
    scored = SLEDAI2K.score(pl.DataFrame({**where, **state}))
    items = scored.select(*where, *state, "sledai2k", "sledai2k_clinical")
    day = m.calendar.day[p, v]
    drug = np.nan_to_num(m.body.steroid.drug_start, nan=9999)[p]
    dose = at(m.body.steroid.dose, m.calendar.day)[p, v]
    seen = [
        at(m.body.disease.activity[:, i], m.calendar.day)[p, v] > SEEN for i in which("haemolysis", "gut")
    ]
    row = items.hstack(_letters(m, p, v)).with_columns(
        pga=pl.Series(m.pga[p, v]), prednisone=pl.Series(dose), haemolysis=pl.Series(seen[0]),
        gi_activity=pl.Series(seen[1]), standard_treatment=pl.Series((drug > day) | (dose <= 20)),
        rescued=pl.Series(drug <= day),
    )  # fmt: skip
    active = [pl.col(f"bilag_{s}").is_in(["A", "B", "C"]).cum_max().over("subject") for s in SYSTEMS]
    row = row.with_columns(
        pl.when(earlier & (pl.col(f"bilag_{s}") == "E"))
        .then(pl.lit("D"))
        .otherwise(f"bilag_{s}")
        .alias(f"bilag_{s}")
        for s, earlier in zip(SYSTEMS, active, strict=True)
    )
    carried = [*state, "haemolysis", "gi_activity"]
    based = ["sledai2k", "pga", *(f"bilag_{s}" for s in SYSTEMS)]
    base = row.filter(pl.col("visit") == "BL").select("subject", pl.col(based).name.suffix("_base"))
    row = row.with_columns(
        pl.col(carried).shift(1).over("subject").name.suffix("_prev"),
        pl.col("day").shift(1).over("subject").alias("day_prev"),
        first_visit=pl.col("visit") == "SCR",
    ).with_columns(
        stable_treatment=~(
            (pl.Series(drug) > pl.col("day_prev")) & (pl.Series(drug) <= pl.col("day"))
        ).fill_null(False)
    )
    row = row.join(base, on="subject", how="left", maintain_order="left")
    judged = LLDAS.judge(DORIS.judge(sri().judge(row)))
    verdicts = judged.select(
        *where,
        "sri4",
        "doris",
        "lldas",
        "sledai2k",
        "sledai2k_clinical",
        "pga",
        "prednisone",
        "rescued",
        *(f"bilag_{s}" for s in SYSTEMS),
    )
    after = verdicts.filter(pl.col("day") > 0)
    return items.sort("subject", "day"), after.sort("subject", "day")


def _letters(m: Model, p: Integers, v: Integers) -> pl.DataFrame:
    """Return the BILAG-2004 grades at each visit from complete answers, against those of the visit before."""
    answers, due_to = bilag.answers(m, m.values), bilag.attributed(m)
    planned = [
        i
        for i, code in enumerate(m.calendar.codes)
        if asked(m.study, "bilag2004", code) and code != "ET" and not code.startswith("UNS")
    ]
    before = np.array([max((u for u in planned if u < w), default=-1) for w in range(len(m.calendar.codes))])[
        v
    ]
    columns: dict[str, object] = {}
    for item in BILAG2004.form.items:
        value = answers[item.id][p, v]
        columns[item.id] = (
            value == 1 if item.type == "boolean" else np.round(value, bilag.DECIMALS.get(item.id, 0))
        )
        if item.id in due_to:
            columns[f"{item.id}_due"] = due_to[item.id][p, v]
            columns[f"{item.id}_prev"] = np.where(before >= 0, answers[item.id][p, before], np.nan)
    columns |= {f"bilag_{system}_ever": m.history.systems[system][p] for system in SYSTEMS}
    frame = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
    return BILAG2004.score(frame).select(f"bilag_{system}" for system in SYSTEMS)
