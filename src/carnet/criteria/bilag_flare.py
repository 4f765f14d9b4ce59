"""BILAG flare: an organ newly A (severe) or newly B (moderate) against the previous assessment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, any_of, at_least
from carnet.criteria import organs
from carnet.criteria.inputs import decide
from carnet.instruments.bilag2004 import SYSTEMS

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "bilag_flare")

GRADED, BOUNDS = organs.graded("", "_prev")
INPUTS = Inputs((*GRADED, *BOUNDS), optional={item.id: pl.lit(None) for item in BOUNDS})


def _new(letter: str) -> list[Rule]:
    newly = {"a": organs.newly_a, "b": organs.newly_b}[letter]
    return [
        Rule(
            f"bfl_{system}_{letter}",
            f"{system} newly {letter.upper()}",
            decide(*newly(system, "_prev")),
            phrase=organs.told(system, "_prev"),
        )
        for system in SYSTEMS
    ]


def severe(**settings: Any) -> Rule:
    """Return the severe flare (gordon2003): some system newly A."""
    chosen = PARAMETERS.set(**settings)
    whole = any_of(
        "bfl_sev", "severe BILAG flare: a system newly A", *_new("a"), source="gordon2003", in_line=True
    )
    return replace(whole, inputs=INPUTS, parameters=chosen, make=severe)


def moderate(**settings: Any) -> Rule:
    """Return the moderate flare (gordon2003): as many systems newly B as a flare takes, one by default."""
    chosen = PARAMETERS.set(**settings)
    n = max(1, chosen["new_b"])
    said = "a system newly B" if n == 1 else f"{n} systems newly B"
    whole = at_least(
        n, "bfl_mod", f"moderate BILAG flare: {said}", *_new("b"), source="gordon2003", in_line=True
    )
    return replace(whole, inputs=INPUTS, parameters=chosen, make=moderate)


def bilag_flare(**settings: Any) -> Rule:
    """Return the flare by BILAG-2004 (gordon2003), severe or moderate, against the previous assessment.

    A system between newly A and newly B is a flare, whichever it is. Before a second assessment only the
    absence of any A and B is certain.

    >>> row = {f"bilag_{system}{at}": "D" for system in SYSTEMS for at in ("", "_prev")}
    >>> BILAG_FLARE.judge([row | {"bilag_renal": "B"}]).select("bflare", "bfl_sev", "bfl_mod").row(0)
    (True, False, True)
    """
    chosen = PARAMETERS.set(**settings)
    n = max(1, chosen["new_b"])
    least, most = organs.worsening("_prev", n)
    return Rule(
        "bflare",
        "BILAG flare",
        decide(least >= n, most >= n),
        source="gordon2003",
        parts=(severe(**settings), moderate(**settings)),
        inputs=INPUTS,
        parameters=chosen,
        make=bilag_flare,
    )


BILAG_FLARE = bilag_flare()
