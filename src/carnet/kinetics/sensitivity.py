"""Sensitivity: what CMAX, TMAX and the areas become under each rule for results below quantification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from polars import col

from carnet.kinetics.nca import BLQ, compute, read_windows, settled
from carnet.kinetics.profiles import read_profiles

CODES = ("CMAX", "TMAX", "AUCLST", "AUCALL", "AUCINT")
KEYS = ("subject", "analyte", "PPTESTCD", "PPSTRESU", "PPSTINT", "PPENINT")


def compare(
    conc: Any, doses: Any = None, *, windows: Sequence[str] = (), time_unit: str = "day", **choices: Any
) -> tuple[pl.DataFrame, list[str]]:
    """Return a row per profile and parameter with a column per rule and their `spread`, and the notes.

    The rules are those of `blq`, between quantifiable levels; `spread` is the difference of the highest and
    the lowest number, and a rule that gives none leaves it empty. The tables are read once.

    >>> conc = {"subject": ["01"] * 3, "time": [1.0, 3.0, 5.0], "value": ["400", "BLQ", "100"], "lloq": [50.0] * 3}
    >>> found = compare(conc)[0].filter(pl.col("PPTESTCD") == "AUCLST")
    >>> found.select("drop", "zero", "half", "limit", "spread").row(0)  # doctest: +ELLIPSIS
    (1065.6..., 700.0, 595.5..., 686.6..., 470.1...)
    """
    rules = settled(choices)
    profiles = read_profiles(conc, doses, time_unit, rules["infusion_delay"])
    spans = read_windows(windows)
    tables = [compute(profiles, {**rules, "blq": blq}, spans, CODES) for blq in BLQ]
    numbers = [table["PPSTRESN"].alias(blq) for blq, table in zip(BLQ, tables, strict=True)]
    wide = tables[0].select("scope", *KEYS).hstack(numbers).filter(col("scope") == "overall").drop("scope")
    known = pl.all_horizontal(col(blq).is_not_null() for blq in BLQ)
    spread = pl.when(known).then(pl.max_horizontal(BLQ) - pl.min_horizontal(BLQ))
    return wide.with_columns(spread.alias("spread")), profiles.notes
