"""SRI, DORIS and LLDAS once more, in plain Python and decimals, over every completion of one row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

GRADES = "EDCBA"


def settled(verdicts: Iterable[bool]) -> bool | None:
    """Return the verdict that all completions share, else None."""
    found = set(verdicts)
    return found.pop() if len(found) == 1 else None


def decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def scores(row: Mapping[str, Any], name: str, at: str, top: int) -> list[int]:
    if row[f"{name}{at}"] is not None:
        return [row[f"{name}{at}"]]
    low, high = row.get(f"{name}_min{at}"), row.get(f"{name}_max{at}")
    return list(range(0 if low is None else low, (top if high is None else high) + 1))


def marks(row: Mapping[str, Any], name: str) -> list[Decimal]:
    if row[name] is not None:
        return [decimal(row[name])]
    return [Decimal(n) / 100 for n in range(301)]


def grades(row: Mapping[str, Any], system: str, at: str) -> str:
    value = row[f"bilag_{system}{at}"]
    best = row.get(f"bilag_{system}_best{at}") or value or "E"
    worst = row.get(f"bilag_{system}_worst{at}") or value or "A"
    return GRADES[GRADES.index(best) : GRADES.index(worst) + 1]


def organs(row: Mapping[str, Any], systems: Iterable[str]) -> bool | None:
    """No new A and at most one new B, by counting over all joint completions of all systems."""
    sums = {(0, 0)}  # (new A, new B) reached by some completion of the systems so far
    for system in systems:
        turns = set()
        for now, before in product(grades(row, system, ""), grades(row, system, "_base")):
            turns.add((int(now == "A" and before != "A"), int(now == "B" and before in "CDE")))
        sums = {(a + x, b + y) for (a, b), (x, y) in product(sums, turns)}
    return settled(a == 0 and b <= 1 for a, b in sums)


def conjunction(*clauses: bool | None) -> bool | None:
    if any(clause is False for clause in clauses):
        return False
    return None if any(clause is None for clause in clauses) else True


def sri(row: Mapping[str, Any], systems: Iterable[str], n: int = 4) -> bool | None:
    """The clauses share no value, so each is completed by itself."""
    fall = settled(
        before - now >= n
        for before, now in product(scores(row, "sledai2k", "_base", 105), scores(row, "sledai2k", "", 105))
    )
    rise = settled(
        now - before < Decimal("0.3") for now, before in product(marks(row, "pga"), marks(row, "pga_base"))
    )
    rescue = row.get("rescue", False)
    return conjunction(fall, organs(row, systems), rise, None if rescue is None else not rescue)


def at_most(value: Any, limit: str, included: bool = True) -> bool | None:
    if value is None:
        return None
    return decimal(value) <= Decimal(limit) if included else decimal(value) < Decimal(limit)


def doris(row: Mapping[str, Any]) -> bool | None:
    return conjunction(
        settled(score == 0 for score in scores(row, "sledai2k_clinical", "", 101)),
        at_most(row["pga"], "0.5", included=False),
        at_most(row["prednisone"], "5"),
        row["stable_treatment"],
    )


def lldas(
    row: Mapping[str, Any], points: Mapping[str, int], major: Iterable[str], beyond: Iterable[str]
) -> bool | None:
    """Activity and newness share the items: they are completed together."""
    watched = [*points, *beyond]
    first = row.get("first_visit", False)
    unknown = [name for name in watched if row[name] is None]
    verdicts = set()
    for firsts in (True, False) if first is None else (first,):
        before = {name: None if firsts else row[f"{name}_prev"] for name in watched}
        unasked = [name for name in watched if before[name] is None]
        for now_found in product((True, False), repeat=len(unknown)):
            now = {**{name: row[name] for name in watched}, **dict(zip(unknown, now_found, strict=True))}
            open_now = [name for name in unasked if now[name]]  # absent now is never new
            for before_found in product((True, False), repeat=len(open_now)):
                was = {**before, **dict(zip(open_now, before_found, strict=True))}
                low = (
                    sum(p for name, p in points.items() if now[name]) <= 4
                    and not any(now[name] for name in major)
                    and not any(now[name] for name in beyond)
                )
                new = any(now[name] and not was[name] for name in watched)
                verdicts.add(low and not new)
    return conjunction(
        settled(verdicts),
        at_most(row["pga"], "1"),
        at_most(row["prednisone"], "7.5"),
        row["standard_treatment"],
    )
