# ruff: noqa: E501  (tables are wide)
"""BILAG-2004: grades of the systems that are scored by symptoms, history, bounds and the numerical score."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import DefinitionError, InputError
from carnet.instruments import BILAG2004
from carnet.instruments.bilag2004 import CHECKS, ITEMS, SYSTEMS, bilag2004

NORMAL = {
    "bilag_systolic_bp": 120, "bilag_diastolic_bp": 75, "bilag_upcr": 10, "bilag_creatinine": 70, "bilag_gfr": 100,
    "bilag_haemoglobin": 13, "bilag_white_cell_count": 6, "bilag_neutrophils": 4, "bilag_lymphocytes": 1.5,
    "bilag_platelets": 250,
}  # fmt: skip
QUIET = {
    item.id: NORMAL.get(item.id, False if item.type == "boolean" else 0)
    for item in ITEMS
    if item.id in NORMAL or "measured" not in item.groups
}

CATEGORY_A = [
    "skin_eruption_severe",
    "angiooedema_severe",
    "mucosal_ulceration_severe",
    "panniculitis_bullous_severe",
    "major_cutaneous_vasculitis",
    "aseptic_meningitis",
    "cerebral_vasculitis",
    "demyelinating_syndrome",
    "myelopathy",
    "acute_confusional_state",
    "psychosis",
    "acute_inflammatory_demyelinating_polyradiculoneuropathy",
    "mononeuropathy",
    "cranial_neuropathy",
    "plexopathy",
    "polyneuropathy",
    "status_epilepticus",
    "cerebellar_ataxia",
    "myositis_severe",
    "arthritis_severe",
    "myocarditis_endocarditis_cardiac_failure",
    "arrhythmia",
    "new_valvular_dysfunction",
    "cardiac_tamponade",
    "pleural_effusion_dyspnoea",
    "pulmonary_haemorrhage_vasculitis",
    "interstitial_alveolitis_pneumonitis",
    "shrinking_lung_syndrome",
    "aortitis",
    "coronary_vasculitis",
    "lupus_peritonitis",
    "lupus_enteritis_colitis",
    "intestinal_pseudo_obstruction",
    "acute_lupus_cholecystitis",
    "acute_lupus_pancreatitis",
    "orbital_inflammation",
    "keratitis_severe",
    "posterior_uveitis_retinal_vasculitis_severe",
    "scleritis_severe",
    "retinal_choroidal_vaso_occlusive",
    "optic_neuritis",
    "anterior_ischaemic_optic_neuropathy",
    "ttp",
]
CATEGORY_B = [
    "skin_eruption_mild",
    "panniculitis_bullous_mild",
    "digital_infarcts_nodular_vasculitis",
    "alopecia_severe",
    "seizure_disorder",
    "cerebrovascular_disease",
    "cognitive_dysfunction",
    "movement_disorder",
    "autonomic_disorder",
    "lupus_headache",
    "headache_intracranial_hypertension",
    "myositis_mild",
    "arthritis_moderate_tendonitis",
    "myocarditis_mild",
    "pleurisy_pericarditis",
    "abdominal_serositis_ascites",
    "malabsorption",
    "protein_losing_enteropathy",
    "lupus_hepatitis",
    "keratitis_mild",
    "anterior_uveitis",
    "posterior_uveitis_retinal_vasculitis_mild",
    "scleritis_mild",
]
CATEGORY_C = [
    "angiooedema_mild",
    "mucosal_ulceration_mild",
    "alopecia_mild",
    "periungual_erythema_chilblains",
    "splinter_haemorrhages",
    "arthritis_mild_arthralgia_myalgia",
    "episcleritis",
    "cotton_wool_spots",
]


@pytest.mark.parametrize(
    ("keys", "grades"),
    [(CATEGORY_A, "EBAAA"), (CATEGORY_B, "ECBBB"), (CATEGORY_C, "ECCCC")],
    ids=["A", "B", "C"],
)
def test_one_symptom_from_absent_to_new(keys: list[str], grades: str) -> None:
    """Absent, improving, same, worse, new: an A item gives B when improving and A after, a C item never more than C."""
    rows = [{**QUIET, f"bilag_{key}": answer} for key in keys for answer in range(5)]
    scored = BILAG2004.score(pl.DataFrame(rows, infer_schema_length=None))
    system = {item.id: next(s for s in SYSTEMS if s in item.groups) for item in ITEMS}
    for number, row in enumerate(scored.iter_rows(named=True)):
        key, answer = keys[number // 5], number % 5
        assert row[f"bilag_{system[f'bilag_{key}']}"] == grades[answer], (key, answer)


def test_every_symptom_has_a_category() -> None:
    symptoms = {i.id.removeprefix("bilag_") for i in ITEMS if i.type == "integer" and i.high == 4}
    fever_and_others = {"pyrexia", "weight_loss", "lymphadenopathy_splenomegaly", "anorexia"}
    assert symptoms == {*CATEGORY_A, *CATEGORY_B, *CATEGORY_C, *fever_and_others}
    assert len(ITEMS) == 97


def test_constitutional(spec):
    """Fever with two other symptoms is A; fever, or two others, B; improving symptoms reach only C."""
    spec(
        BILAG2004,
        """
        bilag_pyrexia | bilag_weight_loss | bilag_lymphadenopathy_splenomegaly | bilag_anorexia | bilag_constitutional
        0             | 0                 | 0                                  | 0              | E
        2             | 2                 | 2                                  | 0              | A
        4             | 0                 | 3                                  | 2              | A
        2             | 2                 | 1                                  | 0              | B
        2             | 0                 | 0                                  | 0              | B
        0             | 2                 | 0                                  | 2              | B
        1             | 2                 | 2                                  | 2              | B
        1             | 1                 | 1                                  | 1              | C
        1             | 2                 | 1                                  | 1              | C
        0             | 0                 | 4                                  | 0              | C
        0             | 0                 | 0                                  | 1              | C
    """,
        **QUIET,
    )


def test_the_worst_item_decides_in_any_order(spec):
    spec(
        BILAG2004,
        """
        bilag_angiooedema_severe | bilag_skin_eruption_severe | bilag_alopecia_mild | bilag_mucocutaneous
        1                        | 4                          | 0                   | A
        4                        | 1                          | 0                   | A
        1                        | 0                          | 4                   | B
        0                        | 0                          | 4                   | C
    """,
        **QUIET,
    )


def test_history_tells_inactive_from_never_involved(spec):
    """D needs an involvement on record; activity now overrides history; no record is E."""
    spec(
        BILAG2004,
        """
        bilag_arthritis_severe | bilag_musculoskeletal_ever | bilag_musculoskeletal
        0                      | Y                          | D
        0                      | N                          | E
        0                      |                            | E
        2                      | N                          | A
        2                      | Y                          | A
    """,
        **QUIET,
    )


def test_bounds_with_unknown_symptoms(spec):
    """The grade is what is known; best and worst are what the unknown could still make of it."""
    spec(BILAG2004, """
        bilag_arthritis_severe | bilag_arthritis_moderate_tendonitis | bilag_arthritis_mild_arthralgia_myalgia | bilag_musculoskeletal | bilag_musculoskeletal_best | bilag_musculoskeletal_worst
        0                      | 0                                   | 0                                       | E                     | E                          | E
                               | 0                                   | 0                                       | E                     | E                          | A
        ND                     | 2                                   | 0                                       | B                     | B                          | A
        2                      |                                     |                                         | A                     | A                          | A
        0                      |                                     | 2                                       | C                     | C                          | B
        0                      | 0                                   |                                         | E                     | E                          | C
        1                      |                                     | 0                                       | B                     | B                          | B
    """, **QUIET)  # fmt: skip


def test_bounds_of_constitutional(spec):
    spec(BILAG2004, """
        bilag_pyrexia | bilag_weight_loss | bilag_lymphadenopathy_splenomegaly | bilag_anorexia | bilag_constitutional_best | bilag_constitutional_worst
                      | 0                 | 0                                  | 0              | E                         | B
                      | 2                 | 0                                  | 0              | C                         | B
                      | 2                 | 2                                  | 0              | B                         | A
        2             |                   | 0                                  | 0              | B                         | B
        2             |                   |                                    | 0              | B                         | A
        0             |                   | 2                                  | 0              | C                         | B
    """, **QUIET)  # fmt: skip


def test_a_system_nobody_assessed_has_no_grade() -> None:
    """Neither D nor E: the grade is unknown, and its bounds are as wide as history allows."""
    asked = {name: value for name, value in QUIET.items() if name != "bilag_lupus_hepatitis"}
    gut = [i.id for i in ITEMS if "gastrointestinal" in i.groups]
    scored = BILAG2004.score([{**asked, **dict.fromkeys(gut, "ND"), "bilag_gastrointestinal_ever": "Y"}])
    names = [
        "bilag_gastrointestinal",
        "bilag_gastrointestinal_best",
        "bilag_gastrointestinal_worst",
        "bilag_total",
    ]
    assert scored.select(names).row(0) == (None, "D", "A", None)


def test_numerical_score(spec):
    """12 for A, 8 for B, 1 for C, nothing for D and E; unknown while a grade is not certain."""
    spec(
        BILAG2004,
        """
        bilag_psychosis | bilag_seizure_disorder | bilag_alopecia_mild | bilag_pleurisy_pericarditis | bilag_total
        0               | 0                      | 0                   | 0                           | 0
        2               | 0                      | 0                   | 0                           | 12
        2               | 2                      | 0                   | 0                           | 12
        2               | 0                      | 2                   | 3                           | 21
        0               | 0                      | 1                   | 1                           | 2
        0               | 0                      |                     | 0                           | unknown
        2               |                        | 0                   | 0                           | 12
    """,
        **QUIET,
    )


def test_overall_grade(spec):
    """The worst grade of the nine; open where an unknown answer could make it worse."""
    spec(BILAG2004, """
        bilag_psychosis | bilag_seizure_disorder | bilag_alopecia_mild | bilag_renal_ever | bilag_overall | bilag_overall_best | bilag_overall_worst | bilag_total_min | bilag_total_max
        0               | 0                      | 0                   | N                | E             | E                  | E                   | 0               | 0
        0               | 0                      | 0                   | Y                | D             | D                  | D                   | 0               | 0
        0               | 0                      | 1                   | N                | C             | C                  | C                   | 1               | 1
        0               | 2                      | 1                   | N                | B             | B                  | B                   | 9               | 9
        2               | 2                      | 1                   | N                | A             | A                  | A                   | 13              | 13
                        | 2                      | 1                   | N                | unknown       | B                  | A                   | 9               | 13
        2               | 2                      |                     | N                | A             | A                  | A                   | 12              | 13
                        | 0                      | 0                   | N                | unknown       | E                  | A                   | 0               | 12
    """, **QUIET)  # fmt: skip


def test_every_system_at_its_worst_adds_up_to_108() -> None:
    worst = {item.id: True if item.type == "boolean" else item.high for item in ITEMS if item.id in QUIET}
    worst |= {"bilag_upcr": 500, "bilag_platelets": 10, "bilag_haemoglobin": 6}
    scored = BILAG2004.score([worst])
    assert [scored[f"bilag_{system}"][0] for system in SYSTEMS] == ["A"] * 9
    assert scored["bilag_total"].to_list() == [108]


def test_history_unknown_may_be_taken_as_involved() -> None:
    """The parameter `history` says what an inactive system without a record is."""
    scored = bilag2004(history="D").score([QUIET])
    assert scored["bilag_ophthalmic"].to_list() == ["D"]


def test_what_cannot_be_graded_is_refused() -> None:
    with pytest.raises(InputError, match=r"row 1: bilag_psychosis is 5; it takes a whole number from 0 to 4"):
        BILAG2004.score({"bilag_psychosis": ["5"]})
    with pytest.raises(InputError, match="bilag_haemoglobin is 95"):
        BILAG2004.score({"bilag_haemoglobin": [95]})
    with pytest.raises(DefinitionError, match="one of H-haemolysis, H-counts"):
        bilag2004(haematology="classic")


def test_doubtful_answers_are_found(spec):
    """Both kinds of Coombs result, creatinine in mg/dL, and more cells of a kind than cells."""
    isolated, unit, differential = CHECKS
    spec(
        isolated,
        """
        bilag_active_haemolysis | bilag_coombs_isolated | coombs_isolated_without_haemolysis
        true                    | true                  | no
        true                    | false                 | yes
                                | true                  | unknown
    """,
    )
    spec(
        unit,
        """
        bilag_creatinine | creatinine_in_umol
        1.1              | no
        9.9              | no
        10               | yes
        70               | yes
    """,
    )
    spec(
        differential,
        """
        bilag_white_cell_count | bilag_neutrophils | bilag_lymphocytes | differential_within_count
        4.4                    | 3.3               | 1.1               | yes
        4.4                    | 3.3               | 1.2               | no
        4.4                    |                   | 1.2               | unknown
    """,
    )
