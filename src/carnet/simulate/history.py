"""History: what a person's lupus has done before, how it was treated, and what else there is at screening."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.numbers import Numbers, column, table
from carnet.simulate.people import People, which
from carnet.simulate.streams import Booleans, Floats, Integers, choose

CLASSES = ("NONE", "II", "III", "IV", "V", "III+V", "IV+V", "NO BIOPSY")
SYSTEMS = (
    "constitutional", "mucocutaneous", "neuropsychiatric", "musculoskeletal", "cardiorespiratory",
    "gastrointestinal", "ophthalmic", "renal", "haematological",
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """What is known at screening."""

    ever: dict[str, Booleans]
    points: Integers
    systems: dict[str, Booleans]
    nephritis: Integers
    biopsy_day: Floats
    agents: Integers
    lvef: Floats
    qtcf: Floats
    positive: dict[str, Booleans]
    pregnant: Booleans
    fertile: Booleans


def history(people: People, low_c3: Booleans, low_c4: Booleans, numbers: Numbers) -> History:
    """Return the history of each person; the complement of screening counts for its classification."""
    n, streams = numbers, people.streams
    kidney = people.has[:, which("proteinuria")[0]]
    weights = n.group("nephritis", "ii", "iii", "iv", "v", "iii_v", "iv_v", "no_biopsy")
    nephritis = np.where(kidney, 1 + choose(streams.uniform("history.nephritis"), weights), 0)
    recent = streams.uniform("history.biopsy")
    back = np.where(
        recent < n["nephritis.recent_biopsy"],
        30 + 40 * recent / n["nephritis.recent_biopsy"],
        200 + 1200 * recent,
    )
    biopsied = (nephritis > 0) & (nephritis < 7)
    ever = _ever(people, nephritis, low_c3, low_c4)
    serology = streams.uniform("history.serology", len(table("serology")))
    positive = dict(
        zip(table("serology")["item"], (serology < column("serology", "positive")).T, strict=True)
    )
    positive["hbv_dna"] &= positive["hbcab"] | positive["hbsag"]
    positive["hcv_rna"] &= positive["hcv_ab"]
    fertile = people.female & (people.age < n["history.fertile_to"])
    failed = n.group("history", "agents_2", "agents_3", "agents_4", "agents_5")
    return History(
        ever, _points(ever), _systems(people, ever, n), nephritis,
        np.where(biopsied, -40 - np.round(back), np.nan),
        2 + choose(streams.uniform("history.agents"), failed),
        np.round(np.clip(n["history.lvef"] + n["history.lvef_sd"] * streams.normal("history.lvef"), 38, 76)),
        n["history.qtcf"] + n["history.qtcf_sd"] * streams.normal("history.qtcf"), positive,
        fertile & (streams.uniform("history.pregnant") < n["history.pregnant"]), fertile,
    )  # fmt: skip


def _ever(people: People, nephritis: Integers, low_c3: Booleans, low_c4: Booleans) -> dict[str, Booleans]:
    """Return the answers to the classification of 2019: present now, or once before."""
    rows = list(table("eularacr").iter_rows(named=True))
    drawn = people.streams.uniform("history.ever", len(rows))
    ever = {}
    for i, row in enumerate(rows):
        now = people.has[:, which(*(row["manifestations"] or "").split())].any(axis=1)
        ever[row["item"]] = now | (drawn[:, i] < row["ever"])
    ever["eularacr_class_2_5"] = np.isin(nephritis, [1, 4, 5, 6])
    ever["eularacr_class_3_4"] = np.isin(nephritis, [2, 3, 5, 6])
    ever["eularacr_low_c3_or_c4"] = low_c3 | low_c4
    ever["eularacr_low_c3_and_c4"] = low_c3 & low_c4
    ever["eularacr_subacute_discoid"] &= ~ever["eularacr_acute_cutaneous"]
    return ever


def _points(ever: dict[str, Booleans]) -> Integers:
    """Return the total of the classification: the highest item of each domain (aringer2019)."""
    total = 0
    for domain in table("eularacr")["domain"].unique(maintain_order=True):
        rows = table("eularacr").filter(domain=domain)
        total = total + np.max([ever[r["item"]] * r["points"] for r in rows.iter_rows(named=True)], axis=0)
    return np.asarray(total)


def _systems(people: People, ever: dict[str, Booleans], n: Numbers) -> dict[str, Booleans]:
    """Return which BILAG systems were ever involved; one that is active now was."""
    organ = np.array(table("manifestations")["organ"].to_list())
    before = people.streams.uniform("history.systems", len(SYSTEMS)) < n["history.system_ever"]
    found = {}
    for i, system in enumerate(SYSTEMS):
        now = people.has[:, organ == system].any(axis=1)
        quiet = system in ("neuropsychiatric", "gastrointestinal", "ophthalmic")
        found[system] = now | (before[:, i] & (not quiet))
    found["mucocutaneous"] |= (
        ever["eularacr_alopecia"] | ever["eularacr_acute_cutaneous"] | ever["eularacr_oral_ulcers"]
    )
    found["musculoskeletal"] |= ever["eularacr_joints"]
    found["haematological"] |= ever["eularacr_leukopenia"] | ever["eularacr_thrombocytopenia"]
    found["neuropsychiatric"] |= (
        ever["eularacr_seizure"] | ever["eularacr_psychosis"] | ever["eularacr_delirium"]
    )
    found["renal"] |= ever["eularacr_proteinuria"]
    found["cardiorespiratory"] |= ever["eularacr_effusion"] | ever["eularacr_pericarditis"]
    found["constitutional"] |= ever["eularacr_fever"]
    return found
