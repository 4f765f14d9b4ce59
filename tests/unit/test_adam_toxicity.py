"""Toxicity as analysed: syndromes beside what was entered, low counts, liver, dose-limiting toxicity, episodes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from adam_tables import Trial, on
from carnet import adam
from carnet.study import read

STUDY = read()
CRS = "CYTOKINE RELEASE SYNDROME"
D28 = 19.0


def page(trial: Trial, category: str, day: int, group: str = "p/1", **answers: object) -> None:
    """Add a page of answers, by test code."""
    for code, value in answers.items():
        trial.add(
            "fa", FACAT=category, FATESTCD=code, FASTRESC=str(value), FADTC=on(day), FAGRPID=group, VISITNUM=8.0
        )  # fmt: skip


def event(trial: Trial, number: int = 1, start: object = 2, end: object = 3, **row: object) -> None:
    """Add an adverse event, row `number` of the log; what SUPPAE holds goes there."""
    extra = {name: str(row.pop(name)) for name in list(row) if name in QUALIFIERS}
    dates = {
        "AESTDTC": on(start) if isinstance(start, int) else start,
        "AEENDTC": on(end) if isinstance(end, int) else end,
    }
    quiet = {
        "AETERM": "Rash",
        "AEDECOD": "Rash",
        "AESOC": "Skin",
        "AESER": "N",
        "AECONTRT": "N",
        "AETOXGR": "1",
    }
    seq = trial.add("ae", AESPID=f"adverse_event/LOG/{number}", **(quiet | dates | row))
    for name, value in ({"AERELLD": "NOT RELATED", "AERELCAR": "NOT RELATED"} | extra).items():
        trial.qualify("ae", "1", seq, name, value)


QUALIFIERS = {"AERELLD", "AERELCAR", "AEGRHIST", "AESI", "AEDLT", "AELINK"}


def counts(trial: Trial, test: str, unit: str = "10^9/L", **values: float) -> None:
    """Add values of a test by day, written d5=0.4; the one of day 28 is of the day-28 visit."""
    for name, value in values.items():
        day = int(name[1:].replace("_", "-"))
        trial.value(test, value, day, num=D28 if day == 28 else 99.01, LBSTRESU=unit)


def made(trial: Trial) -> dict[str, pl.DataFrame]:
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(200))
    trial.add("sv", VISITNUM=20.0, VISIT="Month 2", SVSTDTC=on(61))
    return adam.derive(STUDY, trial.tables())


def tox(trial: Trial, paramcd: str) -> pl.DataFrame:
    return made(trial)["adtox"].filter(pl.col("PARAMCD") == paramcd)


SIGNS = {
    "OCCUR": "Y",
    "CRSFEVER": "Y",
    "CRSHYPOT": "FLUIDS",
    "CRSHYPOX": "NONE",
    "TOCILIZ": 0,
    "STEROID": "N",
}


@pytest.mark.parametrize(
    ("entered", "answers", "aval", "low", "high", "agrees"),
    [
        (2, {}, 2, 2, 2, "Y"), (1, {}, 2, 2, 2, "N"), (3, {}, 2, 2, 2, "N"),
        (2, {"CRSHYPOX": None}, None, 2, 4, None), (1, {"CRSHYPOX": None}, None, 2, 4, "N"),
        (None, {}, 2, 2, 2, None), (5, {"OUTCOME": "FATAL"}, 5, 5, 5, "Y"),
    ],
)  # fmt: skip
def test_the_derived_grade_stands_beside_the_entered_one(entered, answers, aval, low, high, agrees):
    """Outside the bounds they differ; while the grade is not certain nothing inside them can."""
    trial = Trial().patient()
    told = {**SIGNS, "TOXGR": entered, **answers}
    page(trial, CRS, 2, **{code: value for code, value in told.items() if value is not None})
    row = tox(trial, "CRS").row(0, named=True)
    assert (row["AVAL"], row["AVALMIN"], row["AVALMAX"], row["AGREEFL"]) == (aval, low, high, agrees)
    assert row["ENTGRN"] == entered


def test_a_page_that_saw_nothing_is_grade_0_and_agrees():
    trial = Trial().patient()
    page(trial, CRS, 2, OCCUR="N")
    assert tox(trial, "CRS").select("AVAL", "ENTGRN", "AGREEFL").rows() == [(0, 0, "Y")]


def test_the_page_names_its_event_and_its_infusion():
    """AESEQ by the number in the log; days from the infusion; the worst page is marked."""
    trial = Trial().patient()
    event(trial, 1)
    event(trial, 7, AEDECOD="Cytokine release syndrome")
    page(trial, CRS, 1, "p/1", **{**SIGNS, "CRSHYPOT": "NONE", "TOXGR": 1})
    page(trial, CRS, 4, "p/2", **SIGNS, TOXGR=2, AENO=7, INFUSION=2, ENDTC=on(6))
    rows = tox(trial, "CRS")
    assert rows.select("AVAL", "AESEQ", "INFNUM", "AINFDY", "AENDT", "WORSTFL").rows() == [
        (1, None, None, None, None, None), (2, 2, 2, 1, date(2025, 3, 16), "Y"),
    ]  # fmt: skip


def test_grades_of_gvhd_are_read_as_numerals():
    trial = Trial().patient()
    page(trial, "ACUTE GVHD", 20, OCCUR="Y", GVHSKIN=2, GVHLIVER=2, GVHUGI=0, GVHLGI=0, TOXGR="III")
    row = tox(trial, "GVHD").row(0, named=True)
    assert (row["AVAL"], row["AVALC"], row["ENTGRN"], row["AGREEFL"]) == (3, "III", 3, "Y")


def test_a_spell_of_neutropenia_lies_between_what_sampling_allows():
    """Seen low from day 5 to 9, well on days 2 and 14: between 5 and 11 days."""
    trial = Trial().patient()
    counts(trial, "NEUT", d_6=3, d2=2, d5=0.4, d9=0.2, d14=1.2, d28=2)
    row = tox(trial, "NEUTSPL").row(0, named=True)
    assert (row["AVAL"], row["AVALMIN"], row["AVALMAX"], row["NADIR"]) == (None, 5, 11, 0.2)
    assert (row["ADT"], row["AENDT"]) == (date(2025, 3, 15), date(2025, 3, 24))


def test_low_igg_is_below_4():
    trial = Trial().patient()
    counts(trial, "IGG", "g/L", d0=4, d1=3.9, d2=4)
    assert tox(trial, "IGGSPL").select("AVAL", "NADIR").rows() == [(1, 3.9)]


def test_icaht_of_daily_counts():
    """Eight days at 0.4 in a row, counts of every day: grade 2, early; well later."""
    trial = Trial().patient()
    counts(trial, "NEUT", **{f"d{day}": 0.4 if 5 <= day < 13 else 2.0 for day in range(41)})
    rows = made(trial)["adtox"].filter(pl.col("PARAMCD").str.starts_with("ICAHT"))
    assert dict(rows.select("PARAMCD", "AVAL").iter_rows()) == {
        "ICAHTE": 2,
        "ICAHTEP": 2,
        "ICAHTL": 0,
        "ICAHTLP": 0,
    }


def test_hys_law_on_treatment():
    """What was high before treatment plays no part."""
    trial = Trial().patient()
    for day, alt, bilirubin in ((-6, 400.0, 80.0), (10, 130.0, 45.0)):
        trial.value("ALT", alt, day, LBSTRESU="U/L", LBSTNRHI=40.0, LBCAT="CHEMISTRY")
        trial.value("BILI", bilirubin, day, LBSTRESU="umol/L", LBSTNRHI=20.0, LBCAT="CHEMISTRY")
        trial.value("ALP", 90.0, day, LBSTRESU="U/L", LBSTNRHI=120.0, LBCAT="CHEMISTRY")
    rows = made(trial)["adtox"].filter(pl.col("PARCAT1") == "LIVER")
    found = {row["PARAMCD"]: row["AVALC"] or row["AVAL"] for row in rows.iter_rows(named=True)}
    assert found == {
        "ALTPK": 3.25, "ASTPK": None, "TRANSPK": 3.25, "BILIPK": 2.25, "ALPPK": 0.75, "HYSLAW": "Y",
        "EDISH": "HY'S LAW RANGE",
    }  # fmt: skip


def dlt(trial: Trial) -> tuple[list[str | None], str | None]:
    """Return the verdict of each event and that of the patient."""
    datasets = made(trial)
    whole = datasets["adtox"].filter(pl.col("PARAMCD") == "DLT")["AVALC"].to_list()
    return datasets["adae"].sort("AESEQ")["ADLTFL"].to_list() if "adae" in datasets else [], whole[0]


def well_at_day_28(trial: Trial) -> Trial:
    counts(trial, "NEUT", d28=2)
    counts(trial, "PLAT", d_6=200, d28=150)
    return trial


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"AETOXGR": "3", "AERELCAR": "POSSIBLE", "end": 9}, "Y"),
        ({"AETOXGR": "3", "AERELCAR": "UNLIKELY", "end": 9}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "POSSIBLE", "end": 4}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "POSSIBLE", "end": 5}, None),
        ({"AETOXGR": "2", "AERELCAR": "DEFINITE", "end": 9}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "end": 9, "AEDECOD": "Fever"}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "end": 9, "AEDECOD": "Platelet count decreased"}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "end": 9, "AELINK": "D2 chemistry alt"}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "end": 9, "AELINK": "D2 chemistry alt", "AECONTRT": "Y"}, "Y"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "start": 31, "end": 40}, "Y"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "start": 32, "end": 40}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "start": -2, "end": 9}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "end": 20,
          "AEGRHIST": f"1 {on(2)}; 3 {on(4)}; 1 {on(6)}"}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "start": -2, "end": 20,
          "AEGRHIST": f"1 {on(-2)}; 3 {on(4)}"}, "Y"),
        ({"AETOXGR": "5", "AERELCAR": "POSSIBLE", "AEOUT": "FATAL", "end": 2}, "Y"),
        ({"AETOXGR": "5", "AERELCAR": "UNLIKELY", "AEOUT": "FATAL", "end": 2}, "N"),
        ({"AETOXGR": "3", "AERELCAR": "DEFINITE", "end": 2, "AESI": "CRS"}, "Y"),
    ],
)  # fmt: skip
def test_dose_limiting_events(row, verdict):
    trial = well_at_day_28(Trial().patient())
    event(trial, **dict(row))
    assert dlt(trial) == ([verdict], verdict)


def test_crs_is_judged_by_its_own_scale():
    """CTCAE may call it 3; what counts is the page that names it."""
    trial = well_at_day_28(Trial().patient())
    event(trial, 1, AETOXGR="3", AESI="CRS", AERELCAR="DEFINITE")
    page(trial, CRS, 2, **SIGNS, TOXGR=2, AENO=1)
    assert dlt(trial) == (["N"], "N")
    worse = well_at_day_28(Trial().patient())
    event(worse, 1, AETOXGR="2", AESI="CRS", AERELCAR="DEFINITE")
    page(worse, CRS, 2, **{**SIGNS, "CRSHYPOT": "ONE PRESSOR"}, TOXGR=2, AENO=1)
    assert dlt(worse) == (["Y"], "Y")


@pytest.mark.parametrize(
    ("neut", "plat", "base", "verdict"),
    [
        (0.49, 150, 200, "Y"), (0.5, 150, 200, "N"), (2, 24, 200, "Y"), (2, 25, 200, "N"), (2, 24, 48, "N"),
        (2, 23, 48, "Y"), (None, 150, 200, None), (2, None, 200, None),
    ],
)  # fmt: skip
def test_counts_of_the_day_28_visit(neut, plat, base, verdict):
    trial = Trial().patient()
    counts(trial, "PLAT", d_6=base, **({} if plat is None else {"d28": plat}))
    counts(trial, "NEUT", d_6=3, **({} if neut is None else {"d28": neut}))
    assert dlt(trial)[1] == verdict


def test_a_dose_limiting_event_makes_a_patient_evaluable():
    trial = Trial().patient()
    event(trial, AETOXGR="3", AERELCAR="DEFINITE", end=9)
    counts(trial, "NEUT", d1=2)
    assert made(trial)["adsl"]["DLTFL"].to_list() == ["Y"]


@pytest.mark.parametrize(
    ("row", "entered", "derived"),
    [
        ({"AEDECOD": "Cytokine release syndrome"}, "NONE", "CRS"),
        ({"AEDECOD": "Infusion related reaction", "AETOXGR": "1"}, "NONE", None),
        ({"AEDECOD": "Infusion related reaction", "AETOXGR": "2"}, "NONE", "INFUSION REACTION"),
        ({"AESOC": "Infections and infestations", "AETOXGR": "2"}, "NONE", None),
        ({"AESOC": "Infections and infestations", "AETOXGR": "3"}, "NONE", "INFECTION"),
        ({"AEDECOD": "Neutrophil count decreased", "AETOXGR": "3", "start": 5, "end": 20}, "NONE", None),
        ({"AEDECOD": "Neutrophil count decreased", "AETOXGR": "3", "start": 5, "end": 40}, "NONE", "LATE CYTOPENIA"),
        ({"AEDECOD": "Neutrophil count decreased", "AETOXGR": "3", "start": 5, "end": 40,
          "AEGRHIST": f"3 {on(5)}; 2 {on(20)}"}, "NONE", None),
        ({"AEDECOD": "Headache"}, "NONE", None),
        ({"AEDECOD": "Headache"}, "SEVERE FLARE", None),
    ],
)  # fmt: skip
def test_special_interest_by_rule(row, entered, derived):
    """Beside what the investigator marked; either makes the flag."""
    trial = Trial().patient()
    event(trial, **{**row, "AESI": entered})
    found = made(trial)["adae"].select("AESIDER", "AESIFL").row(0)
    assert found == (derived, "Y" if derived or entered != "NONE" else None)


def test_an_opportunistic_infection_is_of_interest_at_any_grade():
    trial = Trial().patient()
    event(trial, 1, AESOC="Infections and infestations", AETOXGR="2")
    event(trial, 2, AESOC="Infections and infestations", AETOXGR="2", start=50, end=60)
    page(trial, "INFECTION", 50, INFIV="N", INFOPP="Y", AENO=2, TOXGR=2)
    assert made(trial)["adae"].sort("AESEQ")["AESIDER"].to_list() == [None, "INFECTION"]


def test_episodes():
    """Rows of one term less than a day apart are one; the worst grade is that of the episode."""
    trial = Trial().patient()
    event(trial, 1, 2, 4, AETOXGR="1")
    event(trial, 2, 5, 6, AETOXGR="3")
    event(trial, 3, 20, 22, AETOXGR="2")
    rows = made(trial)["adae"].sort("AESEQ").select("AEPISN", "AEPIGRN", "AEPIFL").rows()
    assert rows == [(1, 3, "Y"), (1, 3, None), (2, 2, "Y")]
