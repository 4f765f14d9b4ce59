"""SLICC/ACR damage index: organs, the whole, and what is known of it while an item is not."""

from __future__ import annotations

from carnet.instruments import SDI
from carnet.instruments.sdi import ITEMS, ORGANS, sdi

NONE = {item.id: False if item.type == "boolean" else 0 for item in ITEMS}
MOST = {
    "ocular": 2, "neuropsychiatric": 6, "renal": 3, "pulmonary": 5, "cardiovascular": 6, "peripheral_vascular": 5,
    "gastrointestinal": 6, "musculoskeletal": 7, "skin": 3, "gonadal": 1, "diabetes": 1, "malignancy": 2,
}  # fmt: skip
ALL = {item.id: True if item.type == "boolean" else 2 for item in ITEMS}


def test_forty_one_items_in_twelve_organs_end_at_47() -> None:
    assert (len(ITEMS), len(ORGANS)) == (41, 12)
    whole = SDI.score([ALL]).row(0, named=True)
    assert {organ: whole[f"sdi_{organ}"] for organ in ORGANS} == MOST
    assert whole["sdi"] == 47
    assert SDI.score([NONE])["sdi"].to_list() == [0]


def test_without_the_ruptured_tendon_it_ends_at_46() -> None:
    """The parameter `tendon_rupture` takes the item of the later print away, from the form as well."""
    shorter = sdi(tendon_rupture="no")
    assert shorter.score([ALL])["sdi"].to_list() == [46]
    assert [item.id for item in ITEMS if item not in shorter.form.items] == ["sdi_tendon"]


def test_each_item_alone_adds_its_points() -> None:
    for item in ITEMS:
        scored = SDI.score([{**NONE, item.id: ALL[item.id]}]).row(0, named=True)
        most = item.points or 2
        (organ,) = item.groups
        assert (scored[f"sdi_{organ}"], scored["sdi"]) == (most, most), item.id


def test_kidney(spec):
    """End-stage disease is 3 and stands in place of filtration rate and proteinuria."""
    spec(
        SDI,
        """
        sdi_gfr | sdi_proteinuria | sdi_end_stage | sdi_renal | sdi
        no      | no              | no            | 0         | 0
        yes     | no              | no            | 1         | 1
        yes     | yes             | no            | 2         | 2
        yes     | yes             | yes           | 3         | 3
        no      | no              | yes           | 3         | 3
                |                 | yes           | 3         | 3
    """,
        **NONE,
    )


def test_more_than_one_counts_two(spec):
    spec(
        SDI,
        """
        sdi_cva | sdi_malignancies | sdi_neuropsychiatric | sdi_malignancy | sdi
        0       | 0                | 0                    | 0              | 0
        1       | 0                | 1                    | 0              | 1
        2       | 1                | 2                    | 1              | 3
    """,
        **NONE,
    )


def test_unknown_items(spec):
    """An item not assessed is neither there nor not: the organ is unknown and the whole lies between its ends."""
    spec(
        SDI,
        """
        sdi_cataract | sdi_avascular_necrosis | sdi_end_stage | sdi_ocular | sdi | sdi_min | sdi_max
        yes          | 0                      | no            | 1          | 1   | 1       | 1
                     | 0                      | no            | unknown    | unknown | 0   | 1
        yes          |                        | no            | 1          | unknown | 1   | 3
        yes          | 0                      |               | 1          | unknown | 1   | 4
        ND           | ND                     | ND            | unknown    | unknown | 0   | 6
    """,
        **NONE,
    )
