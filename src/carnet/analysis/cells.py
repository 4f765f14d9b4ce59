"""The cells in blood: Cmax, Tmax and what belongs to them, summarised over patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import long
from carnet.analysis.subset import Clause, Own, Subset, eq
from carnet.kinetics.definitions import table

SUMMARY, LISTING = "14.2.21", "16.2.5.4"
"""The outputs: parameters over patients, and of each patient."""

PARAMETERS = Subset("ADPP", "KINFL")

DECIMALS = {
    "level": "1", "area": "0", "level by dose": "1", "area by dose": "0", "rate": "4", "percent": "1", "count": "0",
}  # fmt: skip
"""How a patient's number is printed, by the kind of the parameter; others have two decimals."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the kinetic parameters over patients and of each: n, n without cells, geometric mean and CV, median, range.

    Levels and areas have a geometric mean, zeros counted apart; times and the rest the median alone.
    """
    if "adpp" not in datasets:
        return
    from carnet.statistics.change import geometric

    kinds = dict(table().select("paramcd", "kind").iter_rows())
    measured = [code for code, kind in kinds.items() if kind.startswith(("level", "area"))]
    rows = PARAMETERS.rows(datasets).with_columns(pl.col("AVALU").fill_null(""))
    window = pl.col("PARAMCD").is_in([code for code, where in _scopes() if where == "window"])
    rows = rows.with_columns(
        SCOPE=pl.when(window).then(pl.format("{} to {}", "PPSTINT", "PPENINT")).otherwise("SCOPE")
    )
    keys = ["PARAMCD", "SCOPE", "ANALYTE", "AVALU", "TRTA"]
    value = pl.col("AVAL")
    wide = (
        rows.group_by(keys, maintain_order=True)
        .agg(
            value.count().alias("n"),
            value.is_null().sum().alias("missing"),
            (value == 0).sum().alias("zeros"),
            value.median().alias("median"),
            value.min().alias("min"),
            value.max().alias("max"),
            value.filter(value > 0).alias("positive"),
            pl.col("PPSTINT", "PPENINT").first(),
        )
        .filter(pl.col("n") > 0)
    )
    means = [
        (found.mean, found.cv)
        if paramcd in measured and values and (found := geometric(values))
        else (None, None)
        for paramcd, values in wide.select("PARAMCD", "positive").iter_rows()
    ]
    wide = wide.hstack(
        pl.DataFrame(means, schema={"geomean": pl.Float64, "cv": pl.Float64}, orient="row")
    ).with_columns(
        pl.format("{}/{}/{} {}", "PARAMCD", "SCOPE", "ANALYTE", "AVALU").alias("analysis"),
        pl.col("PARAMCD").alias("paramcd"),
        pl.col("TRTA").alias("group"),
        pl.when(~pl.col("PARAMCD").is_in(measured))
        .then(pl.lit("only levels and areas have a geometric mean"))
        .otherwise(pl.lit(""))
        .alias("reason"),
    )
    forms = {
        "n": "0",
        "missing": "0",
        "zeros": "0",
        "geomean": "1",
        "cv": "%0",
        "median": "2",
        "min": "2",
        "max": "2",
    }
    wide = wide.with_columns(_rows(window, eq("AVALU", Own("AVALU"))))
    yield long(wide, forms, output=SUMMARY, of=PARAMETERS)
    yield from _patients(rows.with_columns(_rows(window, eq("SUBJID", Own("SUBJID")))), kinds)


def _rows(window: pl.Expr, *more: Clause) -> pl.Expr:
    """Return the rows behind each result: a parameter of a window is told by its ends, others by their scope."""
    each = PARAMETERS.each(*more, PARAMCD="PARAMCD", ANALYTE="ANALYTE")
    return (
        pl.when(window)
        .then(each.each(PPSTINT="PPSTINT", PPENINT="PPENINT").text())
        .otherwise(each.each(SCOPE="SCOPE").text())
        .alias("subset")
    )


def _patients(rows: pl.DataFrame, kinds: Mapping[str, str]) -> Iterator[pl.DataFrame]:
    """Yield each patient's parameters: the number, or the codes that say why there is none."""
    each = rows.with_columns(
        pl.format("{}/{}/{}/{}", "SUBJID", "PARAMCD", "SCOPE", "ANALYTE").alias("analysis"),
        pl.col("PARAMCD").alias("paramcd"), pl.col("TRTA").alias("group"), pl.col("AVAL").alias("number"),
        pl.col("FLAGS").fill_null("").alias("reason"), pl.col("PARAMCD").replace_strict(kinds).alias("kind"),
    )  # fmt: skip
    for (kind,), some in each.group_by("kind", maintain_order=True):
        form = {"number": DECIMALS.get(str(kind), "2")}
        yield long(some, form, output=LISTING, of=PARAMETERS)


def _scopes() -> Iterator[tuple[str, str]]:
    """Yield the parameters with their scopes."""
    yield from table().select("paramcd", "scopes").iter_rows()
