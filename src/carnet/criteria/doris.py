"""DORIS remission: no clinical activity, a low global assessment, little prednisone, stable treatment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.criteria.inputs import CLINICAL, DOSE, assessment, decide, highest, lowest, score

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "doris")

BOUNDS = tuple(
    score(f"sledai2k_clinical_{end}", "Clinical SLEDAI-2K bound", CLINICAL) for end in ("min", "max")
)

INPUTS = Inputs(
    (
        score("sledai2k_clinical", "Clinical SLEDAI-2K", CLINICAL),
        *BOUNDS,
        assessment("pga"),
        DOSE,
        Item("stable_treatment", "Antimalarials, immunosuppressants and biologics stable", "boolean"),
    ),
    optional={item.id: pl.lit(None) for item in BOUNDS},
)


def below(column: str, limit: float, included: bool, label: str, id: str, unit: str = "") -> Rule:
    """Return the rule that a value lies below a limit, or at it where the limit is included."""
    value = pl.col(column).round(6)
    passes = value <= limit if included else value < limit
    needed = f"{'at most' if included else 'below'} {limit:g}{unit}"
    return Rule(id, f"{label} {needed}", passes, phrase=f"{label} {{{column}}} (needed {needed})")


def doris(**settings: Any) -> Rule:
    """Return remission on treatment (vanvollenhoven2021); `carnet describe doris` lists the parameters.

    Serology plays no part.

    >>> row = {"sledai2k_clinical": 0, "pga": 0.2, "prednisone": 7.5, "stable_treatment": True}
    >>> print(*DORIS.explain(DORIS.judge([row]).row(0, named=True)), sep="\\n")
    no       DORIS remission
      no       prednisone 7.5 mg/day (needed at most 5 mg/day)
    """
    chosen = PARAMETERS.set(**settings)
    no_activity = decide(
        highest("sledai2k_clinical", CLINICAL) == 0, lowest("sledai2k_clinical", CLINICAL) == 0
    )
    whole = all_of(
        "doris",
        "DORIS remission",
        Rule(
            "doris_cs",
            "clinical SLEDAI-2K is 0",
            no_activity,
            phrase="clinical SLEDAI-2K {sledai2k_clinical} (needed 0)",
        ),
        below("pga", chosen["pga"], chosen["pga_included"], "PGA", "doris_pg"),
        below("prednisone", chosen["dose"], chosen["dose_included"], "prednisone", "doris_gc", " mg/day"),
        Rule(
            "doris_tx", "antimalarials, immunosuppressants and biologics stable", pl.col("stable_treatment")
        ),
        source="vanvollenhoven2021",
    )
    return replace(whole, inputs=INPUTS, parameters=chosen, make=doris)


DORIS = doris()
