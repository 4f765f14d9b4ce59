"""The ICE score: ten small tasks that show how clear a mind is after immune effector cells."""

from __future__ import annotations

import polars as pl

from carnet.core.form import Form
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score
from carnet.safety.scale import items

TASKS = items("ice")


def _points(unknown: bool) -> pl.Expr:
    return pl.sum_horizontal(pl.col(item.id).fill_null(unknown).cast(pl.Int64) for item in TASKS)


ICE = Instrument(
    "ice", "Immune effector cell-associated encephalopathy score (ICE)", "lee2019",
    Form("ice", "ICE score", "FA", TASKS, title_zh="ICE评分"),
    (
        Score("ice_min", "ICE score, tasks not known to be done missed", _points(False)),
        Score("ice_max", "ICE score, tasks not known to be missed done", _points(True)),
        Score("ice", "ICE score, 0 to 10", pl.when(pl.col("ice_min") == pl.col("ice_max")).then("ice_min")),
    ),
    Inputs(TASKS),
)  # fmt: skip
"""One point for each task done (lee2019)."""
