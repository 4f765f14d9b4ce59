"""Response by visit: responders, exact interval, and what missing verdicts could change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import INFUSED, long, people, sizes, with_exact
from carnet.analysis.subset import SEVERAL, Own, Subset, either, eq, missing, within

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

VERDICTS = Subset("ADRS", INFUSED)
EACH = VERDICTS.each(PARAMCD="paramcd", ESTIMAND="estimand")
"""The verdicts, and those behind each result."""

FLAGS = {"imputed": "ANL01FL", "observed": "ANL02FL", "best": "ANL03FL", "worst": "ANL04FL"}
"""The flag of the verdicts that each way of taking the unknown ones counts."""

ELIGIBLE = either(eq("ELIGFL", "Y"), missing("ELIGFL"))


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the response rates by visit, which component failed, and how long remission lasted.

    Missing is non-response (n, proportion, interval). Beside it stand the number unknown, the rate among the
    known, the rates if every unknown were a response (best) or none (worst), each with its exact interval, and
    how many could respond at all (attainable).
    """
    if "adrs" not in datasets:
        return
    adrs = VERDICTS.rows(datasets).rename(
        {"TRTA": "group", "AVISIT": "avisit", "PARAMCD": "paramcd", "ESTIMAND": "estimand"}
    )
    by = ["paramcd", "estimand", "avisit", "AVISITN", "group"]
    of = sizes(datasets["adsl"], INFUSED)
    attainable = _attainable(adrs)
    rates = _rates(adrs, by).join(attainable, on=["paramcd", "avisit", "group"], how="left")
    others = _rates(adrs.filter(ELIGIBLE.mask(adrs.schema)), by).filter(
        ~pl.col("paramcd").is_in(list(OUTPUTS))
    )
    visits = adrs.filter(pl.col("avisit") != "Baseline")  # what classifies a patient there is no response
    wholes = visits.filter(pl.col("PARENT") == pl.col("paramcd")).select("paramcd").unique()
    named = rates.with_columns(pl.format("{}/{}", "paramcd", "estimand").alias("analysis"))
    registered = _flagged(VERDICTS, "observed").where(eq("ESTIMAND", "REGISTERED"))
    could = registered.each(within("USUBJID", Own("could")), PARAMCD="paramcd")
    besides = _besides(EACH) | {"attainable": could}
    for paramcd, output in OUTPUTS.items():
        rows = named.filter(pl.col("paramcd") == paramcd)
        yield long(rows, STATISTICS, output=output, of=_flagged(EACH, "imputed"), besides=besides)
    others = (
        others.join(wholes, on="paramcd", how="semi")
        .with_columns(
            pl.format("{}/{}", "paramcd", "estimand").alias("analysis"), pl.col("N").alias("attainable")
        )
        .sort("estimand", "paramcd", "AVISITN", "group", descending=[True, False, False, False])
    )
    eligible = EACH.where(ELIGIBLE)
    besides = _besides(eligible) | {"attainable": _flagged(eligible, "imputed")}
    yield long(others, STATISTICS, output=OTHERS, of=_flagged(eligible, "imputed"), besides=besides)
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
        of=_flagged(EACH, "observed"),
        besides={"N": _flagged(EACH, "imputed")},
    )


def _flagged(verdicts: Subset, way: str) -> Subset:
    """Return the verdicts that count by one way of taking the unknown ones."""
    return verdicts.where(eq(FLAGS[way], "Y"))


def _of(adrs: pl.DataFrame, way: str) -> pl.DataFrame:
    return _flagged(VERDICTS, way).of(adrs)


def _besides(verdicts: Subset) -> dict[str, Subset]:
    """Return the verdicts behind the statistics that do not count the imputed ones."""
    seen = dict.fromkeys(("unknown", *WHY), _flagged(verdicts, "observed"))
    cases = {name: case for name in STATISTICS for case in CASES if name.startswith(case)}
    return seen | {name: _flagged(verdicts, case) for name, case in cases.items()}


def _rates(adrs: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return each rate with its exact interval: as imputed, among the known, and in the best and the worst case."""
    met = pl.col("AVAL") == 1
    imputed = _of(adrs, "imputed").group_by(by).agg(
        pl.len().alias("N"), met.sum().alias("n")
    )  # fmt: skip
    observed = _of(adrs, "observed").group_by(by).agg(
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
    for case in ("best", "worst"):
        counted = _of(adrs, case).group_by(by).agg(
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
    seen = _of(adrs, "observed").filter(pl.col("estimand") == "REGISTERED")
    above = seen.filter(pl.col("paramcd").str.ends_with(DOSE), pl.col("AVAL") == 0).select(
        "USUBJID", "avisit", paramcd="PARENT", above=True
    )
    could = ELIGIBLE.mask(adrs.schema) & pl.col("above").is_null()
    return (
        seen.join(above, on=["USUBJID", "avisit", "paramcd"], how="left")
        .group_by("paramcd", "avisit", "group")
        .agg(
            could.sum().cast(pl.Int64).alias("attainable"),
            pl.col("USUBJID").filter(could).sort().str.join(SEVERAL).alias("could"),
        )
    )


def _remission_without_low_activity(adrs: pl.DataFrame, of: pl.DataFrame) -> pl.DataFrame:
    """Count, by visit, patients in DORIS remission whose LLDAS fails or is unknown: one does not imply the other."""
    here = _flagged(VERDICTS, "observed")
    seen = here.of(adrs).filter(pl.col("paramcd").is_in(["DORIS", "LLDAS"]))
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
            pl.col("USUBJID").sort().str.join(SEVERAL).alias("who"),
        )
        .join(of, on="group", how="left")
        .sort("estimand", "AVISITN", "group", descending=[True, False, False])
        .with_columns(
            pl.lit("DORIS").alias("paramcd"), pl.format("without LLDAS/{}", "estimand").alias("analysis")
        )
    )
    forms = dict.fromkeys(("n", "failed", "unknown", "N"), "0")
    those = here.where(within("PARAMCD", "DORIS", "LLDAS"))
    each = those.each(within("USUBJID", Own("who")), ESTIMAND="estimand")
    return long(counted, forms, output=WITHOUT, of=each, besides={"N": people(INFUSED)})
