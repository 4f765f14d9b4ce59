"""Treatment emergence: whether an event began, or grew worse, after a treatment, as far as its dates tell."""

from __future__ import annotations

import polars as pl

from carnet.core.errors import InputError
from carnet.core.partial_date import date_range

HISTORY = r"^\s*(\d)\s+(\S+)"
"""One step of a history of grades: grade and date, as in `2 2025-03-01; 3 2025-03-04`."""


def emergent(
    rows: pl.DataFrame,
    since: str,
    *,
    flag: str = "TRTEMFL",
    certain: str = "TRTEMCFL",
    start: str = "AESTDTC",
    end: str = "AEENDTC",
    history: str | None = None,
    initial: str | None = None,
    worst: str | None = None,
    until: str | None = None,
) -> pl.DataFrame:
    """Return the rows with two flags, Y or null: emergent since a treatment, and certainly so (admiral2026).

    `since` and `until` name the columns of the first treatment and of the last moment that counts; `start` and
    `end` those of the event. Each may hold ISO text, complete or not, a date or a moment. An event is emergent
    that may have begun at or after the treatment, or was there before and has a grade after it, in `history`,
    above every one before. Without a history a `worst` grade above the `initial` one may have come after. An
    event that surely ended before the treatment is not emergent, one without a start is, and so is one whose
    dates contradict each other; whoever was not
    treated has no flag. Certain is what no completion of the dates can gainsay.

    >>> events = pl.DataFrame({"AESTDTC": ["2025-03-02", "2025-03", None, "2025-02"], "AEENDTC": [None] * 4,
    ...                        "TRTSDTM": ["2025-03-01T09:00"] * 4})
    >>> emergent(events, "TRTSDTM").select("TRTEMFL", "TRTEMCFL").rows()
    [('Y', 'Y'), ('Y', None), ('Y', None), (None, None)]
    """
    if taken := [name for name in (flag, certain) if name in rows.columns]:
        raise InputError(f"The table already has the column {', '.join(taken)}; rename or drop it.")
    began, ended, treated = (_moments(rows, name) for name in (start, end, since))
    contrary = (ended[1] < began[0]).fill_null(
        False
    )  # it ends before it starts: neither date rules anything out
    ends = pl.when(~contrary).then(ended[1])
    last = _moments(rows, until) if until else (pl.lit(None, pl.Datetime("us")),) * 2
    table = rows.select(
        pl.int_range(pl.len()).alias("row"), start0=began[0], start1=pl.min_horizontal(began[1], ends),
        end1=ends, contrary=contrary, since0=treated[0], since1=treated[1], until=last[1],
        told=began[0].is_not_null(),
    ).with_columns(_worsening(rows, history, initial, worst, treated, last[1]))  # fmt: skip
    after = pl.col("start1") >= pl.col("since0")
    in_time = (pl.col("start0") <= pl.col("until")).fill_null(True)
    over = (pl.col("end1") < pl.col("since0")).fill_null(False)
    may_start = after.fill_null(True) | pl.col("contrary")
    possible = ~over & ((may_start & in_time) | pl.col("may_worsen"))
    surely_in_time = (pl.col("start1") <= pl.col("until")).fill_null(pl.col("until").is_null())
    sure = ~(over | pl.col("contrary")) & (
        ((pl.col("start0") >= pl.col("since1")) & pl.col("told") & surely_in_time) | pl.col("worsens")
    )
    was_treated = pl.col("since0").is_not_null()
    verdict = table.select(
        pl.when(was_treated & possible).then(pl.lit("Y")).alias(flag),
        pl.when(was_treated & sure).then(pl.lit("Y")).alias(certain),
    )
    return rows.hstack(verdict)


def _moments(rows: pl.DataFrame, name: str) -> tuple[pl.Expr, pl.Expr]:
    """Return the first and the last moment that a column may mean, whatever kind of date it holds.

    A time told to the minute is that moment: an event and a dose of the same minute are at the same time.
    """
    column, dtype = pl.col(name), rows.schema[name]
    if dtype == pl.Date:
        midnight = column.cast(pl.Datetime("us"))
        return midnight, midnight + pl.duration(days=1) - pl.duration(microseconds=1)
    if isinstance(dtype, pl.Datetime):
        return column.cast(pl.Datetime("us")), column.cast(pl.Datetime("us"))
    earliest, latest = date_range(column)
    return earliest, pl.when(latest - earliest < pl.duration(minutes=1)).then(earliest).otherwise(latest)


def _worsening(
    rows: pl.DataFrame,
    history: str | None,
    initial: str | None,
    worst: str | None,
    treated: tuple[pl.Expr, pl.Expr],
    until: pl.Expr,
) -> list[pl.Series]:
    """Return whether a grade after the treatment may be, and surely is, above every grade before it."""
    may = surely = pl.repeat(False, len(rows), eager=True)
    if initial and worst:
        may = (rows[worst].cast(pl.Float64) > rows[initial].cast(pl.Float64)).fill_null(False)
    if history:
        moments = rows.select(
            since0=treated[0], since1=treated[1], until=until, step=pl.col(history).str.split(";")
        )
        steps = moments.with_row_index("row").explode("step").with_columns(
            grade=pl.col("step").str.extract(HISTORY, 1).cast(pl.Int64),
            date=pl.col("step").str.extract(HISTORY, 2),
        )  # fmt: skip
        earliest, latest = date_range(pl.col("date"))
        grade, counts = pl.col("grade"), (earliest <= pl.col("until")).fill_null(pl.col("until").is_null())
        after, surely_after = (latest >= pl.col("since0")) & counts, (earliest >= pl.col("since1")) & counts
        before, surely_before = earliest < pl.col("since1"), latest < pl.col("since0")
        found = steps.group_by("row", maintain_order=True).agg(
            may=grade.filter(after).max() > grade.filter(surely_before).max(),
            surely=grade.filter(surely_after).max() > grade.filter(before).max(),
        )
        told = steps.group_by("row", maintain_order=True).agg(told=pl.col("date").is_not_null().any())["told"]
        may = found["may"].fill_null(False) | (may & ~told)
        surely = found["surely"].fill_null(False)
    return [may.alias("may_worsen"), surely.alias("worsens")]
