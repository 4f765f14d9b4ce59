"""What holds of every criterion: a verdict is known exactly where every completion of what is missing gives it."""

from __future__ import annotations

from itertools import product
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.core.rule import Rule
from carnet.criteria import CRITERIA
from carnet.criteria.bilag_flare import bilag_flare
from carnet.criteria.lldas import lldas
from carnet.criteria.treatment_free import treatment_free
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.level import GRADES

Row = dict[str, Any]

RULES: dict[str, Rule] = {
    **{name: rule for name, rule in CRITERIA.items() if name not in {"sri5", "sri7", "sri8"}},
    **{f"lldas {name}": lldas(variant=name) for name in ("parodis", "oon", "aplc", "bliss")},
    "tfr replacement": treatment_free(replacement=True),
    "bflare two": bilag_flare(new_b=2),
}

SCORES = [*range(18), 105]
MARKS = [0, 0.2, 0.29, 0.3, 0.49, 0.5, 1.0, 1.01, 1.2, 1.5, 2.5, 2.51, 2.8, 3]
VALUES: dict[str, list[Any]] = {
    "sledai2k": SCORES, "sledai2k_clinical": [0, 1, 4, 101], "pga": MARKS, "prednisone": [0, 2.5, 5, 7.5, 30, 31],
    "weight": [1, 60, 62], "clasi_activity": [0, 1, 3, 20, 35, 36, 40, 70], "days_since": [0, 13, 14, 28],
    "proteinuria": [0, 0.1, 0.19, 0.2, 0.35, 0.5, 0.51, 0.7, 1, 1.1, 2, 2.1, 3, 30],
    "egfr": [10, 40, 55, 56, 60, 70, 90, 100], "replacement": [0, 2.5, 5], "methotrexate": [0, 30, 31],
}  # fmt: skip
"""Values of each measure on both sides of every limit, and the ends of its scale."""
UNBOUNDED = ("prednisone", "weight", "proteinuria", "egfr", "replacement")
"""Measures without an end of the scale: a missing one may be as low or as high as it takes."""

SUFFIXES = ("_base", "_prev", "_response", "_preflare")
BOUND = ("_min", "_max", "_best", "_worst")


def plain(name: str) -> str:
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def is_bound(name: str) -> bool:
    return plain(name).endswith(BOUND)


def values(rule: Rule, name: str) -> list[Any]:
    """Return what a column may hold."""
    item = next(item for item in rule.inputs.items if item.id == name)
    if item.type == "boolean":
        return [True, False]
    if item.type == "choice":
        return list(GRADES)
    return VALUES.get(plain(name), [0, 200, 400, 401, 3001])


def completions(rule: Rule, row: Row, blanks: list[str]) -> list[Row]:
    """Return the row with every filling of the blanks."""
    cells = [values(rule, name) + [0.0, 10.0**6] * (plain(name) in UNBOUNDED) for name in blanks]
    return [row | dict(zip(blanks, filled, strict=True)) for filled in product(*cells)]


@st.composite
def rows(draw: st.DrawFn, rule: Rule) -> Row:
    """Draw a complete row: mostly quiet, so that each clause has its turn to decide."""
    names = [item.id for item in rule.inputs.items if not is_bound(item.id)]
    quiet = {False: [False], True: [True]}
    row: Row = {}
    for name in names:
        allowed = values(rule, name)
        usual = quiet[name in HELD] if allowed == [True, False] else ["C", "D"] if "A" in allowed else allowed
        row[name] = draw(st.sampled_from(usual))
    asked = [name for name in names if name != "first_visit"]  # at the first visit what is present is unknown
    for name in draw(st.sets(st.sampled_from(asked), max_size=4)):
        row[name] = draw(st.sampled_from(values(rule, name)))
    return row


HELD = {
    "stable_treatment", "standard_treatment", "eularacr_ana", "eularacr_joints", "doris", "doris_prev", "doris_after",
}  # fmt: skip
"""Answers whose quiet value is yes."""


def judge(rule: Rule, table: list[Row]) -> list[bool | None]:
    schema = {item.id: item.dtype for item in rule.inputs.items if item.id in table[0]}
    return rule.judge(pl.DataFrame(table, schema=schema))[rule.id].to_list()


@pytest.mark.parametrize("name", list(RULES))
@settings(max_examples=6)
@given(data=st.data())
def test_known_exactly_where_every_completion_agrees(name: str, data: st.DataObject) -> None:
    """So filling in never overturns a verdict, and for every unknown two completions differ."""
    rule = RULES[name]
    row = data.draw(rows(rule))
    known = sorted(name for name in row if name != "first_visit")
    blanks = sorted(data.draw(st.sets(st.sampled_from(known), min_size=1, max_size=3)))
    said = judge(rule, [row | dict.fromkeys(blanks)])[0]
    found = set(judge(rule, completions(rule, row, blanks)))
    assert found <= {True, False}, "a complete row has a verdict"
    assert said is (found.pop() if len(found) == 1 else None)


@pytest.mark.parametrize("name", list(RULES))
@settings(max_examples=3)
@given(data=st.data())
def test_neither_order_nor_chunks_of_rows_matter(name: str, data: st.DataObject) -> None:
    rule = RULES[name]
    drawn = data.draw(st.lists(rows(rule), min_size=3, max_size=5))
    for row in drawn:
        for blank in data.draw(st.sets(st.sampled_from(sorted(row)), max_size=3)):
            row[blank] = None
    schema = {item.id: item.dtype for item in rule.inputs.items if item.id in drawn[0]}
    table = pl.DataFrame(drawn, schema=schema)
    whole = rule.judge(table)
    assert whole.equals(pl.concat([rule.judge(table[n : n + 1]) for n in range(len(table))]))
    assert whole.reverse().equals(rule.judge(table.reverse()))


def breaks(now: str, before: str) -> int:
    """How a system counts against BICLA: 2 for one that breaks it alone, 1 for a new B."""
    if now == "A":
        return 2
    if now == "B":
        return {"A": 0, "B": 2}.get(before, 1)
    return 0


ORGANS = {
    "bicla": lambda pairs: any(b in "AB" for _, b in pairs) and sum(breaks(n, b) for n, b in pairs) <= 1,
    "bflare": lambda pairs: any((n == "A" and b != "A") or (n == "B" and b in "CDE") for n, b in pairs),
}
CLAUSE = {"bicla": ("bicla_bl", "_base"), "bflare": ("bflare", "_prev")}


@pytest.mark.parametrize("name", list(ORGANS))
@settings(max_examples=25)
@given(data=st.data())
def test_grades_within_bounds_are_completed_together(name: str, data: st.DataObject) -> None:
    """The clause on organs over every joint completion of three systems known within bounds."""
    clause, at = CLAUSE[name]
    row: Row = {f"bilag_{system}{time}": "C" for system in SYSTEMS for time in ("", at)}
    open_grades: list[str] = []
    for system in SYSTEMS[:3]:
        for time in ("", at):
            worst, best = sorted(data.draw(st.lists(st.sampled_from(GRADES), min_size=2, max_size=2)))
            row |= {f"bilag_{system}{time}": None, f"bilag_{system}_best{time}": best}
            row[f"bilag_{system}_worst{time}"] = worst
            open_grades.append("ABCDE"["ABCDE".index(worst) : "ABCDE".index(best) + 1])
    quiet = [("C", "C")] * (len(SYSTEMS) - 3)
    found = {
        ORGANS[name]([*zip(cells[::2], cells[1::2], strict=True), *quiet]) for cells in product(*open_grades)
    }
    said = CRITERIA[name].judge([row])[clause][0]
    assert said is (found.pop() if len(found) == 1 else None)
