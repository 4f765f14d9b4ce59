"""BICLA: every organ active at baseline is better, none is worse, and no treatment has failed."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of, any_of
from carnet.criteria import organs
from carnet.criteria.inputs import SLEDAI, decide, highest, lowest, no_rescue, not_risen, without
from carnet.criteria.organs import ACTIVE, best, worst
from carnet.criteria.sri4 import INPUTS as COMPARED
from carnet.instruments.bilag2004 import SYSTEMS

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "bicla")

FAILURE = Item("treatment_failure", "Treatment failed on or before this assessment", "boolean")
INPUTS = Inputs((*COMPARED.items, FAILURE), optional=COMPARED.optional)

BREAKS = 2
"""What a system weighs that breaks the criterion by itself; one that is newly B weighs 1, and 1 is allowed."""


def _can_be(system: str, at: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return whether a system can be A, can be B, and can be inactive or C, at this time."""
    top, bottom = worst(system, at), best(system, at)
    return top == "A", (bottom != "A") & top.is_in(ACTIVE), ~bottom.is_in(ACTIVE)


def _weights(system: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return the least and the greatest weight of a system, and the least of those with A or B at baseline.

    A now breaks whatever stood before: it is new, or A has not improved. B now breaks after B, is improvement
    after A, and is newly B after C to E.
    """
    now_a, now_b, now_less = _can_be(system, "")
    was_a, was_b, was_less = _can_be(system, "_base")
    none, one, breaks, never = (pl.lit(n, pl.Int16) for n in (0, 1, BREAKS, BREAKS * len(SYSTEMS)))
    improved = now_less | (now_b & was_a)
    newly_b = now_b & was_less
    least = pl.when(improved).then(none).when(newly_b).then(one).otherwise(breaks)
    most = pl.when(now_a | (now_b & was_b)).then(breaks).when(newly_b).then(one).otherwise(none)
    active = pl.when(~(was_a | was_b)).then(never).when(improved).then(none).otherwise(breaks)
    return least, most, active


def _improved(system: str) -> Rule:
    """Return the rule that a system has left the A or B that it had at baseline for a better grade."""
    now_a, now_b, now_less = _can_be(system, "")
    was_a, was_b, was_less = _can_be(system, "_base")
    fails = (now_a & was_a) | ((now_a | now_b) & was_b)
    holds = was_less | now_less | (now_b & was_a)
    name, label = f"bicla_{system}_im", f"{system} better than an A or B at baseline"
    return Rule(name, label, decide(~fails, holds), phrase=organs.told(system, "_base"))


def active_at_baseline() -> Rule:
    """Return the rule that some system is A or B at baseline: who belongs in the denominator of BICLA."""
    parts = []
    for system in SYSTEMS:
        surely, possibly = best(system, "_base").is_in(ACTIVE), worst(system, "_base").is_in(ACTIVE)
        grade = f"{system} {{bilag_{system}_base}} at baseline"
        name, label = f"bicla_{system}_el", f"{system} A or B at baseline"
        parts.append(Rule(name, label, decide(surely, possibly), phrase=grade))
    grades, bounds = organs.graded("_base")
    inputs = Inputs((*grades, *bounds), optional={item.id: pl.lit(None) for item in bounds})
    whole = any_of(
        "bicla_el", "some BILAG system A or B at baseline", *parts, source="wallace2011", in_line=True
    )
    return replace(whole, inputs=inputs)


def _organs() -> Rule:
    """Return the clause on the nine systems together, over every joint completion of what is unknown.

    The clauses share the grades, so no single one may decide what they decide together. A response is possible
    where the least weights suffice although one system, the one that costs least, was A or B at baseline.
    """
    weights = [_weights(system) for system in SYSTEMS]
    least = reduce(add, (weight for weight, _, _ in weights))
    most = reduce(add, (weight for _, weight, _ in weights))
    surely_active = pl.any_horizontal(best(system, "_base").is_in(ACTIVE) for system in SYSTEMS)
    dearer = pl.min_horizontal(active - weight for weight, _, active in weights)
    possible = least + dearer <= 1
    return Rule(
        "bicla_bl",
        "every BILAG A and B of baseline better, no new A and at most one new B",
        decide((most <= 1) & surely_active, possible),
        parts=(
            active_at_baseline(),
            all_of(
                "bicla_im",
                "every BILAG A and B of baseline better",
                *(_improved(system) for system in SYSTEMS),
                in_line=True,
            ),
            organs.no_new_a("bicla_na", "bicla", "_base"),
            organs.few_new_b("bicla_nb", "bicla", "_base", 1),
        ),
    )


def bicla(**settings: Any) -> Rule:
    """Return the BILAG-based composite (wallace2011), each part against baseline.

    Without an A or B at baseline there is nothing to improve: no response, and outside the denominator.

    >>> grades = {f"bilag_{system}{at}": "C" for system in SYSTEMS for at in ("", "_base")}
    >>> row = {**grades, "bilag_renal_base": "B", "bilag_renal": "B"}
    >>> print(*BICLA.explain(BICLA.judge([row]).row(0, named=True)), sep="\\n")
    no       BICLA response
      no       every BILAG A and B of baseline better, no new A and at most one new B
        no       every BILAG A and B of baseline better: renal B -> B
    """
    chosen = PARAMETERS.set(**settings)
    change_most = highest("sledai2k", SLEDAI) - lowest("sledai2k", SLEDAI, "_base")
    change_least = lowest("sledai2k", SLEDAI) - highest("sledai2k", SLEDAI, "_base")
    allowed = chosen["sledai"]
    said = "not above baseline" if allowed == 0 else f"at most {allowed} above baseline"
    whole = all_of(
        "bicla",
        "BICLA response",
        _organs(),
        Rule(
            "bicla_sl",
            f"SLEDAI-2K {said}",
            decide(change_most <= allowed, change_least <= allowed),
            phrase=f"SLEDAI-2K {{sledai2k:from}} ({{sledai2k:by}}; needed at most +{allowed})",
        ),
        not_risen(chosen["pga"], "bicla_pg"),
        without(FAILURE, "bicla_tf", "no treatment failure"),
        no_rescue("bicl_res"),
        source="wallace2011",
    )
    return replace(whole, inputs=INPUTS, parameters=chosen, make=bicla)


BICLA = bicla()
BICLA_ELIGIBLE = active_at_baseline()
