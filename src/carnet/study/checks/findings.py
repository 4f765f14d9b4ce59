"""Findings: a row per thing to ask about, in words a data manager understands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import polars as pl

COLUMNS = ("subject", "visit", "form", "item", "message")
SCHEMA: dict[str, pl.DataType] = {name: pl.String() for name in COLUMNS}
"""The columns of a frame of findings; what a finding is not about is null."""

Ask = Callable[..., pl.DataFrame]


def findings(
    rows: pl.DataFrame, message: pl.Expr, form: str | None = None, item: str | None = None
) -> pl.DataFrame:
    """Return one finding per row, about the row's subject, visit, form and item as far as it has them."""
    named = {"form": form, "item": item}
    columns = []
    for name in COLUMNS[:-1]:
        said = named.get(name)
        there = said is None and name in rows.columns
        columns.append(pl.col(name).cast(pl.String) if there else pl.lit(said, pl.String).alias(name))
    return rows.select(*columns, message.cast(pl.String).alias("message"))


def asking(rows: pl.DataFrame, form: str | None = None) -> Ask:
    """Return a function that asks about rows: item, on which condition, and a sentence with its values."""

    def ask(item: str | None, when: pl.Expr, template: str, *values: pl.Expr | str | float) -> pl.DataFrame:
        return findings(rows.filter(when), words(template, *values), form, item)

    return ask


def gather(found: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return all findings in one frame."""
    return pl.concat([pl.DataFrame(schema=SCHEMA), *found])


class Note(NamedTuple):
    """A finding about a definition."""

    message: str
    visit: str | None = None
    form: str | None = None
    item: str | None = None


def about(notes: Iterable[Note]) -> pl.DataFrame:
    """Return the findings about a definition as a frame."""
    rows = [(None, note.visit, note.form, note.item, note.message) for note in notes]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def words(template: str, *values: pl.Expr | str | float) -> pl.Expr:
    """Return a sentence with its values (columns or numbers) where {} stands; a missing one is empty.

    >>> rows = pl.DataFrame({"given": [25.0, None], "unit": ["mg", "mg"]})
    >>> rows.select(words("{} {} of {} were given", "given", "unit", 30)).to_series().to_list()
    ['25 mg of 30 were given', 'empty mg of 30 were given']
    """
    columns = [
        pl.lit(v) if isinstance(v, int | float) else pl.col(v) if isinstance(v, str) else v for v in values
    ]
    said = [
        c.cast(pl.String).str.replace(r"\.0$", "").str.replace(r":00\.000000$", "").fill_null("empty")
        for c in columns
    ]
    return pl.format(template, *said) if said else pl.lit(template)
