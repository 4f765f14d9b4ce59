"""What a report is made of: sections of exhibits, an exhibit being figures, tables and notes under one number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A row of a printed table; `kind` is how it is set: group, indent or total; `of` the result it prints."""

    cells: tuple[str, ...]
    kind: str = ""
    of: str = ""


@dataclass(frozen=True)
class Table:
    """A printed table; `numbers` sets its cells to the right, `folded` hides it behind its caption."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: bool = True
    folded: bool = False


@dataclass(frozen=True)
class Figure:
    """A picture as SVG and the sentence that says what it shows; `page` gives it a printed page of its own."""

    svg: str
    caption: str
    page: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a map: what stands in it, how it is coloured, and whether it is certain."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Panel:
    """One patient of a map: a row of cells per system or item, a cell per visit."""

    title: str
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Map:
    """A heat map: a panel per patient, with a letter or mark in every cell; `key` says what they mean."""

    caption: str
    header: tuple[str, ...]
    panels: tuple[Panel, ...]
    key: tuple[tuple[Cell, str], ...]


@dataclass(frozen=True)
class Exhibit:
    """A numbered part of a section; `absent` says why it is empty where there are no data."""

    number: str
    title: str
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    absent: str = ""
    maps: tuple[Map, ...] = ()

    @property
    def id(self) -> str:
        """The anchor of the exhibit in the page."""
        return "t" + self.number.replace(".", "-")


@dataclass(frozen=True)
class Section:
    """A chapter of the report."""

    id: str
    title: str
    exhibits: tuple[Exhibit, ...]
    lead: str = ""


def rows(cells: Iterable[Iterable[object]], kind: str = "", of: str = "") -> tuple[Row, ...]:
    """Return printed rows from their cells; a missing cell is a dash. `of` is what `carnet trace` is asked for them."""
    return tuple(Row(tuple("–" if cell is None else str(cell) for cell in row), kind, of) for row in cells)
