# ruff: noqa: E501  (tables are wide)
"""SRI-4: a better SLEDAI-2K, no organ worse, no worse global assessment."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import DefinitionError, InputError
from carnet.criteria import CRITERIA, ELIGIBLE
from carnet.criteria.sri4 import SRI4, SRI5, SRI6, SRI7, SRI8, sri
from carnet.instruments.bilag2004 import SYSTEMS

STABLE = {f"bilag_{system}{at}": "C" for system in SYSTEMS for at in ("", "_base")}
RESPONSE = {**STABLE, "sledai2k_base": 12, "sledai2k": 4, "pga_base": 2.0, "pga": 1.0}


def test_new_renal_a(spec):
    """One organ newly severe outweighs a better total."""
    spec(
        SRI4,
        """
        sledai2k_base | sledai2k | bilag_renal_base | bilag_renal | pga_base | pga | sri4
        12            | 4        | C                | C           | 2.0      | 1.0 | yes
        12            | 4        | C                | A           | 2.0      | 1.0 | no
        12            | 4        | C                | C           | 2.0      |     | unknown
    """,
        **STABLE,
    )


def test_sledai_falls_by_four(spec):
    spec(
        SRI4,
        """
        sledai2k_base | sledai2k | sri4_sle | sri4
        12            | 9        | no       | no
        12            | 8        | yes      | yes
        12            | 7        | yes      | yes
        3             | 0        | no       | no
        12            |          | unknown  | unknown
                      | 4        | unknown  | unknown
        3             |          | no       | no
                      | 102      | no       | no
    """,
        **RESPONSE,
    )


def test_sledai_known_within_bounds(spec):
    """The verdict stands where every total within the bounds gives it."""
    spec(SRI4, """
        sledai2k_base | sledai2k_min_base | sledai2k_max_base | sledai2k | sledai2k_min | sledai2k_max | sri4_sle
        12            |                   |                   |          | 4            | 8            | yes
        12            |                   |                   |          | 4            | 9            | unknown
        12            |                   |                   |          | 9            | 20           | no
                      | 12                | 14                | 8        |              |              | yes
                      | 11                | 14                | 8        |              |              | unknown
                      | 8                 | 11                | 8        |              |              | no
                      | 12                |                   |          |              | 8            | yes
                      | 12                | 16                |          | 8            | 9            | unknown
    """, **{k: v for k, v in RESPONSE.items() if "sledai" not in k})  # fmt: skip


def test_global_assessment_rises_by_less_than_0_3(spec):
    """Exactly 0.3 is worse, whatever binary arithmetic makes of it."""
    spec(
        SRI4,
        """
        pga_base | pga  | sri4_pga | sri4
        2.0      | 2.29 | yes      | yes
        2.0      | 2.3  | no       | no
        2.0      | 2.31 | no       | no
        0.9      | 1.2  | no       | no
        0.1      | 0.4  | no       | no
        0.6      | 0.9  | no       | no
        1.0      | 1.0  | yes      | yes
        2.0      | 0    | yes      | yes
    """,
        **RESPONSE,
    )


def test_one_assessment_missing_is_bounded_by_the_scale(spec):
    """From 2.71 a rise of 0.3 is impossible; to 0.29 likewise."""
    spec(
        SRI4,
        """
        pga_base | pga  | sri4_pga
        2.71     |      | yes
        2.7      |      | unknown
                 | 0.29 | yes
                 | 0.3  | unknown
                 |      | unknown
    """,
        **RESPONSE,
    )


def test_new_a_and_new_b(spec):
    """New A: A now, not at baseline. New B: B now, below B at baseline; a fall from A to B is none. One new B is allowed."""
    spec(
        SRI4,
        """
        bilag_renal_base | bilag_renal | bilag_ophthalmic_base | bilag_ophthalmic | sri4_bla | sri4_blb | sri4_bil
        A                | A           | C                     | C                | yes      | yes      | yes
        B                | A           | C                     | C                | no       | yes      | no
        C                | A           | C                     | C                | no       | yes      | no
        D                | A           | C                     | C                | no       | yes      | no
        E                | A           | C                     | C                | no       | yes      | no
        A                | B           | E                     | B                | yes      | yes      | yes
        B                | B           | E                     | B                | yes      | yes      | yes
        C                | B           | C                     | C                | yes      | yes      | yes
        C                | B           | D                     | B                | yes      | no       | no
        E                | B           | C                     | B                | yes      | no       | no
        A                | B           | B                     | A                | no       | yes      | no
        C                | C           | A                     | E                | yes      | yes      | yes
    """,
        **RESPONSE,
    )


def test_a_grade_missing(spec):
    """Harmless where baseline was A; elsewhere it may hide a new A. One sure new A decides whatever is missing."""
    spec(
        SRI4,
        """
        bilag_renal_base | bilag_renal | bilag_ophthalmic_base | bilag_ophthalmic | sri4_bil
        A                |             | C                     | C                | yes
        A                |             | C                     | B                | yes
        B                |             | C                     | C                | unknown
        C                |             | C                     | C                | unknown
                         | C           | C                     | C                | yes
                         | B           | C                     | C                | yes
                         | B           | C                     | B                | unknown
                         | A           | C                     | C                | unknown
        C                |             | C                     | A                | no
                         |             | C                     | C                | unknown
    """,
        **RESPONSE,
    )


def test_grades_within_bounds_decide_together(spec):
    """A system that is newly A or newly B, and a second newly B: no single clause is broken for sure, both together are."""
    spec(SRI4, """
        bilag_renal_base | bilag_renal_best | bilag_renal_worst | bilag_ophthalmic_base | bilag_ophthalmic | sri4_bla | sri4_blb | sri4_bil
        C                | B                | A                 | C                     | C                | unknown  | yes      | unknown
        C                | B                | A                 | C                     | B                | unknown  | unknown  | no
        C                | C                | B                 | C                     | C                | yes      | yes      | yes
        C                | C                | B                 | C                     | B                | yes      | unknown  | unknown
        B                | B                | A                 | C                     | B                | unknown  | yes      | unknown
        A                | B                | A                 | C                     | B                | yes      | yes      | yes
        C                | A                | A                 | C                     | C                | no       | yes      | no
    """, **{k: v for k, v in RESPONSE.items() if k != "bilag_renal"})  # fmt: skip


def test_baseline_grade_within_bounds(spec):
    spec(
        SRI4,
        """
        bilag_renal | bilag_renal_best_base | bilag_renal_worst_base | sri4_bla | sri4_bil
        A           | C                     | B                      | no       | no
        A           | C                     | A                      | unknown  | unknown
        A           | A                     | A                      | yes      | yes
        C           | E                     | A                      | yes      | yes
    """,
        **{k: v for k, v in RESPONSE.items() if not k.startswith("bilag_renal")},
    )


def test_rescue(spec):
    """A rescue begun is no response; where the column is kept, an empty cell is unknown."""
    spec(
        SRI4,
        """
        rescue | sledai2k | sri4_res | sri4
        no     | 4        | yes      | yes
        yes    | 4        | no       | no
               | 4        | unknown  | unknown
               | 11       | unknown  | no
    """,
        **RESPONSE,
    )
    spec(
        SRI4,
        """
        sledai2k | sri4_res | sri4
        4        | yes      | yes
    """,
        **RESPONSE,
    )


def test_one_failing_clause_decides_whatever_is_missing(spec):
    spec(
        SRI4,
        """
        sledai2k_base | sledai2k | pga_base | pga | bilag_renal_base | bilag_renal | sri4
        6             | 4        |          |     |                  |             | no
                      |          | 1.0      | 1.3 |                  |             | no
                      |          |          |     | C                | A           | no
        12            | 4        | 2.0      | 1.0 |                  |             | unknown
    """,
    )


@pytest.mark.parametrize(("rule", "points"), [(SRI4, 4), (SRI5, 5), (SRI6, 6), (SRI7, 7), (SRI8, 8)])
def test_stricter_forms_ask_for_a_larger_fall(rule, points) -> None:
    rows = [{**RESPONSE, "sledai2k": 12 - fall} for fall in (points - 1, points, points + 1)]
    assert rule.judge(rows)[f"sri{points}"].to_list() == [False, True, True]


def test_choices_of_the_study(spec):
    spec(
        sri(n=4, pga=0.5),
        """
        pga_base | pga | sri4
        1.0      | 1.4 | yes
        1.0      | 1.5 | no
    """,
        **RESPONSE,
    )
    assert SRI4.with_parameters(n=6).id == "sri6"
    with pytest.raises(DefinitionError, match="has no parameter 'pgaa'"):
        SRI4.with_parameters(pgaa=1)


def test_what_no_scale_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"row 1 \(subject 1007, visit M3\): pga is 34"):
        SRI4.judge({"subject": ["1007"], "visit": ["M3"], "pga": [34]})
    with pytest.raises(InputError, match="bilag_renal is 'F'"):
        SRI4.judge({"bilag_renal": ["F"]})
    with pytest.raises(InputError, match="sledai2k is 106"):
        SRI4.judge({"sledai2k": [106]})
    with pytest.raises(InputError, match="already has the column sri4_pga"):
        SRI4.judge({"sri4_pga": [True]})


def test_explanation_names_the_organ() -> None:
    row = {**RESPONSE, "bilag_renal": "A", "pga": 2.3}
    assert list(SRI4.explain(SRI4.judge([row]).row(0, named=True))) == [
        "no       SRI-4 response",
        "  no       no new BILAG A and at most one new B",
        "    no       no BILAG system newly A: renal C -> A",
        "  no       PGA rose from 2 to 2.3 (+0.3; needed below +0.3)",
    ]


def test_explanation_of_joint_evidence() -> None:
    """Where the bounds decide only together, both systems are named, with the bounds of what is not certain."""
    row = {
        **RESPONSE,
        "bilag_renal": "B",
        "bilag_renal_best": "B",
        "bilag_renal_worst": "A",
        "bilag_ophthalmic": "B",
    }
    assert list(SRI4.explain(SRI4.judge([row]).row(0, named=True))) == [
        "no       SRI-4 response",
        "  no       no new BILAG A and at most one new B",
        "    unknown  no BILAG system newly A: renal C -> A to B",
        "    unknown  at most one BILAG system newly B: ophthalmic C -> B, renal C -> A to B",
    ]


def test_explanation_of_the_unknown_and_of_the_response() -> None:
    unknown = SRI4.judge([{**RESPONSE, "pga": None}]).row(0, named=True)
    assert list(SRI4.explain(unknown)) == [
        "unknown  SRI-4 response",
        "  unknown  PGA from 2 to unknown (change unknown; needed below +0.3)",
        "settled by Physician global assessment: yes if below 2.3, no if 2.3 or more",
    ]
    told = list(SRI4.explain(SRI4.judge([RESPONSE]).row(0, named=True)))
    assert told[:2] == [
        "yes      SRI-4 response",
        "  yes      SLEDAI-2K fell from 12 to 4 (-8; needed -4 or lower)",
    ]
    assert told[3].startswith("    yes      no BILAG system newly A: constitutional C -> C, ")
    assert told[4] == "    yes      at most one BILAG system newly B: as above"


@pytest.mark.parametrize("points", [4, 5, 6, 7, 8])
def test_who_can_respond_at_all(points) -> None:
    """A baseline below n can never fall by n points: those patients are outside the denominator."""
    rows = pl.DataFrame({"sledai2k_base": [points - 1, points, points + 1, None]})
    eligible = ELIGIBLE[f"sri{points}"].judge(rows)[f"sri{points}_el"].to_list()
    assert eligible == [False, True, True, None]
    best = rows.with_columns(sledai2k=0)
    assert CRITERIA[f"sri{points}"].judge(best)[f"sri{points}_sle"].to_list() == [False, True, True, None]


def test_who_can_respond_within_bounds(spec):
    spec(
        ELIGIBLE["sri4"],
        """
        sledai2k_base | sledai2k_min_base | sledai2k_max_base | sri4_el
                      | 4                 | 9                 | yes
                      | 3                 | 9                 | unknown
                      | 0                 | 3                 | no
        4             |                   |                   | yes
    """,
    )


def test_the_rise_is_exact_at_the_precision_recorded(spec):
    spec(
        SRI4,
        """
        pga_base | pga       | sri4_pga
        0.3      | 0.5999999 | yes
        0.3      | 0.6       | no
        0.3      | 0.6000001 | no
    """,
        **RESPONSE,
    )
