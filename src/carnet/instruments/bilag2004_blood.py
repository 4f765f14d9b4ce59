"""Haematological system of BILAG-2004: counts below their thresholds, haemolysis, Coombs test."""

from __future__ import annotations

from carnet.core.bounds import Bounds, every, some, yes
from carnet.core.parameter import Parameters
from carnet.instruments import tables
from carnet.instruments.bounds import ASSUMED, Measure
from carnet.instruments.level import Level

HAEMOLYSIS = "bilag_active_haemolysis"


ROWS = tables.rows("bilag2004_blood.csv")
"""What puts the blood in a grade: a count below a limit, alone or with haemolysis, or a yes/no item."""


def _met(row: dict[str, str], assumed: bool) -> Bounds:
    if not row["below"]:
        return yes(row["item"])
    count = Measure(row["item"], assumed)
    counted = count.finds(count.value < float(row["below"]))
    low = Bounds(counted.least, counted.most | count.open)
    return every(low, yes(HAEMOLYSIS)) if row["haemolysis"] == "Y" else low


def level(parameters: Parameters) -> Level:
    """Return the level of the blood by the chosen set of thresholds; thrombotic purpura apart.

    Printed bands are half-open: 25 to 49 is from 25 to below 50.
    """
    assumed = ASSUMED[parameters["attribution"]]
    chosen = [row for row in ROWS if row["set"] == parameters["haematology"]]
    return Level(*(some(*(_met(row, assumed) for row in chosen if row["grade"] == grade)) for grade in "ABC"))
