"""A rule: a named, cited, three-valued condition on one row; rules combine into criteria."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from carnet.core.errors import DefinitionError, InputError
from carnet.core.inputs import Inputs
from carnet.core.parameter import Parameters

SAY = {True: "yes", False: "no", None: "unknown"}
"""How a verdict is said."""


def say(value: Any) -> str:
    """Return a value as a person would write it.

    >>> say(2.0), say(None), say(True)
    ('2.0', 'unknown', 'yes')
    """
    if value is None or isinstance(value, bool):
        return SAY[value]
    return str(round(value, 6)) if isinstance(value, float) else str(value)


@dataclass(frozen=True, eq=False)
class Rule:
    """A condition that is true, false or unknown (null) on each row of a table.

    `expr` is a Boolean Polars expression over columns and over the ids of the parts. `inputs` declares the
    columns that the whole reads; `parameters` the choices it was made with, and `make` remakes it with others.
    """

    id: str
    label: str
    expr: pl.Expr
    source: str = ""
    parts: tuple[Rule, ...] = ()
    inputs: Inputs = field(default_factory=Inputs)
    parameters: Parameters = field(default_factory=lambda: Parameters(""))
    make: Callable[..., Rule] | None = None

    def judge(self, rows: Any) -> pl.DataFrame:
        """Return the table with one Boolean column for this rule and one for each of its parts.

        Rows keep their order; a table that already has a column of such a name is refused.
        """
        frame = self.inputs.read(rows)
        given = [name for name in frame.columns if name in _names(rows)]
        verdicts = list(self.ids())
        if taken := [name for name in verdicts if name in given]:
            raise InputError(
                f"The table already has the column {', '.join(taken)}, which {self.id} would add; rename or drop it."
            )
        lacking = sorted(self.reads() - set(frame.columns))
        frame = frame.with_columns(*(pl.lit(None, pl.Boolean).alias(name) for name in lacking))
        for level in self._levels():
            frame = frame.with_columns(*(rule.expr.cast(pl.Boolean).alias(rule.id) for rule in level))
        return frame.select(*given, *verdicts)

    def explain(self, row: Mapping[str, Any]) -> Iterator[str]:
        """Say what decided the verdict on one judged row: the parts that agree with it."""
        values = "" if self.parts else "  " + ", ".join(
            f"{name} {say(row[name])}" for name in self.expr.meta.root_names() if name in row
        )  # fmt: skip
        yield f"{SAY[row[self.id]]:<8} {self.label}{values}".rstrip()
        for part in self.parts:
            if row[part.id] is row[self.id]:
                yield from ("  " + line for line in part.explain(row))

    def walk(self) -> Iterator[Rule]:
        """Yield the rule and every part below it, each before its own parts."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def ids(self) -> Iterator[str]:
        """Yield the id of the rule and of every part, each once; two parts of one id are refused."""
        seen: dict[str, Rule] = {}
        for rule in self.walk():
            if seen.setdefault(rule.id, rule) is not rule:
                raise DefinitionError(f"Two parts of {self.id} are called {rule.id!r}; give each its own id.")
        yield from seen

    def reads(self) -> set[str]:
        """Return the columns that the rule and its parts read."""
        roots = {name for rule in self.walk() for name in rule.expr.meta.root_names()}
        return roots - set(self.ids())

    def with_parameters(self, **settings: Any) -> Rule:
        """Return the rule remade with other parameters; one that has none refuses every name."""
        self.parameters.set(**settings)
        return self.make(**settings) if self.make else self

    def _levels(self) -> list[list[Rule]]:
        """Return the rules in the order of computing: what a rule needs stands in an earlier level."""
        depth: dict[str, int] = {}
        rules: dict[str, Rule] = {}

        def place(rule: Rule) -> int:
            rules[rule.id] = rule
            depth[rule.id] = 1 + max((place(part) for part in rule.parts), default=-1)
            return depth[rule.id]

        levels: list[list[Rule]] = [[] for _ in range(place(self) + 1)]
        for name, rule in rules.items():
            levels[depth[name]].append(rule)
        return levels


def _names(rows: Any) -> list[str]:
    """Return the column names of the table as it was given."""
    if isinstance(rows, pl.LazyFrame):
        return rows.collect_schema().names()
    if isinstance(rows, Mapping):
        return list(rows)
    names = getattr(rows, "column_names", None)  # pyarrow tables keep the arrays under `columns`
    return list(names if isinstance(names, list) else rows.columns)


def at_least(n: int, id: str, label: str, *parts: Rule, source: str = "") -> Rule:
    """Return the rule that at least n of the parts hold; unknown while the unknown parts could still decide."""
    verdicts = [pl.col(part.id) for part in parts]
    holds = pl.sum_horizontal(verdict.fill_null(False) for verdict in verdicts)
    may_hold = pl.sum_horizontal(verdict.fill_null(True) for verdict in verdicts)
    return Rule(id, label, pl.when(holds >= n).then(True).when(may_hold < n).then(False), source, parts)


def all_of(id: str, label: str, *parts: Rule, source: str = "") -> Rule:
    """Return the rule that every part holds."""
    return at_least(len(parts), id, label, *parts, source=source)


def any_of(id: str, label: str, *parts: Rule, source: str = "") -> Rule:
    """Return the rule that some part holds."""
    return at_least(1, id, label, *parts, source=source)
