"""Each check of entries: a sound patient gives no finding, one thing changed gives the finding that names it."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from importlib.resources import as_file, files

import polars as pl
import pytest

from carnet.core.entry import SCHEMA
from carnet.instruments import CLASI, SDI
from carnet.study import read
from carnet.study.checks import check_entries

DAY_0 = date(2025, 3, 10)
Cell = tuple[str, str, int, str]
"""Visit, form, repeat, item."""
LUPUS = {item.id: "N" for item in read().form("sledai2k").items if item.points}


def on(day: int, clock: str = "") -> str:
    """Return the date of a protocol day, with a time where one is given."""
    return (DAY_0 + timedelta(days=day)).isoformat() + (f"T{clock}" if clock else "")


def sound() -> dict[Cell, str]:
    """Return the values of a patient who was treated as the protocol says, as far as checks compare them."""
    cells: dict[Cell, str] = {}

    def put(visit: str, form: str, repeat: int = 1, **values: str) -> None:
        cells.update({(visit, form, repeat, item): value for item, value in values.items()})

    for visit in read().visits:
        if visit.num <= 19:
            put(
                visit.code,
                "visit",
                visit_date=on(-18 if visit.code == "SCR" else visit.day or 0),
                visit_occurred="Y",
            )
    put("SCR", "consent", consent_datetime=on(-18, "09:00"), consent_version="1.0")
    put("SCR", "demography", birth_date="1992-05", sex="F", childbearing="Y")
    put("SCR", "eligibility", elig_date=on(-18), elig_eligible="Y", elig_waiver="N")
    for criterion in read().criteria:
        put(
            "SCR",
            "eligibility",
            **{f"elig_{criterion.id.lower()}": "Y" if criterion.kind == "INCLUSION" else "N"},
        )
    put("SCR", "sle_history", sle_diagnosis="2015", sle_refractory="REFRACTORY", eularacr_total="20")
    for visit, day in (("SCR", -18), ("BL", -6), ("D28", 28)):
        put(
            visit,
            "haematology",
            haematology_datetime=on(day, "08:00"),
            **lab(hgb=110, wbc=4.1, neut=2.5, plat=180),
        )
        put(visit, "chemistry", chemistry_datetime=on(day, "08:00"), **lab(alt=20, gfre=95, creat=60))
        put(visit, "complement", complement_datetime=on(day, "08:00"), **lab(c3=0.5, c4=0.05))
        put(
            visit,
            "antibodies",
            antibodies_datetime=on(day, "08:00"),
            ana="1:640",
            ana_series="TWOFOLD",
            **lab(dsdna=90),
        )
        put(
            visit,
            "proteinuria",
            proteinuria_datetime=on(day, "08:00"),
            **lab(upcr=1.2, prot24=1.4),
            urine_volume_24h="1800",
        )
        put(visit, "urine", urine_datetime=on(day, "08:00"), **lab(urine_rbc=2, urine_wbc=2))
        put(visit, "vitals", vitals_datetime=on(day, "08:00"), temp="36.6", oxysat="98")
        put(visit, "body", body_date=on(day), weight="60", height="165", bsa="1.66")
        active = LUPUS | dict.fromkeys(
            ("sledai_proteinuria", "sledai_low_complement", "sledai_anti_dsdna"), "Y"
        )
        put(visit, "sledai2k", sledai_date=on(day), sledai_assessor="Li", sledai_total="8", **active)
        put(visit, "bilag2004", bilag_date=on(day), bilag_assessor="Li")
        put(visit, "pga", pga_date=on(day), pga_assessor="Li", pga="1.8")
    for number, day in enumerate((-5, -4, -3), start=1):
        for repeat, (drug, dose, mg) in enumerate(
            (("FLUDARABINE", "25", "41.5"), ("CYCLOPHOSPHAMIDE", "300", "498")), start=1
        ):
            put(
                f"LD{number}", "ld_dose", repeat, ld_drug=drug, ld_planned=dose, ld_bsa="1.66",
                ld_calculated=mg, ld_given=mg, ld_start=on(day, "10:00"),
            )  # fmt: skip
    for number, day in enumerate((0, 3, 6), start=1):
        put(
            f"D{day}", "cell_infusion", infusion_number=str(number), infusion_status="GIVEN", infusion_lot="L1",
            infusion_planned="1000", infusion_given="980", infusion_start=on(day, "10:00"),
            infusion_stop=on(day, "10:30"), infusion_gate_no_crs="Y",
        )  # fmt: skip
        for repeat, (point, clock) in enumerate((("PRE-DOSE", "09:30"), ("1 H AFTER END", "11:35")), start=1):
            put(
                f"D{day}", "kinetics_sample", repeat, kinetics_timepoint=point, kinetics_infusion=str(number),
                kinetics_datetime=on(day, clock), car_copies_result="NOT DETECTED",
            )  # fmt: skip
    put("LOG", "medication", med_drug="Trimethoprim-sulfamethoxazole", med_class="ANTIBACTERIAL",
        med_indication="PROPHYLAXIS", med_start=on(-6), med_ongoing="Y")  # fmt: skip
    put("LOG", "medication", 2, med_drug="Aciclovir", med_class="ANTIVIRAL", med_indication="PROPHYLAXIS",
        med_start=on(-6), med_ongoing="Y")  # fmt: skip
    for repeat, (start, stop) in enumerate(((-60, 27), (28, None)), start=1):
        put("LOG", "glucocorticoid", repeat, gc_drug="PREDNISONE", gc_dose="10", gc_route="ORAL", gc_reason="SLE",
            gc_start=on(start), **({"gc_stop": on(stop)} if stop else {"gc_ongoing": "Y"}))  # fmt: skip
    put("LOG", "adverse_event", ae_term="Cytokine release syndrome", ae_start=on(1, "20:00"), ae_stop=on(3),
        ae_grade="1", ae_serious="N", ae_related_ld="UNLIKELY", ae_related_cells="PROBABLE",
        ae_outcome="RECOVERED/RESOLVED")  # fmt: skip
    put(
        "D1",
        "crs",
        crs_present="Y",
        crs_onset=on(1, "20:00"),
        crs_stop=on(3, "08:00"),
        crs_fever="Y",
        crs_temp_max="38.6",
        crs_grade="1",
        crs_ae="1",
    )
    put("D1", "vitals", vitals_datetime=on(1, "20:00"), temp="38.6")
    put("D28", "treatment_review", treatment_review_date=on(28), cm_reviewed="Y", standard_treatment="Y",
        glucocorticoid_none="N")  # fmt: skip
    put("D3", "icans", icans_datetime=on(3, "08:00"), ice_total="10", icans_grade="0")
    return cells


def lab(**values: float) -> dict[str, str]:
    """Return values with limits of their laboratory around the middle of nowhere in particular."""
    limits = {"c3": (0.7, 1.4), "c4": (0.1, 0.4), "dsdna": (0, 20), "alt": (7, 40)}
    found = {}
    for name, value in values.items():
        low, high = limits.get(name, (0, 1000))
        found |= {name: f"{value:g}", f"{name}_lln": f"{low:g}", f"{name}_uln": f"{high:g}"}
    return found


def entries(cells: dict[Cell, str], **columns: str) -> pl.DataFrame:
    """Return the cells of patient 1001 as entries, all made on one later day."""
    rows = [
        {
            "subject": "1001", "visit": visit, "form": form, "repeat": repeat, "item": item, "value": value,
            "typed": value, "unit": "", "status": "answered", "reason": "", "by": "chen", "role": "data entry",
            "at": datetime(2026, 1, 15, 2, tzinfo=UTC), "language": "en", "form_version": "1", "protocol_version": "1",
        } | columns
        for (visit, form, repeat, item), value in cells.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


BASE = check_entries(read(), entries(sound()))


def found_by(changes: dict[str, str | None]) -> list[tuple[str, str, str | None, str]]:
    """Return what is found in the changed patient and was not found in the sound one.

    A cell is written as visit, form, repeat (1 if left out), item; the value None takes it away.
    """
    cells = sound()
    for name, value in changes.items():
        visit, form, *repeat, item = name.rsplit(" ", 3 if name.split(" ")[-2].isdigit() else 2)
        cell = (visit, form, int(repeat[0]) if repeat else 1, item)
        if value is None:
            cells.pop(cell)
        else:
            cells[cell] = value
    found = check_entries(read(), entries(cells))
    new = found.join(BASE, on=found.columns, how="anti", nulls_equal=True, maintain_order="left")
    assert new.schema == BASE.schema
    assert set(new["subject"]) <= {"1001"}
    return [(v, f, i, m) for _, v, f, i, m in new.iter_rows()]


def test_in_a_sound_patient_nothing_is_found_but_what_was_not_entered():
    rest = BASE.filter(~pl.col("message").str.contains("is planned at|Neither answered nor"))
    assert rest.rows() == []
    assert BASE.height > 0


BROKEN: dict[str, tuple[dict[str, str | None], str, str]] = {
    # single entries
    "unknown visit": ({"D29 pga pga": "1"}, "", "D29 is no visit of this study"),
    "unknown form": ({"D28 pgax pga": "1"}, "", "pgax is no form of this study"),
    "unknown item": ({"D28 pga pgax": "1"}, "pgax", "The form pga does not ask pgax"),
    "no consent": ({"SCR consent consent_datetime": None}, "consent_datetime", "no dated consent"),
    "text for a number": ({"D28 pga pga": "high"}, "pga", "is high; it takes a number"),
    "half for a whole": ({"BL vitals hr": "72.5"}, "hr", "is 72.5; it takes a whole number"),
    "word for yes": ({"D28 sledai2k sledai_rash": "yes"}, "sledai_rash", "is yes; it takes Y or N"),
    "a choice not offered": ({"SCR demography sex": "W"}, "sex", "is W; it takes one of F, M"),
    "a date that is none": ({"D28 pga pga_date": "2025-02-30"}, "pga_date", "takes a whole date such"),
    "part of a date": ({"D28 pga pga_date": "2025-04"}, "pga_date", "takes a whole date such as"),
    "a date for a moment": (
        {"SCR consent consent_datetime": "2025-02-20"},
        "consent_datetime",
        "a date and time such as",
    ),
    "beyond the scale": ({"D28 pga pga": "34"}, "pga", "is 34; at most 3 is expected"),
    "below the range": ({"BL haematology hgb": "11.2"}, "hgb", "is 11.2 g/L; at least 20 is expected"),
    "required and empty": ({"D28 pga pga_assessor": None}, "pga_assessor", "Assessor is empty"),
    "limits exchanged": (
        {"BL complement c3_lln": "1.4", "BL complement c3_uln": "0.7"},
        "c3",
        "The lower limit of c3 (1.4) is above its upper limit (0.7)",
    ),
    "no limits": ({"BL complement c3_lln": None, "BL complement c3_uln": None}, "c3", "c3 has no limits"),
    "entered before it happened": (
        {"D28 pga pga_date": "2026-01-16"},
        "pga_date",
        "but was entered on 2026-01-15",
    ),
    "a visit form in the log": ({"LOG pga pga": "1"}, "", "The form pga belongs to a visit"),
    # visits
    "out of window": (
        {"D28 visit visit_date": on(33)},
        "visit_date",
        "protocol day 33, 2 day(s) after its window of days 25 to 31",
    ),
    "too early": ({"D28 visit visit_date": on(24)}, "visit_date", "protocol day 24, 1 day(s) before"),
    "visits out of order": ({"D21 visit visit_date": on(29)}, "visit_date", "earlier than D21"),
    "a visit left out": (
        {"D21 visit visit_date": None, "D21 visit visit_occurred": None},
        "",
        "Nothing is entered for D21 although D28 was held",
    ),
    "before birth": ({"SCR sle_history sle_diagnosis": "1991-05"}, "sle_diagnosis", "before the birth"),
    "after death": (
        {"LOG death death_date": on(20), "LOG death death_cause": "sepsis"},
        "pga_date",
        "after the death of the subject on 2025-03-30",
    ),
    # eligibility
    "inclusion against its value": (
        {"BL haematology hgb": "75"},
        "elig_i07",
        "is answered as met, but hgb is 75 g/L",
    ),
    "multiple of the limit": ({"BL chemistry alt": "81"}, "elig_i11", "alt is 81 U/L"),
    "age": ({"SCR demography birth_date": "1958"}, "elig_i02", "age is 67, age is 66"),
    "none of the serologies": (
        {"BL complement c3": "0.9", "BL complement c4": "0.2", "BL antibodies dsdna": "20"},
        "elig_i04",
        "dsdna is 20 IU/mL, c3 is 0.9 g/L, c4 is 0.2 g/L",
    ),
    "exclusion against its value": (
        {"SCR ecg ecg_qtcf": "481", "SCR ecg ecg_datetime": on(-18, "08:00")},
        "elig_e17",
        "is answered as not met, but ecg_qtcf is 481 ms",
    ),
    "eligible against an answer": (
        {"SCR eligibility elig_e09": "Y"},
        "elig_eligible",
        "called eligible although this fails: E09",
    ),
    "treated and not eligible": (
        {"SCR eligibility elig_eligible": "N"},
        "elig_eligible",
        "treated who is not recorded as eligible",
    ),
    "waiver": ({"SCR eligibility elig_waiver": "Y"}, "elig_waiver", "none is allowed"),
    # lymphodepletion
    "arithmetic of the dose": (
        {"LD1 ld_dose ld_calculated": "45"},
        "ld_calculated",
        "25 mg/m2 x 1.66 m2 is 41.5 mg, not 45",
    ),
    "dose given": ({"LD1 ld_dose 2 ld_given": "600"}, "ld_given", "600 mg were given where 498 mg"),
    "body surface": (
        {"BL body weight": "80"},
        "ld_bsa",
        "1.66 m2 was used; height 165 cm and weight 80 kg give 1.91 m2",
    ),
    "kidneys": ({"BL chemistry gfre": "60"}, "ld_planned", "25 mg/m2 was planned; an eGFR of 60 allows 20"),
    "kidneys too bad": ({"BL chemistry gfre": "25"}, "ld_planned", "an eGFR of 25 allows 0"),
    "after the cells": (
        {"LD3 ld_dose ld_start": on(1, "10:00")},
        "ld_start",
        "after the first infusion of cells",
    ),
    "too long before the cells": (
        {f"LD{i} ld_dose {r} ld_start": on(-9 - i, "10:00") for i in (1, 2, 3) for r in (1, 2)},
        "infusion_start",
        "came 10 days after the last lymphodepletion; 2 to 7 are planned",
    ),
    # infusions
    "too close": (
        {"D3 cell_infusion infusion_start": on(1, "22:00")},
        "infusion_start",
        "began 36 hours after infusion 1; at least 48",
    ),
    "48 hours are enough": (
        {"D3 cell_infusion infusion_start": on(2, "10:00"), "D3 cell_infusion infusion_stop": on(2, "10:30")},
        "infusion_start",
        "Infusion 2 was given on protocol day 2; days 3 to 4",
    ),
    "out of order": (
        {"D6 cell_infusion infusion_start": on(2, "10:00")},
        "infusion_start",
        "Infusion 3 began at 2025-03-12 10:00, before infusion 2",
    ),
    "infusion twice": (
        {"D6 cell_infusion infusion_number": "2"},
        "infusion_number",
        "Infusion 2 is entered twice",
    ),
    "infusion 2 without 1": (
        {
            "D0 cell_infusion infusion_number": "2",
            "D3 cell_infusion infusion_number": "3",
            "D6 cell_infusion infusion_status": "OMITTED",
            "D6 cell_infusion infusion_start": None,
        },
        "infusion_number",
        "Infusion 2 is entered without one before it",
    ),
    "too late": (
        {"D6 cell_infusion infusion_start": on(9, "10:00"), "D6 cell_infusion infusion_stop": on(9, "10:30")},
        "infusion_start",
        "Infusion 3 was given on protocol day 9; days 6 to 8",
    ),
    "ended before it began": (
        {"D6 cell_infusion infusion_stop": on(6, "09:00")},
        "infusion_stop",
        "not after its start",
    ),
    "dose of cells": (
        {"D0 cell_infusion infusion_given": "790"},
        "infusion_given",
        "79 % of the planned cells were given; 80 to 120 %",
    ),
    "gate shut": (
        {"D3 cell_infusion infusion_gate_no_crs": "N"},
        "infusion_gate_no_crs",
        "although this was not met: Gate: no unresolved CRS",
    ),
    "no batch": (
        {"D3 cell_infusion infusion_lot": None},
        "infusion_start",
        "its start, cells and batch are needed",
    ),
    "omitted with a start": (
        {"D6 cell_infusion infusion_status": "OMITTED"},
        "infusion_status",
        "has a start all the same",
    ),
    "delayed without reason": (
        {"D3 cell_infusion infusion_status": "GIVEN, DELAYED"},
        "infusion_reason",
        "a reason is needed",
    ),
    "sample after the dose": (
        {"D3 kinetics_sample kinetics_datetime": on(3, "10:10")},
        "kinetics_datetime",
        "after its start",
    ),
    "sample off its time": (
        {"D3 kinetics_sample 2 kinetics_datetime": on(3, "12:05")},
        "kinetics_datetime",
        "1 H AFTER END of infusion 2 was drawn 35 minutes off",
    ),
    "cells before cells": (
        {"D0 kinetics_sample car_copies_result": "QUANTIFIABLE", "D0 kinetics_sample car_copies": "300"},
        "car_copies",
        "300 copies/ug before the first infusion",
    ),
    # slips
    "a row twice": (
        {
            "LOG medication 3 med_drug": "Aciclovir",
            "LOG medication 3 med_class": "ANTIVIRAL",
            "LOG medication 3 med_indication": "PROPHYLAXIS",
            "LOG medication 3 med_start": on(-6),
            "LOG medication 3 med_ongoing": "Y",
        },
        "med_drug",
        "Aciclovir from 2025-03-04 stands in the log twice (rows 2 and 3)",
    ),
    "a lone spike": (
        {"BL body weight": "80", "BL body bsa": "1.91"},
        "weight",
        "Weight is 80 between 60 and 60",
    ),
    "a sample far from its visit": (
        {"D28 complement complement_datetime": "2025-07-04T08:00"},
        "complement_datetime",
        "88 days from the visit of 2025-04-07; are day and month exchanged?",
    ),
    "a visit dated wrongly": (
        {"D28 visit visit_date": on(-1)},
        "visit_date",
        "dates of this visit are far from 2025-03-09; is the date of the visit mistaken?",
    ),
    "a collection of two days": (
        {
            "D28 proteinuria urine_24h_start": on(26, "07:00"),
            "D28 proteinuria urine_24h_stop": on(28, "07:00"),
        },
        "urine_24h_stop",
        "lasted 48 hours; 20 to 28 are expected",
    ),
    # medication
    "no prophylaxis": (
        {"LOG medication 2 med_drug": "Vitamin D"},
        "med_drug",
        "no prophylaxis with aciclovir",
    ),
    "prohibited": (
        {
            "LOG medication 3 med_drug": "Mycophenolate",
            "LOG medication 3 med_class": "IMMUNOSUPPRESSANT",
            "LOG medication 3 med_indication": "SLE",
            "LOG medication 3 med_start": on(40),
            "LOG medication 3 med_ongoing": "Y",
        },
        "med_class",
        "the protocol prohibits it after the first infusion",
    ),
    "stops before it starts": (
        {"LOG medication med_stop": on(-9), "LOG medication med_ongoing": "N"},
        "med_stop",
        "before it starts",
    ),
    "ongoing and stopped": ({"LOG medication med_stop": on(9)}, "med_ongoing", "is ongoing and stops on"),
    "gap in the steroid": (
        {"LOG glucocorticoid gc_stop": on(20)},
        "gc_start",
        "7 days without an entry between 2025-03-30 and 2025-04-07",
    ),
    "overlap of steroid": ({"LOG glucocorticoid gc_stop": on(30)}, "gc_start", "overlap"),
    "steroid without end": (
        {"LOG glucocorticoid 2 gc_ongoing": None},
        "gc_stop",
        "no end and is not said to be ongoing",
    ),
    "no steroid said, one logged": (
        {"D28 treatment_review glucocorticoid_none": "Y"},
        "glucocorticoid_none",
        "the log has PREDNISONE 10 mg",
    ),
    # activity
    "total": (
        {"D28 sledai2k sledai_total": "9"},
        "sledai_total",
        "The total on the form is 9; the items add up to 8",
    ),
    "present without evidence": (
        {"D28 proteinuria prot24": "0.5", "D28 proteinuria upcr": "0.6"},
        "sledai_proteinuria",
        "marked present, but the laboratory does not show it (prot24 0.5, upcr 0.6)",
    ),
    "low complement": (
        {"D28 complement c3": "0.8", "D28 complement c4": "0.2"},
        "sledai_low_complement",
        "marked present",
    ),
    "dsDNA at its limit": ({"D28 antibodies dsdna": "20"}, "sledai_anti_dsdna", "marked present"),
    "evidence and absent": (
        {"D28 haematology wbc": "2.9"},
        "sledai_leukopenia",
        "marked absent, but the visit's sample shows it (wbc 2.9); what is it due to?",
    ),
    "present after the assessment": (
        {"D28 sledai2k sledai_rash_last": on(30)},
        "sledai_rash_last",
        "after the assessment",
    ),
    "composite apart": ({"D28 pga pga_date": on(32)}, "", "are 4 days apart"),
    "PGA against SLEDAI": (
        {
            "D28 sledai2k sledai_rash": "Y",
            "D28 sledai2k sledai_alopecia": "Y",
            "D28 sledai2k sledai_total": "12",
            "D28 pga pga": "1.5",
        },
        "pga",
        "went from 8 to 12, the PGA from 1.8 to 1.5",
    ),
    "haemolysis and Coombs": (
        {"D28 bilag2004 bilag_active_haemolysis": "Y", "D28 bilag2004 bilag_coombs_isolated": "Y"},
        "bilag_coombs_isolated",
        "exclude each other",
    ),
    "value without attribution": (
        {"D28 bilag2004 bilag_haemoglobin": "11"},
        "bilag_haemoglobin_due",
        "whether it is due to lupus is not said",
    ),
    # laboratory
    "volume": (
        {"D28 proteinuria urine_volume_24h": "250"},
        "urine_volume_24h",
        "250 mL; 300 to 6000 are expected",
    ),
    "methods apart": ({"D28 proteinuria upcr": "3"}, "prot24", "do not fit (ratio 0.47)"),
    "ANA off the ladder": ({"D28 antibodies ana": "1:300"}, "ana", "no step of the twofold dilutions"),
    "ANA unreadable": ({"D28 antibodies ana": "strong"}, "ana", "write it as 1:320"),
    # safety
    "ends before it starts": ({"LOG adverse_event ae_stop": on(0)}, "ae_stop", "before it starts"),
    "before consent": ({"LOG adverse_event ae_start": "2025-01"}, "ae_start", "is it medical history?"),
    "no end, not ongoing": (
        {"LOG adverse_event ae_stop": None, "LOG adverse_event ae_outcome": "UNKNOWN"},
        "ae_stop",
        "no end and is not said to be ongoing",
    ),
    "resolved without end": (
        {"LOG adverse_event ae_stop": None, "LOG adverse_event ae_ongoing": "Y"},
        "ae_stop",
        "has the outcome RECOVERED/RESOLVED but no end",
    ),
    "serious without criterion": (
        {
            "LOG adverse_event ae_serious": "Y",
            "LOG serious_event sae_ae": "1",
            "LOG serious_event sae_kind": "INITIAL",
            "LOG serious_event sae_aware": on(1, "21:00"),
        },
        "ae_serious",
        "no criterion of seriousness is marked",
    ),
    "criterion without serious": (
        {"LOG adverse_event ae_serious_hospital": "Y"},
        "ae_serious",
        "not serious, but a criterion",
    ),
    "grade 5 alone": ({"LOG adverse_event ae_grade": "5"}, "ae_outcome", "1 of the three are given"),
    "no report": (
        {"LOG adverse_event ae_serious": "Y", "LOG adverse_event ae_serious_hospital": "Y"},
        "ae_serious",
        "no report of it is entered",
    ),
    "report too late": (
        {
            "LOG serious_event sae_ae": "1",
            "LOG serious_event sae_kind": "INITIAL",
            "LOG serious_event sae_aware": on(1, "21:00"),
            "LOG serious_event sae_sponsor": on(2, "22:30"),
        },
        "sae_sponsor",
        "25.5 hours after the site knew; 24 are allowed",
    ),
    "no term of CTCAE": (
        {"LOG adverse_event ae_ctcae_term": "Cytokine release syndrom"},
        "ae_ctcae_term",
        "Cytokine release syndrom is no term of CTCAE v5.0; terms like it: Cytokine release syndrome.",
    ),
    "a grade that the term does not have": (
        {"LOG adverse_event ae_ctcae_term": "febrile neutropenia"},
        "ae_grade",
        "febrile neutropenia has no grade 1 in CTCAE v5.0; it has 3, 4, 5.",
    ),
    "a grade in the history that the term does not have": (
        {
            "LOG adverse_event ae_ctcae_term": "Alopecia",
            "LOG adverse_event ae_grade_history": f"1 {on(1)}; 4 {on(2)}",
        },
        "ae_grade_history",
        "Alopecia has no grade 4 in CTCAE v5.0; it has 1, 2.",
    ),
    "event that is not there": ({"D1 crs crs_ae": "7"}, "crs_ae", "the log has no such row"),
    "CRS long after": (
        {"D1 crs crs_onset": on(30)},
        "crs_onset",
        "0 to 14 days after an infusion are expected",
    ),
    "CRS before the cells": ({"D1 crs crs_onset": on(-1)}, "crs_onset", "0 to 14 days"),
    "CRS without temperature": (
        {"D1 crs crs_temp_max": None},
        "crs_temp_max",
        "without a highest temperature",
    ),
    "fever contradicted": ({"D1 crs crs_temp_max": "37.9"}, "crs_fever", "contradicts"),
    "ICE against grade": (
        {"D3 icans ice_total": "6"},
        "icans_grade",
        "The answers of this page make grade 2 to 4; grade 0 is entered",
    ),
    "CRS below its signs": (
        {"D1 crs crs_hypotension": "ONE PRESSOR", "D1 crs crs_hypoxia": "NONE"},
        "crs_grade",
        "The answers of this page make grade 3; grade 1 is entered",
    ),
    "CRS above its signs": (
        {"D1 crs crs_hypotension": "NONE", "D1 crs crs_hypoxia": "NONE", "D1 crs crs_grade": "2"},
        "crs_grade",
        "The answers of this page make grade 1; grade 2 is entered",
    ),
    "CRS of an open sign": (
        {"D1 crs crs_hypotension": "FLUIDS"},
        "crs_grade",
        "The answers of this page make grade 2 to 4; grade 1 is entered",
    ),
    "GvHD below its organs": (
        {
            "D28 gvhd gvhd_present": "Y",
            "D28 gvhd gvhd_skin": "2",
            "D28 gvhd gvhd_liver": "2",
            "D28 gvhd gvhd_upper_gut": "0",
            "D28 gvhd gvhd_lower_gut": "0",
            "D28 gvhd gvhd_grade": "II",
        },
        "gvhd_grade",
        "The answers of this page make grade 3; grade II is entered",
    ),
    "treated reaction of grade 1": (
        {
            "D0 infusion_reaction reaction_present": "Y",
            "D0 infusion_reaction reaction_action": "TREATED",
            "D0 infusion_reaction reaction_grade": "1",
        },
        "reaction_grade",
        "grade 1 is entered",
    ),
    "infection treated by vein": (
        {
            "LOG infection infection_start": on(40),
            "LOG infection infection_iv": "Y",
            "LOG infection infection_grade": "2",
        },
        "infection_grade",
        "The answers of this page make grade 3; grade 2 is entered",
    ),
    "oxygen that the page of CRS does not tell": (
        {
            "D1 crs crs_hypoxia": "LOW-FLOW",
            "D1 crs crs_hypotension": "NONE",
            "D1 crs crs_grade": "2",
            "D1 vitals oxygen_device": "NASAL CANNULA",
            "D1 vitals oxygen_flow": "6.5",
        },
        "oxygen_device",
        "Within an episode of CRS this is HIGH-FLOW; its page tells LOW-FLOW.",
    ),
    "a pressor that the page of CRS does not tell": (
        {
            "D1 crs crs_hypotension": "FLUIDS",
            "D1 crs crs_hypoxia": "NONE",
            "D1 crs crs_grade": "2",
            "D1 vitals vasopressor": "ONE",
        },
        "vasopressor",
        "Within an episode of CRS this is ONE PRESSOR; its page tells FLUIDS.",
    ),
    "fever unexplained": (
        {"D10 vitals temp": "38.0", "D10 vitals vitals_datetime": on(10, "08:00")},
        "temp",
        "Temperature 38 on 2025-03-20 without a record",
    ),
}
"""What is changed, the item that is named, and what the finding says."""


@pytest.mark.parametrize(("changes", "item", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_one_thing_changed_is_found_and_named(changes: dict[str, str | None], item: str, said: str):
    found = found_by(changes)
    assert [m for _, _, i, m in found if said in m and (i or "") == item], found


SOUND: dict[str, dict[str, str | None]] = {
    "CRS as its signs": {"D1 crs crs_hypotension": "NONE", "D1 crs crs_hypoxia": "NONE"},
    "CRS with fluids, graded so": {
        "D1 crs crs_hypotension": "FLUIDS",
        "D1 crs crs_hypoxia": "NONE",
        "D1 crs crs_grade": "2",
    },
    "low flow as the page tells": {
        "D1 crs crs_hypoxia": "LOW-FLOW",
        "D1 crs crs_hypotension": "NONE",
        "D1 crs crs_grade": "2",
        "D1 vitals oxygen_device": "NASAL CANNULA",
        "D1 vitals oxygen_flow": "6",
    },
    "a laboratory finding due to a drug": {
        "D28 haematology wbc": "2.9",
        "D28 sledai2k sledai_leukopenia_due": "DRUG",
    },
    "proteinuria shown by a sample eight days earlier": {
        "D28 proteinuria prot24": "0.4",
        "D21 proteinuria proteinuria_datetime": on(20, "08:00"),
        "D21 proteinuria prot24": "1.1",
        "D21 proteinuria prot24_lln": "0",
        "D21 proteinuria prot24_uln": "0.15",
        "D28 proteinuria upcr": "0.4",
    },
    "a dose lowered for a reason": {
        "LD1 ld_dose ld_given": "30",
        "LD1 ld_dose ld_reduction": "CYTOPENIA",
    },
    "a gap in which none was taken": {
        "LOG glucocorticoid 1 gc_stop": on(15),
        "D21 treatment_review treatment_review_date": on(21),
        "D21 treatment_review cm_reviewed": "Y",
        "D21 treatment_review standard_treatment": "Y",
        "D21 treatment_review glucocorticoid_none": "Y",
    },
    "white cells of exactly 3": {"D28 haematology wbc": "3.0"},
    "the last day of a window": {"D28 visit visit_date": on(31)},
    "an infusion delayed by a day with its reason": {
        "D3 cell_infusion infusion_start": on(4, "10:00"),
        "D3 cell_infusion infusion_stop": on(4, "10:30"),
        "D3 cell_infusion infusion_status": "GIVEN, DELAYED",
        "D3 cell_infusion infusion_reason": "FEVER",
        "D3 kinetics_sample kinetics_datetime": on(4, "09:30"),
        "D3 kinetics_sample 2 kinetics_datetime": on(4, "11:30"),
        "D3 visit visit_date": on(4),
    },
    "120 % of the cells": {"D0 cell_infusion infusion_given": "1200"},
    "twice the limit of ALT": {"BL chemistry alt": "80"},
    "an ANA below the screening dilution": {"D28 antibodies ana": "<1:80"},
    "an ANA on the half-log ladder": {
        "D28 antibodies ana": "1:1000",
        "D28 antibodies ana_series": "HALF-LOG",
    },
    "a term by its code, and a history of its grades": {
        "LOG adverse_event ae_ctcae_term": "10052015",
        "LOG adverse_event ae_grade_history": f"1 {on(1)}; 2 {on(2)}",
    },
    "a partial start that may lie after consent": {"LOG adverse_event ae_start": "2025-02"},
    "fever two days after an event": {"D5 vitals temp": "38.2", "D5 vitals vitals_datetime": on(5, "08:00")},
    "drugs of lupus stopped before the cells": {
        "LOG medication 3 med_drug": "Mycophenolate",
        "LOG medication 3 med_class": "IMMUNOSUPPRESSANT",
        "LOG medication 3 med_indication": "SLE",
        "LOG medication 3 med_start": "2020",
        "LOG medication 3 med_stop": on(-25),
    },
    "low complement by C4 alone": {"D28 complement c3": "1.0"},
}


@pytest.mark.parametrize("changes", SOUND.values(), ids=SOUND.keys())
def test_what_is_allowed_is_not_found(changes: dict[str, str | None]):
    assert [m for m in found_by(changes) if "is planned at" not in m[3]] == []


def test_an_unanswered_question_needs_a_reason_and_no_value():
    cells = {("D28", "pga", 1, "pga"): "1.8"}
    both = check_entries(read(), entries(cells, status="not done", reason=""))["message"].to_list()
    assert "Physician global assessment is not done without a reason." in both
    assert "Physician global assessment is not done and has the value 1.8 all the same." in both
    strange = check_entries(read(), entries(cells, status="lost"))["message"].to_list()
    assert any("has the status lost; it takes answered, not done" in message for message in strange)
    blank = check_entries(read(), entries({("D28", "pga", 1, "pga"): " "}))["message"].to_list()
    assert "Physician global assessment is said to be answered but is empty." in blank


def test_a_value_in_another_unit_is_compared_in_the_unit_of_its_item():
    grams = entries({("BL", "haematology", 1, "hgb"): "11"}, unit="g/dL")
    foreign = entries({("BL", "haematology", 1, "hgb"): "110"}, unit="mmHg")
    said = check_entries(read(), grams).filter(pl.col("message").str.contains("expected|turn into"))
    assert said.rows() == []
    assert (
        "Haemoglobin is in mmHg, which does not turn into g/L."
        in check_entries(read(), foreign)["message"].to_list()
    )


def test_the_entry_in_force_counts():
    wrong = entries({("D28", "pga", 1, "pga"): "34"})
    right = entries({("D28", "pga", 1, "pga"): "0.34"}, reason="typing error")
    assert "34" in " ".join(check_entries(read(), wrong)["message"])
    assert "at most" not in " ".join(check_entries(read(), pl.concat([wrong, right]))["message"])


def test_no_entries_and_no_forms_give_no_findings_and_no_error(tmp_path):
    assert check_entries(read(), pl.DataFrame(schema=SCHEMA)).rows() == []
    (tmp_path / "study.toml").write_text('[study]\nid = "PILOT"\n', encoding="utf-8")
    found = check_entries(read(tmp_path), entries({("WEEK 2", "vitals", 1, "hr"): "70"}))
    assert found["message"].to_list() == ["vitals is no form of this study."]


def absent(changes: dict[str, str | None]) -> list[str]:
    """Return what is said to be planned and not entered in the changed patient, and was entered in the sound one."""
    return [message for _, _, _, message in found_by(changes) if "is planned at" in message]


def test_a_planned_form_that_was_not_entered_is_asked_for():
    gone = {f"D28 pga {item}": None for item in ("pga", "pga_date", "pga_assessor")}
    assert absent(gone) == [
        "PGA is planned at D28 and not entered; if it was not done, say so with the reason."
    ]


def test_a_planned_part_of_a_form_is_asked_for_and_the_rest_of_the_form_is_not():
    gone = {
        f"D28 proteinuria {item}": None for item in ("prot24", "prot24_lln", "prot24_uln", "urine_volume_24h")
    }
    assert [m.split(" is planned")[0] for m in absent(gone)] == ["24-hour urine protein"]
    assert absent({"D28 proteinuria prot24": None}) == []


def asked(form: str, visit: str, changes: dict[str, str | None]) -> bool:
    """Return whether a form is asked for at a visit."""
    cells = sound()
    for name, value in changes.items():
        v, f, i = name.split()
        cells[(v, f, 1, i)] = value or ""
    found = check_entries(read(), entries(cells))
    return not found.filter(
        pl.col("visit") == visit, pl.col("form") == form, pl.col("message").str.contains("is planned at")
    ).is_empty()


def test_what_does_not_apply_is_not_asked_for():
    assert asked("premedication", "D6", {})
    assert not asked("premedication", "D6", {"D6 cell_infusion infusion_status": "OMITTED"})
    assert asked("pregnancy_test", "BL", {})
    assert not asked("pregnancy_test", "BL", {"SCR demography sex": "M"})
    assert not asked("pregnancy_test", "BL", {"SCR demography childbearing": "N"})


def test_a_visit_that_did_not_take_place_asks_for_nothing():
    assert asked("haematology", "D14", {})
    assert not asked("haematology", "D14", {"D14 visit visit_occurred": "N"})


def test_scored_items_that_nobody_answered_are_named():
    said = [
        m for _, _, _, m in found_by({"D28 sledai2k sledai_rash": None, "D28 sledai2k sledai_fever": None})
    ]
    assert "Neither answered nor marked as not done: Rash, Fever." in said
    first = BASE.filter(pl.col("visit") == "D28", pl.col("form") == "bilag2004")["message"].to_list()
    assert [m for m in first if m.endswith("and 92 more.")]
    marked = entries(
        {("D28", "sledai2k", 1, name): "Y" for name in LUPUS}, status="not done", reason="not seen"
    )
    assert "Neither" not in " ".join(check_entries(read(), marked)["message"])


@pytest.mark.parametrize(
    "form", ["sledai2k", "proteinuria", "cell_infusion", "ld_dose", "crs", "glucocorticoid", "visit"]
)
def test_a_study_without_a_form_is_checked_all_the_same(tmp_path, form: str):
    with as_file(files("carnet").joinpath("studies", "carnk_sle")) as built_in:
        shutil.copytree(built_in, tmp_path / "study")
    table = tmp_path / "study" / "forms.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(line for line in lines if not line.startswith(f"{form},")), encoding="utf-8")
    found = check_entries(read(tmp_path / "study"), entries(sound()))
    assert f"{form} is no form of this study." in found["message"].to_list()


@pytest.mark.parametrize(
    ("form", "instrument", "typed", "score"),
    [
        ("clasi", CLASI, "clasi_activity_total", {"clasi_erythema_chest": "2", "clasi_mucosa": "Y"}),
        ("clasi", CLASI, "clasi_damage_total", {"clasi_scalp_scarring": "3"}),
        ("damage", SDI, "sdi_total", {"sdi_end_stage": "Y"}),
    ],
)
def test_a_total_typed_on_the_form_is_the_sum_of_its_items(form, instrument, typed, score):
    nothing = {item.id: "N" if item.type == "boolean" else "0" for item in instrument.form.items}
    for total, asked in (("3", []), ("4", [typed])):
        answers = {f"D28 {form} {name}": value for name, value in {**nothing, **score, typed: total}.items()}
        assert [item for _, _, item, text in found_by(answers) if "add up to 3" in text] == asked


@pytest.mark.parametrize(("days", "asked"), [(91, []), (92, []), (93, ["bilag_active_nephritis"])])
def test_active_nephritis_rests_on_a_biopsy_of_three_months(days, asked):
    """The grade follows item 89; a biopsy longer ago than 92 days is asked about."""
    taken = (date.fromisoformat(on(28)) - timedelta(days=days)).isoformat()
    changes = {"SCR sle_history nephritis_biopsy": taken, "D28 bilag2004 bilag_active_nephritis": "Y"}
    assert [item for _, _, item, text in found_by(changes) if "biopsy on record" in text] == asked
