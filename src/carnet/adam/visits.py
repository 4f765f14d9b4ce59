"""Analysis visits: nominal for the early daily visits, windows for the rest, one record chosen for each."""

from __future__ import annotations

import polars as pl

from carnet.study import Study, windows

EARLY_TERMINATION = "ET"
"""Code of the visit that replaces the next scheduled one when a patient leaves."""


def numbers(study: Study, planned: bool = True) -> list[float]:
    """Return the VISITNUM of the scheduled visits, early termination among them; or of that alone."""
    return [
        visit.num for visit in study.visits
        if visit.code == EARLY_TERMINATION or (planned and visit.day is not None)
    ]  # fmt: skip


def nominal(study: Study) -> dict[float, tuple[str, float]]:
    """Return the visits that keep their own name, by VISITNUM: name and AVISITN.

    They are the visits from the first treatment on that are planned before the target of the first analysis
    window. Their AVISITN lies between that of baseline and that of the first window.
    """
    targets = [window.target for window in study.windows if window.target is not None]
    first = min(targets, default=None)
    base = min((window.avisitn for window in study.windows), default=0)
    screening = {epoch.id for epoch in study.epochs[:1]} | {"SCREENING"}
    return {
        visit.num: (visit.label, base + visit.num / 100)
        for visit in study.visits
        if visit.day is not None and first is not None and visit.day < first and visit.epoch not in screening
    }


def with_avisit(rows: pl.DataFrame, study: Study, early: bool = True) -> pl.DataFrame:
    """Return the rows with their analysis visit and window; reads `day`, ABLFL, `before` and VISITNUM.

    Baseline is the record that ABLFL marks; other records before treatment have no analysis visit. `early` gives
    the early daily visits their own name.
    """
    names = nominal(study) if early else {}
    own = pl.col("VISITNUM").is_in(list(names)).fill_null(False) & ~pl.col("before")
    rows = rows.with_columns(
        _baseline=pl.col("ABLFL") == "Y", _own=own, _day=pl.when(~pl.col("before") & ~own).then("day")
    )
    rows = windows.avisit(rows, "_day", study.windows, "_baseline").with_columns(
        AVISIT=pl.when("_own")
        .then(
            pl.col("VISITNUM").replace_strict(
                {n: v[0] for n, v in names.items()}, default=None, return_dtype=pl.String
            )
        )
        .otherwise("AVISIT"),
        AVISITN=pl.when("_own")
        .then(
            pl.col("VISITNUM").replace_strict(
                {n: v[1] for n, v in names.items()}, default=None, return_dtype=pl.Float64
            )
        )
        .otherwise(pl.col("AVISITN").cast(pl.Float64)),
        scheduled=pl.col("VISITNUM").is_in(numbers(study)),
    )
    return rows.drop("_baseline", "_own", "_day")


def with_result(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return the rows with ANL01FL and ANL02FL: a number comes before a result in words."""
    rows = rows.with_columns(numeric=pl.col("AVAL").is_not_null())
    return with_chosen(rows, keys, value="AVALC", complete="numeric")


def with_chosen(
    rows: pl.DataFrame, keys: list[str], value: str | None = None, complete: str | None = None
) -> pl.DataFrame:
    """Return the rows with ANL01FL on the one record analysed per visit, ANL02FL where it precedes any rescue."""
    rows = windows.select_records(
        rows, keys, day="day", time="ADTM", scheduled="scheduled", complete=complete, value=value
    )
    rescued = (pl.col("RESCDT") <= pl.col("ADT")).fill_null(False)
    return rows.with_columns(ANL02FL=pl.when(~rescued).then("ANL01FL"))
