"""What the edit checks ask about the values of an exhibit: they count as entered until the site has answered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import polars as pl

SHOWN = 8
"""More open questions than this are counted, not listed; the appendix lists all."""


def items_of(study: Any, domain: str) -> list[str]:
    """Return the items of the forms of a domain."""
    return [item.id for form in study.forms if form.domain == domain for item in form.items]


def open_questions(findings: pl.DataFrame | None, items: Collection[str]) -> tuple[str, ...]:
    """Return the note that names the values under query among these items; nothing where there is none."""
    if findings is None:
        return ()
    asked = findings.filter(pl.col("item").is_in(list(items)))
    if asked.is_empty():
        return ()
    told = [
        f"{subject} {visit}: {message}"
        for subject, visit, message in asked.select("subject", "visit", "message").iter_rows()
    ]
    more = f" and {len(told) - SHOWN} more (A.2)" if len(told) > SHOWN else ""
    return (f"Under query, and counted here as entered until it is answered: {' '.join(told[:SHOWN])}{more}",)
