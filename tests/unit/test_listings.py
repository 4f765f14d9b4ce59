"""Listings: records as they are, chosen and ordered by a table."""

from __future__ import annotations

import polars as pl

from carnet.adam.trial import DATASETS
from carnet.core.dataset import read_datasets
from carnet.report.listings import _conditions, listings, named

ADAE = pl.DataFrame(
    {
        "SUBJID": ["2", "1", "1"],
        "AETERM": ["CRS", "Rash", "Sepsis"],
        "ASTDT": ["2025-03-11", "2025-03-12", "2025-03-10"],
        "ATOXGR": ["2", None, "4"],
        "AESER": ["N", "N", "Y"],
    }
)


def test_every_listing_names_variables_that_there_are() -> None:
    """A column that no dataset has would be left out without a word."""
    known = {
        name: {v.name for v in one.variables}
        for name, one in (read_datasets("carnet.sdtm") | DATASETS).items()
    }
    for row in named():
        asked = [*row["columns"].split(), *row["order"].split()]
        asked += [
            name
            for part in filter(None, row["filter"].split(";"))
            for name in part.partition("=")[0].split("|")
        ]
        assert set(asked) <= known[row["dataset"]], row["number"]
        assert row["absent"].endswith("."), row["number"]
        assert row["title_zh"], row["number"]
    assert len({row["number"] for row in named()}) == len(named())


def test_records_are_chosen_and_ordered() -> None:
    """The serious ones; all of them by patient and day, an empty cell a dash."""
    found = {exhibit.number: exhibit for exhibit in listings({"adae": ADAE}).exhibits}
    every = [row.cells for row in found["16.2.7.1"].tables[0].rows]
    assert [cells[1] for cells in every] == ["Sepsis", "Rash", "CRS"]
    assert every[1][3] == "–"
    assert [row.cells[1] for row in found["16.2.7.2"].tables[0].rows] == ["Sepsis"]
    assert found["16.2.7.6"].absent == "No data: there is no ADSL."


def test_an_empty_listing_says_why() -> None:
    none = ADAE.filter(pl.col("AESER") == "N")
    found = {exhibit.number: exhibit for exhibit in listings({"adae": none}, whole=False).exhibits}
    assert found["16.2.7.2"].notes == ("No serious adverse event.",)
    assert "16.2.7.1" not in found


def test_any_of_several_columns_may_hold() -> None:
    grades = pl.DataFrame({"L": ["3", "1", None], "H": [None, "4", "2"]})
    assert grades.filter(*_conditions("L|H=3|4", grades.columns)).height == 2
