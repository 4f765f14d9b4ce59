"""SRI-4 and its stricter forms: a better SLEDAI-2K with no organ and no global assessment worse."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.criteria import organs
from carnet.criteria.inputs import (
    RESCUE,
    SLEDAI,
    assessment,
    decide,
    highest,
    lowest,
    no_rescue,
    not_risen,
    scored,
)

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "sri")

TIMES = ("", "_base")


def compared() -> Inputs:
    """Return what is read: three instruments now and at baseline; bounds and rescue where there."""
    totals = [scored("sledai2k", "SLEDAI-2K", SLEDAI, at) for at in TIMES]
    grades, graded_bounds = organs.graded(*TIMES)
    needed = (*(total for total, _ in totals), *(assessment(f"pga{at}") for at in TIMES), *grades)
    bounds = (*(bound for _, ends in totals for bound in ends), *graded_bounds)
    return Inputs(
        (*needed, *bounds, RESCUE),
        optional={**{item.id: pl.lit(None) for item in bounds}, "rescue": pl.lit(False)},
    )


INPUTS = compared()


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
    whole = all_of(
        name,
        f"SRI-{n} response",
        Rule(
            f"{name}_sle",
            f"SLEDAI-2K at least {n} points lower",
            decide(fall_least >= n, fall_most >= n),
            phrase=f"SLEDAI-2K {{sledai2k:from}} ({{sledai2k:by}}; needed -{n} or lower)",
        ),
        organs.not_worse(name),
        not_risen(limit, f"{name}_pga"),
        no_rescue(f"{name}_res"),
        source="furie2009",
    )
    return replace(whole, inputs=INPUTS, parameters=parameters, make=sri)


def attainable(n: int = PARAMETERS["n"]) -> Rule:
    """Return the rule that a fall of n points is possible at all: who belongs in the denominator of SRI(n).

    >>> attainable(6).judge({"sledai2k_base": [5, 6, None]})["sri6_el"].to_list()
    [False, True, None]
    """
    n = PARAMETERS.set(n=n)["n"]
    total, bounds = scored("sledai2k", "SLEDAI-2K", SLEDAI, "_base")
    high_enough = decide(lowest("sledai2k", SLEDAI, "_base") >= n, highest("sledai2k", SLEDAI, "_base") >= n)
    return Rule(
        f"sri{n}_el",
        f"SLEDAI-2K of at least {n} at baseline: SRI-{n} can be reached",
        high_enough,
        source="furie2009",
        inputs=Inputs((total, *bounds), optional={item.id: pl.lit(None) for item in bounds}),
    )


SRI4, SRI5, SRI6, SRI7, SRI8 = (sri(points) for points in range(4, 9))
