"""CLASI-50: skin activity halved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.criteria.inputs import decide

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "clasi50")

ACTIVITY = (0, 70)
"""The ends of the activity score (albrecht2005)."""

BASE = Item("clasi_activity_base", "CLASI activity at baseline", "integer", low=ACTIVITY[0], high=ACTIVITY[1])
NOW = replace(BASE, id="clasi_activity", label="CLASI activity")


def active_at_baseline(**settings: Any) -> Rule:
    """Return the rule that the skin was active at baseline: who belongs in the denominator of CLASI-50."""
    chosen = PARAMETERS.set(**settings)
    least = chosen["baseline"]
    active = pl.col(BASE.id) >= least
    return Rule(
        "clasi_el", f"CLASI activity at least {least:g} at baseline", active, source="albrecht2005",
        inputs=Inputs((BASE,)), parameters=chosen, make=active_at_baseline,
    )  # fmt: skip


def clasi50(**settings: Any) -> Rule:
    """Return the response of the skin (albrecht2005): activity lower by half or more than at baseline.

    >>> rows = {"clasi_activity_base": [20, 20, 0], "clasi_activity": [10, 11, 0]}
    >>> CLASI50.judge(rows)["clasi50"].to_list()
    [True, False, False]
    """
    chosen = PARAMETERS.set(**settings)
    now, base = pl.col(NOW.id), pl.col(BASE.id)
    left = 100 - chosen["fall"]

    def fallen(now: pl.Expr, base: pl.Expr) -> pl.Expr:
        return (now * 100) <= base * left

    fall = decide(
        fallen(now.fill_null(ACTIVITY[1]), base.fill_null(ACTIVITY[0])),
        fallen(now.fill_null(ACTIVITY[0]), base.fill_null(ACTIVITY[1])),
    )
    whole = all_of(
        f"clasi{chosen['fall']:g}",
        f"CLASI-{chosen['fall']:g} response",
        active_at_baseline(**settings),
        Rule("clasi_fl", f"CLASI activity at least {chosen['fall']:g} % lower", fall),
        source="albrecht2005",
    )
    return replace(whole, inputs=Inputs((NOW, BASE)), parameters=chosen, make=clasi50)


CLASI50 = clasi50()
