"""The bibliography: every number that carnet takes from a paper cites one of these rows by its key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from carnet.core.errors import DefinitionError
from carnet.core.table import read_rows


@dataclass(frozen=True)
class Source:
    """A row of `sources.csv`."""

    key: str
    authors: str
    year: int
    title: str
    journal: str
    doi: str
    pmid: str
    licence: str

    def __str__(self) -> str:
        """Give the citation on one line.

        >>> str(source("gladman2002"))[:70]
        'Gladman DD, Ibañez D, Urowitz MB. 2002. Systemic lupus erythematosus d'
        """
        doi = f" doi:{self.doi}" if self.doi else ""
        return f"{self.authors}. {self.year}. {self.title}. {self.journal}.{doi}"


@cache
def read_sources() -> dict[str, Source]:
    """Return the bibliography by key."""
    rows = read_rows("carnet", "sources.csv")
    return {row["key"]: Source(year=int(row.pop("year")), **row) for row in rows}


def source(key: str) -> Source:
    """Return the source with this key; refuse a key that the bibliography lacks."""
    try:
        return read_sources()[key]
    except KeyError:
        raise DefinitionError(
            f"No source {key!r} in sources.csv; add a row for it or correct the key."
        ) from None
