"""Ratings, titres and levels of cells: what the instruments and the laboratories say in their own way."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from carnet import sdtm, study
from carnet.instruments.bilag2004 import ITEMS as BILAG
from carnet.instruments.sledai2k import ITEMS as SLEDAI
from sdtm_trial import entered

STUDY = study.read()


def test_a_sledai_item_is_present_with_its_weight_or_absent_with_none() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form     | item                   | value      | status
            BL    | sledai2k | sledai_date            | 2025-02-23 |
            BL    | sledai2k | sledai_assessor        | W. Li      |
            BL    | sledai2k | sledai_seizure         | N          |
            BL    | sledai2k | sledai_arthritis       | Y          |
            BL    | sledai2k | sledai_fever           |            | not done
            BL    | sledai2k | sledai_arthritis_last  | 2025-02    |
            BL    | sledai2k | sledai_proteinuria     | Y          |
            BL    | sledai2k | sledai_proteinuria_due | DRUG       |
            BL    | sledai2k | sledai_total           | 8          |
            """
        ),
    )
    rs = tables["rs"].select("RSTESTCD", "RSTEST", "RSORRES", "RSSTRESC", "RSSTRESN", "RSSTAT")
    assert rs.rows() == [
        ("SLDI0101", "SLDI01-Seizure", "ABSENT", "0", 0.0, None),
        ("SLDI0109", "SLDI01-Arthritis", "PRESENT", "4", 4.0, None),
        ("SLDI0122", "SLDI01-Fever", None, None, None, "NOT DONE"),
        ("SLDI0113", "SLDI01-Proteinuria", "PRESENT", "4", 4.0, None),
        ("SLDI0125", "SLDI01-Total", "8", "8", 8.0, None),
    ]
    first = tables["rs"].row(0, named=True)
    assert (first["RSCAT"], first["RSEVAL"], first["RSEVALID"], first["RSEVINT"], first["RSDTC"]) == (
        "SLEDAI-2K", "INVESTIGATOR", "W. Li", "-P10D", "2025-02-23",
    )  # fmt: skip
    supp = tables["supprs"].select("IDVAR", "IDVARVAL", "QNAM", "QVAL").rows()
    assert supp == [("RSSEQ", "2", "LASTPRES", "2025-02"), ("RSSEQ", "4", "ATTRIB", "DRUG")]


def test_bilag_items_keep_their_kind_and_attribution() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form      | item                          | value | unit
            BL    | bilag2004 | bilag_pyrexia                 | 3     |
            BL    | bilag2004 | bilag_nephrotic_syndrome      | N     |
            BL    | bilag2004 | bilag_haemoglobin             | 98    | g/L
            BL    | bilag2004 | bilag_haemoglobin_due         | Y     |
            BL    | bilag2004 | bilag_upcr                    | 56.6  | mg/mmol
            """
        ),
    )
    rs = tables["rs"].select("RSTESTCD", "RSORRES", "RSORRESU", "RSSTRESC", "RSSTRESN", "RSSTRESU")
    assert rs.rows() == [
        ("BLG4001", "3", None, "3", 3.0, None),
        ("BLG4085", "N", None, "N", None, None),
        ("BLG4090", "98", "g/L", "9.8", 9.8, "g/dL"),
        ("BLG4083", "56.6", "g/mol", "56.6", 56.6, "g/mol"),
    ]
    assert tables["supprs"].select("IDVARVAL", "QNAM", "QVAL").rows() == [("3", "ATTRIB", "Y")]
    assert tables["rs"]["RSEVINT"].unique().to_list() == ["-P28D"]


def test_creatinine_in_mass_is_converted_wherever_it_is_asked() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form        | item             | value | unit
            BL    | bilag2004   | bilag_creatinine | 1.0   | mg/dL
            SCR   | sle_history | prior_creatinine | 1.0   | mg/dL
            SCR   | eligibility | elig_i14         | Y     |
            SCR   | eligibility | elig_i14_value   | 2.0   | mg/dL
            """
        ),
    )
    assert tables["rs"].select("RSSTRESN", "RSSTRESU").rows() == [(88.4, "umol/L")]
    assert tables["fa"]["FASTRESN"].drop_nulls().to_list() == [88.4]
    assert tables["suppfa"].select("QVAL", "QLABEL").rows() == [("34.2", "Value used (umol/L)")]


def test_every_item_of_the_instruments_comes_back_by_its_test_code() -> None:
    lines = ["visit | form | item | value"]
    for form, items in (("sledai2k", SLEDAI), ("bilag2004", BILAG)):
        values = {"boolean": "Y", "integer": "1", "decimal": "1"}
        lines += [f"D28 | {form} | {item.id} | {values[item.type]}" for item in items]
    rs = sdtm.tabulate(STUDY, entered("\n".join(lines)))["rs"]
    assert rs["RSTESTCD"].to_list() == [item.testcd for item in (*SLEDAI, *BILAG)]
    assert rs["RSTESTCD"].is_unique().all()
    assert rs["RSTEST"].is_unique().all()


def test_the_pga_is_kept_as_marked_and_stands_on_the_scale_to_3() -> None:
    (row,) = sdtm.tabulate(STUDY, entered("visit | form | item | value\nBL | pga | pga | 1.85"))["rs"].rows(
        named=True
    )
    assert (row["RSTESTCD"], row["RSORRES"], row["RSSTRESN"]) == ("PGALUP01", "1.85", 1.85)
    assert "0 to 3" in row["RSTEST"]


def test_a_mark_on_a_line_of_100_mm_is_converted() -> None:
    scale = dataclasses.replace(STUDY.fact("parameters.pga_scale"), value="100")
    facts = tuple(scale if fact.name == scale.name else fact for fact in STUDY.facts)
    long_line = dataclasses.replace(STUDY, facts=facts)
    (row,) = sdtm.tabulate(long_line, entered("visit | form | item | value\nBL | pga | pga | 34"))["rs"].rows(
        named=True
    )
    assert (row["RSORRES"], row["RSSTRESC"], row["RSSTRESN"]) == ("34", "1.02", 1.02)


def test_questions_of_activity_and_treatment_arrive_as_yes_and_no() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form               | item                | value
            D28   | activity_questions | haemolysis          | N
            D28   | activity_questions | gi_activity         | Y
            D28   | treatment_review   | standard_treatment  | Y
            SCR   | sle_history        | bilag_renal_ever    | Y
            SCR   | sle_history        | prior_upcr          | 120
            SCR   | sle_history        | prior_upcr_date     | 2025-01
            """
        ),
    )
    assert tables["rs"].select("RSTESTCD", "RSSTRESC").rows() == [("LAQ0101", "N"), ("LAQ0102", "Y")]
    fa = tables["fa"].select("FATESTCD", "FASCAT", "FASTRESC", "FASTRESN", "FASTRESU", "FADTC").rows()
    assert fa == [
        ("STDTREAT", None, "Y", None, None, None),
        ("BLGEREN", "BILAG HISTORY", "Y", None, None, None),
        ("PRUPCR", "EARLIER RENAL VALUES", "120", 120.0, "g/mol", "2025-01"),
    ]


@pytest.mark.parametrize(
    ("typed", "text", "number"),
    [("1:320", "320", 320.0), ("320", "320", 320.0), ("<1:80", "<1:80", None), (">1:3200", ">1:3200", None)],
)
def test_a_titre_is_its_dilution(typed: str, text: str, number: float | None) -> None:
    table = f"""
        visit | form       | item       | value
        BL    | antibodies | ana        | {typed}
        BL    | antibodies | ana_screen | 80
        BL    | antibodies | ana_series | TWOFOLD
        """
    tables = sdtm.tabulate(STUDY, entered(table))
    (row,) = tables["is"].rows(named=True)
    assert (row["ISTESTCD"], row["ISBDAGNT"]) == ("ATAB", "NUCLEAR AUTOANTIGENS")
    assert (row["ISORRES"], row["ISSTRESC"], row["ISSTRESN"], row["ISSTRESU"]) == (
        typed,
        text,
        number,
        "titer",
    )
    assert row["ISLLOQ"] == 80.0
    assert row["ISMETHOD"] == "INDIRECT IMMUNOFLUORESCENCE"
    assert tables["suppis"].select("QNAM", "QVAL").rows() == [("SERIES", "TWOFOLD")]


def test_antibodies_are_told_apart_by_what_they_bind() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form       | item         | value
            BL    | antibodies | dsdna        | 210.5
            BL    | antibodies | dsdna_uln    | 100
            BL    | antibodies | dsdna_method | ELISA
            BL    | antibodies | sm           | NEGATIVE
            """
        ),
    )
    found = tables["is"].select(
        "ISTESTCD", "ISBDAGNT", "ISSTRESC", "ISSTRESN", "ISSTNRHI", "ISNRIND", "ISMETHOD"
    )
    assert found.rows() == [
        ("ATAB", "DOUBLE STRANDED DNA", "210.5", 210.5, 100.0, "HIGH", "ELISA"),
        ("ATAB", "SMITH ANTIGENS", "NEGATIVE", None, None, None, None),
    ]


INFUSION = """
    visit | form            | repeat | item               | value
    D0    | cell_infusion   | 1      | infusion_number    | 1
    D0    | cell_infusion   | 1      | infusion_given     | 1000
    D0    | cell_infusion   | 1      | infusion_start     | 2025-03-01T10:00
    D0    | cell_infusion   | 1      | infusion_stop      | 2025-03-01T10:30
"""


@pytest.mark.parametrize(
    ("kind", "value", "original", "standard", "number"),
    [
        ("QUANTIFIABLE", "900", "900", "900", 900.0), ("", "900", "900", "900", 900.0), ("", "50", "50", "50", 50.0),
        ("", "30", "30", "<LLOQ", None), ("DETECTED BELOW LLOQ", "30", "30", "DETECTED BELOW LLOQ", None),
        ("DETECTED BELOW LLOQ", "", "<LLOQ", "DETECTED BELOW LLOQ", None),
        ("NOT DETECTED", "", "NOT DETECTED", "NOT DETECTED", None), ("", "0", "0", "<LLOQ", None),
    ],
)  # fmt: skip
def test_a_level_below_quantification_has_no_number(
    kind: str, value: str, original: str, standard: str, number: float | None
) -> None:
    lines = [
        INFUSION.strip(),
        "D1 | kinetics_sample | 1 | kinetics_datetime | 2025-03-02T09:00",
        "D1 | kinetics_sample | 1 | car_copies_lloq | 50",
        *([f"D1 | kinetics_sample | 1 | car_copies | {value}"] if value else []),
        *([f"D1 | kinetics_sample | 1 | car_copies_result | {kind}"] if kind else []),
    ]
    (row,) = sdtm.tabulate(STUDY, entered("\n".join(lines)))["pc"].rows(named=True)
    assert (row["PCTESTCD"], row["PCORRES"], row["PCSTRESC"], row["PCSTRESN"]) == (
        "CARTG",
        original,
        standard,
        number,
    )
    assert (row["PCLLOQ"], row["PCSTAT"]) == (50.0, None)


def test_a_sample_not_taken_is_not_below_quantification() -> None:
    tables = sdtm.tabulate(STUDY, entered("visit | form | item | value\nD1 | kinetics_sample | car_copies |"))
    (row,) = tables["pc"].rows(named=True)
    assert (row["PCORRES"], row["PCSTRESC"], row["PCSTAT"]) == (None, None, "NOT DONE")


def test_a_sample_counts_from_the_infusion_it_is_linked_to() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            INFUSION
            + """
            D0 | kinetics_sample | 1 | kinetics_timepoint | PRE-DOSE
            D0 | kinetics_sample | 1 | kinetics_infusion  | 1
            D0 | kinetics_sample | 1 | car_copies_result  | NOT DETECTED
            D0 | kinetics_sample | 2 | kinetics_timepoint | 1 H AFTER END
            D0 | kinetics_sample | 2 | kinetics_infusion  | 1
            D0 | kinetics_sample | 2 | car_copies         | 800
            D2 | kinetics_sample | 1 | kinetics_timepoint | SINGLE
            D2 | kinetics_sample | 1 | kinetics_infusion  | 1
            D2 | kinetics_sample | 1 | car_copies         | 900
            """
        ),
    )
    pc = tables["pc"].select("PCTPT", "PCTPTREF", "PCRFTDTC", "PCELTM").rows()
    assert pc == [
        ("PRE-DOSE", "START OF INFUSION 1", "2025-03-01T10:00", None),
        ("1 H AFTER END", "END OF INFUSION 1", "2025-03-01T10:30", "PT1H"),
        ("SINGLE", "START OF INFUSION 1", "2025-03-01T10:00", None),
    ]


def test_the_parameters_are_those_of_the_kinetics() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            INFUSION
            + """
            D1  | kinetics_sample | 1 | kinetics_datetime | 2025-03-02T10:00
            D1  | kinetics_sample | 1 | car_copies        | 900
            D1  | kinetics_sample | 1 | car_copies_lloq   | 50
            D7  | kinetics_sample | 1 | kinetics_datetime | 2025-03-08T10:00
            D7  | kinetics_sample | 1 | car_copies        | 4000
            D7  | kinetics_sample | 1 | car_copies_lloq   | 50
            D28 | kinetics_sample | 1 | kinetics_datetime | 2025-03-29T10:00
            D28 | kinetics_sample | 1 | car_copies_result | NOT DETECTED
            D28 | kinetics_sample | 1 | car_copies_lloq   | 50
            """
        ),
    )
    pp = tables["pp"].filter(pl.col("PPSCAT") == "OVERALL")
    numbers = dict(pp.select("PPTESTCD", "PPSTRESN").iter_rows())
    assert (numbers["CMAX"], numbers["TMAX"], numbers["TLST"]) == (4000.0, 7.0, 7.0)
    one = pp.filter(pl.col("PPTESTCD") == "AUCINT").row(0, named=True)
    assert (one["PPSTINT"], one["PPENINT"], one["PPRFTDTC"]) == ("P0D", "P28D", "2025-03-01T10:00")
    assert one["PPSPEC"] == "BLOOD"
    related = tables["relrec"].filter(pl.col("RELID") == "PCPP")
    assert related.select("RDOMAIN", "IDVAR").rows() == [("PC", "PCLNKGRP"), ("PP", "PPLNKGRP")]
