"""Medication: the rows of the log with the days they surely and possibly cover, and the dose per day."""

from __future__ import annotations

import polars as pl

from carnet.core.partial_date import date_range
from carnet.measures.glucocorticoid import ONCE, equivalent, milligrams, steroid, systemic

EARLIER = "PRIOR SLE THERAPY"
"""CMCAT of the treatment before the study."""

STEADY = ("ANTIMALARIAL", "IMMUNOSUPPRESSANT", "CYTOTOXIC", "BIOLOGIC", "B-CELL DEPLETING", "JAK INHIBITOR")
"""Classes whose start or rise ends a stable treatment."""


def medication(tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of CM with the first and last days they may cover and their dose per day.

    `start_first`, `start_last`, `end_first`, `end_last` bound start and end; a treatment that goes on, or whose
    end is not known, may last to the data cut. `mg` is milligrams per day, `PREDEQ` their prednisone equivalent for
    a `systemic` glucocorticoid; of earlier treatment only the highest dose is known, it does not count.
    """
    cm = tables["cm"].join(adsl.select("USUBJID", "CUTDT"), on="USUBJID", how="inner", maintain_order="left")
    start_first, start_last = (moment.dt.date() for moment in date_range(pl.col("CMSTDTC")))
    end_first, end_last = (moment.dt.date() for moment in date_range(pl.col("CMENDTC")))
    single = (pl.col("CMCAT") == "PREMEDICATION") | pl.col("CMDOSFRQ").is_in(ONCE)
    goes_on = pl.col("CMENRTPT") == "ONGOING"
    drug = pl.coalesce("CMDECOD", "CMTRT").str.to_uppercase()
    by_route = systemic(pl.col("CMROUTE"))
    return (
        cm.with_columns(start_first=start_first, start_last=start_last, end_first=end_first, end_last=end_last)
        .with_columns(
            end_first=pl.when(single).then(pl.coalesce("end_first", "start_first"))
            .when(goes_on).then("CUTDT").otherwise(pl.coalesce("end_first", "start_last")),
            end_last=pl.when(single).then(pl.coalesce("end_last", "start_last"))
            .otherwise(pl.coalesce("end_last", "CUTDT")),
            goes_on=goes_on.fill_null(False), drug=drug, steroid=steroid(drug),
        )
        .with_columns(
            mg=milligrams(cm, "CMDOSE", "CMDOSU", "CMDOSFRQ"),
            systemic=pl.col("steroid").is_not_null() & by_route.fill_null(True)
            & pl.col("CMCAT").ne_missing(EARLIER),
        )
        .with_columns(PREDEQ=pl.when("systemic", by_route).then(equivalent(pl.col("steroid"), pl.col("mg"))))
    )  # fmt: skip
