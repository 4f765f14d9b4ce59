# ruff: noqa: E501  (tables are wide)
"""The instruments against plain decimal judges, over every completion of what is unknown."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.instruments import SLEDAI2K
from carnet.instruments.bilag2004 import COMPARED, ITEMS, MEASURED, SYSTEMS, bilag2004
from carnet.instruments.level import GRADES
from carnet.instruments.sledai2k import ITEMS as SLEDAI_ITEMS
from oracles import bilag2004 as oracle

ORDINAL = st.sampled_from([0, 0, 0, 1, 2, 3, 4])
YES = st.sampled_from([False, False, True])
SPREAD: dict[str, list[Any]] = {
    "systolic_bp": [120, 140, 141, 169, 170, 171], "diastolic_bp": [80, 90, 91, 104, 105],
    "urine_dipstick_protein": [0, 1, 2, 3],
    "uacr": [None, 24, 25, 26, 49.9, 50, 75, 100, 100.1, 200], "upcr": [None, 25, 25.5, 49.9, 50, 75, 100, 100.5, 150],
    "urine_protein_24h": [None, 0.2, 0.25, 0.26, 0.49, 0.5, 0.75, 1, 1.01, 4],
    "creatinine": [80, 115, 130, 130.5, 143, 149.5, 169, 169.1, 500], "gfr": [None, 20, 40, 49.9, 50, 53.6, 67, 79.9, 80],
    "haemoglobin": [7.9, 8, 8.9, 9, 9.9, 10, 10.9, 11, 14], "white_cell_count": [0.9, 1, 1.9, 2, 3.9, 4, 7],
    "neutrophils": [0.4, 0.5, 0.9, 1, 1.9, 2, 4], "lymphocytes": [0.9, 1, 2], "platelets": [24, 25, 49, 50, 149, 150, 300],
}  # fmt: skip
BEFORE: dict[str, list[Any]] = {
    "systolic_bp": [None, 110, 140], "diastolic_bp": [None, 70, 90], "urine_dipstick_protein": [None, 0, 1, 2, 3],
    "uacr": [None, 50, 100, 133.4], "upcr": [None, 100, 200], "urine_protein_24h": [None, 1, 2],
    "creatinine": [None, 100, 115, 130], "gfr": [None, 50, 60, 80, 100],
}  # fmt: skip


def keys(system: str) -> list[str]:
    return [item.id.removeprefix("bilag_") for item in ITEMS if system in item.groups]


def answer(key: str) -> st.SearchStrategy[Any]:
    if key in oracle.YES:
        return YES
    return st.sampled_from(SPREAD[key]) if key in SPREAD else ORDINAL


@st.composite
def assessments(draw: st.DrawFn, system: str) -> dict[str, Any]:
    """Draw a system's answers with a few of them unknown, earlier values, attributions and history."""
    values = {key: draw(answer(key)) for key in keys(system)}
    for key in draw(st.sets(st.sampled_from(sorted(values)), max_size=4)):
        values[key] = None
    measured = [key for key in values if key in SPREAD]
    due = dict.fromkeys(measured, True)
    for key in draw(st.sets(st.sampled_from(measured), max_size=2)) if measured else ():
        due[key] = draw(st.sampled_from([False, None]))
    previous = {key: draw(st.sampled_from(BEFORE[key])) for key in measured if key in BEFORE}
    return {
        "values": values,
        "previous": previous,
        "due": due,
        "ever": draw(st.sampled_from([None, True, False])),
    }


INDEX = {name: bilag2004(haematology=name) for name in ("H-haemolysis", "H-counts")}


def bounds(
    system: str, cases: list[dict[str, Any]], haematology: str = "H-haemolysis"
) -> list[tuple[str, str]]:
    """Return the best and the worst grade of one system for each assessment."""
    ends = [f"bilag_{system}_best", f"bilag_{system}_worst"]
    index = INDEX[haematology]
    alone = replace(index, scores=tuple(score for score in index.scores if score.id in ends))
    return alone.score(frame(system, cases)).select(ends).rows()


def frame(system: str, cases: list[dict[str, Any]]) -> pl.DataFrame:
    """Return the assessments as a table; an item never asked is a column of nulls."""
    columns: dict[str, list[Any]] = {}
    for case in cases:
        row = {f"bilag_{k}": v for k, v in case["values"].items()}
        row |= {f"bilag_{k}_prev": v for k, v in case["previous"].items()}
        row |= {f"bilag_{k}_due": v for k, v in case["due"].items()}
        row[f"bilag_{system}_ever"] = case["ever"]
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return pl.DataFrame(columns, strict=False, infer_schema_length=None)


@pytest.mark.parametrize(
    ("system", "haematology"), [(s, "H-haemolysis") for s in SYSTEMS] + [("haematological", "H-counts")]
)
@settings(max_examples=10)
@given(data=st.data())
def test_bounds_are_those_of_every_completion(system: str, haematology: str, data: st.DataObject) -> None:
    """Best and worst are reached by some completion and passed by none."""
    cases = data.draw(st.lists(assessments(system), min_size=10, max_size=16))
    for case, ends in zip(cases, bounds(system, cases, haematology), strict=True):
        wanted = oracle.bounds(
            system, case["values"], case["previous"], case["due"], case["ever"], haematology
        )
        assert ends == wanted, case


@pytest.mark.parametrize("system", ["constitutional", "ophthalmic", "renal", "haematological"])
@settings(max_examples=6)
@given(data=st.data())
def test_filling_in_never_leaves_the_bounds(system: str, data: st.DataObject) -> None:
    """What is learned of a missing answer narrows the grade; one that was certain stays."""
    cases = data.draw(st.lists(assessments(system), min_size=4, max_size=8))
    fuller = []
    for case in cases:
        possible = list(islice(oracle.completions(system, case["values"], case["due"]), 300))
        values, due = data.draw(st.sampled_from(possible))
        fuller.append({**case, "values": values, "due": {key: due[key] for key in case["due"]}})
    for before, after in zip(bounds(system, cases), bounds(system, fuller), strict=True):
        best, worst, now_best, now_worst = (GRADES.index(grade) for grade in (*before, *after))
        assert best >= now_best >= now_worst >= worst


@settings(max_examples=10)
@given(data=st.data())
def test_a_manifestation_never_improves_a_grade(data: st.DataObject) -> None:
    """Raising one symptom, or answering one yes/no item with yes, leaves every bound where it was or worse."""
    for system in ("renal", data.draw(st.sampled_from(SYSTEMS))):
        cases = data.draw(st.lists(assessments(system), min_size=6, max_size=10))
        more = [{**case, "values": dict(case["values"])} for case in cases]
        for case in more:
            key = data.draw(st.sampled_from([k for k in case["values"] if k not in SPREAD]))
            now = case["values"][key]
            case["values"][key] = True if key in oracle.YES else {None: 4, 0: 1, 1: 2}.get(now, now)
        for before, after in zip(bounds(system, cases), bounds(system, more), strict=True):
            for was, now in zip(before, after, strict=True):
                assert GRADES.index(now) <= GRADES.index(was)


def test_everything_unknown_has_no_grade_and_the_widest_bounds() -> None:
    scored = bilag2004().score({"patient": ["01"]})
    for system in SYSTEMS:
        row = scored.select(f"bilag_{system}", f"bilag_{system}_best", f"bilag_{system}_worst").row(0)
        assert row == (None, "E", "A")
    assert scored["bilag_total"].to_list() == [None]


def test_every_measured_item_can_be_attributed_and_every_renal_one_compared() -> None:
    """The form has thirteen values with a box for attribution; eight of them are compared with the one before."""
    assert {item.id.removeprefix("bilag_") for item in MEASURED} == set(SPREAD)
    assert {item.id.removeprefix("bilag_") for item in COMPARED} == set(BEFORE)


@given(
    st.lists(
        st.lists(st.sampled_from([True, False, None]), min_size=24, max_size=24), min_size=1, max_size=20
    ),
    st.integers(0, 23),
)
def test_sledai_holds_between_its_bounds(rows: list[list[bool | None]], added: int) -> None:
    """Any completion lies within the bounds, both ends are reached, and a manifestation never lowers the total."""
    names = [item.id for item in SLEDAI_ITEMS]

    def score(filled: list[list[bool | None]]) -> pl.DataFrame:
        return SLEDAI2K.score(pl.DataFrame(filled, schema=dict.fromkeys(names, pl.Boolean), orient="row"))

    scored = score(rows)
    all_absent, all_present = (
        score([[end if answer is None else answer for answer in row] for row in rows])
        for end in (False, True)
    )
    for name in ("sledai2k", "sledai2k_clinical"):
        assert scored[f"{name}_min"].to_list() == all_absent[name].to_list()
        assert scored[f"{name}_max"].to_list() == all_present[name].to_list()
        assert scored[name].dtype == pl.Int64
        one_more = score([[*row[:added], True, *row[added + 1 :]] for row in rows])
        assert (one_more[f"{name}_min"] >= scored[f"{name}_min"]).all()
    known = [None not in row for row in rows]
    assert scored["sledai2k"].is_not_null().to_list() == known
