# ruff: noqa: E501  (tables are wide)
"""BICLA: every active organ better, none worse, no treatment failed."""

from __future__ import annotations

from carnet.criteria.bicla import BICLA, BICLA_ELIGIBLE, bicla
from carnet.instruments.bilag2004 import SYSTEMS

STABLE = {f"bilag_{system}{at}": "C" for system in SYSTEMS for at in ("", "_base")}
RESPONSE = {
    **STABLE, "bilag_renal_base": "A", "bilag_renal": "B", "sledai2k_base": 10, "sledai2k": 10, "pga_base": 2.0,
    "pga": 1.0, "treatment_failure": False,
}  # fmt: skip


def test_every_active_organ_is_better(spec):
    """A becomes B, C or D; B becomes C or D. What stays, and what worsens, is no response."""
    spec(BICLA, """
        bilag_renal_base | bilag_renal | bicla_im | bicla_na | bicla_nb | bicla
        A                | A           | no       | yes      | yes      | no
        A                | B           | yes      | yes      | yes      | yes
        A                | C           | yes      | yes      | yes      | yes
        A                | D           | yes      | yes      | yes      | yes
        B                | A           | no       | no       | yes      | no
        B                | B           | no       | yes      | yes      | no
        B                | C           | yes      | yes      | yes      | yes
        B                | D           | yes      | yes      | yes      | yes
    """, **RESPONSE)  # fmt: skip


def test_no_organ_is_worse(spec):
    """One new B is allowed, two are not, nor is a new A."""
    spec(BICLA, """
        bilag_ophthalmic_base | bilag_ophthalmic | bilag_constitutional | bicla_na | bicla_nb | bicla
        C                     | B                | C                    | yes      | yes      | yes
        C                     | B                | B                    | yes      | no       | no
        E                     | A                | C                    | no       | yes      | no
        D                     | C                | C                    | yes      | yes      | yes
    """, **RESPONSE)  # fmt: skip


def test_nothing_active_at_baseline(spec):
    """There is nothing to improve: no response, and outside the denominator."""
    spec(BICLA, """
        bilag_renal_base | bilag_renal | bicla_el | bicla_im | bicla
        C                | C           | no       | yes      | no
        E                | E           | no       | yes      | no
        B                | C           | yes      | yes      | yes
                         | C           | unknown  | yes      | unknown
                         | A           | unknown  | unknown  | no
    """, **RESPONSE)  # fmt: skip
    spec(BICLA_ELIGIBLE, """
        bilag_renal_base | bilag_renal_best_base | bilag_renal_worst_base | bicla_el
        A                |                       |                        | yes
        B                |                       |                        | yes
        C                |                       |                        | no
                         | B                     | A                      | yes
                         | C                     | B                      | unknown
                         | E                     | C                      | no
                         |                       |                        | unknown
    """, **{k: v for k, v in STABLE.items() if k.endswith("_base")})  # fmt: skip


def test_the_clauses_on_organs_decide_together(spec):
    """B at baseline has not improved, C at baseline is newly B: beside another new B it fails whichever it was."""
    spec(BICLA, """
        bilag_ophthalmic | bilag_ophthalmic_best_base | bilag_ophthalmic_worst_base | bilag_constitutional | bicla_im | bicla_nb | bicla_bl
        B                | C                          | B                           | C                    | unknown  | yes      | unknown
        B                | C                          | B                           | B                    | unknown  | unknown  | no
        B                | B                          | A                           | C                    | unknown  | yes      | unknown
        C                | E                          | A                           | C                    | yes      | yes      | yes
    """, **{k: v for k, v in RESPONSE.items() if k != "bilag_ophthalmic_base"})  # fmt: skip


def test_score_and_assessment_do_not_rise(spec):
    """SLEDAI-2K not above baseline; PGA less than 0.3 higher, exactly 0.3 is too much."""
    spec(BICLA, """
        sledai2k_base | sledai2k | pga_base | pga  | bicla_sl | bicla_pg | bicla
        10            | 9        | 2.0      | 1.0  | yes      | yes      | yes
        10            | 10       | 2.0      | 1.0  | yes      | yes      | yes
        10            | 11       | 2.0      | 1.0  | no       | yes      | no
        10            |          | 2.0      | 1.0  | unknown  | yes      | unknown
        10            | 10       | 0.9      | 1.19 | yes      | yes      | yes
        10            | 10       | 0.9      | 1.2  | yes      | no       | no
        10            | 10       | 0.9      | 1.21 | yes      | no       | no
        10            | 10       | 2.71     |      | yes      | yes      | yes
        10            | 10       | 2.7      |      | yes      | unknown  | unknown
                      | 0        | 2.0      | 1.0  | yes      | yes      | yes
        105           |          | 2.0      | 1.0  | yes      | yes      | yes
    """, **RESPONSE)  # fmt: skip


def test_treatment_failure(spec):
    """Asked for by the definition: without an answer it is unknown. A rescue counts where the table has it."""
    spec(BICLA, """
        treatment_failure | rescue | bicla
        no                | no     | yes
        yes               | no     | no
                          | no     | unknown
        no                | yes    | no
        no                |        | unknown
    """, **{k: v for k, v in RESPONSE.items() if k != "treatment_failure"})  # fmt: skip
    spec(BICLA, """
        sledai2k | bicl_res| bicla
        10       | yes      | yes
    """, **RESPONSE)  # fmt: skip


def test_choices_of_the_study(spec):
    spec(bicla(pga=0.5, sledai=1), """
        sledai2k | pga_base | pga | bicla
        11       | 1.0      | 1.4 | yes
        12       | 1.0      | 1.4 | no
        11       | 1.0      | 1.5 | no
    """, **RESPONSE)  # fmt: skip
