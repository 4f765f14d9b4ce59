# ruff: noqa: E501  (tables are wide)
"""Flares: by BILAG-2004 and by the SELENA index, both against the previous assessment."""

from __future__ import annotations

import polars as pl

from carnet.criteria.bilag_flare import BILAG_FLARE, bilag_flare
from carnet.criteria.selena_flare import SELENA_FLARE, selena_flare
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.study.visit_frame import with_history

QUIET = {f"bilag_{system}{at}": "D" for system in SYSTEMS for at in ("", "_prev")}


def test_bilag_flare(spec):
    """A new A is severe, a new B after C, D or E moderate. From A to B is none, and what lasts is none."""
    spec(BILAG_FLARE, """
        bilag_renal_prev | bilag_renal | bfl_sev | bfl_mod | bflare
        B                | A           | yes     | no      | yes
        C                | A           | yes     | no      | yes
        E                | A           | yes     | no      | yes
        A                | A           | no      | no      | no
        A                | B           | no      | no      | no
        B                | B           | no      | no      | no
        C                | B           | no      | yes     | yes
        D                | B           | no      | yes     | yes
        E                | B           | no      | yes     | yes
        E                | C           | no      | no      | no
        A                |             | no      | no      | no
        B                |             | unknown | no      | unknown
        C                |             | unknown | unknown | unknown
                         | C           | no      | no      | no
                         | B           | no      | unknown | unknown
                         | A           | unknown | no      | unknown
    """, **QUIET)  # fmt: skip


def test_bilag_flare_between_two_degrees(spec):
    """A system between newly A and newly B is a flare for sure, of an unknown degree."""
    spec(BILAG_FLARE, """
        bilag_renal_best | bilag_renal_worst | bilag_renal_prev | bfl_sev | bfl_mod | bflare
        B                | A                 | C                | unknown | unknown | yes
        B                | A                 | B                | unknown | no      | unknown
        C                | B                 | C                | no      | unknown | unknown
    """, **{k: v for k, v in QUIET.items() if not k.startswith("bilag_renal")})  # fmt: skip


def test_bilag_flare_of_two_new_b(spec):
    """A plan may ask for more than one new B."""
    spec(bilag_flare(new_b=2), """
        bilag_renal | bilag_ophthalmic | bfl_mod | bflare
        B           | D                | no      | no
        B           | B                | yes     | yes
        A           | D                | no      | yes
    """, **QUIET)  # fmt: skip


def test_bilag_flare_of_one_row_per_visit():
    """An assessment whose grade is missing is not skipped: what stood before it says nothing of a flare since."""
    visits = pl.DataFrame(
        {**{name: ["D"] * 3 for name in QUIET if not name.endswith("_prev")}, "day": [0, 30, 60]}
    )
    visits = visits.with_columns(id=pl.lit("1"), bilag_renal=pl.Series(["D", None, "B"]))
    names = [item.id for item in BILAG_FLARE.inputs.items]
    judged = BILAG_FLARE.judge(with_history(visits, names, "id", "day"))
    assert judged["bflare"].to_list() == [False, None, None]
    whole = BILAG_FLARE.judge(with_history(visits.drop_nulls("bilag_renal"), names, "id", "day"))
    assert whole["bflare"].to_list() == [False, True]


NONE = {
    "sledai2k_prev": 2, "sledai2k": 2, "pga_prev": 0.5, "pga": 0.5, "prednisone_prev": 5, "prednisone": 5, "weight": 60,
    "flare_manifestation_mild": False, "flare_manifestation_severe": False, "flare_drug_mild": False,
    "flare_drug_severe": False, "flare_hospital": False,
}  # fmt: skip


def test_selena_score(spec):
    """A rise of 3 is a flare; above 12 it is severe."""
    spec(SELENA_FLARE, """
        sledai2k_prev | sledai2k | sfi     | sfi_sev | sfi_mm
        2             | 4        | no      | no      | no
        2             | 5        | yes     | no      | yes
        2             | 6        | yes     | no      | yes
        9             | 12       | yes     | no      | yes
        9             | 13       | yes     | yes     | no
        12            | 12       | no      | no      | no
        13            | 13       | yes     | yes     | no
        2             |          | unknown | unknown | unknown
                      | 2        | no      | no      | no
                      | 5        | unknown | no      | unknown
                      | 13       | yes     | yes     | no
        20            |          | unknown | unknown | no
    """, **NONE)  # fmt: skip


def test_selena_score_within_bounds(spec):
    """From 5 to somewhere between 10 and 14: a flare for sure, of an unknown degree."""
    spec(SELENA_FLARE, """
        sledai2k_min | sledai2k_max | sledai2k_prev | sfi     | sfi_sev | sfi_mm
        10           | 14           | 5             | yes     | unknown | unknown
        10           | 12           | 5             | yes     | no      | yes
        10           | 14           | 8             | unknown | unknown | unknown
        13           | 20           | 5             | yes     | yes     | no
    """, **{k: v for k, v in NONE.items() if not k.startswith("sledai")})  # fmt: skip


def test_selena_assessment(spec):
    """A rise of 1.0 is a flare; above 2.5 it is severe."""
    spec(SELENA_FLARE, """
        pga_prev | pga  | sfi     | sfi_sev | sfi_mm
        0.3      | 1.29 | no      | no      | no
        0.3      | 1.3  | yes     | no      | yes
        0.3      | 1.31 | yes     | no      | yes
        1.5      | 2.5  | yes     | no      | yes
        1.5      | 2.51 | yes     | yes     | no
        2.5      | 2.5  | no      | no      | no
        2.6      | 2.6  | yes     | yes     | no
                 | 0.99 | no      | no      | no
                 | 1.0  | unknown | no      | unknown
        1.6      |      | unknown | unknown | no
        1.5      |      | unknown | unknown | unknown
    """, **NONE)  # fmt: skip


def test_selena_dose(spec):
    """A raised dose is a flare; raised to more than 0.5 mg/kg it is severe. A lasting high dose is none."""
    spec(SELENA_FLARE, """
        prednisone_prev | prednisone | weight | sfi     | sfi_sev | sfi_mm
        5               | 5          | 60     | no      | no      | no
        5               | 5.1        | 60     | yes     | no      | yes
        5               | 29.9       | 60     | yes     | no      | yes
        5               | 30         | 60     | yes     | no      | yes
        5               | 30.1       | 60     | yes     | yes     | no
        40              | 40         | 60     | no      | no      | no
        40              | 35         | 60     | no      | no      | no
        40              | 45         | 60     | yes     | yes     | no
        5               | 20         |        | yes     | unknown | unknown
                        | 0          | 60     | no      | no      | no
                        | 20         | 60     | unknown | no      | unknown
        5               |            | 60     | unknown | unknown | unknown
        30              |            | 60     | unknown | unknown | no
    """, **NONE)  # fmt: skip


def test_selena_treatment_and_manifestations(spec):
    """Treatment decides alone, whatever the scores say."""
    spec(SELENA_FLARE, """
        flare_manifestation_mild | flare_manifestation_severe | flare_drug_mild | flare_drug_severe | flare_hospital | sfi     | sfi_sev | sfi_mm
        no                       | no                         | no              | no                | no             | no      | no      | no
        yes                      | no                         | no              | no                | no             | yes     | no      | yes
        no                       | no                         | yes             | no                | no             | yes     | no      | yes
        no                       | yes                        | no              | no                | no             | yes     | yes     | no
        no                       | no                         | no              | yes               | no             | yes     | yes     | no
        no                       | no                         | no              | no                | yes            | yes     | yes     | no
        yes                      | no                         | no              | yes               | no             | yes     | yes     | no
                                 | no                         | no              | no                | no             | unknown | no      | unknown
        no                       |                            | no              | no                | no             | unknown | unknown | no
        yes                      |                            | no              | no                | no             | yes     | unknown | unknown
    """, **NONE)  # fmt: skip


def test_selena_choices(spec):
    spec(selena_flare(sledai_rise=4, pga_rise=0.5), """
        sledai2k_prev | sledai2k | pga | sfi
        2             | 5        | 0.5 | no
        2             | 6        | 0.5 | yes
        2             | 2        | 1.0 | yes
    """, **NONE)  # fmt: skip
