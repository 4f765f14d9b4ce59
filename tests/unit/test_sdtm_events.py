"""Events and treatments: adverse events, disposition, history, medication, and what relates them."""

from __future__ import annotations

import pytest

from carnet import sdtm, study
from sdtm_trial import entered

STUDY = study.read()

EVENT = """
    visit | form          | repeat | item             | value
    LOG   | adverse_event | 1      | ae_term          | Fever after infusion
    LOG   | adverse_event | 1      | ae_decod         | Pyrexia
    LOG   | adverse_event | 1      | ae_soc           | General disorders
    LOG   | adverse_event | 1      | ae_start         | 2025-03-02T20:15
    LOG   | adverse_event | 1      | ae_stop          | 2025-03-03
    LOG   | adverse_event | 1      | ae_grade         | 1
    LOG   | adverse_event | 1      | ae_serious       | N
    LOG   | adverse_event | 1      | ae_related_ld    | UNLIKELY
    LOG   | adverse_event | 1      | ae_related_cells | PROBABLE
    LOG   | adverse_event | 1      | ae_related_sle   | NOT RELATED
    LOG   | adverse_event | 1      | ae_outcome       | RECOVERED/RESOLVED
    LOG   | adverse_event | 1      | ae_ongoing       | N
    LOG   | adverse_event | 1      | ae_aesi          | CRS
    LOG   | adverse_event | 1      | ae_dlt           | N
"""


def test_an_adverse_event_and_its_qualifiers() -> None:
    tables = sdtm.tabulate(STUDY, entered(EVENT))
    (row,) = tables["ae"].rows(named=True)
    assert (row["AESEQ"], row["AESPID"], row["AETERM"]) == (1, "adverse_event/LOG/1", "Fever after infusion")
    assert (row["AEBODSYS"], row["AESOC"]) == ("General disorders", "General disorders")
    assert (row["AETOXGR"], row["AESER"], row["AEOUT"]) == ("1", "N", "RECOVERED/RESOLVED")
    assert (row["AEREL"], row["AERELNST"], row["AEENRTPT"]) == ("PROBABLE", "SLE: NOT RELATED", "BEFORE")
    supp = {
        name: (value, origin)
        for name, value, origin in tables["suppae"].select("QNAM", "QVAL", "QORIG").rows()
    }
    assert supp == {
        "AERELLD": ("UNLIKELY", "CRF"), "AERELCAR": ("PROBABLE", "CRF"), "AERELSLE": ("NOT RELATED", "CRF"),
        "AESI": ("CRS", "CRF"), "AEDLT": ("N", "CRF"), "AECTCVER": ("CTCAE V5.0", "ASSIGNED"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("chemotherapy", "cells", "either"),
    [
        ("POSSIBLE", "DEFINITE", "DEFINITE"), ("NOT RELATED", "NOT RELATED", "NOT RELATED"), ("POSSIBLE", "", None),
        ("DEFINITE", "", "DEFINITE"), ("", "", None),
    ],
)  # fmt: skip
def test_the_stronger_relation_counts_and_an_unknown_one_may_be_stronger(
    chemotherapy: str, cells: str, either: str | None
) -> None:
    table = EVENT.replace("UNLIKELY", chemotherapy).replace("PROBABLE", cells)
    assert sdtm.tabulate(STUDY, entered(table))["ae"]["AEREL"].to_list() == [either]


def test_a_partial_date_is_kept_and_has_no_day() -> None:
    (row,) = sdtm.tabulate(STUDY, entered(EVENT.replace("2025-03-02T20:15", "2025-03")))["ae"].rows(
        named=True
    )
    assert (row["AESTDTC"], row["AESTDY"]) == ("2025-03", None)


def test_a_long_text_goes_on_in_the_qualifiers() -> None:
    text = "a" * 200 + "b" * 200 + "c"
    tables = sdtm.tabulate(STUDY, entered(EVENT.replace("Fever after infusion", text)))
    assert tables["ae"]["AETERM"].to_list() == ["a" * 200]
    rest = dict(tables["suppae"].select("QNAM", "QVAL").iter_rows())
    assert (rest["AETERM1"], rest["AETERM2"]) == ("b" * 200, "c")


def test_a_long_qualifier_goes_on_under_a_number() -> None:
    text = "a" * 250
    tables = sdtm.tabulate(STUDY, entered(EVENT + f"LOG | adverse_event | 1 | ae_grade_history | {text}"))
    values = dict(tables["suppae"].select("QNAM", "QVAL").iter_rows())
    assert (values["AEGRHIST"], values["AEGRHIS1"]) == ("a" * 200, "a" * 50)


def test_what_names_an_event_is_related_to_it() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            EVENT
            + """
            LOG | medication | 1 | med_drug    | tocilizumab
            LOG | medication | 1 | med_ae      | 1
            LOG | medication | 2 | med_drug    | aciclovir
            LOG | medication | 2 | med_ae      | 9
            LOG | crs        | 1 | crs_present | Y
            LOG | crs        | 1 | crs_onset   | 2025-03-02T20:15
            LOG | crs        | 1 | crs_grade   | 1
            LOG | crs        | 1 | crs_ae      | 1
            """
        ),
    )
    related = tables["relrec"].select("RELID", "RDOMAIN", "IDVAR", "IDVARVAL").rows()
    assert related == [
        ("AE1", "AE", "AESEQ", "1"), ("AE1", "CM", "CMSEQ", "1"), ("AE1", "FA", "FAGRPID", "crs/LOG/1"),
    ]  # fmt: skip
    fa = tables["fa"].select("FATESTCD", "FATEST", "FAOBJ", "FASTRESC", "FADTC").rows()
    assert fa[0] == ("OCCUR", "Occurrence Indicator", "Cytokine release syndrome", "Y", "2025-03-02T20:15")
    assert fa[1][0] == "TOXGR"


def test_a_serious_report_states_facts_and_is_no_second_event() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(EVENT + "LOG | serious_event | 1 | sae_ae | 1\nLOG | serious_event | 1 | sae_kind | INITIAL"),
    )
    assert len(tables["ae"]) == 1
    assert tables["fa"].select("FACAT", "FATESTCD", "FASTRESC").rows() == [
        ("SERIOUS EVENT REPORT", "AENO", "1"), ("SERIOUS EVENT REPORT", "SAEKIND", "INITIAL"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("milestone", "reason", "decoded", "category", "part"),
    [
        ("ENROLLED", "", "ENTERED INTO TRIAL", "PROTOCOL MILESTONE", None),
        ("INFUSION 2", "", "INFUSION 2", "PROTOCOL MILESTONE", None),
        ("COMPLETED", "", "COMPLETED", "DISPOSITION EVENT", "STUDY PARTICIPATION"),
        (
            "SCREEN FAILURE",
            "PHYSICIAN DECISION",
            "SCREEN FAILURE",
            "DISPOSITION EVENT",
            "STUDY PARTICIPATION",
        ),
        ("DISCONTINUED TREATMENT", "ADVERSE EVENT", "ADVERSE EVENT", "DISPOSITION EVENT", "STUDY TREATMENT"),
        (
            "WITHDREW FROM STUDY",
            "LOST TO FOLLOW-UP",
            "LOST TO FOLLOW-UP",
            "DISPOSITION EVENT",
            "STUDY PARTICIPATION",
        ),
        ("WITHDREW FROM STUDY", "", "WITHDREW FROM STUDY", "DISPOSITION EVENT", "STUDY PARTICIPATION"),
    ],
)
def test_milestones_and_dispositions_are_coded(
    milestone: str, reason: str, decoded: str, category: str, part: str | None
) -> None:
    lines = [
        "visit | form | item | value",
        f"LOG | disposition | ds_milestone | {milestone}",
        "LOG | disposition | ds_date | 2025-04-01",
        *([f"LOG | disposition | ds_reason | {reason}"] if reason else []),
    ]
    tables = sdtm.tabulate(STUDY, entered("\n".join(lines)))
    assert tables["ds"].select("DSTERM", "DSDECOD", "DSCAT", "DSSCAT").rows() == [
        (milestone, decoded, category, part)
    ]
    assert tables["suppds"]["QVAL"].to_list() == ([reason] if reason else [])


def test_consent_is_a_milestone_and_a_second_one_another() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form    | item                   | value
            SCR   | consent | consent_datetime       | 2025-02-01T09:00
            SCR   | consent | consent_version        | 1.0
            SCR   | consent | consent_again          | Y
            SCR   | consent | consent_again_datetime | 2025-06-01T11:00
            SCR   | consent | consent_again_version  | 2.0
            """
        ),
    )
    ds = tables["ds"].select("DSSEQ", "DSDECOD", "DSSTDTC").rows()
    assert ds == [
        (1, "INFORMED CONSENT OBTAINED", "2025-02-01T09:00"),
        (2, "INFORMED CONSENT OBTAINED", "2025-06-01T11:00"),
    ]
    versions = tables["suppds"].select("IDVARVAL", "QNAM", "QVAL").rows()
    assert versions == [("1", "CONSAGN", "Y"), ("1", "CONSVER", "1.0"), ("2", "CONSVER", "2.0")]
    assert tables["dm"]["RFICDTC"].to_list() == ["2025-02-01T09:00"]


def test_lupus_has_a_diagnosis_and_a_first_symptom() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form            | item              | value
            SCR   | sle_history     | sle_diagnosis     | 2015-04
            SCR   | sle_history     | sle_first_symptom | 2014
            SCR   | sle_history     | sle_refractory    | REFRACTORY
            LOG   | medical_history | mh_term           | Hypertension
            LOG   | medical_history | mh_ongoing        | Y
            """
        ),
    )
    mh = tables["mh"].select("MHTERM", "MHEVDTYP", "MHCAT", "MHSTDTC", "MHENRTPT", "MHENTPT").rows()
    assert mh == [
        ("SYSTEMIC LUPUS ERYTHEMATOSUS", "INITIAL DIAGNOSIS", "SLE HISTORY", "2015-04", None, None),
        ("SYSTEMIC LUPUS ERYTHEMATOSUS", "SYMPTOM ONSET", "SLE HISTORY", "2014", None, None),
        ("Hypertension", None, "GENERAL", None, "ONGOING", "SCREENING"),
    ]
    assert tables["fa"].select("FATESTCD", "FAOBJ", "FASTRESC").rows() == [
        ("REFRACT", "History of lupus", "REFRACTORY")
    ]


def test_four_logs_of_medication_come_together() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form           | item          | value
            D28   | visit          | visit_date    | 2025-03-29
            LOG   | glucocorticoid | gc_drug       | PREDNISONE
            LOG   | glucocorticoid | gc_dose       | 7.5
            LOG   | glucocorticoid | gc_reason     | SLE
            LOG   | glucocorticoid | gc_start      | 2025-03-01
            LOG   | glucocorticoid | gc_ongoing    | Y
            LOG   | medication     | med_drug      | TMP-SMX
            LOG   | medication     | med_dose      | 2
            LOG   | medication     | med_unit      | tablet
            LOG   | medication     | med_frequency | QS
            LOG   | prior_therapy  | prior_drug    | belimumab
            LOG   | prior_therapy  | prior_ongoing | N
            LOG   | prior_therapy  | prior_response | PARTIAL
            LOG   | premedication  | premed_drug   | paracetamol
            """
        ),
    )
    cm = tables["cm"].select("CMCAT", "CMTRT", "CMDECOD", "CMCLAS", "CMDOSE", "CMDOSU", "CMDOSFRQ").rows()
    assert cm == [
        ("GLUCOCORTICOID", "PREDNISONE", "PREDNISONE", "GLUCOCORTICOID", 7.5, "mg/day", None),
        ("CONCOMITANT MEDICATION", "TMP-SMX", None, None, 2.0, "TABLET", "EVERY WEEK"),
        ("PRIOR SLE THERAPY", "belimumab", None, None, None, None, None),
        ("PREMEDICATION", "paracetamol", None, None, None, None, None),
    ]
    until = tables["cm"].select("CMENRTPT", "CMENTPT").rows()
    assert until == [("ONGOING", "2025-03-29"), (None, None), ("BEFORE", "SCREENING"), (None, None)]
    assert tables["suppcm"].select("QNAM", "QVAL").rows() == [("CMRESP", "PARTIAL")]


def test_a_record_emptied_by_a_correction_has_no_row() -> None:
    tables = sdtm.tabulate(
        STUDY,
        entered(
            """
            visit | form      | repeat | item          | value
            LOG   | deviation | 1      | dv_category   | DOSING
            LOG   | deviation | 2      | dv_category   | CONSENT
            LOG   | deviation | 1      | dv_category   |
            """
        ),
    )
    assert tables["dv"].select("DVSEQ", "DVDECOD").rows() == [(2, "CONSENT")]
