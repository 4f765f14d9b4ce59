"""Classes of adverse events: what an event is by its term, class and grade, whatever it was marked as."""

from __future__ import annotations

from functools import cache

import polars as pl

from carnet.core.table import read_rows

NOT_OF_INTEREST = ("HAEMATOLOGICAL", "FEVER OR CHILLS")
"""Classes that are no events of special interest."""


@cache
def _classes() -> dict[str, dict[str, str]]:
    return {row["class"]: row for row in read_rows("carnet.adam", "event_classes.csv")}


def is_of(name: str) -> pl.Expr:
    """Return whether the term or the system organ class of an event is one of a class; grades play no part.

    >>> events = pl.DataFrame({"AEDECOD": ["Neutrophil count decreased", "Headache"], "AETERM": ["", ""],
    ...                        "AESOC": ["Investigations", "Nervous system disorders"]})
    >>> events.select(is_of("HAEMATOLOGICAL")).to_series().to_list()
    [True, False]
    """
    row = _classes()[name]
    term = pl.coalesce("AEDECOD", "AETERM").str.to_uppercase()
    found = [term.str.contains(row["term"])] if row["term"] else []
    if row["soc"]:
        found.append(pl.col("AESOC").str.to_uppercase() == row["soc"])
    return pl.any_horizontal(one.fill_null(False) for one in found)


def of_interest(opportunistic: pl.Expr, last_severe_day: pl.Expr) -> pl.Expr:
    """Return the first class of special interest that an event is of by its term and grade; null for none.

    An infection counts from grade 3 or where it is opportunistic, a cytopenia where it was of grade 3 after day 28:
    `last_severe_day` is the protocol day on which it was last so.
    """
    found = []
    for name, row in _classes().items():
        if name in NOT_OF_INTEREST:
            continue
        condition = is_of(name)
        if row["least_grade"]:
            severe = (pl.col("ATOXGRN") >= int(row["least_grade"])).fill_null(False)
            condition = condition & (severe | opportunistic if name == "INFECTION" else severe)
        if row["after_day"]:
            condition = condition & (last_severe_day > int(row["after_day"])).fill_null(False)
        found.append(pl.when(condition).then(pl.lit(name)))
    return pl.coalesce(found)
