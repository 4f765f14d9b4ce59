"""The table of CTCAE v5.0 itself: its intervals tile the line, and its numbers are those of the reference."""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from carnet.core.source import read_sources
from carnet.safety import reading
from carnet.safety.interval import REFERENCES, conditions, intervals

EXCEPTIONS = Path(__file__).parent / "ctcae_exceptions.csv"
"""Where the printed text forces a gap or an overlap, or a difference from the reference: rule by rule, with why."""


def excepted(kind):
    """Return the rules that are exceptions of a kind (differs, closed, overlap)."""
    with EXCEPTIONS.open(encoding="utf-8", newline="") as file:
        return {row["rule"] for row in csv.DictReader(file) if row["kind"] == kind}


PATIENTS = [
    {age, status, visit, state}
    for age in ("adult", "child")
    for status in ("baseline_high", "baseline_low", "baseline_normal")
    for visit in ("first_test", "follow_up")
    for state in ("well", "ill")
]
"""Every kind of patient that a gate tells apart; of the ill every clinical fact holds, of the well none."""

OPPOSITE = {"asymptomatic", "no_consequences", "on_exertion", "up_to_24h"}
"""Remarks that a clinical fact of the same ladder contradicts."""


def open_to(row, patient) -> bool:
    """Whether the gates of an interval let such a patient through."""
    if "well" in patient and row.said("fact"):
        return False
    for code in row.condition:
        if code.startswith("baseline_not_"):
            if code.replace("not_", "") in patient:
                return False
        elif (
            code in {"adult", "child", "baseline_high", "baseline_low", "first_test", "follow_up"}
            and code not in patient
        ):
            return False
    return True


def ladders(patient):
    """Return the intervals that follow one another for a patient: one term, test, unit and way of counting."""
    found = defaultdict(list)
    for row in intervals():
        if open_to(row, patient):
            found[row.term, row.test, row.unit, row.near.of_baseline].append(row)
    for key, rows in found.items():
        if any(row.said("fact") for row in rows):
            rows = [row for row in rows if not OPPOSITE & set(row.condition)]
        sign = -1 if rows[0].direction == "L" else 1
        found[key] = sorted(rows, key=lambda row: (row.grade, sign * row.near.number))
    return found


@pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: " ".join(sorted(patient)))
def test_the_grades_of_each_ladder_tile_the_line_without_gap_or_overlap(patient):
    """Where an interval ends the next begins, the boundary standing in one of them; the last has no end."""
    checked = 0
    for rows in ladders(patient).values():
        for below, above in pairwise(rows):
            if above.rule in excepted("overlap"):
                continue
            assert below.far is not None, f"{below.rule} has no end, though {above.rule} follows"
            assert (below.far.number, below.far.reference) == (above.near.number, above.near.reference), (
                above.rule
            )
            assert below.far.included is not above.near.included, (
                f"{above.rule}: the boundary stands in both or none"
            )
            checked += 1
        if rows[-1].far is not None:
            assert rows[-1].rule in excepted("closed") or "child" in patient, rows[-1].rule
    assert checked > 120


def test_every_exception_is_one():
    """A rule that tiles like the others does not stand in the table of exceptions."""
    overlaps, closed = set(), set()
    for patient in PATIENTS:
        for rows in ladders(patient).values():
            for below, above in pairwise(rows):
                if below.far is None or below.far.number != above.near.number:
                    overlaps.add(above.rule)
            if rows[-1].far is not None:
                closed.add(rows[-1].rule)
    assert overlaps == excepted("overlap")
    assert excepted("closed") <= closed


def test_every_bound_cites_its_source():
    assert {row.source for row in intervals()} <= set(read_sources())


def test_each_interval_has_its_severe_end_beyond_its_normal_one():
    for row in intervals():
        near, far = row.near, row.far
        if far is not None and near.reference == far.reference:
            assert (far.number < near.number) == (row.direction == "L"), row.rule


def test_a_fact_raises_a_grade_that_the_numbers_leave_lower():
    """An interval that needs a clinical fact never stands alone below what the numbers give."""
    for row in intervals():
        assert row.near.reference in REFERENCES
        assert set(row.condition) <= set(conditions())
        if row.confirm:
            assert not row.said("fact"), row.rule


def test_every_test_of_the_table_is_named_once_and_has_a_specimen():
    assert {row.test for row in intervals()} == {test.test for test, _ in reading.tests().values()}
    assert {test.specimen for test, _ in reading.tests().values()} <= {*reading.specimens().values(), "any"}


def test_every_ladder_with_a_printed_unit_has_the_unit_that_others_convert_to():
    known = {test.test: test for test, _ in reading.tests().values()}
    for test, terms in reading.rungs().items():
        for term, by_unit in terms.items():
            if "" not in by_unit:
                assert known[test].unit in by_unit, f"{term} by {test}"


def test_the_numbers_are_those_of_the_reference(shared):
    references = {"LLN-": "LLN +", "ULN+": "ULN +", "Baseline+": "baseline +", "xLLN": "x LLN", "xULN": "x ULN",
                  "xBaseline": "x baseline", "pctBaseline": "% baseline", "absolute": "absolute"}  # fmt: skip
    ours, differs = {row.rule: row for row in intervals()}, excepted("differs")
    with (shared / "reference" / "ctcae_v5_grading.csv").open(encoding="utf-8", newline="") as file:
        reference = list(csv.DictReader(file))
    assert len(reference) == 337
    for row in reference:
        mine = ours.pop(row["rule_id"])
        same = ("term", "ctcae_term", "meddra_code", "soc", "direction", "test", "evidence")
        if mine.rule in {"R147", "R149"}:
            same = same[:-1]
        assert tuple(getattr(mine, name) for name in same) == tuple(row[name] for name in same), mine.rule
        assert (mine.unit or "any", mine.grade) == (row["unit"], int(row["grade"])), mine.rule
        for end, bound in (("lower", mine.lower), ("upper", mine.upper)):
            if mine.rule in differs:
                continue
            if not row[end]:
                assert bound is None, mine.rule
                continue
            told = (float(row[end]), row[f"{end}_inclusive"] == "Y", references[row[f"{end}_ref"]])
            assert (bound.number, bound.included, bound.reference) == told, mine.rule
    assert sorted(ours) == ["R338", "R339"]  # beyond the 99th percentile


@pytest.mark.parametrize("name", ["OXYSAT", "GFRE", "PROTCRT", "PROTEXR", "LIPASET", "CA", "ANC", "QTCFAG"])
def test_cdisc_codes_stand_beside_those_of_the_table(name):
    assert name in reading.tests()
