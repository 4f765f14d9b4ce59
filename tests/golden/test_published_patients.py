# ruff: noqa: E501  (tables are wide)
"""Patients in print: every verdict that the printed values decide is decided so, and no other.

Values: `published_patients.csv` of the reference data, which names the table behind each value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from carnet.criteria import (
    BICLA,
    BILAG_FLARE,
    DORIS,
    DORIS_OFF,
    ELIGIBLE,
    LLDAS,
    RENAL,
    SELENA_FLARE,
    SRI4,
    TFR,
)
from carnet.criteria.bilag_flare import moderate
from carnet.instruments import SLEDAI2K
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.sledai2k import ITEMS

IWATA = "RTX-SLE-10 (Iwata 2011)"
CORTICOLUP = "CORTICOLUP"
MONITORED = "LSM monitored cases (n=4)"
LETTERS = "RTX+CYC SLE-16"


@pytest.fixture
def printed(shared: Path) -> pl.DataFrame:
    path = shared / "data" / "published_patients.csv"
    return pl.read_csv(path, infer_schema_length=0).with_columns(pl.col("timepoint_days").cast(pl.Int64))


def values(printed: pl.DataFrame, study: str, day: int | None = None) -> dict[str, dict[str, str]]:
    """Return what is printed of each patient of a study, on one day or at any time."""
    rows = printed.filter(pl.col("study") == study)
    if day is not None:
        rows = rows.filter(pl.col("timepoint_days") == day)
    found: dict[str, dict[str, str]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["patient"], {})[row["variable"]] = row["value"]
    return found


def number(text: str | None) -> float | None:
    return None if text is None else float(text)


def clinical(total: str | None) -> dict[str, Any]:
    """A bare total holds the clinical one: at most 4 of its points are serology."""
    if total is None:
        return {}
    return {"sledai2k_clinical_min": max(0, int(total) - 4), "sledai2k_clinical_max": int(total)}


def only(row: dict[str, Any], rule: Any) -> bool | None:
    return rule.judge([row])[rule.id][0]


ABSENT = {item.id: False for item in ITEMS}

REMISSION_AFTER_TWO_YEARS = {
    "1": None, "2": False, "3": False, "4": False, "5": None, "6": False, "7": None, "8": False, "9": False, "10": None,
}  # fmt: skip
LOW_ACTIVITY_AFTER_TWO_YEARS = {
    "1": None, "2": None, "3": False, "4": False, "5": None, "6": None, "7": None, "8": None, "9": False, "10": None,
}  # fmt: skip


def test_remission_two_years_after_rituximab(printed: pl.DataFrame) -> None:
    """No PGA is printed, so no one is known to be in remission; a dose above 5 mg alone says who is not."""
    verdicts = {
        patient: only(
            {"prednisone": number(v.get("prednisolone_equivalent")), **clinical(v.get("sledai"))}, DORIS
        )
        for patient, v in values(printed, IWATA, 730).items()
    }
    assert verdicts == REMISSION_AFTER_TWO_YEARS


def test_low_activity_two_years_after_rituximab(printed: pl.DataFrame) -> None:
    """9.5, 10 and 12.5 mg exclude it; 7.5 mg (patient 6) does not. A total of 0 leaves no item present."""
    verdicts = {}
    for patient, v in values(printed, IWATA, 730).items():
        items = ABSENT if v.get("sledai") == "0" else {}
        verdicts[patient] = only({"prednisone": number(v.get("prednisolone_equivalent")), **items}, LLDAS)
    assert verdicts == LOW_ACTIVITY_AFTER_TWO_YEARS


def test_no_one_was_in_remission_before_rituximab(printed: pl.DataFrame) -> None:
    for patient, v in values(printed, IWATA, 0).items():
        row = {"prednisone": number(v["prednisolone_equivalent"]), **clinical(v["sledai"])}
        assert only(row, DORIS) is False, patient
        assert only(row, LLDAS) is False, patient


def test_response_two_years_after_rituximab(printed: pl.DataFrame) -> None:
    """Totals of 3 and 0 (patient 2) exclude SRI-4 with neither BILAG letters nor PGA printed; the other falls suffice."""
    before, after = values(printed, IWATA, 0), values(printed, IWATA, 730)
    clause, response = {}, {}
    for patient, v in after.items():
        total = v.get("sledai")
        row = {
            "sledai2k_base": int(before[patient]["sledai"]),
            "sledai2k": None if total is None else int(total),
        }
        judged = SRI4.judge(pl.DataFrame([row], schema=dict.fromkeys(row, pl.Int64)))
        clause[patient], response[patient] = judged["sri4_sle"][0], judged["sri4"][0]
    relapsed = {"6", "9"}  # their totals are printed at relapse, without a day
    assert clause == {p: None if p in relapsed else p != "2" for p in after}
    assert response == {p: False if p == "2" else None for p in after}


NAMED = {
    "arthritis": "arthritis",
    "mild arthritis": "arthritis",
    "diffuse alopecia": "alopecia",
    "alopecia": "alopecia",
    "mucosal ulcers": "mucosal_ulcers",
    "mucosal ulcer": "mucosal_ulcers",
    "malar rash": "rash",
    "subacute cutaneous lupus": "rash",  # several kinds of rash are one item
    "leucopenia": "leukopenia",
    "pericarditis": "pericarditis",
    "psychosis (catatonia)": "psychosis",
    "psychosis": "psychosis",
    "lupus headache": "lupus_headache",
    "cranial neuropathy (acute hearing loss)": "cranial_nerve_disorder",
    "anti-dsDNA": "anti_dsdna",
    "low complement": "low_complement",
}
"""Manifestations that are an item by name. What is not here is no item, or no single one."""

NO_ITEM = {"lymphopenia", "autoimmune haemolytic anaemia"}
"""Activity without an item in SLEDAI-2K."""

OPEN = {
    "nephritis (class V)": ("urinary_casts", "haematuria", "proteinuria", "pyuria"),
    "active lupus nephritis": ("urinary_casts", "haematuria", "proteinuria", "pyuria"),
    "constitutional signs": ("fever",),
}
"""Words that do not say which items were present: those stay unknown."""


def items(manifestations: str) -> dict[str, bool | None]:
    row: dict[str, bool | None] = dict(ABSENT)
    for words in manifestations.split("; "):
        if words in OPEN:
            row |= {f"sledai_{key}": None for key in OPEN[words]}
        elif words not in NO_ITEM:
            row[f"sledai_{NAMED[words]}"] = True
    return row


EXACT = {"4", "40", "43", "56", "58", "72"}
MORE_IN_PRINT = {"19", "59", "71", "77", "78", "82", "109"}
LESS_IN_PRINT = {"108"}
"""Flares whose named manifestations add up to the printed score, to less of it, or to more.

More in print: the table names what flared, the score holds lasting items too (serology as a rule). Less in print:
patient 108's arthritis is called mild, and was not scored as the item, which asks for more than two joints there.
"""


def test_flares_of_corticolup(printed: pl.DataFrame) -> None:
    """SELENA-SLEDAI has the weights of SLEDAI-2K. Where the words leave items open, the printed score is not exceeded."""
    flares = values(printed, CORTICOLUP)
    scored = {patient: SLEDAI2K.score([items(v["clinical_manifestations"])]) for patient, v in flares.items()}
    score = {patient: int(v["selena_sledai"]) for patient, v in flares.items()}
    open_to = {patient for patient, table in scored.items() if table["sledai2k"][0] is None}
    assert open_to == {"23", "27", "76"}
    assert all(scored[patient]["sledai2k_min"][0] <= score[patient] for patient in open_to)
    total = {patient: table["sledai2k"][0] for patient, table in scored.items() if patient not in open_to}
    assert {patient for patient, t in total.items() if t == score[patient]} == EXACT
    assert {patient for patient, t in total.items() if t < score[patient]} == MORE_IN_PRINT
    assert {patient for patient, t in total.items() if t > score[patient]} == LESS_IN_PRINT


def test_a_flare_is_not_low_activity(printed: pl.DataFrame) -> None:
    """PGA and dose of each flare exclude remission wherever they pass the limits, and leave it open elsewhere."""
    for patient, v in values(printed, CORTICOLUP).items():
        dose = number(v.get("prednisone_after_flare"))
        row = {"pga": number(v["pga_0_3"]), "prednisone": dose}
        passes = row["pga"] < 0.5 and (dose is None or dose <= 5)
        assert only(row, DORIS) is (None if passes else False), patient
        low = row["pga"] <= 1 and (dose is None or dose <= 7.5)
        assert only(row, LLDAS) is (None if low else False), patient


def test_monitored_cases(printed: pl.DataFrame) -> None:
    """Case 1 adds up to the printed 6 exactly, its haemolysis adding nothing; nephritis leaves the others between bounds."""
    found = {}
    for patient, v in values(printed, MONITORED, 0).items():
        table = SLEDAI2K.score([items(v["clinical_manifestations"])])
        found[patient] = (table["sledai2k"][0], table["sledai2k_min"][0], table["sledai2k_max"][0])
        assert found[patient][1] <= int(v["sledai2k"]) <= found[patient][2], patient
    assert found == {"1": (6, 6, 6), "2": (None, 22, 38), "3": (None, 2, 18), "4": (None, 8, 24)}


SYSTEM = {
    "nephritis": "renal", "neurological": "neuropsychiatric", "general": "constitutional",
    "haematological": "haematological", "serositis": "cardiorespiratory", "cutaneous": "mucocutaneous",
    "arthritis": "musculoskeletal", "destructive arthritis": "musculoskeletal", "Quincke oedema": "mucocutaneous",
}  # fmt: skip
"""Systems of the table under their names of 2004. Vasculitis, a system of its own in the older index, has none."""


def test_letters_six_months_after_rituximab(printed: pl.DataFrame) -> None:
    """The letters are of the older index; the clause on organs reads letters alone. Each system printed is decided."""
    before, after = values(printed, LETTERS, 0), values(printed, LETTERS, 182)
    decided, worse = 0, set()
    for patient, letters in after.items():
        row, told = {}, set()
        for name, letter in letters.items():
            system = SYSTEM.get(name.removeprefix("bilag:"))
            if name.startswith("bilag:") and system:
                row |= {f"bilag_{system}": letter, f"bilag_{system}_base": before[patient][name]}
                told.add(system)
        judged = SRI4.judge([row])
        for system in told:
            now, was = row[f"bilag_{system}"], row[f"bilag_{system}_base"]
            assert judged[f"sri4_{system}_a"][0] is not (now == "A" and was != "A")
            assert judged[f"sri4_{system}_b"][0] is not (now == "B" and was in "CDE")
            decided += 1
        worse |= {patient} if judged["sri4_bil"][0] is False else set()
        assert judged["sri4_bil"][0] is not True, "no patient has all nine systems in print"
    assert decided == 29
    assert worse == set()


def test_who_could_respond_to_rituximab(printed: pl.DataFrame) -> None:
    """Totals at baseline of 3 (patient 2) to 30: that one patient is outside the denominator of every SRI."""
    before = values(printed, IWATA, 0)
    for points in (4, 8):
        rows = pl.DataFrame({"sledai2k_base": [int(v["sledai"]) for v in before.values()]})
        eligible = ELIGIBLE[f"sri{points}"].judge(rows)[f"sri{points}_el"].to_list()
        assert eligible == [int(v["sledai"]) >= points for v in before.values()]
        assert eligible[list(before).index("2")] is False


def test_no_one_was_free_of_treatment_two_years_after_rituximab(printed: pl.DataFrame) -> None:
    """Every dose in print is above 0, so remission off treatment and treatment-free remission are excluded."""
    for patient, v in values(printed, IWATA, 730).items():
        dose = number(v.get("prednisolone_equivalent"))
        row = {"prednisone": dose, **clinical(v.get("sledai"))}
        wanted = False if dose else None
        assert (only(row, DORIS_OFF), only(row, TFR)) == (wanted, wanted), patient


def test_classes_of_corticolup(printed: pl.DataFrame) -> None:
    """A score above 12 or a PGA above 2.5 makes a flare severe, and each such one is printed as severe.

    What else is in print decides no flare as mild: manifestations and drugs may make it severe, as in patient 58
    (score 4, PGA 1.0).
    """
    severe = set()
    for patient, v in values(printed, CORTICOLUP).items():
        row = {"sledai2k": int(v["selena_sledai"]), "pga": number(v["pga_0_3"])}
        judged = SELENA_FLARE.judge(pl.DataFrame([row]))
        severe |= {patient} if judged["sfi_sev"][0] else set()
        assert judged["sfi_sev"][0] is not False, patient
        assert judged["sfi_sev"][0] is None or v["sfi_flare_class"] == "severe", patient
    assert severe == {"27", "76"}


def test_letters_of_corticolup(printed: pl.DataFrame) -> None:
    """Its classes: severe with an A, moderate with two B, else mild. Ours: a new A, a new B, or two where asked."""
    for patient, v in values(printed, CORTICOLUP).items():
        letters = [part[-1] for part in v["bilag2004_letters"].split(",") for _ in range(int(part[0]))]
        row = {f"bilag_{system}_prev": "D" for system in SYSTEMS}
        row |= {f"bilag_{system}": "D" for system in SYSTEMS}
        row |= {f"bilag_{system}": letter for system, letter in zip(SYSTEMS, letters, strict=False)}
        judged = BILAG_FLARE.judge([row])
        two = moderate(new_b=2).judge([row])["bfl_mod"][0]
        said = "severe" if judged["bfl_sev"][0] else "moderate" if two else "mild"
        assert said == v["bilag2004_flare_class"], patient
        assert judged["bflare"][0] is any(letter in "AB" for letter in letters), patient


def test_organs_better_six_months_after_rituximab(printed: pl.DataFrame) -> None:
    """Every A and B in print that stayed, or did not improve, excludes BICLA; the others are possible responses."""
    before, after = values(printed, LETTERS, 0), values(printed, LETTERS, 182)
    excluded = set()
    for patient, letters in after.items():
        pairs = {}
        for name, letter in letters.items():
            system = SYSTEM.get(name.removeprefix("bilag:"))
            if name.startswith("bilag:") and system:
                pairs[system] = (letter, before[patient][name])
        row = {f"bilag_{s}": now for s, (now, _) in pairs.items()}
        row |= {f"bilag_{s}_base": was for s, (_, was) in pairs.items()}
        judged = BICLA.judge([row])
        assert judged["bicla_el"][0] is (True if any(was in "AB" for _, was in pairs.values()) else None)
        stays = any(
            was in "AB" and now in "AB" and not (was == "A" and now == "B") for now, was in pairs.values()
        )
        assert (judged["bicla_im"][0] is False) == stays, patient
        assert judged["bicla"][0] is (False if stays else None), patient
        excluded |= {patient} if stays else set()
    assert excluded == STAYED


STAYED = {"6", "14"}
"""Patient 6 kept a B of the blood, patient 14 two: neurological and general."""


def test_proteinuria_of_one_patient(printed: pl.DataFrame) -> None:
    """From 1197 to 467 mg/g: below 0.5 and more than halved between the first and the third year."""
    v = {day: values(printed, "Daratumumab SLE (ARD 2023)", day)["1"] for day in (365, 1095)}
    row = {"proteinuria_base": float(v[365]["upcr"]) / 1000, "proteinuria": float(v[1095]["upcr"]) / 1000}
    judged = {name: RENAL[name].judge([row])[name][0] for name in ("rneu6", "rnkdc", "rnkdp")}
    assert judged == {"rneu6": True, "rnkdc": None, "rnkdp": None}


def test_totals_in_print_never_contradict_what_is_said_of_the_patient(printed: pl.DataFrame) -> None:
    """Remission and low activity are stated without dose or PGA: the printed rest must leave them possible."""
    stated = [
        ("Daratumumab SLE (ARD 2023)", "1", 1095, "doris", DORIS, {"sledai2k_clinical": "clinical_sledai2k"})
    ]
    for study, patient, day, verdict, rule, columns in stated:
        v = values(printed, study, day)[patient]
        assert v[verdict] == "true"
        assert only({column: number(v[name]) for column, name in columns.items()}, rule) is None
    falls = {"LN patient (fludarabine-free conditioning)": 365, "extrarenal patient (no conditioning)": 182}
    for patient, day in falls.items():
        base, now = (values(printed, "FT819", d)[patient]["sledai2k"] for d in (0, day))
        judged = SRI4.judge([{"sledai2k_base": int(base), "sledai2k": int(now)}])
        assert (judged["sri4_sle"][0], judged["sri4"][0]) == (True, None)


def test_groups_in_print() -> None:
    pytest.skip(
        "means, medians and counts of groups (Mackensen, Mueller, Wang, BCMA, YTS109, Ostendorf) hold no row to judge"
    )
