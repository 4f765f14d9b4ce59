"""Screening: who is referred, what the criteria say of the values found, who is treated and who is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from carnet.core.errors import InputError
from carnet.simulate.model import Model, model
from carnet.simulate.numbers import Numbers
from carnet.simulate.streams import Booleans, Floats, Integers, Streams
from carnet.study import Criterion, Study

BATCH, SPARE, MOST = 2, 20, 8
"""Candidates looked at: for each patient wanted, besides, and how often that number is doubled."""


def answers(m: Model, visit: str, criterion: Criterion) -> Booleans | None:
    """Return what the values of a visit say of a criterion: fulfilled or not; None where no value can say."""
    verdict = np.zeros(len(m), bool)
    if not criterion.limits:
        return None
    for limit in criterion.limits:
        value = found(m, visit, limit.item)
        end = {"ULN": m.ranges.high, "LLN": m.ranges.low}.get(limit.reference)
        times = end(limit.item, m.people) if end else np.ones(len(m))
        with np.errstate(invalid="ignore"):
            if limit.operator == "is":
                verdict |= value == 1
            elif limit.operator == "between":
                low, high = (float(part) for part in limit.limit.split(".."))
                verdict |= (value >= low) & (value <= high)
            else:
                bound = float(limit.limit) * times
                compare = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}[
                    limit.operator
                ]
                verdict |= compare(np.round(value, 6), np.round(bound, 6))
    return verdict


def found(m: Model, visit: str, item: str) -> Floats:
    """Return the value of an item as known at a visit; a choice is 1 where it is POSITIVE."""
    v = m.calendar.codes.index(visit)
    if item in m.values:
        reported = m.samples.values.get(item)
        here = np.full(len(m), np.nan) if reported is None else reported[:, v]
        return np.where(np.isnan(here), reported[:, 0] if reported is not None else np.nan, here)
    if item in m.history.positive:
        return m.history.positive[item].astype(float)
    return {
        "age": np.floor(m.people.age), "eularacr_total": m.history.points.astype(float),
        "sledai2k": m.sledai.total[:, v], "lvef": m.history.lvef, "oxysat": m.vitals.saturation[:, v, 0],
        "hcg": m.history.pregnant.astype(float), "ecg_qtcf": np.round(m.history.qtcf),
    }[item]  # fmt: skip


def judged(m: Model, visit: str) -> dict[str, Booleans]:
    """Return the answer to each criterion at a visit; those that no value decides are met by everybody referred."""
    central = (m.sledai.present[:, :7, 0] == 1).any(axis=1)
    given = {}
    for criterion in m.study.criteria:
        said = answers(m, visit, criterion)
        kind = criterion.kind == "INCLUSION"
        given[criterion.id] = np.full(len(m), kind) if said is None else said
    given["E04"] = central
    return given


def passes(m: Model, visit: str) -> Booleans:
    """Return who meets every inclusion criterion and no exclusion criterion at a visit."""
    given = judged(m, visit)
    return np.all([given[c.id] == (c.kind == "INCLUSION") for c in m.study.criteria], axis=0)


@dataclass(frozen=True)
class Chosen:
    """The candidates of a trial in order of screening, and which of them are treated."""

    candidates: tuple[int, ...]
    treated: Booleans


def choose_patients(study: Study, numbers: Numbers, seed: int, patients: int) -> Chosen:
    """Return the first candidates who pass at screening and baseline, and between them some who were refused."""
    n = numbers
    lot = Streams(seed, (-1,))
    wanted = int(
        np.round(
            patients
            * (
                n["screening.failures_low"]
                + lot.uniform("screening.failures")[0] * n["screening.failures_spread"]
            )
        )
    )
    size = BATCH * patients + SPARE
    for _ in range(MOST):
        m = model(study, n, Streams(seed, tuple(range(size))), np.ones(size, bool))
        enters = passes(m, "SCR") & passes(m, "BL")
        refused = _refused(m, n)
        if enters.sum() >= patients and refused.sum() >= wanted:
            break
        size *= 2
    else:
        raise InputError(
            f"Of {size // 2} invented candidates {enters.sum()} meet the criteria of {study.id}, not {patients}; "
            "loosen the criteria or ask for fewer patients."
        )
    accepted = np.flatnonzero(enters)[:patients].astype(float)
    out = _spread(m, np.flatnonzero(refused), wanted)
    place = (
        accepted[np.floor(lot.uniform("screening.place", patients)[0, :wanted] * patients).astype(int)] - 0.5
    )
    order = np.argsort(np.concatenate([accepted, place]), kind="stable")
    everybody = np.concatenate([accepted.astype(int), out])[order]
    return Chosen(tuple(int(i) for i in everybody), order < patients)


def _refused(m: Model, n: Numbers) -> Booleans:
    """Return who would be referred although a value refuses them: lupus active enough to be thought of."""
    evident = [c for c in m.study.criteria if c.limits]
    given = judged(m, "SCR")
    wrong = np.any([given[c.id] != (c.kind == "INCLUSION") for c in evident], axis=0)
    return wrong & (m.sledai.total[:, 0] >= n["screening.referred_from"]) & given["I04"] & ~given["E04"]


def _spread(m: Model, pool: Integers, wanted: int) -> Integers:
    """Return some of the refused, those with a reason not seen yet first."""
    given = judged(m, "SCR")
    reason = np.full(len(m), "", dtype=object)
    for c in reversed(m.study.criteria):
        reason = np.where(given[c.id] != (c.kind == "INCLUSION"), c.id, reason)
    rows = pl.DataFrame({"candidate": pool, "reason": reason[pool].astype(str)})
    rows = rows.with_columns(turn=pl.int_range(pl.len()).over("reason")).sort("turn", "candidate")
    return rows["candidate"].head(wanted).to_numpy()
