# ruff: noqa: E501  (tables are wide)
"""SLEDAI-2K: what each item adds, and what is known of the total while an item is not."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.criteria import SRI4
from carnet.instruments import SLEDAI2K
from carnet.instruments.sledai2k import ITEMS, LOW_COMPLEMENT, sledai2k
from carnet.study.visit_frame import with_history

ABSENT = {item.id: False for item in ITEMS}
SCORES = [score.id for score in SLEDAI2K.scores if score.id != "sledai2k_version"]

POINTS = {
    8: "seizure psychosis organic_brain_syndrome visual_disturbance cranial_nerve_disorder lupus_headache cva vasculitis",
    4: "arthritis myositis urinary_casts haematuria proteinuria pyuria",
    2: "rash alopecia mucosal_ulcers pleurisy pericarditis low_complement anti_dsdna",
    1: "fever thrombocytopenia leukopenia",
}
WEIGHT = {f"sledai_{key}": points for points, keys in POINTS.items() for key in keys.split()}


def test_each_item_alone_adds_its_points() -> None:
    alone = [{**ABSENT, item: True} for item in WEIGHT]
    assert SLEDAI2K.score(pl.DataFrame(alone))["sledai2k"].to_list() == list(WEIGHT.values())
    assert list(WEIGHT) == [item.id for item in ITEMS]


def test_the_scale_ends_at_105_and_the_clinical_one_at_101() -> None:
    whole = SLEDAI2K.score([dict.fromkeys(ABSENT, True)])
    assert whole.select("sledai2k", "sledai2k_clinical").row(0) == (105, 101)
    assert SLEDAI2K.score([ABSENT]).select("sledai2k", "sledai2k_clinical").row(0) == (0, 0)


def test_total(spec):
    """Points add up; low complement and anti-dsDNA are left out of the clinical score."""
    spec(
        SLEDAI2K,
        """
        sledai_arthritis | sledai_alopecia | sledai_low_complement | sledai_anti_dsdna | sledai2k | sledai2k_clinical
        no               | no              | no                    | no                | 0        | 0
        yes              | no              | no                    | no                | 4        | 4
        yes              | yes             | no                    | no                | 6        | 6
        yes              | yes             | yes                   | no                | 8        | 6
        no               | no              | yes                   | yes               | 4        | 0
    """,
        **ABSENT,
    )


def test_unknown_item(spec):
    """An item not assessed is neither absent nor present: the total is unknown, and held between its ends."""
    spec(SLEDAI2K, """
        sledai_arthritis | sledai_anti_dsdna | sledai2k | sledai2k_min | sledai2k_max | sledai2k_clinical | sledai2k_clinical_min | sledai2k_clinical_max
        yes              | no                | 4        | 4            | 4            | 4                 | 4                     | 4
        yes              |                   | unknown  | 4            | 6            | 4                 | 4                     | 4
                         | yes               | unknown  | 2            | 6            | unknown           | 0                     | 4
                         |                   | unknown  | 0            | 6            | unknown           | 0                     | 4
        ND               | no                | unknown  | 0            | 4            | unknown           | 0                     | 4
    """, **ABSENT)  # fmt: skip


def test_words_for_yes_and_no(spec):
    spec(
        SLEDAI2K,
        """
        sledai_rash | sledai2k
        1           | 2
        Y           | 2
        TRUE        | 2
        Present     | 2
        0           | 0
        n           | 0
        False       | 0
        absent      | 0
    """,
        **ABSENT,
    )


def test_a_missing_column_is_unknown_in_every_row() -> None:
    scored = SLEDAI2K.score({item: [False, True] for item in list(ABSENT)[1:]})
    assert scored["sledai2k"].to_list() == [None, None]
    assert scored["sledai2k_min"].to_list() == [0, 97]
    assert scored["sledai2k_max"].to_list() == [8, 105]


def test_scores_are_whole_numbers() -> None:
    scored = SLEDAI2K.score([ABSENT])
    assert {scored.schema[name] for name in SCORES} == {pl.Int64()}


def test_a_cell_that_is_no_answer_is_refused() -> None:
    with pytest.raises(InputError, match=r"row 2 .*sledai_rash is 'maybe'"):
        SLEDAI2K.score({"subject": ["1001", "1002"], "sledai_rash": ["yes", "maybe"]})


def test_low_complement_follows_the_laboratory(spec):
    """One value below its limit asks for the item; at the limit it does not, and a missing one leaves it open."""
    spec(
        LOW_COMPLEMENT,
        """
        sledai_low_complement | c3   | c3_lln | c4   | c4_lln | low_complement_marked
        no                    | 0.89 | 0.90   | 0.20 | 0.10   | no
        no                    | 0.90 | 0.90   | 0.10 | 0.10   | yes
        no                    | 0.91 | 0.90   | 0.09 | 0.10   | no
        no                    |      | 0.90   | 0.09 | 0.10   | no
        no                    |      | 0.90   | 0.10 | 0.10   | unknown
        yes                   | 0.89 | 0.90   | 0.20 | 0.10   | yes
        yes                   |      |        |      |        | yes
    """,
    )


WORDED_APART = {
    "SELENA": {
        "visual_disturbance", "cranial_nerve_disorder", "cva", "arthritis", "proteinuria", "rash", "alopecia",
        "mucosal_ulcers", "pleurisy", "pericarditis", "thrombocytopenia",
    },
}  # fmt: skip
WORDED_APART["hybrid"] = WORDED_APART["SELENA"] - {"proteinuria"}


@pytest.mark.parametrize("version", ["SELENA", "hybrid"])
def test_versions_share_items_and_points_and_differ_in_words(version: str) -> None:
    """The hybrid takes over all of SELENA but its rule on protein, which is that of 2000."""
    other = sledai2k(version=version)
    pairs = list(zip(SLEDAI2K.form.items, other.form.items, strict=True))
    assert all((one.id, one.points, one.groups) == (two.id, two.points, two.groups) for one, two in pairs)
    apart = {one.id.removeprefix("sledai_") for one, two in pairs if one.definition != two.definition}
    assert apart == WORDED_APART[version]
    assert other.form.category != SLEDAI2K.form.category
    assert other.score([dict.fromkeys(ABSENT, True)])["sledai2k"].to_list() == [105]


def test_joints_of_arthritis_are_a_parameter() -> None:
    assert sledai2k().form["sledai_arthritis"].definition.startswith("Two joints or more")
    for three in (sledai2k(joints=3), sledai2k(version="SELENA")):
        assert three.form["sledai_arthritis"].definition.startswith("More than two joints")


def test_the_version_stands_beside_the_score(spec):
    """Which wording was scored is said with the score; items assessed by another one are refused."""
    spec(sledai2k(version="hybrid"), """
        sledai_rash | sledai_version | sledai2k | sledai2k_version
        yes         | hybrid         | 2        | hybrid
        yes         |                | 2        | hybrid
    """, **ABSENT)  # fmt: skip
    with pytest.raises(
        InputError, match=r"row 2 \(subject 1002\): sledai_version is 'SELENA'; it takes one of 2K"
    ):
        SLEDAI2K.score({"subject": ["1001", "1002"], "sledai_version": ["2K", "SELENA"]})


def test_a_change_across_versions_is_refused() -> None:
    """Where a table tells the versions, a score is compared only with an earlier one of its own."""
    rows = {"subject": ["1001", "1002"], "sledai2k": [4, 4], "sledai2k_base": [12, 12]}
    told = rows | {"sledai2k_version": ["2K", "2K"], "sledai2k_version_base": ["2K", "SELENA"]}
    with pytest.raises(InputError, match=r"row 2 \(subject 1002\): sledai2k is of version 2K, .* of SELENA"):
        SRI4.judge(told)
    agreed = told | {"sledai2k_version_base": ["2K", None]}
    assert SRI4.judge(agreed)["sri4_sle"].to_list() == SRI4.judge(rows)["sri4_sle"].to_list() == [True, True]


def test_one_row_per_visit_carries_its_version_to_the_baseline() -> None:
    visits = pl.DataFrame({
        "subject": ["1001"] * 2, "day": [0, 28], "base": ["Y", "N"], "sledai2k": [12, 4],
        "sledai2k_version": ["SELENA", "2K"],
    })  # fmt: skip
    made = with_history(visits, ["sledai2k_base"], "subject", "day", "base")
    assert made["sledai2k_version_base"].to_list() == ["SELENA", "SELENA"]
    with pytest.raises(InputError, match="row 2"):
        SRI4.judge(made)
