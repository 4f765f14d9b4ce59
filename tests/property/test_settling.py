"""What is said to settle an unknown verdict settles it: every answer named makes the verdict that it is said to."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest

from carnet.core.answer import Answers
from carnet.core.explanation import explain
from carnet.core.form import Item
from carnet.core.rule import Rule, all_of, at_least
from carnet.core.settling import Question, Settling
from carnet.criteria import CRITERIA
from carnet.instruments.sledai2k import ITEMS, SLEDAI2K

Row = dict[str, Any]

HIGH = {"integer": 14, "decimal": 3.0}
"""Where the scale of an input has no end, or one that a quiet patient never comes near."""


WELL_KNOWN = ("sri4", "bicla", "doris", "lldas")
ALIKE = {f"sri{points}{end}" for points in range(5, 9) for end in ("", "_el")}
"""They differ from SRI-4 by a number."""

RARE = {"dorissus"}
"""Unknown too seldom by what is drawn here."""


def draw(item: Item, chance: np.random.Generator) -> Any:
    """Return an answer of a patient who is mostly well."""
    if item.type == "boolean":
        usually = item.id in {"stable_treatment", "standard_treatment"}
        return bool(chance.random() < 0.04) != usually
    if item.choices:
        return str(chance.choice(item.choices[-3:] if chance.random() < 0.9 else item.choices))
    if item.type == "integer":
        return (
            int(chance.integers(0, HIGH["integer"]))
            if item.id.endswith("_base")
            else int(chance.integers(0, 4))
        )
    return round(float(chance.random()) * (HIGH["decimal"] if item.id.endswith("_base") else 0.6), 2)


def unknowns(rule: Rule, seed: int, most: int) -> list[Row]:
    """Return rows on which the verdict is unknown: whole ones from which a few answers were taken."""
    chance = np.random.default_rng(seed)
    needed = [item for item in rule.inputs.items if item.id not in rule.inputs.optional]
    rows = []
    for _ in range(300):
        row = {item.id: draw(item, chance) for item in needed}
        missing = int(chance.integers(1, min(3, len(needed)) + 1))
        for name in chance.choice([item.id for item in needed], size=missing, replace=False):
            row[str(name)] = None
        rows.append(row)
    judged = rule.judge(pl.DataFrame(rows, infer_schema_length=None))[rule.id]
    return [rows[place] for place in judged.is_null().arg_true()][:most]


def within(answer: Answers, item: Item, chance: np.random.Generator) -> list[Any]:
    """Return answers inside a range: its ends, as far as they belong to it, and one between."""
    if answer.values:
        return list(answer.values)
    low = answer.low if answer.low is not None else (item.low or 0.0)
    high = answer.high if answer.high is not None else (item.high or 1250.0)
    small = 1 if item.type == "integer" else 1e-6
    first, last = low + (0 if answer.low_in else small), high - (0 if answer.high_in else small)
    between = first + float(chance.random()) * (last - first)
    found = [first, last, round(between, 6)]
    return [int(value) for value in found] if item.type == "integer" else found


def settled(rule: Rule, row: Row) -> Settling:
    found = explain(rule, row).settling
    assert found is not None
    return found


def answers_of(question: Question, chance: np.random.Generator) -> list[Any]:
    item = question.reading.item
    return [value for answer in question.answers for value in within(answer, item, chance)]


@pytest.mark.parametrize("name", [name for name in CRITERIA if name not in ALIKE])
def test_each_answer_makes_the_verdict_that_it_is_said_to(name: str) -> None:
    rule, chance = CRITERIA[name], np.random.default_rng(3)
    rows = unknowns(rule, 11, 4 if name in WELL_KNOWN else 1)
    assert rows or name in RARE
    for row in rows:
        for question in settled(rule, row).questions:
            item = question.reading.item
            for answer in question.answers:
                filled = [row | {item.id: value} for value in within(answer, item, chance)]
                verdicts = rule.judge(pl.DataFrame(filled, infer_schema_length=None))[rule.id].to_list()
                assert verdicts == [answer.verdict] * len(filled), (item.id, answer)


@pytest.mark.parametrize("name", WELL_KNOWN)
def test_each_set_settles_and_no_smaller_one_does(name: str) -> None:
    rule, chance = CRITERIA[name], np.random.default_rng(5)
    for row in unknowns(rule, 7, 3):
        found = settled(rule, row)
        assert found.sets, row
        by_name = {question.reading.item.id: question for question in found.questions}
        for one in found.sets:
            whole = [[chance.choice(answers_of(by_name[n], chance)).item() for n in one] for _ in range(30)]
            filled = [row | dict(zip(one, answers, strict=True)) for answers in whole]
            assert rule.judge(pl.DataFrame(filled, infer_schema_length=None))[rule.id].null_count() == 0
            for fewer in combinations(one, len(one) - 1):
                if not fewer:
                    continue
                whole = [
                    [chance.choice(answers_of(by_name[n], chance)).item() for n in fewer] for _ in range(300)
                ]
                left = [row | dict(zip(fewer, answers, strict=True)) for answers in whole]
                assert rule.judge(pl.DataFrame(left, infer_schema_length=None))[rule.id].null_count(), fewer


def test_several_small_sets_are_all_named() -> None:
    """Two of three: two answers of three that are missing never settle, one may be known and two missing."""
    a, b, c, d = (Rule(f"{name}_holds", f"{name} holds", pl.col(name)) for name in "abcd")
    either = at_least(2, "two", "two hold", a, b, c)
    assert settled(either, {"a": True, "b": None, "c": None}).sets == (("b", "c"),)
    assert settled(all_of("all", "all hold", a, b), {"a": None, "b": None}).sets == (("a", "b"),)
    same = Rule("same", "a, or b and c alike", (pl.col("a") & pl.col("b")) | (~pl.col("b") & pl.col("c")))
    whole = all_of("whole", "whole", same, d)
    found = settled(whole, {"a": True, "b": None, "c": True, "d": None})
    assert ("b", "d") in found.sets


def test_a_score_is_asked_for_by_the_answers_that_it_lacks() -> None:
    """Of a SLEDAI-2K of 4 to 14 the two answers are asked for that make it so, and judged by scoring them."""
    row: Row = dict.fromkeys((item.id for item in ITEMS), False) | {
        "sledai_arthritis": True, "sledai_seizure": None, "sledai_rash": None, "pga": 1.0, "pga_base": 1.0,
        "sledai2k_base": 12, **{f"bilag_{s}{at}": "D" for s in systems() for at in ("", "_base")},
    }  # fmt: skip
    row = SLEDAI2K.score([row]).row(0, named=True)
    rule = CRITERIA["sri4"]
    found = explain(rule, row, instruments=[SLEDAI2K]).settling
    assert found is not None
    assert found.sets == (("sledai_seizure",),)
    assert found.questions[0].verdicts == "yes if answered no, no if answered yes"
    for seizure, verdict in ((False, True), (True, False)):
        scored = SLEDAI2K.score(
            [
                {k: v for k, v in row.items() if not k.startswith("sledai2k") or k == "sledai2k_base"}
                | {"sledai_seizure": seizure}
            ]
        )
        assert rule.judge(scored)["sri4"].to_list() == [verdict]


def systems() -> tuple[str, ...]:
    from carnet.instruments.bilag2004 import SYSTEMS

    return SYSTEMS
