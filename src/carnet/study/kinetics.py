"""The kinetics as a study asks for them: its rules, its windows, the analyte that it registered."""

from __future__ import annotations

import polars as pl

from carnet.kinetics import nca
from carnet.study.study import Study


def parameters(study: Study, pc: pl.DataFrame, ex: pl.DataFrame) -> pl.DataFrame:
    """Return the kinetic parameters of PC and EX by the rules that the study states.

    An analyte that comes in several units is named with the unit of each profile: they are never pooled.
    """
    stated = {entry.name: study.get(f"kinetics.{entry.name}") for entry in nca.PARAMETERS}
    choices = {name: value for name, value in stated.items() if value is not None}
    found = nca.parameters(pc, ex, windows=windows(study), **choices)
    unit = pl.col("flags").str.extract("UNIT:(.*)$")
    return found.with_columns(
        pl.concat_str("analyte", unit, separator=" ", ignore_nulls=True).alias("analyte")
    )


def windows(study: Study) -> tuple[str, ...]:
    """Return the windows of the partial areas: from the first infusion to each day that the study names."""
    days = study.get("kinetics.auc_days") or ()
    return tuple(f"P0D/P{day}D" for day in (days if isinstance(days, (list, tuple)) else (days,)))


def primary(study: Study) -> tuple[str, str]:
    """Return the test code and the unit of the registered level; empty texts where the study names none."""
    item = study.get("kinetics.primary_item")
    codes = {item.id: item.testcd for form in study.forms for item in form.items}
    return codes.get(item, ""), study.get("kinetics.primary_unit") or ""
