"""Laboratory: every value that a sample gives, from lupus, treatment, infection, the person and the assay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.blood import Blood
from carnet.simulate.calendar import Calendar
from carnet.simulate.cells import Cells
from carnet.simulate.curves import DAYS, at, bump, smooth
from carnet.simulate.disease import Disease
from carnet.simulate.infections import URINARY, Infections
from carnet.simulate.infusions import Infusions
from carnet.simulate.numbers import Numbers, column, table
from carnet.simulate.people import CLASSES, People, which
from carnet.simulate.ranges import Ranges
from carnet.simulate.steroid import Steroid
from carnet.simulate.streams import Booleans, Floats, choose

TESTS: tuple[str, ...] = tuple(table("laboratory")["item"])
Values = dict[str, Floats]
"""Values by item, each patient by visit."""


@dataclass(frozen=True)
class Body:
    """What acts on the laboratory values of a person."""

    people: People
    disease: Disease
    infections: Infections
    infusions: Infusions
    blood: Blood
    cells: Cells
    steroid: Steroid
    treated: Booleans


def values(body: Body, calendar: Calendar, ranges: Ranges, numbers: Numbers) -> Values:
    """Return the values of every test at every visit, unrounded, as if every sample were taken."""
    people, n, day = body.people, numbers, calendar.day
    streams, count = people.streams, len(calendar.codes)
    typical = np.where(people.female[:, None], column("laboratory", "female"), column("laboratory", "male"))
    apart = column("laboratory", "between") * streams.normal("laboratory.between", len(TESTS))
    drift = smooth(streams.normal("laboratory.within", len(TESTS), count), n["laboratory.rho"])
    noise = drift * column("laboratory", "within")[:, None]
    noise = noise + column("laboratory", "analytical")[:, None] * streams.normal(
        "laboratory.analytical", len(TESTS), count
    )
    effect = {test: np.zeros(day.shape) for test in TESTS}
    for test, by_day in {
        **_counts(body),
        **_lupus(body, ranges, n),
        **_illness(body, n),
        **_drugs(body, n),
    }.items():
        effect[test] = effect[test] + at(by_day, day)
    shift = np.stack([effect[test] for test in TESTS], axis=1) + noise
    log = np.array([s == "log" for s in table("laboratory")["scale"]])
    raw = np.where(log[:, None], typical[..., None] * np.exp(np.where(log[:, None], apart[..., None] + shift, 0.0)),
                   typical[..., None] + apart[..., None] + shift)  # fmt: skip
    found = {test: raw[:, i] for i, test in enumerate(TESTS)}
    found.update(_derived(found, body, calendar, n))
    return found


def _counts(body: Body) -> Values:
    """Return the effects on blood counts by day."""
    b = body.blood
    steroid = np.clip(body.steroid.dose / 60, 0, 0.25)
    return {
        "hgb": b.hgb, "reti": b.reti, "neut": b.neut + steroid, "lym": b.lym - 0.6 * steroid, "mono": b.mono,
        "eos": b.lym * 0.5 - 2.0 * steroid, "plat": b.plat,
    }  # fmt: skip


def _lupus(body: Body, ranges: Ranges, n: Numbers) -> Values:
    """Return the effects of lupus by day: urine, complement, antibodies, and what follows from them."""
    people, streams = body.people, body.people.streams
    rest = n.group("rest", *CLASSES)[people.response]
    z = streams.normal("laboratory.lupus", 6)
    level = n["lupus.flare_level"]

    def excess(test: str, key: str, log_value: Floats, limit: Floats | float) -> Floats:
        usual = np.log(column("laboratory", "female")[TESTS.index(test)])
        share = (np.log(limit) - usual) / (log_value - usual)
        return body.disease.burden(people, key, share, rest, level) * (log_value - usual)[:, None]

    protein = np.clip(
        n["lupus.upcr_log"] + n["lupus.upcr_log_sd"] * z[:, 0], n["lupus.upcr_least"], n["lupus.upcr_most"]
    )
    sediment = np.log(n["lupus.urine_cells"]) + 0.45 * np.abs(z[:, 1:3])
    both = choose(streams.uniform("laboratory.complement"), n.group("lupus", "both_low", "c3_low", "c4_low"))
    c3 = np.log(ranges.low("c3", people)) + np.where(
        both == 2, 0.03, -n["lupus.c3_below"] * (0.6 + 0.5 * np.abs(z[:, 3]))
    )
    c4 = np.log(ranges.low("c4", people)) + np.where(
        both == 1, 0.10, -n["lupus.c4_below"] * (0.5 + 0.5 * np.abs(z[:, 4]))
    )
    dna = np.log(ranges.high("dsdna", people)) + n["lupus.dsdna_above"] * (0.35 + np.abs(z[:, 5]))
    upcr = excess("upcr", "proteinuria", protein, 0.5)
    complement3 = excess("c3", "low_complement", c3, ranges.low("c3", people))
    complement4 = excess("c4", "low_complement", c4, ranges.low("c4", people))
    grams = 0.09 * (np.exp(upcr) - 1)
    kidney = people.has[:, which("proteinuria")[0]]
    creatinine = np.where(kidney, n["lupus.creat_log"] * streams.gamma("laboratory.creatinine", 1.0), 0.0)
    healing = (
        np.clip(DAYS / 200, 0, 1)
        * n.group("lupus", *(f"creat_heals_{c}" for c in CLASSES))[people.response][:, None]
    )
    haemolysis = body.disease.activity[:, which("haemolysis")[0]]
    myositis = body.disease.activity[:, which("myositis")[0]]
    return {
        "upcr": upcr, "urine_rbc": excess("urine_rbc", "haematuria", sediment[:, 0], 5.0),
        "urine_wbc": excess("urine_wbc", "pyuria", sediment[:, 1], 5.0), "c3": complement3, "c4": complement4,
        "ch50": 0.6 * complement3, "dsdna": excess("dsdna", "anti_dsdna", dna, ranges.high("dsdna", people)),
        "alb": -n["lupus.alb_per_gram"] * grams, "chol": 0.06 * grams, "trig": 0.05 * grams,
        "creat": creatinine[:, None] * (1 - healing), "urea": creatinine[:, None] * (1 - healing),
        "urate": 0.4 * creatinine[:, None] * (1 - healing), "ldh": 0.55 * haemolysis,
        "bili": 0.65 * haemolysis, "ck": 2.2 * myositis,
    }  # fmt: skip


def _illness(body: Body, n: Numbers) -> Values:
    """Return the effects of cytokine release, of infections and of episodes of liver and potassium by day."""
    people, streams, x, ill = body.people, body.people.streams, body.infusions, body.infections
    release, infection, urinary = (np.zeros((len(people), len(DAYS))) for _ in range(3))
    for i in range(x.crs_grade.shape[1]):
        grade, signs = x.crs_grade[:, i, None], np.minimum(x.reaction_grade[:, i, None], 2)
        strength = np.where(grade > 0, n["release.base"] + n["release.per_grade"] * grade, 0)
        release += strength * bump(x.crs_onset[:, i] - 0.6, x.crs_stop[:, i] + 0.5, 0.7, 4.0)
        day = np.floor(x.start[:, i])
        release += n["release.reaction"] * signs * bump(day, day + 1.2, 0.5, 2.0)
    force = n["illness.base"] + n["illness.fever"] * ill.fever + n["illness.hospital"] * ill.hospital
    for k in range(ill.start.shape[1]):
        there = bump(ill.start[:, k], ill.start[:, k] + 0.4 * (ill.stop - ill.start)[:, k], 1.0, 5.0)
        infection += force[:, k, None] * there
        urinary += (ill.kind[:, k, None] == URINARY) * there
    sick = streams.uniform("laboratory.liver") < n["liver.chance"]
    onset = n["liver.from"] + streams.uniform("laboratory.liver_day") * (n["liver.to"] - n["liver.from"])
    height = n["liver.log_peak"] * np.exp(n["liver.log_peak_sd"] * streams.normal("laboratory.liver_peak"))
    liver = height[:, None] * bump(np.where(sick & body.treated, onset, np.nan), onset + 5, 3.0, 14.0)
    low = streams.uniform("laboratory.potassium") < n["potassium.chance"]
    since = n["potassium.from"] + n["potassium.spread"] * streams.uniform("laboratory.potassium_day")
    dip = bump(np.where(low & body.treated, since, np.nan), since + 4, 2.0, 3.0)
    shared = {
        row["item"]: row["release"] * release + row["infection"] * infection
        for row in table("illness").iter_rows(named=True)
    }
    return {
        **shared, "alt": liver, "ast": n["liver.ast"] * liver, "ggt": n["liver.ggt"] * liver,
        "k": -n["potassium.fall"] * dip, "urine_wbc": n["illness.urine_cells"] * urinary,
    }  # fmt: skip


def _drugs(body: Body, n: Numbers) -> Values:
    """Return the effects of Flu/Cy, of the cells and of steroid by day: immunoglobulins, cytokines, sugar, fat."""
    people, streams = body.people, body.people.streams
    hit = np.where(body.treated, 1.0, 0.0)[:, None]
    fall = np.clip(n["igg.fall"] + n["igg.fall_sd"] * streams.normal("laboratory.igg"), 0.08, 0.6)
    weaker = n.group("igg", *(f"share_{c}" for c in CLASSES))[people.response]
    nadir, back = n["igg.nadir_day"], n["igg.recovered_day"]
    course = np.interp(DAYS, [0.0, nadir, nadir + 40, back], [0.0, 1.0, 1.0, 0.25])
    igg = hit * course * np.log(1 - fall * weaker)[:, None]
    lymph = body.blood.lym
    dose = body.steroid.dose
    return {
        "igg": igg, "iga": n["igg.iga"] * igg, "igm": n["igg.igm"] * igg,
        "intlk15": hit * np.clip(-0.75 * lymph, 0, 1.6), "gluc": 0.005 * np.minimum(dose, 40),
        "trig": 0.004 * np.minimum(dose, 40),
        "urate": hit * 0.10 * bump(np.full(len(people), -4.0), np.full(len(people), 0.0), 1.0, 5.0),
        "ldh": hit * 0.10 * bump(np.full(len(people), 0.0), np.full(len(people), 8.0), 2.0, 8.0),
    }  # fmt: skip


def _derived(found: Values, body: Body, calendar: Calendar, n: Numbers) -> Values:
    """Return the values that follow from others: sums, ratios, eGFR, subsets of lymphocytes."""
    people, streams, day = body.people, body.people.streams, calendar.day
    count = day.shape[1]
    z = streams.normal("laboratory.derived", 8, count)
    own = streams.normal("laboratory.own", 4)
    hgb = np.clip(found["hgb"], 55, 185)
    rbc = hgb / (n["derived.mch"] * np.exp(0.05 * own[:, :1]))
    upcr = found["upcr"]
    excreted = np.where(people.female, n["derived.creatinine_female"], n["derived.creatinine_male"]) * np.exp(
        0.12 * own[:, 1]
    )
    b_cells = at(body.cells.b_cells, day) * np.exp(0.10 * z[:, 0])
    lym = found["lym"] * 1000
    b_cells = np.minimum(b_cells, 0.35 * lym)
    rest = lym - b_cells
    nk_share = np.clip(n["derived.nk_share"] * np.exp(0.25 * own[:, 2])[:, None] + 0.03 * z[:, 1], 0.02, 0.4)
    t_cells = rest * np.clip(1 - nk_share - 0.05, 0.4, 0.95)
    cd4_share = np.clip(
        n["derived.cd4_share"] + 0.06 * own[:, 3:4] + 0.015 * z[:, 2] - 0.08 * (found["lym"] < 0.6),
        0.15,
        0.75,
    )
    since = np.clip((day - 60) / 120, 0, 1)
    naive = np.where(day < 0, 0.58, 0.62 + 0.30 * since) + 0.04 * z[:, 3]
    blast = np.where(day < 0, 0.06, 0.02) * np.exp(0.3 * z[:, 4])
    return {
        "hgb": hgb, "rbc": rbc, "hct": 100 * rbc * n["derived.mcv"] / 1000, "reti": found["reti"],
        "basophils": 0.02 * np.ones_like(hgb), "gfre": _ckd_epi(found["creat"], people),
        "bildir": found["bili"] * np.clip(0.25 + 0.03 * z[:, 5], 0.1, 0.6),
        "ca": 2.32 - 0.018 * (41 - found["alb"]) + 0.035 * z[:, 6],
        "inr": found["pt"] / n["derived.pt_of_inr_1"], "cl": found["cl"] + 0.6 * (found["sodium"] - 140),
        "uacr": 1000 * upcr * np.clip(0.35 + 0.35 * np.clip(upcr, 0, 1), 0, 0.75),
        "prot24": upcr * np.clip(excreted[:, None] * np.exp(0.10 * z[:, 7]), 0.6, 1.7),
        "urine_volume_24h": np.clip(1650 + 380 * z[:, 1], 700, 3200), "cd19": b_cells,
        "cd19_percent": 100 * b_cells / lym, "cd3": t_cells, "cd3_percent": 100 * t_cells / lym,
        "cd4": t_cells * cd4_share, "cd4_percent": 100 * t_cells * cd4_share / lym,
        "cd8": t_cells * (0.94 - cd4_share), "cd8_percent": 100 * t_cells * (0.94 - cd4_share) / lym,
        "cd56": rest * nk_share, "cd56_percent": 100 * rest * nk_share / lym,
        "b_naive_percent": 100 * np.clip(naive, 0.2, 0.97),
        "b_memory_percent": 100 * np.clip(0.95 - naive, 0.01, 0.6),
        "plasmablast_percent": 100 * np.clip(blast, 0.002, 0.2),
    }  # fmt: skip


def _ckd_epi(creatinine: Floats, people: People) -> Floats:
    """Return the eGFR from creatinine in umol/L, age and sex (inker2021)."""
    printed = {row["sex"]: row for row in table("ckd_epi").iter_rows(named=True)}
    women = people.female[:, None]
    kappa, alpha, beta, age, factor, constant = (
        np.where(women, printed["F"][name], printed["M"][name])
        for name in ("kappa", "alpha", "beta", "age", "factor", "constant")
    )
    ratio = creatinine / 88.4 / kappa
    return (
        constant
        * np.minimum(ratio, 1) ** alpha
        * np.maximum(ratio, 1) ** beta
        * age ** people.age[:, None]
        * factor
    )
