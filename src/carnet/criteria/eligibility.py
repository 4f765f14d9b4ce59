"""Eligibility: every inclusion criterion met, no exclusion criterion met."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.rule import Rule, all_of


def eligible(inclusion: Sequence[str], exclusion: Sequence[str]) -> Rule:
    """Return the rule over the answers, whose columns bear the ids of the criteria.

    >>> rule = eligible(["I01", "I02"], ["E01"])
    >>> rule.judge({"I01": ["Y", "Y"], "I02": ["Y", ""], "E01": ["N", "N"]})["eligible"].to_list()
    [True, None]
    """
    rules = (
        *(Rule(f"{id}_met", f"{id} met", pl.col(id)) for id in inclusion),
        *(Rule(f"{id}_not_met", f"{id} not met", ~pl.col(id)) for id in exclusion),
    )
    items = tuple(Item(id, id, "boolean") for id in (*inclusion, *exclusion))
    whole = all_of("eligible", "every inclusion and no exclusion criterion met", *rules)
    return Rule(whole.id, whole.label, whole.expr, parts=whole.parts, inputs=Inputs(items))
