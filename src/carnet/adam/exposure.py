"""Exposure: the doses that were given, and which of them are cells."""

from __future__ import annotations

import polars as pl

from carnet.adam import intake
from carnet.adam.dates import day, moment

CELLS = "CAR-NK INFUSION"
"""EXCAT of the infusions of the study product; every other category is lymphodepletion or other treatment."""


def doses(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the doses given: a row per EX record with a date and an amount, cells marked and numbered.

    An amount that is not recorded counts as given; placebo is given at dose 0. `start` and `end` are moments,
    at midnight where the time of day is unknown; `infusion` numbers the infusions of cells of a patient.
    """
    ex = tables.get("ex", intake.empty("ex"))
    placebo = pl.col("EXTRT").str.to_uppercase().str.contains("PLACEBO", literal=True)
    cells = pl.col("EXCAT") == CELLS
    return (
        ex.with_columns(
            ASTDT=day("EXSTDTC"), ASTDTM=moment("EXSTDTC"), AENDT=day("EXENDTC"), AENDTM=moment("EXENDTC"),
            cells=cells.fill_null(False),
        )
        .filter(pl.col("ASTDT").is_not_null(), ((pl.col("EXDOSE") > 0) | placebo).fill_null(True))
        .with_columns(
            start=pl.coalesce("ASTDTM", pl.col("ASTDT").cast(pl.Datetime("us"))),
            end=pl.coalesce("AENDTM", pl.col("AENDT").cast(pl.Datetime("us"))),
        )
        .sort("USUBJID", "start", "EXSEQ")
        .with_columns(
            infusion=pl.when("cells").then(pl.col("cells").cast(pl.Int64).cum_sum().over("USUBJID")).otherwise(None)
        )
    )  # fmt: skip
