"""What a definition says of itself: the text of `carnet describe` and of its documentation page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import Any, Protocol, runtime_checkable

from carnet.core.dataset import Variable
from carnet.core.form import Form, Item
from carnet.core.instrument import Instrument
from carnet.core.parameter import Parameters
from carnet.core.rule import BOUND, Rule, say
from carnet.core.source import source


@runtime_checkable
class Described(Protocol):
    """What a science defines and says of itself: a term of CTCAE."""

    def described(self) -> Iterator[str]:
        """Yield the lines that describe it."""


@singledispatch
def describe(definition: Any) -> Iterator[str]:
    """Yield the lines that describe an instrument, a rule, a form or an item: labels, points, parameters, sources."""
    if not isinstance(definition, Described):
        raise TypeError(f"A {type(definition).__name__} has no description.")
    yield from definition.described()


def _cite(key: str) -> Iterator[str]:
    if key:
        yield f"Source: {source(key)}"


def _parameters(parameters: Parameters) -> Iterator[str]:
    if parameters.entries:
        yield "Parameters (change one with --set NAME=VALUE):"
    for entry in parameters:
        choices = f" (one of {', '.join(entry.choices)})" if entry.choices else ""
        where = f" [{entry.source}]" if entry.source else ""
        yield f"  {entry.name} = {say(entry.value)}{choices}: {entry.label}{where}"


def _tree(rule: Rule, indent: str = "") -> Iterator[str]:
    names = dict.fromkeys(name for name in rule.expr.meta.root_names() if not BOUND.search(name))
    reads = "" if rule.parts else f"  reads {', '.join(names)}"
    where = f" [{rule.source}]" if rule.source and indent else ""
    yield f"{indent}{rule.id}: {rule.label}{where}{reads}"
    for part in rule.parts:
        yield from _tree(part, indent + "  ")


@describe.register
def _(definition: Rule) -> Iterator[str]:
    yield from _tree(definition)
    needed = [i.id for i in definition.inputs.items if i.id not in definition.inputs.optional]
    if needed:
        yield f"Needs: {', '.join(needed)}"
    if definition.inputs.optional:
        yield f"Reads if there: {', '.join(definition.inputs.optional)}"
    yield from _parameters(definition.parameters)
    yield from _cite(definition.source)


@describe.register
def _(definition: Parameters) -> Iterator[str]:
    yield f"{definition.of}:"
    yield from _parameters(definition)


@describe.register
def _(definition: Item) -> Iterator[str]:
    kind = f"{definition.type}{' in ' + definition.unit if definition.unit else ''}"
    points = f", {definition.points} points" if definition.points is not None else ""
    yield f"{definition.id}: {definition.label} ({kind}{points})"
    if definition.definition:
        yield f"  {definition.definition}"


@describe.register
def _(definition: Form) -> Iterator[str]:
    yield f"{definition.id}: {definition.title} ({definition.domain})"
    for item in definition.items:
        yield from ("  " + line for line in describe(item))
    for check in definition.checks:
        yield f"  check {check.id}: {check.label}"


@describe.register
def _(definition: Instrument) -> Iterator[str]:
    yield f"{definition.id}: {definition.title}"
    for item in definition.form.items:
        yield from ("  " + line for line in describe(item))
    yield "Scores:"
    for score in definition.scores:
        yield f"  {score.id}: {score.label}"
    if definition.inputs.optional:
        yield f"Reads if there: {', '.join(definition.inputs.optional)}"
    yield from _parameters(definition.parameters)
    yield from _cite(definition.source)


@describe.register
def _(definition: Variable) -> Iterator[str]:
    origin = f", {definition.origin.lower()}" if definition.origin else ""
    yield f"{definition.name}: {definition.label} ({definition.type}{origin})"
    if definition.codelist:
        yield f"  Codelist: {definition.codelist}"
    if definition.method:
        yield f"  {definition.method}"
