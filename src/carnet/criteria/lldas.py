"""LLDAS: low activity in no major organ, nothing new, a low global assessment, little prednisone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of
from carnet.core.table import read_rows
from carnet.criteria import organs
from carnet.criteria.inputs import DOSE, assessment, below, decide
from carnet.instruments.sledai2k import ITEMS, least, most

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "lldas")

VARIANTS = {row["variant"]: row for row in read_rows("carnet.criteria", "lldas_variants.csv")}
"""How the definitions in print differ: organs, what SLEDAI-2K does not ask, newness, treatment."""

CEILINGS = {row["id"]: row for row in read_rows("carnet.criteria", "lldas_ceilings.csv")}

MAJOR = tuple(item for item in ITEMS if "major_organ" in item.groups)
"""The items of kidney, nervous system, heart and lung, vessels, and fever."""

NAMED = tuple(item for item in MAJOR if not item.groups & {"CNS", "vascular"})
"""Those of kidney, serosa and fever; an item of the nervous system or the vessels weighs more than 4 anyway."""

BEYOND = (
    Item("haemolysis", "Haemolytic anaemia", "boolean"),
    Item("gi_activity", "Gastrointestinal activity", "boolean"),
)
"""Activity that SLEDAI-2K has no item for, asked beside it."""

FLARE = Item("flare", "Flare (SELENA index) since the time of comparison", "boolean")
STANDARD = Item("standard_treatment", "Standard maintenance doses, well tolerated", "boolean")
FIRST = Item("first_visit", "No earlier assessment", "boolean")


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


def _nothing_new(kinds: Sequence[str], watched: Sequence[Item]) -> Rule:
    """Return the clause that nothing is new: by items, by organs as well, or by the verdict on a flare."""
    if "flare" in kinds:
        return Rule("lldas_nw", "no flare", ~pl.col("flare"))
    parts = [_not_new(item) for item in watched]
    label = "nothing new since the previous assessment"
    if "bilag" not in kinds:
        return all_of("lldas_nw", label, *parts, in_line=True)
    items = all_of("lldas_ni", "no item new", *parts, in_line=True)
    return all_of("lldas_nw", label, items, _no_organ_new())


def _no_organ_new() -> Rule:
    """Return the clause that no system is newly A or B: one between the two is new for sure."""
    least, most = organs.worsening("_prev", 1)
    parts = (
        organs.no_new_a("lldas_na", "lldas", "_prev"),
        organs.few_new_b("lldas_nb", "lldas", "_prev", 0),
    )
    return Rule("lldas_ob", "no BILAG system newly A or B", decide(most <= 0, least <= 0), parts=parts)


def _treatment(kind: str) -> Rule:
    if kind == "standard":
        return Rule(
            "lldas_tx", "standard maintenance treatment, well tolerated", pl.col("standard_treatment")
        )
    within = [
        below(id, float(row["ceiling"]), True, row["label"], f"lldas_{id}", f" {row['unit']}")
        for id, row in CEILINGS.items()
    ]
    tolerated = Rule(
        "lldas_st", "standard maintenance treatment, well tolerated", pl.col("standard_treatment")
    )
    return all_of("lldas_tx", "each drug within its ceiling", *within, tolerated, source="golder2016")


def _inputs(row: dict[str, str], beyond: Sequence[Item]) -> Inputs:
    """Return what a variant reads, and nothing else."""
    items: tuple[Item, ...] = (*ITEMS, *beyond)
    optional: dict[str, pl.Expr] = {}
    kinds = row["newness"].split()
    if "items" in kinds:
        items = (*items, *(replace(item, id=f"{item.id}_prev") for item in items), FIRST)
        optional["first_visit"] = pl.lit(False)
    if "flare" in kinds:
        items = (*items, FLARE)
    if "bilag" in kinds:
        grades, bounds = organs.graded("", "_prev")
        items = (*items, *grades, *bounds)
        optional |= {item.id: pl.lit(None) for item in bounds}
    if row["treatment"] == "ceilings":
        doses = (Item(id, of["label"], "decimal", unit=of["unit"], low=0) for id, of in CEILINGS.items())
        items = (*items, *doses)
        optional["standard_treatment"] = pl.lit(True)
    return Inputs((*items, assessment("pga"), DOSE, STANDARD), optional)


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
    variant = VARIANTS[chosen["variant"]]
    limit = chosen["sledai"]
    beyond = BEYOND if chosen["beyond_sledai"] and variant["beyond"] == "Y" else ()
    watched = [item for item in ITEMS if chosen["newness"] == "all" or "serological" not in item.groups]
    major = MAJOR if variant["organs"] == "all" else NAMED
    low = Rule("lldas_sl", f"SLEDAI-2K at most {limit}", decide(most(ITEMS) <= limit, least(ITEMS) <= limit))
    activity = f"SLEDAI-2K at most {limit}, no major organ active"
    whole = all_of(
        "lldas",
        "LLDAS",
        all_of(
            "lldas_da",
            activity + (", no haemolysis, no gut activity" if beyond else ""),
            low,
            all_of("lldas_mo", "no activity in a major organ", *map(_absent, major), in_line=True),
            *map(_absent, beyond),
        ),
        _nothing_new(variant["newness"].split(), (*watched, *beyond)),
        below("pga", chosen["pga"], True, "PGA", "lldas_pg"),
        below("prednisone", chosen["dose"], True, "prednisone", "lldas_gc", " mg/day"),
        _treatment(variant["treatment"]),
        source=variant["source"],
    )
    return replace(whole, inputs=_inputs(variant, beyond), parameters=chosen, make=lldas)


LLDAS = lldas()
