"""Laboratory values, vital signs and antibodies: baseline, windows, grades, marks."""

from __future__ import annotations

import polars as pl
import pytest

from adam_tables import Trial, on
from carnet import adam
from carnet.study import read

STUDY = read()
ANC = {"unit": "10^9/L", "low": 2.0, "high": 7.0}


def lb(trial: Trial) -> pl.DataFrame:
    """Return ADLB of the trial, whose data end on day 400."""
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(400))
    return adam.derive(STUDY, trial.tables())["adlb"]


def neut(trial: Trial, value: float, day: int, **row: object) -> int:
    """Add a count of neutrophils."""
    return trial.value("NEUT", value, day, LBSTRESU="10^9/L", LBSTNRLO=2.0, LBSTNRHI=7.0, **row)


def baseline(rows: pl.DataFrame) -> list[float]:
    """Return the values marked as baseline."""
    return rows.filter(pl.col("ABLFL") == "Y")["AVAL"].to_list()


def test_baseline_is_the_last_value_before_lymphodepletion():
    """Flu/Cy began on day -5 at 09:00: 08:59 is before it, 09:00 and later is not."""
    trial = Trial().patient()
    for value, day, hour in ((5.0, -20, "08:00"), (4.0, -5, "08:59"), (3.0, -5, "09:00"), (2.0, -1, "08:00")):
        neut(trial, value, day, hour=hour)
    rows = lb(trial)
    assert baseline(rows) == [4.0]
    assert rows.sort("ADTM")["CHG"].to_list() == [None, None, -1.0, -2.0]
    assert rows["BASE"].unique().to_list() == [4.0]


def test_a_value_of_the_day_of_flu_cy_without_a_time_is_no_baseline():
    """It may have been taken after it; a study may say otherwise."""
    trial = Trial().patient()
    neut(trial, 5.0, -20)
    neut(trial, 4.0, -5, hour="")
    assert baseline(lb(trial)) == [5.0]


def test_no_value_before_treatment_is_no_baseline():
    """Change is unknown then, and never against a later value."""
    trial = Trial().patient()
    neut(trial, 3.0, -3)
    neut(trial, 2.0, 5)
    rows = lb(trial)
    assert baseline(rows) == []
    assert rows["CHG"].null_count() == 2


def test_values_in_two_units_are_not_compared():
    """Standard units are one per test; where they are not, change is unknown rather than wrong."""
    trial = Trial().patient()
    trial.value("HGB", 120.0, -6, LBSTRESU="g/L", LBSTNRLO=115.0)
    trial.value("HGB", 11.0, 7, LBSTRESU="g/dL", LBSTNRLO=11.5)
    rows = lb(trial).sort("ADT")
    assert rows["CHG"].to_list() == [None, None]
    assert rows["BASE"].to_list() == [120.0, None]
    assert rows["ATOXGRL"].to_list() == ["0", "1"]


def test_early_visits_keep_their_name_and_later_ones_have_windows():
    """Day 8 is no day 14; an unscheduled value of day 9 is; between day 0 and 7 it has no visit."""
    trial = Trial().patient()
    for value, day, num in (
        (5.0, -6, 2),
        (1.0, 8, 15),
        (1.1, 9, 99.01),
        (1.2, 15, 17),
        (1.3, 3, 99.02),
        (1.4, 44, 99.03),
        (1.5, 45, 20),
    ):
        neut(trial, value, day, num=num)
    rows = {
        row["AVAL"]: (row["AVISIT"], row["ANL01FL"], row["AWTDIFF"])
        for row in lb(trial).iter_rows(named=True)
    }
    assert rows == {
        5.0: ("Baseline", "Y", None),
        1.0: ("Day 8", "Y", None),
        1.1: ("Day 14", None, 5),
        1.2: ("Day 14", "Y", 1),
        1.3: (None, None, None),
        1.4: ("Day 28", "Y", 16),
        1.5: ("Month 2", "Y", 16),
    }


def test_grades_emergence_and_worst():
    """Every value is graded; emergent is worse than baseline; the first of the worst is marked."""
    trial = Trial().patient()
    for value, day in ((1.8, -10), (1.9, 2), (0.4, 7), (0.3, 9), (1.2, 12), (3.0, 28)):
        neut(trial, value, day)
    rows = lb(trial).sort("ADT")
    assert rows["ATOXGRL"].to_list() == ["1", "1", "4", "4", "2", "0"]
    assert rows["BTOXGRL"].unique().to_list() == ["1"]
    assert rows["TRTEMLFL"].to_list() == [None, None, "Y", "Y", "Y", None]
    assert rows["WORSTLFL"].to_list() == [None, None, "Y", None, None, None]
    assert rows["ATOXDSCL"].unique().to_list() == ["Neutrophil count decreased"]


def test_values_after_a_transfusion_and_after_gcsf_are_marked():
    """Seven days for blood counts, three for neutrophils; from the log and from the page of the sample."""
    trial = Trial().patient()
    trial.take(start=10, stop=10, CMTRT="red cells", CMCLAS="BLOOD PRODUCT", CMINDC="ADVERSE EVENT")
    trial.take(start=12, stop=13, CMTRT="filgrastim", CMCLAS="GROWTH FACTOR", CMINDC="ADVERSE EVENT")
    trial.take(start=40, stop=40, CMTRT="epoetin", CMCLAS="GROWTH FACTOR", CMINDC="ADVERSE EVENT")
    for day in (9, 10, 16, 17, 18, 41):
        neut(trial, 2.0, day)
    trial.value("HGB", 90.0, 16, LBSTRESU="g/L", LBSTNRLO=115.0)
    trial.value("ALT", 20.0, 12, LBCAT="CHEMISTRY", LBSPEC="SERUM", LBSTRESU="U/L")
    neut(trial, 2.1, 100)
    trial.add("supplb", RDOMAIN="LB", IDVAR="LBGRPID", IDVARVAL="NEUT/100", QNAM="TRANSDTC", QVAL=on(95))
    rows = lb(trial)
    marks = {
        (row["PARAMCD"], row["ADY"] - 1): (row["CRIT1FL"], row["CRIT2FL"])
        for row in rows.iter_rows(named=True)
    }
    assert marks == {
        ("NEUT", 9): (None, None),
        ("NEUT", 10): ("Y", None),
        ("NEUT", 16): ("Y", "Y"),
        ("NEUT", 17): ("Y", None),
        ("NEUT", 18): (None, None),
        ("NEUT", 41): (None, None),
        ("HGB", 16): ("Y", None),
        ("ALT", 12): (None, None),
        ("NEUT", 100): ("Y", None),
    }
    assert rows.filter(pl.col("PARAMCD") == "NEUT")["ATOXGRL"].null_count() == 0


PROTEIN = {"LBCAT": "URINALYSIS", "LBSPEC": "URINE"}


def test_the_two_methods_of_proteinuria_are_never_mixed():
    """UPCR and 24-hour protein each have their own baseline; a patient's method is the one present at baseline."""
    trial = Trial().patient()
    for value, day in ((1.5, -6), (0.75, 28)):
        trial.value("PROTCRT", value, day, LBSTRESU="g/g", **PROTEIN)
    trial.value("PROTEXR", 0.4, 28, LBSTRESU="g/day", **PROTEIN)
    trial.patient("2")
    trial.value("PROTEXR", 2.0, -6, "2", LBSTRESU="g/day", **PROTEIN)
    trial.value("PROTCRT", 0.1, 28, "2", LBSTRESU="g/g", **PROTEIN)
    trial.patient("3").value("PROTCRT", 0.5, -6, "3", LBSTRESU="g/g", **PROTEIN)
    made = adam.derive(STUDY, trial.tables())
    rows = made["adlb"].filter(pl.col("ADY") > 0).select("SUBJID", "PARAMCD", "AVAL", "BASE", "CHG").rows()
    assert rows == [
        ("1", "PROT24", 0.4, None, None),
        ("1", "UPCR", 0.75, 1.5, -0.75),
        ("2", "UPCR", 0.1, None, None),
    ]
    adsl = made["adsl"].sort("SUBJID")
    assert adsl["PROTMETH"].to_list() == ["UPCR", "PROT24", "UPCR"]
    assert adsl["LNFL"].to_list() == ["Y", "Y", "N"]


def test_protein_below_the_assay_is_half_the_limit_and_says_so():
    """Never 0; a safety value below its limit stays without a number."""
    trial = Trial().patient()
    trial.value("PROTCRT", None, -6, text="<0.1", LBSTRESU="g/g", **PROTEIN)
    trial.value("BILI", None, -6, text="<2", LBCAT="CHEMISTRY", LBSPEC="SERUM", LBSTRESU="umol/L")
    rows = lb(trial).sort("PARAMCD")
    assert rows.select("PARAMCD", "AVAL", "AVALC", "DTYPE").rows() == [
        ("BILI", None, "<2", None),
        ("UPCR", 0.05, "<0.1", "HALFLLOQ"),
    ]


def test_a_test_in_urine_is_another_parameter():
    """Glucose in urine is not glucose in blood, and has no grade."""
    trial = Trial().patient()
    trial.value("GLUC", 30.0, 1, LBCAT="URINALYSIS", LBSPEC="URINE", LBSTRESU="mmol/L")
    trial.value(
        "GLUC", 5.0, 1, LBCAT="CHEMISTRY", LBSPEC="SERUM", LBSTRESU="mmol/L", LBSTNRLO=3.9, LBSTNRHI=6.1
    )
    rows = lb(trial).sort("PARAMCD").select("PARAMCD", "ATOXGRH")
    assert rows.rows() == [("GLUC", "0"), ("UGLUC", None)]


def test_complement_that_became_normal():
    """Asked only of those low at baseline, each value against its own limit."""
    trial = Trial().patient()
    for value, day, lln in ((0.5, -6, 0.9), (0.85, 28, 0.9), (0.85, 61, 0.76)):
        trial.value(
            "C3", value, day, LBCAT="IMMUNOLOGY", LBSPEC="SERUM", LBSTRESU="g/L", LBSTNRLO=lln, LBSTNRHI=1.8
        )
    for value, day in ((0.3, -6), (0.3, 28)):
        trial.value(
            "C4", value, day, LBCAT="IMMUNOLOGY", LBSPEC="SERUM", LBSTRESU="g/L", LBSTNRLO=0.1, LBSTNRHI=0.4
        )
    rows = lb(trial).sort("PARAMCD", "ADT")
    assert rows["CRIT3FL"].to_list() == [None, "N", "Y", None, None]
    assert rows["SHIFT1"].to_list()[1:3] == ["LOW to LOW", "LOW to NORMAL"]


def test_a_time_point_is_compared_with_its_own_baseline_or_else_the_last():
    """Before the infusion nobody measured 15 minutes after it."""
    trial = Trial().patient()
    for value, day, point, num in ((37.0, -6, None, 2), (36.5, 0, "PRE-DOSE", 7), (38.6, 0, "2 H", 7)):
        trial.add(
            "vs",
            VSTESTCD="TEMP",
            VSTEST="Temperature",
            VSSTRESN=value,
            VSSTRESC=str(value),
            VSSTRESU="C",
            VSTPT=point,
            VSTPTNUM=None if point is None else float(len(point)),
            VISITNUM=float(num),
            VISIT="",
            VSDTC=f"{on(day)}T08:00",
        )
    rows = adam.derive(STUDY, trial.tables())["advs"].sort("AVAL")
    assert rows["BASE"].to_list() == [37.0, 37.0, 37.0]
    assert rows["CHG"].to_list() == [-0.5, None, 1.6]
    assert rows["ANL01FL"].to_list() == ["Y", "Y", "Y"]
    assert rows["ATOXGRH"].to_list() == ["0", "0", "1"]


def ana(
    trial: Trial,
    said: str,
    day: int,
    method: str = "INDIRECT IMMUNOFLUORESCENCE",
    screen: float = 80,
    series: str | None = None,
) -> None:
    """Add an ANA as the laboratory reported it."""
    number = float(said) if said.isdigit() else None
    seq = trial.add(
        "is",
        ISTESTCD="ATAB",
        ISTEST="Autoantibody",
        ISBDAGNT="NUCLEAR AUTOANTIGENS",
        ISMETHOD=method,
        ISSTRESC=said,
        ISSTRESN=number,
        ISSTRESU="titer",
        ISLLOQ=screen,
        VISITNUM=99.01,
        VISIT="",
        ISDTC=on(day),
    )
    if series:
        trial.add("suppis", RDOMAIN="IS", IDVAR="ISSEQ", IDVARVAL=str(seq), QNAM="SERIES", QVAL=series)


def steps(trial: Trial, paramcd: str = "ANASTEP") -> list[tuple[float, float | None, str | None, str | None]]:
    """Return value, change, how it was imputed and category, after baseline."""
    rows = adam.derive(STUDY, trial.tables())["adis"].filter(pl.col("PARAMCD") == paramcd, pl.col("ADY") > 0)
    return rows.sort("ADT").select("AVAL", "CHG", "DTYPE", "AVALCA1").rows()


def test_ana_in_steps_of_its_ladder():
    """Below the screening dilution is one step below it."""
    trial = Trial().patient()
    for said, day in (("640", -6), ("320", 28), ("160", 61), ("<1:80", 91), ("2560", 122), (">1:10240", 152)):
        ana(trial, said, day)
    assert steps(trial) == [
        (3.0, -1.0, None, "WITHIN 1 STEP"),
        (2.0, -2.0, None, "FALL OF 2 STEPS OR MORE"),
        (0.0, -4.0, "STEP BELOW", "NEGATIVE CONVERSION"),
        (6.0, 2.0, None, "RISE OF 2 STEPS OR MORE"),
        (8.0, 4.0, None, "RISE OF 2 STEPS OR MORE"),
    ]
    assert [row[0] for row in steps(trial, "ANA")] == [320, 160, 40, 2560, 10240]
    assert steps(trial, "ANALOG2")[2][1] == -4.0


def test_below_the_first_dilution_is_one_step_further_down():
    """1:20 where the ladder begins with 1:40."""
    trial = Trial().patient()
    for said, day in (("160", -6), ("<1:40", 28)):
        ana(trial, said, day, screen=40)
    assert steps(trial) == [(-1.0, -3.0, "STEP BELOW", "NEGATIVE CONVERSION")]
    assert steps(trial, "ANA")[0][0] == 20


def test_half_log_titres_have_their_own_steps():
    """1:1000 to 1:100 is two steps there; across ladders steps are not compared."""
    trial = Trial().patient()
    for said, day in (("1000", -6), ("100", 28), ("<1:100", 61), ("80", 91)):
        ana(trial, said, day, screen=100, series="TWOFOLD" if said == "80" else "HALF-LOG")
    got = steps(trial)
    assert [row[1] for row in got] == [-2.0, -3.0, None]
    assert [row[3] for row in got] == ["FALL OF 2 STEPS OR MORE", "NEGATIVE CONVERSION", None]


def test_another_method_is_another_analyte():
    """An ELISA index is no titre."""
    trial = Trial().patient()
    ana(trial, "640", -6)
    ana(trial, "3", 28, method="ELISA")
    made = adam.derive(STUDY, trial.tables())["adis"]
    assert made.filter(pl.col("ADY") > 0)["PARAMCD"].to_list() == ["ANAOTH"]
    assert made.filter(pl.col("ADY") > 0)["CHG"].to_list() == [None]


@pytest.mark.parametrize(("day", "visit"), [(-36, None), (-35, "Baseline")])
def test_the_earliest_day_of_an_efficacy_baseline(day, visit):
    """Not before day -35."""
    trial = Trial().patient().assess(visit="SCR", day=day)
    rows = adam.derive(STUDY, trial.tables())["adqs"].filter(pl.col("PARAMCD") == "PGA")
    assert rows["AVISIT"].to_list() == [visit]
