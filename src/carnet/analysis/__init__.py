"""From analysis datasets to results: one row per number estimated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from carnet.analysis import (
    cells,
    change,
    conversion,
    cytopenia,
    exposure,
    incidence,
    liver,
    monitoring,
    population,
    response,
    sensitivity,
    shift,
    special,
    survival,
    transition,
)
from carnet.analysis.estimand import named
from carnet.analysis.monitoring import statuses
from carnet.analysis.result import SCHEMA

__all__ = ["estimate", "statuses"]


def estimate(study: Any, datasets: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return every number of the report as a row: what was estimated, on whom, at which visit, the value and its print.

    An analysis whose dataset is absent gives no row. Rows stand in the order of the outputs.
    """
    made = [
        *population.estimate(datasets),
        *response.estimate(datasets),
        *sensitivity.estimate(study, datasets),
        *transition.estimate(datasets),
        *change.estimate(datasets),
        *conversion.estimate(datasets),
        *survival.estimate(study, datasets),
        *cells.estimate(datasets),
        *incidence.estimate(datasets),
        *special.estimate(datasets),
        *exposure.estimate(datasets),
        *monitoring.estimate(study, datasets),
        *shift.estimate(datasets),
        *cytopenia.estimate(study, datasets),
        *liver.estimate(datasets),
    ]
    return named(study, pl.concat(made)) if made else pl.DataFrame(schema=SCHEMA)
