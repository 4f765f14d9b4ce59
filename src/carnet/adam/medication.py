"""Medication: the rows of the log with the days they surely and possibly cover, and the dose per day."""

from __future__ import annotations

import polars as pl

from carnet.core.partial_date import date_range
from carnet.core.table import read_rows
from carnet.core.units import UnitError, conversion

SYSTEMIC = ("ORAL", "INTRAVENOUS", "INTRAMUSCULAR", "SUBCUTANEOUS")
"""Routes that count towards the glucocorticoid dose; an empty route counts as well."""

EARLIER = "PRIOR SLE THERAPY"
"""CMCAT of the treatment before the study."""

STEADY = ("ANTIMALARIAL", "IMMUNOSUPPRESSANT", "CYTOTOXIC", "BIOLOGIC", "B-CELL DEPLETING", "JAK INHIBITOR")
"""Classes whose start or rise ends a stable treatment."""


EQUIVALENT = {
    row["drug"]: 5 / float(row["as_5_mg_prednisone"])
    for row in read_rows("carnet.adam", "glucocorticoids.csv")
}
"""Milligrams of prednisone that one milligram of a glucocorticoid stands for (prednisolonelabel2012)."""

PER_DAY = {row["frequency"]: float(row["per_day"]) for row in read_rows("carnet.adam", "frequencies.csv")}
ONCE = [row["frequency"] for row in read_rows("carnet.adam", "frequencies.csv") if row["once"] == "Y"]


def medication(tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of CM with the first and last days they may cover and their dose per day.

    `start_first`, `start_last`, `end_first`, `end_last` bound start and end; a treatment that goes on, or whose
    end is not known, may last to the data cut. `mg` is milligrams per day, `PREDEQ` their prednisone equivalent for
    a `systemic` glucocorticoid.
    """
    cm = tables["cm"].join(adsl.select("USUBJID", "CUTDT"), on="USUBJID", how="inner", maintain_order="left")
    start_first, start_last = (moment.dt.date() for moment in date_range(pl.col("CMSTDTC")))
    end_first, end_last = (moment.dt.date() for moment in date_range(pl.col("CMENDTC")))
    single = (pl.col("CMCAT") == "PREMEDICATION") | pl.col("CMDOSFRQ").is_in(ONCE)
    goes_on = pl.col("CMENRTPT") == "ONGOING"
    drug = pl.coalesce("CMDECOD", "CMTRT").str.to_uppercase()
    steroid = drug.str.extract(f"({'|'.join(EQUIVALENT)})")
    return (
        cm.with_columns(start_first=start_first, start_last=start_last, end_first=end_first, end_last=end_last)
        .with_columns(
            end_first=pl.when(single).then(pl.coalesce("end_first", "start_first"))
            .when(goes_on).then("CUTDT").otherwise(pl.coalesce("end_first", "start_last")),
            end_last=pl.when(single).then(pl.coalesce("end_last", "start_last"))
            .otherwise(pl.coalesce("end_last", "CUTDT")),
            goes_on=goes_on.fill_null(False), drug=drug, steroid=steroid,
        )
        .with_columns(mg=_milligrams(cm), systemic=_systemic())
        .with_columns(
            PREDEQ=pl.when("systemic").then(
                (pl.col("mg") * pl.col("steroid").replace_strict(EQUIVALENT, default=None, return_dtype=pl.Float64))
                .round(6)
            )
        )
    )  # fmt: skip


def _systemic() -> pl.Expr:
    """Return whether a row is a systemic glucocorticoid; of earlier treatment only the highest dose is known."""
    route = pl.col("CMROUTE").is_null() | pl.col("CMROUTE").is_in(SYSTEMIC)
    return pl.col("steroid").is_not_null() & route & pl.col("CMCAT").ne_missing(EARLIER)


def _milligrams(cm: pl.DataFrame) -> pl.Expr:
    """Return the dose in milligrams per day; null where the unit is no mass or the frequency has no number."""
    factors: dict[str, float] = {}
    for name in cm["CMDOSU"].drop_nulls().unique():
        try:
            factors[name] = conversion(name.removesuffix("/day"), "mg")[0]
        except UnitError:
            continue
    each = pl.col("CMDOSE") * pl.col("CMDOSU").replace_strict(factors, default=None, return_dtype=pl.Float64)
    times = pl.col("CMDOSFRQ").replace_strict(PER_DAY, default=None, return_dtype=pl.Float64)
    return each * pl.when(pl.col("CMDOSFRQ").is_null()).then(1.0).otherwise(times)
