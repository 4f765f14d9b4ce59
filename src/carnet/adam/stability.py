"""Stability: whether antimalarials, immunosuppressants and biologics stayed as they were."""

from __future__ import annotations

import polars as pl

from carnet.adam.medication import EARLIER, STEADY


def changes(medication: pl.DataFrame) -> pl.DataFrame:
    """Return the starts and rises of lasting treatment: USUBJID, first and last day of each, and whether it is `sure`.

    A row that follows another of the same drug without a gap, at the same dose or a lower one, is neither.
    """
    by = ["USUBJID", "drug"]
    rows = medication.filter(pl.col("CMCLAS").is_in(STEADY), pl.col("CMCAT").ne_missing(EARLIER)).sort(
        *by, "start_first", maintain_order=True
    )
    before = {name: pl.col(name).shift(1).over(by) for name in ("end_last", "mg", "CMDOSE", "CMDOSU")}
    follows = before["end_last"] >= pl.col("start_first") - pl.duration(days=1)
    by_mass = pl.col("mg") > before["mg"]
    by_count = pl.when(pl.col("CMDOSU").eq_missing(before["CMDOSU"])).then(
        pl.col("CMDOSE") > before["CMDOSE"]
    )
    raised = pl.coalesce(by_mass, by_count)
    return (
        rows.with_columns(change=pl.when(~follows.fill_null(False)).then(True).otherwise(raised))
        .filter(pl.col("change").fill_null(True))
        .select("USUBJID", "start_first", "start_last", sure=pl.col("change").fill_null(False))
    )


def with_stability(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `stable_treatment`: no start and no rise since the assessment before (`date_prev`).

    Reads `reviewed`: without a complete log the treatment is not known to be stable. A change whose date is
    not certain leaves it unknown.
    """
    rows = rows.with_row_index("_row")
    date, before = pl.col("date"), pl.col("date_prev")
    first, last = pl.col("start_first"), pl.col("start_last")
    since = (
        rows.select("_row", "USUBJID", "date", "date_prev").join(found, on="USUBJID")
        .filter((last > before).fill_null(True), (first <= date).fill_null(True))
        .with_columns(sure=(pl.col("sure") & (first > before) & (last <= date)).fill_null(False))
        .group_by("_row").agg(_changed=pl.col("sure").any())
    )  # fmt: skip
    rows = rows.join(since, on="_row", how="left", maintain_order="left").drop("_row")
    known = pl.col("reviewed") & pl.col("date_prev").is_not_null()
    stable = pl.when(pl.col("_changed")).then(False).when(pl.col("_changed").is_null() & known).then(True)
    return rows.with_columns(stable_treatment=stable).drop("_changed")
