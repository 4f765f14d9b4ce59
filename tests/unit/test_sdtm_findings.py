"""Findings: results in original and standard form, limits, reasons, dates, flags."""

from __future__ import annotations

import polars as pl
import pytest

from carnet import sdtm, study
from carnet.core.errors import InputError
from sdtm_trial import entered

STUDY = study.read()


def rows(table: str, domain: str = "lb") -> list[dict[str, object]]:
    return sdtm.tabulate(STUDY, entered(table))[domain].rows(named=True)


def test_a_value_in_another_unit_is_kept_and_converted() -> None:
    (row,) = rows(
        """
        visit | form        | item                 | value            | unit
        BL    | haematology | haematology_datetime | 2025-02-23T08:00 |
        BL    | haematology | hgb                  | 9.8              | g/dL
        BL    | haematology | hgb_lln              | 11.5             |
        BL    | haematology | hgb_uln              | 150              | g/L
        """
    )
    assert (row["LBTESTCD"], row["LBTEST"], row["LBCAT"], row["LBSPEC"]) == (
        "HGB",
        "Hemoglobin",
        "HEMATOLOGY",
        "BLOOD",
    )
    assert (row["LBORRES"], row["LBORRESU"], row["LBORNRLO"]) == ("9.8", "g/dL", "11.5")
    assert (row["LBSTRESC"], row["LBSTRESN"], row["LBSTRESU"]) == ("98", 98.0, "g/L")
    assert (row["LBSTNRLO"], row["LBSTNRHI"]) == (115.0, 150.0), (
        "a limit without a unit has that of the value"
    )
    assert row["LBNRIND"] == "LOW"
    assert (row["LBDTC"], row["VISIT"], row["VISITNUM"], row["VISITDY"]) == (
        "2025-02-23T08:00",
        "Baseline",
        2.0,
        -6,
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        ("5", "3.5", "9.5", "NORMAL"), ("3.5", "3.5", "9.5", "NORMAL"), ("3.49", "3.5", "9.5", "LOW"),
        ("9.51", "3.5", "9.5", "HIGH"), ("5", "", "9.5", None), ("9.51", "", "9.5", "HIGH"), ("5", "", "", None),
        ("5", "NA", "9.5", "NORMAL"), ("5", "NA", "NA", None),
    ],
)  # fmt: skip
def test_the_indicator_needs_the_limits_it_rests_on(
    value: str, low: str, high: str, expected: str | None
) -> None:
    lines = ["visit | form | item | value | status", f"BL | haematology | wbc | {value} |"]
    for name, limit in (("wbc_lln", low), ("wbc_uln", high)):
        if limit:
            number, status = ("", "not applicable") if limit == "NA" else (limit, "answered")
            lines.append(f"BL | haematology | {name} | {number} | {status}")
    (row,) = rows("\n".join(lines))
    assert row["LBNRIND"] == expected


@pytest.mark.parametrize(("value", "expected"), [("7.9", "NORMAL"), ("8.1", "HIGH")])
def test_a_test_that_has_no_lower_limit_needs_none(value: str, expected: str) -> None:
    (row,) = rows(
        f"""
        visit | form         | item    | value
        D7    | inflammation | crp     | {value}
        D7    | inflammation | crp_uln | 8
        """
    )
    assert row["LBNRIND"] == expected


def test_what_was_typed_is_the_original_result() -> None:
    (row,) = rows(
        """
        visit | form        | item | value | typed
        BL    | haematology | plat | 98    | ９８
        """
    )
    assert (row["LBORRES"], row["LBSTRESC"], row["LBSTRESN"]) == ("９８", "98", 98.0)


def test_a_unit_that_measures_something_else_leaves_no_standard_result() -> None:
    (row,) = rows(
        """
        visit | form      | item | value | unit
        BL    | chemistry | alt  | 30    | mmol/L
        """
    )
    assert (row["LBORRES"], row["LBORRESU"], row["LBSTRESN"], row["LBSTRESC"]) == ("30", "mmol/L", None, None)


def test_decimals_stay_as_they_were_reported() -> None:
    (row,) = rows(
        """
        visit | form       | item | value
        BL    | complement | c3   | 0.90
        """
    )
    assert (row["LBORRES"], row["LBSTRESC"], row["LBSTRESN"]) == ("0.90", "0.90", 0.9)


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        ("not done", "sample clotted", "sample clotted"), ("not done", "", None), ("unknown", "", "UNKNOWN"),
        ("not applicable", "no kit", "NOT APPLICABLE: no kit"),
    ],
)  # fmt: skip
def test_what_was_not_measured_says_so(status: str, reason: str, said: str | None) -> None:
    (row,) = rows(
        f"visit | form | item | value | status | reason\nBL | haematology | plat | | {status} | {reason}"
    )
    assert (row["LBORRES"], row["LBSTAT"], row["LBREASND"]) == (None, "NOT DONE", said)
    assert row["LBORRESU"] is None
    assert row["LBSTRESU"] is None


def test_a_correction_counts_and_keeps_the_number_of_its_row() -> None:
    table = """
        visit | form        | item | value
        BL    | haematology | hgb  | 120
        BL    | haematology | plat | 200
        BL    | haematology | hgb  | 102
        """
    hgb, plat = rows(table)
    assert (hgb["LBSEQ"], hgb["LBTESTCD"], hgb["LBORRES"]) == (1, "HGB", "102")
    assert (plat["LBSEQ"], plat["LBTESTCD"]) == (2, "PLAT")


def test_later_entries_never_renumber_earlier_rows() -> None:
    first = "visit | form | item | value\nD1 | haematology | hgb | 100\nD1 | haematology | plat | 50"
    more = f"{first}\nBL | haematology | hgb | 120\nD1 | haematology | hgb | 99"
    before = {row["LBSPID"]: row["LBSEQ"] for row in rows(first)}
    after = {row["LBSPID"]: row["LBSEQ"] for row in rows(more)}
    assert before.items() <= after.items()


def test_the_date_of_a_row_is_its_own_then_its_page_then_the_visit() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form         | item                 | value
            BL    | visit        | visit_date           | 2025-02-23
            BL    | haematology  | haematology_datetime | 2025-02-23T08:00
            BL    | haematology  | hgb                  | 120
            BL    | chemistry    | alt                  | 30
            BL    | proteinuria  | proteinuria_datetime | 2025-02-23T07:00
            BL    | proteinuria  | upcr                 | 0.8
            BL    | proteinuria  | prot24               | 0.9
            BL    | proteinuria  | urine_24h_start      | 2025-02-22T07:00
            BL    | proteinuria  | urine_24h_stop       | 2025-02-23T07:00
            BL    | proteinuria  | urine_24h_complete   | Y
            """
        ),
    )
    lb = tables["lb"].select("LBTESTCD", "LBDTC", "LBENDTC")
    assert lb.rows() == [
        ("HGB", "2025-02-23T08:00", None),
        ("ALT", "2025-02-23", None),
        ("PROTCRT", "2025-02-23T07:00", None),
        ("PROTEXR", "2025-02-22T07:00", "2025-02-23T07:00"),
    ]
    (complete,) = tables["supplb"].rows(named=True)
    assert (complete["IDVAR"], complete["IDVARVAL"], complete["QNAM"], complete["QVAL"]) == (
        "LBSEQ",
        "4",
        "COLLCOMP",
        "Y",
    )


def test_the_flag_marks_the_last_result_certainly_before_the_first_dose() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form        | item                 | value
            SCR   | haematology | haematology_datetime | 2025-02-03T08:00
            SCR   | haematology | hgb                  | 118
            SCR   | haematology | plat                 | 210
            BL    | haematology | haematology_datetime | 2025-02-23T08:00
            BL    | haematology | hgb                  | 120
            BL    | haematology | plat                 |
            LD1   | haematology | haematology_datetime | 2025-02-24T09:30
            LD1   | haematology | hgb                  | 119
            LD1   | ld_dose     | ld_drug              | FLUDARABINE
            LD1   | ld_dose     | ld_given             | 40
            LD1   | ld_dose     | ld_start             | 2025-02-24T09:00
            LD1   | body        | body_date            | 2025-02-24
            LD1   | body        | weight               | 55.0
            """
        ),
    )
    flagged = tables["lb"].filter(pl.col("LBLOBXFL") == "Y").select("LBTESTCD", "LBORRES").rows()
    assert flagged == [("PLAT", "210"), ("HGB", "120")]
    assert tables["vs"]["VSLOBXFL"].to_list() == [None], "on the day of the first dose, the hour unknown"


def test_a_time_point_has_its_number_and_its_infusion() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form          | repeat | item             | value
            D0    | cell_infusion | 1      | infusion_number  | 1
            D0    | cell_infusion | 1      | infusion_given   | 1000
            D0    | cell_infusion | 1      | infusion_start   | 2025-03-01T10:00
            D0    | vitals        | 1      | vitals_datetime  | 2025-03-01T09:50
            D0    | vitals        | 1      | vitals_timepoint | PRE-DOSE
            D0    | vitals        | 1      | hr               | 80
            D0    | vitals        | 2      | vitals_datetime  | 2025-03-01T12:02
            D0    | vitals        | 2      | vitals_timepoint | 2 H
            D0    | vitals        | 2      | hr               | 92
            """
        ),
    )
    vs = tables["vs"].select("VSTPT", "VSTPTNUM", "VSELTM", "VSTPTREF", "VSRFTDTC", "VSDY", "EPOCH")
    assert vs.rows() == [
        ("PRE-DOSE", 1.0, None, "START OF INFUSION 1", "2025-03-01T10:00", 1, None),
        ("2 H", 5.0, "PT2H", "START OF INFUSION 1", "2025-03-01T10:00", 1, "TREATMENT"),
    ]


def test_a_qualifier_of_the_sample_is_kept_once_for_its_group() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form        | item           | value
            D8    | haematology | hgb            | 80
            D8    | haematology | plat           | 30
            D8    | haematology | transfusion_7d | Y
            D8    | vitals      | oxysat         | 91
            D8    | vitals      | oxysat_at_rest | Y
            """
        ),
    )
    (given,) = tables["supplb"].rows(named=True)
    assert (given["IDVAR"], given["IDVARVAL"], given["QNAM"], given["QVAL"]) == (
        "LBGRPID",
        "haematology/D8/1",
        "TRANSF7D",
        "Y",
    )
    assert tables["lb"]["LBGRPID"].to_list() == ["haematology/D8/1"] * 2
    (rest,) = tables["suppvs"].rows(named=True)
    assert (rest["IDVAR"], rest["IDVARVAL"], rest["QNAM"]) == ("VSSEQ", "1", "ATREST")


def test_a_qualifier_without_its_test_still_has_a_row_to_stand_by() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form     | item                | value
            BL    | ecg      | ecg_findings        | flat T waves
            BL    | sledai2k | sledai_seizure_last | 2025-02
            """
        ),
    )
    (ecg,) = tables["eg"].rows(named=True)
    assert (ecg["EGTESTCD"], ecg["EGSTAT"], ecg["EGSPID"]) == ("EGALL", "NOT DONE", "ecg/BL/1")
    (seizure,) = tables["rs"].rows(named=True)
    assert (seizure["RSTESTCD"], seizure["RSSTAT"]) == ("SLDI0101", "NOT DONE")
    assert tables["supprs"]["QVAL"].to_list() == ["2025-02"]


def test_an_item_that_the_study_does_not_ask_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"1001, visit BL: form 'haematology'.*'haemoglobin'.*put it back"):
        rows("visit | form | item | value\nBL | haematology | haemoglobin | 120")


def test_a_visit_that_the_study_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"1001.*'D99'"):
        rows("visit | form | item | value\nD99 | haematology | hgb | 120")


def test_an_unscheduled_visit_has_a_number_behind_the_planned_ones() -> None:
    (row,) = rows("visit | form | item | value\nUNS02 | haematology | hgb | 120")
    assert (row["VISITNUM"], row["VISIT"], row["VISITDY"]) == (99.02, "Unscheduled 2", None)
