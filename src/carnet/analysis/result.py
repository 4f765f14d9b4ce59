"""A result: one number, with what it is, on whom it was estimated and how it is printed."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.analysis.subset import Subset

SCHEMA: dict[str, pl.DataType] = {
    "output_id": pl.String(),
    "analysis_id": pl.String(),
    "estimand": pl.String(),
    "population": pl.String(),
    "dataset": pl.String(),
    "paramcd": pl.String(),
    "avisit": pl.String(),
    "group": pl.String(),
    "statistic": pl.String(),
    "value": pl.Float64(),
    "formatted": pl.String(),
    "reason": pl.String(),
    "subset": pl.String(),
}
"""The columns of the results; `subset` tells the rows of the dataset as a where-clause, empty where none are read."""

SAFETY, INFUSED = "SAFFL", "CARFL"
"""The sets of patients: treated with anything; infused with any cells."""


def printed(value: float | None, form: str) -> str:
    """Return a value as it is printed: `form` is a number of decimals, or % with a number of decimals.

    >>> printed(0.7, "%1"), printed(7.0, "0"), printed(None, "1"), printed(-0.04, "1")
    ('70.0 %', '7', '', '0.0')
    """
    if value is None:
        return ""
    if form.startswith("%"):
        return f"{100 * value:.{form[1:]}f} %"
    text = f"{value:.{form}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def long(
    wide: pl.DataFrame,
    statistics: Mapping[str, str],
    *,
    output: str,
    of: Subset,
    besides: Mapping[str, Subset] | None = None,
) -> pl.DataFrame:
    """Return one row per number of a wide table: `statistics` names its columns and how each is printed.

    `of` are the rows that the numbers rest on; `besides` tells of statistics that rest on others. The table may have
    `analysis` (what the row is of, appended to the output's id), `paramcd`, `avisit`, `group`, `estimand`, `reason`
    and `subset` (the rows, where each result has its own).
    """
    fixed = {
        "output_id": pl.lit(output),
        "analysis_id": pl.format("{}/{}", pl.lit(output), "analysis")
        if "analysis" in wide.columns
        else pl.lit(output),
        "dataset": pl.lit(of.dataset),
        "population": pl.lit(of.population),
        "estimand": pl.lit(""),
        "subset": of.text(),
    }
    fixed = {name: value for name, value in fixed.items() if name not in wide.columns}
    free = {n: pl.lit("") for n in ("paramcd", "avisit", "group", "reason") if n not in wide.columns}
    others = dict.fromkeys((besides or {}).values())
    wide = wide.with_row_index("_row").with_columns(
        *(value.alias(name) for name, value in (fixed | free).items()),
        *(other.text().alias(f"_{place}") for place, other in enumerate(others)),
    )
    carried = ["_row", *(n for n in SCHEMA if n in wide.columns), *(f"_{p}" for p in range(len(others)))]
    order = {name: place for place, name in enumerate(statistics)}
    made = (
        wide.select(
            *carried,
            *(pl.col(s).cast(pl.Float64) for s in statistics),
        )
        .unpivot(
            list(statistics),
            index=carried,
            variable_name="statistic",
        )
        .sort("_row", pl.col("statistic").replace_strict(order), maintain_order=True)
    )
    for place, other in enumerate(others):
        here = pl.col("statistic").is_in(
            [name for name, subset in (besides or {}).items() if subset == other]
        )
        made = made.with_columns(
            pl.when(here).then(f"_{place}").otherwise("subset").alias("subset"),
            pl.when(here).then(pl.lit(other.dataset)).otherwise("dataset").alias("dataset"),
        )
    texts = [
        printed(v, statistics[s])
        for v, s in zip(made["value"].to_list(), made["statistic"].to_list(), strict=True)
    ]
    made = made.with_columns(
        pl.Series("formatted", texts, pl.String),
        pl.when(pl.col("value").is_null()).then(pl.col("reason")).otherwise(pl.lit("")).alias("reason"),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def sizes(adsl: pl.DataFrame, population: str) -> pl.DataFrame:
    """Return group and N of a set of patients, in the order of the arms."""
    return (
        people(population)
        .rows({"adsl": adsl})
        .group_by(pl.col("TRT01A").alias("group"), maintain_order=True)
        .agg(pl.len().alias("N"))
        .sort("group")
    )


def people(population: str) -> Subset:
    """Return the patients of a set, as ADSL flags them: those that a share is of."""
    return Subset("ADSL", population)


def with_exact(wide: pl.DataFrame, count: str = "n", of: str = "N") -> pl.DataFrame:
    """Add proportion, lower and upper: Clopper-Pearson limits of count / of; a set of none has neither."""
    from carnet.statistics.proportion import exact_interval

    pairs = wide.select(count, of).unique().drop_nulls().filter(pl.col(of) > 0)
    limits = [(x, n, x / n, *exact_interval(x, n)) for x, n in pairs.iter_rows()]
    table = pl.DataFrame(
        limits,
        schema={
            count: wide.schema[count],
            of: wide.schema[of],
            "proportion": pl.Float64,
            "lower": pl.Float64,
            "upper": pl.Float64,
        },
        orient="row",
    )
    return wide.join(table, on=[count, of], how="left", maintain_order="left")


def with_bound(wide: pl.DataFrame, count: str = "n", of: str = "N") -> pl.DataFrame:
    """Add `bound` where nobody is counted: the exact one-sided upper bound of the rate that none leaves possible."""
    from carnet.statistics.proportion import exact_upper_bound

    bounds = {n: exact_upper_bound(0, n) for n in wide[of].unique().drop_nulls() if n > 0}
    found = pl.col(of).replace_strict(bounds, default=None, return_dtype=pl.Float64)
    return wide.with_columns(pl.when(pl.col(count) == 0).then(found).alias("bound"))


def with_rate(wide: pl.DataFrame, events: str = "events", time: str = "years") -> pl.DataFrame:
    """Add rate, rate_lower and rate_upper: events per time at risk with exact Poisson limits; none without time."""
    from carnet.statistics.rate import exact_rate

    pairs = wide.select(events, time).unique().drop_nulls().filter(pl.col(time) > 0)
    found = [(x, t, r.rate, r.low, r.high) for x, t in pairs.iter_rows() for r in (exact_rate(x, t),)]
    limits = dict.fromkeys(("rate", "rate_lower", "rate_upper"), pl.Float64())
    schema = {events: wide.schema[events], time: wide.schema[time], **limits}
    table = pl.DataFrame(found, schema=schema, orient="row")
    return wide.join(table, on=[events, time], how="left", maintain_order="left")
