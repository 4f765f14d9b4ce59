"""The course of an event: episodes of one term, and the hours that it spent at a grade."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from carnet.core.partial_date import date_range
from carnet.safety.emergence import HISTORY


def episodes(
    rows: pl.DataFrame,
    by: Sequence[str],
    grade: str,
    gap_hours: float = 24,
    start: str = "AESTDTC",
    end: str = "AEENDTC",
) -> pl.DataFrame:
    """Return the rows with `episode`, a number within each subject and term (`by`), and `episode_grade`, its worst.

    A row begins a new episode that surely began so many hours after every earlier row of its term had ended; dates that
    are incomplete, and rows that go on, leave it in the old one. The worst grade is the highest one known.

    >>> log = pl.DataFrame({"AEDECOD": ["Rash"] * 3, "AESTDTC": ["2025-03-01", "2025-03-04", "2025-03-09"],
    ...                     "AEENDTC": ["2025-03-03", "2025-03-05", None], "grade": [1, 3, 2]})
    >>> episodes(log, ["AEDECOD"], "grade").select("episode", "episode_grade").rows()
    [(1, 3), (1, 3), (2, 2)]
    """
    (began, _), (_, ended) = _moments(pl.col(start)), _moments(pl.col(end))
    never = pl.datetime(9999, 1, 1, time_unit="us")
    table = rows.with_row_index("_row").with_columns(_began=began, _ended=ended.fill_null(never))
    table = table.sort("_began", "_ended", "_row", nulls_last=False)
    latest = pl.col("_ended").cum_max().shift(1).over(by)
    apart = (pl.col("_began") - latest) >= pl.duration(seconds=int(gap_hours * 3600))
    table = table.with_columns(episode=apart.fill_null(False).cum_sum().over(by).cast(pl.Int64) + 1)
    worst = pl.col(grade).max().over([*by, "episode"])
    return table.with_columns(episode_grade=worst).sort("_row").drop("_row", "_began", "_ended")


def hours_at(
    rows: pl.DataFrame, reaches: str, until_below: str, grade: str, history: str, until: str,
    start: str = "AESTDTC", end: str = "AEENDTC",
) -> pl.DataFrame:  # fmt: skip
    """Return the rows with the hours from a grade reached to a grade fallen below, least and most, and when it began.

    `reaches` and `until_below` name columns with the two grades, `until` that with the last moment at which the
    subject was seen. `hours_min` and `hours_max` hold the longest such time over all that the dates may mean; without
    an end `hours_max` is empty. `reached_first` and `reached_last` hold the moment at which the grade was first
    reached; it was still there just before `left_first`. An event whose history of grades is empty kept its grade
    throughout.
    """
    table = rows.with_row_index("_row").select(
        "_row", reaches=pl.col(reaches), below=pl.col(until_below), grade=pl.col(grade), start=pl.col(start),
        stop=pl.col(end), seen=pl.col(until).cast(pl.Datetime("us")),
        told=pl.col(history).cast(pl.String).str.split(";"),
    )  # fmt: skip
    steps = table.explode("told").with_columns(
        grade=pl.coalesce(pl.col("told").str.extract(HISTORY, 1).cast(pl.Int64), "grade"),
        moment=pl.coalesce(pl.col("told").str.extract(HISTORY, 2), "start"),
    )
    first, last = _moments(pl.col("moment"))
    stop_first, stop_last = _moments(pl.col("stop"))
    steps = steps.with_columns(first=first, last=last).with_columns(
        to_first=pl.coalesce(pl.col("first").shift(-1).over("_row"), stop_first, "seen"),
        to_last=pl.coalesce(pl.col("last").shift(-1).over("_row"), stop_last),
        stays=(pl.col("grade") >= pl.col("below")).fill_null(False),
    )
    steps = steps.with_columns(run=pl.col("stays").rle_id().over("_row"))
    steps = steps.with_columns(there=(pl.col("grade") >= pl.col("reaches")).fill_null(False))
    began = pl.col("there").cum_max().over("_row", "run")
    spells = steps.filter("stays", began).group_by("_row", "run", maintain_order=True).agg(
        first=pl.col("first").first(), last=pl.col("last").first(),
        to_first=pl.col("to_first").last(), to_last=pl.col("to_last").last(),
    )  # fmt: skip
    hours = [
        (pl.col(a) - pl.col(b)).dt.total_seconds() / 3600
        for a, b in (("to_first", "last"), ("to_last", "first"))
    ]
    spells = spells.with_columns(least=hours[0].clip(lower_bound=0), most=hours[1].clip(lower_bound=0))
    found = spells.group_by("_row").agg(
        hours_min=pl.col("least").max(),
        hours_max=pl.when(pl.col("most").is_not_null().all()).then(pl.col("most").max()),
        reached_first=pl.col("first").min(), reached_last=pl.col("last").min(), left_first=pl.col("to_first").max(),
    )  # fmt: skip
    return rows.with_row_index("_row").join(found, on="_row", how="left", maintain_order="left").drop("_row")


def _moments(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and the last moment that a date may mean; a time told to the minute is that moment."""
    earliest, latest = date_range(text)
    return earliest, pl.when(latest - earliest < pl.duration(minutes=1)).then(earliest).otherwise(latest)
