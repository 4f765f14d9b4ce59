"""Samples: the rows of a table of levels, read, numbered and given the unit that makes their profile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.inputs import read_cells
from carnet.core.units import canonical
from carnet.kinetics.durations import LONGEST
from carnet.kinetics.labels import Labels, Places, labels
from carnet.kinetics.limits import IMPOSSIBLE, QUANTIFIABLE, RESULTS, read_results

NUMBERS = (
    Item("time", "Time of the draw", "decimal", low=-LONGEST, high=LONGEST),
    Item(
        "nominal_time", "Planned time, where the actual one is unknown", "decimal", low=-LONGEST, high=LONGEST
    ),
    Item("lloq", "Lower limit of quantification", "decimal", low=0),
)
TEXTS = ("analyte", "unit")
UNKNOWN_IF_ABSENT = ("analyte", "lloq", "unit")

PROFILE = ("subject", "analyte", "measure")
"""What makes a profile: `measure` is the unit as carnet spells it, so that units are never pooled."""

HAS_RESULT = (pl.col("state").to_physical() < len(RESULTS)).fill_null(False)
"""The sample says something of the level."""

HAS_NUMBER = pl.col("state").is_in([QUANTIFIABLE, IMPOSSIBLE]).fill_null(False)
"""The sample holds a number that stands or falls with its unit."""


class Samples(NamedTuple):
    """One row per sample, the labels of what makes its profile, and units as they are written.

    `spelt` holds, for the units that are always written alike, how.
    """

    rows: pl.DataFrame
    labels: dict[str, Labels]
    spelt: dict[str, str]


def read_samples(rows: pl.DataFrame, factor: float = 1.0) -> Samples:
    """Return one row per sample: row, profile columns, unit, time in days, nominal, state, level, limit.

    Reads `subject, time, value` and, if there, `analyte, lloq, unit, nominal_time`; times are multiplied by
    `factor` to make days. A nominal time stands in for an unknown actual one and is marked `nominal`.
    """
    if lacking := [name for name in ("subject", "time", "value") if name not in rows.columns]:
        raise InputError(
            f"The table of concentrations has no column {' and no column '.join(lacking)}; it takes subject, "
            "analyte, time, value, lloq and unit, or the columns of SDTM PC."
        )
    names = ["subject", "value", *TEXTS, *(item.id for item in NUMBERS)]
    rows = rows.select(name for name in names if name in rows.columns).with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in TEXTS if name not in rows.columns),
        *(pl.lit(None, pl.Float64).alias(item.id) for item in NUMBERS if item.id not in rows.columns),
    )
    read = {name: labels(rows[name]) for name in ("subject", *TEXTS)}
    rows = rows.with_columns(
        column.column(None if name == "unit" else "").alias(name) for name, column in read.items()
    )
    if "" in read["subject"].texts:
        nameless = (rows["subject"] == "").arg_true()
        raise InputError(f"row {nameless[0] + 1}: the subject is empty; name whose sample it is.")
    rows = rows.with_columns(read_cells(rows, item) for item in NUMBERS)
    rows = rows.with_columns(
        pl.coalesce("time", "nominal_time").alias("at") * factor,
        (pl.col("time").is_null() & pl.col("nominal_time").is_not_null()).alias("nominal"),
    )
    rows = read_results(rows).with_row_index("row", offset=1)
    rows = rows.select(
        "row", "subject", "analyte", "unit", "nominal", "state", "level", "limit", "ceiling", time="at"
    )
    return _measured(rows, read)


def _measured(rows: pl.DataFrame, read: dict[str, Labels]) -> Samples:
    """Return the samples with `measure`; an unknown analyte or unit is the empty text, to be a key.

    A result without a number (BLQ, not done) and without a unit takes the one unit that its subject's analyte
    has, else the one that the analyte has. A number without a unit keeps none.
    """
    unit = pl.col("unit")
    told = (
        read["unit"].texts.to_frame("unit").with_columns(pl.coalesce(canonical(unit), unit).alias("measure"))
    )
    alone = told.filter(pl.col("measure").is_unique())
    measure = read["unit"].renamed(told["measure"])
    if "" in measure.texts and len(measure.texts) > 1:
        free = ~rows.select(HAS_NUMBER).to_series().to_numpy()
        subject, analyte = read["subject"].number, read["analyte"].number
        for of in (subject * len(read["analyte"].texts) + analyte, analyte):
            measure = measure._replace(number=np.where(free, _lent(measure.number, of), measure.number))
    rows = rows.with_columns(measure.column().alias("measure"))
    return Samples(rows, {**read, "measure": measure}, dict(alone.select("measure", "unit").iter_rows()))


def _lent(number: Places, of: Places) -> Places:
    """Return the numbers of units; where it is 0 (unknown), the one that its group has, if it has one."""
    pairs = pl.DataFrame({"of": of, "number": number}).filter(pl.col("number") > 0).unique()
    alone = pairs.filter(pl.col("of").is_unique())
    theirs = pl.Series(of).replace_strict(alone["of"], alone["number"], default=0, return_dtype=pl.Int64)
    return np.where(number > 0, number, theirs.to_numpy())
