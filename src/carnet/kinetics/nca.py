"""The kinetic parameters of every profile, without a model: CMAX, TMAX, areas, the terminal rate, persistence.

One row per parameter: a number, or none and the reason in `flags` (the codes of `flags.csv`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from polars import col

from carnet.core.errors import InputError
from carnet.core.parameter import read_parameters
from carnet.kinetics import durations
from carnet.kinetics.answer import answer
from carnet.kinetics.courses import NONE, Courses, Floats, at, courses
from carnet.kinetics.definitions import definitions, table
from carnet.kinetics.flags import mark
from carnet.kinetics.profiles import Profiles, read_profiles
from carnet.kinetics.scopes import NUMBERS, OVERALL, Summary, intervals, scopes, summarise, tails, under
from carnet.kinetics.terminal import COLUMNS as TAIL

PARAMETERS = read_parameters("carnet.kinetics", "parameters.csv", "kinetics")
"""The choices of an analysis, with their defaults."""

BLQ = ("drop", "zero", "half", "limit")
"""What a result below quantification between quantifiable ones may become, beside a number."""


def parameters(conc: Any, doses: Any = None, **choices: Any) -> pl.DataFrame:
    """Return the parameters of `estimate` without its notes.

    >>> conc = {"subject": ["01"] * 4, "analyte": ["CARTG"] * 4, "time": [1.0, 3.0, 7.0, 28.0],
    ...     "value": ["900", "4000", "4000", "BLQ"], "lloq": [50.0] * 4, "unit": ["copies/ug"] * 4}
    >>> parameters(conc).head(2).select("scope", "PPTESTCD", "PPSTRESN", "PPSTRESU").rows()
    [('overall', 'CMAX', 4000.0, 'copies/ug'), ('overall', 'TMAX', 3.0, 'day')]
    """
    return estimate(conc, doses, **choices)[0]


def estimate(
    conc: Any,
    doses: Any = None,
    *,
    windows: Sequence[str] = (),
    time_unit: str = "day",
    only: Collection[str] = (),
    **choices: Any,
) -> tuple[pl.DataFrame, list[str]]:
    """Return the parameters of every profile, and the lines that a reader of them must see (denney2015).

    `windows` are those of AUCINT (`P0D/P28D`), `time_unit` is that of plain tables, `only` names the
    parameters wanted (all), `choices` change the named parameters of `parameters.csv`. A profile that must be
    refused keeps its rows without numbers, with the reason in `flags` and a line naming its rows.
    """
    rules = settled(choices)
    spans, wanted = read_windows(windows), _known(only)
    profiles = read_profiles(conc, doses, time_unit, rules["infusion_delay"])
    return compute(profiles, rules, spans, wanted), profiles.notes


def settled(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value in force of every named parameter; what cannot be is refused."""
    rules = {entry.name: entry.value for entry in PARAMETERS.set(**choices)}
    if rules["blq"] not in BLQ:
        try:
            rules["blq"] = float(rules["blq"])
            if not 0 <= rules["blq"] < math.inf:
                raise ValueError
        except ValueError:
            raise InputError(f"blq is {choices['blq']!r}; it takes {', '.join(BLQ)} or a number.") from None
    if rules["lamz_points"] < 3:
        raise InputError(f"lamz_points is {rules['lamz_points']}; a line needs 3 levels to be judged.")
    return rules


def read_windows(windows: Sequence[str]) -> list[tuple[float, float]]:
    """Return each window once, as its start and end in days."""
    return list(dict.fromkeys(durations.window(window) for window in windows))


def _known(only: Collection[str]) -> list[str]:
    codes = table()["PPTESTCD"].to_list()
    if strange := [code for code in only if code not in codes]:
        raise InputError(f"There is no kinetic parameter {strange[0]!r}; there are {', '.join(codes)}.")
    return [code for code in codes if code in only or not only]


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # what no computer holds is flagged OVERFLOW
def compute(
    profiles: Profiles, rules: Mapping[str, Any], spans: Sequence[tuple[float, float]], wanted: Sequence[str]
) -> pl.DataFrame:
    """Return the parameters of profiles that were read; what no wanted parameter reads is not worked out."""
    told = definitions(rules)
    needed = set().union(*(told[code].reads() for code in wanted))
    counted = courses(profiles.samples, profiles.order, (profiles.keys["refused"] != 0).to_numpy())
    every = scopes(profiles)
    found = summarise(counted, rules)
    of = ["profile", "scope"]
    overall = every.filter(scope=OVERALL).join(found.frame(), on=of, how="left", maintain_order="left")
    overall = overall.with_columns(col("held") | mark(BLQ_STOPPED=col("stopped")))
    windows = [overall] * len(spans)
    if needed & {"area", "no_limit"}:
        overall, windows = _with_areas(overall, found, rules, spans)
    if needed & set(TAIL):
        lines = tails(found, rules, _last_start(found.courses, profiles))
        overall = overall.join(lines, on=of, how="left", maintain_order="left")
    overall = _with_cells(overall, profiles)
    windows = [
        _up_to(_with_cells(frame, profiles), profiles, span)
        for frame, span in zip(windows, spans, strict=True)
    ]
    each = every.filter(col("scope") != OVERALL)
    each = each.join(intervals(counted, rules), on=of, how="left", maintain_order="left")
    frames = [
        frame.with_columns(col(name).fill_null(0) for name in NUMBERS if name in frame.columns)
        for frame in (overall, each, *windows)
    ]  # fmt: skip
    return answer(profiles.keys, frames, spans, {code: told[code] for code in wanted})


def _with_areas(
    overall: pl.DataFrame, found: Summary, rules: Mapping[str, Any], spans: Sequence[tuple[float, float]]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Return the summary with the area to the last level, and one for each window with the area inside it."""
    curve, unlimited = under(found, rules)
    overall = overall.with_columns(
        no_limit=col("profile").is_in(pl.Series(unlimited, dtype=pl.Int64).implode())
    )

    def area(low: float, high: float) -> pl.DataFrame:
        profile, amount = curve.area(low, high)
        more = pl.DataFrame({"profile": profile, "area": amount})
        return overall.join(more, on="profile", how="left", maintain_order="left")

    return area(0.0, math.inf), [area(*span) for span in spans]


def _last_start(c: Courses, profiles: Profiles) -> Floats:
    """Return the start of the last infusion of each sample's subject."""
    first, given = (profiles.keys[name].to_numpy() for name in ("first", "given"))
    return profiles.infusions["start"].to_numpy()[(first + given - 1)[c.profile]]


def _with_cells(frame: pl.DataFrame, profiles: Profiles) -> pl.DataFrame:
    """Return the summary with the cells given up to the maximum, and up to the last level."""
    first = profiles.keys["first"].to_numpy()[frame["profile"].to_numpy()]
    columns = []
    for name, infusion in (("cells", "infusion"), ("cells_last", "last_infusion")):
        number = frame[infusion].to_numpy()
        place = np.where(np.isnan(number), NONE, first + np.nan_to_num(number) - 1).astype(np.int64)
        columns.append(pl.Series(name, at(profiles.infusions["cells"].to_numpy(), place), nan_to_null=True))
    return frame.with_columns(columns)


def _up_to(frame: pl.DataFrame, profiles: Profiles, span: tuple[float, float]) -> pl.DataFrame:
    """Return the summary of a window with its ends and the cells given before the later one."""
    begun = profiles.infusions.filter(col("start").round(6) < span[1])
    given = begun.group_by("subject", maintain_order=True).agg(col("cells").last().alias("cells_to"))
    theirs = profiles.keys.select("profile", "subject").join(given, on="subject", how="left")
    ends = [pl.Series(name, np.full(len(frame), end)) for name, end in zip(("from", "to"), span, strict=True)]
    theirs = theirs.drop("subject")
    return frame.join(theirs, on="profile", how="left", maintain_order="left").with_columns(ends)
