"""A rule: a named, cited, three-valued condition on one row; rules combine into criteria."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import polars as pl

from carnet.core.errors import DefinitionError, InputError
from carnet.core.frame import as_frame
from carnet.core.inputs import Inputs
from carnet.core.parameter import Parameters

SAY = {True: "yes", False: "no", None: "unknown"}
"""How a verdict is said."""

BOUND = re.compile(r"_(?:min|max|best|worst)(?=_base$|_prev$|$)")
"""What marks a column as a bound of another: `bilag_renal_worst_base` bounds `bilag_renal_base`."""

MANY = 12
"""Of more values than this, those that are a plain no are left out of an explanation."""


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

        Rows and columns stay as given; a table that already has a column of such a name is refused.
        """
        rows = as_frame(rows)
        verdicts = list(self.ids())
        if taken := [name for name in verdicts if name in rows.columns]:
            raise InputError(
                f"The table already has the column {', '.join(taken)}, which {self.id} would add; rename or drop it."
            )
        frame = self.inputs.read(rows)
        lacking = sorted(self.reads() - set(frame.columns))
        frame = frame.with_columns(*(pl.lit(None, pl.Boolean).alias(name) for name in lacking))
        for level in self._levels():
            frame = frame.with_columns(*(rule.expr.cast(pl.Boolean).alias(rule.id) for rule in level))
        return rows.hstack(frame.select(verdicts))

    def explain(self, row: Mapping[str, Any]) -> Iterator[str]:
        """Say what decided the verdict on one judged row: the parts that agree with it.

        Where no part alone decides, all that is not settled the other way is evidence together.
        """
        yield from self._explain(row, {row[self.id]})

    def _explain(self, row: Mapping[str, Any], telling: set[bool | None]) -> Iterator[str]:
        values = (
            "" if self.parts else "  " + ", ".join(f"{name} {say(row[name])}" for name in self.shown(row))
        )
        yield f"{SAY[row[self.id]]:<8} {self.label}{values}".rstrip()
        if not any(row[part.id] in telling for part in self.parts):
            telling = telling | {None}
        for part in self.parts:
            if row[part.id] in telling:
                own = {row[part.id]} if len(telling) == 1 else telling
                yield from ("  " + line for line in part._explain(row, own))

    def shown(self, row: Mapping[str, Any]) -> Iterator[str]:
        """Yield the columns read that the row has, by name.

        A bound is shown where it differs from the value it bounds; of a long list, what is not a plain no.
        """
        names = [name for name in sorted(set(self.expr.meta.root_names())) if name in row]
        for name in names:
            plain = BOUND.sub("", name)
            bounds_nothing = plain != name and plain in row and row[name] == row[plain]
            if not bounds_nothing and (len(names) <= MANY or row[name] is not False):
                yield name

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
        if not self.make:
            if settings:
                raise DefinitionError(f"{self.id} has no parameters to set ({', '.join(settings)}).")
            return self
        own = {parameter.name: parameter.value for parameter in self.parameters}
        self.parameters.set(**settings)
        return self.make(**{**own, **settings})

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


def at_least(n: int, id: str, label: str, *parts: Rule, source: str = "") -> Rule:
    """Return the rule that at least n of the parts hold; unknown while the unknown parts could still decide."""
    verdicts = [pl.col(part.id) for part in parts]
    if n == len(parts):  # these two have the same meaning and take no counting
        expr = pl.all_horizontal(verdicts)
    elif n == 1:
        expr = pl.any_horizontal(verdicts)
    else:
        holds, fails = count(verdicts), count([~verdict for verdict in verdicts])
        expr = pl.when(holds >= n).then(True).when(len(parts) - fails < n).then(False)
    return Rule(id, label, expr, source, parts)


def count(conditions: Iterable[pl.Expr]) -> pl.Expr:
    """Return how many of the conditions hold for certain."""
    one, none = pl.lit(1, pl.Int16), pl.lit(0, pl.Int16)
    return reduce(add, (pl.when(condition).then(one).otherwise(none) for condition in conditions))


def all_of(id: str, label: str, *parts: Rule, source: str = "") -> Rule:
    """Return the rule that every part holds."""
    return at_least(len(parts), id, label, *parts, source=source)


def any_of(id: str, label: str, *parts: Rule, source: str = "") -> Rule:
    """Return the rule that some part holds."""
    return at_least(1, id, label, *parts, source=source)
