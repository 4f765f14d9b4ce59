"""Controlled terminology: the code lists of CDISC that the tables use, with the NCI codes of their terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from carnet.core.table import read_rows

RELEASES = {"SDTM": "2025-03-25", "ADaM": "2026-03-27"}
"""The release of controlled terminology whose codes `terms.csv` holds, by standard."""


@dataclass(frozen=True)
class Codelist:
    """A code list: its name, title and NCI code, whether a sponsor may extend it, and the codes of its terms.

    `terms` holds the terms that carnet writes, not all that the list has. A list with a `dictionary` (MedDRA, ISO 3166)
    is kept by others and has none here.
    """

    name: str
    title: str
    code: str
    extensible: bool
    terms: Mapping[str, str]
    dictionary: str = ""
    version: str = ""


@cache
def read_codelists() -> Mapping[str, Codelist]:
    """Return the code lists by their names.

    >>> read_codelists()["NY"].code, read_codelists()["SEX"].terms["F"]
    ('C66742', 'C16576')
    """
    terms: dict[str, dict[str, str]] = {}
    for row in read_rows("carnet.exchange", "terms.csv"):
        terms.setdefault(row["codelist"], {})[row["term"]] = row["code"]
    return {
        row["name"]: Codelist(
            name=row["name"],
            title=row["title"],
            code=row["code"],
            extensible=row["extensible"] == "Y",
            terms=terms.get(row["name"], {}),
            dictionary=row["dictionary"],
            version=row["version"],
        )
        for row in read_rows("carnet.exchange", "codelists.csv")
    }
