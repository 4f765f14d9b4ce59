"""Mistakes: errors planted among the answers and never put right, for edit checks to find."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from carnet.simulate.numbers import table
from carnet.simulate.streams import Streams

SPARED = ("SCR", "BL", "D28", "M3", "M6", "M12")
"""Visits whose values carry the results of the trial: nothing is planted there."""
WATCHED = {"person": pl.Int64, "visit": pl.String, "form": pl.String, "repeat": pl.Int64, "item": pl.String,
"kind": pl.String,
           "right": pl.String, "wrong": pl.String}  # fmt: skip


def swapped(value: str) -> str:
    """Return a number with two of its first digits the other way round, or its first digit doubled if they are alike.

    >>> swapped("118"), swapped("57.3"), swapped("224")
    ('181', '75.3', '242')
    """
    whole, point, rest = value.partition(".")
    for i in range(len(whole) - 1, 0, -1):
        if whole[i] != whole[i - 1]:
            return whole[: i - 1] + whole[i] + whole[i - 1] + whole[i + 1 :] + point + rest
    return whole[0] + value


def moved(value: str, days: int) -> str:
    """Return a date, with its time if it has one, some days away.

    >>> moved("2025-03-01T08:30", -2)
    '2025-02-27T08:30'
    """
    return (date.fromisoformat(value[:10]) + timedelta(days=days)).isoformat() + value[10:]


def wrong(kind: str, item: str, value: str) -> str:
    """Return what a mistake of one kind makes of a value."""
    if kind == "unit slip":
        return f"{float(value) / 10:.1f}" if item == "hgb" else f"{float(value) / 88.4:.2f}"
    if kind == "transposed digits":
        return swapped(value)
    if kind == "lost decimal point":
        return value.replace(".", "")
    if kind == "date order":
        return moved(value, -45 if item == "ae_stop" else -3)
    if kind == "wrong date":
        return moved(value, -30)
    if kind == "wrong total":
        return f"{float(value) + 2:.0f}"
    if kind == "item against laboratory":
        return "N"
    if kind == "off the ladder":
        return "1:300"
    return f"{float(value) * 1.15:.1f}"


def plant(streams: Streams, found: pl.DataFrame, times: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows with mistakes in them, and the list of the mistakes.

    `times` multiplies how often each kind is made. Rows that hold one are marked `planted`.
    """
    value, planted = found["value"].to_numpy().copy(), np.zeros(len(found), bool)
    listed: list[tuple[object, ...]] = []
    copies: list[pl.DataFrame] = []
    for number, row in enumerate(table("mistakes").iter_rows(named=True)):
        kind, form, item = row["kind"], row["form"], row["item"] or ""
        places = np.flatnonzero(found.select(can=_can(kind, form, item))["can"].to_numpy() & ~planted)
        cells = found[places]
        lots = streams.lots(
            f"mistakes.{number}", *(cells[name].to_numpy() for name in ("person", "visit", "repeat"))
        )
        for place in places[np.argsort(lots, kind="stable")[: int(np.round(row["times"] * times))]]:
            at = found.row(int(place), named=True)
            said = "" if kind == "duplicate" else wrong(kind, item, value[place])
            listed.append((at["person"], at["visit"], form, at["repeat"], item, kind, value[place], said))
            if kind == "duplicate":
                copies.append(_copied(found, at))
            else:
                value[place], planted[place] = said, True
    rows = found.with_columns(value=pl.Series(value, dtype=pl.String), planted=pl.Series(planted))
    return pl.concat([rows, *copies]), pl.DataFrame(listed, schema=WATCHED, orient="row")


def _can(kind: str, form: str, item: str) -> pl.Expr:
    """Return where a mistake of one kind may be made."""
    named = {"adverse_event": "ae_term", "medication": "med_drug"}[form] if kind == "duplicate" else item
    here = (pl.col("item") == named) & ~pl.col("missing") & ~pl.col("visit").is_in(SPARED)
    if kind == "item against laboratory":
        return here & (pl.col("value") == "Y")
    least = 10 if item == "ae_stop" else 2
    return here & (pl.col("value").str.len_chars() >= least)


def _copied(found: pl.DataFrame, at: dict[str, object]) -> pl.DataFrame:
    """Return the row of a log once more, entered some minutes later under the next number."""
    log = found.filter((pl.col("person") == at["person"]) & (pl.col("form") == at["form"]))
    mine = log.filter(pl.col("repeat") == at["repeat"])
    return mine.with_columns(
        repeat=pl.lit(log["repeat"].max()).cast(pl.Int64) + 1,
        row=pl.lit(log["row"].max()).cast(pl.Int64) + 100_000, second=pl.col("second") + 840,
        planted=pl.lit(True),
    )  # fmt: skip
