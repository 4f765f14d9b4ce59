"""SELENA flare index: score, global assessment, manifestations and treatment against the previous assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import Parameters, read_parameters
from carnet.core.rule import Rule, all_of, any_of
from carnet.criteria.inputs import (
    DOSE,
    PGA,
    SLEDAI,
    assessment,
    decide,
    highest,
    lowest,
    recorded,
    rise,
    scored,
)

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "sfi")

MILD = {
    "man": Item("flare_manifestation_mild", "New or worse mild manifestation on the list", "boolean"),
    "drg": Item("flare_drug_mild", "NSAID or hydroxychloroquine added", "boolean"),
}
SEVERE = {
    "man": Item("flare_manifestation_severe", "New or worse severe manifestation on the list", "boolean"),
    "drg": Item("flare_drug_severe", "New immunosuppressant or cyclophosphamide", "boolean"),
    "hos": Item("flare_hospital", "Hospital stay for lupus", "boolean"),
}
ASKED = (*MILD.values(), *SEVERE.values())
"""What is asked of each assessment; each alone is a trigger."""


def _inputs() -> Inputs:
    totals = [scored("sledai2k", "SLEDAI", SLEDAI, at) for at in ("", "_prev")]
    bounds = tuple(bound for _, ends in totals for bound in ends)
    needed = (
        *(total for total, _ in totals),
        assessment("pga"),
        assessment("pga_prev"),
        DOSE,
        replace(DOSE, id="prednisone_prev"),
        Item("weight", "Body weight", "decimal", unit="kg", low=0),
        *ASKED,
    )
    return Inputs((*needed, *bounds), optional={item.id: pl.lit(None) for item in bounds})


INPUTS = _inputs()


def _score(chosen: Parameters) -> Mapping[str, pl.Expr]:
    """Return whether the score is a trigger of any flare, of a severe one, and of a mild or moderate one."""
    low, high = lowest("sledai2k", SLEDAI), highest("sledai2k", SLEDAI)
    low_before, high_before = lowest("sledai2k", SLEDAI, "_prev"), highest("sledai2k", SLEDAI, "_prev")
    step, top = chosen["sledai_rise"], chosen["sledai_high"]
    risen = decide(low - high_before >= step, high - low_before >= step)
    severe = decide(low > top, high > top)
    least, most = pl.max_horizontal(low, low_before + step), pl.min_horizontal(high, pl.lit(top))
    mild = decide((low - high_before >= step) & (high <= top), least <= most)
    return {"any": risen | severe, "severe": severe, "mild": mild}


def _assessment(chosen: Parameters) -> Mapping[str, pl.Expr]:
    """Return the same of the physician's assessment."""
    step, top = chosen["pga_rise"], chosen["pga_high"]
    least, most = rise("_prev")
    now = pl.col("pga")
    risen = decide(least >= step, most >= step)
    severe = recorded(now) > top
    within = decide(
        (least >= step) & (recorded(now.fill_null(PGA[1])) <= top),
        (recorded(now.fill_null(pl.lit(top)) - pl.col("pga_prev").fill_null(PGA[0])) >= step)
        & (recorded(now.fill_null(PGA[0])) <= top),
    )
    return {"any": risen | severe, "severe": severe, "mild": within}


def _dose(chosen: Parameters) -> Mapping[str, pl.Expr]:
    """Return the same of the prednisone dose: raised, and raised to more than the limit by body weight or not.

    From a dose at the limit every rise is above it.
    """
    dose, before = recorded(pl.col("prednisone")), recorded(pl.col("prednisone_prev"))
    raised = (dose > 0) & (dose > before)
    limit = recorded(pl.col("weight") * chosen["dose_per_kg"])
    high = (dose > 0) & (dose > limit)
    mild = pl.when(before >= limit).then(False).otherwise(raised & ~high)
    return {"any": raised, "severe": raised & high, "mild": mild}


def _measured(chosen: Parameters) -> dict[str, Mapping[str, pl.Expr]]:
    return {"sle": _score(chosen), "pga": _assessment(chosen), "gc": _dose(chosen)}


def _labels(chosen: Parameters) -> dict[str, dict[str, str]]:
    """Return how the measured triggers are said, by degree."""
    step, top = chosen["sledai_rise"], chosen["sledai_high"]
    mark, high, dose = chosen["pga_rise"], chosen["pga_high"], chosen["dose_per_kg"]
    return {
        "severe": {
            "sle": f"SLEDAI above {top:g}",
            "pga": f"PGA above {high:g}",
            "gc": f"prednisone raised to more than {dose:g} mg/kg/day",
        },
        "mild": {
            "sle": f"SLEDAI at least {step:g} higher, not above {top:g}",
            "pga": f"PGA at least {mark:g} higher, not above {high:g}",
            "gc": f"prednisone raised to {dose:g} mg/kg/day or less",
        },
    }


def _triggers(degree: str, family: str, chosen: Parameters, asked: Mapping[str, Item]) -> list[Rule]:
    """Return the triggers of a flare of this degree, each with an id of the family."""
    labels = _labels(chosen)[degree]
    measured = _measured(chosen).items()
    return [
        *(Rule(f"{family}_{name}", labels[name], conditions[degree]) for name, conditions in measured),
        *(Rule(f"{family}_{name}", item.label.lower(), pl.col(item.id)) for name, item in asked.items()),
    ]


def _whole(rule: Rule, chosen: Parameters, make: Any) -> Rule:
    return replace(rule, source="buyon2005", inputs=INPUTS, parameters=chosen, make=make)


def selena_severe(**settings: Any) -> Rule:
    """Return the severe flare (buyon2005); one trigger suffices."""
    chosen = PARAMETERS.set(**settings)
    triggers = _triggers("severe", "sfs", chosen, SEVERE)
    return _whole(any_of("sfi_sev", "severe SELENA flare", *triggers), chosen, selena_severe)


def _mild(severe: Rule, chosen: Parameters) -> Rule:
    triggers = _triggers("mild", "sfm", chosen, MILD)
    some = any_of("sfm_any", "a trigger of a mild or moderate flare", *triggers)
    not_severe = Rule("sfm_nos", "no severe flare", ~pl.col(severe.id), parts=(severe,))
    return all_of("sfi_mm", "mild or moderate SELENA flare", some, not_severe)


def selena_mild(**settings: Any) -> Rule:
    """Return the mild or moderate flare (buyon2005): a trigger of that degree, and none of a severe flare."""
    chosen = PARAMETERS.set(**settings)
    return _whole(_mild(selena_severe(**settings), chosen), chosen, selena_mild)


def selena_flare(**settings: Any) -> Rule:
    """Return a flare of any degree (buyon2005) since the previous assessment.

    A score that has risen for sure is a flare, whether or not it is known to lie in the severe range.

    >>> row = {"sledai2k": 7, "sledai2k_prev": 4}
    >>> SELENA_FLARE.judge([row]).select("sfi", "sfm_sle", "sfi_sev").row(0)
    (True, True, None)
    """
    chosen = PARAMETERS.set(**settings)
    severe = selena_severe(**settings)
    triggers = [
        *(conditions["any"] for conditions in _measured(chosen).values()),
        *(pl.col(item.id) for item in ASKED),
    ]
    whole = Rule("sfi", "SELENA flare", reduce(or_, triggers), parts=(severe, _mild(severe, chosen)))
    return _whole(whole, chosen, selena_flare)


SELENA_FLARE, SELENA_SEVERE, SELENA_MILD = selena_flare(), selena_severe(), selena_mild()
