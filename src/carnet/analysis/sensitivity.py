"""What missing verdicts could change, and what is believed of each response rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.analysis.response import OUTPUTS
from carnet.analysis.result import INFUSED, long
from carnet.analysis.subset import Subset, eq

SENSITIVITY, POSTERIOR = "14.2.19", "14.2.6"

RATE = {"n": "0", "N": "0", "unknown": "0", "proportion": "%1", "lower": "%1", "upper": "%1"}
TIPPING = {"benchmark": "%1", "unknown": "0", "tipping": "0"}
BELIEVED = {
    "n": "0", "N": "0", "a": "1", "b": "1", "mean": "%1", "lower": "%1", "upper": "%1", "benchmark": "%1",
    "above": "3",
}  # fmt: skip

SEEN = Subset("ADRS", INFUSED).where(eq("ANL02FL", "Y"))
"""The verdicts as observed."""

FLAT = (1, 1)
"""The prior of a rate for which the study names none."""


def estimate(study: Any, datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, at the main visit, the rate for every way to complete what is unknown, and the posterior at each visit.

    Worst case, best case, completions drawn from what is known (rubin1987), every number between worst and best, and
    how many of the unknown must have responded for the lower limit to exceed the benchmark of the study.
    """
    if "adrs" not in datasets:
        return
    seen = SEEN.rows(datasets).filter(pl.col("PARAMCD").is_in(list(OUTPUTS)))
    order = {estimand.id: place for place, estimand in enumerate(study.estimands)}
    counted = (
        seen.group_by("PARAMCD", "ESTIMAND", "AVISIT", "AVISITN", "TRTA")
        .agg(
            n=(pl.col("AVAL") == 1).sum().cast(pl.Int64), N=pl.len().cast(pl.Int64),
            unknown=pl.col("AVAL").is_null().sum().cast(pl.Int64),
        )
        .sort(
            pl.col("PARAMCD").replace_strict({code: i for i, code in enumerate(OUTPUTS)}),
            pl.col("ESTIMAND").replace_strict(order, default=len(order)), "AVISITN", "TRTA",
        )
        .rename({"PARAMCD": "paramcd", "ESTIMAND": "estimand", "AVISIT": "avisit", "TRTA": "group"})
    )  # fmt: skip
    main = counted.filter(pl.col("avisit") == study.get("sensitivity.visit", "Month 6"))
    made = [row for one in main.iter_rows(named=True) for row in _completed(study, one)]
    yield from _long(made, RATE, SENSITIVITY, "")
    tips = [row for one in main.iter_rows(named=True) for row in _tipping(study, one)]
    yield from _long(tips, TIPPING, SENSITIVITY, "not even if all responded")
    believed = [row for one in counted.iter_rows(named=True) for row in _believed(study, one)]
    yield from _long(believed, BELIEVED, POSTERIOR, "the study names no benchmark")


def benchmark(study: Any, paramcd: str) -> float | None:
    """Return the rate of others that the study compares with, for a criterion; none where it names none."""
    found = study.get(f"response.{paramcd.lower()}_historical")
    return None if found is None else float(found)


def _completed(study: Any, one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from carnet.statistics.missing import imputed_rate, tipping

    n, of, unknown = one["n"], one["N"], one["unknown"]
    cases = tipping(n, of, unknown)
    for name, case in (("worst case", cases[0]), ("best case", cases[-1])):
        yield one | _rate(name, case.rate, case.low, case.high) | {"n": n + case.responders}
    seed, draws = int(study.get("sensitivity.seed", 1)), int(study.get("sensitivity.draws", 200))
    drawn = imputed_rate(n, of, unknown, seed, draws)
    yield one | _rate("multiple imputation", drawn.estimate, drawn.low, drawn.high) | {"n": None}
    for case in cases[1:-1]:
        name = f"{case.responders} of {unknown} unknown respond"
        yield one | _rate(name, case.rate, case.low, case.high) | {"n": n + case.responders}


def _rate(name: str, rate: float, low: float, high: float) -> dict[str, Any]:
    found = {"proportion": rate, "lower": low, "upper": high}
    return {"case": name} | {end: value if math.isfinite(value) else None for end, value in found.items()}


def _tipping(study: Any, one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from carnet.statistics.missing import tipping_point

    rate = benchmark(study, one["paramcd"])
    if rate is not None:
        tips = tipping_point(one["n"], one["N"], one["unknown"], rate)
        yield one | {"case": "tipping point", "benchmark": rate, "tipping": tips}


def _believed(study: Any, one: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from carnet.statistics.proportion import posterior

    prior = study.get(f"response.{one['paramcd'].lower()}_prior", FLAT)
    found = posterior(one["n"], one["N"], (float(prior[0]), float(prior[1])))
    low, high = found.interval()
    rate = benchmark(study, one["paramcd"])
    yield one | {
        "case": "", "a": found.a, "b": found.b, "mean": found.mean, "lower": low, "upper": high, "benchmark": rate,
        "above": None if rate is None else found.above(rate),
    }  # fmt: skip


def _long(
    rows: list[dict[str, Any]], statistics: Mapping[str, str], output: str, reason: str
) -> Iterator[pl.DataFrame]:
    if not rows:
        return
    table = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.lit(reason).alias("reason"),
        pl.concat_str(
            "paramcd",
            "estimand",
            "avisit",
            pl.col("case").replace("", None),
            separator="/",
            ignore_nulls=True,
        ).alias("analysis"),
    )
    yield long(table, statistics, output=output, of=SEEN.each(PARAMCD="paramcd", ESTIMAND="estimand"))
