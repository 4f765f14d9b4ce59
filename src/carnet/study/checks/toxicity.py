"""Is each adverse event a term of CTCAE v5.0, and does the term have the grade that was given?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.safety import terms
from carnet.study.checks.findings import asking
from carnet.study.checks.safety import FORM, adverse
from carnet.study.checks.values import Values


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about the CTCAE terms and grades of adverse events (ctcae2017)."""
    events = adverse(values).with_columns(named=pl.col("ae_ctcae_term").str.strip_chars())
    chosen = events["named"].unique(maintain_order=True).drop_nulls().to_list()
    found = {name: terms.find(name) for name in chosen}
    near = {name: "; ".join(terms.nearest(name)) or "none" for name, term in found.items() if term is None}
    there = {name: terms.said(term.grades) for name, term in found.items() if term}
    has = {name: "".join(map(str, term.grades)) for name, term in found.items() if term}
    events = events.with_columns(
        pl.col("named").replace_strict(table, default=None, return_dtype=pl.String).alias(column)
        for column, table in (("near", near), ("there", there), ("has", has))
    )
    ask = asking(events, FORM)
    yield ask(
        "ae_ctcae_term",
        pl.col("near").is_not_null(),
        "{} is no term of CTCAE v5.0; terms like it: {}.",
        "named",
        "near",
    )
    lacks = "{} has no grade {} in CTCAE v5.0; it has {}."
    yield ask("ae_grade", _absent("ae_grade"), lacks, "named", "ae_grade", "there")
    steps = events.with_columns(grade=pl.col("ae_grade_history").str.extract_all(r"(?:^|;)\s*\d")).explode(
        "grade"
    )
    steps = steps.with_columns(pl.col("grade").str.extract(r"(\d)"))
    yield asking(steps, FORM)("ae_grade_history", _absent("grade"), lacks, "named", "grade", "there")


def _absent(grade: str) -> pl.Expr:
    """Return whether a term of the list lacks a grade that was given."""
    return ~pl.col("has").str.contains(pl.col(grade), literal=True)
