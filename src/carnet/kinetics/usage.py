"""Usage: which samples the parameters rest on, and why each of the others was left out."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl
from polars import col

from carnet.kinetics import flags
from carnet.kinetics.limits import NOT_DONE, QUANTIFIABLE
from carnet.kinetics.profiles import Profiles
from carnet.kinetics.samples import HAS_RESULT


def usage(profiles: Profiles) -> pl.DataFrame:
    """Return the samples in their order with `reason`, null where the sample counts.

    A reason is one of `reasons.csv`, or the codes that refuse the profile.

    >>> from carnet.kinetics.profiles import read_profiles
    >>> told = {"subject": ["01"] * 3, "time": [0.0, 1.0, 2.0], "value": ["BLQ", "90", "ND"], "lloq": [50.0] * 3}
    >>> usage(read_profiles(told))["reason"].to_list()
    ['BEFORE_INFUSION', None, 'NOT_DONE']
    """
    refused = profiles.keys["refused"].gather(profiles.samples["profile"]).alias("refused")
    refusal = flags.text(refused).alias("refusal")
    samples = profiles.samples.hstack([refusal])
    return samples.with_columns(
        pl.when(col("state") == NOT_DONE).then(pl.lit("NOT_DONE"))
        .when(~HAS_RESULT & col("state").is_null()).then(pl.lit("NO_RESULT"))
        .when(col("refusal") != "").then("refusal")
        .when(col("elapsed").is_null()).then(pl.lit("TIME_MISSING"))
        .when(col("infusion").is_null() & (col("state") == QUANTIFIABLE)).then(pl.lit("BASELINE_QUANTIFIABLE"))
        .when(col("infusion").is_null()).then(pl.lit("BEFORE_INFUSION"))
        .alias("reason")
    ).drop("refusal")  # fmt: skip


@cache
def meanings() -> dict[str, str]:
    """Return every reason with its meaning: those of `reasons.csv`, and the codes that refuse a profile."""
    table = pl.read_csv(files("carnet.kinetics").joinpath("reasons.csv").read_bytes())
    refusing = flags.codes().filter(refuses="Y").select("code", "meaning")
    return dict([*table.iter_rows(), *refusing.iter_rows()])
