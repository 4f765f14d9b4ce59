"""Samples: the rows of a table of levels, read, numbered and given the unit that makes their profile."""

from __future__ import annotations

import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.inputs import read_cells
from carnet.core.units import canonical
from carnet.kinetics.durations import LONGEST
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


def read_samples(rows: pl.DataFrame, factor: float = 1.0) -> pl.DataFrame:
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
    rows = rows.with_columns(tidy(rows[name]) for name in ("subject", *TEXTS))
    nameless = rows["subject"].is_null().arg_true()
    if len(nameless):
        raise InputError(f"row {nameless[0] + 1}: the subject is empty; name whose sample it is.")
    rows = rows.with_columns(read_cells(rows, item) for item in NUMBERS)
    rows = rows.with_columns(
        pl.coalesce("time", "nominal_time").alias("at") * factor,
        (pl.col("time").is_null() & pl.col("nominal_time").is_not_null()).alias("nominal"),
    )
    rows = read_results(rows).with_row_index("row", offset=1)
    read = ("row", "subject", "analyte", "unit", "nominal", "state", "level", "limit")
    return _measured(rows.select(*read, pl.col("at").alias("time")))


def tidy(texts: pl.Series) -> pl.Series:
    """Return texts without spaces at their ends, an empty one null; what is tidy stays as it is."""
    texts = texts.cast(pl.String)
    told = texts.unique()
    clean = told.str.strip_chars().replace("", None)
    if told.equals(clean, null_equal=True):
        return texts
    return texts.replace_strict(told, clean, return_dtype=pl.String)


def _measured(samples: pl.DataFrame) -> pl.DataFrame:
    """Return the samples with `measure`; an unknown analyte or unit is the empty text, to be a key.

    A result without a number (BLQ, not done) and without a unit takes the one unit that its subject's analyte
    has, else the one that the analyte has. A number without a unit keeps none.
    """
    told = samples.select("unit").unique()
    told = told.with_columns(pl.coalesce(canonical(pl.col("unit")), "unit").alias("measure"))
    spelt = told.filter(pl.col("unit") != pl.col("measure"))
    measure = pl.col("unit").replace(spelt["unit"], spelt["measure"]) if len(spelt) else pl.col("unit")
    samples = samples.with_columns(pl.col("analyte").fill_null(""), measure.alias("measure"))
    if not samples["measure"].null_count():
        return samples
    for group in (("subject", "analyte"), ("analyte",)):
        units = pl.col("measure").drop_nulls()
        theirs = pl.when(~HAS_NUMBER & (units.n_unique().over(group) == 1)).then(units.first().over(group))
        samples = samples.with_columns(pl.col("measure").fill_null(theirs))
    return samples.with_columns(pl.col("measure").fill_null(""))
