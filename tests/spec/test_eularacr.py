# ruff: noqa: E501  (tables are wide)
"""EULAR/ACR 2019: entry, clinical criterion, ten points of the highest weights."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.criteria.eularacr import CRITERIA, EULAR_ACR, ITEMS, eularacr, points

ABSENT = {item.id: False for item in ITEMS}
LUPUS = {**ABSENT, "eularacr_ana": True, "eularacr_joints": True, "eularacr_acute_cutaneous": True}

PRINTED = {
    "fever": 2, "leukopenia": 3, "thrombocytopenia": 4, "haemolysis": 4, "delirium": 2, "psychosis": 3, "seizure": 5,
    "alopecia": 2, "oral_ulcers": 2, "subacute_discoid": 4, "acute_cutaneous": 6, "effusion": 5, "pericarditis": 6,
    "joints": 6, "proteinuria": 4, "class_2_5": 8, "class_3_4": 10, "antiphospholipid": 2, "low_c3_or_c4": 3,
    "low_c3_and_c4": 4, "dsdna_or_sm": 6,
}  # fmt: skip


@pytest.mark.parametrize(("key", "weight"), PRINTED.items())
def test_weight_of_each_criterion(key: str, weight: int) -> None:
    table = pl.DataFrame([{**ABSENT, f"eularacr_{key}": True}])
    assert table.select(least=points(False), most=points(True)).row(0) == (weight, weight)


def test_all_together() -> None:
    """The highest of each domain: 51 at most, 39 of them clinical."""
    clinical = {row["id"] for row in CRITERIA if row["clinical"] == "Y"}
    for present, total in ((set(ABSENT), 51), (clinical, 39)):
        table = pl.DataFrame([{name: name in present for name in ABSENT}])
        assert table.select(points(False)).item() == total


def test_the_highest_of_a_domain_counts(spec):
    """Skin 6, not 2 + 2 + 4 + 6; with 4 points of the blood it is 10."""
    spec(EULAR_ACR, """
        eularacr_alopecia | eularacr_oral_ulcers | eularacr_acute_cutaneous | eularacr_leukopenia | eularacr_haemolysis | eula_pts | eularacr
        yes               | yes                  | yes                      | no                  | no                  | no       | no
        yes               | yes                  | yes                      | yes                 | no                  | no       | no
        yes               | yes                  | yes                      | yes                 | yes                 | yes      | yes
        no                | no                   | yes                      | no                  | yes                 | yes      | yes
        no                | no                   | yes                      |                     | no                  | no       | no
        no                | no                   | yes                      |                     |                     | unknown  | unknown
    """, **{**ABSENT, "eularacr_ana": True})  # fmt: skip


def test_ten_points(spec):
    spec(EULAR_ACR, """
        eularacr_psychosis | eularacr_acute_cutaneous | eularacr_fever | eularacr_low_c3_and_c4 | eula_pts | eularacr
        yes                | yes                      | no             | no                     | no       | no
        no                 | yes                      | no             | yes                    | yes      | yes
        yes                | yes                      | yes            | no                     | yes      | yes
    """, **{**ABSENT, "eularacr_ana": True})  # fmt: skip


def test_entry_by_ana(spec):
    """Without an ANA of 1:80 or more at least once nothing else is looked at."""
    spec(EULAR_ACR, """
        eularacr_ana | eularacr_joints | eularacr
        yes          | yes             | yes
        no           | yes             | no
                     | yes             | unknown
                     | no              | no
    """, **LUPUS)  # fmt: skip


def test_one_clinical_criterion(spec):
    """Twelve points of antibodies and complement alone classify no one."""
    serology = dict.fromkeys(
        ("eularacr_antiphospholipid", "eularacr_low_c3_and_c4", "eularacr_dsdna_or_sm"), True
    )
    spec(EULAR_ACR, """
        eularacr_fever | eula_pts | eula_cli | eularacr
        no             | yes      | no       | no
        yes            | yes      | yes      | yes
                       | yes      | unknown  | unknown
    """, **{**ABSENT, **serology, "eularacr_ana": True})  # fmt: skip


def test_choices_of_the_study(spec):
    spec(eularacr(points=12), """
        eularacr_fever | eularacr_joints | eularacr
        no             | yes             | yes
        yes            | no              | no
    """, **LUPUS)  # fmt: skip
