"""Coding: the words of a site as terms of a dictionary, matched exactly or not at all."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.frame import as_frame

LEVELS = (
    "AELLT", "AELLTCD", "AEDECOD", "AEPTCD", "AEHLT", "AEHLTCD", "AEHLGT", "AEHLGTCD", "AESOC", "AESOCCD",
)  # fmt: skip
"""What a coded event is given: lowest level term, preferred term, the groups above it and its primary class."""


def code(
    rows: Any, dictionary: pl.DataFrame, synonyms: Any = None, column: str = "AETERM"
) -> tuple[pl.DataFrame, list[str]]:
    """Return the events with the columns of `LEVELS`, and a line on each wording that is not coded.

    A wording is coded where it is, in any case, the name of a current lowest level term of the `dictionary`
    (columns `LEVELS` and `current`), or stands in the study's own `synonyms` (columns `verbatim, llt`) for one.
    Everything else is left uncoded, never guessed.

    >>> dictionary = pl.DataFrame({**dict.fromkeys(LEVELS, ["x"]), "AELLT": ["Tiredness"], "current": [True]})
    >>> table, said = code({"AETERM": ["TIREDNESS", "worn out"]}, dictionary)
    >>> table["AELLT"].to_list(), said
    (['Tiredness', None], ['1 event is not coded: worn out (no such term)'])
    """
    frame = as_frame(rows)
    if column not in frame.columns:
        raise InputError(f"The table has no column {column!r}; it has {', '.join(frame.columns)}.")
    if taken := [name for name in LEVELS if name in frame.columns]:
        raise InputError(f"The table already has the column {', '.join(taken)}; rename or drop it.")
    wording = pl.DataFrame({"wording": frame[column].cast(pl.String).str.strip_chars()})
    wording = wording.with_columns(key=_key("wording"))
    if synonyms is not None:
        meant = _synonyms(as_frame(synonyms))
        wording = wording.join(meant, on="key", how="left", maintain_order="left").with_columns(
            key=pl.coalesce("llt", "key")
        )
    terms = dictionary.with_columns(key=_key("AELLT")).unique("key", keep="none", maintain_order=True)
    found = wording.join(terms, on="key", how="left", maintain_order="left")
    coded = found.select(pl.when("current").then(name).alias(name) for name in LEVELS)
    left = found.filter(pl.col("wording") != "", ~pl.col("current").fill_null(False))
    counted = left.group_by("wording", "current", maintain_order=True).len()
    return frame.hstack(coded), [_said(*row) for row in counted.iter_rows()]


def _key(column: str) -> pl.Expr:
    """Return names as they are matched: lower case, single spaces."""
    return pl.col(column).str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase()


def _synonyms(given: pl.DataFrame) -> pl.DataFrame:
    """Return the study's own wordings and the terms they stand for; a wording with two terms is refused."""
    if lacking := [name for name in ("verbatim", "llt") if name not in given.columns]:
        raise InputError(f"The synonyms have no column {', '.join(lacking)}; give verbatim and llt.")
    pairs = given.select(key=_key("verbatim"), llt=_key("llt")).drop_nulls().unique(maintain_order=True)
    twice = pairs.filter(pl.col("key").is_duplicated())
    if len(twice):
        raise InputError(f"The synonyms give {twice['key'][0]!r} two terms; leave one.")
    return pairs


def _said(wording: str, current: bool | None, count: int) -> str:
    why = "no such term" if current is None else "the term is no longer current"
    return f"{count:,} event{' is' if count == 1 else 's are'} not coded: {wording} ({why})"
