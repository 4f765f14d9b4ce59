"""Haematological system of BILAG-2004: counts below their thresholds, haemolysis, Coombs test."""

from __future__ import annotations

import polars as pl

from carnet.core.bounds import Bounds, every, some, yes
from carnet.core.parameter import Parameters
from carnet.instruments import tables
from carnet.instruments.bounds import ASSUMED, Measure
from carnet.instruments.level import Level

HAEMOLYSIS = "bilag_active_haemolysis"


ROWS = tables.rows("bilag2004_blood.csv")
"""What puts the blood in a grade: a count below a limit, alone or beside haemolysis, or a yes/no item.

Haemoglobin beside haemolysis without a limit stands for any haemoglobin: what is left above the other limits.
"""


def _below(count: Measure, row: dict[str, str], parameters: Parameters) -> pl.Expr:
    """Whether a count is below its limit; null where it was not measured."""
    value = count.value
    if parameters["bands"] == "rounded":
        value = (value * 10 ** int(row["decimals"]) + 0.5).round(6).floor() / 10 ** int(row["decimals"])
    return value < float(row["below"])


def _beside_haemolysis(row: dict[str, str], parameters: Parameters, assumed: bool) -> Bounds:
    """Whether there is haemolysis with haemoglobin below the limit of the row.

    Haemoglobin that is not due to lupus takes no part, yet the haemolysis does: with nothing to weigh it by, the
    condition may hold as the value says or not at all, unless `haemolysis_alone` settles it.
    """
    haemoglobin = Measure(row["item"], assumed)
    haemolysis = yes(HAEMOLYSIS)
    if not row["below"] and parameters["haemolysis_alone"] == "C":
        return haemolysis
    low = _below(haemoglobin, row, parameters) if row["below"] else pl.lit(True)
    due = haemoglobin.due
    least = low.fill_null(False) & due.fill_null(assumed)
    most = low.fill_null(True)
    if parameters["haemolysis_alone"] != "bounded":
        most &= due.fill_null(True)
    return every(Bounds(least, most), haemolysis)


def _met(row: dict[str, str], parameters: Parameters, assumed: bool) -> Bounds:
    if row["haemolysis"] == "Y":
        return _beside_haemolysis(row, parameters, assumed)
    if not row["below"]:
        return yes(row["item"])
    count = Measure(row["item"], assumed)
    counted = count.finds(_below(count, row, parameters))
    return Bounds(counted.least, counted.most | count.open)


def level(parameters: Parameters) -> Level:
    """Return the level of the blood by the chosen set of thresholds; thrombotic purpura apart.

    Printed bands are half-open: 25 to 49 is from 25 to below 50.
    """
    assumed = ASSUMED[parameters["attribution"]]
    chosen = [row for row in ROWS if row["set"] == parameters["haematology"]]
    return Level(
        *(
            some(*(_met(row, parameters, assumed) for row in chosen if row["grade"] == grade))
            for grade in "ABC"
        )
    )
