"""Units of measurement: the only place where a value changes its unit."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from carnet.core.errors import InputError


class UnitError(InputError):
    """A unit that carnet does not know, or a pair of units that do not measure the same."""


@dataclass(frozen=True)
class Unit:
    """A unit: value x factor gives the base unit of its quantity, after adding the offset."""

    unit: str
    quantity: str
    factor: float
    offset: float
    cdisc: str


def _rows(file: str) -> list[dict[str, str]]:
    with files("carnet.core").joinpath(file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def _units() -> dict[str, Unit]:
    """Return every unit by its name and by each of its synonyms."""
    units = {}
    for row in _rows("units.csv"):
        unit = Unit(row["unit"], row["quantity"], float(row["factor"]), float(row["offset"]), row["cdisc"])
        units.update(dict.fromkeys([row["unit"], *filter(None, row["synonyms"].split("|"))], unit))
    return units


@cache
def _molar() -> dict[str, tuple[Unit, Unit, float]]:
    """Return, for each analyte measured in mass and in amount, the two units and the factor between them."""
    return {r["test"]: (unit(r["unit"]), unit(r["to"]), float(r["factor"])) for r in _rows("molar.csv")}


def unit(name: str) -> Unit:
    """Return the unit of this name or synonym; an unknown one is refused by name.

    >>> unit("GI/L").unit
    '10^9/L'
    """
    found = _units().get(name.strip())
    if found is None:
        raise UnitError(f"The unit {name!r} is not known; add it to units.csv or correct it.")
    return found


def canonical(name: pl.Expr) -> pl.Expr:
    """Return a column of unit names as carnet writes them; unknown ones are null.

    >>> pl.select(canonical(pl.Series(["GI/L", "x10^9/L", "furlong"]).implode().explode())).to_series().to_list()
    ['10^9/L', '10^9/L', None]
    """
    names = {synonym: found.unit for synonym, found in _units().items()}
    return name.str.strip_chars().replace_strict(names, default=None, return_dtype=pl.String)


def conversion(from_: str, to: str, test: str = "") -> tuple[float, float]:
    """Return (factor, offset) such that (value + offset) x factor + ... turns `from_` into `to`.

    The converted value is value x factor + offset. Mass and amount convert for the analytes of `molar.csv`,
    named by `test`. A pair that does not measure the same is refused.

    >>> conversion("mg/dL", "umol/L", "CREAT")
    (88.4, 0.0)
    >>> conversion("GI/L", "10^9/L")
    (1.0, 0.0)
    """
    source, target = unit(from_), unit(to)
    bridge = 1.0
    if source.quantity != target.quantity:
        if test not in _molar():
            raise UnitError(f"{source.unit} does not convert to {target.unit}{f' for {test}' if test else ''}.")
        mass, amount, factor = _molar()[test]
        if (source.quantity, target.quantity) == (mass.quantity, amount.quantity):
            bridge = factor * amount.factor / mass.factor
        elif (source.quantity, target.quantity) == (amount.quantity, mass.quantity):
            bridge = mass.factor / (factor * amount.factor)
        else:
            raise UnitError(f"{source.unit} does not convert to {target.unit} for {test}.")
    factor = float(f"{source.factor * bridge / target.factor:.14g}")
    return factor, float(f"{source.offset * factor - target.offset:.14g}") if source != target else 0.0


def convert(value: float, from_: str, to: str, test: str = "") -> float:
    """Return one value in another unit, without the noise of binary floating point.

    >>> convert(98.6, "degF", "degC"), convert(56.561085972850679, "mg/mmol", "g/g")
    (37.0, 0.5)
    """
    factor, offset = conversion(from_, to, test)
    return float(f"{value * factor + offset:.12g}")
