"""What holds of every criterion: filling in never overturns, rows are judged one by one, missing is unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.rule import Rule, at_least
from carnet.criteria import CRITERIA, DORIS, LLDAS, SRI4
from carnet.criteria.lldas import BEYOND, MAJOR
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.level import GRADES
from carnet.instruments.sledai2k import ITEMS
from oracles import criteria as oracle

Row = dict[str, Any]
PGA = [0, 0.1, 0.29, 0.3, 0.4, 0.49, 0.5, 0.9, 1.0, 1.01, 1.2, 2.0, 2.3, 2.7, 2.71, 2.99, 3]
DOSES = [0, 2.5, 4.9, 5, 5.1, 7.4, 7.5, 7.6, 20]
POINTS = {item.id: item.points or 0 for item in ITEMS}


def mostly(known: list[Any]) -> st.SearchStrategy[Any]:
    """Draw a value, now and then a missing one."""
    return st.one_of(*[st.sampled_from(known)] * 5, st.none())


@st.composite
def responses(draw: st.DrawFn) -> Row:
    """Draw a row for SRI: quiet organs but for a few, with bounds that hold the value where there are any."""
    row: Row = {"rescue": draw(mostly([False, False, False, True]))}
    for at in ("", "_base"):
        row[f"pga{at}"] = draw(mostly(PGA))
        ends = sorted(
            draw(st.lists(st.integers(0, 20) if not at else st.integers(0, 30), min_size=2, max_size=2))
        )
        row[f"sledai2k{at}"] = ends[0] if draw(st.booleans()) else None
        for end, value in zip(
            ("min", "max"), (ends[0], ends[0] if row[f"sledai2k{at}"] is not None else ends[1]), strict=True
        ):
            row[f"sledai2k_{end}{at}"] = draw(st.sampled_from([value, value, None]))
        for system in SYSTEMS:
            row |= {f"bilag_{system}{x}{at}": "C" for x in ("", "_best", "_worst")}
        for system in draw(st.sets(st.sampled_from(SYSTEMS), max_size=3)):
            worst, best = sorted(draw(st.lists(st.sampled_from(GRADES), min_size=2, max_size=2)))
            row[f"bilag_{system}{at}"] = draw(st.sampled_from([best, None]))
            row[f"bilag_{system}_best{at}"] = draw(st.sampled_from([best, best, None]))
            row[f"bilag_{system}_worst{at}"] = draw(st.sampled_from([worst, worst, None]))
    return row


@st.composite
def remissions(draw: st.DrawFn) -> Row:
    low, high = sorted(draw(st.lists(st.sampled_from([0, 0, 1, 4]), min_size=2, max_size=2)))
    value = low if low == high and draw(st.booleans()) else None
    return {
        "sledai2k_clinical": value,
        "sledai2k_clinical_min": draw(st.sampled_from([low, None])),
        "sledai2k_clinical_max": draw(st.sampled_from([high, None])),
        "pga": draw(mostly([0.2, 0.49, 0.5, 0.51])),
        "prednisone": draw(mostly(DOSES)),
        "stable_treatment": draw(mostly([True, True, False])),
    }


@st.composite
def low_activities(draw: st.DrawFn) -> Row:
    names = [item.id for item in (*ITEMS, *BEYOND)]
    row: Row = dict.fromkeys((*names, *(f"{name}_prev" for name in names)), False)
    for name in draw(st.sets(st.sampled_from(names), max_size=3)):
        row[name], row[f"{name}_prev"] = (draw(st.sampled_from([True, False, None])) for _ in range(2))
    row |= {"first_visit": draw(mostly([False, False, True])), "pga": draw(mostly([0.5, 1.0, 1.01]))}
    return row | {"prednisone": draw(mostly(DOSES)), "standard_treatment": draw(mostly([True, True, False]))}


DRAWN = {"sri4": responses(), "doris": remissions(), "lldas": low_activities()}


def judge(rule: Rule, rows: list[Row]) -> list[bool | None]:
    return rule.judge(pl.DataFrame(rows, infer_schema_length=None))[rule.id].to_list()


@settings(max_examples=30)
@given(st.lists(responses(), min_size=1, max_size=15))
def test_sri_is_what_every_completion_says(rows: list[Row]) -> None:
    for points in (4, 6):
        verdicts = judge(CRITERIA[f"sri{points}"], rows)
        assert verdicts == [oracle.sri(row, SYSTEMS, points) for row in rows]


@settings(max_examples=30)
@given(st.lists(responses(), min_size=1, max_size=15))
def test_organs_are_what_every_joint_completion_says(rows: list[Row]) -> None:
    judged = SRI4.judge(pl.DataFrame(rows, infer_schema_length=None))
    assert judged["sri4_bil"].to_list() == [oracle.organs(row, SYSTEMS) for row in rows]


@given(st.lists(remissions(), min_size=1, max_size=20))
def test_doris_is_what_every_completion_says(rows: list[Row]) -> None:
    assert judge(DORIS, rows) == [oracle.doris(row) for row in rows]


@given(st.lists(low_activities(), min_size=1, max_size=10))
def test_lldas_is_what_every_completion_says(rows: list[Row]) -> None:
    major, beyond = [item.id for item in MAJOR], [item.id for item in BEYOND]
    assert judge(LLDAS, rows) == [oracle.lldas(row, POINTS, major, beyond) for row in rows]


def fill(draw: st.DrawFn, name: str, row: Row) -> Any:
    """Draw a value for a missing cell that agrees with what else the row says of it."""
    if name.startswith("sledai2k"):
        at = "_base" if name.endswith("_base") else ""
        core = "sledai2k_clinical" if "clinical" in name else "sledai2k"
        low, value, high = (row.get(f"{core}{part}{at}") for part in ("_min", "", "_max"))
        if value is not None:
            return value
        return draw(st.integers(low or 0, high if high is not None else max(low or 0, 40)))
    if name.startswith("bilag"):
        at = "_base" if name.endswith("_base") else ""
        system = name.removeprefix("bilag_").removesuffix(at).removesuffix("_best").removesuffix("_worst")
        allowed = oracle.grades(row, system, at)
        return draw(st.sampled_from(allowed))
    return draw(
        st.sampled_from(PGA if name.startswith("pga") else DOSES if name == "prednisone" else [True, False])
    )


@pytest.mark.parametrize("name", list(DRAWN))
@settings(max_examples=25)
@given(data=st.data())
def test_filling_in_never_overturns_a_verdict(name: str, data: st.DataObject) -> None:
    """Whatever is learned of a missing value, a verdict once known stays."""
    rows = data.draw(st.lists(DRAWN[name], min_size=3, max_size=8))
    fuller = []
    for row in rows:
        missing = sorted(key for key, value in row.items() if value is None)
        bounds = tuple(
            key for key in missing if any(end in key for end in ("_min", "_max", "_best", "_worst"))
        )
        missing = [key for key in missing if key not in bounds]
        learned = data.draw(st.sets(st.sampled_from(missing), max_size=6)) if missing else set()
        fuller.append(row | {key: fill(data.draw, key, row) for key in sorted(learned)})
        for key in learned:  # a value learned is its own bound
            if key.startswith(("sledai2k", "bilag")):
                at = "_base" if key.endswith("_base") else ""
                for end in ("_min", "_max", "_best", "_worst"):
                    other = f"{key.removesuffix(at)}{end}{at}"
                    if other in row:
                        fuller[-1][other] = fuller[-1][key]
    for was, now in zip(judge(CRITERIA[name], rows), judge(CRITERIA[name], fuller), strict=True):
        assert was is None or now is was


@pytest.mark.parametrize("name", list(DRAWN))
@settings(max_examples=8)
@given(data=st.data())
def test_a_table_is_judged_row_by_row(name: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(DRAWN[name], min_size=2, max_size=6))
    rule = CRITERIA[name]
    table = pl.DataFrame(rows, infer_schema_length=None)
    whole = rule.judge(table)
    assert whole.equals(pl.concat([rule.judge(table[n : n + 1]) for n in range(len(rows))]))


MISSING = [None, float("nan"), "", "ND"]


@pytest.mark.parametrize("missing", MISSING, ids=str)
def test_missing_in_any_shape_is_unknown(missing: Any) -> None:
    row = {"sledai2k_clinical": 0, "pga": missing, "prednisone": 2.5, "stable_treatment": True}
    assert DORIS.judge([row])["doris"].to_list() == [None]
    assert DORIS.judge([row | {"prednisone": 7.5}])["doris"].to_list() == [False]


def test_frames_of_others_are_read() -> None:
    """pandas, pyarrow and numpy columns give what Polars gives; NaN among them is unknown."""
    pandas = pytest.importorskip("pandas")
    columns = {
        "sledai2k_clinical": [0.0, 0.0, np.nan], "pga": [0.2, np.nan, 0.2], "prednisone": [5.0, 2.5, 2.5],
        "stable_treatment": [True, True, True],
    }  # fmt: skip
    wanted = [True, None, None]
    frames = [columns, pl.DataFrame(columns), pl.LazyFrame(columns), pandas.DataFrame(columns)]
    frames += [pl.DataFrame(columns).to_arrow(), {k: np.array(v) for k, v in columns.items()}]
    for frame in frames:
        assert DORIS.judge(frame)["doris"].to_list() == wanted


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=7), st.integers(0, 7), st.data())
def test_at_least_is_monotone(answers: list[bool | None], n: int, data: st.DataObject) -> None:
    """One more part that holds never turns yes into no, and asking for more never turns no into yes."""
    names = [f"x{number}" for number in range(len(answers))]
    parts = tuple(Rule(f"p_{name}", name, pl.col(name)) for name in names)
    inputs = Inputs(tuple(Item(name, name, "boolean") for name in names))

    def verdict(n: int, answers: list[bool | None]) -> bool | None:
        counted = at_least(n, "count", "", *parts)
        rule = Rule("count", "", counted.expr, parts=parts, inputs=inputs)
        return rule.judge([dict(zip(names, answers, strict=True))])["count"][0]

    order = {False: 0, None: 1, True: 2}
    which = data.draw(st.integers(0, len(answers) - 1))
    better = [True if number == which else answer for number, answer in enumerate(answers)]
    assert order[verdict(n, better)] >= order[verdict(n, answers)]
    assert order[verdict(n + 1, answers)] <= order[verdict(n, answers)]
    sure, possible = answers.count(True), len(answers) - answers.count(False)
    assert verdict(n, answers) == (True if sure >= n else False if possible < n else None)
