"""Scopes: the whole time after the first infusion, the interval of each, and what their samples come to."""

from __future__ import annotations

import polars as pl
from polars import col

from carnet.kinetics.flags import flags
from carnet.kinetics.limits import BELOW, DETECTED, QUANTIFIABLE
from carnet.kinetics.profiles import Profiles
from carnet.kinetics.samples import HAS_RESULT

OVERALL = 0
"""The scope of the whole time; scope i is the interval of infusion i."""

SCOPE = pl.Int64


def usable(profiles: Profiles) -> pl.DataFrame:
    """Return the samples that count: a result after the first infusion, in a profile that is not refused."""
    fit = profiles.keys.filter(col("refused").is_null()).select("profile")
    samples = profiles.samples.filter(HAS_RESULT, col("infusion").is_not_null())
    return samples.join(fit, on="profile", how="semi").sort("elapsed")


def scopes(profiles: Profiles) -> pl.DataFrame:
    """Return a row per profile and scope: its end in days, and the codes that hold for all of it.

    A refused profile has its scopes with the codes that refuse it alone.
    """
    infusions = profiles.infusions.with_columns(col("infusion").cast(SCOPE).alias("scope"))
    theirs = infusions.group_by("subject").agg(
        col("flags").explode().drop_nulls().unique().sort().alias("plan"), col("per").first()
    )
    overall = profiles.keys.join(theirs, on="subject", how="left").with_columns(
        pl.lit(OVERALL, SCOPE).alias("scope"), pl.lit(None, pl.Float64).alias("end")
    )
    interval = infusions.select(
        "subject", "scope", "per", (col("end") - col("start")).alias("end"), plan="flags"
    )
    each = profiles.keys.join(interval, on="subject")
    without = profiles.samples.filter(~HAS_RESULT, col("infusion").is_not_null() | col("elapsed").is_null())
    without = _in_scopes(without).select("profile", "scope").unique().with_columns(missing=True)
    both = pl.concat([overall, each.select(overall.columns)])
    both = both.join(without, on=["profile", "scope"], how="left")
    missing = flags(SAMPLE_MISSING=col("missing"))
    held = pl.concat_list(missing, "flags", col("plan").fill_null(pl.lit([], pl.List(pl.String))))
    return both.select(
        "profile", "subject", "analyte", "unit", "per", "scope", "end",
        col("refused").is_not_null().alias("refused"), col("refused").fill_null(held).alias("held"),
    )  # fmt: skip


def _in_scopes(samples: pl.DataFrame) -> pl.DataFrame:
    """Return each sample twice: by the clock of the first infusion, and by that of the one it follows."""
    whole = samples.with_columns(pl.lit(OVERALL, SCOPE).alias("scope"), col("elapsed").alias("clock"))
    own = samples.drop_nulls("infusion").with_columns(
        col("infusion").cast(SCOPE).alias("scope"), col("since").alias("clock")
    )
    return pl.concat([whole, own])


def summarise(samples: pl.DataFrame, tmax: str, expansion_after: float) -> pl.DataFrame:
    """Return a row per profile and scope that has samples: counts, maxima, first and last levels, times.

    `samples` are sorted by time. `clock` times count from the infusion of the scope, `elapsed` ones from the
    first. `tmax` takes the first or the last of equal maxima.
    """
    quantifiable, level = col("state") == QUANTIFIABLE, col("level")
    settled = col("since").round(6) > expansion_after
    late = quantifiable & settled

    def peak(name: str, among: pl.Expr) -> pl.Expr:
        highest = col(name).filter(among & (level == level.filter(among).max()))
        return highest.first() if tmax == "first" else highest.last()

    seen = col("state").is_in([QUANTIFIABLE, DETECTED])
    last, last_seen = col("elapsed").filter(quantifiable).last(), col("elapsed").filter(seen).last()
    after_last = (col("elapsed") > last).fill_null(True)
    after_seen = (col("elapsed") > last_seen).fill_null(True)
    return _in_scopes(samples).group_by("profile", "scope", maintain_order=True).agg(
        pl.len().alias("n"),
        quantifiable.sum().alias("n_quantifiable"),
        settled.sum().alias("n_settled"),
        level.max().alias("cmax"),
        peak("clock", quantifiable).alias("tmax"),
        peak("elapsed", quantifiable).alias("peak"),
        peak("infusion", quantifiable).alias("infusion"),
        peak("since", quantifiable).alias("since"),
        level.filter(late).max().alias("cmax_settled"),
        peak("clock", late).alias("tmax_settled"),
        col("elapsed").first().alias("first"),
        col("elapsed").last().alias("last"),
        level.filter(quantifiable).last().alias("clst"),
        col("clock").filter(quantifiable).last().alias("tlst"),
        col("clock").filter(quantifiable).first().alias("tfirst"),
        col("elapsed").filter(~quantifiable & after_last).first().alias("gone"),
        last_seen.alias("detected"),
        ((col("state") == BELOW) & after_seen).any().alias("unstated"),
    )  # fmt: skip
