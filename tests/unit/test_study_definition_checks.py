"""Each check of a definition: a sound copy with one thing broken gives the finding that names it."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from carnet.study import read
from carnet.study.checks import check_study


def test_nothing_is_found_in_the_built_in_study():
    assert check_study(read()).rows() == []


BROKEN = {
    "visit twice": (
        "visits.csv",
        "20,M2,Month 2,",
        "20,D28,Month 2,",
        "visits.csv: the id D28 stands there twice",
    ),
    "visit number twice": ("visits.csv", "20,M2,", "19,M2,", "the number 19.0 stands there twice"),
    "window before it begins": (
        "visits.csv",
        ",61,54,68,",
        ",61,68,54,",
        "the window of M2 ends (54) before",
    ),
    "day outside": ("visits.csv", ",61,54,68,", ",69,54,68,", "day 69 of M2 is outside its window 54 to 68"),
    "unknown epoch": ("visits.csv", "68,FOLLOW-UP,", "68,LATER,", "M2 is in the epoch LATER"),
    "no window status": (
        "visits.csv",
        "M2,Month 2,第2个月,61,54,68,FOLLOW-UP,OUTPATIENT,S,A",
        "M2,Month 2,第2个月,61,54,68,FOLLOW-UP,OUTPATIENT,S,",
        "M2 has no window_status",
    ),
    "element without epoch": (
        "elements.csv",
        "输注后,TREATMENT",
        "输注后,REST",
        "elements.csv: REST is in the epoch REST",
    ),
    "unknown form": (
        "schedule.csv",
        "Complement,complement,",
        "Complement,complements,",
        "names the form complements",
    ),
    "form never planned": (
        "schedule.csv",
        "Complement,complement,",
        "Complement,urine,",
        "The form complement is at no visit",
    ),
    "unknown item": (
        "schedule.csv",
        "antibodies,ana,",
        "antibodies,anna,",
        "names the item anna, which antibodies does not ask",
    ),
    "unknown visit": ("schedule.csv", ",M12,ET,", ",M13,ET,", "schedule.csv has a column M13"),
    "unknown mark": (
        "schedule.csv",
        "CAR-NK level in blood,kinetics_sample,,,,,,,X,K",
        "CAR-NK level in blood,kinetics_sample,,,,,,,X,P",
        "at D0 has the mark 'P'",
    ),
    "windows share a day": (
        "windows.csv",
        "Month 2,第2个月,61,61,45,76",
        "Month 2,第2个月,61,61,44,76",
        "Day 28 and Month 2 share a day",
    ),
    "windows leave a day": (
        "windows.csv",
        "Month 2,第2个月,61,61,45,76",
        "Month 2,第2个月,61,61,46,76",
        "days between Day 28 and Month 2 are in no window",
    ),
    "target outside": (
        "windows.csv",
        "Month 2,第2个月,61,61,45,76",
        "Month 2,第2个月,61,80,45,76",
        "the target 80 of Month 2 is outside 45 to 76",
    ),
    "window of no visit": ("windows.csv", "76,M2,", "76,M22,", "Month 2 names the visit M22"),
    "AVISITN twice": (
        "windows.csv",
        "Month 2,第2个月,61,",
        "Month 2,第2个月,28,",
        "AVISITN 28 stands there twice",
    ),
    "number without unit": (
        "forms/complement.csv",
        "decimal,,g/L,0.05",
        "decimal,,,0.05",
        "c3 is a measured number without a unit",
    ),
    "unknown unit": (
        "forms/complement.csv",
        "decimal,,g/L,0.05",
        "decimal,,g/furlong,0.05",
        "The unit g/furlong of c3 is not known",
    ),
    "range exchanged": (
        "forms/complement.csv",
        "g/L,0.05,3,2",
        "g/L,3,0.05,2",
        "The lowest value of c3 (3) is above its highest (0.05)",
    ),
    "choices of unequal length": (
        "forms/death.csv",
        "是|否|未知",
        "是|否",
        "death_autopsy has 3 choices in English and 2 in Chinese",
    ),
    "choice without choices": (
        "forms/demography.csv",
        "choice,,,,,,F|M,女|男",
        "choice,,,,,,,",
        "sex is a choice without choices",
    ),
    "choice twice": ("forms/demography.csv", "F|M,女|男", "F|F,女|男", "sex offers the choice F twice"),
    "test code too long": (
        "forms/complement.csv",
        ",CH50,",
        ",COMPLEMENT50,",
        "The test code COMPLEMENT50 of ch50 is none",
    ),
    "id that is no name": ("forms/pga.csv", "pga_date,", "PGA-date,", "The id PGA-date is no name"),
    "item in two forms": (
        "forms/complement.csv",
        "ch50,",
        "crp,",
        "The item crp is asked by inflammation and complement",
    ),
    "endpoint without derivation": (
        "endpoints.csv",
        "CARFL,Value minus baseline,",
        "CARFL,,",
        "E5 has no derivation",
    ),
    "endpoint without dataset": (
        "endpoints.csv",
        "SECONDARY,ADQS,PGA",
        "SECONDARY,,PGA",
        "E5 has no dataset",
    ),
    "endpoint at no visit": (
        "endpoints.csv",
        "ADRS,LLDAS,D28 M2",
        "ADRS,LLDAS,D29 M2",
        "E3 names the visit D29",
    ),
    "endpoint of no population": (
        "endpoints.csv",
        ",LNFL,",
        ",LUPFL,",
        "E6 names LUPFL, which populations.csv lacks",
    ),
    "criterion of an unknown item": (
        "eligibility.csv",
        "hgb,>=,80",
        "haemoglobin,>=,80",
        "I07 names haemoglobin, which no form asks",
    ),
    "unknown operator": ("eligibility.csv", "hgb,>=,80", "hgb,=>,80", "I07 has the operator '=>'"),
    "limit that is no number": (
        "eligibility.csv",
        "hgb,>=,80",
        "hgb,>=,low",
        "I07 has the limit 'low'; write a number",
    ),
    "limit in a foreign unit": (
        "eligibility.csv",
        "hgb,>=,80,g/L",
        "hgb,>=,80,mmHg",
        "I07 is in mmHg, hgb in g/L",
    ),
    "choice that is not offered": (
        "eligibility.csv",
        "donor_hla,is,POSITIVE",
        "donor_hla,is,STRONG",
        "E18 wants STRONG, which donor_hla does not offer",
    ),
    "multiple of no limit": (
        "eligibility.csv",
        "lvef,>=,50,%,",
        "lvef,>=,50,%,ULN",
        "I15 is a multiple of the ULN of lvef, which no form asks",
    ),
    "range of an unknown item": (
        "reference_ranges.csv",
        "k,,3.5",
        "potassium,,3.5",
        "no form asks potassium",
    ),
    "range in a foreign unit": (
        "reference_ranges.csv",
        "k,,3.5,5.3,mmol/L",
        "k,,3.5,5.3,mmHg",
        "k is in mmHg, the form in mmol/L",
    ),
    "range exchanged, laboratory": (
        "reference_ranges.csv",
        "k,,3.5,5.3",
        "k,,5.3,3.5",
        "the range of k ends (3.5) before it begins (5.3)",
    ),
    "fact without status": (
        "study.toml",
        'patients = { value = 10, status = "S", ',
        "patients = { value = 10, ",
        "study.toml: study.patients has no status",
    ),
    "fact of a strange status": (
        "study.toml",
        'patients = { value = 10, status = "S"',
        'patients = { value = 10, status = "X"',
        "study.patients has the status X",
    ),
    "fact without source": (
        "study.toml",
        'patients = { value = 10, status = "S", source = "carnksle2024"',
        'patients = { value = 10, status = "S"',
        "study.patients cites no source",
    ),
    "unknown source": (
        "endpoints.csv",
        "carnksle2024 franklyn2016",
        "carnksle2024 frank2016",
        "E3 cites frank2016, which sources.csv lacks",
    ),
}
"""What is broken: file, text, its replacement, and what the finding says."""


@pytest.mark.parametrize(("file", "old", "new", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_one_thing_broken_is_found_and_named(tmp_path: Path, file: str, old: str, new: str, said: str):
    with as_file(files("carnet").joinpath("studies", "carnk_sle")) as built_in:
        shutil.copytree(built_in, tmp_path / "study")
    path = tmp_path / "study" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = check_study(read(tmp_path / "study"))
    assert [m for m in found["message"] if said in m], found["message"].to_list()
    assert found.columns == ["subject", "visit", "form", "item", "message"]


def test_a_partial_definition_is_checked_without_stumbling(tmp_path: Path):
    (tmp_path / "study.toml").write_text('[study]\nid = "PILOT"\n', encoding="utf-8")
    (tmp_path / "visits.csv").write_text("num,code,label,day\n3,BASELINE,Baseline,0\n", encoding="utf-8")
    messages = check_study(read(tmp_path))["message"].to_list()
    assert "study.toml: study.id has no status; write S (record), R (registry) or A (assumed)." in messages
    assert "visits.csv: BASELINE cites no source; name a key of sources.csv." in messages
