"""CTCAE v5.0 by numbers once more, in plain Python and fractions: one row, one interval at a time.

Written from the table of intervals and the pages of `docs/decisions`, not from the engine: both ends of every
interval are tested literally, and the highest grade met is taken.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "carnet"
SAME = Fraction(1, 10**12)
"""Two numbers that agree to twelve digits are one."""
NORMAL = {"SYSBP": 140, "DIABP": 90}
"""A baseline pressure below this counts as normal."""
GATES = {"above_baseline", "adult", "child", "baseline_high", "baseline_not_high", "baseline_low",
         "baseline_not_low", "first_test", "follow_up"}  # fmt: skip
FACTS = {"at_rest", "anticoagulated", "chronic", "consequences", "febrile", "haemolysis", "infarction", "over_24h",
         "over_99th", "symptomatic", "treated"}  # fmt: skip

Grades = dict[tuple[str, str], tuple[int | None, int | None]]
"""By term and direction: the grade by the numbers alone, and the worst."""


@cache
def table(file: str, folder: str = "safety") -> list[dict[str, str]]:
    with (PACKAGE / folder / file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@cache
def units() -> dict[str, dict[str, str]]:
    named = {}
    for row in table("units.csv", "core"):
        named.update(dict.fromkeys([row["unit"], *filter(None, row["synonyms"].split("|"))], row))
    return named


@cache
def tests() -> dict[str, dict[str, str]]:
    named = {}
    for row in table("tests.csv"):
        names = [row["test"], *row["synonyms"].split("|"), *row["doubtful"].split("|")]
        named.update(dict.fromkeys(filter(None, names), row))
    return named


@cache
def converted(test: str, given: str, wanted: str) -> tuple[Fraction, Fraction] | None:
    """Return factor and offset from one unit to another; None where they do not measure the same."""
    source, target = units()[given], units()[wanted]
    bridge = Fraction(1)
    if source["quantity"] != target["quantity"]:
        for row in table("molar.csv", "core"):
            ends = units()[row["unit"]], units()[row["to"]]
            per = Fraction(row["factor"]) * Fraction(ends[1]["factor"]) / Fraction(ends[0]["factor"])
            quantities = [end["quantity"] for end in ends]
            if row["test"] == test and quantities == [source["quantity"], target["quantity"]]:
                bridge = per
                break
            if row["test"] == test and quantities == [target["quantity"], source["quantity"]]:
                bridge = 1 / per
                break
        else:
            return None
    factor = Fraction(source["factor"]) * bridge / Fraction(target["factor"])
    if source == target:
        return Fraction(1), Fraction(0)
    return factor, Fraction(source["offset"]) * factor - Fraction(target["offset"])


def fitting(test: Mapping[str, str], specimen: str | None) -> bool | None:
    """Return whether a specimen is the one the criteria are for; None where it is not told and must be."""
    name, wanted = (specimen or "").strip().upper(), test["specimen"]
    if wanted == "any":
        return True
    if not name:
        return None if test["unstated"] == "refuse" else True
    kind = {row["name"]: row["specimen"] for row in table("specimens.csv")}.get(name, "other")
    if wanted == "blood":
        return kind in {"blood", "venous blood", "arterial blood"}
    return kind == wanted or (wanted == "arterial blood" and kind == "blood")


def compare(value: Fraction, bound: Fraction) -> int:
    """Return -1, 0 or 1 as the value is below, on or above the bound."""
    if abs(value - bound) <= SAME * abs(bound):
        return 0
    return -1 if value < bound else 1


def grade(row: Mapping[str, Any]) -> Grades:
    """Return the grades of a row of the plain columns, for each term that its test, specimen and unit lead to."""
    test = tests().get((row.get("test") or "").strip().upper())
    if test is None:
        return {}
    fits = fitting(test, row.get("specimen"))
    if fits is False:
        return {}
    rows = [r for r in table("ctcae_v5.csv") if r["test"] == test["test"]]
    found: Grades = {}
    for key in dict.fromkeys((r["term"], r["direction"]) for r in rows):
        ladder = [r for r in rows if (r["term"], r["direction"]) == key]
        amounts = in_unit(test, ladder, row) if fits else None
        found[key] = highest(test["test"], *amounts, row) if amounts else (None, None)
    return found


def in_unit(
    test: Mapping[str, str], ladder: list[dict[str, str]], row: Mapping[str, Any]
) -> tuple[list[dict[str, str]], dict[str, Fraction | None]] | None:
    """Return the intervals of the unit that the row is graded in, and its numbers in that unit."""
    printed = {r["unit"] for r in ladder} - {""}
    factor, offset, unit = Fraction(1), Fraction(0), ""
    if printed:
        name = (row.get("unit") or "").strip() or test["unit_if_empty"]
        if name not in units():
            return None
        unit = units()[name]["unit"]
        if unit not in printed:
            how = converted(test["test"], unit, test["unit"])
            if how is None:
                return None
            (factor, offset), unit = how, test["unit"]
    amounts: dict[str, Fraction | None] = {}
    for name in ("value", "lln", "uln", "base"):
        number = row.get(name)
        amounts[name] = None
        if number is not None and (number > 0 or name == "value"):
            amount = Fraction(number) * factor + offset
            if test["decimals"] == "0":
                amount = Fraction(floor(amount + Fraction(1, 2) + SAME))
            amounts[name] = amount
    if amounts["lln"] is not None and amounts["uln"] is not None and row["lln"] > row["uln"]:
        amounts["lln"] = amounts["uln"] = None  # they contradict each other
    own = row.get("base")  # 0 eosinophils are a baseline to compare with, though none to multiply
    amounts["own"] = None if own is None or own < 0 else Fraction(own) * factor + offset
    return [r for r in ladder if r["unit"] in {"", unit}], amounts


def raised(test: str, low: bool, amounts: Mapping[str, Fraction | None], row: Mapping[str, Any]) -> bool:
    """Return whether the baseline was beyond its own limit: above it, or below it where that is what counts."""
    base, told = row.get("base"), row.get("base_indicator")
    if test in NORMAL:
        in_mmhg = amounts["base"]
        return told == "HIGH" or (in_mmhg is not None and compare(in_mmhg, Fraction(NORMAL[test])) >= 0)
    if amounts["base"] is None:
        return False
    limit = row.get("base_lln" if low else "base_uln")
    if base is None or limit is None or limit <= 0:
        return told == ("LOW" if low else "HIGH")
    return compare(Fraction(base), Fraction(limit)) == (-1 if low else 1)


def highest(
    test: str, ladder: list[dict[str, str]], amounts: dict[str, Fraction | None], row: Mapping[str, Any]
) -> tuple[int | None, int | None]:
    """Return the highest grade met by the numbers alone and at worst; None while an unknown could raise it."""
    if row.get("value") is None or row["value"] < 0:
        return None, None
    everywhere = [set(r["condition"].split()) for r in ladder]
    child = row.get("age") is not None and row["age"] < 18
    if all("adult" in codes for codes in everywhere) and child:
        return None, None
    if all("child" in codes for codes in everywhere) and not child:
        return None, None
    low = any("baseline_low" in codes for codes in everywhere)
    first = bool(row.get("is_baseline"))
    state = {
        "high": raised(test, low, amounts, row) and not first,
        "child": child,
        "first": first,
        "only": all("baseline" in near(r) for r in ladder),
        "rest": row.get("at_rest"),
    }
    by_numbers = top(
        [r for r in ladder if set(r["condition"].split()) & FACTS <= {"at_rest"}], amounts, state, False
    )
    worst = top(ladder, amounts, state, True)
    return (by_numbers if worst is not None else None), worst


def near(rule: Mapping[str, str]) -> str:
    return rule["upper_ref"] if rule["direction"] == "L" else rule["lower_ref"]


def top(
    rules: list[dict[str, str]], amounts: Mapping[str, Fraction | None], state: Mapping[str, Any], worst: bool
) -> int | None:
    verdicts = [(int(rule["grade"]), met(rule, amounts, state, worst)) for rule in rules]
    best = max((grade for grade, holds in verdicts if holds), default=0)
    return None if any(holds is None and grade > best for grade, holds in verdicts) else best


def met(
    rule: Mapping[str, str], amounts: Mapping[str, Fraction | None], state: Mapping[str, Any], worst: bool
) -> bool | None:
    """Return whether an interval is met; None where that is not known."""
    verdicts = [within(rule, end, amounts) for end in ("lower", "upper") if rule[end]]
    if "baseline" in near(rule) and (state["first"] or (amounts["base"] is None and not state["only"])):
        verdicts.append(False)
    for code in rule["condition"].split():
        if code in GATES:
            verdicts.append(gate(code, amounts, state))
        elif code == "at_rest":
            verdicts.append(worst if state["rest"] is None else state["rest"])
    return False if False in verdicts else None if None in verdicts else True


def gate(code: str, amounts: Mapping[str, Fraction | None], state: Mapping[str, Any]) -> bool | None:
    """Return whether a condition that is known holds; None where there is no criterion for such a patient."""
    if code in {"baseline_high", "baseline_low"}:
        return bool(state["high"])
    if code in {"baseline_not_high", "baseline_not_low"}:
        return not state["high"]
    if code == "above_baseline":
        value, base = amounts["value"], amounts["own"]
        return state["first"] or base is None or (value is not None and compare(value, base) > 0)
    if code in {"adult", "child"}:
        return True if state["child"] == (code == "child") else None
    follow_up = amounts["base"] is not None and not state["first"]
    return follow_up if code == "follow_up" else not follow_up


def within(rule: Mapping[str, str], end: str, amounts: Mapping[str, Fraction | None]) -> bool | None:
    """Return whether the value is on the right side of one end of an interval; None where the end is not known."""
    number, reference, value = Fraction(rule[end]), rule[f"{end}_ref"], amounts["value"]
    bound = number
    if reference != "absolute":
        anchor = amounts["base" if "baseline" in reference else reference.strip("x+ ").lower()]
        if anchor is None:
            return None
        if reference.endswith("+"):
            bound = anchor + number
        else:
            bound = anchor * (1 + number / 100 if "%" in reference else number)
    assert value is not None
    side = compare(value, bound)
    if side == 0:
        return rule[f"{end}_included"] == "Y"
    return side > 0 if end == "lower" else side < 0
