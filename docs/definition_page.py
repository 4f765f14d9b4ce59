"""The page of an instrument or a criterion, read off its definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from carnet.core.form import Item
from carnet.core.instrument import Instrument
from carnet.core.parameter import Parameters
from carnet.core.rule import BOUND, Rule, say
from carnet.core.source import source

DECISIONS = Path(__file__).resolve().parent / "decisions"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; a column that is empty in every row is left out."""
    body = [["" if cell is None else str(cell) for cell in row] for row in rows]
    kept = [i for i, _ in enumerate(header) if not body or any(row[i] for row in body)]

    def line(cells: Sequence[str]) -> str:
        told = (cells[i].replace("|", "\\|").replace("\n", " ") for i in kept)
        return "| " + " | ".join(told) + " |"

    return "\n".join([line(header), line(["---"] * len(header)), *map(line, body)]) + "\n"


def page(definition: Instrument | Rule, examples: Iterable[str], id: str = "") -> str:
    """Return the page: what is asked or read, how it combines, the choices, decisions, sources and cases."""
    title = definition.title if isinstance(definition, Instrument) else definition.label
    id = id or definition.id
    lines = [f"# {title}\n"]
    lines += [f"`{id}`, after {source(definition.source)}\n"] if definition.source else [f"`{id}`\n"]
    lines += _instrument(definition) if isinstance(definition, Instrument) else _criterion(definition)
    lines += _parameters(definition.parameters)
    lines += _decisions(id, definition.parameters)
    lines += _sources(definition)
    cases = list(examples)
    if cases:
        lines += ["## Case by case\n", "Each table is a test that runs with every change.\n", *cases]
    return "\n".join(lines)


def _kind(item: Item) -> str:
    low, high = (f"{end:g}" if end is not None else "" for end in (item.low, item.high))
    span = f" {low} to {high}" if low and high else f" from {low}" if low else ""
    kind = {"boolean": "yes/no", "integer": "whole number", "decimal": "number"}.get(item.type, item.type)
    told = ", ".join(item.choices) if item.choices else f"{kind}{span}"
    return f"{told} {item.unit}".strip()


def _instrument(definition: Instrument) -> Iterator[str]:
    items = definition.form.items
    yield "## Items\n"
    yield table(
        ["item", "question", "问题", "answer", "points", "group", "what counts"],
        (
            [f"`{i.id}`", i.label, i.label_zh, _kind(i), i.points, ", ".join(sorted(i.groups)), i.definition]
            for i in items
        ),
    )
    if definition.inputs.optional:
        beside = [i for i in definition.inputs.items if i.id in definition.inputs.optional]
        yield "Read if the table has them:\n"
        yield table(["column", "what it is"], ([f"`{i.id}`", i.label] for i in beside))
    if definition.form.checks:
        yield "## What is asked about\n"
        yield from (f"- {check.label} (`{check.id}`)" for check in definition.form.checks)
        yield ""
    if definition.scores:
        yield "## Scores\n"
        yield table(["column", "what it is"], ([f"`{s.id}`", s.label] for s in definition.scores))


def _criterion(definition: Rule) -> Iterator[str]:
    yield "## Rule\n"
    yield "A rule is true, false or unknown; so is each of its parts, and each becomes a column of its name.\n"
    yield from _tree(definition, "")
    yield ""
    if not definition.inputs.items:
        return
    optional = definition.inputs.optional
    yield "## Columns\n"
    yield "A needed column that the table lacks is unknown in every row; one read *if there* switches its clause off.\n"
    yield table(
        ["column", "what it is", "answer", ""],
        (
            [f"`{i.id}`", i.label, _kind(i), "if there" if i.id in optional else "needed"]
            for i in definition.inputs.items
        ),
    )


def _tree(rule: Rule, indent: str) -> Iterator[str]:
    names = dict.fromkeys(name for name in rule.expr.meta.root_names() if not BOUND.search(name))
    reads = f" (reads {', '.join(f'`{name}`' for name in names)})" if names and not rule.parts else ""
    where = f" [{rule.source}]" if rule.source and indent else ""
    yield f"{indent}- **{rule.label}** `{rule.id}`{where}{reads}"
    for part in rule.parts:
        yield from _tree(part, indent + "  ")


def _parameters(parameters: Parameters) -> Iterator[str]:
    if parameters.entries:
        yield "## Choices\n"
        yield "Change one with `--set NAME=VALUE`, or in the study definition.\n"
        yield table(
            ["name", "default", "or", "what it decides", "source", "decision"],
            (
                [
                    f"`{e.name}`", say(e.value), ", ".join(c for c in e.choices if c != str(e.value)), e.label,
                    f"`{e.source}`" if e.source else "",
                    f"[{e.decision}](../decisions/{e.decision}.md)" if e.decision else "",
                ]
                for e in parameters
            ),
        )  # fmt: skip


def _decisions(id: str, parameters: Parameters) -> Iterator[str]:
    """Yield links to the pages that parameters name and those named after the definition."""
    families = {name for name in (id, parameters.of) if name}
    found = {e.decision for e in parameters if e.decision}
    for path in DECISIONS.glob("*.md"):
        if path.stem in families or any(path.stem.startswith(f"{family}-") for family in families):
            found.add(path.stem)
    if found:
        yield "## How it reads ambiguous sources\n"
        for name in sorted(found):
            first = (DECISIONS / f"{name}.md").read_text(encoding="utf-8").splitlines()[0]
            yield f"- [{first.removeprefix('# ')}](../decisions/{name}.md)"
        yield ""


def _sources(definition: Instrument | Rule) -> Iterator[str]:
    keys = [definition.source, *(e.source for e in definition.parameters)]
    if isinstance(definition, Rule):
        keys += [part.source for part in definition.walk()]
    else:
        keys += [item.source for item in definition.form.items]
    yield "## Sources\n"
    yield from (f"- `{key}`: {source(key)}" for key in dict.fromkeys(filter(None, keys)))
    yield ""
