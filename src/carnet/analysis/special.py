"""Events of special interest: who had one, at which grade, how soon after the infusion and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.incidence import GRADES, NUMBERS, count, emergent
from carnet.analysis.result import INFUSED, long, sizes, with_bound, with_exact

KINDS: dict[str, tuple[str, pl.Expr]] = {
    "Cytokine release syndrome": ("14.3.1.10", (pl.col("AESI") == "CRS") | pl.col("CQ01NAM").is_not_null()),
    "ICANS": ("14.3.1.11", (pl.col("AESI") == "ICANS") | pl.col("CQ02NAM").is_not_null()),
    "Graft-versus-host disease": ("14.3.1.11", pl.col("AESI") == "GVHD"),
    "Infusion reaction": ("14.3.1.12", pl.col("AESI") == "INFUSION REACTION"),
    "Infection": (
        "14.3.1.13",
        (pl.col("AESI") == "INFECTION")
        | pl.coalesce("AESOC", "AEBODSYS").str.to_uppercase().str.starts_with("INFECTIONS"),
    ),
}
"""Each kind of event, its output, and the condition on an event."""

INFUSIONS = ("INF1DTM", "INF2DTM", "INF3DTM")
SPREAD = ("onset_median", "onset_min", "onset_max", "duration_median", "duration_min", "duration_max")


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per kind and infusion: patients, worst grade, days to onset, and duration of those that have ended.

    An event belongs to the last infusion that was given before or on the day it began, and its onset counts from
    there; over all infusions, from the first one. An event that goes on has no duration.
    """
    adsl = datasets["adsl"]
    if "adae" not in datasets or adsl["CARSDT"].is_null().all():
        return
    days = adsl.select("USUBJID", *(pl.col(name).dt.date() for name in INFUSIONS))
    events = emergent(datasets["adae"], INFUSED).join(days, on="USUBJID", how="left", maintain_order="left")
    given = [(pl.col(name) <= pl.col("ASTDT")).fill_null(False) for name in INFUSIONS]
    last = pl.max_horizontal(pl.when(here).then(name) for here, name in zip(given, INFUSIONS, strict=True))
    events = events.with_columns(infusion=pl.sum_horizontal(given).cast(pl.Int64), last=last)
    of = sizes(adsl, INFUSED)
    for kind, (output, condition) in KINDS.items():
        found = events.filter(condition)
        parts = [_summary(found, of, "CARSDT", f"{kind}/all infusions")]
        for number, name in enumerate(INFUSIONS, start=1):
            treated = (
                adsl.filter((pl.col(INFUSED) == "Y") & pl.col(name).is_not_null())
                .group_by(pl.col("TRT01A").alias("group"))
                .agg(pl.len().alias("N"))
                .sort("group")
            )
            mine = found.filter(pl.col("infusion") == number)
            parts.append(_summary(mine, treated, "last", f"{kind}/after infusion {number}"))
        forms = {
            **NUMBERS,
            **GRADES,
            **dict.fromkeys(("ended", *SPREAD), "0"),
            "onset_median": "1",
            "duration_median": "1",
        }
        yield long(pl.concat(parts), forms, output=output, dataset="ADAE", population=INFUSED)


def _summary(events: pl.DataFrame, of: pl.DataFrame, since: str, analysis: str) -> pl.DataFrame:
    onset, duration = (pl.col("ASTDT") - pl.col(since)).dt.total_days(), pl.col("ADURN")
    spread = events.group_by("group").agg(
        *(
            pl.Expr.cast(getattr(value, how)(), pl.Float64).alias(f"{name}_{how}")
            for name, value in (("onset", onset), ("duration", duration))
            for how in ("median", "min", "max")
        ),
        duration.count().alias("ended"),
    )
    worst = events.group_by("group", "USUBJID").agg(pl.col("worst").max()).group_by("group").agg(
        *((pl.col("worst") == grade).sum().alias(f"grade{grade}") for grade in range(1, 6)),
        pl.col("worst").is_null().sum().alias("ungraded"),
    )  # fmt: skip
    table = count(events, of)
    for more in (spread, worst):
        table = table.join(more, on="group", how="left", maintain_order="left")
    table = table.with_columns(pl.col(*GRADES, "ended").fill_null(0).cast(pl.Int64))
    return with_bound(with_exact(table)).with_columns(
        analysis=pl.lit(analysis),
        reason=pl.when(pl.col("n") == 0).then(pl.lit("no event")).otherwise(pl.lit("")),
    )
