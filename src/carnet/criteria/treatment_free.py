"""Treatment-free remission: remission without any drug for lupus, as series of cell therapy report it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.criteria.doris import BOUNDS, SUPPRESSED, TOTAL
from carnet.criteria.inputs import DOSE, assessment, below, inactive, recorded, without

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "tfr")

REPLACEMENT = Item(
    "replacement", "Hydrocortisone as replacement, in prednisone equivalent", "decimal", unit="mg/day", low=0
)
DRUGS = {
    "antimalarial": Item("antimalarial", "Takes an antimalarial", "boolean"),
    "immunosuppressant": SUPPRESSED,
    "immunoglobulin": Item("immunoglobulin", "Has immunoglobulin", "boolean"),
}
SAID = {
    "antimalarial": ("tfr_am", "no antimalarial"),
    "immunosuppressant": ("tfr_is", "no immunosuppressant and no biologic"),
    "immunoglobulin": ("tfr_ig", "no immunoglobulin"),
}


def treatment_free(**settings: Any) -> Rule:
    """Return remission without treatment (mackensen2022); `carnet describe tfr` lists what may be allowed.

    Allowed replacement is taken off the dose: what is left must be 0.

    >>> row = {"sledai2k_clinical": 0, "pga": 0.2, "prednisone": 5, "replacement": 5,
    ...     "antimalarial": False, "immunosuppressant": False, "immunoglobulin": False}
    >>> [rule.judge([row])["tfr"][0] for rule in (TFR, treatment_free(replacement=True))]
    [False, True]
    """
    chosen = PARAMETERS.set(**settings)
    dose, replaced = pl.col("prednisone"), chosen["replacement"]
    left = pl.when(dose > 0).then(dose - pl.col("replacement")).otherwise(dose) if replaced else dose
    beside = " beside replacement" if replaced else ""
    asked = [name for name in DRUGS if name == "immunosuppressant" or not chosen[name]]
    whole = all_of(
        "tfr",
        "treatment-free remission",
        inactive(0, "tfr_cs"),
        below("pga", chosen["pga"], chosen["pga_included"], "PGA", "tfr_pg"),
        Rule("tfr_gc", f"no glucocorticoid{beside}", recorded(left) <= 0),
        *(without(DRUGS[name], *SAID[name]) for name in asked),
        source="mackensen2022",
    )
    read = (TOTAL, *BOUNDS, assessment("pga"), DOSE, *(DRUGS[name] for name in asked))
    optional = {item.id: pl.lit(None) for item in BOUNDS}
    if replaced:
        read, optional = (*read, REPLACEMENT), {**optional, "replacement": pl.lit(0.0)}
    return replace(whole, inputs=Inputs(read, optional), parameters=chosen, make=treatment_free)


TFR = treatment_free()
