"""The tables that stand beside the code: CSV files in a package or in a folder of the user."""

from __future__ import annotations

import csv
import io
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def read_rows(place: str | Path | Traversable, file: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file, a dict of text per row; `place` is a package or a folder.

    >>> read_rows("carnet.core", "molar.csv")[0]["test"]
    'HGB'
    """
    folder = files(place) if isinstance(place, str) else place
    text = folder.joinpath(file).read_text(encoding="utf-8-sig")
    return [
        {name: cell or "" for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]
