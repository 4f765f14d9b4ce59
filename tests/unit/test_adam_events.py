"""Adverse events as analysed: dates that are incomplete, emergence, relatedness, first occurrences, periods."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from adam_tables import Trial, on
from carnet import adam
from carnet.study import read

STUDY = read()
LD = on(-5)  # 2025-03-05, 09:00
CELLS = on(0)  # 2025-03-10, 10:00


def events(*rows: dict[str, object], end: int = 400, **patient: object) -> pl.DataFrame:
    """Return ADAE of one patient with these events, in their order; the data end on that day."""
    trial = Trial().patient(**patient)
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(end))
    trial.add("sv", VISITNUM=26.0, VISIT="Month 12", SVSTDTC=on(min(end, 372)))
    for row in rows:
        extra = {
            name: str(row.pop(name)) for name in list(row) if not name.startswith("AE") or name in QUALIFIERS
        }
        seq = trial.add("ae", **({"AETERM": "X", "AEDECOD": "X", "AESOC": "S", "AESER": "N"} | row))
        for name, value in extra.items():
            trial.qualify("ae", "1", seq, name, value)
    return adam.derive(STUDY, trial.tables())["adae"].sort("AESEQ")


QUALIFIERS = {"AERELLD", "AERELCAR", "AEGRHIST", "AESI", "AEDLT"}


@pytest.mark.parametrize(
    ("start", "end", "day", "flag"),
    [
        (on(3), None, date(2025, 3, 13), None),
        ("2025-03", None, date(2025, 3, 5), "D"),
        ("2025", None, date(2025, 3, 5), "M"),
        ("2025-04", None, date(2025, 4, 1), "D"),
        ("2025-02", None, date(2025, 2, 1), "D"),
        ("2025-03", "2025-03-02", date(2025, 3, 2), "D"),
        (None, None, date(2025, 3, 5), "Y"),
        (None, "2025-03-04", None, None),
        (f"{on(3)}T10:30", None, date(2025, 3, 13), None),
    ],
)
def test_an_incomplete_start_is_the_first_treatment_where_it_may_be(start, end, day, flag):
    """Else the first day that it may mean; never after the end."""
    row = events({"AESTDTC": start, "AEENDTC": end}).row(0, named=True)
    assert (row["ASTDT"], row["ASTDTF"]) == (day, flag)


@pytest.mark.parametrize(
    ("end", "day", "flag", "days"),
    [
        ("2025-03-20", date(2025, 3, 20), None, 10),
        ("2025-03", date(2025, 3, 31), "D", 21),
        ("2025", date(2025, 12, 31), "M", 296),
        (None, None, None, None),
    ],
)
def test_an_incomplete_end_is_the_last_day_that_it_may_mean(end, day, flag, days):
    """An event without an end has none."""
    row = events({"AESTDTC": on(1), "AEENDTC": end}).row(0, named=True)
    assert (row["AENDT"], row["AENDTF"], row["ADURN"]) == (day, flag, days)


def test_nothing_ends_after_death():
    """The month of death ends with it."""
    row = events({"AESTDTC": on(1), "AEENDTC": "2025-03"}, DTHDTC="2025-03-25").row(0, named=True)
    assert row["AENDT"] == date(2025, 3, 25)


@pytest.mark.parametrize(
    ("start", "end", "since_ld", "since_cells"),
    [
        ("2025-03-04", None, (None, None), (None, None)),
        ("2025-03-05", None, ("Y", None), (None, None)),
        ("2025-03-05T08:59", None, (None, None), (None, None)),
        ("2025-03-05T09:00", None, ("Y", "Y"), (None, None)),
        ("2025-03-09", None, ("Y", "Y"), (None, None)),
        ("2025-03-10", None, ("Y", "Y"), ("Y", None)),
        ("2025-03-11", None, ("Y", "Y"), ("Y", "Y")),
        ("2025-03", None, ("Y", None), ("Y", None)),
        ("2025-03", "2025-03-04", (None, None), (None, None)),
        ("2025-03", "2025-03-08", ("Y", None), (None, None)),
        (None, None, ("Y", None), ("Y", None)),
        (on(365), None, ("Y", "Y"), ("Y", "Y")),
        (on(372), None, ("Y", "Y"), ("Y", "Y")),
        (on(373), None, (None, None), (None, None)),
    ],
)
def test_emergent_is_whatever_the_dates_do_not_exclude(start, end, since_ld, since_cells):
    """Since the first Flu/Cy and, beside it, since the first infusion, to the last visit in its window."""
    row = events({"AESTDTC": start, "AEENDTC": end}).row(0, named=True)
    assert (row["TRTEMFL"], row["TRTEMCFL"]) == since_ld
    assert (row["CARTEMFL"], row["CARTEMCF"]) == since_cells


def test_without_a_late_last_visit_the_period_ends_on_day_365():
    """Here the last visit was on day 360."""
    rows = events({"AESTDTC": on(365)}, {"AESTDTC": on(366)}, end=360)
    assert rows["TRTEMFL"].to_list() == [None, None]
    assert events({"AESTDTC": on(359)}, end=360)["TRTEMFL"].to_list() == ["Y"]


@pytest.mark.parametrize(
    ("history", "emergent"),
    [
        ("1 2025-02-01; 3 2025-03-08", "Y"),
        ("3 2025-02-01; 1 2025-03-08", None),
        ("2 2025-02-01; 2 2025-03-08", None),
    ],
)
def test_an_old_event_that_grows_worse_is_emergent(history, emergent):
    """By its history of grades."""
    rows = events({"AESTDTC": "2025-02-01", "AETOXGR": "3", "AEGRHIST": history})
    assert rows["TRTEMFL"].to_list() == [emergent]


def test_causality_is_told_by_component():
    """Possible and more is related; an empty answer is related, lest it be lost."""
    rows = events(
        {"AESTDTC": on(1), "AERELLD": "UNLIKELY", "AERELCAR": "POSSIBLE"},
        {"AESTDTC": on(1), "AERELLD": "NOT RELATED", "AERELCAR": "UNLIKELY"},
        {"AESTDTC": on(1), "AERELLD": "NOT RELATED"},
    )
    assert rows.select("ARELLD", "ARELCAR", "AREL").rows() == [
        ("N", "Y", "Y"),
        ("N", "N", "N"),
        ("N", "Y", "Y"),
    ]


def test_first_and_worst_occurrences():
    """Once per patient, class and term: the first, and the first at the worst grade, among emergent events."""
    rows = events(
        {"AESTDTC": on(-20), "AEDECOD": "A", "AESOC": "S", "AETOXGR": "4", "AEENDTC": on(-19)},
        {"AESTDTC": on(1), "AEDECOD": "A", "AESOC": "S", "AETOXGR": "1"},
        {"AESTDTC": on(2), "AEDECOD": "A", "AESOC": "S", "AETOXGR": "3"},
        {"AESTDTC": on(3), "AEDECOD": "B", "AESOC": "S", "AETOXGR": "3"},
        {"AESTDTC": on(4), "AEDECOD": "C", "AESOC": "T"},
    )
    flags = {
        name: [i for i, v in enumerate(rows[name]) if v == "Y"]
        for name in rows.columns
        if name.startswith("AOCC")
    }
    assert flags == {
        "AOCCFL": [1], "AOCCSFL": [1, 4], "AOCCPFL": [1, 3, 4],
        "AOCCIFL": [2], "AOCCSIFL": [2, 4], "AOCCPIFL": [2, 3, 4],
    }  # fmt: skip
    assert rows["ATOXGRN"].to_list() == [4, 1, 3, 3, None]


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (-6, "SCREENING"), (-5, "LYMPHODEPLETION"), (-1, "LYMPHODEPLETION"), (0, "DAY 0 TO 28"), (28, "DAY 0 TO 28"),
        (29, "DAY 29 TO MONTH 3"), (91, "DAY 29 TO MONTH 3"), (92, "MONTH 3 TO 6"), (184, "MONTH 6 TO 12"),
    ],
)  # fmt: skip
def test_periods(day, phase):
    """By the day on which the event begins."""
    assert events({"AESTDTC": on(day)})["APHASE"].to_list() == [phase]


def test_special_interest_and_queries():
    """As the investigator marked it, or by the term."""
    rows = events(
        {"AESTDTC": on(1), "AESI": "CRS", "AEDECOD": "Cytokine release syndrome"},
        {"AESTDTC": on(1), "AESI": "NONE", "AEDECOD": "Headache"},
    )
    assert rows.select("AESIFL", "CQ01NAM").rows() == [("Y", "CYTOKINE RELEASE SYNDROME"), (None, None)]
