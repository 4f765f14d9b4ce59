"""Refusals: the profiles that give no number, with the rows at fault and the way out."""

from __future__ import annotations

import numpy as np
import polars as pl

from carnet.kinetics.infusions import withheld
from carnet.kinetics.labels import Places
from carnet.kinetics.limits import IMPOSSIBLE
from carnet.kinetics.samples import HAS_NUMBER, HAS_RESULT

SCHEMA = {"profile": pl.UInt32, "code": pl.String, "rows": pl.List(pl.UInt32), "wrong": pl.String}


def refusals(
    samples: pl.DataFrame, order: Places, doses: pl.DataFrame, infusions: pl.DataFrame, keys: pl.DataFrame
) -> pl.DataFrame:
    """Return a row per profile and fault: profile, code, rows of its table, what is wrong and what to do.

    `samples` are placed and carry their profile, `order` has them by profile and time; `doses` and
    `infusions` are those planned and given.
    """
    keys = keys.select("profile", "subject")
    found = (
        *(fault(samples) for fault in (_negative, _without_unit)),
        _same_time(_neighbours(samples, order)),
        *(keys.join(fault(doses), on="subject") for fault in (_same_start, _no_start)),
        _no_infusion(keys, doses, infusions),
    )
    return pl.concat(part.select(*SCHEMA).cast(SCHEMA) for part in found)  # type: ignore[arg-type]


def _neighbours(samples: pl.DataFrame, order: Places) -> pl.DataFrame:
    """Return the results of a profile that stand at one time: neighbours in its order."""
    timed = samples.select(HAS_RESULT & pl.col("elapsed").is_not_null()).to_series().to_numpy()
    order = order[timed[order]]
    profile, at = samples["profile"].to_numpy()[order], samples["elapsed"].round(6).to_numpy()[order]
    same = (profile[1:] == profile[:-1]) & (at[1:] == at[:-1])
    return samples[order[np.append(same, False) | np.append(False, same)]] if same.any() else samples.clear()


def _same_time(samples: pl.DataFrame) -> pl.DataFrame:
    results = samples.filter(HAS_RESULT, pl.col("time").is_not_null())
    at = pl.col("time").round(6).alias("at")
    twice = results.group_by("profile", at, maintain_order=True).agg(pl.col("row").sort().alias("rows"))
    return twice.filter(pl.col("rows").list.len() > 1).select(
        "profile", "rows", pl.lit("DUPLICATE_TIME").alias("code"),
        pl.format("more than one result at {} days; keep the valid one", "at").alias("wrong"),
    )  # fmt: skip


def _negative(samples: pl.DataFrame) -> pl.DataFrame:
    bad = samples.filter(pl.col("state") == IMPOSSIBLE)
    return bad.group_by("profile", maintain_order=True).agg(pl.col("row").sort().alias("rows")).with_columns(
        code=pl.lit("NEGATIVE_VALUE"), wrong=pl.lit("a level below 0; correct it")
    )  # fmt: skip


def _without_unit(samples: pl.DataFrame) -> pl.DataFrame:
    """A number without a unit can neither join a profile nor be left out: all of its analyte are refused."""
    bare = (pl.col("measure") == "") & HAS_NUMBER
    group = ["subject", "analyte"]
    faulty = samples.filter(bare).select(group).unique()
    samples = (
        samples.join(faulty, on=group, how="semi", maintain_order="left") if len(faulty) else samples.clear()
    )
    at_fault = samples.group_by(group, maintain_order=True).agg(
        pl.col("row").filter(bare).sort().alias("rows"), (pl.col("measure") != "").any().alias("others")
    )
    at_fault = at_fault.filter("others", pl.col("rows").list.len() > 0)
    profiles = samples.select("profile", *group).unique(maintain_order=True)
    return profiles.join(at_fault, on=group).with_columns(
        code=pl.lit("UNIT_MISSING"), wrong=pl.lit("a number has no unit, others have one; give it")
    )


def _same_start(doses: pl.DataFrame) -> pl.DataFrame:
    at = pl.coalesce("time", "nominal_time").round(6).alias("at")
    rows = doses.filter(~withheld()).with_columns(at).drop_nulls("at")
    rows = rows.filter(pl.struct("subject", "at").is_duplicated())
    twice = rows.group_by("subject", "at", maintain_order=True).agg(pl.col("row").sort().alias("rows"))
    return twice.select(
        "subject", "rows", pl.lit("DUPLICATE_INFUSION").alias("code"),
        pl.format("two infusions start at {} days (rows of the doses); keep one", "at").alias("wrong"),
    )  # fmt: skip


def _no_start(doses: pl.DataFrame) -> pl.DataFrame:
    bad = doses.filter(~withheld(), pl.coalesce("time", "nominal_time").is_null())
    return bad.group_by("subject", maintain_order=True).agg(pl.col("row").sort().alias("rows")).with_columns(
        code=pl.lit("INFUSION_TIME_MISSING"),
        wrong=pl.lit("cells were given at an unknown time (rows of the doses); give the start"),
    )  # fmt: skip


def _no_infusion(keys: pl.DataFrame, doses: pl.DataFrame, infusions: pl.DataFrame) -> pl.DataFrame:
    unknown = pl.concat([infusions.select("subject"), _no_start(doses).select("subject")])
    return keys.join(unknown, on="subject", how="anti").select(
        "profile", pl.lit([], pl.List(pl.UInt32)).alias("rows"), pl.lit("NO_INFUSION").alias("code"),
        pl.lit("samples and no infusion in the table of doses").alias("wrong"),
    )  # fmt: skip
