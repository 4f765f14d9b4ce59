"""Treatment emergence from complete and partial dates."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.safety.emergence import emergent
from conftest import read_table

ADMIRAL = {"initial": "AEITOXGR", "worst": "AETOXGR"}


def flags(text: str, **settings: object) -> None:
    """Check a table: dates and grades of an event, and whether it is emergent (no, possible, certain)."""
    header, cells = read_table(text)
    rows = pl.DataFrame(
        {name: [row[i] or None for row in cells] for i, name in enumerate(header)},
        schema=dict.fromkeys(header, pl.String),
    )
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(n) for n in ("AESTDTC", "AEENDTC") if n not in header
    )
    done = emergent(rows, "TRTSDTM", **settings)
    for given, possible, certain in zip(
        rows.rows(named=True), done["TRTEMFL"], done["TRTEMCFL"], strict=True
    ):
        said = {(None, None): "no", ("Y", None): "possible", ("Y", "Y"): "certain"}[possible, certain]
        assert said == given["emergent"], given


def test_dates_that_contradict_each_other_rule_nothing_out():
    """An event that ends before it starts may be emergent and is never certainly so, until its query is answered."""
    flags("""
        AESTDTC    | AEENDTC    | TRTSDTM          | emergent
        2025-03    | 2025-02-16 | 2025-03-10T09:00 | possible
        2025-04-01 | 2025-02-16 | 2025-03-10T09:00 | possible
        2025-02-01 | 2025-01-16 | 2025-03-10T09:00 | possible
        2025-01-01 | 2025-01-16 | 2025-03-10T09:00 | no
    """)


def test_by_the_start():
    """On or after the treatment; of a partial date, where its unknown part allows it."""
    flags("""
        AESTDTC          | TRTSDTM          | emergent
        2025-03-01T09:00 | 2025-03-01T09:00 | certain
        2025-03-01T10:00 | 2025-03-01T09:00 | certain
        2025-03-01T08:30 | 2025-03-01T09:00 | no
        2025-03-01       | 2025-03-01T09:00 | possible
        2025-02-28       | 2025-03-01T09:00 | no
        2025-03-02       | 2025-03-01T09:00 | certain
        2025-03          | 2025-03-01T09:00 | possible
        2025-04          | 2025-03-01T09:00 | certain
        2025-02          | 2025-03-01T09:00 | no
        2025             | 2025-03-01T09:00 | possible
        2024             | 2025-03-01T09:00 | no
        2026             | 2025-03-01T09:00 | certain
                         | 2025-03-01T09:00 | possible
        # the day of the treatment alone is known
        2025-03-01T10:00 | 2025-03-01       | possible
        2025-03-02       | 2025-03-01       | certain
        # never treated
        2025-03-02       |                  | no
    """)


def test_what_surely_ended_before_is_not_emergent():
    flags("""
        AESTDTC | AEENDTC          | TRTSDTM          | emergent
                | 2025-02-28       | 2025-03-01T09:00 | no
                | 2025-03-01       | 2025-03-01T09:00 | possible
        2025    | 2025-02          | 2025-03-01T09:00 | no
        2025    | 2025-03          | 2025-03-01T09:00 | possible
        2025    | 2025-03-01T08:59 | 2025-03-01T09:00 | no
    """)


def test_by_a_grade_that_grew():
    """Without dates of the grades, worse than at first may be worse after treatment; an end before it rules it out."""
    flags("""
        AESTDTC    | AEENDTC    | AEITOXGR | AETOXGR | TRTSDTM          | emergent
        2025-02-01 |            | 1        | 2       | 2025-03-01T09:00 | possible
        2025-02-01 |            | 2        | 2       | 2025-03-01T09:00 | no
        2025-02-01 |            |          | 3       | 2025-03-01T09:00 | no
        2025-02-01 | 2025-02-20 | 1        | 3       | 2025-03-01T09:00 | no
        2025-03-02 |            | 2        | 2       | 2025-03-01T09:00 | certain
    """, **ADMIRAL)  # fmt: skip


def test_by_the_history_of_its_grades():
    """Above every grade before: a return to an old grade is none."""
    flags("""
        AESTDTC    | AEGRHIST                              | TRTSDTM          | emergent
        2025-02-01 | 1 2025-02-01; 2 2025-03-04            | 2025-03-01T09:00 | certain
        2025-02-01 | 1 2025-02-01; 2 2025-02-20            | 2025-03-01T09:00 | no
        2025-02-01 | 2 2025-02-01; 1 2025-02-20; 2 2025-03-04 | 2025-03-01T09:00 | no
        2025-02-01 | 1 2025-02-01; 2 2025-03-01            | 2025-03-01T09:00 | possible
        2025-02-01 | 1 2025-02-01; 2 2025-03               | 2025-03-01T09:00 | possible
        2025-02-01 | 3 2025-02-01; 2 2025-03-04            | 2025-03-01T09:00 | no
        2025-02-01 |                                       | 2025-03-01T09:00 | no
    """, history="AEGRHIST")  # fmt: skip


def test_not_after_the_last_day_that_counts():
    flags("""
        AESTDTC    | AEGRHIST                   | TRTSDTM          | SAFEDT     | emergent
        2025-03-02 |                            | 2025-03-01T09:00 | 2026-03-01 | certain
        2026-03-01 |                            | 2025-03-01T09:00 | 2026-03-01 | certain
        2026-03-02 |                            | 2025-03-01T09:00 | 2026-03-01 | no
        2026-03    |                            | 2025-03-01T09:00 | 2026-03-01 | possible
        2025-02-01 | 1 2025-02-01; 2 2026-04-01 | 2025-03-01T09:00 | 2026-03-01 | no
        2026-03-02 |                            | 2025-03-01T09:00 |            | certain
    """, until="SAFEDT", history="AEGRHIST")  # fmt: skip


def test_two_treatments_side_by_side():
    """Emergent since Flu/Cy and since the first infusion; dates may be dates or moments."""
    rows = pl.DataFrame(
        {"AESTDTC": ["2025-02-25", "2025-03-01", "2025-03-01T11:00"], "AEENDTC": [None] * 3,
         "TRTSDT": [date(2025, 2, 24)] * 3, "CARSDTM": [datetime(2025, 3, 1, 10)] * 3},
        schema_overrides={"AEENDTC": pl.String},
    )  # fmt: skip
    rows = emergent(rows, "TRTSDT")
    rows = emergent(rows, "CARSDTM", flag="CARTEMFL", certain="CARTEMCF")
    assert rows["TRTEMFL"].to_list() == rows["TRTEMCFL"].to_list() == ["Y"] * 3
    assert rows["CARTEMFL"].to_list() == [None, "Y", "Y"]
    assert rows["CARTEMCF"].to_list() == [None, None, "Y"]


def test_certain_is_always_possible():
    texts = [
        None,
        "2024",
        "2025",
        "2025-02",
        "2025-03",
        "2025-03-01",
        "2025-03-01T09:00",
        "2025-03-02",
        "2026",
    ]
    rows = pl.DataFrame(
        [(a, b, c) for a in texts for b in texts for c in texts],
        schema=["AESTDTC", "AEENDTC", "TRTSDTM"],
        orient="row",
    )
    done = emergent(rows, "TRTSDTM")
    assert len(done.filter(pl.col("TRTEMCFL") == "Y", pl.col("TRTEMFL").is_null())) == 0
    assert done.filter(pl.col("TRTSDTM").is_null())["TRTEMFL"].null_count() == 81


def test_a_flag_that_is_there_is_not_overwritten():
    with pytest.raises(InputError, match="TRTEMFL"):
        emergent(
            pl.DataFrame({"AESTDTC": ["2025"], "AEENDTC": ["2025"], "TRTSDTM": ["2025"], "TRTEMFL": ["Y"]}),
            "TRTSDTM",
        )
