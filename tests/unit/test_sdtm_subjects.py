"""Subjects, doses, visits, elements: the moments that all else counts from."""

from __future__ import annotations

import polars as pl
import pytest

from carnet import sdtm, study
from sdtm_trial import entered

STUDY = study.read()

SCREENED = """
    visit | form        | repeat | item             | value
    SCR   | consent     | 1      | consent_datetime | 2025-02-01T09:00
    SCR   | demography  | 1      | birth_date       | 1990-06-15
    SCR   | demography  | 1      | sex              | F
    SCR   | demography  | 1      | race             | ASIAN
    SCR   | visit       | 1      | visit_date       | 2025-02-01
    SCR   | visit       | 1      | visit_occurred   | Y
"""
LYMPHODEPLETED = (
    SCREENED
    + """
    LD1   | ld_dose     | 1      | ld_drug          | FLUDARABINE
    LD1   | ld_dose     | 1      | ld_planned       | 25
    LD1   | ld_dose     | 1      | ld_bsa           | 1.60
    LD1   | ld_dose     | 1      | ld_given         | 40
    LD1   | ld_dose     | 1      | ld_start         | 2025-02-24T09:00
    LD1   | ld_dose     | 1      | ld_stop          | 2025-02-24T09:30
    LD1   | ld_dose     | 1      | ld_reduction     | NONE
"""
)
INFUSED = (
    LYMPHODEPLETED
    + """
    D0    | cell_infusion | 1    | infusion_number  | 1
    D0    | cell_infusion | 1    | infusion_status  | GIVEN
    D0    | cell_infusion | 1    | infusion_planned | 1000
    D0    | cell_infusion | 1    | infusion_given   | 980
    D0    | cell_infusion | 1    | infusion_start   | 2025-03-01T10:00
    D0    | cell_infusion | 1    | infusion_stop    | 2025-03-01T10:20
    D0    | cell_infusion | 1    | infusion_lot     | NK7
    D3    | cell_infusion | 1    | infusion_number  | 2
    D3    | cell_infusion | 1    | infusion_status  | OMITTED
    D3    | cell_infusion | 1    | infusion_reason  | FEVER
    D3    | cell_infusion | 1    | infusion_planned | 1000
    D28   | visit         | 1    | visit_date       | 2025-03-29
    D28   | visit         | 1    | visit_occurred   | Y
    M2    | visit         | 1    | visit_date       | 2025-05-01
    M2    | visit         | 1    | visit_occurred   | Y
"""
)


def dm(table: str) -> dict[str, object]:
    (row,) = sdtm.tabulate(STUDY, entered(table))["dm"].rows(named=True)
    return row


def test_the_days_count_from_the_first_infusion() -> None:
    row = dm(INFUSED)
    assert (row["USUBJID"], row["SUBJID"], row["SITEID"], row["COUNTRY"]) == (
        "CARNK-SLE-1001",
        "1001",
        "01",
        "CHN",
    )
    assert (row["RFSTDTC"], row["RFXSTDTC"]) == ("2025-03-01T10:00", "2025-02-24T09:00")
    assert (row["RFXENDTC"], row["RFENDTC"]) == ("2025-03-01T10:20", "2025-03-01T10:20")
    assert (row["RFICDTC"], row["RFPENDTC"]) == ("2025-02-01T09:00", "2025-05-01")
    assert (row["ARMCD"], row["ACTARMCD"], row["ARMNRS"]) == ("CARNK", "CARNK", None)


def test_without_cells_the_days_count_from_the_planned_infusion() -> None:
    tables = sdtm.tabulate(STUDY, entered(LYMPHODEPLETED))
    assert tables["dm"]["RFSTDTC"].to_list() == ["2025-03-01"]
    assert tables["ex"]["EXSTDY"].to_list() == [-5], "day -5 stays -5"


def test_a_screen_failure_has_no_reference_and_no_study_days() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            SCREENED
            + """
            SCR | eligibility | 1 | elig_date     | 2025-02-05
            SCR | eligibility | 1 | elig_i05      | N
            SCR | eligibility | 1 | elig_i05_value | 6
            SCR | eligibility | 1 | elig_e02      | N
            SCR | eligibility | 1 | elig_e06      | Y
            SCR | eligibility | 1 | elig_eligible | N
            """
        ),
    )
    row = tables["dm"].row(0, named=True)
    assert (row["RFSTDTC"], row["RFXSTDTC"], row["ARMCD"], row["ARM"]) == (None, None, None, None)
    assert (row["ARMNRS"], row["ACTARMCD"]) == ("SCREEN FAILURE", None)
    assert tables["sv"]["SVSTDY"].to_list() == [None]
    failed = tables["ie"].select("IETESTCD", "IECAT", "IEORRES", "IEDTC").rows()
    assert failed == [("INCL05", "INCLUSION", "N", "2025-02-05"), ("EXCL06", "EXCLUSION", "Y", "2025-02-05")]
    kept = tables["fa"].filter(pl.col("FACAT") == "ELIGIBILITY").select("FATESTCD", "FASTRESC").rows()
    assert kept == [("INCL05", "N"), ("EXCL02", "N"), ("EXCL06", "Y"), ("ELIGIBLE", "N")]
    assert tables["suppfa"].select("QNAM", "QVAL").rows() == [("VALUE", "6")]


def test_screened_and_not_yet_judged_is_not_assigned() -> None:
    assert dm(SCREENED)["ARMNRS"] == "NOT ASSIGNED"


def test_enrolled_and_never_treated_is_assigned() -> None:
    row = dm(SCREENED + "BL | eligibility | 1 | elig_enrolled | 2025-02-20T10:00")
    assert (row["ARMCD"], row["ACTARMCD"], row["ARMNRS"]) == ("CARNK", None, "ASSIGNED, NOT TREATED")


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1990-01-31", 35),
        ("1990-02-01", 35),
        ("1990-02-02", 34),
        ("1990-02", 34),
        ("1990", 34),
        ("1990-01", 35),
    ],
)
def test_age_is_whole_years_at_consent(born: str, age: int) -> None:
    assert dm(SCREENED.replace("1990-06-15", born))["AGE"] == age


def test_a_death_ends_participation() -> None:
    row = dm(INFUSED + "LOG | death | 1 | death_date | 2025-06-10\nLOG | death | 1 | death_cause | sepsis")
    assert (row["DTHDTC"], row["DTHFL"], row["RFPENDTC"]) == ("2025-06-10", "Y", "2025-06-10")


def test_a_death_known_in_part_keeps_its_date_in_part() -> None:
    row = dm(INFUSED + "LOG | death | 1 | death_date | 2025-06")
    assert (row["DTHDTC"], row["DTHFL"], row["RFPENDTC"]) == ("2025-06", "Y", "2025-05-01")


def test_doses_are_kept_as_collected_and_given_in_protocol_units() -> None:
    tables = sdtm.tabulate(STUDY, entered(INFUSED))
    assert tables["ec"]["ECSEQ"].to_list() == [1, 2, 3, 4, 5, 6]
    assert tables["ex"]["EXSEQ"].to_list() == [1, 2]
    ec = tables["ec"].select("ECTRT", "ECMOOD", "ECOCCUR", "ECDOSE", "ECDOSU", "ECREASOC").rows()
    cells, unit = "ANTI-CD19 CAR-NK CELLS", "10^6 Therapeutic Cells"
    assert ec == [
        ("FLUDARABINE", "SCHEDULED", None, 25.0, "mg/m2", None),
        ("FLUDARABINE", "PERFORMED", "Y", 40.0, "mg", None),
        (cells, "SCHEDULED", None, 1000.0, unit, None),
        (cells, "PERFORMED", "Y", 980.0, unit, None),
        (cells, "SCHEDULED", None, 1000.0, unit, None),
        (cells, "PERFORMED", "N", None, None, "FEVER"),
    ]
    ex = (
        tables["ex"].select("EXTRT", "EXCAT", "EXDOSE", "EXDOSU", "EXTPT", "EXLOT", "EXSTDY", "EXSPID").rows()
    )
    assert ex == [
        ("FLUDARABINE", "LYMPHODEPLETION", 25.0, "mg/m2", None, None, -5, "ld_dose/LD1/1"),
        (cells, "CAR-NK INFUSION", 980.0, unit, "INFUSION 1", "NK7", 1, "cell_infusion/D0/1"),
    ]
    assert tables["ex"]["EXADJ"].to_list() == [None, None]
    assert tables["ec"]["ECADJ"].drop_nulls().to_list() == ["NONE"]


def test_a_dose_without_the_surface_keeps_its_unit() -> None:
    tables = sdtm.tabulate(STUDY, entered(LYMPHODEPLETED.replace("ld_bsa           | 1.60", "ld_mesna | Y")))
    assert tables["ex"].select("EXDOSE", "EXDOSU").rows() == [(40.0, "mg")]


def test_elements_and_epochs_follow_the_treatment() -> None:
    tables = sdtm.tabulate(STUDY, entered(INFUSED))
    se = tables["se"].select("ETCD", "EPOCH", "SESTDTC", "SEENDTC", "SESTDY").rows()
    assert se == [
        ("SCRN", "SCREENING", "2025-02-01T09:00", "2025-02-24T09:00", -28),
        ("LD", "LYMPHODEPLETION", "2025-02-24T09:00", "2025-03-01T10:00", -5),
        ("INF", "TREATMENT", "2025-03-01T10:00", "2025-03-02T10:20", 1),
        ("REST", "TREATMENT", "2025-03-02T10:20", "2025-03-30", 2),
        ("FUP", "FOLLOW-UP", "2025-03-30", "2025-05-01", 30),
    ]
    assert tables["sv"].select("VISIT", "EPOCH").rows()[-1] == ("Month 2", "FOLLOW-UP")


def test_follow_up_begins_by_plan_where_the_day_28_visit_is_missing() -> None:
    lines = [line for line in INFUSED.splitlines() if "D28 " not in line]
    tables = sdtm.tabulate(STUDY, entered("\n".join(lines)))
    assert tables["se"]["SESTDTC"].to_list()[-1] == "2025-03-30"


def test_who_left_before_follow_up_never_reaches_it() -> None:
    table = (
        INFUSED.split("D28 ")[0]
        + """
    LOG   | disposition   | 1    | ds_milestone     | WITHDREW FROM STUDY
    LOG   | disposition   | 1    | ds_date          | 2025-03-10
    LOG   | disposition   | 1    | ds_reason        | WITHDRAWAL BY SUBJECT
    """
    )
    tables = sdtm.tabulate(STUDY, entered(table))
    assert tables["se"]["ETCD"].to_list() == ["SCRN", "LD", "INF", "REST"]
    assert tables["dm"]["RFPENDTC"].to_list() == ["2025-03-10"]


def test_a_missed_visit_stays_and_has_no_date() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            INFUSED
            + """
            M3    | visit | 1 | visit_occurred      | N
            M3    | visit | 1 | visit_missed_reason | PATIENT UNAVAILABLE
            M3    | visit | 1 | visit_setting       | OUTPATIENT
            UNS01 | visit | 1 | visit_date          | 2025-04-10
            UNS01 | visit | 1 | visit_reason        | fever
            """
        ),
    )
    columns = ("VISITNUM", "SVPRESP", "SVOCCUR", "SVREASOC", "SVSTDTC", "SVUPDES")
    held = {row[0]: row[1:] for row in tables["sv"].select(columns).rows()}
    assert held[21.0] == ("Y", "N", "PATIENT UNAVAILABLE", None, None)
    assert held[99.01] == (None, None, None, "2025-04-10", "fever")
    (setting,) = tables["suppsv"].rows(named=True)
    assert (setting["IDVAR"], setting["IDVARVAL"], setting["QVAL"]) == ("VISITNUM", "21", "OUTPATIENT")


def test_a_visit_without_a_page_took_place_on_the_first_day_recorded_at_it() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form      | item               | value
            D1    | chemistry | chemistry_datetime | 2025-03-03T08:00
            D1    | chemistry | alt                | 30
            D1    | vitals    | vitals_datetime    | 2025-03-02T08:00
            D1    | vitals    | hr                 | 80
            """
        ),
    )
    (visit,) = tables["sv"].rows(named=True)
    assert (visit["SVOCCUR"], visit["SVSTDTC"], visit["SVENDTC"]) == ("Y", "2025-03-02", "2025-03-03")


def test_nobody_entered_makes_empty_tables() -> None:
    tables = sdtm.tabulate(STUDY, entered(SCREENED).head(0))
    assert tables["dm"].is_empty()
    assert tables["ae"].is_empty()
    assert len(tables["ti"]) == len(STUDY.criteria)


def test_the_trial_is_summarised_from_its_definition() -> None:
    ts = sdtm.tabulate(STUDY, entered(INFUSED))["ts"]
    values = dict(ts.select("TSPARMCD", "TSVAL").iter_rows())
    assert (values["REGID"], values["PLANSUB"], values["ACTSUB"]) == ("NCT06421701", "10", "1")
    assert (values["AGEMIN"], values["AGEMAX"], values["TRGFUDUR"]) == ("P18Y", "P65Y", "P365D")
    assert (values["PLNTRDUR"], values["LENGTH"]) == ("P12D", "P393D")
    assert values["DCUTDTC"] == "2025-01-01"
    assert ts.filter(pl.col("TSVAL").is_null() & pl.col("TSVALNF").is_null()).is_empty()
    assert len(ts.filter(pl.col("TSPARMCD") == "OUTMSSEC")) == sum(
        e.role == "SECONDARY" for e in STUDY.endpoints
    )


def test_a_page_of_demography_filled_twice_makes_one_subject() -> None:
    again = """
    BL    | demography  | 1      | sex              | F
    SCR   | demography  | 1      | childbearing     | Y
    BL    | demography  | 1      | childbearing     | N
    """
    tables = sdtm.tabulate(STUDY, entered(SCREENED + again))
    assert len(tables["dm"]) == 1
    assert tables["suppdm"]["QVAL"].to_list() == ["Y"]
