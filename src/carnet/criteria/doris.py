"""DORIS remission: no clinical activity, a low global assessment, and little treatment or none."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.criteria.inputs import CLINICAL, DOSE, assessment, below, inactive, scored, without
from carnet.instruments.sledai2k import ITEMS

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "doris")

TOTAL, BOUNDS = scored("sledai2k_clinical", "Clinical SLEDAI-2K", CLINICAL)
STABLE = Item("stable_treatment", "Antimalarials, immunosuppressants and biologics stable", "boolean")
SUPPRESSED = Item("immunosuppressant", "Takes an immunosuppressant or a biologic", "boolean")
SEROLOGY = tuple(item for item in ITEMS if "serological" in item.groups)

VARIANTS = {
    "doris": ("DORIS remission", True, False),
    "dorisoff": ("DORIS remission off treatment", False, False),
    "doriscmp": ("DORIS complete remission", True, True),
    "doriscof": ("DORIS complete remission off treatment", False, True),
}
"""The variants: label, whether treatment is allowed, whether serology must be quiet as well."""

FAMILY = {"doris": "doris", "dorisoff": "doff", "doriscmp": "dcmp", "doriscof": "dcof"}
"""How the ids of the parts begin."""


def remission(variant: str, **settings: Any) -> Rule:
    """Return a variant of remission; `carnet describe doris` lists the parameters, which all variants share.

    Off treatment allows antimalarials alone; complete asks for quiet serology as well (vanvollenhoven2017).

    >>> row = {"sledai2k_clinical": 0, "pga": 0.2, "prednisone": 2.5, "immunosuppressant": False}
    >>> print(*DORIS_OFF.explain(DORIS_OFF.judge([row]).row(0, named=True)), sep="\\n")
    no       DORIS remission off treatment
      no       prednisone 2.5 mg/day (needed at most 0 mg/day)
    """
    chosen = PARAMETERS.set(**settings)
    label, treated, serology = VARIANTS[variant]
    own = FAMILY[variant]
    dose, included = (chosen["dose"], chosen["dose_included"]) if treated else (0.0, True)
    treatment = (
        Rule(f"{own}_tx", "antimalarials, immunosuppressants and biologics stable", pl.col(STABLE.id))
        if treated
        else without(SUPPRESSED, f"{own}_is", "no immunosuppressant and no biologic")
    )
    quiet = (
        [
            all_of(
                f"{own}_se",
                "no serological activity",
                *(
                    Rule(
                        f"{own}_no_{item.id.removeprefix('sledai_')}",
                        f"no {item.label}",
                        ~pl.col(item.id),
                        phrase=f"{item.label} {{{item.id}:present}}",
                    )
                    for item in SEROLOGY
                ),
            )
        ]
        if serology
        else []
    )
    whole = all_of(
        variant,
        label,
        inactive(0, f"{own}_cs"),
        below("pga", chosen["pga"], chosen["pga_included"], "PGA", f"{own}_pg"),
        below("prednisone", dose, included, "prednisone", f"{own}_gc", " mg/day"),
        treatment,
        *quiet,
        source="vanvollenhoven2021" if variant == "doris" else "vanvollenhoven2017",
    )
    read = (TOTAL, *BOUNDS, assessment("pga"), DOSE, STABLE if treated else SUPPRESSED)
    inputs = Inputs(
        (*read, *(SEROLOGY if serology else ())), optional={item.id: pl.lit(None) for item in BOUNDS}
    )
    return replace(whole, inputs=inputs, parameters=chosen, make=partial(remission, variant))


def doris(**settings: Any) -> Rule:
    """Return remission on treatment (vanvollenhoven2021); `carnet describe doris` lists the parameters.

    Serology plays no part.

    >>> row = {"sledai2k_clinical": 0, "pga": 0.2, "prednisone": 7.5, "stable_treatment": True}
    >>> print(*DORIS.explain(DORIS.judge([row]).row(0, named=True)), sep="\\n")
    no       DORIS remission
      no       prednisone 7.5 mg/day (needed at most 5 mg/day)
    """
    return remission("doris", **settings)


DORIS = doris()
DORIS_OFF, DORIS_COMPLETE, DORIS_COMPLETE_OFF = (remission(name) for name in list(VARIANTS)[1:])
