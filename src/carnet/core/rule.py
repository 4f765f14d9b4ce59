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
    `phrase` is the sentence that tells the values read, with a place for each (`core.reading.Slot`); a rule that is
    `in_line` tells its parts in one line.
    """

    id: str
    label: str
    expr: pl.Expr
    source: str = ""
    parts: tuple[Rule, ...] = ()
    inputs: Inputs = field(default_factory=Inputs)
    parameters: Parameters = field(default_factory=lambda: Parameters(""))
    make: Callable[..., Rule] | None = None
    phrase: str = ""
    in_line: bool = False

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
        frame = self.inputs.type(rows)
        lacking = sorted(self.reads() - set(frame.columns))
        frame = frame.with_columns(*(pl.lit(None, pl.Boolean).alias(name) for name in lacking))
        for level in self._levels():
            judged = (rule.expr.cast(pl.Boolean).alias(rule.id) for rule in level)
            frame = frame.hstack(frame.lazy().select(judged).collect())  # lazily: what is shared counts once
        return rows.hstack(frame.select(verdicts))

    def explain(self, row: Mapping[str, Any]) -> Iterator[str]:
        """Say why the verdict on one row is what it is: the parts that decided, the values that they read.

        The lines of `core.explanation.explain`, which returns the same as data.
        """
        from carnet.core.explanation import explain, lines

        return lines(explain(self, row))

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


def at_least(n: int, id: str, label: str, *parts: Rule, source: str = "", in_line: bool = False) -> Rule:
    """Return the rule that at least n of the parts hold; unknown while the unknown parts could still decide."""
    verdicts = [pl.col(part.id) for part in parts]
    if n == len(parts):  # these two have the same meaning and take no counting
        expr = pl.all_horizontal(verdicts)
    elif n == 1:
        expr = pl.any_horizontal(verdicts)
    else:
        holds, fails = count(verdicts), count([~verdict for verdict in verdicts])
        expr = pl.when(holds >= n).then(True).when(len(parts) - fails < n).then(False)
    return Rule(id, label, expr, source, parts, in_line=in_line)


def count(conditions: Iterable[pl.Expr]) -> pl.Expr:
    """Return how many of the conditions hold for certain."""
    one, none = pl.lit(1, pl.Int16), pl.lit(0, pl.Int16)
    return reduce(add, (pl.when(condition).then(one).otherwise(none) for condition in conditions))


def all_of(id: str, label: str, *parts: Rule, source: str = "", in_line: bool = False) -> Rule:
    """Return the rule that every part holds."""
    return at_least(len(parts), id, label, *parts, source=source, in_line=in_line)


def any_of(id: str, label: str, *parts: Rule, source: str = "", in_line: bool = False) -> Rule:
    """Return the rule that some part holds."""
    return at_least(1, id, label, *parts, source=source, in_line=in_line)
