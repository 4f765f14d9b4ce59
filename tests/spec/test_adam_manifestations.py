"""What a SLEDAI-2K item counts as, from the form, the date last present, the attribution and the values."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from carnet.adam import evidence, intake
from carnet.adam.evidence import SCHEMA
from carnet.adam.manifestations import present
from carnet.core.partial_date import date_range
from conftest import read_table

DAY = date(2025, 4, 7)
TREATED = date(2025, 3, 5)
WORDS = {"present": True, "absent": False, "": None}


def judge(table: str, window: int, item: str = "sledai_rash", when: date = DAY, qualifies: str = "") -> None:
    """Hold each row of the table against what `present` says; `value` is a value of the day before."""
    header, cells = read_table(table)
    rows = [dict(zip(header, row, strict=True)) for row in cells]
    frame = pl.DataFrame(
        {
            "USUBJID": [str(number) for number in range(len(rows))],
            "VISITNUM": 19.0,
            "date": when,
            "item": [row.get("item") or item for row in rows],
            "RSSEQ": 1,
            "answer": [WORDS[row["answer"]] for row in rows],
            "last": [row.get("last") or None for row in rows],
            "due": [row.get("due") or None for row in rows],
            "TRTSDT": TREATED,
        },
        schema_overrides={"answer": pl.Boolean, "last": pl.String, "due": pl.String, "date": pl.Date},
    )
    first, latest = (moment.dt.date() for moment in date_range(pl.col("last")))
    frame = frame.with_columns(last_from=first, last_to=latest)
    found = pl.DataFrame(
        [
            {
                "USUBJID": str(n),
                "item": row.get("item") or item,
                "order": 1,
                "test": "WBC",
                "date": when,
                "qualifies": row["value"] == "yes",
            }
            for n, row in enumerate(rows)
            if row.get("value")
        ],
        schema=SCHEMA,
    )
    got = present(frame, found, window, 3, "here")["here"].to_list()
    for row, verdict in zip(rows, got, strict=True):
        want = {"yes": True, "no": False, "unknown": None}[row["counts"]]
        assert verdict is want, f"{row}: {verdict}"


def test_ten_days_are_the_primary_look_back():
    """A manifestation counts that was last present ten days before the assessment, not eleven."""
    judge(
        """
        answer  | last       | counts
        present |            | yes
        absent  |            | no
                |            | unknown
        present | 2025-04-07 | yes
        absent  | 2025-03-28 | yes
        absent  | 2025-03-27 | no
        present | 2025-03-27 | no
        absent  | 2025-03    | unknown
        absent  | 2025-02    | no
                | 2025-04-01 | yes
                | 2025-03-01 | unknown
    """,
        window=10,
    )


def test_thirty_days_are_the_sensitivity():
    """The same dates over thirty days."""
    judge(
        """
        answer  | last       | counts
        absent  | 2025-03-28 | yes
        absent  | 2025-03-08 | yes
        absent  | 2025-03-07 | no
        absent  | 2025-03    | unknown
        absent  | 2025-04    | yes
    """,
        window=30,
    )


def test_a_count_after_lymphodepletion_needs_an_attribution():
    """Flu/Cy makes leukopenia: a value that qualifies is lupus only where somebody says so."""
    judge(
        """
        answer  | value | due        | counts
        absent  | yes   |            | unknown
        present |       |            | unknown
        present | yes   | NOT JUDGED | unknown
        present | yes   | LUPUS      | yes
        absent  | yes   | LUPUS      | yes
        present | yes   | DRUG       | no
        absent  | yes   | INFECTION  | no
        absent  | no    |            | no
        absent  |       |            | no
        absent  |       | LUPUS      | no
                | no    |            | no
                | yes   |            | unknown
                |       |            | unknown
    """,
        window=10,
        item="sledai_leukopenia",
    )


def test_before_lymphodepletion_the_answer_stands():
    """At baseline the physician's mark includes the attribution."""
    judge(
        """
        answer  | value | due  | counts
        present | yes   |      | yes
        present |       |      | yes
        absent  | yes   |      | no
    """,
        window=10,
        item="sledai_leukopenia",
        when=date(2025, 3, 4),
    )


def test_serology_that_nobody_marked_follows_its_values():
    """Antibodies need no attribution; protein in urine does where it is high."""
    judge(
        """
        item              | answer  | value | counts
        sledai_anti_dsdna |         | yes   | yes
        sledai_anti_dsdna |         | no    | no
        sledai_anti_dsdna | absent  | yes   | no
        sledai_proteinuria|         | yes   | unknown
        sledai_arthritis  |         |       | unknown
    """,
        window=10,
    )


@pytest.mark.parametrize(
    ("c3", "c4", "verdict"),
    [(True, True, True), (True, None, True), (False, False, False), (False, None, None), (None, None, None)],
)
def test_one_low_complement_decides(c3, c4, verdict):
    """C3 normal with C4 missing says nothing."""
    rows = [("C3", c3), ("C4", c4)]
    found = pl.DataFrame(
        [("1", "sledai_low_complement", 1, test, DAY, low) for test, low in rows if low is not None],
        schema=SCHEMA,
        orient="row",
    )
    when = pl.DataFrame({"USUBJID": ["1"], "TRTSDT": [TREATED], "date": [DAY]})
    got = evidence.at(when, found, 10, 3)
    assert (got["value"].to_list() or [None]) == [verdict]


def test_a_whole_collection_prevails_over_the_ratio():
    """Where 24 hours were collected the ratio does not count."""
    rows = [("sledai_proteinuria", 1, "PROTEXR", False), ("sledai_proteinuria", 2, "PROTCRT", True)]
    found = pl.DataFrame([("1", i, o, t, DAY, q) for i, o, t, q in rows], schema=SCHEMA, orient="row")
    when = pl.DataFrame({"USUBJID": ["1"], "TRTSDT": [TREATED], "date": [DAY]})
    assert evidence.at(when, found, 10, 3)["value"].to_list() == [False]


def test_values_do_not_cross_the_first_treatment():
    """A count of day -4 says nothing of the baseline two days before."""
    found = pl.DataFrame(
        [("1", "sledai_leukopenia", 1, "WBC", date(2025, 3, 6), True)], schema=SCHEMA, orient="row"
    )
    when = pl.DataFrame({"USUBJID": ["1"], "TRTSDT": [TREATED], "date": [date(2025, 3, 4)]})
    assert evidence.at(when, found, 10, 3).is_empty()


@pytest.mark.parametrize(
    ("value", "unit", "qualifies"),
    [
        (3.0, "10^9/L", False),
        (2.99, "10^9/L", True),
        (2990, "/uL", True),
        (3000, "/uL", False),
        (2.0, "furlong", None),
    ],
)
def test_the_limit_itself_does_not_count(value, unit, qualifies):
    """White cells below 3 x 10^9/L, in whatever unit they come; an unknown unit says nothing."""
    lb = pl.DataFrame(
        {
            "USUBJID": ["1"],
            "LBTESTCD": ["WBC"],
            "LBCAT": ["HEMATOLOGY"],
            "LBSTRESN": [float(value)],
            "LBSTRESU": [unit],
            "LBDTC": ["2025-04-07"],
            "LBSTRESC": [""],
            "LBSEQ": [1],
            "LBSTNRLO": [4.0],
            "LBSTNRHI": [10.0],
        }
    )
    got = (
        evidence.values(intake.read({"dm": {"USUBJID": ["1"]}, "lb": lb}))
        .filter(pl.col("item") == "sledai_leukopenia")["qualifies"]
        .to_list()
    )
    assert got == ([] if qualifies is None else [qualifies])


def test_urine_and_blood_are_told_apart():
    """White cells in urine are pyuria, not leukopenia."""
    lb = pl.DataFrame(
        {
            "USUBJID": ["1"],
            "LBTESTCD": ["WBC"],
            "LBCAT": ["URINALYSIS"],
            "LBSPEC": ["URINE SEDIMENT"],
            "LBSTRESN": [2.0],
            "LBSTRESU": ["/HPF"],
            "LBDTC": ["2025-04-07"],
            "LBSTRESC": [""],
            "LBSEQ": [1],
            "LBSTNRLO": [0.0],
            "LBSTNRHI": [5.0],
        }
    )
    got = evidence.values(intake.read({"dm": {"USUBJID": ["1"]}, "lb": lb}))
    assert got.select("item", "qualifies").rows() == [("sledai_pyuria", False)]
