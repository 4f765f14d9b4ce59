"""The kinetic parameters of every profile, without a model: CMAX, TMAX, the last level, areas, persistence.

One row per parameter: a number, or none and the reason in `flags` (the codes of `flags.csv`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl
from polars import col

from carnet.core.errors import InputError
from carnet.kinetics import durations
from carnet.kinetics.area import METHODS, areas
from carnet.kinetics.definitions import DEFINITIONS, OF_SCOPE, UNITS, table
from carnet.kinetics.flags import flags
from carnet.kinetics.limits import QUANTIFIABLE
from carnet.kinetics.profiles import read_profiles
from carnet.kinetics.scopes import OVERALL, scopes, summarise, usable

TIES = ("first", "last")
BLQ = ("drop", "zero", "half")
COLUMNS = ("subject", "analyte", "scope", "PPTESTCD", "PPSTRESN", "PPSTRESU", "PPSTINT", "PPENINT", "flags")
WINDOW = {"window": pl.Int64, "from": pl.Float64, "to": pl.Float64}
TO_LAST = -1
"""The number of the window without an end: the area to the last quantifiable level."""


def parameters(conc: Any, doses: Any = None, **choices: Any) -> pl.DataFrame:
    """Return the parameters of `estimate` without its notes.

    >>> conc = {"subject": ["01"] * 4, "analyte": ["CARTG"] * 4, "time": [1.0, 3.0, 7.0, 28.0],
    ...     "value": ["900", "4000", "4000", "BLQ"], "lloq": [50.0] * 4, "unit": ["copies/ug"] * 4}
    >>> parameters(conc).head(2).select("scope", "PPTESTCD", "PPSTRESN", "PPSTRESU").rows()
    [('overall', 'CMAX', 4000.0, 'copies/ug'), ('overall', 'TMAX', 3.0, 'day')]
    """
    return estimate(conc, doses, **choices)[0]


def estimate(
    conc: Any,
    doses: Any = None,
    *,
    tmax: str = TIES[0],
    auc: str = METHODS[0],
    blq: str = BLQ[0],
    windows: Sequence[str] = (),
    time_unit: str = "day",
    expansion_after: float = 1.0,
) -> tuple[pl.DataFrame, list[str]]:
    """Return the parameters of every profile, and the lines that a reader of them must see (denney2015).

    `tmax` names the one taken of equal maxima, `auc` how the level runs between samples, `blq` what a result
    below quantification between quantifiable ones becomes, `windows` those of AUCINT (`P0D/P28D`), and
    `expansion_after` the days after an infusion from which a sample counts for CMAX_EXPANSION. A profile that
    must be refused keeps its rows without numbers, with the reason in `flags` and a line naming its rows.
    """
    for name, value, choices in (("tmax", tmax, TIES), ("auc", auc, METHODS), ("blq", blq, BLQ)):
        if value not in choices:
            raise InputError(f"{name} is {value!r}; it takes {', '.join(choices[:-1])} or {choices[-1]}.")
    ends = dict.fromkeys(durations.window(window) for window in windows)
    spans = pl.DataFrame([(i, *span) for i, span in enumerate(ends)], schema=WINDOW, orient="row")
    profiles = read_profiles(conc, doses, time_unit)
    samples = usable(profiles)
    found = scopes(profiles).join(
        summarise(samples, tmax, expansion_after), on=["profile", "scope"], how="left"
    )
    cells = profiles.infusions.select("subject", "infusion", "cells")
    found = found.join(cells, on=["subject", "infusion"], how="left").with_columns(
        col("n", "n_quantifiable", "n_settled").fill_null(0)
    )
    points = _points(samples, found.filter(col("scope") == OVERALL), blq)
    to_last = pl.DataFrame([(TO_LAST, 0.0, math.inf)], schema=WINDOW, orient="row")
    under = areas(points.drop_nulls("level"), pl.concat([to_last, spans]), auc)
    broken = points.filter(col("level").is_null())["profile"].unique()
    found = found.with_columns(col("profile").is_in(broken.implode()).alias("no_limit"))
    return _rows(found, under, to_last, spans), profiles.notes


def _points(samples: pl.DataFrame, summary: pl.DataFrame, blq: str) -> pl.DataFrame:
    """Return the levels that the area runs through: profile, time, level (null if unknown), tmax.

    Below quantification is 0 before the first quantifiable level, and by `blq` between two.
    """
    ends = summary.select("profile", "tfirst", "tlst", tmax="peak")
    points = samples.join(ends, on="profile").filter(col("elapsed") <= col("tlst"))
    between = (col("state") != QUANTIFIABLE) & (col("elapsed") > col("tfirst"))
    if blq == "drop":
        points = points.filter(~between)
    below = col("limit") / 2 if blq == "half" else pl.lit(0.0)
    level = pl.when(col("state") == QUANTIFIABLE).then("level").when(between).then(below).otherwise(0.0)
    return points.select("profile", "tmax", level.alias("level"), time="elapsed")


def _rows(
    found: pl.DataFrame, under: pl.DataFrame, to_last: pl.DataFrame, spans: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per profile, scope, parameter and window: the answer, sorted."""
    whole = found.filter(col("scope") == OVERALL)
    wide = {
        "overall": whole.join(to_last, how="cross"),
        "infusion": found.filter(col("scope") != OVERALL).join(to_last, how="cross"),
        "window": whole.join(spans, how="cross"),
    }
    wide = {name: rows.join(under, on=["profile", "window"], how="left") for name, rows in wide.items()}
    parts = []
    for order, (code, kind, where) in enumerate(table().select("PPTESTCD", "kind", "scopes").iter_rows()):
        definition = DEFINITIONS[code]
        said = pl.concat_list(flags(**{**OF_SCOPE, **definition.flags}), "held")
        for name in where.split():
            end = pl.col("to") if name == "window" else pl.col("end")
            parts.append(
                wide[name].select(
                    "profile", col("scope").alias("place"), pl.lit(order).alias("order"), "window", "subject",
                    pl.when(col("analyte") != "").then("analyte").alias("analyte"),
                    pl.when(col("scope") == OVERALL).then(pl.lit("overall"))
                    .otherwise(pl.format("infusion {}", "scope")).alias("scope"),
                    pl.lit(code).alias("PPTESTCD"),
                    pl.when(~col("refused")).then(definition.value).alias("PPSTRESN"),
                    UNITS[kind].alias("PPSTRESU"),
                    durations.text(col("from")).alias("PPSTINT"),
                    durations.text(end).alias("PPENINT"),
                    pl.when(col("refused")).then("held").otherwise(said).list.unique(maintain_order=True)
                    .list.join(";").alias("flags"),
                )
            )  # fmt: skip
    return pl.concat(parts).sort("profile", "place", "order", "window").select(COLUMNS)
