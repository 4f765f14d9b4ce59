"""EC and EX: doses planned and performed as collected, and what was given in the units of the protocol."""

from __future__ import annotations

import polars as pl

from carnet.sdtm import records
from carnet.sdtm.answers import plain

CELLS = "CAR-NK INFUSION"
"""The category of the infusions of cells; other doses are lymphodepletion."""

PLANNED, SURFACE, STATE, REASON = "PLANDOSE", "BSAUSED", "INFSTAT", "INFREAS"
"""Items of the dosing forms that no variable of EC takes as it stands."""

EMPTY_IF_PLANNED = ("STDTC", "ENDTC", "LOT", "ADJ", "OCCUR", "REASOC")


def collected(answers: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return EC: a SCHEDULED row per dose planned and a PERFORMED row per dose given or omitted.

    The planned row of the n-th dose has the number 2n-1, the performed one 2n: an answer that comes later moves none.
    """
    rows = records.tabulate(answers, notes, "EC").drop("DOSE", strict=False)
    asked = records.asked(answers, "EC", "DOSE", PLANNED, SURFACE, STATE, REASON)
    rows = rows.join(asked, on=records.ROW, how="left", nulls_equal=True, maintain_order="left")
    rows = records.with_missing(rows, "TRT", "CAT", "ADJ", "LOT", "STDTC", "ENDTC", "TPTNUM")
    number = pl.col("TPTNUM").cast(pl.Float64)
    rows = rows.with_columns(
        number.alias("TPTNUM"), (pl.lit("INFUSION ") + plain(number)).alias("TPT"), pl.lit("Y").alias("PRESP")
    )
    performed = rows.with_columns(
        pl.lit("PERFORMED").alias("MOOD"),
        pl.col("DOSE").cast(pl.Float64),
        pl.when(pl.col("DOSE").is_not_null()).then("DOSE_unit").alias("DOSU"),
        _occurred().alias("OCCUR"),
        pl.lit(1).alias("step"),
    )
    why = pl.coalesce(REASON, pl.col("ADJ").replace("NONE", None), pl.col("DOSE_reason").replace("", None))
    performed = performed.with_columns(pl.when(pl.col("OCCUR") == "N").then(why).alias("REASOC"))
    scheduled = rows.filter(pl.col(PLANNED).is_not_null()).with_columns(
        pl.lit("SCHEDULED").alias("MOOD"),
        pl.col(PLANNED).cast(pl.Float64).alias("DOSE"),
        pl.col(f"{PLANNED}_unit").alias("DOSU"),
        *(pl.lit(None, pl.String).alias(name) for name in EMPTY_IF_PLANNED),
        pl.lit(0).alias("step"),
    )
    both = pl.concat([scheduled, performed], how="diagonal").sort("order", "step", maintain_order=True)
    return both.with_columns(pl.col("SEQ").alias("dose"), pl.col("SEQ") * 2 - 1 + pl.col("step"))


def given(ec: pl.DataFrame) -> pl.DataFrame:
    """Return EX: the doses that were given, in mg/m2 (mg over the surface used) and in 10^6 cells.

    Without the surface a dose keeps the unit in which it was collected.
    """
    rows = ec.filter((pl.col("MOOD") == "PERFORMED") & (pl.col("OCCUR") == "Y"))
    surface = pl.col(f"{SURFACE}_number")
    per_surface = (pl.col("DOSU") == "mg") & (surface > 0)
    dose = pl.when(per_surface).then((pl.col("DOSE") / surface).round(2)).otherwise("DOSE")
    return rows.with_columns(
        dose.alias("DOSE"),
        pl.when(per_surface).then(pl.lit("mg/m2")).otherwise("DOSU").alias("DOSU"),
        pl.col("ADJ").replace("NONE", None),
        pl.col("dose").alias("SEQ"),
    )


def _occurred() -> pl.Expr:
    """Return N for a dose omitted, not done or zero, Y for one with an amount or a start, else nothing."""
    amount = pl.col("DOSE").cast(pl.Float64)
    omitted = (pl.col(STATE) == "OMITTED") | (amount == 0) | (pl.col("DOSE_status") == "not done")
    began = (amount > 0) | pl.col("STDTC").is_not_null()
    return pl.when(omitted.fill_null(False)).then(pl.lit("N")).when(began.fill_null(False)).then(pl.lit("Y"))
