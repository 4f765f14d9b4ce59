"""Named parameters: the numbers and readings of a definition that a study may choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from carnet.core.errors import DefinitionError
from carnet.core.table import read_rows

TYPES = {"number": float, "integer": int, "text": str}
YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


@dataclass(frozen=True)
class Parameter:
    """One choice, its default and where the default comes from."""

    name: str
    value: Any
    type: str
    label: str
    choices: tuple[str, ...] = ()
    source: str = ""
    decision: str = ""

    def read(self, value: Any) -> Any:
        """Return `value` as this parameter's type; refuse what cannot be one."""
        try:
            if self.type == "boolean":
                read = value if isinstance(value, bool) else YES[str(value).lower()]
            else:
                read = TYPES[self.type](value)
                if self.type != "text" and not (isfinite(read) and read >= 0):
                    raise ValueError
        except (ValueError, KeyError, TypeError, OverflowError):
            raise DefinitionError(
                f"{self.name} = {value!r} is no {self.type}; the default is {self.value}."
            ) from None
        if self.choices and str(read) not in self.choices:
            raise DefinitionError(f"{self.name} = {value!r} is not one of {', '.join(self.choices)}.")
        return read


@dataclass(frozen=True)
class Parameters:
    """The parameters of one definition; `parameters["pga"]` is the value in force."""

    of: str
    entries: tuple[Parameter, ...] = ()

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.entries)

    def __getitem__(self, name: str) -> Any:
        for entry in self.entries:
            if entry.name == name:
                return entry.value
        raise DefinitionError(
            f"{self.of} has no parameter {name!r}; it has {', '.join(e.name for e in self.entries) or 'none'}."
        )

    def set(self, **settings: Any) -> Parameters:
        """Return the parameters with some values changed; an unknown name or an unreadable value is refused."""
        for name in settings:
            self[name]
        changed = (
            replace(e, value=e.read(settings[e.name])) if e.name in settings else e for e in self.entries
        )
        return Parameters(self.of, tuple(changed))


def read_parameters(package: str, file: str, of: str) -> Parameters:
    """Return the parameters of the definition `of` from a table of name, value, type, label, source."""
    entries = []
    for row in read_rows(package, file):
        if row["of"] == of:
            choices = tuple(filter(None, row.get("choices", "").split("|")))
            blank = Parameter(
                row["name"], None, row["type"], row["label"], choices, row["source"], row.get("decision", "")
            )
            entries.append(replace(blank, value=blank.read(row["value"])))
    if not entries:
        raise DefinitionError(f"{file} holds no parameter of {of!r}.")
    return Parameters(of, tuple(entries))
