"""Response by visit: responders, exact interval, and what missing verdicts could change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import INFUSED, long, sizes, with_exact

OUTPUTS = {"SRI4": "14.2.1", "DORIS": "14.2.3", "LLDAS": "14.2.4"}
COMPONENTS = "14.2.2"
OTHERS = "14.2.5"
"""What else was judged: stricter, treatment-free and sustained forms."""
WITHOUT = "14.2.4.2"

DOSE = "_GC"
"""How the part on the dose is named in each criterion that has one."""

WHY = {"missed": "MISSED VISIT", "items": "ITEM MISSING", "left": "DISCONTINUED", "died": "DIED"}
"""Why a verdict is unknown (NRIREAS), counted one by one."""

CASES = {"observed": ("observed_n", "observed_N"), "worst": ("worst", "worst_N"), "best": ("best", "best_N")}
"""Beside the imputed rate: among the known, and if every unknown were none or a response."""

STATISTICS = {
    "n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1", "attainable": "0", "unknown": "0",
    **dict.fromkeys(WHY, "0"), "observed_n": "0", "observed_N": "0", "best": "0", "worst": "0",
    "observed": "%1", "best_rate": "%1", "worst_rate": "%1",
    **{f"{case}_{end}": "%1" for case in CASES for end in ("lower", "upper")},
}  # fmt: skip


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the response rates by visit, which component failed, and how long remission lasted.

    Missing is non-response (n, proportion, interval). Beside it stand the number unknown, the rate among the
    known, the rates if every unknown were a response (best) or none (worst), each with its exact interval, and
    how many could respond at all (attainable).
    """
    if "adrs" not in datasets:
        return
    adrs = (
        datasets["adrs"]
        .filter(pl.col(INFUSED) == "Y")
        .rename({"TRTA": "group", "AVISIT": "avisit", "PARAMCD": "paramcd", "ESTIMAND": "estimand"})
    )
    by = ["paramcd", "estimand", "avisit", "AVISITN", "group"]
    of = sizes(datasets["adsl"], INFUSED)
    attainable = _attainable(adrs)
    rates = _rates(adrs, by).join(attainable, on=["paramcd", "avisit", "group"], how="left")
    others = _rates(adrs.filter(pl.col("ELIGFL").fill_null("Y") == "Y"), by).filter(
        ~pl.col("paramcd").is_in(list(OUTPUTS))
    )
    wholes = adrs.filter(pl.col("PARENT") == pl.col("paramcd")).select("paramcd").unique()
    named = rates.with_columns(pl.format("{}/{}", "paramcd", "estimand").alias("analysis"))
    for paramcd, output in OUTPUTS.items():
        rows = named.filter(pl.col("paramcd") == paramcd)
        yield long(rows, STATISTICS, output=output, dataset="ADRS", population=INFUSED)
    others = (
        others.join(wholes, on="paramcd", how="semi")
        .with_columns(
            pl.format("{}/{}", "paramcd", "estimand").alias("analysis"), pl.col("N").alias("attainable")
        )
        .sort("estimand", "paramcd", "AVISITN", "group", descending=[True, False, False, False])
    )
    yield long(others, STATISTICS, output=OTHERS, dataset="ADRS", population=INFUSED)
    yield _remission_without_low_activity(adrs, of)
    parts = (
        adrs.filter(pl.col("PARENT").is_in(list(OUTPUTS)) & (pl.col("PARENT") != pl.col("paramcd")))
        .select("paramcd")
        .unique()
    )
    failures = (
        rates.join(parts, on="paramcd", how="semi")
        .filter(pl.col("estimand") == "REGISTERED").with_columns(pl.col("paramcd").alias("analysis"))
        .sort("paramcd", "AVISITN", "group")
    )  # fmt: skip
    yield long(
        failures,
        {"failed": "0", "unknown": "0", "N": "0"},
        output=COMPONENTS,
        dataset="ADRS",
        population=INFUSED,
    )


def _rates(adrs: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return each rate with its exact interval: as imputed, among the known, and in the best and the worst case."""
    met = pl.col("AVAL") == 1
    imputed = adrs.filter(pl.col("ANL01FL") == "Y").group_by(by).agg(
        pl.len().alias("N"), met.sum().alias("n")
    )  # fmt: skip
    observed = adrs.filter(pl.col("ANL02FL") == "Y").group_by(by).agg(
        pl.col("AVAL").is_null().sum().alias("unknown"),
        *((pl.col("AVAL").is_null() & (pl.col("NRIREAS") == why)).sum().alias(name) for name, why in WHY.items()),
        pl.col("AVAL").count().alias("observed_N"),
        met.sum().alias("observed_n"),
        (pl.col("AVAL") == 0).sum().alias("failed"),
    )  # fmt: skip
    rates = imputed.join(observed, on=by, how="left").with_columns(
        pl.when(pl.col("observed_N") == 0)
        .then(pl.lit("every verdict is unknown"))
        .otherwise(pl.lit(""))
        .alias("reason")
    )
    for case, flag in {"best": "ANL03FL", "worst": "ANL04FL"}.items():
        counted = adrs.filter(pl.col(flag) == "Y").group_by(by).agg(
            met.sum().alias(case), pl.len().alias(f"{case}_N")
        )  # fmt: skip
        rates = rates.join(counted, on=by, how="left")
    rates = with_exact(rates)
    for case, (count, of_these) in CASES.items():
        limits = with_exact(rates.select(count, of_these).unique().drop_nulls(), count, of_these).rename(
            {
                "proportion": "observed" if case == "observed" else f"{case}_rate",
                "lower": f"{case}_lower",
                "upper": f"{case}_upper",
            }
        )
        rates = rates.join(limits, on=[count, of_these], how="left")
    return rates.sort("estimand", "AVISITN", "group", descending=[True, False, False])


def _attainable(adrs: pl.DataFrame) -> pl.DataFrame:
    """Count those who could respond: eligible by baseline, with a dose that is not above the limit.

    A dose that is not known does not rule a response out.
    """
    seen = adrs.filter((pl.col("ANL02FL") == "Y") & (pl.col("estimand") == "REGISTERED"))
    above = seen.filter(pl.col("paramcd").str.ends_with(DOSE), pl.col("AVAL") == 0).select(
        "USUBJID", "avisit", paramcd="PARENT", above=True
    )
    could = (pl.col("ELIGFL").fill_null("Y") == "Y") & pl.col("above").is_null()
    return (
        seen.join(above, on=["USUBJID", "avisit", "paramcd"], how="left")
        .group_by("paramcd", "avisit", "group")
        .agg(could.sum().cast(pl.Int64).alias("attainable"))
    )


def _remission_without_low_activity(adrs: pl.DataFrame, of: pl.DataFrame) -> pl.DataFrame:
    """Count, by visit, patients in DORIS remission whose LLDAS fails or is unknown: one does not imply the other."""
    seen = adrs.filter((pl.col("ANL02FL") == "Y") & pl.col("paramcd").is_in(["DORIS", "LLDAS"]))
    wide = seen.pivot(
        "paramcd", index=["USUBJID", "estimand", "avisit", "AVISITN", "group"], values="AVAL"
    ).with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("DORIS", "LLDAS") if name not in seen["paramcd"]
    )
    counted = (
        wide.filter(pl.col("DORIS") == 1)
        .group_by("estimand", "avisit", "AVISITN", "group")
        .agg(
            pl.len().alias("n"),
            (pl.col("LLDAS") == 0).sum().alias("failed"),
            pl.col("LLDAS").is_null().sum().alias("unknown"),
        )
        .join(of, on="group", how="left")
        .sort("estimand", "AVISITN", "group", descending=[True, False, False])
        .with_columns(
            pl.lit("DORIS").alias("paramcd"), pl.format("without LLDAS/{}", "estimand").alias("analysis")
        )
    )
    forms = dict.fromkeys(("n", "failed", "unknown", "N"), "0")
    return long(counted, forms, output=WITHOUT, dataset="ADRS", population=INFUSED)
