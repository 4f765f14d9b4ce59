"""The SDTM tables: their variables as Define-XML wants them, from `datasets.csv` and `variables.csv`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import polars as pl

from carnet.core.dataset import Dataset, read_datasets

ANY, SUPPLEMENTAL = "FINDINGS", "SUPPQUAL"
"""The two patterns among the tables: findings of a domain that has none here, and SUPP-- of any domain."""

RECORDS = ("DM", "SV", "DS", "AE", "CM", "MH", "EC", "DV")
"""Domains whose row is a whole record of a form; in all others a row is the answer to one item."""


@cache
def _tables() -> dict[str, Dataset]:
    return read_datasets("carnet.sdtm")


@cache
def definition(name: str) -> Dataset:
    """Return the definition of a table: a domain, `SUPP` and a domain, RELREC, or one of the design.

    A domain that has no table of its own takes the pattern of findings.

    >>> definition("SUPPAE").label, definition("ZZ").variables[3].name
    ('Supplemental Qualifiers for AE', 'ZZSEQ')
    """
    tables = _tables()
    if name in tables:
        return tables[name]
    if name.startswith("SUPP"):
        return replace(tables[SUPPLEMENTAL], name=name, label=f"Supplemental Qualifiers for {name[4:]}")
    pattern = tables[ANY]
    own = tuple(replace(v, name=v.name.replace("--", name)) for v in pattern.variables)
    keys = tuple(key.replace("--", name) for key in pattern.keys)
    return Dataset(name, f"Findings of {name}", keys, own)


@cache
def variables(domain: str) -> frozenset[str]:
    """Return the names of the variables of a domain."""
    return frozenset(v.name for v in definition(domain).variables)


def definitions(tables: dict[str, pl.DataFrame]) -> dict[str, Dataset]:
    """Return the definition of every table of a trial, by the keys of `tabulate`."""
    return {name: definition(name.upper()) for name in tables}
