"""Tables of a definition: their rows as text, or as objects whose fields are the columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from carnet.core.errors import DefinitionError

Folder = Path | Traversable
Row = TypeVar("Row")


def rows(folder: Folder, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of a table with its number; none where the folder has no such table."""
    path = folder.joinpath(file)
    if not path.is_file():
        return
    try:
        text = path.read_bytes().decode("utf-8-sig")
        for number, row in enumerate(csv.DictReader(StringIO(text, newline=""), strict=True), start=1):
            if None in row or None in row.values():
                many = "more" if None in row else "fewer"
                raise DefinitionError(
                    f"{file}, row {number} has {many} cells than the header; quote a text with a comma in it."
                )
            yield number, {name: cell.strip() for name, cell in row.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise DefinitionError(f"{file} cannot be read ({error}); save it as CSV in UTF-8.") from None


def _number(kind: Callable[[str], float], words: str) -> Callable[[str], Any]:
    def read_number(text: str) -> Any:
        try:
            return kind(text) if text else None
        except ValueError:
            raise ValueError(words) from None

    return read_number


READERS: dict[str, Callable[[str], Any]] = {
    "float": _number(float, "a number is needed"),
    "float | None": _number(float, "a number or nothing is needed"),
    "int": _number(int, "a whole number is needed"),
    "int | None": _number(int, "a whole number or nothing is needed"),
    "tuple[str, ...]": lambda text: tuple(text.split()),
}
"""How a cell is read, by the annotation of the field it fills; any other is text."""


def table(folder: Folder, file: str, kind: type[Row]) -> tuple[Row, ...]:
    """Return the rows of a table as objects of `kind`, whose fields are the columns."""
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    needed = [name for name, field in known.items() if field.default is MISSING]
    made = []
    for number, row in rows(folder, file):
        if strange := set(row) - set(known):
            raise DefinitionError(
                f"{file} has the column {', '.join(sorted(strange))}; it takes {', '.join(known)}."
            )
        for name in needed:
            if not row.get(name):
                raise DefinitionError(f"{file}, row {number}: {name} is empty; every row needs it.")
        values = {}
        for name, text in row.items():
            try:
                values[name] = READERS.get(str(known[name].type), str)(text)
            except ValueError as error:
                where = f"{file}, row {number} ({row[needed[0]]})"
                raise DefinitionError(f"{where}: {name} is {text!r}; {error}.") from None
        made.append(kind(**values))
    return tuple(made)
