"""CLASI-50: skin activity halved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.criteria.inputs import decide, highest, lowest, scored

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "clasi50")

ACTIVITY = (0, 70)
"""The ends of the activity score (albrecht2005)."""

NOW, BOUNDS = scored("clasi_activity", "CLASI activity", ACTIVITY)
BASE, BOUNDS_BASE = scored("clasi_activity", "CLASI activity", ACTIVITY, "_base")


def _inputs(needed: tuple[Item, ...], bounds: tuple[Item, ...]) -> Inputs:
    return Inputs((*needed, *bounds), optional={item.id: pl.lit(None) for item in bounds})


def active_at_baseline(**settings: Any) -> Rule:
    """Return the rule that the skin was active at baseline: who belongs in the denominator of CLASI-50."""
    chosen = PARAMETERS.set(**settings)
    least = chosen["baseline"]
    low, high = (end("clasi_activity", ACTIVITY, "_base") for end in (lowest, highest))
    active = decide(low >= least, high >= least)
    return Rule(
        "clasi_el", f"CLASI activity at least {least:g} at baseline", active, source="albrecht2005",
        inputs=_inputs((BASE,), BOUNDS_BASE), parameters=chosen, make=active_at_baseline,
    )  # fmt: skip


def clasi50(**settings: Any) -> Rule:
    """Return the response of the skin (albrecht2005): activity lower by half or more than at baseline.

    >>> rows = {"clasi_activity_base": [20, 20, 0], "clasi_activity": [10, 11, 0]}
    >>> CLASI50.judge(rows)["clasi50"].to_list()
    [True, False, False]
    """
    chosen = PARAMETERS.set(**settings)
    left = 100 - chosen["fall"]

    def fallen(now: pl.Expr, base: pl.Expr) -> pl.Expr:
        return (now * 100) <= base * left

    low, high = lowest("clasi_activity", ACTIVITY), highest("clasi_activity", ACTIVITY)
    low_base, high_base = (end("clasi_activity", ACTIVITY, "_base") for end in (lowest, highest))
    fall = decide(fallen(high, low_base), fallen(low, high_base))
    whole = all_of(
        f"clasi{chosen['fall']:g}",
        f"CLASI-{chosen['fall']:g} response",
        active_at_baseline(**settings),
        Rule(
            "clasi_fl",
            f"CLASI activity at least {chosen['fall']:g} % lower",
            fall,
            phrase="CLASI activity {clasi_activity:from}",
        ),
        source="albrecht2005",
    )
    return replace(
        whole, inputs=_inputs((NOW, BASE), (*BOUNDS, *BOUNDS_BASE)), parameters=chosen, make=clasi50
    )


CLASI50 = clasi50()
