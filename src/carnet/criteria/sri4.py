"""SRI-4 and its stricter forms: a better SLEDAI-2K with no organ and no global assessment worse."""

from __future__ import annotations

from functools import reduce
from operator import add

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of, at_least
from carnet.criteria.inputs import PGA, SLEDAI, assessment, decide, highest, lowest, score
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.level import GRADE, GRADES

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "sri")
ACTIVE = ["A", "B"]


def _grade(bound: str, value: str, end: str) -> pl.Expr:
    """Return a bound of a grade: as given, else the grade, else the end of the scale."""
    return pl.coalesce(pl.col(bound), pl.col(value), pl.lit(end, GRADE))


def _best(system: str, at: str = "") -> pl.Expr:
    return _grade(f"bilag_{system}_best{at}", f"bilag_{system}{at}", GRADES[-1])


def _worst(system: str, at: str = "") -> pl.Expr:
    return _grade(f"bilag_{system}_worst{at}", f"bilag_{system}{at}", GRADES[0])


def _newly_a(system: str) -> tuple[pl.Expr, pl.Expr]:
    """Whether the system surely, and whether it possibly, is A now and was not at baseline."""
    return (
        (_best(system) == "A") & (_worst(system, "_base") != "A"),
        (_worst(system) == "A") & (_best(system, "_base") != "A"),
    )


def _newly_b(system: str) -> tuple[pl.Expr, pl.Expr]:
    """Whether the system surely, and whether it possibly, is B now and was neither A nor B at baseline."""
    return (
        (_best(system) == "B") & (_worst(system) == "B") & ~_worst(system, "_base").is_in(ACTIVE),
        (_best(system) != "A") & _worst(system).is_in(ACTIVE) & ~_best(system, "_base").is_in(ACTIVE),
    )


def _weight(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """How much a system has worsened: 2 for newly A, 1 for newly B; a response has a sum of 1 at most."""
    newly_b = (now == "B") & ~before.is_in(ACTIVE)
    two, one, none = (pl.lit(weight, pl.Int16) for weight in (2, 1, 0))
    return pl.when((now == "A") & (before != "A")).then(two).when(newly_b).then(one).otherwise(none)


def _organs(criterion: str) -> Rule:
    """Return the rule on the nine systems together.

    A system that lies between newly A and newly B breaks the rule beside a second one that is newly B,
    whichever it is: no single part says so, the sum of the weights does. A weight rises as the grade now
    worsens and falls as the one at baseline does, so its ends are taken at the ends of the two.
    """
    least = reduce(add, (_weight(_best(s), _worst(s, "_base")) for s in SYSTEMS))
    most = reduce(add, (_weight(_worst(s), _best(s, "_base")) for s in SYSTEMS))
    not_a: list[Rule] = []
    not_b: list[Rule] = []
    for system in SYSTEMS:
        (surely_a, possibly_a), (surely_b, possibly_b) = _newly_a(system), _newly_b(system)
        for grade, verdict, rules in (
            ("A", decide(~possibly_a, ~surely_a), not_a),
            ("B", decide(~possibly_b, ~surely_b), not_b),
        ):
            name = f"{criterion}_{system}_{grade.lower()}"
            grades = f"{system} {{bilag_{system}_base}} -> {{bilag_{system}}}"
            rules.append(Rule(name, f"{system} not newly {grade}", verdict, phrase=grades))
    return Rule(
        f"{criterion}_bil",
        "no new BILAG A and at most one new B",
        decide(most <= 1, least <= 1),
        parts=(
            all_of(f"{criterion}_bla", "no BILAG system newly A", *not_a, in_line=True),
            at_least(
                len(SYSTEMS) - 1, f"{criterion}_blb", "at most one BILAG system newly B", *not_b, in_line=True
            ),
        ),
    )


def _inputs() -> Inputs:
    """Return what is read: three instruments now and at baseline; bounds and rescue where there."""
    needed: list[Item] = []
    bounds: list[Item] = []
    for at in ("", "_base"):
        needed += [score(f"sledai2k{at}", "SLEDAI-2K", SLEDAI), assessment(f"pga{at}")]
        bounds += [score(f"sledai2k_{end}{at}", "SLEDAI-2K bound", SLEDAI) for end in ("min", "max")]
        for system in SYSTEMS:
            label = f"BILAG-2004 {system}"
            needed.append(Item(f"bilag_{system}{at}", label, "choice", choices=GRADES))
            bounds += [
                Item(f"bilag_{system}_{end}{at}", f"{label}, {end}", "choice", choices=GRADES)
                for end in ("best", "worst")
            ]
    rescue = Item("rescue", "Rescue started on or before this assessment", "boolean")
    return Inputs(
        (*needed, *bounds, rescue),
        optional={**{item.id: pl.lit(None) for item in bounds}, "rescue": pl.lit(False)},
    )


INPUTS = _inputs()


def sri(n: int = PARAMETERS["n"], pga: float = PARAMETERS["pga"]) -> Rule:
    """Return the SLE responder index for a fall of n points (furie2009), each part against baseline.

    Without a `rescue` column it is the index as published; with one, a rescue begun is no response.

    >>> row = {"sledai2k_base": 10, "sledai2k": 7}
    >>> print(*SRI4.explain(SRI4.judge([row]).row(0, named=True)), sep="\\n")
    no       SRI-4 response
      no       SLEDAI-2K fell from 10 to 7 (-3; needed -4 or lower)
    """
    parameters = PARAMETERS.set(n=n, pga=pga)
    n, limit = parameters["n"], parameters["pga"]
    name = f"sri{n}"
    fall_least = lowest("sledai2k", SLEDAI, "_base") - highest("sledai2k", SLEDAI)
    fall_most = highest("sledai2k", SLEDAI, "_base") - lowest("sledai2k", SLEDAI)
    rise_most = (pl.col("pga").fill_null(PGA[1]) - pl.col("pga_base").fill_null(PGA[0])).round(6)
    rise_least = (pl.col("pga").fill_null(PGA[0]) - pl.col("pga_base").fill_null(PGA[1])).round(6)
    whole = all_of(
        name,
        f"SRI-{n} response",
        Rule(
            f"{name}_sle", f"SLEDAI-2K at least {n} points lower", decide(fall_least >= n, fall_most >= n),
            phrase=f"SLEDAI-2K {{sledai2k:from}} ({{sledai2k:by}}; needed -{n} or lower)",
        ),
        _organs(name),
        Rule(
            f"{name}_pga", f"PGA less than {limit:g} higher", decide(rise_most < limit, rise_least < limit),
            phrase=f"PGA {{pga:from}} ({{pga:by}}; needed below +{limit:g})",
        ),
        Rule(
            f"{name}_res", "no rescue up to this assessment", ~pl.col("rescue"),
            phrase="rescue begun up to this assessment: {rescue}",
        ),
        source="furie2009",
    )  # fmt: skip
    return Rule(whole.id, whole.label, whole.expr, whole.source, whole.parts, INPUTS, parameters, make=sri)


SRI4, SRI5, SRI6, SRI7, SRI8 = (sri(points) for points in range(4, 9))
