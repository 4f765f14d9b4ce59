"""Spells below a limit, and recovery from them: how long a count was low, held between what sampling allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.core.table import read_rows

COLUMNS = {
    "spell": pl.Int64(), "onset_min": pl.Int64(), "onset": pl.Int64(), "last": pl.Int64(), "recovered": pl.Int64(),
    "nadir": pl.Float64(), "counts": pl.Int64(), "days_min": pl.Int64(), "days_max": pl.Int64(),
}  # fmt: skip

LOW_IGG = "IGGSPL"


@dataclass(frozen=True)
class Limit:
    """The limit below which a value of a test makes a spell, and the parameter of the days that it lasts."""

    paramcd: str
    test: str
    value: float
    unit: str
    param: str


def limits(low_igg: float | None = None) -> list[Limit]:
    """Return the limits of cytopenia, by CTCAE v5.0 (ctcae2017), and last that of low IgG: 4 g/L, or another.

    >>> [(limit.test, limit.value) for limit in limits()][0]
    ('NEUT', 0.5)
    """
    igg = 4.0 if low_igg is None else float(low_igg)
    rows = read_rows("carnet.safety", "cytopenias.csv")
    return [
        *(Limit(r["paramcd"], r["test"], float(r["limit"]), r["unit"], r["param"]) for r in rows),
        Limit(LOW_IGG, "IGG", igg, "g/L", f"Days with IgG below {igg:g} g/L"),
    ]


def spells(counts: Any, limit: float, included: bool = False) -> pl.DataFrame:
    """Return a row per subject and spell of values below a limit (at it too, if `included`).

    `counts` has `subject`, `day` and `value`; the lowest of a day counts. `onset` is the first day on which the value
    was seen low, `onset_min` the first on which it may have been (the day after the one before that was not low;
    empty where there is none), `last` the last day seen low, `recovered` the first day seen not low (empty where none
    is). The days low lie between `days_min` and `days_max`, which is empty while the spell has no seen beginning or
    end.

    >>> course = {"subject": ["1"] * 5, "day": [0, 7, 10, 14, 21], "value": [2.0, 0.3, 0.2, 0.4, 1.1]}
    >>> spells(course, limit=0.5).select("onset", "recovered", "nadir", "days_min", "days_max").rows()
    [(7, 21, 0.2, 8, 20)]
    """
    frame = as_frame(counts).select(
        pl.col("subject").cast(pl.String),
        pl.col("day").cast(pl.Int64),
        pl.col("value").cast(pl.Float64).round(6),
    )
    daily = frame.drop_nulls().group_by("subject", "day").agg(pl.col("value").min()).sort("subject", "day")
    value = pl.col("value")
    daily = daily.with_columns(low=value <= limit if included else value < limit)
    daily = daily.with_columns(
        run=pl.col("low").rle_id().over("subject"),
        before=pl.col("day").shift(1).over("subject"),
        after=pl.col("day").shift(-1).over("subject"),
    )
    found = daily.filter("low").group_by("subject", "run", maintain_order=True).agg(
        onset_min=pl.col("before").first() + 1, onset=pl.col("day").first(), last=pl.col("day").last(),
        recovered=pl.col("after").last(), nadir=value.min(), counts=pl.len(),
    )  # fmt: skip
    return found.with_columns(
        spell=pl.int_range(1, pl.len() + 1).over("subject"),
        days_min=pl.col("last") - pl.col("onset") + 1,
        days_max=pl.col("recovered") - pl.col("onset_min"),
    ).select("subject", *(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()))
