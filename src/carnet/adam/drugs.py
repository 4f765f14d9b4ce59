"""Drugs at an assessment: which kinds of treatment of lupus are taken, and how much of the dose is replacement."""

from __future__ import annotations

import polars as pl

from carnet.adam.medication import EARLIER
from carnet.study import Study

KINDS = {
    "antimalarial": ("ANTIMALARIAL",),
    "immunosuppressant": (
        "IMMUNOSUPPRESSANT", "CYTOTOXIC", "BIOLOGIC", "B-CELL DEPLETING", "JAK INHIBITOR", "INVESTIGATIONAL",
    ),
    "immunoglobulin": ("IMMUNOGLOBULIN",),
}  # fmt: skip
"""What the criteria ask for, by the classes of the log; the study product and its lymphodepletion are not in it."""

LASTING = ("CYTOTOXIC", "BIOLOGIC", "B-CELL DEPLETING", "INVESTIGATIONAL", "IMMUNOGLOBULIN")
"""Classes that act for longer than the day on which they are given."""

REPLACEMENT = "ADRENAL REPLACEMENT"


def with_drugs(rows: pl.DataFrame, log: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Return the assessments with `antimalarial`, `immunosuppressant`, `immunoglobulin` and `replacement`.

    A kind is taken where a row of the log surely covers the day, not taken where none may and the log is known to
    be complete (`reviewed`), else unknown. What is infused counts for `response.lasting_days` after its last day.
    """
    days = pl.duration(days=study.get("response.lasting_days", 180))
    log = log.filter(pl.col("CMCAT").ne_missing(EARLIER)).with_columns(
        pl.when(pl.col("CMCLAS").is_in(list(LASTING))).then(pl.col(end) + days).otherwise(end).alias(end)
        for end in ("end_first", "end_last")
    )
    rows = rows.with_row_index("_row")
    for kind, classes in KINDS.items():
        covering = _covering(rows, log.filter(pl.col("CMCLAS").is_in(list(classes))))
        rows = rows.join(
            covering.group_by("_row").agg(_sure=pl.col("sure").any()),
            on="_row",
            how="left",
            maintain_order="left",
        )
        known = (
            pl.when(pl.col("_sure"))
            .then(True)
            .when(pl.col("_sure").is_null() & pl.col("reviewed"))
            .then(False)
        )
        rows = rows.with_columns(known.alias(kind)).drop("_sure")
    covering = _covering(rows, log.filter("systemic", pl.col("CMINDC") == REPLACEMENT))
    dose = pl.when((pl.col("sure") & pl.col("PREDEQ").is_not_null()).all()).then(
        pl.col("PREDEQ").sum().round(6)
    )
    rows = rows.join(
        covering.group_by("_row").agg(_dose=dose, _there=True), on="_row", how="left", maintain_order="left"
    )
    none = pl.when(pl.col("_there").is_null() & pl.col("reviewed")).then(0.0)
    return rows.with_columns(replacement=pl.coalesce("_dose", none)).drop("_row", "_dose", "_there")


def _covering(rows: pl.DataFrame, log: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the log that may cover the day of each assessment, `sure` where they do for certain."""
    found = rows.select("_row", "USUBJID", "date").join(log, on="USUBJID")
    possible = (pl.col("start_first") <= pl.col("date")).fill_null(True) & (
        pl.col("end_last") >= pl.col("date")
    ).fill_null(True)
    sure = pl.col("date").is_between("start_last", "end_first").fill_null(False)
    return found.filter(possible).with_columns(sure=sure)


def with_steroid_excess(rows: pl.DataFrame, doses: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Return the assessments with `steroid_excess`: too much prednisone in the weeks up to them (rovin2021).

    Too much is a dose above the limit on so many days on end, or on so many in all.
    """
    limit, on_end, in_all, back = study.get("response.renal_steroid", [10, 3, 7, 56])
    rows = rows.with_row_index("_row")
    days = (
        rows.select("_row", "USUBJID", until="date").join(doses, on="USUBJID")
        .filter(pl.col("date") <= pl.col("until"), pl.col("date") > pl.col("until") - pl.duration(days=back))
        .with_columns(
            surely=(pl.col("dose_min").round(6) > limit).fill_null(False),
            possibly=((pl.col("dose_max").round(6) > limit) | pl.col("unclear")).fill_null(True),
        )
    )  # fmt: skip
    for name in ("surely", "possibly"):
        high = days.filter(name).sort("_row", "date")
        gap = pl.col("date").diff().over("_row") != pl.duration(days=1)
        runs = (
            high.with_columns(_run=gap.fill_null(True).cum_sum()).group_by("_row", "_run").agg(run=pl.len())
        )
        most = runs.group_by("_row").agg(
            _excess=(pl.col("run").max() >= on_end) | (pl.col("run").sum() >= in_all)
        )
        rows = rows.join(most, on="_row", how="left", maintain_order="left").rename({"_excess": name})
    verdict = (
        pl.when(pl.col("surely").fill_null(False)).then(True)
        .when(~pl.col("possibly").fill_null(False) & pl.col("reviewed")).then(False)
    )  # fmt: skip
    return rows.with_columns(steroid_excess=verdict).drop("_row", "surely", "possibly")
