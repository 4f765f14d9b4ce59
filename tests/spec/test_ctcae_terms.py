# ruff: noqa: E501  (tables are wide)
"""The 837 terms of CTCAE v5.0: what they are called, which grades they have, and events held against them."""

from __future__ import annotations

import csv
from collections import Counter

import polars as pl
import pytest

from carnet.core.errors import DefinitionError, InputError
from carnet.safety.interval import intervals
from carnet.safety.terms import find, grade_events, nearest, term, terms


def test_there_are_837_terms_in_26_classes_each_with_a_code_of_its_own():
    assert len(terms()) == len({t.term.lower() for t in terms()}) == len({t.code for t in terms()}) == 837
    assert len({t.soc for t in terms()}) == 26
    assert sum(5 in t.grades for t in terms()) == 494
    assert sum(t.term.endswith(" - Other, specify") for t in terms()) == 26
    assert all(t.grades == tuple(sorted(set(t.grades))) and set(t.grades) <= {1, 2, 3, 4, 5} for t in terms())


def test_the_patterns_of_grades_are_those_of_the_publication():
    """Most terms have all five, many no death, some only one grade."""
    patterns = Counter("".join(map(str, t.grades)) for t in terms())
    assert patterns == {
        "12345": 330, "123": 196, "2345": 100, "1234": 49, "345": 45, "12": 42, "1": 18, "2": 11, "45": 10, "23": 9,
        "234": 7, "13": 4, "1345": 4, "34": 3, "5": 3, "4": 2, "3": 2, "145": 1, "1235": 1,
    }  # fmt: skip


def test_terms_are_those_of_the_reference(shared):
    with (shared / "reference" / "ctcae_v5_terms.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["term"]: row for row in csv.DictReader(file)}
    for t in terms():
        row = listed.pop(t.term)
        low, _, high = row["grades"].partition("-")
        told = range(int(low), int(high) + 1) if high else map(int, row["grades"].split(","))
        assert (t.code, t.soc, t.grades) == (row["meddra_llt_code"], row["soc"], tuple(told))
    assert not listed


def test_every_interval_that_numbers_meet_is_a_grade_of_its_term():
    for row in intervals():
        known = find(row.ctcae_term)
        assert (known.code, known.soc) == (row.meddra_code, row.soc)
        assert row.grade in known.grades, row.rule


def test_a_term_is_found_by_its_name_in_any_case_or_by_its_code():
    assert find("  cytokine  RELEASE syndrome ") is find("10052015") is term("Cytokine release syndrome")
    for absent in ("ICANS", "Graft versus host disease", "Hypogammaglobulinemia", "Tachypnoea", ""):
        assert find(absent) is None
    with pytest.raises(DefinitionError, match=r"'Anaemia' is no term.*Nearest: Anemia"):
        term("Anaemia")


def test_what_is_nearly_a_term_is_suggested_and_nonsense_is_not():
    wanted = {
        "Anaemia": "Anemia", "Diarrhoea": "Diarrhea", "Neutrophil count decrased": "Neutrophil count decreased",
        "Hyponatraemia": "Hyponatremia", "release syndrome": "Cytokine release syndrome", "Febrile neutropaenia": "Febrile neutropenia",
    }  # fmt: skip
    assert {name: nearest(name)[0] for name in wanted} == wanted
    assert nearest("qwertyuiop") == nearest("") == nearest("不良事件") == []


def test_an_event_is_given_the_code_and_the_class_of_its_term():
    ae = {"USUBJID": ["1", "1", "2", "2"], "AETERM": ["x", "tired", "y", "z"],
          "AECTCTRM": ["ALOPECIA", "Fatigue", "Tiredness", None], "AETOXGR": ["2", "3", "4", None]}  # fmt: skip
    table, lines = grade_events(ae)
    assert table["ctcae_term"].to_list() == ["Alopecia", "Fatigue", None, None]
    assert table["ctcae_code"].to_list() == ["10001760", "10016256", None, None]
    assert table["ctcae_soc"][1] == "General disorders and administration site conditions"
    assert lines == ["1 event is no term of CTCAE v5.0: Tiredness"]


@pytest.mark.parametrize(
    ("name", "grade", "says"),
    [
        ("Alopecia", "3", r"row 2 \(USUBJID 02\): AETOXGR is '3'; Alopecia has the grades 1, 2"),
        ("Febrile neutropenia", "1", "Febrile neutropenia has the grades 3, 4, 5"),
        ("10001760", "5", "Alopecia has the grades 1, 2"),
        ("Not a term", "6", "grades are 1, 2, 3, 4, 5"),
        ("Fatigue", "0", "Fatigue has the grades 1, 2, 3"),
        ("Fatigue", "2.5", "'2.5'"),
        ("Fatigue", "SEVERE", "'SEVERE'"),
    ],
)
def test_a_grade_that_the_term_does_not_have_is_refused(name, grade, says):
    ae = {"USUBJID": ["01", "02"], "AECTCTRM": ["Fatigue", name], "AETOXGR": ["3", grade]}
    with pytest.raises(InputError, match=says):
        grade_events(ae)


def test_grades_may_come_as_numbers():
    ae = pl.DataFrame({"AETERM": ["Fatigue", "Nausea"], "AETOXGR": [3.0, None]})
    assert grade_events(ae)[0]["ctcae_code"].to_list() == ["10016256", "10028813"]
    with pytest.raises(InputError, match="Fatigue has the grades 1, 2, 3"):
        grade_events(ae.with_columns(AETOXGR=pl.lit(4)))


def test_a_column_that_would_be_added_is_refused():
    with pytest.raises(InputError, match="ctcae_code"):
        grade_events({"AETERM": ["Fatigue"], "AETOXGR": ["3"], "ctcae_code": [1]})
