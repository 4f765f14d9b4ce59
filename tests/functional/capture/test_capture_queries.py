"""The history of a cell, and the edit checks on what is in force."""

from __future__ import annotations

import polars as pl
import pytest
from polars import col

from capture_trial import ADVERSE_EVENT, BY, FORMS, VITALS
from carnet.capture import queries
from carnet.capture.answers import Answer
from carnet.capture.checks import FINDINGS, check, check_forms
from carnet.core.entry import SCHEMA
from carnet.core.form import Form, Item
from carnet.core.rule import Rule


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


def test_edit_checks_name_subject_visit_form_item_and_what_the_form_takes(store, address):
    """R28: what is out of range, at odds with its row or left empty is found; nothing was kept from being saved."""
    store.save(
        "1001",
        "BL",
        "vitals",
        {"temp": "366", "sysbp": "80", "diabp": "120", "vitals_datetime": "2025-03-01 08:30"},
        **BY,
    )
    store.save("1001", "D28", "vitals", {"temp": Answer("97.9", "degF"), "sysbp": "120", "diabp": "80"}, **BY)
    store.save("1001", "LOG", "adverse_event", {"ae_start": "2025"}, repeat=2, **BY)
    assert found(VITALS, address) == [
        ("1001", "BL", "temp", "Temperature is 366 degC; the form takes 30 to 45 degC"),
        (
            "1001",
            "BL",
            "sysbp",
            "systolic is above diastolic; here Systolic pressure 80, Diastolic pressure 120",
        ),
        (
            "1001",
            "D28",
            "vitals_datetime",
            "Measured is not answered; answer it, or say why there is no answer",
        ),
    ]
    assert found(ADVERSE_EVENT, address) == [
        ("1001", "LOG", "ae_term", "row 2: Event is not answered; answer it, or say why there is no answer"),
    ]
    everything = check_forms(FORMS, queries.entries(address))
    assert (everything.schema, len(everything)) == (pl.Schema(FINDINGS), 4)


def test_only_what_is_in_force_is_checked(store, address):
    store.save("1001", "BL", "vitals", {"temp": "366", "vitals_datetime": "2025-03-01 08:30"}, **BY)
    store.save("1001", "BL", "vitals", {"temp": "36.6"}, reason="point forgotten", **BY)
    store.save(
        "1001",
        "D28",
        "vitals",
        {"vitals_datetime": Answer(status="unknown", reason="clock stood still")},
        **BY,
    )
    assert found(VITALS, address) == []


def test_what_is_unknown_breaks_no_rule(store, address):
    """A rule that reads a value which is not there, or one of another form, is unknown."""
    rules = (
        Rule("a", "low complement is marked", ~((col("c3") < col("c3_lln")) | (col("c4") < 0.1))),
        Rule("b", "as the other form says", col("other") == "Y"),
    )
    form = Form("vitals", "Vital signs", "VS", VITALS.items, checks=(*rules, *VITALS.checks))
    store.save("1001", "BL", "vitals", {"sysbp": "80", "vitals_datetime": "2025-03-01 08:30"}, **BY)
    assert found(form, address) == []


@pytest.mark.parametrize(
    ("item", "value", "says"),
    [
        (Item("x", "X", "integer"), "many", "X is many; the form takes a whole number"),
        (Item("x", "X", "decimal", low=0), "-0.5", "X is -0.5; the form takes at least 0"),
        (Item("x", "X", "decimal", high=2.5), "2.6", "X is 2.6; the form takes up to 2.5"),
        (Item("x", "X", "decimal", high=0.3), "0.3", None),
        (Item("x", "X", "boolean"), "yes", "X is yes; the form takes Y or N"),
        (Item("x", "X", "choice", choices=("A", "B")), "C", "X is C; the form takes one of A, B"),
        (Item("x", "X", "date"), "2025-02-30", "X is 2025-02-30; the form takes a date"),
        (Item("x", "X", "date"), "2025-02", "X is 2025-02; the form takes a date"),
        (Item("x", "X", "date", partial=True), "2025-02", None),
        (Item("x", "X", "datetime"), "2025-02-03T08:30", None),
        (Item("x", "X", "text"), "anything", None),
    ],
)  # fmt: skip
def test_entries_that_came_past_the_store_are_checked_too(item, value, says):
    entries = pl.DataFrame(
        {
            "subject": ["1"],
            "visit": ["BL"],
            "form": ["f"],
            "repeat": [1],
            "item": ["x"],
            "value": [value],
            "unit": [""],
        }
    )
    messages = check(Form("f", "F", "LB", (item,)), entries)["message"].to_list()
    assert messages == ([says] if says else [])
