"""The 837 terms of CTCAE v5.0: name, code, system organ class and the grades that each of them has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

import polars as pl

from carnet.core.errors import DefinitionError, InputError
from carnet.core.frame import as_frame
from carnet.core.inputs import place
from carnet.core.source import source
from carnet.safety.interval import Interval, intervals, read_rows

NAMED = ("AECTCTRM", "ae_ctcae_term", "AELLT", "AEDECOD", "AETERM")
"""Columns that may hold the CTCAE term of an event; the first that a table has is read."""

GRADED = ("AETOXGR", "ae_grade")
"""Columns that may hold the grade of an event."""

ADDED = ("ctcae_term", "ctcae_code", "ctcae_soc")


@dataclass(frozen=True)
class Term:
    """A row of `ctcae_v5_terms.csv`: a term, its MedDRA lowest level code, its class and its grades (ctcae2017)."""

    term: str
    code: str
    soc: str
    grades: tuple[int, ...]
    source: str

    def described(self) -> Iterator[str]:
        """Yield what the term is, which grades it has, and the numbers that decide them where there are any."""
        yield f"{self.term}: CTCAE v5.0 term {self.code}, {self.soc}"
        yield f"  Grades: {said(self.grades)}"
        for row in intervals():
            if row.ctcae_term == self.term:
                yield f"  grade {row.grade}: {_criterion(row)}"
        yield f"Source: {source(self.source)}"


def _criterion(row: Interval) -> str:
    """Return the values of an interval and their conditions, as a person would write them."""
    ends = []
    for bound, sign in ((row.lower, ">"), (row.upper, "<")):
        if bound is not None:
            multiple = "" if bound.reference == "absolute" else f" {bound.reference}"
            ends.append(f"{sign}{'=' if bound.included else ''} {bound.number:g}{multiple}")
    where = ", ".join(row.condition).replace("_", " ")
    unit = f" ({row.unit})" if row.unit else ""
    return f"{row.test}{unit} {' and '.join(ends)}{f'; {where}' if where else ''}"


def said(grades: Sequence[int]) -> str:
    """Return grades as a list to read."""
    return ", ".join(map(str, grades))


@cache
def terms() -> tuple[Term, ...]:
    """Return every term of CTCAE v5.0, in the order of the publication (ctcae2017).

    >>> len(terms()), terms()[0].term
    (837, 'Anemia')
    """
    return tuple(
        Term(row["term"], row["code"], row["soc"], tuple(map(int, row["grades"].split())), row["source"])
        for row in read_rows("ctcae_v5_terms.csv")
    )


@cache
def _index() -> dict[str, Term]:
    """Return the terms by their names, in any case, and by their codes."""
    return {key: term for term in terms() for key in (term.term.lower(), term.code)}


def find(name: str) -> Term | None:
    """Return the term of this name, in any case, or of this MedDRA code; None where there is none.

    >>> find("febrile neutropenia").code, find("10016288").term, find("Tachypnoea")
    ('10016288', 'Febrile neutropenia', None)
    """
    return _index().get(" ".join(name.split()).lower())


def term(name: str) -> Term:
    """Return the term of this name or code; an unknown one is refused with the nearest names."""
    found = find(name)
    if found is None:
        near = nearest(name)
        hint = f" Nearest: {'; '.join(near)}." if near else ""
        raise DefinitionError(f"{name!r} is no term of CTCAE v5.0.{hint}")
    return found


def nearest(name: str, most: int = 3) -> list[str]:
    """Return the terms whose names are most like a text, the most alike first; none where nothing is.

    A term that holds every word of the text counts as alike.

    >>> nearest("Anaemia"), nearest("QT interval"), nearest("zzz")
    (['Anemia'], ['Electrocardiogram QT corrected interval prolonged'], [])
    """
    words = name.lower().split()
    names = {term.term.lower(): term.term for term in terms()}
    alike = get_close_matches(" ".join(words), names, most, cutoff=0.75)
    holding = [key for key in names if words and all(word in key.split() for word in words)]
    return [names[key] for key in dict.fromkeys([*alike, *sorted(holding, key=len)])][:most]


def events(columns: Sequence[str]) -> bool:
    """Return whether a table with these columns is one of adverse events with grades."""
    return any(name in columns for name in NAMED) and any(name in columns for name in GRADED)


def grade_events(rows: Any) -> tuple[pl.DataFrame, list[str]]:
    """Return adverse events with their CTCAE term as printed, its code and class, and a line on each unknown name.

    Reads the first of `NAMED` that the table has, and the first of `GRADED`. A grade that is none, or that the
    term does not have, is refused: there is no grade 4 of alopecia (ctcae2017). An unknown term is left
    without a code, never guessed.

    >>> ae = {"USUBJID": ["1", "2"], "AETERM": ["alopecia", "Hair loss"], "AETOXGR": ["2", "1"]}
    >>> table, lines = grade_events(ae)
    >>> table["ctcae_code"].to_list(), lines
    (['10001760', None], ['1 event is no term of CTCAE v5.0: Hair loss (nearest: Nail loss)'])
    """
    frame = as_frame(rows)
    if taken := [name for name in ADDED if name in frame.columns]:
        raise InputError(f"The table already has the column {', '.join(taken)}; rename or drop it.")
    named = next(name for name in NAMED if name in frame.columns)
    graded = next(name for name in GRADED if name in frame.columns)
    name, grade = (frame[column].cast(pl.String).str.strip_chars() for column in (named, graded))
    events = pl.DataFrame({"name": name, "grade": grade.str.strip_suffix(".0").replace("", None)})
    events = events.join(
        _catalogue(), left_on=_key("name"), right_on="key", how="left", maintain_order="left"
    )
    bad = events.select((~pl.col("grade").is_in("grades")).fill_null(False)).to_series()
    strange = ~events["grade"].is_in(list("12345")).fill_null(True)
    if (wrong := bad | strange).any():
        row = events.row(wrong.arg_true()[0], named=True)
        there = f"{row['ctcae_term']} has the grades {', '.join(row['grades'])}" if row["grades"] else (
            "grades are 1, 2, 3, 4, 5"
        )  # fmt: skip
        raise InputError(
            f"{place(frame, wrong)}: {graded} is {row['grade']!r}; {there} in CTCAE v5.0. "
            "Correct the grade or choose another term."
        )
    unknown = events.filter(pl.col("ctcae_term").is_null(), pl.col("name") != "")
    counted = unknown.group_by("name", maintain_order=True).len()
    return frame.hstack(events.select(ADDED)), [_unknown(*row) for row in counted.iter_rows()]


def _key(column: str) -> pl.Expr:
    """Return names as the catalogue keys them: lower case, single spaces."""
    return pl.col(column).str.replace_all(r"\s+", " ").str.to_lowercase()


@cache
def _catalogue() -> pl.DataFrame:
    """Return the terms by name and by code, with what is added to an event, and their grades as text."""
    rows = [
        (key, term.term, term.code, term.soc, list(map(str, term.grades))) for key, term in _index().items()
    ]
    text = dict.fromkeys(("key", *ADDED), pl.String())
    return pl.DataFrame(rows, schema={**text, "grades": pl.List(pl.String())}, orient="row")


def _unknown(name: str, count: int) -> str:
    """Return a line on events whose name is no term, with the terms that are most like it."""
    near = nearest(name)
    hint = f" (nearest: {'; '.join(near)})" if near else ""
    return f"{count:,} event{' is' if count == 1 else 's are'} no term of CTCAE v5.0: {name}{hint}"
