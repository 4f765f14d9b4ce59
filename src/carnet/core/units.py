"""Units of measurement: the only place where a value changes its unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from carnet.core.errors import InputError
from carnet.core.table import read_rows


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


@cache
def _units() -> dict[str, Unit]:
    """Return every unit by its name and by each of its synonyms."""
    units = {}
    for row in read_rows("carnet.core", "units.csv"):
        unit = Unit(row["unit"], row["quantity"], float(row["factor"]), float(row["offset"]), row["cdisc"])
        units.update(dict.fromkeys([row["unit"], *filter(None, row["synonyms"].split("|"))], unit))
    return units


@cache
def _bridges() -> dict[tuple[str, str, str], float]:
    """Return, for an analyte and two quantities, what turns the base unit of one into that of the other."""
    bridges = {}
    for row in read_rows("carnet.core", "molar.csv"):
        source, target = unit(row["unit"]), unit(row["to"])
        factor = float(row["factor"]) * target.factor / source.factor
        bridges[row["test"], source.quantity, target.quantity] = factor
        bridges[row["test"], target.quantity, source.quantity] = 1 / factor
    return bridges


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

    >>> names = pl.DataFrame({"LBSTRESU": ["GI/L", "x10^9/L", "furlong"]})
    >>> names.select(canonical(pl.col("LBSTRESU"))).to_series().to_list()
    ['10^9/L', '10^9/L', None]
    """
    names = {synonym: found.unit for synonym, found in _units().items()}
    return name.str.strip_chars().replace_strict(names, default=None, return_dtype=pl.String)


def conversion(from_: str, to: str, test: str = "") -> tuple[float, float]:
    """Return (factor, offset) such that value x factor + offset turns `from_` into `to`.

    Mass, amount and charge convert for the analytes of `molar.csv`, named by `test`. A pair that does not
    measure the same is refused: 1 mEq/L is 1 mmol/L of sodium and 0.5 mmol/L of calcium.

    >>> conversion("mg/dL", "umol/L", "CREAT")
    (88.4, 0.0)
    >>> conversion("GI/L", "10^9/L")
    (1.0, 0.0)
    >>> conversion("mEq/L", "mmol/L", "SODIUM"), conversion("mEq/L", "mmol/L", "CA")
    ((1.0, 0.0), (0.5, 0.0))
    """
    source, target = unit(from_), unit(to)
    bridge = 1.0
    if source.quantity != target.quantity:
        if (test, source.quantity, target.quantity) not in _bridges():
            what = f" for {test}" if test else ""
            raise UnitError(f"{source.unit} does not convert to {target.unit}{what}.")
        bridge = _bridges()[test, source.quantity, target.quantity]
    factor = float(f"{source.factor * bridge / target.factor:.14g}")
    return factor, float(f"{source.offset * factor - target.offset:.14g}") if source != target else 0.0


def convert(value: float, from_: str, to: str, test: str = "") -> float:
    """Return one value in another unit, without the noise of binary floating point.

    >>> convert(98.6, "degF", "degC"), convert(56.561085972850679, "mg/mmol", "g/g")
    (37.0, 0.5)
    """
    factor, offset = conversion(from_, to, test)
    return float(f"{value * factor + offset:.12g}")
