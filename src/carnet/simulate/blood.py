"""Blood counts: what lupus, steroid and Flu/Cy make of them, day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.curves import DAYS, bump, line
from carnet.simulate.disease import Disease
from carnet.simulate.infusions import Infusions
from carnet.simulate.numbers import Numbers
from carnet.simulate.people import CLASSES, People, which
from carnet.simulate.streams import Booleans, Floats


@dataclass(frozen=True)
class Blood:
    """Factors and shifts of the counts by day; `wbc_lupus` and `plat_lupus` are what lupus alone would do."""

    neut: Floats
    lym: Floats
    mono: Floats
    plat: Floats
    wbc_lupus: Floats
    plat_lupus: Floats
    hgb: Floats
    reti: Floats
    gcsf_day: Floats


def blood(
    people: People, disease: Disease, infusions: Infusions, treated: Booleans, numbers: Numbers
) -> Blood:
    """Return the course of the counts; `treated` says who is given Flu/Cy."""
    n, streams = numbers, people.streams
    z = streams.normal("blood.ld", 8)
    hit = np.where(treated, 1.0, 0.0)[:, None]
    neut, gcsf = _neutrophils(z[:, 0:4], n)
    lym = _lymphocytes(z[:, 4], n)
    nadir = n["ld.plat_day"] + 1.5 * z[:, 5]
    depth = np.clip(n["ld.plat_fall"] + n["ld.plat_fall_sd"] * z[:, 6], 0.15, 0.75)
    plat_ld = line(
        _knots(-3.0, nadir, nadir + 3, nadir + n["ld.plat_recovery"]),
        _heights(0.0, np.log(1 - depth), np.log(1 - depth), 0.0),
    )
    low = np.exp(n["lupus.plat_log"] + n["lupus.plat_log_sd"] * streams.normal("blood.plat"))
    low = np.clip(low, n["lupus.plat_least"], n["lupus.plat_most"])
    usual = np.log(n["lupus.plat_usual"])
    critical = (usual - np.log(100.0)) / (usual - np.log(low))
    rest = n.group("rest", *CLASSES)[people.response]
    share = disease.burden(people, "thrombocytopenia", critical, rest, n["lupus.flare_level"])
    plat_lupus = share * (np.log(low) - usual)[:, None]
    fall = n["ld.hgb_fall"] * np.exp(0.3 * z[:, 7])
    hgb_ld = line(
        _knots(-5.0, n["ld.hgb_day"], n["ld.hgb_day"] + 6, n["ld.hgb_recovery"]),
        _heights(0.0, -fall, -fall, 0.0),
    )
    active = disease.activity[:, which("haemolysis")[0]]
    kidney = people.has[:, which("proteinuria")[0]][:, None] * n["lupus.hgb_renal"]
    better = n.group("lupus", *(f"hgb_gain_{c}" for c in CLASSES))[people.response][:, None]
    few = np.log(n["lupus.wbc_factor"]) - 0.15 * np.abs(streams.normal("blood.wbc"))
    few_share = disease.burden(people, "leukopenia", np.full(len(people), 0.4), rest, n["lupus.flare_level"])
    wbc_lupus = few_share * few[:, None]
    gain = better * np.clip(DAYS / 150, 0, 1)
    rebound = hit * 0.45 * bump(np.full(len(people), 16.0), np.full(len(people), 26.0), 6.0, 15.0)
    dip = hit * -1.0 * bump(np.full(len(people), -3.0), np.full(len(people), 6.0), 4.0, 8.0)
    return Blood(
        hit * neut + wbc_lupus, hit * lym + wbc_lupus, hit * np.minimum(neut * 0.9, 0.3),
        hit * plat_ld + plat_lupus, wbc_lupus, plat_lupus,
        hit * hgb_ld + gain - kidney - n["lupus.hgb_haemolysis"] * active, 0.9 * active + rebound + dip,
        np.where(treated, gcsf, np.nan),
    )  # fmt: skip


def _knots(*columns: Floats | float) -> Floats:
    size = max(np.size(c) for c in columns)
    return np.stack([np.broadcast_to(np.asarray(c, float), size) for c in columns], axis=1)


_heights = _knots


def _neutrophils(z: Floats, n: Numbers) -> tuple[Floats, Floats]:
    """Return the logarithm of the factor on neutrophils, and the day on which G-CSF is given (else not a number)."""
    bottom = n["ld.neut_nadir_log"] + n["ld.neut_nadir_log_sd"] * z[:, 0] - np.log(n["ld.neut_usual"])
    day = np.clip(n["ld.neut_day"] + n["ld.neut_day_sd"] * z[:, 1], 2.0, 11.0)
    back = n["ld.neut_back"] * np.exp(n["ld.neut_back_log_sd"] * z[:, 2])
    back = np.maximum(back, day + 3)
    one = np.minimum(np.log(1.0 / n["ld.neut_usual"]), 0.0)
    late = back + n["ld.neut_full"] * np.exp(0.3 * z[:, 3])
    curve = line(
        _knots(-4.0, day, day + 1.5, back, late),
        _heights(0.0, bottom, bottom, np.maximum(one, bottom), -0.08),
    )
    deep = np.exp(bottom) * n["ld.neut_usual"] < n["ld.gcsf_below"]
    return curve, np.where(deep, np.ceil(day) + 1, np.nan)


def _lymphocytes(z: Floats, n: Numbers) -> Floats:
    """Return the logarithm of the factor on lymphocytes: nearly gone in days, half back by half-time."""
    bottom = n["ld.lym_bottom"] * np.exp(0.35 * z[:, None])
    fall = line(_knots(-5.0, n["ld.lym_day"]), _heights(0.0, 1.0))
    half = n["ld.lym_half_time"] * np.exp(0.2 * z[:, None])
    share = 1 - (1 - bottom) * np.exp2(-np.maximum(DAYS - n["ld.lym_day"] - 3, 0) / half)
    return np.where(n["ld.lym_day"] >= DAYS, fall * np.log(bottom), np.log(share))
