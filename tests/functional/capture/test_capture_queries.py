"""The history of a cell, and the edit checks on what is in force."""

from __future__ import annotations

import polars as pl
import pytest
from polars import col

from capture_trial import ADVERSE_EVENT, BY, FORMS, VITALS
from carnet.capture import queries
from carnet.capture.answers import Answer
from carnet.capture.checks import check, check_forms
from carnet.core.entry import SCHEMA
from carnet.core.form import Form, Item
from carnet.core.rule import Rule
from carnet.study.checks import SCHEMA as SCHEMA_OF_FINDINGS


def test_the_history_of_a_cell_says_who_changed_what_and_why(filled, address):
    """R2, R3: old and new value, user and printed name, role, time, reason."""
    history = queries.audit(address, subject="1001", visit="BL", form="vitals", repeat=1, item="temp")
    assert history.select("number", "old_value", "value", "by", "by_name", "role", "reason").rows() == [
        (1, None, "36.6", "wang.li", "Wang Li", "investigator", ""),
        (14, "36.6", "37.6", "wang.li", "Wang Li", "investigator", "misread"),
    ]
    assert history["at"].is_sorted()
    assert queries.audit(address, subject="1001", visit="BL")["saved_with"].to_list() == [1, 1, 1, 14]
    assert queries.audit(address)["old_value"].to_list() == [None] * 13 + ["36.6"]


def test_the_history_keeps_the_unit_before_a_change(store, address):
    store.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
    store.save("1001", "BL", "vitals", {"temp": Answer("97.9", "degF")}, reason="unit", **BY)
    assert queries.audit(address).select("old_value", "old_unit", "value", "unit").rows()[1] == (
        "36.6",
        "degC",
        "97.9",
        "degF",
    )


def test_a_cell_is_named_by_its_five_columns(filled, address):
    with pytest.raises(TypeError, match="not by patient"):
        queries.audit(address, patient="1001")


def test_entries_of_an_empty_store_have_the_columns_of_an_entry(store, address):
    assert queries.entries(address).schema == SCHEMA
    assert queries.current(address).schema == SCHEMA


def found(form: Form, address: str) -> list[tuple[str, ...]]:
    return check(form, queries.entries(address)).select("subject", "visit", "item", "message").rows()


def test_edit_checks_name_subject_visit_item_and_what_the_form_expects(store, address):
    """R28: what is out of range, at odds with its row or left empty is found; nothing is kept from being saved."""
    first = {"temp": "366", "sysbp": "80", "diabp": "120", "vitals_datetime": "2025-03-01 08:30"}
    store.save("1001", "BL", "vitals", first, **BY)
    store.save("1001", "D28", "vitals", {"temp": Answer("97.9", "degF"), "sysbp": "120", "diabp": "80"}, **BY)
    store.save("1001", "LOG", "adverse_event", {"ae_start": "2025"}, repeat=2, **BY)
    assert found(VITALS, address) == [
        ("1001", "BL", "temp", "Temperature is 366 degC; at most 45 is expected. Is it mistyped?"),
        ("1001", "D28", "vitals_datetime", "Measured is empty; this form needs it."),
        (
            "1001",
            "BL",
            "sysbp",
            "Expected: systolic is above diastolic. Here: Systolic pressure 80, Diastolic pressure 120",
        ),
    ]
    assert found(ADVERSE_EVENT, address) == [
        ("1001", "LOG", "ae_term", "Event is empty; this form needs it.")
    ]
    everything = check_forms(FORMS, queries.entries(address))
    assert (everything.schema, len(everything)) == (pl.Schema(SCHEMA_OF_FINDINGS), 4)


def test_only_what_is_in_force_is_checked(store, address):
    store.save("1001", "BL", "vitals", {"temp": "366", "vitals_datetime": "2025-03-01 08:30"}, **BY)
    store.save("1001", "BL", "vitals", {"temp": "36.6"}, reason="point forgotten", **BY)
    silent = Answer(status="unknown", reason="the clock stood still")
    store.save("1001", "D28", "vitals", {"vitals_datetime": silent}, **BY)
    assert found(VITALS, address) == []


def test_what_is_unknown_breaks_no_rule(store, address):
    """A rule that reads a value which is not there, or one of another form, is unknown."""
    rules = (
        Rule("a", "low complement is marked", ~((col("c3") < col("c3_lln")) | (col("c4") < 0.1))),
        Rule("b", "as the other form says", col("other") == "Y"),
        Rule("c", "warm enough", (col("temp") > 30) | (col("other") == "Y")),
    )
    form = Form("vitals", "Vital signs", "VS", VITALS.items, checks=(*rules, *VITALS.checks))
    store.save("1001", "BL", "vitals", {"sysbp": "80", "vitals_datetime": "2025-03-01 08:30"}, **BY)
    assert found(form, address) == []


def test_a_rule_on_yes_and_no_is_said_in_words(store, address):
    told = Rule(
        "told", "a serious event says when it ended", ~col("ae_serious") | col("ae_end").is_not_null()
    )
    form = Form("adverse_event", "Adverse event", "AE", ADVERSE_EVENT.items, checks=(told,), log=True)
    store.save("1001", "LOG", "adverse_event", {"ae_term": "Fever", "ae_serious": "Y"}, **BY)
    assert found(form, address) == [
        (
            "1001",
            "LOG",
            "ae_end",
            "Expected: a serious event says when it ended. Here: End unknown, Serious yes",
        ),
    ]


@pytest.mark.parametrize(
    ("item", "value", "says"),
    [
        (Item("x", "X", "integer"), "many", "takes a number"),
        (Item("x", "X", "decimal", low=0), "-0.5", "at least 0"),
        (Item("x", "X", "decimal", high=0.3), "0.3", None),
        (Item("x", "X", "choice", choices=("A", "B")), "C", "one of A, B"),
        (Item("x", "X", "date"), "2025-02-30", "whole date"),
        (Item("x", "X", "text"), "anything", None),
    ],
)
def test_entries_that_came_past_the_store_are_checked_too(item, value, says):
    cell = {
        "subject": "1001",
        "visit": "BL",
        "form": "f",
        "repeat": 1,
        "item": "x",
        "value": value,
        "unit": "",
    }
    entries = pl.DataFrame([{**cell, "status": "answered", "reason": ""}])
    messages = check(Form("f", "F", "LB", (item,)), entries)["message"].to_list()
    assert len(messages) == (says is not None)
    assert says is None or says in messages[0]
