"""Subjects: sets of analysis, ends of the study, exposure, kinetics, and grades that remember."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from adam_tables import Trial, on
from carnet import adam
from carnet.study import read

STUDY = read()
ACTIVE = {"arthritis": True, "rash": True, "low_complement": True}


def evaluable(subject: str = "1", **patient: object) -> Trial:
    """Return a trial of a patient in every set of efficacy."""
    trial = Trial().patient(subject, **patient).steroid(subject)
    return trial.assess(subject, "BL", sledai=ACTIVE, pga=2.0).assess(subject, "D28", pga=0.5)


def subject(trial: Trial, number: str = "1") -> dict[str, object]:
    """Return the row of ADSL."""
    rows = adam.derive(STUDY, trial.tables())["adsl"]
    return rows.filter(pl.col("SUBJID") == number).row(0, named=True)


@pytest.mark.parametrize(
    ("given", "infusions", "flag"),
    [
        (1000, 3, "Y"),
        (800, 3, "Y"),
        (799, 3, "N"),
        (1200, 3, "Y"),
        (1201, 3, "N"),
        (1000, 2, "N"),
        (None, 3, "N"),
    ],
)
def test_per_protocol_is_three_infusions_of_80_to_120_percent(given, infusions, flag):
    """Of 1000 planned."""
    trial = evaluable(cells=infusions)
    trial.rows["ex"][-1]["EXDOSE"] = given
    row = subject(trial)
    assert (row["EFFFL"], row["PPROTFL"], row["NINF"]) == ("Y", flag, infusions)


def test_a_major_deviation_ends_per_protocol():
    """A minor one does not."""
    trial = evaluable()
    trial.add("dv", DVCAT="MINOR", DVTERM="late", DVSTDTC=on(3))
    assert subject(trial)["PPROTFL"] == "Y"
    trial.add("dv", DVCAT="MAJOR", DVTERM="wrong dose", DVSTDTC=on(3))
    assert subject(trial)["PPROTFL"] == "N"


@pytest.mark.parametrize(
    ("active", "flag"),
    [({"arthritis": True, "myositis": True}, "Y"), ({"arthritis": True, "rash": True, "fever": True}, "N")],
)
def test_evaluable_is_8_or_more_at_baseline_and_a_whole_composite_after(active, flag):
    """7 is not enough."""
    trial = Trial().patient().assess(visit="BL", sledai=active).assess(visit="D28")
    assert subject(trial)["EFFFL"] == flag
    only = Trial().patient().assess(visit="BL", sledai=active).assess(visit="D28", parts="sp")
    assert subject(only)["EFFFL"] == "N"


@pytest.mark.parametrize(("due", "flag"), [(None, "Y"), ("LUPUS", "Y"), ("DRUG", "N"), ("OTHER", "N")])
def test_nephritis_is_protein_that_nothing_else_explains(due, flag):
    """Above 0.5 g/g at baseline, and not put down to another cause."""
    trial = Trial().patient()
    trial.assess(visit="BL", sledai={"proteinuria": True}, due={"proteinuria": due} if due else None)
    trial.value("PROTCRT", 0.51, -6, LBCAT="URINALYSIS", LBSPEC="URINE", LBSTRESU="g/g")
    assert subject(trial)["LNFL"] == flag


def toxic(day: int, flag: str = "Y") -> Trial:
    """Return a trial whose patient had a toxicity on that day and never came on day 28."""
    trial = Trial().patient()
    seq = trial.add("ae", AETERM="CRS", AEDECOD="CRS", AESOC="I", AESTDTC=on(day))
    trial.qualify("ae", "1", seq, "AEDLT", flag)
    return trial


def test_evaluable_for_toxicity_is_day_28_or_a_toxicity_before():
    """Up to day 31, after the cells."""
    assert subject(Trial().patient())["DLTFL"] == "N"
    came = Trial().patient()
    came.add("sv", VISITNUM=19.0, VISIT="Day 28", SVSTDTC=on(28), SVOCCUR="Y")
    assert subject(came)["DLTFL"] == "Y"
    missed = Trial().patient()
    missed.add("sv", VISITNUM=19.0, VISIT="Day 28", SVSTDTC=on(28), SVOCCUR="N")
    assert subject(missed)["DLTFL"] == "N"
    assert subject(toxic(31))["DLTFL"] == "Y"
    assert subject(toxic(32))["DLTFL"] == "N"
    assert subject(toxic(-3))["DLTFL"] == "N"
    assert subject(toxic(5, "N"))["DLTFL"] == "N"


def test_the_safety_period_ends_with_the_last_visit_in_its_window():
    """Day 379 is the last day of month 12; later does not count."""
    for held, end in ((350, 365), (372, 372), (379, 379), (380, 365)):
        trial = Trial().patient()
        trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(500))
        trial.add("sv", VISITNUM=26.0, VISIT="Month 12", SVSTDTC=on(held), SVOCCUR="Y")
        trial.add("ds", DSTERM="X", DSDECOD="COMPLETED", DSCAT="DISPOSITION EVENT", DSSTDTC=on(400))
        assert subject(trial)["SAFEDT"] == date.fromisoformat(on(end)), held


def test_dates_of_treatment():
    """First Flu/Cy, first cells, each infusion."""
    row = subject(Trial().patient())
    assert row["TRTSDTM"] == datetime(2025, 3, 5, 9)
    assert row["CARSDTM"] == row["INF1DTM"] == datetime(2025, 3, 10, 10)
    assert row["INF3DTM"] == datetime(2025, 3, 16, 10)
    assert (row["CUMCELLS"], row["NINF"], row["TRTSTMF"]) == (3000.0, 3, None)
    none = subject(Trial().patient(cells=0))
    assert (none["CARFL"], none["CARSDT"], none["NINF"], none["SAFFL"]) == ("N", None, 0, "Y")


def test_an_infusion_of_nothing_is_no_infusion():
    """Of any amount, but of some."""
    trial = Trial().patient()
    trial.rows["ex"][-1]["EXDOSE"] = 0
    assert subject(trial)["NINF"] == 2


def test_leaving_treatment_is_not_leaving_the_study():
    """Only the end of participation ends the study."""
    trial = Trial().patient()
    common = {"DSCAT": "DISPOSITION EVENT", "DSSTDTC": on(5)}
    trial.add(
        "ds", DSTERM="DISCONTINUED TREATMENT", DSDECOD="ADVERSE EVENT", DSSCAT="STUDY TREATMENT", **common
    )
    assert subject(trial)["EOSSTT"] == "ONGOING"
    trial.add(
        "ds", DSTERM="WITHDREW", DSDECOD="WITHDRAWAL BY SUBJECT", DSSCAT="STUDY PARTICIPATION", **common
    )
    row = subject(trial)
    assert (row["EOSSTT"], row["DCSREAS"]) == ("DISCONTINUED", "WITHDRAWAL BY SUBJECT")


def sample(trial: Trial, when: str, level: float | None, text: str | None = None) -> None:
    """Add a level of the cells."""
    trial.add(
        "pc",
        PCTESTCD="CARTG",
        PCTEST="CAR transgene",
        PCSTRESN=level,
        PCSTRESC=text or str(level),
        PCORRES=text or str(level),
        PCSTRESU="copies/ug",
        PCLLOQ=50.0,
        PCDTC=when,
        VISITNUM=7.0,
    )


def test_a_sample_belongs_to_the_infusion_that_began_before_it():
    """Up to the start of the next one, which a draw before that infusion may meet to the minute."""
    trial = Trial().patient()
    times = [
        "2025-03-10T10:00",
        "2025-03-10T10:01",
        "2025-03-13T10:00",
        "2025-03-13T11:00",
        "2025-04-07T10:00",
    ]
    for when, level in zip(times, (None, 100.0, 200.0, 900.0, 60.0), strict=True):
        sample(trial, when, level, None if level else "<LLOQ")
    made = adam.derive(STUDY, trial.tables())
    rows = made["adpc"].sort("ADTM")
    assert rows["INFNUM"].to_list() == [None, 1, 1, 2, 3]
    assert rows["AFRLT"].round(3).to_list() == [0.0, 0.001, 3.0, 3.042, 28.0]
    assert rows["ARRLT"].round(3).to_list() == [None, 0.001, 3.0, 0.042, 22.0]
    assert rows["BLQFL"].to_list() == ["Y", None, None, None, None]
    assert rows["ANL01FL"].to_list() == [None, "Y", "Y", "Y", "Y"]
    assert made["adsl"]["KINFL"].to_list() == ["Y"]
    peak = made["adpp"].filter(pl.col("SCOPE") == "overall", pl.col("PARAMCD").is_in(["CMAX", "TMAX"]))
    assert dict(peak.select("PARAMCD", pl.col("AVAL").round(3)).iter_rows()) == {"CMAX": 900.0, "TMAX": 3.042}


def test_without_a_sample_after_the_cells_nobody_is_in_the_kinetics():
    """But a patient whose cells never appear stays in."""
    before = Trial().patient()
    sample(before, "2025-03-10T09:00", None, "<LLOQ")
    assert subject(before)["KINFL"] == "N"
    never = Trial().patient()
    sample(never, "2025-03-12T09:00", None, "NOT DETECTED")
    assert subject(never)["KINFL"] == "Y"


def grades(trial: Trial, system: str) -> list[str]:
    """Return the BILAG-2004 grades of a system in order of time."""
    rows = adam.derive(STUDY, trial.tables())["adqs"].filter(pl.col("PARAMCD") == f"BLG4{system}")
    return rows.sort("ADT")["AVALC"].to_list()


def test_a_system_that_was_active_is_never_again_as_if_it_had_not_been():
    """E before, C then, D after."""
    trial = (
        Trial()
        .patient()
        .assess(visit="SCR")
        .assess(visit="BL", bilag={"alopecia_mild": 2})
        .assess(visit="D28")
    )
    assert grades(trial, "MUC") == ["E", "C", "D"]
    told = Trial().patient().assess(visit="BL")
    told.add("fa", FACAT="BILAG HISTORY", FATESTCD="BLGEMUC", FASTRESC="Y", FADTC=on(-28))
    assert grades(told, "MUC") == ["D"]


def test_earlier_renal_values_come_from_the_history_first():
    """Creatinine of 160 umol/L after 60 at the doctor's is worse than after 160."""
    kidney = {"creatinine": 160, "gfr": 100}
    without = Trial().patient().assess(visit="BL", bilag=kidney)
    known = Trial().patient().assess(visit="BL", bilag=kidney)
    for code, value in (("PRCREAT", "60"), ("PRGFR", "100")):
        known.add("fa", FACAT="EARLIER RENAL VALUES", FATESTCD=code, FASTRESC=value, FADTC=on(-90))
    assert grades(without, "REN") != grades(known, "REN")


def test_parts_further_apart_than_three_days_are_not_one_assessment():
    """BILAG-2004 three days before the SLEDAI-2K, PGA three days after it: six days between them."""
    trial = Trial().patient().assess(visit="BL", day=-20, parts="s", sledai=ACTIVE)
    trial.assess(visit="BL", day=-23, parts="b").assess(visit="BL", day=-17, parts="p", pga=2.0)
    assert subject(trial)["EFFBLDT"] is None
    near = Trial().patient().assess(visit="BL", day=-20, parts="s", sledai=ACTIVE)
    near.assess(visit="BL", day=-22, parts="b").assess(visit="SCR", day=-19, parts="p", pga=2.0)
    assert subject(near)["EFFBLDT"] == date.fromisoformat(on(-19))


def test_depleted_b_cells():
    """Below 10 per uL; deeply below 1."""
    trial = Trial().patient()
    for value, day in ((200.0, -6), (10.0, 7), (9.9, 14), (0.9, 28)):
        trial.add(
            "cp",
            CPTESTCD="BLYCE",
            CPTEST="B cells",
            CPSTRESN=value,
            CPSTRESC=str(value),
            CPSTRESU="10^6/L",
            CPDTC=on(day),
            VISITNUM=99.01,
        )
    rows = adam.derive(STUDY, trial.tables())["adcp"].sort("ADT")
    assert rows["CRIT1FL"].to_list() == ["N", "N", "Y", "Y"]
    assert rows["CRIT2FL"].to_list() == ["N", "N", "N", "Y"]


def test_doses_beside_what_was_planned():
    """Percent of planned, and the sum so far of each drug."""
    trial = Trial().patient()
    trial.rows["ex"][-1]["EXDOSE"] = 850
    rows = adam.derive(STUDY, trial.tables())["adex"]
    cells = rows.filter(pl.col("EXCAT") == "CAR-NK INFUSION").sort("ASTDTM")
    assert cells.select("INFNUM", "DOSEPCT", "CUMDOSE").rows() == [
        (1, 100.0, 1000.0),
        (2, 100.0, 2000.0),
        (3, 85.0, 2850.0),
    ]
    assert rows.filter(pl.col("EXTRT") == "FLUDARABINE")["CUMDOSE"].max() == 75


def test_medication_as_analysed():
    """Its days, its group, whether it is a rescue; what goes on has no end."""
    trial = (
        Trial()
        .patient()
        .steroid(mg=5)
        .take(start="2025-05", CMTRT="mycophenolate", CMCLAS="IMMUNOSUPPRESSANT", CMINDC="SLE")
    )
    trial.steroid(mg=60, start="2014-02", CMCAT="PRIOR SLE THERAPY").steroid(
        mg=20, start=40, stop=60, reason="RESCUE"
    )
    rows = adam.derive(STUDY, trial.tables())["adcm"].sort("CMSEQ")
    assert rows["ASTDT"].to_list()[1] == date(2025, 5, 1)
    assert rows["ASTDTF"].to_list() == [None, "D", "D", None]
    assert rows["AENDT"].to_list()[:3] == [None, None, None]
    assert rows["PREDEQ"].to_list() == [5.0, None, None, 20.0]
    assert rows["RESCREAS"].to_list() == ["DOSE ABOVE LIMIT", "PROHIBITED AGENT", None, "DOSE ABOVE LIMIT"]
    assert rows["PREFL"].to_list() == ["Y", None, "Y", None]
