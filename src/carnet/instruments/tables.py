"""The tables of printed numbers that stand beside the instruments."""

from __future__ import annotations

import csv
from importlib.resources import files
from io import StringIO


def rows(file: str) -> list[dict[str, str]]:
    """Return the rows of a table of this folder."""
    text = files("carnet.instruments").joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(StringIO(text)))
