# ruff: noqa: E501  (tables are wide)
"""BILAG-2004: which earlier value a measured one is compared with."""

from __future__ import annotations

import polars as pl

from carnet.instruments.bilag2004 import bilag2004
from carnet.study.visit_frame import once_involved, with_history
from conftest import read_table

QUIET = {
    "bilag_systolic_bp": 120, "bilag_diastolic_bp": 75, "bilag_accelerated_hypertension": False,
    "bilag_nephrotic_syndrome": False, "bilag_active_urinary_sediment": False, "bilag_active_nephritis": False,
    "bilag_creatinine": 70,
}  # fmt: skip


def grades(table: str, **settings: str) -> None:
    """Hold the renal grade of each row of one patient's visits against the table."""
    header, cells = read_table(table)
    rows = pl.DataFrame({name: [row[i] for row in cells] for i, name in enumerate(header)}).with_columns(
        subject=pl.lit("1001"), **{name: pl.lit(value) for name, value in QUIET.items()}
    )
    index = bilag2004(**settings)
    compared = {name: index.parameters[name] for name in ("previous", "comparator")}
    names = [item.id for item in index.inputs.items]
    made = with_history(rows.drop("grade"), names, "subject", "day", compared=compared)
    assert index.score(made)["bilag_renal"].to_list() == rows["grade"].to_list()


def test_the_previous_value_is_that_of_the_assessment_before():
    """Compared with the assessment before, not with the first: slow falls of a tenth never improve."""
    grades("""
        day | bilag_upcr | bilag_upcr_due | grade
        0   | 200        | Y              | B
        28  | 170        | Y              | B
        60  | 145        | Y              | B
        90  | 108.75     | Y              | C
        120 | 109        | Y              | B
    """)


def test_an_older_value_stands_in_for_a_missing_one():
    """Where the assessment before lacks the value the last one known counts, whatever its age, or none if the study says so."""
    grades("""
        day | bilag_upcr | bilag_urine_protein_24h | bilag_upcr_due | grade
        0   | 200        |                         | Y              | B
        28  | ND         | 0.1                     | Y              | E
        60  | 150        |                         | Y              | C
    """)
    grades(
        """
        day | bilag_upcr | bilag_urine_protein_24h | bilag_upcr_due | grade
        0   | 200        |                         | Y              | B
        28  | ND         | 0.1                     | Y              | E
        60  | 150        |                         | Y              | B
    """,
        previous="last assessment",
    )


def test_a_value_not_due_to_lupus_is_still_compared_with():
    """It is a measurement and no finding; `comparator = due` passes over it."""
    grades("""
        day | bilag_upcr | bilag_upcr_due | grade
        0   | 100        | Y              | B
        28  | 400        | N              | E
        60  | 300        | Y              | C
    """)
    grades(
        """
        day | bilag_upcr | bilag_upcr_due | grade
        0   | 100        | Y              | B
        28  | 400        | N              | E
        60  | 300        | Y              | B
    """,
        comparator="due",
    )


def test_a_system_once_involved_is_never_again_e():
    """An earlier grade of the same patient is a record of involvement, whatever the order of the rows in the file."""
    header, cells = read_table("""
        patient | day | bilag_renal_ever | bilag_upcr | bilag_haemoglobin | renal | haematological | overall
        1       | 100 |                  | 10         | 13                | D     | D              | D
        1       | 9   |                  | 10         | 13                | D     | E              | D
        1       | 0   |                  | 60         | 13                | B     | E              | B
        1       | 28  | N                | 10         | 9                 | D     | C              | C
        2       | 0   |                  | 10         | 13                | E     | E              | E
        2       | 28  | Y                | 10         | 13                | D     | E              | D
        2       | 60  |                  | 10         | 13                | D     | E              | D
        3       | 0   |                  | ND         | ND                | E     | E              | E
    """)
    rows = pl.DataFrame({name: [row[i] for row in cells] for i, name in enumerate(header)}).with_columns(
        **{name: pl.lit(value) for name, value in QUIET.items()}
    )
    graded = bilag2004().score(rows.drop("renal", "haematological", "overall"))
    placed = graded.with_columns(pl.col("day").cast(pl.Int64))
    done = once_involved(placed, "patient", "day")
    for name, found in {
        "renal": "bilag_renal", "haematological": "bilag_haematological_best", "overall": "bilag_overall_best",
    }.items():  # fmt: skip
        assert done[found].to_list() == rows[name].to_list()
