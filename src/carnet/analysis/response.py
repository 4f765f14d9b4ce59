"""Response by visit: responders, exact interval, and what missing verdicts could change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import INFUSED, long, sizes, with_exact

OUTPUTS = {"SRI4": "14.2.1", "DORIS": "14.2.3", "LLDAS": "14.2.4"}
COMPONENTS = "14.2.2"

WHY = {"missed": "MISSED VISIT", "items": "ITEM MISSING", "left": "DISCONTINUED", "died": "DIED"}
"""Why a verdict is unknown (NRIREAS), counted one by one."""

STATISTICS = {
    "n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1", "unknown": "0", **dict.fromkeys(WHY, "0"),
    "observed_n": "0", "observed_N": "0", "observed": "%1", "best": "0", "worst": "0",
}  # fmt: skip


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the response rates of SRI-4, DORIS and LLDAS and how often each component failed.

    Missing is non-response (n, proportion, interval); beside it stand the number unknown, the rate among the
    known, and the number of responders if every unknown were a response (best) or none (worst).
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
    imputed = adrs.filter(pl.col("ANL01FL") == "Y").group_by(by).agg(
        pl.len().alias("N"), (pl.col("AVAL") == 1).sum().alias("n")
    )  # fmt: skip
    observed = adrs.filter(pl.col("ANL02FL") == "Y").group_by(by).agg(
        pl.col("AVAL").is_null().sum().alias("unknown"),
            *((pl.col("AVAL").is_null() & (pl.col("NRIREAS") == why)).sum().alias(name) for name, why in WHY.items()),
        pl.col("AVAL").count().alias("observed_N"),
        (pl.col("AVAL") == 1).sum().alias("observed_n"),
        (pl.col("AVAL") == 0).sum().alias("failed"),
    )  # fmt: skip
    rates = imputed.join(observed, on=by, how="left").with_columns(
        (pl.col("observed_n") / pl.when(pl.col("observed_N") > 0).then(pl.col("observed_N"))).alias(
            "observed"
        ),
        pl.col("observed_n").alias("worst"),
        (pl.col("observed_n") + pl.col("unknown")).alias("best"),
        pl.when(pl.col("observed_N") == 0)
        .then(pl.lit("every verdict is unknown"))
        .otherwise(pl.lit(""))
        .alias("reason"),
    )
    rates = with_exact(rates).sort("estimand", "AVISITN", "group", descending=[True, False, False])
    for paramcd, output in OUTPUTS.items():
        rows = rates.filter(pl.col("paramcd") == paramcd).with_columns(
            pl.format("{}/{}", "paramcd", "estimand").alias("analysis")
        )
        yield long(rows, STATISTICS, output=output, dataset="ADRS", population=INFUSED)
    parts = (
        adrs.filter(pl.col("PARENT").is_in(list(OUTPUTS)) & (pl.col("PARENT") != pl.col("paramcd")))
        .select("paramcd")
        .unique()
    )
    failures = (
        rates.join(parts, on="paramcd", how="semi").join(of, on="group", suffix="_set")
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
