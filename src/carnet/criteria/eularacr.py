"""EULAR/ACR 2019 classification: an ANA at entry, then the highest weight of each domain added up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of, any_of
from carnet.core.table import read_rows
from carnet.criteria.inputs import decide

PARAMETERS = read_parameters("carnet.criteria", "parameters.csv", "eularacr")

CRITERIA = read_rows("carnet.criteria", "eularacr.csv")
"""The criteria with domain and weight; each counts once it was ever present without a likelier cause."""

ITEMS = tuple(Item(row["id"], row["label"], "boolean", points=int(row["points"])) for row in CRITERIA)
DOMAINS = tuple(dict.fromkeys(row["domain"] for row in CRITERIA))
ANA = Item("eularacr_ana", "ANA 1:80 or more at least once", "boolean")


def points(unknown: bool) -> pl.Expr:
    """Return the sum of the highest weight of each domain, every unknown criterion present or absent (aringer2019).

    >>> row = pl.DataFrame({item.id: [None] for item in ITEMS}, schema_overrides={i.id: pl.Boolean for i in ITEMS})
    >>> row.select(least=points(False), most=points(True)).row(0)
    (0, 51)
    """
    highest = (
        pl.max_horizontal(
            pl.col(row["id"]).fill_null(unknown).cast(pl.Int64) * int(row["points"])
            for row in CRITERIA
            if row["domain"] == domain
        )
        for domain in DOMAINS
    )
    return pl.sum_horizontal(highest)


def eularacr(**settings: Any) -> Rule:
    """Return the classification as lupus (aringer2019): for studies, not for the bedside.

    >>> row = {"eularacr_ana": True, "eularacr_class_3_4": True}
    >>> EULAR_ACR.judge([row]).select("eularacr", "eula_pts").row(0)
    (True, True)
    """
    chosen = PARAMETERS.set(**settings)
    least = chosen["points"]
    clinical = [
        Rule(f"{row['id']}_met", row["label"][0].lower() + row["label"][1:], pl.col(row["id"]))
        for row in CRITERIA
        if row["clinical"] == "Y"
    ]
    whole = all_of(
        "eularacr",
        "EULAR/ACR 2019 classification as lupus",
        Rule("eula_ana", "ANA 1:80 or more at least once", pl.col(ANA.id)),
        any_of("eula_cli", "at least one clinical criterion", *clinical),
        Rule("eula_pts", f"at least {least} points", decide(points(False) >= least, points(True) >= least)),
        source="aringer2019",
    )
    return replace(whole, inputs=Inputs((ANA, *ITEMS)), parameters=chosen, make=eularacr)


EULAR_ACR = eularacr()
