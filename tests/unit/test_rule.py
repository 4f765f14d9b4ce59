# ruff: noqa: E501  (tables are wide)
"""Rules: three values, counting, evidence."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import DefinitionError, InputError
from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.rule import Rule, all_of, any_of, at_least, say
from carnet.criteria.eligibility import eligible
from carnet.criteria.imputation import non_responder

A, B, C = (Rule(f"{name}_holds", f"{name} holds", pl.col(name)) for name in "abc")
THREE = (True, False, None)
ALL = [{"a": a, "b": b, "c": c} for a in THREE for b in THREE for c in THREE]


def verdicts(rule: Rule, rows: list[dict[str, bool | None]] = ALL) -> list[bool | None]:
    return rule.judge(pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.Boolean)))[rule.id].to_list()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_counts_over_every_triple(n: int) -> None:
    """Sure with n that hold, refused when the rest cannot reach n, else unknown."""
    counted = [list(row.values()) for row in ALL]
    wanted = [True if r.count(True) >= n else False if 3 - r.count(False) < n else None for r in counted]
    assert verdicts(at_least(n, "count", "", A, B, C)) == wanted


def test_all_and_any() -> None:
    rows = [
        {"a": True, "b": True, "c": None},
        {"a": False, "b": None, "c": None},
        {"a": True, "b": True, "c": True},
    ]
    assert verdicts(all_of("all", "", A, B, C), rows) == [None, False, True]
    assert verdicts(any_of("any", "", A, B, C), rows) == [True, None, True]


def test_a_column_that_the_table_lacks_is_unknown() -> None:
    judged = all_of("all", "", A, B).judge({"a": [True, False]})
    assert judged.to_dict(as_series=False) == {
        "a": [True, False], "all": [None, False], "a_holds": [True, False], "b_holds": [None, None],
    }  # fmt: skip


def test_a_name_taken_is_refused() -> None:
    with pytest.raises(InputError, match="already has the column a_holds, which all would add"):
        all_of("all", "", A, B).judge({"a": [True], "a_holds": [True]})


def test_two_parts_of_one_name_are_refused() -> None:
    other = Rule("a_holds", "another", pl.col("b"))
    with pytest.raises(DefinitionError, match="Two parts of all are called 'a_holds'"):
        all_of("all", "", A, other).judge({"a": [True]})


def explain(rule: Rule, **row: object) -> list[str]:
    return list(rule.explain(rule.judge([row]).row(0, named=True)))


def test_the_parts_that_agree_are_the_evidence() -> None:
    both = all_of("both", "both hold", A, B)
    assert explain(both, a=True, b=False) == ["no       both hold", "  no       b holds: no"]
    assert explain(both, a=True, b=None) == [
        "unknown  both hold",
        "  unknown  b holds: unknown",
        "settled by b: no if answered no, yes if answered yes",
    ]
    assert explain(both, a=True, b=True) == [
        "yes      both hold",
        "  yes      a holds: yes",
        "  yes      b holds: yes",
    ]


def test_parts_in_one_line() -> None:
    """Of a count that holds the few that do not agree are told, or the few that do."""
    names = "abcd"
    parts = [
        Rule(f"{name}_holds", f"{name} holds", pl.col(name), phrase=f"{name} {{{name}}}") for name in names
    ]
    most = at_least(3, "most", "three hold", *parts, in_line=True)
    assert explain(most, a=True, b=False, c=True, d=True) == ["yes      three hold: all but b no"]
    some = any_of("some", "one holds", *parts, in_line=True)
    assert explain(some, a=True, b=False, c=False, d=False) == ["yes      one holds: a yes"]
    assert explain(some, a=False, b=False, c=False, d=False) == ["no       one holds: a no, b no, c no, d no"]


def test_evidence_that_decides_only_together() -> None:
    """No part says no by itself: what is unknown is told with what is no below it."""
    part = at_least(1, "one", "a or b holds", A, B)
    joint = Rule(
        "joint", "a and c are not both out", ~(pl.col("a").is_null() & ~pl.col("c")), parts=(part, C)
    )
    assert explain(joint, a=None, b=False, c=False) == [
        "no       a and c are not both out",
        "  no       c holds: no",
    ]
    alone = Rule("alone", "a is known", pl.col("a").is_not_null(), parts=(part,))
    assert explain(alone, a=None, b=False) == [
        "no       a is known",
        "  unknown  a or b holds",
        "    unknown  a holds: unknown",
        "    no       b holds: no",
    ]


def test_what_is_not_certain_is_told_by_its_bounds() -> None:
    names = ("x", "x_base", "x_min", "x_max", "x_max_base")
    low = Rule(
        "low",
        "x is low",
        pl.sum_horizontal(names) < 0,
        inputs=Inputs(tuple(Item(n, n, "integer") for n in names)),
    )
    assert explain(low, x=1, x_base=2, x_min=1, x_max=3, x_max_base=2) == [
        "no       x is low: x between 1 and 3, x_base at baseline 2"
    ]


def test_of_many_answers_those_that_are_a_plain_no_are_left_out() -> None:
    names = [f"x{number:02}" for number in range(13)]
    none = Rule(
        "none",
        "none holds",
        ~pl.any_horizontal(names),
        inputs=Inputs(tuple(Item(n, n, "boolean") for n in names)),
    )
    row = dict.fromkeys(names, False) | {"x03": True, "x07": None}
    assert explain(none, **row) == ["no       none holds: x03; not answered: x07"]


@pytest.mark.parametrize(
    ("value", "said"), [(2.3 - 2.0, "0.3"), (2.30, "2.3"), (None, "unknown"), (False, "no"), ("A", "A")]
)
def test_values_are_said_as_people_write_them(value: object, said: str) -> None:
    assert say(value) == said


def test_a_rule_without_parameters_refuses_every_name() -> None:
    with pytest.raises(DefinitionError, match="has no parameters to set"):
        A.with_parameters(n=1)


def test_unknown_is_no_response_under_imputation() -> None:
    judged = A.judge({"a": [True, False, None]})
    assert judged.with_columns(non_responder(A))["a_holds_nri"].to_list() == [True, False, False]


@pytest.mark.parametrize(
    ("i01", "i02", "e01", "verdict"),
    [
        ("Y", "Y", "N", True), ("Y", "N", "N", False), ("Y", "Y", "Y", False), ("Y", "", "N", None), ("Y", "Y", "", None),
        ("", "", "Y", False), ("N", "", "", False),
    ],
)  # fmt: skip
def test_eligibility(i01: str, i02: str, e01: str, verdict: bool | None) -> None:
    """Every inclusion answered yes and every exclusion no; one answer against decides whatever is missing."""
    rule = eligible(["I01", "I02"], ["E01"])
    assert rule.judge([{"I01": i01, "I02": i02, "E01": e01}])["eligible"].to_list() == [verdict]
