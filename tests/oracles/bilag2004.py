"""BILAG-2004 once more, in plain Python and decimals, for one patient at a time: the judge of the instrument.

Written from the rules as prose and kept apart from the package on purpose: it shares no table and no code with it.
A value is None where it was not measured, an attribution None where it is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

ORDER = "EDCBA"

A_ITEMS = {
    "mucocutaneous": "skin_eruption_severe angiooedema_severe mucosal_ulceration_severe panniculitis_bullous_severe "
    "major_cutaneous_vasculitis",
    "neuropsychiatric": "aseptic_meningitis cerebral_vasculitis demyelinating_syndrome myelopathy "
    "acute_confusional_state psychosis acute_inflammatory_demyelinating_polyradiculoneuropathy mononeuropathy "
    "cranial_neuropathy plexopathy polyneuropathy status_epilepticus cerebellar_ataxia",
    "musculoskeletal": "myositis_severe arthritis_severe",
    "cardiorespiratory": "myocarditis_endocarditis_cardiac_failure arrhythmia new_valvular_dysfunction "
    "cardiac_tamponade pleural_effusion_dyspnoea pulmonary_haemorrhage_vasculitis "
    "interstitial_alveolitis_pneumonitis shrinking_lung_syndrome aortitis coronary_vasculitis",
    "gastrointestinal": "lupus_peritonitis lupus_enteritis_colitis intestinal_pseudo_obstruction "
    "acute_lupus_cholecystitis acute_lupus_pancreatitis",
    "ophthalmic": "orbital_inflammation keratitis_severe posterior_uveitis_retinal_vasculitis_severe scleritis_severe "
    "retinal_choroidal_vaso_occlusive optic_neuritis anterior_ischaemic_optic_neuropathy",
}
B_ITEMS = {
    "mucocutaneous": "skin_eruption_mild panniculitis_bullous_mild digital_infarcts_nodular_vasculitis alopecia_severe",
    "neuropsychiatric": "seizure_disorder cerebrovascular_disease cognitive_dysfunction movement_disorder "
    "autonomic_disorder lupus_headache headache_intracranial_hypertension",
    "musculoskeletal": "myositis_mild arthritis_moderate_tendonitis",
    "cardiorespiratory": "myocarditis_mild pleurisy_pericarditis",
    "gastrointestinal": "abdominal_serositis_ascites malabsorption protein_losing_enteropathy lupus_hepatitis",
    "ophthalmic": "keratitis_mild anterior_uveitis posterior_uveitis_retinal_vasculitis_mild scleritis_mild",
}
C_ITEMS = {
    "mucocutaneous": "angiooedema_mild mucosal_ulceration_mild alopecia_mild periungual_erythema_chilblains "
    "splinter_haemorrhages",
    "musculoskeletal": "arthritis_mild_arthralgia_myalgia",
    "ophthalmic": "episcleritis cotton_wool_spots",
}


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def constitutional(answers: Mapping[str, int]) -> str:
    fever = answers["pyrexia"] in (2, 3, 4)
    others = sum(answers[k] in (2, 3, 4) for k in ("weight_loss", "lymphadenopathy_splenomegaly", "anorexia"))
    if fever and others >= 2:
        return "A"
    if fever or others >= 2:
        return "B"
    return "C" if any(v > 0 for v in answers.values()) else ""


def symptoms(system: str, answers: Mapping[str, int]) -> str:
    a, b, c = (table.get(system, "").split() for table in (A_ITEMS, B_ITEMS, C_ITEMS))
    if any(answers[k] in (2, 3, 4) for k in a):
        return "A"
    if any(answers[k] == 1 for k in a) or any(answers[k] in (2, 3, 4) for k in b):
        return "B"
    return "C" if any(answers[k] == 1 for k in b) or any(answers[k] in (1, 2, 3, 4) for k in c) else ""


def renal(values: Mapping[str, Any], previous: Mapping[str, Any], due: Mapping[str, bool]) -> str:
    v = {k: number(x) if not isinstance(x, bool) else x for k, x in values.items()}
    p = {k: number(previous.get(k)) for k in values}

    def counts(key: str) -> bool:
        return v[key] is not None and due.get(key, True)

    first = {"A": False, "B": False, "C": False}
    cuts = {
        "urine_protein_24h": ("1", "0.5", "0.25"),
        "upcr": ("100", "50", "25"),
        "uacr": ("100", "50", "25"),
    }
    for key, (high, middle, low) in cuts.items():
        if counts(key):
            improved = p[key] is not None and v[key] <= p[key] * Decimal("0.75")
            first["A"] |= v[key] > Decimal(high) and not improved
            first["B"] |= v[key] >= Decimal(middle) and not improved
            first["C"] |= v[key] > Decimal(low)
    if all(v[key] is None for key in cuts) and counts("urine_dipstick_protein"):
        stick, before = v["urine_dipstick_protein"], p["urine_dipstick_protein"] or Decimal(0)
        first["A"] |= stick - before >= 2
        first["B"] |= stick - before >= 1 and stick >= 2
        first["C"] |= stick >= 1

    worse_a = worse_b = False
    if counts("creatinine") and v["creatinine"] > 130 and p["creatinine"] is not None:
        worse_a |= v["creatinine"] > p["creatinine"] * Decimal("1.3")
        worse_b |= v["creatinine"] >= p["creatinine"] * Decimal("1.15")
    if counts("gfr"):
        if p["gfr"] is not None:
            worse_a |= v["gfr"] < 80 and v["gfr"] < p["gfr"] * Decimal("0.67")
        worse_a |= v["gfr"] < 50 and (p["gfr"] is None or p["gfr"] > 50)

    pressure = all(
        counts(k) and p[k] is not None and v[k] > limit and v[k] - p[k] >= rise
        for k, limit, rise in (("systolic_bp", 140, 30), ("diastolic_bp", 90, 15))
    )
    met = {
        1: first["A"], 2: v["accelerated_hypertension"], 3: worse_a, 4: v["active_urinary_sediment"],
        5: v["active_nephritis"], 6: v["nephrotic_syndrome"],
    }  # fmt: skip
    if sum(met.values()) >= 2 and (met[1] or met[4] or met[5]):
        return "A"
    if any(met.values()) or first["B"] or worse_b:
        return "B"
    return "C" if first["C"] or pressure else ""


def haematological(
    values: Mapping[str, Any], due: Mapping[str, bool], thresholds: str, weighed: bool = True
) -> str:
    """Grade the blood; `weighed` says whether haemoglobin that is not due to lupus still weighs its haemolysis."""

    def count(key: str) -> Decimal:
        counted = values[key] is not None and due.get(key, True)
        return Decimal(str(values[key])) if counted else Decimal("Infinity")

    hb, wcc, neut, lymph, plt = map(
        count, ("haemoglobin", "white_cell_count", "neutrophils", "lymphocytes", "platelets")
    )
    haemolysis, coombs, ttp = values["active_haemolysis"], values["coombs_isolated"], values["ttp"]
    if thresholds == "H-haemolysis":
        measured = Decimal(str(values["haemoglobin"]))
        beside = haemolysis and (weighed or due.get("haemoglobin", True))
        a = (beside and measured < 8) or plt < 25
        b = (beside and measured < 10) or hb < 8 or wcc < 1 or neut < Decimal("0.5") or plt < 50
        c = beside or hb < 11 or wcc < 4 or neut < 2 or lymph < 1 or plt < 150 or coombs
    else:
        a = hb < 8 or wcc < 1 or neut < Decimal("0.5") or plt < 25
        b = hb < 9 or wcc < 2 or neut < 1 or plt < 50 or haemolysis
        c = hb < 11 or wcc < 4 or neut < 2 or lymph < 1 or plt < 150 or coombs
    if ttp >= 2 or a:
        return "A"
    if ttp == 1 or b:
        return "B"
    return "C" if c else ""


def letter(grade: str, ever: bool | None) -> str:
    return grade or ("D" if ever else "E")


TRIED: dict[str, tuple[Any, ...]] = {
    "ordinal": (0, 1, 2), "yes": (False, True), "dipstick": (0, 1, 2, 3),
    "systolic_bp": (100, 141, 250), "diastolic_bp": (60, 91, 190),
    "uacr": (0, 26, 50, 101, 9999), "upcr": (0, 26, 50, 101, 9999), "urine_protein_24h": (0, "0.3", "0.5", "1.1", 99),
    "creatinine": (80, 4999), "gfr": (120, "0.1"),
    "haemoglobin": (14, "9.9", "8.5", "7.9"), "white_cell_count": (6, "3.9", "1.5", "0.9"),
    "neutrophils": (4, "1.9", "0.9", "0.4"), "lymphocytes": (2, "0.9"), "platelets": (200, 149, 49, 24),
}  # fmt: skip
"""Values tried for what is unknown: at least one on each side of every limit."""

PROTEIN = ("urine_protein_24h", "upcr", "uacr", "urine_dipstick_protein")
YES = {
    "accelerated_hypertension", "nephrotic_syndrome", "active_urinary_sediment", "active_nephritis",
    "active_haemolysis", "coombs_isolated",
}  # fmt: skip


def tried(key: str) -> tuple[Any, ...]:
    if key in YES:
        return TRIED["yes"]
    return TRIED["dipstick"] if key == "urine_dipstick_protein" else TRIED.get(key, TRIED["ordinal"])


def completions(
    system: str, values: Mapping[str, Any], due: Mapping[str, bool | None]
) -> Iterator[tuple[dict, dict]]:
    """Yield the ways in which what is unknown may turn out: values and attributions.

    In the renal system one quantity of protein is enough, the dipstick where there is none, and one of creatinine
    and filtration rate; what is enough leaves the others unmeasured.
    """
    unknown = [key for key, value in values.items() if value is None]
    options = {key: tried(key) for key in unknown}
    if system == "renal":
        if any(values[key] is not None for key in PROTEIN):
            options = {key: (None,) if key in PROTEIN else o for key, o in options.items()}
        else:
            options = {key: (*o, None) if key in PROTEIN else o for key, o in options.items()}
        function = ("creatinine", "gfr")
        alone = (None,) if any(values[key] is not None for key in function) else ()
        options = {key: alone or (*o, None) if key in function else o for key, o in options.items()}
    unattributed = [key for key, answer in due.items() if answer is None]
    for found in product(*options.values()):
        for blamed in product((True, False), repeat=len(unattributed)):
            yield (
                {**values, **dict(zip(options, found, strict=True))},
                {
                    **due,
                    **dict(zip(unattributed, blamed, strict=True)),
                },
            )


def bounds(
    system: str,
    values: Mapping[str, Any],
    previous: Mapping[str, Any] | None = None,
    due: Mapping[str, bool | None] | None = None,
    ever: bool | None = None,
    thresholds: str = "H-haemolysis",
) -> tuple[str, str]:
    """Return the best and the worst grade over every completion."""
    grades = set()
    for known, blamed in completions(system, values, due or {}):
        if system == "constitutional":
            grade = constitutional(known)
        elif system == "renal":
            grade = renal(known, previous or {}, blamed)
        elif system == "haematological":
            unweighed = haematological(known, blamed, thresholds, weighed=False)
            grades.add(letter(unweighed, ever))
            grade = haematological(known, blamed, thresholds)
        else:
            grade = symptoms(system, known)
        grades.add(letter(grade, ever))
    return min(grades, key=ORDER.index), max(grades, key=ORDER.index)
