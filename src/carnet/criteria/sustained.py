"""Sustained remission: remission at a visit, at the scheduled visit before it, and at every one after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "sustained")

INPUTS = Inputs(
    (
        Item("doris", "DORIS remission", "boolean"),
        Item("doris_prev", "DORIS remission at the scheduled visit before", "boolean"),
        Item("days_since", "Days since the scheduled visit before", "integer", low=0),
        Item("doris_after", "DORIS remission at every scheduled visit after", "boolean"),
    )
)


def sustained(**settings: Any) -> Rule:
    """Return remission that is sustained from the visit before on (carnet2026).

    >>> row = {"doris": True, "doris_prev": True, "days_since": 28, "doris_after": True}
    >>> SUSTAINED.judge([row, row | {"days_since": 13}, row | {"doris_after": None}])["dorissus"].to_list()
    [True, False, None]
    """
    chosen = PARAMETERS.set(**settings)
    whole = all_of(
        "dorissus",
        "sustained DORIS remission",
        Rule("dsus_now", "in remission", pl.col("doris")),
        Rule("dsus_bef", "in remission at the scheduled visit before", pl.col("doris_prev")),
        Rule("dsus_day", f"at least {chosen['days']} days apart", pl.col("days_since") >= chosen["days"]),
        Rule("dsus_aft", "in remission at every scheduled visit after", pl.col("doris_after")),
        source="carnet2026",
    )
    return replace(whole, inputs=INPUTS, parameters=chosen, make=sustained)


SUSTAINED = sustained()
