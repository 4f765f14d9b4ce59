"""Glucocorticoids: the prednisone equivalent of each day, and the current dose at an assessment, from a log."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.frame import as_frame
from carnet.core.inputs import FALSE, TRUE
from carnet.core.parameter import read_parameters
from carnet.core.partial_date import date_range
from carnet.core.table import read_rows
from carnet.core.units import UnitError, conversion
from carnet.measures.change import with_absent

PARAMETERS = read_parameters("carnet.measures", "parameters.csv", "glucocorticoid")

EQUIVALENT = {
    row["drug"]: 5 / float(row["as_5_mg_prednisone"])
    for row in read_rows("carnet.measures", "glucocorticoids.csv")
}
"""Milligrams of prednisone that one milligram of a glucocorticoid stands for (prednisolonelabel2012)."""

NAMES: dict[str, str | None] = {
    **{drug: drug for drug in EQUIVALENT},
    **{row["name"]: row["drug"] or None for row in read_rows("carnet.measures", "glucocorticoid_names.csv")},
}
"""The glucocorticoids by name, in Chinese too; fludrocortisone holds the name of one and is none."""

FREQUENCIES = read_rows("carnet.measures", "frequencies.csv")
PER_DAY = {row["frequency"]: float(row["per_day"]) for row in FREQUENCIES}
ONCE = [row["frequency"] for row in FREQUENCIES if row["once"] == "Y"]

ROUTES = {row["route"]: row["systemic"] == "Y" for row in read_rows("carnet.measures", "routes.csv")}
"""Whether a route counts towards the dose: by mouth and needle it does; skin, airways, eyes and joints do not."""

LOG = {
    "subject": pl.String(), "drug": pl.String(), "dose": pl.Float64(), "unit": pl.String(), "frequency": pl.String(),
    "route": pl.String(), "reason": pl.String(), "start": pl.String(), "end": pl.String(), "ongoing": pl.String(),
}  # fmt: skip
"""The columns of a log as a person keeps it; frequency, route, reason, end and ongoing may be absent."""


def steroid(drug: pl.Expr) -> pl.Expr:
    """Return the glucocorticoid that a name of a drug holds; null where it holds none.

    >>> drugs = pl.DataFrame({"drug": ["Methylprednisolone sodium succinate", "prednisone", "hydroxychloroquine"]})
    >>> drugs.select(steroid(pl.col("drug"))).to_series().to_list()
    ['METHYLPREDNISOLONE', 'PREDNISONE', None]
    """
    longest_first = sorted(NAMES, key=len, reverse=True)
    name = drug.str.to_uppercase().str.extract(f"({'|'.join(longest_first)})")
    return name.replace_strict(NAMES, default=None, return_dtype=pl.String)


def equivalent(drug: pl.Expr, mg: pl.Expr) -> pl.Expr:
    """Return the prednisone equivalent of milligrams of a glucocorticoid, named as `steroid` names it.

    It is not rounded, so that doses of a day add up: 0.25 mg of dexamethasone three times are 5, not 5.000001.

    >>> doses = pl.DataFrame({"drug": ["DEXAMETHASONE", "HYDROCORTISONE", "ASPIRIN"], "mg": [1.5, 20.0, 100.0]})
    >>> doses.select(equivalent(pl.col("drug"), pl.col("mg"))).to_series().to_list()
    [10.0, 5.0, None]
    """
    return mg * drug.replace_strict(EQUIVALENT, default=None, return_dtype=pl.Float64)


def systemic(route: pl.Expr) -> pl.Expr:
    """Return whether a route counts towards the dose; an empty one does, of one that is not known nothing is known."""
    said = route.str.strip_chars().str.to_uppercase()
    known = said.replace_strict(ROUTES, default=None, return_dtype=pl.Boolean)
    return pl.when(said.is_null() | (said == "")).then(True).otherwise(known)


def milligrams(rows: pl.DataFrame, dose: str, unit: str, frequency: str) -> pl.Expr:
    """Return the milligrams per day: dose x times a day; null where the unit is no mass or the frequency no number.

    Every second day is half the dose a day. Without a frequency the dose is that of the day.
    """
    factors: dict[str, float] = {}
    for name in rows[unit].drop_nulls().unique():
        try:
            factors[name] = conversion(name.removesuffix("/day"), "mg")[0]
        except UnitError:
            continue
    each = pl.col(dose) * pl.col(unit).replace_strict(factors, default=None, return_dtype=pl.Float64)
    times = pl.col(frequency).replace_strict(PER_DAY, default=None, return_dtype=pl.Float64)
    return each * pl.when(pl.col(frequency).is_null()).then(1.0).otherwise(times)


def daily_dose(log: pl.DataFrame) -> pl.DataFrame:
    """Return the dose of each day on which a glucocorticoid was or may have been taken.

    A row of `log` covers the days surely from `start_last` to `end_first` and possibly from `start_first` to
    `end_last`; it has subject, drug, route, reason, `prednisone` (mg per day, null if not known) and `counted`.
    `dose_min` is what was surely taken, `dose_max` what may have been, `counted_min` and `counted_max` the same of the
    rows that are counted, `unclear` marks a day with a dose that is not known. All drugs add up; a new row of one
    drug, route and reason ends the row before it. No row reaches before `earliest`, where the log has it.
    """
    same = ["subject", "drug", "route", "reason"]
    earliest = "earliest" if "earliest" in log.columns else "start_first"
    rows = (
        log.filter(pl.col("start_first").is_not_null())
        .sort(*same, "start_first", maintain_order=True)
        .with_columns(next=pl.col("start_first").shift(-1).over(same) - pl.duration(days=1))
        .with_columns(next=pl.when(pl.col("next") >= pl.col("start_first")).then("next"))
        .with_columns(
            end_last=pl.min_horizontal("end_last", "next"),
            from_=pl.max_horizontal("start_first", earliest),
        )
        .filter(pl.col("from_") <= pl.col("end_last"))
    )  # fmt: skip
    sure = pl.col("date").is_between("start_last", "end_first").fill_null(False)
    counted = pl.col("counted")
    dose = pl.col("prednisone").fill_null(0.0)
    return (
        rows.with_columns(date=pl.date_ranges("from_", "end_last"))
        .explode("date")
        .group_by("subject", "date")
        .agg(
            dose_min=dose.filter(sure).sum().round(6), dose_max=dose.sum().round(6),
            counted_min=dose.filter(sure & counted).sum().round(6), counted_max=dose.filter(counted).sum().round(6),
            unclear=pl.col("prednisone").is_null().any(),
        )
        .sort("subject", "date")
    )  # fmt: skip


def certain(none: pl.Expr) -> pl.Expr:
    """Return the dose of a day joined from `daily_dose`: null where it is not certain.

    A day without a row of the log is 0 where `none` says that nothing was taken.
    """
    known = pl.when(pl.col("dose_min") == pl.col("dose_max"), ~pl.col("unclear")).then("dose_min")
    return pl.when(pl.col("dose_max").is_null()).then(pl.when(none).then(0.0)).otherwise(known)


def read_log(rows: Any, last: Any) -> pl.DataFrame:
    """Return a log as a person keeps it (`LOG`) as `daily_dose` takes it: systemic glucocorticoids alone.

    A start may be a partial date. What is ongoing, or has no end, may last to the day `last`; a single dose is of
    its day.
    """
    log = with_absent(as_frame(rows), **LOG)
    log = log.with_columns(pl.col(name).cast(dtype, strict=False) for name, dtype in LOG.items())
    if (lacking := log.filter(pl.col("subject").is_null() | pl.col("start").is_null())).height:
        raise InputError(
            f"{lacking.height} rows of the log have no subject or no start; every row needs both "
            f"(the first is {lacking['drug'][0]} of subject {lacking['subject'][0]})."
        )
    start_first, start_last = (moment.dt.date() for moment in date_range(pl.col("start")))
    end_first, end_last = (moment.dt.date() for moment in date_range(pl.col("end")))
    once = pl.col("frequency").str.to_uppercase().is_in(ONCE).fill_null(False)
    goes_on = pl.col("ongoing").str.to_lowercase().is_in(TRUE).fill_null(False)
    log = log.with_columns(
        pl.col("frequency").str.to_uppercase(), drug=steroid(pl.col("drug")), start_first=start_first,
        start_last=start_last, end_first=end_first, end_last=end_last, once=once, goes_on=goes_on,
    )  # fmt: skip
    to = pl.lit(last).cast(pl.Date)
    return (
        log.with_columns(
            prednisone=pl.when(systemic(pl.col("route"))).then(
                equivalent(pl.col("drug"), milligrams(log, "dose", "unit", "frequency"))
            ),
            end_first=pl.when("once").then(pl.coalesce("end_first", "start_first")).when("goes_on").then(to)
            .otherwise(pl.coalesce("end_first", "start_last")),
            end_last=pl.when("once").then(pl.coalesce("end_last", "start_last")).otherwise(pl.coalesce("end_last", to)),
            counted=True,
        )
        .filter(pl.col("drug").is_not_null(), systemic(pl.col("route")).fill_null(True))
        .drop("once", "goes_on")
    )  # fmt: skip


def current_dose(
    assessments: Any,
    log: Any,
    pulse: float = PARAMETERS["pulse"],
    look_back: int = PARAMETERS["look_back"],
    mean_days: int = PARAMETERS["mean_days"],
    highest: float = PARAMETERS["highest"],
) -> pl.DataFrame:
    """Return the assessments with `prednisone` on their day, `prednisone_mean`, `pulse` and `dose_reason`.

    `assessments` has subject and date, and may have `not_taking` (yes: takes no glucocorticoid) and `log_complete`
    (yes: what the log does not hold was not taken); without either a day without a row is unknown, never 0. The mean is
    over the `mean_days` to the day itself, known where each day is; `pulse` says whether a day of the `look_back` days
    to the assessment had a pulse, the day itself included. Replacement hydrocortisone counts as it is.

    >>> log = {"subject": ["1"] * 2, "drug": ["prednisone", "methylprednisolone"], "dose": [10.0, 500.0],
    ...     "unit": ["mg"] * 2, "frequency": ["QOD", "ONCE"], "route": ["ORAL", "INTRAVENOUS"],
    ...     "start": ["2025-01-01", "2025-02-10"], "ongoing": ["Y", None]}
    >>> visits = {"subject": ["1", "1", "2"], "date": ["2025-02-10", "2025-03-01", "2025-03-01"]}
    >>> current_dose(visits, log).select("prednisone", "prednisone_mean", "pulse").rows()
    [(630.0, 94.285714, True), (5.0, 5.0, True), (None, None, None)]
    """
    rows = as_frame(assessments)
    rows = with_absent(rows, not_taking=pl.Boolean(), log_complete=pl.Boolean())
    asked = [name for name in ("not_taking", "log_complete") if name not in as_frame(assessments).columns]
    words = {word: word in TRUE for word in TRUE + FALSE}

    def answered(name: str) -> pl.Expr:
        word = pl.col(name).cast(pl.String).str.to_lowercase()
        return word.replace_strict(words, default=None, return_dtype=pl.Boolean)

    given = rows.select(
        _row=pl.int_range(pl.len()), subject=pl.col("subject").cast(pl.String),
        on=pl.col("date").cast(pl.String).str.to_date("%Y-%m-%d"),
        **{name: answered(name) for name in ("not_taking", "log_complete")},
    )  # fmt: skip
    days = daily_dose(read_log(log, given["on"].max()))
    back = pl.DataFrame({"back": range(max(look_back, mean_days))})
    none = (pl.col("log_complete") | (pl.col("not_taking") & (pl.col("back") == 0))).fill_null(False)
    each = (
        given.join(back, how="cross")
        .with_columns(date=pl.col("on") - pl.duration(days="back"))
        .join(days, on=["subject", "date"], how="left")
        .with_columns(dose=certain(none))
    )
    week = pl.col("back") < mean_days
    near = pl.col("back") < look_back
    surely = (pl.col("dose_min") >= pulse).filter(near).any()
    below = (pl.col("dose") < pulse) | (pl.col("dose_max") < pulse) & ~pl.col("unclear")
    pulsed = pl.when(surely).then(True).when(below.filter(near).fill_null(False).all()).then(False)
    at = each.group_by("_row").agg(
        prednisone=pl.col("dose").filter(pl.col("back") == 0).first(),
        prednisone_mean=pl.when(pl.col("dose").filter(week).is_not_null().all()).then(
            pl.col("dose").filter(week).mean().round(6)
        ),
        pulse=pulsed,
        logged=pl.col("dose_max").filter(pl.col("back") == 0).first(),
    )
    slip = pl.col("prednisone") > highest
    reason = (
        pl.when(slip).then(pl.lit(f"above {highest:g} mg/day: ask for dose and unit"))
        .when(pl.col("prednisone").is_not_null()).then(None)
        .when(pl.col("logged").is_not_null()).then(pl.lit("dose or dates of the log not certain"))
        .otherwise(pl.lit("no row of the log, and not told that none is taken"))
    )  # fmt: skip
    at = (
        at.sort("_row")
        .with_columns(dose_reason=reason)
        .with_columns(prednisone=pl.when(~slip.fill_null(False)).then("prednisone"))
    )
    return rows.drop(asked).hstack(at.select("prednisone", "prednisone_mean", "pulse", "dose_reason"))
