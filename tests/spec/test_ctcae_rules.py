# ruff: noqa: E501  (tables are wide)
"""What holds for every term: unknown is unknown, units and specimens are told apart, nothing is guessed."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import DefinitionError, InputError
from carnet.safety.ctcae import grade, grade_long
from carnet.safety.grading import grade_table
from ladder_table import climbs


def one(**cells):
    """Return the long lines of one row by term."""
    return {
        line["term"]: line for line in grade_long({k: [v] for k, v in cells.items()}).iter_rows(named=True)
    }


def test_a_missing_limit_leaves_no_grade_unless_a_number_is_met():
    """0 says that nothing is met; empty that something could be."""
    climbs("""
        term                       | test   | unit   | lln | uln | grades
        Anemia                     | HGB    | g/L    |     |     | 120=? 100=? 99=2 70=3
        Hyperkalemia               | K      | mmol/L |     |     | 4=? 5.5=? 5.6=2
        Hyponatremia               | SODIUM | mmol/L |     |     | 140=? 130=? 129=2/3
        Alkalosis                  | PH     | pH     |     |     | 7.4=? 7.51=3
        Blood lactate dehydrogenase increased | LDH | U/L |   |   | 100=? 900=?
        # a limit of nought is none
        Blood lactate dehydrogenase increased | LDH | U/L |   | 0 | 100=?
        Hypertriglyceridemia       | TRIG   | mmol/L |     |     | 1=0 2=1
    """, specimen="BLOOD")  # fmt: skip


def test_each_reason_is_said():
    cases = {
        "no numeric value": {"test": "HGB", "specimen": "BLOOD", "value": None, "unit": "g/L", "lln": 120.0},
        "negative value": {"test": "HGB", "specimen": "BLOOD", "value": -1.0, "unit": "g/L", "lln": 120.0},
        "LLN missing": {"test": "HGB", "specimen": "BLOOD", "value": 118.0, "unit": "g/L"},
        "unit 'furlong' not known": {
            "test": "HGB",
            "specimen": "BLOOD",
            "value": 118.0,
            "unit": "furlong",
            "lln": 120.0,
        },
        "unit 'degC' does not convert to g/L": {
            "test": "HGB",
            "specimen": "BLOOD",
            "value": 118.0,
            "unit": "degC",
            "lln": 120.0,
        },
        "unit missing": {"test": "HGB", "specimen": "BLOOD", "value": 118.0, "unit": None, "lln": 120.0},
    }
    for reason, row in cases.items():
        line = one(**row)["Anemia"]
        assert (line["grade"], line["review"], line["reason"]) == (None, None, reason)
    assert one(test="WEIGHT", value=60.0, unit="kg")["Weight loss"]["reason"] == "baseline missing"
    assert (
        one(test="UPCR", value=1.0, unit="g/g", age=40.0)["Proteinuria"]["reason"]
        == "no criterion for adults"
    )
    assert (
        one(test="SYSBP", value=120.0, unit="mmHg", age=4.0)["Hypertension"]["reason"]
        == "no criterion for children"
    )


def test_multiples_of_a_limit_need_no_unit():
    """Whatever the unit of a value, its limits are in the same."""
    for unit in ("U/L", "ukat/L", "mU per litre", None):
        line = one(test="LDH", specimen="SERUM", value=300.0, unit=unit, uln=250.0)
        assert line["Blood lactate dehydrogenase increased"]["grade"] == 1


def test_units_are_told_by_their_synonyms():
    climbs("""
        term                       | test | unit      | lln   | grades
        Neutrophil count decreased | NEUT | GI/L      | 2     | 0.99=3
        Neutrophil count decreased | NEUT | 10^3/uL   | 2     | 0.99=3
        Neutrophil count decreased | ANC  | 10^3/mm3  | 2     | 0.99=3
        Neutrophil count decreased | NEUT | cells/uL  | 2000  | 990=3
        Neutrophil count decreased | NEUT | /mm3      | 2000  | 990=3
        Anemia                     | HGB  | g/dl      | 12    | 7.9=3
        # no printed ladder: into the SI unit, limits as well
        Anemia                     | HGB  | mg/dL     | 12000 | 12000=0 11999=1 9999=2 7999=3
    """, specimen="BLOOD")  # fmt: skip


def test_a_value_is_graded_on_the_ladder_printed_in_its_unit():
    """4.93 mmol/L of haemoglobin is 79.4 g/L: grade 2 as printed in mmol/L, grade 3 as printed in g/L."""
    assert one(test="HGB", specimen="BLOOD", value=4.93, unit="mmol/L", lln=7.4)["Anemia"]["grade"] == 2
    assert one(test="HGB", specimen="BLOOD", value=79.4, unit="g/L", lln=119.0)["Anemia"]["grade"] == 3


def test_the_specimen_decides_whether_a_criterion_applies():
    rows = pl.DataFrame(
        [
            ("GLUC", "SERUM", 20.0, "mmol/L", "Hyperglycemia", None),
            ("GLUC", "plasma", 20.0, "mmol/L", "Hyperglycemia", None),
            ("GLUC", "BLOOD", 20.0, "mmol/L", "Hyperglycemia", None),
            ("GLUC", "URINE", 20.0, "mmol/L", None, None),
            ("GLUC", "CEREBROSPINAL FLUID", 20.0, "mmol/L", None, None),
            ("GLUC", None, 20.0, "mmol/L", "Hyperglycemia", None),
            ("PH", "URINE", 5.0, None, None, None),
            ("PH", None, 5.0, None, "Alkalosis", None),
            ("PROT", "URINE", 5.0, "g/L", None, None),
            ("WBC", "URINE SEDIMENT", 5.0, "/HPF", None, None),
            ("UPCR", "SERUM", 5.0, "g/g", None, None),
            ("BASO", "BLOOD", 5.0, "10^9/L", None, None),
        ],
        schema=["test", "specimen", "value", "unit", "term", "base"], orient="row",
    ).with_columns(uln=6.0, base=5.0)  # fmt: skip
    graded = grade(rows)
    assert graded["ATOXDSCH"].to_list() == rows["term"].to_list()
    by_test = dict(zip(zip(rows["test"], rows["specimen"], strict=True), graded["ATOXGRH"], strict=True))
    assert by_test["GLUC", None] == 1
    assert by_test["PH", None] is None


def test_an_unstated_specimen_is_assumed_where_it_nearly_always_is_the_one_and_reviewed():
    line = one(test="K", value=4.0, unit="mmol/L", uln=5.0)["Hyperkalemia"]
    assert (line["grade"], line["review"], line["reason"]) == (0, "Y", "specimen not stated: taken as blood")
    assert (
        one(test="PLAT", value=90.0, unit="10^9/L", lln=125.0)["Platelet count decreased"]["review"] is None
    )
    assert one(test="PH", value=5.0)["Acidosis"]["reason"] == "specimen not stated"


def test_rows_keep_their_order_and_their_columns():
    rows = pl.DataFrame({"id": [3, 1, 2], "test": ["K", "BASO", "HGB"], "value": [7.1, 0.1, 70.0],
                         "unit": ["mmol/L", "10^9/L", "g/L"], "specimen": ["SERUM", "BLOOD", "BLOOD"]})  # fmt: skip
    graded = grade(rows)
    assert graded.columns == [
        *rows.columns,
        "ATOXDSCL",
        "ATOXGRL",
        "ATOXDSCH",
        "ATOXGRH",
        "ATOXREVL",
        "ATOXREVH",
    ]
    assert graded.select(rows.columns).equals(rows)
    assert graded["ATOXGRH"].to_list() == [4, None, None]
    assert graded["ATOXGRL"].to_list() == [None, None, 3]
    assert grade_long(rows)["id"].to_list() == [3, 3, 2, 2, 2]


def test_an_empty_table_and_one_without_columns():
    empty = grade(pl.DataFrame(schema={"test": pl.String, "value": pl.Float64}))
    assert (len(empty), "ATOXGRL" in empty.columns) == (0, True)
    assert grade({"id": [1]})["ATOXGRL"].to_list() == [None]
    assert len(grade_long({"id": [1]})) == 0


def test_a_column_that_grading_would_add_is_refused():
    with pytest.raises(InputError, match="ATOXGRL"):
        grade({"test": ["K"], "ATOXGRL": [1]})
    with pytest.raises(InputError, match="reason"):
        grade_long({"test": ["K"], "reason": ["x"]})


def test_a_cell_that_cannot_be_read_is_named():
    with pytest.raises(InputError, match=r"row 2.*value.*seventy"):
        grade({"test": ["HGB", "HGB"], "value": ["78", "seventy"]})
    with pytest.raises(InputError, match=r"base_indicator.*MAYBE"):
        grade({"test": ["ALT"], "value": [78], "base_indicator": ["MAYBE"]})


def test_a_study_may_ask_for_values_out_of_range_only():
    rows = {
        "test": ["NEUT"] * 3,
        "specimen": ["BLOOD"] * 3,
        "value": [1.3, 1.1, 0.4],
        "unit": ["10^9/L"] * 3,
        "lln": [1.2] * 3,
    }
    assert grade(rows)["ATOXGRL"].to_list() == [2, 2, 4]
    assert grade(rows, require_out_of_range=True)["ATOXGRL"].to_list() == [0, 2, 4]


def test_a_study_may_say_what_a_normal_blood_pressure_is():
    rows = {"test": ["SYSBP"], "value": [145.0], "unit": ["mmHg"], "base": [130.0], "age": [40.0]}
    assert grade(rows)["ATOXGRH"].to_list() == [2]
    assert grade(rows, normal_systolic=120)["ATOXGRH"].to_list() == [1]
    with pytest.raises(DefinitionError, match="no parameter"):
        grade(rows, normal_sistolic=120)


LB = pl.DataFrame(
    [
        ("1", 1, "ALT", "CHEMISTRY", 80.0, 40.0, "HIGH", "Y", "2025-03-01T08:00"),
        ("1", 2, "ALT", "CHEMISTRY", 50.0, 40.0, "HIGH", None, "2025-02-20"),
        ("1", 3, "ALT", "CHEMISTRY", 100.0, 40.0, "HIGH", None, "2025-03-10"),
        ("1", 4, "ALT", "CHEMISTRY", 120.0, 40.0, "HIGH", None, "2025-03-11"),
        ("2", 1, "ALT", "CHEMISTRY", 100.0, 40.0, "HIGH", None, "2025-03-10"),
    ],
    schema=["USUBJID", "LBSEQ", "LBTESTCD", "LBCAT", "LBSTRESN", "LBSTNRHI", "LBNRIND", "LBBLFL", "LBDTC"], orient="row",
).with_columns(LBSTRESU=pl.lit("U/L"))  # fmt: skip


def test_sdtm_finds_each_subjects_baseline_and_does_not_grade_it_against_itself():
    """80 is twice its limit; 50 was before it; 100 is below 1.5 x 80; 120 is not; subject 2 has no baseline."""
    graded, _ = grade_table(LB)
    assert graded["ATOXGRH"].to_list() == [1, 1, 0, 1, 1]
    assert graded["ATOXREVH"].to_list() == [None, None, None, None, "Y"]


def test_the_flag_of_the_last_record_before_treatment_comes_first():
    other = LB.with_columns(LBLOBXFL=pl.when(pl.col("LBSEQ") == 3).then(pl.lit("Y")))
    assert grade_table(other)[0]["ATOXGRH"].to_list()[2:4] == [1, 0]
    unused = LB.with_columns(LBLOBXFL=pl.lit(None, pl.String))
    assert grade_table(unused)[0]["ATOXGRH"].to_list() == [1, 1, 0, 1, 1]


@pytest.mark.parametrize("yes", ["y", " Y", "1", "true", "Yes"])
def test_a_flag_is_read_as_any_yes_or_no(yes):
    """A baseline that is missed because of how its flag is written would be graded on the wrong ladder in silence."""
    flag = pl.when(pl.col("LBSEQ") == 1).then(pl.lit(yes)).otherwise(pl.lit("n"))
    said = LB.with_columns(LBBLFL=pl.when(pl.col("USUBJID") == "1").then(flag))
    assert grade_table(said)[0]["ATOXGRH"].to_list() == [1, 1, 0, 1, 1]
    with pytest.raises(InputError, match=r"row 2 .*LBBLFL is 'Q'"):
        grade_table(said.with_columns(LBBLFL=pl.when(pl.col("LBSEQ") == 2).then(pl.lit("Q"))))


@pytest.mark.parametrize("value", [78.0, 130.0, 210.0])
def test_limits_that_contradict_each_other_are_no_limits(value):
    """A lower limit above the upper one: printed numbers still grade, what needs a limit is unknown and says why."""
    rows = {"test": ["HGB"], "value": [value], "unit": ["g/L"], "lln": [160.0], "uln": [120.0]}
    found = (
        grade_long(rows).filter(pl.col("term") != "Hemolysis").select("direction", "grade", "reason").rows()
    )
    crossed = "LLN above ULN: neither is used"
    low = (3, None) if value == 78 else (None, crossed)
    assert found == [("L", *low), ("H", None, crossed)]


def test_a_second_baseline_record_is_not_dropped_in_silence():
    """The last by date and sequence counts; whoever reads the grades is told of which subject and test."""
    twice = LB.with_columns(LBBLFL=pl.when(pl.col("LBSEQ") <= 3).then(pl.lit("Y")).otherwise("LBBLFL"))
    graded, said = grade_table(twice)
    assert graded["ATOXGRH"].to_list()[3] == 0  # 120 against 1.5 x 100, the third record
    assert [line for line in said if "baseline" in line] == [
        "several records are flagged as the baseline of ALT of subject 1: the last by date and sequence counts"
    ]
    assert not any("baseline of" in line for line in grade_table(LB)[1])


def test_columns_that_sdtm_needs_are_named_where_they_lack():
    lacking = grade_table({"USUBJID": ["1"], "LBTESTCD": ["HGB"], "LBSTRESN": [78.0]})[1]
    assert lacking[0] == (
        "no column LBSTRESU, LBSTNRLO, LBSTNRHI: unknown in every row; "
        "no column LBDTC, LBLOBXFL or LBBLFL, LBSPEC or LBCAT, AGE of a DM table: not known of any row"
    )
    vital = {"USUBJID": ["1"], "VSTESTCD": ["TEMP"], "VSSTRESN": [39.5], "VSSTRESU": ["C"], "VSBLFL": [None],
             "VSDTC": ["2025-03-01"]}  # fmt: skip
    assert grade_table(vital, {"USUBJID": ["1"], "AGE": [40]})[1] == []


def test_calcium_of_sdtm_is_corrected_for_the_albumin_of_its_sample():
    """1.98 is grade 2; with an albumin of 26 it is 2.26, grade 0. Without one of its sample: as it is, to be reviewed."""
    lb = pl.DataFrame(
        [
            ("1", "CA", 1.98, "mmol/L", "2025-03-01T08:00", 1.0), ("1", "ALB", 26.0, "g/L", "2025-03-01T08:00", 1.0),
            ("1", "CA", 1.98, "mmol/L", "2025-03-02T08:00", 2.0), ("1", "ALB", 26.0, "g/L", "2025-03-02T09:00", 2.0),
            ("1", "CA", 8.2, "mg/dl", "2025-03-03T08:00", 3.0), ("1", "ALB", 2.5, "g/dL", "2025-03-03T08:00", 3.0),
        ],
        schema=["USUBJID", "LBTESTCD", "LBSTRESN", "LBSTRESU", "LBDTC", "VISITNUM"], orient="row",
    ).with_columns(
        LBSPEC=pl.lit("SERUM"), LBSTNRLO=pl.when(pl.col("LBSTRESU") == "mg/dl").then(8.6).otherwise(2.15), LBSTNRHI=pl.lit(60.0)
    )  # fmt: skip
    calcium = pl.col("LBTESTCD") == "CA"
    graded, said = grade_table(lb)
    assert graded.filter(calcium)["ATOXGRL"].to_list() == [0, 2, 0]
    assert graded.filter(calcium)["ATOXREVL"].to_list() == [None, "Y", None]
    assert graded["LBSTRESN"].equals(lb["LBSTRESN"])
    assert "2 rows of calcium graded as corrected for the albumin of the sample" in said
    as_it_is, _ = grade_table(lb, correct_calcium="no")
    assert as_it_is.filter(calcium).select("ATOXGRL", "ATOXREVL").rows() == [(2, "Y"), (2, "Y"), (1, "Y")]


def test_a_baseline_in_another_unit_is_converted():
    rows = LB.with_columns(
        LBTESTCD=pl.lit("CREAT"), LBSTNRHI=pl.lit(110.0), LBSTRESU=pl.lit("umol/L")
    ).with_columns(
        LBSTRESU=pl.when(pl.col("LBSEQ") == 1).then(pl.lit("mg/dL")).otherwise("LBSTRESU"),
        LBSTRESN=pl.when(pl.col("LBSEQ") == 1).then(0.7).otherwise("LBSTRESN"),
        LBSTNRHI=pl.when(pl.col("LBSEQ") == 1).then(1.2).otherwise("LBSTNRHI"),
    )
    graded, _ = grade_table(rows)
    assert graded["ATOXGRH"].to_list()[2:4] == [2, 2]  # 100 and 120 against 1.5 x 61.9
    lost, _ = grade_table(
        rows.with_columns(LBSTRESU=pl.when(pl.col("LBSEQ") == 1).then(pl.lit("g")).otherwise("LBSTRESU"))
    )
    assert lost["ATOXREVH"].to_list()[2:4] == ["Y", "Y"]


def test_text_of_a_csv_is_read_and_bad_text_named():
    text = LB.with_columns(pl.col("LBSTRESN", "LBSTNRHI", "LBSEQ").cast(pl.String)).with_columns(
        pl.col("LBBLFL").fill_null("")
    )
    assert grade_table(text)[0]["ATOXGRH"].to_list() == [1, 1, 0, 1, 1]
    with pytest.raises(InputError, match=r"row 1 \(USUBJID 1\): LBSTRESN is 'high'"):
        grade_table(text.with_columns(LBSTRESN=pl.lit("high")))


def test_age_comes_from_dm_in_years_and_no_subject_stands_there_twice():
    vs = {
        "USUBJID": ["1", "2", "3"],
        "VSTESTCD": ["SYSBP"] * 3,
        "VSSTRESN": [170.0] * 3,
        "VSSTRESU": ["mmHg"] * 3,
    }
    dm = {"USUBJID": ["1", "2"], "AGE": [40, 100], "AGEU": ["YEARS", "MONTHS"]}
    graded, said = grade_table(vs, dm)
    assert graded["ATOXGRH"].to_list() == [3, None, 3]
    assert graded["ATOXREVH"].to_list() == ["Y", None, "Y"]  # no baseline; subject 3 has no age either
    assert said == [
        "no column VSDTC, VSLOBXFL or VSBLFL: not known of any row",
        "1 row of SYSBP without a grade for Hypertension: no criterion for children",
    ]
    with pytest.raises(InputError, match="Subject 1 stands in DM twice"):
        grade_table(vs, {"USUBJID": ["1", "1"], "AGE": [40, 41]})


def test_each_position_has_its_own_baseline():
    vs = pl.DataFrame(
        [("SUPINE", 150.0, "Y"), ("STANDING", 130.0, "Y"), ("SUPINE", 145.0, None), ("STANDING", 145.0, None), ("SITTING", 145.0, None)],
        schema=["VSPOS", "VSSTRESN", "VSBLFL"], orient="row",
    ).with_columns(USUBJID=pl.lit("1"), VSTESTCD=pl.lit("SYSBP"), VSSTRESU=pl.lit("mmHg"))  # fmt: skip
    graded, _ = grade_table(vs, {"USUBJID": ["1"], "AGE": [40]})
    assert graded["ATOXGRH"].to_list() == [2, 1, 1, 2, 2]
