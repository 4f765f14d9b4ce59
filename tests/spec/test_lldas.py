# ruff: noqa: E501  (tables are wide)
"""LLDAS: the lupus low disease activity state."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.criteria.lldas import BEYOND, CEILINGS, LLDAS, MAJOR, lldas
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.sledai2k import ITEMS

ABSENT = {f"{item.id}{at}": False for item in (*ITEMS, *BEYOND) for at in ("", "_prev")}
LOW = {**ABSENT, "pga": 0.5, "prednisone": 5, "standard_treatment": True}


def test_every_clause_at_its_limit(spec):
    """PGA at most 1, prednisone at most 7.5 mg, standard treatment; all of them needed."""
    spec(
        LLDAS,
        """
        pga  | prednisone | standard_treatment | lldas
        0.5  | 5          | yes                | yes
        0.99 | 5          | yes                | yes
        1    | 5          | yes                | yes
        1.01 | 5          | yes                | no
        0.5  | 7.4        | yes                | yes
        0.5  | 7.5        | yes                | yes
        0.5  | 7.6        | yes                | no
        0.5  | 5          | no                 | no
             | 5          | yes                | unknown
        0.5  |            | yes                | unknown
        0.5  | 5          |                    | unknown
             | 10         |                    | no
    """,
        **ABSENT,
    )


def test_total_of_at_most_four(spec):
    """Lasting arthritis alone is 4 and passes; with anything more it does not."""
    before = {
        f"sledai_{key}_prev": True for key in ("arthritis", "leukopenia", "rash", "alopecia", "anti_dsdna")
    }
    spec(
        LLDAS,
        """
        sledai_arthritis | sledai_leukopenia | sledai_rash | sledai_alopecia | sledai_anti_dsdna | lldas_sl | lldas
        yes              | no                | no          | no              | no                | yes      | yes
        yes              | yes               | no          | no              | no                | no       | no
        no               | yes               | yes         | no              | no                | yes      | yes
        no               | no                | yes         | no              | yes               | yes      | yes
        no               | no                | yes         | yes             | yes               | no       | no
        yes              |                   | no          | no              | no                | unknown  | unknown
        no               | yes               | yes         |                 | no                | unknown  | unknown
        yes              | yes               |             |                 |                   | no       | no
    """,
        **{**LOW, **before},
    )


@pytest.mark.parametrize("item", [i.id for i in MAJOR])
def test_an_active_major_organ_is_not_low_activity(item: str) -> None:
    """Kidney, nervous system, heart and lung, vessels and fever, even where the total stays within 4 and nothing is new."""
    judged = LLDAS.judge([{**LOW, item: True, f"{item}_prev": True}])
    assert judged.select("lldas", "lldas_mo", "lldas_nw").row(0) == (False, False, True)


def test_which_organs_are_major() -> None:
    minor = {item.id.removeprefix("sledai_") for item in ITEMS} - {
        i.id.removeprefix("sledai_") for i in MAJOR
    }
    assert minor == {
        "arthritis", "myositis", "rash", "alopecia", "mucosal_ulcers", "low_complement", "anti_dsdna",
        "thrombocytopenia", "leukopenia",
    }  # fmt: skip


def test_haemolysis_and_gut(spec):
    """Asked beside SLEDAI-2K, and unknown where they were not."""
    spec(
        LLDAS,
        """
        haemolysis | gi_activity | haemolysis_prev | gi_activity_prev | lldas
        no         | no          | no              | no               | yes
        yes        | no          | yes             | no               | no
        no         | yes         | no              | yes              | no
                   | no          | no              | no               | unknown
        no         |             |                 |                  | unknown
        no         | no          |                 |                  | yes
    """,
        **LOW,
    )


def test_newness(spec):
    """New is absent before and present now. Present now with nothing known of before is unknown; absent now is never new."""
    spec(
        LLDAS,
        """
        sledai_rash_prev | sledai_rash | lldas_nw | lldas
        no               | no          | yes      | yes
        no               | yes         | no       | no
        yes              | yes         | yes      | yes
        yes              | no          | yes      | yes
                         | no          | yes      | yes
                         | yes         | unknown  | unknown
        no               |             | unknown  | unknown
        yes              |             | yes      | yes
                         |             | unknown  | unknown
    """,
        **LOW,
    )


def test_serology_can_be_new(spec):
    """So remission does not imply low activity: anti-dsDNA risen again is new."""
    spec(
        LLDAS,
        """
        sledai_anti_dsdna_prev | sledai_anti_dsdna | lldas
        no                     | yes               | no
        yes                    | yes               | yes
    """,
        **LOW,
    )
    spec(
        lldas(newness="clinical"),
        """
        sledai_anti_dsdna_prev | sledai_anti_dsdna | sledai_rash_prev | sledai_rash | lldas
        no                     | yes               | no               | no          | yes
        no                     | no                | no               | yes         | no
    """,
        **LOW,
    )


def test_first_visit(spec):
    """Without an earlier assessment nothing present means nothing new; anything present may be new or not."""
    now = {name: value for name, value in LOW.items() if not name.endswith("_prev")}
    spec(
        LLDAS,
        """
        first_visit | sledai_rash | lldas_nw | lldas
        yes         | no          | yes      | yes
        yes         | yes         | unknown  | unknown
        yes         |             | unknown  | unknown
        no          | no          | yes      | yes
        no          | yes         | unknown  | unknown
    """,
        **now,
    )
    spec(
        LLDAS,
        """
        first_visit | sledai_rash_prev | sledai_rash | lldas_nw
        no          | no               | yes         | no
        yes         | no               | yes         | unknown
                    | no               | yes         | unknown
                    | no               | no          | yes
    """,
        **LOW,
    )


def test_choices_of_the_study(spec):
    spec(
        lldas(beyond_sledai=False),
        """
        haemolysis | gi_activity | lldas
        yes        | yes         | yes
    """,
        **LOW,
    )
    spec(
        lldas(dose=5),
        """
        prednisone | lldas
        5          | yes
        5.1        | no
    """,
        **LOW,
    )


def test_explanation() -> None:
    row = {
        **LOW,
        "sledai_rash": True,
        "sledai_arthritis": True,
        "sledai_arthritis_prev": True,
        "sledai_fever": None,
    }
    assert list(LLDAS.explain(LLDAS.judge(pl.DataFrame([row])).row(0, named=True))) == [
        "no       LLDAS",
        "  no       SLEDAI-2K at most 4, no major organ active, no haemolysis, no gut activity",
        "    no       SLEDAI-2K at most 4: at least 6 points (Arthritis 4, Rash 2); not answered: Fever 1",
        "  no       nothing new since the previous assessment: rash present, before absent",
    ]


def test_variants_in_print(spec):
    """Haemolysis and gut: counted by Franklyn, Oon and APLC; dropped by Parodis and in BLISS."""
    quiet = {f"bilag_{system}{at}": "D" for system in SYSTEMS for at in ("", "_prev")}
    doses = dict.fromkeys(CEILINGS, 0)
    for variant, verdict in (
        ("franklyn", "no"),
        ("oon", "no"),
        ("aplc", "no"),
        ("parodis", "yes"),
        ("bliss", "yes"),
    ):
        table = f"""
            haemolysis | haemolysis_prev | lldas
            no         | no              | yes
            yes        | yes             | {verdict}
        """
        spec(lldas(variant=variant), table, **LOW, **quiet, **doses, flare=False)


def test_variants_by_flare(spec):
    """Parodis and APLC ask for a flare by the SELENA index instead of new items."""
    spec(
        lldas(variant="parodis"),
        """
        sledai_rash | flare | lldas_nw | lldas
        yes         | no    | yes      | yes
        no          | yes   | no       | no
        no          |       | unknown  | unknown
    """,
        **LOW,
    )


def test_variant_of_parodis_names_the_organs(spec):
    """Kidney, serosa and fever by name; the nervous system and the vessels are above 4 points anyway."""
    spec(
        lldas(variant="parodis"),
        """
        sledai_pyuria | sledai_fever | sledai_pericarditis | sledai_seizure | lldas_mo | lldas_sl | lldas
        no            | no           | no                  | no             | yes      | yes      | yes
        yes           | no           | no                  | no             | no       | yes      | no
        no            | yes          | no                  | no             | no       | yes      | no
        no            | no           | yes                 | no             | no       | yes      | no
        no            | no           | no                  | yes            | yes      | no       | no
    """,
        **LOW,
        flare=False,
    )


def test_variant_of_oon_looks_at_organs(spec):
    """A system newly A or B against the previous assessment is new as well; between the two it is new for sure."""
    quiet = {f"bilag_{system}{at}": "D" for system in SYSTEMS for at in ("", "_prev")}
    spec(
        lldas(variant="oon"),
        """
        bilag_renal_prev | bilag_renal | bilag_renal_best | bilag_renal_worst | lldas_nw | lldas
        D                | D           |                  |                   | yes      | yes
        D                | C           |                  |                   | yes      | yes
        D                | B           |                  |                   | no       | no
        B                | B           |                  |                   | yes      | yes
        B                | A           |                  |                   | no       | no
        D                |             |                  |                   | unknown  | unknown
        D                |             | B                | A                 | no       | no
    """,
        **LOW,
        **quiet,
    )


@pytest.mark.parametrize(
    ("drug", "ceiling"),
    [
        ("hydroxychloroquine", 400), ("methotrexate", 30), ("azathioprine", 200), ("mycophenolate_mofetil", 3000),
        ("mycophenolic_acid", 2160), ("leflunomide", 20),
    ],
)  # fmt: skip
def test_ceilings_of_aplc(drug: str, ceiling: float) -> None:
    """400, 30 (a week), 200, 3000, 2160 and 20 mg: the ceiling itself passes."""
    doses = [ceiling - 0.1, ceiling, ceiling + 0.1, None]
    rows = [{**LOW, **dict.fromkeys(CEILINGS, 0.0), "flare": False, drug: dose} for dose in doses]
    table = pl.DataFrame(rows, infer_schema_length=None)
    assert lldas(variant="aplc").judge(table)["lldas"].to_list() == [True, True, False, None]


def test_aplc_without_the_question_on_treatment() -> None:
    """The ceilings stand for it where the table does not ask."""
    row = {**LOW, **dict.fromkeys(CEILINGS, 0.0), "flare": False}
    del row["standard_treatment"]
    assert lldas(variant="aplc").judge([row])["lldas"].to_list() == [True]
    assert LLDAS.judge([row])["lldas"].to_list() == [None]


def test_limits_are_exact_at_the_precision_recorded(spec):
    spec(
        LLDAS,
        """
        pga                | prednisone        | lldas
        1.0000001          | 5                 | no
        0.9999999          | 5                 | yes
        1                  | 7.5000001         | no
        1.0000000000000002 | 7.500000000000001 | yes
    """,
        **LOW,
    )
