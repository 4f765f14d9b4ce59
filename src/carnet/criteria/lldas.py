"""LLDAS: low activity in no major organ, nothing new, a low global assessment, little prednisone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.criteria.doris import below
from carnet.criteria.inputs import DOSE, assessment, decide
from carnet.instruments.sledai2k import ITEMS, least, most

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "lldas")

MAJOR = tuple(item for item in ITEMS if "major_organ" in item.groups)
"""The items of kidney, nervous system, heart and lung, vessels, and fever."""

BEYOND = (
    Item("haemolysis", "Haemolytic anaemia", "boolean"),
    Item("gi_activity", "Gastrointestinal activity", "boolean"),
)
"""Activity that SLEDAI-2K has no item for, asked beside it."""

INPUTS = Inputs(
    (
        *ITEMS,
        *BEYOND,
        *(replace(item, id=f"{item.id}_prev") for item in (*ITEMS, *BEYOND)),
        Item("first_visit", "No earlier assessment", "boolean"),
        assessment("pga"),
        DOSE,
        Item("standard_treatment", "Standard maintenance doses, well tolerated", "boolean"),
    ),
    optional={"first_visit": pl.lit(False)},
)


def _key(item: Item) -> str:
    return item.id.removeprefix("sledai_")


def _absent(item: Item) -> Rule:
    name = f"{item.label[0].lower()}{item.label[1:]}"
    present = f"{name} {{{item.id}:present}}"
    return Rule(f"lldas_no_{_key(item)}", f"no {name}", ~pl.col(item.id), phrase=present)


def _not_new(item: Item) -> Rule:
    """Return the rule that an item is not new: absent now, or present before as well."""
    earlier = pl.when(~pl.col("first_visit")).then(pl.col(f"{item.id}_prev"))
    name = f"{item.label[0].lower()}{item.label[1:]}"
    told = f"{name} {{{item.id}:present}}, before {{{item.id}_prev:present}}"
    return Rule(f"lldas_new_{_key(item)}", f"{name} not new", ~(pl.col(item.id) & ~earlier), phrase=told)


def lldas(**settings: Any) -> Rule:
    """Return the low disease activity state (franklyn2016); `carnet describe lldas` lists the parameters.

    Whether something is new is unknown where it is present and the assessment before did not ask for it.

    >>> row = {f"sledai_{key}": False for key in ("pleurisy", "fever")} | {"sledai_pyuria": True}
    >>> print(*LLDAS.explain(LLDAS.judge([row]).row(0, named=True)), sep="\\n")
    no       LLDAS
      no       SLEDAI-2K at most 4, no major organ active, no haemolysis, no gut activity
        no       no activity in a major organ: pyuria present
    """
    chosen = PARAMETERS.set(**settings)
    limit = chosen["sledai"]
    beyond = BEYOND if chosen["beyond_sledai"] else ()
    watched = [item for item in ITEMS if chosen["newness"] == "all" or "serological" not in item.groups]
    low = Rule("lldas_sl", f"SLEDAI-2K at most {limit}", decide(most(ITEMS) <= limit, least(ITEMS) <= limit))
    activity = f"SLEDAI-2K at most {limit}, no major organ active"
    whole = all_of(
        "lldas",
        "LLDAS",
        all_of(
            "lldas_da",
            activity + (", no haemolysis, no gut activity" if beyond else ""),
            low,
            all_of("lldas_mo", "no activity in a major organ", *map(_absent, MAJOR), in_line=True),
            *map(_absent, beyond),
        ),
        all_of(
            "lldas_nw", "nothing new since the previous assessment",
            *map(_not_new, (*watched, *beyond)), in_line=True,
        ),
        below("pga", chosen["pga"], True, "PGA", "lldas_pg"),
        below("prednisone", chosen["dose"], True, "prednisone", "lldas_gc", " mg/day"),
        Rule("lldas_tx", "standard maintenance treatment, well tolerated", pl.col("standard_treatment")),
        source="franklyn2016",
    )  # fmt: skip
    return replace(whole, inputs=INPUTS, parameters=chosen, make=lldas)


LLDAS = lldas()
