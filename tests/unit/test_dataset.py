"""A dataset takes its variables in order, typed, each row once."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from carnet.core.dataset import Dataset, Variable
from carnet.core.errors import InputError

TOY = Dataset(
    "TOY",
    "A toy",
    ("USUBJID", "SEQ"),
    (
        Variable("USUBJID", "Subject", "text"),
        Variable("SEQ", "Number", "integer"),
        Variable("ADT", "Date", "date"),
        Variable("AVAL", "Value", "float"),
    ),
)


def test_rows_come_ordered_typed_and_with_every_variable():
    rows = pl.DataFrame({"extra": [1, 2], "SEQ": [2, 1], "USUBJID": ["a", "a"], "ADT": ["2026-01-02", None]})
    table = TOY.conform(rows)
    assert table.columns == ["USUBJID", "SEQ", "ADT", "AVAL"]
    assert table["SEQ"].to_list() == [1, 2]
    assert table["ADT"].to_list() == [None, date(2026, 1, 2)]
    assert table["AVAL"].dtype == pl.Float64


def test_two_rows_of_one_key_are_refused_by_name():
    with pytest.raises(InputError, match=r"TOY would hold 2 rows .* USUBJID a, SEQ 1"):
        TOY.conform(pl.DataFrame({"USUBJID": ["a", "a"], "SEQ": [1, 1]}))


def test_an_unreadable_number_is_refused():
    with pytest.raises(pl.exceptions.PolarsError):
        TOY.conform(pl.DataFrame({"USUBJID": ["a"], "SEQ": ["one"]}))
