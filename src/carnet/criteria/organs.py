"""Organs: the nine BILAG-2004 grades against those of another time, each known or within bounds."""

from __future__ import annotations

from functools import reduce
from operator import add

import polars as pl

from carnet.core.form import Item
from carnet.core.rule import Rule, all_of, at_least
from carnet.criteria.inputs import decide
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.level import GRADE, GRADES

ACTIVE = ["A", "B"]


def graded(*at: str) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return the inputs of the nine grades at these times, and those of their bounds."""
    grades: list[Item] = []
    bounds: list[Item] = []
    for time in at:
        for system in SYSTEMS:
            label = f"BILAG-2004 {system}"
            grades.append(Item(f"bilag_{system}{time}", label, "choice", choices=GRADES))
            bounds += [
                Item(f"bilag_{system}_{end}{time}", f"{label}, {end}", "choice", choices=GRADES)
                for end in ("best", "worst")
            ]
    return tuple(grades), tuple(bounds)


def _grade(bound: str, value: str, end: str) -> pl.Expr:
    return pl.coalesce(pl.col(bound), pl.col(value), pl.lit(end, GRADE))


def best(system: str, at: str = "") -> pl.Expr:
    """Return the best grade that is possible: as given, else the grade, else E."""
    return _grade(f"bilag_{system}_best{at}", f"bilag_{system}{at}", GRADES[-1])


def worst(system: str, at: str = "") -> pl.Expr:
    """Return the worst grade that is possible: as given, else the grade, else A."""
    return _grade(f"bilag_{system}_worst{at}", f"bilag_{system}{at}", GRADES[0])


def newly_a(system: str, at: str) -> tuple[pl.Expr, pl.Expr]:
    """Return whether a system surely, and whether it possibly, is A now and was not A then."""
    return (
        (best(system) == "A") & (worst(system, at) != "A"),
        (worst(system) == "A") & (best(system, at) != "A"),
    )


def newly_b(system: str, at: str) -> tuple[pl.Expr, pl.Expr]:
    """Return whether a system surely, and whether it possibly, is B now and was neither A nor B then."""
    return (
        (best(system) == "B") & (worst(system) == "B") & ~worst(system, at).is_in(ACTIVE),
        (best(system) != "A") & worst(system).is_in(ACTIVE) & ~best(system, at).is_in(ACTIVE),
    )


def _weight(now: pl.Expr, then: pl.Expr, a: int) -> pl.Expr:
    newly_b = (now == "B") & ~then.is_in(ACTIVE)
    many, one, none = (pl.lit(weight, pl.Int16) for weight in (a, 1, 0))
    return pl.when((now == "A") & (then != "A")).then(many).when(newly_b).then(one).otherwise(none)


def worsening(at: str, a: int) -> tuple[pl.Expr, pl.Expr]:
    """Return how much the nine systems have worsened, at least and at most: `a` for each new A, 1 for each new B.

    A weight rises as the grade now worsens and falls as the one then does, so its ends are taken at the
    ends of the two.
    """
    return (
        reduce(add, (_weight(best(s), worst(s, at), a) for s in SYSTEMS)),
        reduce(add, (_weight(worst(s), best(s, at), a) for s in SYSTEMS)),
    )


def told(system: str, at: str) -> str:
    """Return the phrase that tells the way of a system's grade."""
    return f"{system} {{bilag_{system}{at}}} -> {{bilag_{system}}}"


def no_new_a(id: str, family: str, at: str) -> Rule:
    """Return the rule that no system is newly A."""
    parts = []
    for system in SYSTEMS:
        surely, possibly = newly_a(system, at)
        verdict = decide(~possibly, ~surely)
        name = f"{family}_{system}_a"
        parts.append(Rule(name, f"{system} not newly A", verdict, phrase=told(system, at)))
    return all_of(id, "no BILAG system newly A", *parts, in_line=True)


def few_new_b(id: str, family: str, at: str, allowed: int) -> Rule:
    """Return the rule that no more systems than allowed are newly B."""
    parts = []
    for system in SYSTEMS:
        surely, possibly = newly_b(system, at)
        verdict = decide(~possibly, ~surely)
        name = f"{family}_{system}_b"
        parts.append(Rule(name, f"{system} not newly B", verdict, phrase=told(system, at)))
    many = {0: "no BILAG system", 1: "at most one BILAG system"}
    label = f"{many.get(allowed, f'at most {allowed} BILAG systems')} newly B"
    return at_least(len(SYSTEMS) - allowed, id, label, *parts, in_line=True)


def not_worse(criterion: str) -> Rule:
    """Return the clause of SRI on the nine systems together: no new A and at most one new B against baseline.

    A system that lies between newly A and newly B breaks the rule beside a second one that is newly B,
    whichever it is: no single part says so, the sum of the weights does.
    """
    least, most = worsening("_base", 2)
    return Rule(
        f"{criterion}_bil",
        "no new BILAG A and at most one new B",
        decide(most <= 1, least <= 1),
        parts=(
            no_new_a(f"{criterion}_bla", criterion, "_base"),
            few_new_b(f"{criterion}_blb", criterion, "_base", 1),
        ),
    )
