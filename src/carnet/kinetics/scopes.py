"""Scopes: the whole time after the first infusion, the interval of each, and what their samples come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from polars import col

from carnet.kinetics.area import Pieces, pieces
from carnet.kinetics.courses import NONE, Courses, Floats, Runs, Truths, Whole, at
from carnet.kinetics.flags import mark
from carnet.kinetics.peak import highest
from carnet.kinetics.profiles import Profiles
from carnet.kinetics.samples import HAS_RESULT
from carnet.kinetics.terminal import fit

OVERALL = 0
"""The scope of the whole time; scope i is the interval of infusion i."""

NUMBERS = ("n", "n_quantifiable", "n_settled")
"""The columns of a summary that are 0 where there is no sample."""


def scopes(profiles: Profiles) -> pl.DataFrame:
    """Return a row per profile and scope: its end in days, whether refused, and the marks that hold for all of it."""
    keys, infusions = profiles.keys, profiles.infusions
    profile, first, given = (keys[name].to_numpy() for name in ("profile", "first", "given"))
    many = np.repeat(profile, given)
    place = np.arange(len(many)) - (np.cumsum(given) - given)[many] + first[many]
    theirs = infusions.select("marks", "per", (col("end") - col("start")).alias("end"))[place]
    each = theirs.with_columns(
        profile=pl.Series(many, dtype=pl.Int64), scope=infusions["infusion"].cast(pl.Int64)[place]
    )
    whole = each.group_by("profile").agg(col("marks").bitwise_or(), col("per").first())
    overall = keys.select("profile").join(whole, on="profile", how="left", maintain_order="left")
    overall = overall.with_columns(scope=pl.lit(OVERALL, pl.Int64), end=pl.lit(None, pl.Float64))
    both = pl.concat([overall, each.select(overall.columns)])
    both = both.join(_missing(profiles.samples), on=["profile", "scope"], how="left", maintain_order="left")
    at = both["profile"].to_numpy()
    of_profile = keys.select(col("marks").alias("held"), "refused")[at]
    refused = col("refused") != 0
    held = col("held") | col("marks").fill_null(0) | mark(SAMPLE_MISSING=col("missing"))
    return both.hstack(of_profile).select(
        "profile", "scope", "end", "per", refused.alias("refused"),
        pl.when(refused).then("refused").otherwise(held).alias("held"),
    )  # fmt: skip


def _missing(samples: pl.DataFrame) -> pl.DataFrame:
    """Return the profiles and scopes in which a sample was not done or has no result."""
    without = samples.filter(~HAS_RESULT, col("infusion").is_not_null() | col("elapsed").is_null())
    own = without.select("profile", col("infusion").alias("scope")).drop_nulls()
    whole = without.select("profile", pl.lit(OVERALL, pl.Int64).alias("scope"))
    return pl.concat([whole, own]).unique().with_columns(missing=True)


@dataclass(frozen=True)
class Summary:
    """What the samples of each profile come to over the whole time, as columns, and where they stand."""

    courses: Courses
    runs: Runs
    columns: dict[str, Any]
    places: dict[str, Whole]

    def frame(self) -> pl.DataFrame:
        """Return the summary with a row per profile that has samples."""
        return _frame(self.courses.profile[self.runs.starts], OVERALL, self.columns)


def _frame(profile: Whole, scope: Whole | int, columns: Mapping[str, Any]) -> pl.DataFrame:
    numbers = [pl.Series(name, values, nan_to_null=True) for name, values in columns.items()]
    table = pl.DataFrame({"profile": profile}).with_columns(
        scope=pl.lit(scope) if isinstance(scope, int) else scope
    )
    return table.with_columns(pl.col("scope").cast(pl.Int64), *numbers)


def _peak(c: Courses, runs: Runs, clock: Floats, rules: Mapping[str, Any]) -> tuple[dict[str, Any], Whole]:
    """Return what belongs to the maximum of each run, and its place."""
    top = highest(runs, c.level, c.quantifiable, rules["tmax"])
    columns = {
        "n": runs.ends - runs.starts,
        "n_quantifiable": runs.count(c.quantifiable),
        "cmax": at(c.level, top),
        "hidden": _hidden(c, runs, top),
        "tmax": at(clock, top),
        "peak": at(c.elapsed, top),
        "first": c.elapsed[runs.starts],
        "last": c.elapsed[runs.ends - 1],
    }
    return columns, top


def _hidden(c: Courses, runs: Runs, top: Whole, among: Truths | bool = True) -> Truths:
    """Return whether a result below quantification may hide, among these samples, a level above the maximum.

    Where nothing is quantifiable the maximum of 0 stands for a level below the limit, and is held against that.
    """
    found = at(c.level, top)[runs.of]
    above = c.ceiling - np.where(np.isnan(found), c.limit, found)
    return runs.count(among & (np.round(above, 6) > 0)) > 0


def intervals(c: Courses, rules: Mapping[str, Any]) -> pl.DataFrame:
    """Return a row per profile and infusion that has samples: counts, the maximum by the clock of the infusion."""
    runs = Runs(c.profile, c.infusion)
    columns, _ = _peak(c, runs, c.since, rules)
    return _frame(c.profile[runs.starts], c.infusion[runs.starts], columns)


def summarise(c: Courses, rules: Mapping[str, Any]) -> Summary:
    """Return what the samples of each profile come to by the clock of its first infusion: counts, levels, times."""
    runs = Runs(c.profile)
    columns, top = _peak(c, runs, c.elapsed, rules)
    stopped: Truths = np.zeros(len(runs.starts), np.bool_)
    if rules["blq_stop"]:
        keep = _before_stop(c, runs, top, rules["blq_stop"])
        stopped = runs.count(~keep & c.quantifiable) > 0
        c = c.keep(keep)
        runs = Runs(c.profile)
        columns, top = _peak(c, runs, c.elapsed, rules)
    settled = np.round(c.since, 6) > rules["expansion_after"]
    late = highest(runs, c.level, c.quantifiable & settled, rules["tmax"])
    first, last = runs.first(c.quantifiable), runs.last(c.quantifiable)
    seen = runs.last(c.quantifiable | c.detected)
    after = np.where(last == NONE, runs.starts, last + 1)  # where it is not quantifiable any more
    columns |= {
        "stopped": stopped,
        "infusion": at(c.infusion, top),
        "since": at(c.since, top),
        "n_settled": runs.count(settled),
        "cmax_settled": at(c.level, late),
        "tmax_settled": at(c.elapsed, late),
        "hidden_settled": _hidden(c, runs, late, settled),
        "clst": at(c.level, last),
        "tlst": at(c.elapsed, last),
        "tfirst": at(c.elapsed, first),
        "tlag": np.where(
            first == NONE, np.nan, np.where(first > runs.starts, c.elapsed[np.maximum(first, 1) - 1], 0.0)
        ),
        "gone": at(c.elapsed, np.where(after < runs.ends, after, NONE)),
        "last_infusion": at(c.infusion, last),
        "detected": at(c.elapsed, seen),
        "unstated": runs.last(c.below) > seen,
    }
    return Summary(c, runs, columns, {"peak": top, "first": first, "last": last})


def _before_stop(c: Courses, runs: Runs, top: Whole, many: int) -> Truths:
    """Return which samples stand before the end of the first run of so many results below after the maximum."""
    place = np.arange(len(c.profile))
    floor = np.where(top == NONE, runs.starts - 1, top)[runs.of]
    last_level = np.maximum(np.maximum.accumulate(np.where(c.quantifiable, place, NONE)), floor)
    ends = runs.first((place - last_level >= many) & (place > floor))
    return place <= np.where(ends == NONE, len(place), ends)[runs.of]


def under(found: Summary, rules: Mapping[str, Any]) -> tuple[Pieces, Whole]:
    """Return the pieces of the curves up to the last level, and the profiles in which a needed limit is unknown.

    Below quantification is `blq_before` until the first quantifiable level, and `blq` between two.
    """
    c, of = found.courses, found.runs.of
    place = np.arange(len(c.profile))
    first, last = found.places["first"][of], found.places["last"][of]
    before, between = place < first, (place > first) & (place < last) & ~c.quantifiable
    blq = rules["blq"]
    share = {"half": 0.5, "limit": 1.0}.get(blq)
    below = c.limit * share if share else float(blq) if isinstance(blq, float) else 0.0
    level = np.where(c.quantifiable, c.level, np.where(before, 0.0, below))
    used = place <= last
    if blq == "drop":
        used &= ~between
    if rules["blq_before"] == "drop":
        used &= ~before
    unlimited = used & np.isnan(level)
    used &= ~unlimited
    peak = at(c.elapsed, found.places["peak"])[of]
    curve = pieces(c.profile[used], c.elapsed[used], level[used], peak[used], rules["auc"])
    return curve, np.unique(c.profile[unlimited])


def tails(found: Summary, rules: Mapping[str, Any], last_start: Floats) -> pl.DataFrame:
    """Return the terminal line of each profile; `last_start` is the start of the last infusion of each sample."""
    c = found.courses
    peak = at(c.elapsed, found.places["peak"])[found.runs.of]
    may = c.quantifiable & (c.elapsed > peak) & (np.round(c.elapsed - last_start, 6) > 0)
    profile, columns = fit(c.profile[may], c.elapsed[may], c.level[may], rules)
    return _frame(profile, OVERALL, columns)
