"""Make the reference pages from the definitions and the spec tests; with --check, say which are stale.

A page says what the code says: nothing in docs/reference is written by hand.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Container, Iterator
from pathlib import Path

from definition_page import page, table

from carnet.core.rule import Rule

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent


def specs(*modules: str, columns: Container[str] | None = None) -> Iterator[str]:
    """Yield, for each spec test of these modules, its sentence and the tables drawn in it.

    With `columns`, only the tests of which a table has one of these columns.
    """
    for module in modules:
        for path in sorted((ROOT / "tests" / "spec").glob(f"{module}.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                    continue
                drawn = [
                    [line.strip() for line in constant.value.strip().splitlines() if line.strip()]
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call)
                    for constant in call.args
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
                    if " | " in constant.value and "\n" in constant.value
                ]
                heads = {name.strip() for lines in drawn for name in lines[0].split("|")}
                if not drawn or (columns is not None and not any(name in columns for name in heads)):
                    continue
                yield f"### {(ast.get_docstring(node) or node.name).splitlines()[0]}\n"
                yield from ("```text\n" + "\n".join(lines) + "\n```\n" for lines in drawn)


def cases(rule: Rule) -> Iterator[str]:
    """Yield the spec tests that judge a criterion or one of its own parts."""
    own = {part for part in rule.ids() if part == rule.id or part.startswith(f"{rule.id}_")}
    return specs("test_[!a]*", columns=own)


def commands_page() -> str:
    import typer
    from typer.main import get_command

    from carnet.cli import app

    group = get_command(app)
    context = typer.Context(group, info_name="carnet")
    page = ["# Commands\n"]
    for name in sorted(group.commands):
        command = group.commands[name]
        page.append(f"## carnet {name}\n")
        page.append((command.help or "").strip() + "\n")
        rows = []
        for parameter in command.get_params(typer.Context(command, info_name=name, parent=context)):
            if parameter.name == "help":
                continue
            names = (
                ", ".join(parameter.opts)
                if parameter.param_type_name == "option"
                else (parameter.metavar or parameter.name.upper())
            )
            rows.append([f"`{names}`", getattr(parameter, "help", "") or ""])
        page.append(table(["argument", "what it is"], iter(rows)))
    return "\n".join(page)


def variables_page(title: str, datasets: dict) -> str:
    page = [f"# {title}\n"]
    for dataset in datasets.values():
        page.append(f"## {dataset.name}: {dataset.label}\n")
        page.append(f"Keys: {', '.join(dataset.keys)}\n")
        page.append(
            table(
                ["variable", "label", "type", "origin", "how"],
                ([v.name, v.label, v.type, v.origin, v.method] for v in dataset.variables),
            )
        )
    return "\n".join(page)


def study_page() -> str:
    from carnet import study

    definition = study.read()
    page = [f"# The trial: {definition.title}\n", "## Visits\n"]
    page.append(
        table(
            ["code", "visit", "day", "window", "epoch"],
            ([v.code, v.label, v.day, f"{v.low}..{v.high}", v.epoch] for v in definition.visits),
        )
    )
    page.append("## Forms\n")
    for form in definition.forms:
        page.append(f"### {form.title} ({form.id})\n")
        page.append(
            table(
                ["item", "question", "问题", "type", "unit"],
                ([i.id, i.label, i.label_zh, i.type, i.unit] for i in form.items),
            )
        )
    page.append(
        "## Assumed values\n\nNeither the public record nor the registry states these; each is a default to confirm.\n"
    )
    assumed = definition.assumed()
    page.append(table(assumed.columns, (list(map(str, row)) for row in assumed.iter_rows())))
    return "\n".join(page)


def stopping_page() -> str:
    from carnet import study
    from carnet.core.describe import describe

    page = ["# Stopping rules\n", "What pauses the trial, as the study defines it in `stopping.csv`.\n"]
    page += ["```text\n" + "\n".join(describe(rule)) + "\n```\n" for rule in study.read().stopping]
    page += ["## What it means, case by case\n", *specs("test_stopping")]
    return "\n".join(page)


def sources_page() -> str:
    from carnet.core.source import read_sources

    return "# Sources\n\n" + table(
        ["key", "source"],
        ([f"`{s.key}`", str(s)] for s in sorted(read_sources().values(), key=lambda s: s.key)),
    )


def _stem(file: str) -> str:
    return file.removesuffix(".md")


def kinetics_page() -> str:
    from carnet.core.describe import describe
    from carnet.kinetics import definitions, flags, nca, usage

    parameters = definitions.table().select("PPTESTCD", "paramcd", "name", "definition").fill_null("")
    codes = flags.codes().select("code", "meaning", "refuses")
    return "\n".join(
        [
            "# Cellular kinetics\n",
            "## Parameters\n",
            table(["code", "PARAMCD", "name", "definition"], (list(row) for row in parameters.iter_rows())),
            "## Choices\n",
            "```text\n" + "\n".join(describe(nca.PARAMETERS)) + "\n```\n",
            "## Why a number is missing, or what to know of it\n",
            table(["code", "meaning", "refuses the profile"], (list(row) for row in codes.iter_rows())),
            "## Why a sample is not used\n",
            table(["reason", "meaning"], (list(row) for row in usage.meanings().items())),
            "## Case by case\n",
            "Each table is a test that runs with every change.\n",
            *specs("test_kinetics*"),
        ]
    )


def pages() -> dict[str, str]:
    from carnet import adam
    from carnet.core.dataset import read_datasets
    from carnet.criteria import CRITERIA
    from carnet.instruments import INSTRUMENTS
    from carnet.safety.scales import SCALES, SIGNALS

    made = {f"{i.id}.md": page(i, specs(f"test_{i.id}*")) for i in (*INSTRUMENTS, *SCALES)}
    made |= {f"{id}.md": page(rule, cases(rule), id) for id, rule in {**CRITERIA, **SIGNALS}.items()}
    made["commands.md"] = commands_page()
    made["sdtm.md"] = variables_page("SDTM tables", read_datasets("carnet.sdtm"))
    made["adam.md"] = variables_page("ADaM datasets", adam.DATASETS)
    made["study.md"] = study_page()
    made["sources.md"] = sources_page()
    made["grading.md"] = "# CTCAE grading, case by case\n\n" + "\n".join(specs("test_ctcae*"))
    made["kinetics.md"] = kinetics_page()
    made["stopping.md"] = stopping_page()
    groups = {
        "Instruments": [i.id for i in INSTRUMENTS],
        "Criteria": list(CRITERIA),
        "Safety": [*(s.id for s in SCALES), *SIGNALS, "grading", "stopping"],
        "Kinetics": ["kinetics"],
    }
    grouped = {name for names in groups.values() for name in names}
    groups["The trial and its tables"] = [name for name in map(_stem, made) if name not in grouped]
    made["index.md"] = "# Reference\n\nMade from the definitions.\n\n" + "\n".join(
        f"```{{toctree}}\n:maxdepth: 1\n:caption: {caption}\n\n" + "\n".join(names) + "\n```\n"
        for caption, names in groups.items()
    )
    return made


def main() -> None:
    folder = DOCS / "reference"
    made = pages()
    if "--check" in sys.argv:
        stale = [
            name
            for name, page in made.items()
            if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != page
        ]
        stale += [path.name for path in folder.glob("*.md") if path.name not in made]
        if stale:
            sys.exit(f"docs/reference is stale ({', '.join(sorted(stale))}); run: make docs")
        return
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        path.unlink()
    for name, written in made.items():
        (folder / name).write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
