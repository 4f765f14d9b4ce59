"""What is asked: an item is one question, a form is a page of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from carnet.core.errors import DefinitionError
from carnet.core.table import read_rows

if TYPE_CHECKING:
    from carnet.core.rule import Rule

DTYPES: dict[str, pl.DataType] = {
    "boolean": pl.Boolean(),
    "integer": pl.Int64(),
    "decimal": pl.Float64(),
    "text": pl.String(),
    "choice": pl.String(),
    "date": pl.String(),  # dates stay as typed, partial ones included; only ADaM imputes
    "datetime": pl.String(),
    "time": pl.String(),
}
"""The column type of each item type."""


@dataclass(frozen=True)
class Item:
    """One question; its id is its column everywhere."""

    id: str
    label: str
    type: str
    definition: str = ""
    unit: str = ""
    label_zh: str = ""
    low: float | None = None
    high: float | None = None
    decimals: int | None = None
    choices: tuple[str, ...] = ()
    choices_zh: tuple[str, ...] = ()
    partial: bool = False
    required: bool = False
    points: int | None = None
    groups: frozenset[str] = frozenset()
    testcd: str = ""
    variable: str = ""
    specimen: str = ""
    method: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if self.type not in DTYPES:
            raise DefinitionError(f"Item {self.id!r} has type {self.type!r}; use one of {', '.join(DTYPES)}.")

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the item's column."""
        return DTYPES[self.type]


@dataclass(frozen=True)
class Form:
    """A page of questions; `log` is true where rows repeat (adverse events, medication)."""

    id: str
    title: str
    domain: str
    items: tuple[Item, ...]
    checks: tuple[Rule, ...] = ()
    log: bool = False
    title_zh: str = ""
    category: str = ""
    version: str = "1"

    def __getitem__(self, item_id: str) -> Item:
        """Return the item with this id; refuse one that the form does not ask."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise DefinitionError(f"Form {self.id!r} has no item {item_id!r}.")


def _cell(name: str, text: str) -> object:
    """Read one cell of an item table as the field it stands for."""
    if name in {"low", "high", "decimals", "points"}:
        whole = name in {"decimals", "points"}
        try:
            return (int if whole else float)(text) if text else None
        except ValueError:
            kind = "a whole number" if whole else "a number"
            raise ValueError(f"{name} is {text!r}; write {kind}, or leave it empty.") from None
    if name in {"choices", "choices_zh"}:
        return tuple(text.split("|")) if text else ()
    if name == "groups":
        return frozenset(text.split()) if text else frozenset()
    if name in {"partial", "required"}:
        return text == "Y"
    return text


def read_items(place: str | Path | Traversable, file: str, also: Collection[str] = ()) -> tuple[Item, ...]:
    """Return the items of a table: a row per item, its columns named after the fields of `Item`.

    `place` is a package (`"carnet.instruments"`) or a folder; columns in `also` are somebody else's. A column
    that is no field of `Item`, a type or number that cannot be read, or an id used twice is a
    `DefinitionError` naming the row.
    """
    known = {field.name for field in fields(Item)}
    items: dict[str, Item] = {}
    for number, row in enumerate(read_rows(place, file), start=1):
        if strange := set(row) - known - set(also):
            raise DefinitionError(
                f"{file} has columns that no item has: {', '.join(sorted(map(str, strange)))}."
            )
        try:
            item = Item(**{name: _cell(name, text) for name, text in row.items() if name in known})  # type: ignore[arg-type]
        except (ValueError, DefinitionError) as error:
            raise DefinitionError(f"{file}, row {number} ({row.get('id')}): {error}") from error
        if item.id in items:
            raise DefinitionError(f"{file}, row {number}: the id {item.id!r} stands there twice.")
        items[item.id] = item
    return tuple(items.values())
