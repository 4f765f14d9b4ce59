"""Every bound of every interval of CTCAE v5.0: on it, just below and just above, in each unit that is accepted.

What is expected follows from the interval as it is printed: within it the grade is its own; beyond its end towards
normal lower, beyond the other end higher. The slow grader of `oracles` says the same of every value.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from carnet.core.units import UnitError, conversion
from carnet.safety.ctcae import grade, grade_long
from oracles import ctcae as slow

RULES = slow.table("ctcae_v5.csv")
SPECIMENS = {
    "blood": "BLOOD",
    "arterial blood": "ARTERIAL BLOOD",
    "urine": "URINE",
    "semen": "SEMEN",
    "any": None,
}
STEP = Fraction(1, 10**7)
"""How far beside a bound a value lies, as a part of it."""

OTHER_BRANCH = {
    "Creatinine increased": 1_000_000,  # the limit is far away, and the baseline branch alone counts
    "INR increased": 0.5,
    "Electrocardiogram QT corrected interval prolonged": 370,
    "Ejection fraction decreased": 95,
}
"""What keeps the other branch of a term out of the way: a limit, or a baseline of which the change is small."""


def patient(rule) -> dict:
    """Return a patient to whom an interval applies and no other branch of its term."""
    codes = set(rule["condition"].split())
    numbers = [
        float(rule[end]) for end in ("lower", "upper") if rule[end] and rule[f"{end}_ref"] == "absolute"
    ]
    of_baseline = "aseline" in rule["lower_ref"] + rule["upper_ref"]
    told = {"lln": 40.0, "uln": 50.0, "base": None, "age": 40.0}
    if numbers and "x" in rule["lower_ref"] + rule["upper_ref"]:  # a limit that leaves the interval room
        low = rule["direction"] == "L"
        told |= {"lln": numbers[0] * (1.25 if low else 0.1), "uln": numbers[0] * (10 if low else 0.8)}
    elif numbers:  # limits that let the absolute number decide alone
        told |= {"lln": min(numbers) / 8, "uln": max(numbers) * 8}
    if of_baseline:
        told["base"] = 60.0
        if rule["term"] in OTHER_BRANCH:
            told["base"] = 60.0 if rule["term"] == "Creatinine increased" else OTHER_BRANCH[rule["term"]]
            told["uln"] = 1_000_000.0
        if rule["test"] == "DIABP":  # a rise of 20 below 80
            told["base"] = 40.0
        if rule["test"] == "DLCO":
            told["lln"] = 1.0
    if codes & {"baseline_high", "baseline_low"}:
        told |= {"base": 60.0, "base_lln": 70.0, "base_uln": 30.0}
        if rule["test"] in slow.NORMAL:
            told["base"] = 150.0 if rule["test"] == "SYSBP" else 95.0
    if rule["test"] == "FIBRINO":  # below 0.5 g/L, or far above it
        told |= {"lln": 0.004} if numbers else {"lln": 1000.0, "uln": 4000.0}
        if "baseline_low" in codes:
            told |= {"base": 1000.0, "base_lln": 2000.0}
    if "child" in codes:
        told["age"] = 10.0
    if codes & {"on_exertion", "at_rest"}:
        told["at_rest"] = "at_rest" in codes
    return told


def accepted(rule) -> list[tuple[str, Fraction, Fraction]]:
    """Return the units in which an interval is reached: its own, and those that convert to it alone."""
    test = next(row for row in slow.table("tests.csv") if row["test"] == rule["test"])
    if not rule["unit"]:
        others = [
            r["unit"] for r in RULES if (r["term"], r["test"]) == (rule["term"], rule["test"]) and r["unit"]
        ]
        return [(unit, Fraction(1), Fraction(0)) for unit in others or ["U/L"]]
    found = [(rule["unit"], Fraction(1), Fraction(0))]
    if rule["unit"] == test["unit"]:
        printed = {r["unit"] for r in RULES if (r["term"], r["test"]) == (rule["term"], rule["test"])}
        for unit in {row["unit"] for row in slow.units().values()} - printed:
            if how := slow.converted(rule["test"], unit, rule["unit"]):
                found.append((unit, *how))
    return found


def bound(rule, end: str, told: dict) -> Fraction | None:
    """Return one end of an interval as a number in its own unit."""
    if not rule[end]:
        return None
    number, reference = Fraction(rule[end]), rule[f"{end}_ref"]
    if reference == "absolute":
        return number
    anchor = Fraction(told["base" if "baseline" in reference else reference.strip("x+ ").lower()])
    if reference.endswith("+"):
        return anchor + number
    return anchor * (1 + number / 100 if "%" in reference else number)


def cases() -> list[dict]:
    """Return a row per bound, unit and side, with what the printed interval says: -1 below, 0 its grade, 1 above."""
    made = []
    for rule in RULES:
        told = patient(rule)
        specimen = SPECIMENS[
            next(r["specimen"] for r in slow.table("tests.csv") if r["test"] == rule["test"])
        ]
        ends = {end: at for end in ("lower", "upper") if (at := bound(rule, end, told)) is not None}
        assert "lower" not in ends or "upper" not in ends or ends["lower"] <= ends["upper"], rule["rule"]
        for unit, factor, offset in accepted(rule):
            for end, at in ends.items():
                whole = rule["test"] == "QTC"  # graded in whole milliseconds
                for side in (-1, 0, 1):
                    value = at + side * (1 if whole else max(abs(at) * STEP, STEP))
                    if value < 0:
                        continue
                    inside = all(
                        rule[f"{e}_included"] == "Y" if value == b else (value > b) == (e == "lower")
                        for e, b in ends.items()
                    )
                    near = (end == "upper") == (rule["direction"] == "L")
                    back = {name: (Fraction(told[name]) - offset) / factor for name in ("lln", "uln", "base")
                            if told[name] is not None}  # fmt: skip
                    made.append(
                        {"test": rule["test"], "specimen": specimen, "unit": unit, **told,
                         **{name: float(number) for name, number in back.items()},
                         "value": float((value - offset) / factor), "rule": rule["rule"], "wanted": rule["term"],
                         "at": f"{end} {side:+d}", "said": 0 if inside else -1 if near else 1}
                    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def graded() -> pl.DataFrame:
    """Return every case with the grades of the term that it is about."""
    frame = pl.DataFrame(cases(), infer_schema_length=None).with_row_index("case")
    return grade_long(frame).filter(pl.col("term") == pl.col("wanted"))


def closed() -> set[str]:
    with (Path(__file__).parent / "ctcae_exceptions.csv").open(encoding="utf-8", newline="") as file:
        return {row["rule"] for row in csv.DictReader(file) if row["kind"] == "closed"}


def test_every_bound_of_every_interval_is_tried_in_every_unit(graded):
    bounds = {(rule["rule"], end) for rule in RULES for end in ("lower", "upper") if rule[end]}
    tried = {(rule, at.split()[0]) for rule, at in graded.select("rule", "at").iter_rows()}
    assert tried == bounds
    assert len(graded) > 4500
    assert graded["unit"].n_unique() > 40


def goes_on(rule, end: str) -> bool:
    """Return whether another interval of the same grade begins where this one ends: 2 to 5 times the limit."""
    other = "upper" if end == "lower" else "lower"
    either = {"symptomatic", "asymptomatic"}
    return any(
        (r["term"], r["test"], r["unit"], r["grade"]) == (rule["term"], rule["test"], rule["unit"], rule["grade"])
        and r[other] and r[f"{other}_ref"] == rule[f"{end}_ref"] and float(r[other]) == float(rule[end])
        and not either <= set(f"{r['condition']} {rule['condition']}".split())
        and (slow.FACTS | slow.GATES) & set(r["condition"].split()) <= set(rule["condition"].split())
        for r in RULES
    )  # fmt: skip


def last(rule) -> bool:
    """Return whether no interval follows beyond this one: its grade is the highest, or the table says so."""
    own = [int(r["grade"]) for r in RULES if (r["term"], r["test"]) == (rule["term"], rule["test"])]
    return rule["rule"] in closed() or int(rule["grade"]) == max(own)


def test_the_grade_is_that_of_the_printed_interval(graded):
    """Within the interval its grade, towards normal a lower one, away from it a higher one where one follows."""
    rules = {rule["rule"]: rule for rule in RULES}
    ends = {rule["rule"] for rule in RULES if last(rule)}
    more = {(r["rule"], end) for r in RULES for end in ("lower", "upper") if r[end] and goes_on(r, end)}
    wrong, tried = [], 0
    for row in graded.iter_rows(named=True):
        rule = rules[row["rule"]]
        fact = set(rule["condition"].split()) & (slow.FACTS - {"at_rest"})
        got, own = row["grade_worst" if fact else "grade"], int(rule["grade"])
        if row["said"] == 1 and row["rule"] in ends:
            continue
        tried += 1
        if row["said"] == 0 or (row["rule"], row["at"].split()[0]) in more:
            holds = got == own
        else:
            holds = got > own if row["said"] == 1 else got < own
        if not holds:
            wrong.append((row["rule"], row["unit"], row["at"], row["value"], row["said"], got, own))
    assert wrong == []
    assert tried > 4000


def test_the_slow_grader_says_the_same_of_every_value(graded):
    different = [
        (row["rule"], row["unit"], row["at"], row["value"], row["grade"], row["grade_worst"])
        for row in graded.iter_rows(named=True)
        if slow.grade(row)[row["term"], row["direction"]] != (row["grade"], row["grade_worst"])
    ]
    assert different == []


def test_every_synonym_of_a_unit_is_that_unit(graded):
    """And of a test: the value and the grade stay, whatever the laboratory calls them."""
    some = graded.unique("unit", keep="first", maintain_order=True).select(
        "test", "specimen", "unit", "value", "lln", "uln", "base", "base_lln", "base_uln", "age", "at_rest"
    )
    names = pl.DataFrame(
        [(row["unit"], name) for name, row in slow.units().items()], schema=["unit", "name"], orient="row"
    )
    every = some.join(names, on="unit", how="inner", maintain_order="left")
    columns = ["ATOXDSCL", "ATOXGRL", "ATOXDSCH", "ATOXGRH"]
    assert (
        grade(every)
        .select(columns)
        .equals(grade(every.with_columns(unit="name").drop("name")).select(columns))
    )
    codes = [(row["test"], name) for name, row in slow.tests().items()]
    tests = graded.unique("test", keep="first", maintain_order=True).select(some.columns)
    named = tests.join(pl.DataFrame(codes, schema=["test", "name"], orient="row"), on="test", how="inner")
    assert (
        grade(named)
        .select(columns)
        .equals(grade(named.with_columns(test="name").drop("name")).select(columns))
    )


def test_units_convert_as_the_slow_grader_converts_them():
    for test in {rule["test"] for rule in RULES}:
        wanted = next(row["unit"] for row in slow.table("tests.csv") if row["test"] == test)
        for unit in {row["unit"] for row in slow.units().values()} if wanted else ():
            how = slow.converted(test, unit, wanted)
            if how is None:
                with pytest.raises(UnitError):
                    conversion(unit, wanted, test)
            else:
                assert conversion(unit, wanted, test) == pytest.approx(
                    [float(part) for part in how], rel=1e-12
                )
