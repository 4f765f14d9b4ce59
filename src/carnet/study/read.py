"""Reading a study: a folder of study.toml and tables becomes a `Study`."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from carnet.core.errors import DefinitionError
from carnet.safety.stopping import StoppingRule
from carnet.study.estimand import USUAL, Estimand
from carnet.study.forms import read_forms
from carnet.study.protocol import (
    AnalysisWindow,
    Arm,
    Criterion,
    Element,
    Endpoint,
    Epoch,
    Fact,
    Limit,
    Population,
    Visit,
)
from carnet.study.study import RANGES, SCHEDULE, Study
from carnet.study.tables import Folder, rows, table


def read(folder: str | Path | None = None) -> Study:
    """Return the study defined in a folder; the built-in one if no folder is named.

    Only `study.toml` with `[study] id` is needed: a table that the folder lacks is empty. What cannot be read
    is a `DefinitionError` naming file, row and column; what is inconsistent is found by `check_study`.

    >>> study = read()
    >>> study.visit("D28").day, study["dosing.cells"]
    (28, 1000)
    """
    if folder is None:
        return _built_in()
    place = Path(folder)
    if not place.is_dir():
        raise DefinitionError(
            f"{place} is no folder; name the one that holds study.toml, or make one with `carnet new`."
        )
    return _read(place)


@cache
def _built_in() -> Study:
    return _read(files("carnet").joinpath("studies", "carnk_sle"))


def _read(folder: Folder) -> Study:
    facts = read_facts(folder)
    named = {fact.name: fact.value for fact in facts}
    if "study.id" not in named:
        raise DefinitionError('study.toml has no [study] id; write id = "..." under [study].')
    try:
        ZoneInfo(named.get("site.timezone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        raise DefinitionError(
            f"study.toml: [site] timezone is {named['site.timezone']!r}; write a name such as Asia/Shanghai."
        ) from None
    study = Study(
        id=str(named["study.id"]),
        title=str(named.get("study.title", named["study.id"])),
        facts=facts,
        visits=table(folder, "visits.csv", Visit),
        endpoints=table(folder, "endpoints.csv", Endpoint),
        estimands=table(folder, "estimands.csv", Estimand) or USUAL,
        windows=table(folder, "windows.csv", AnalysisWindow),
        criteria=tuple(_criteria(folder)),
        populations=table(folder, "populations.csv", Population),
        arms=table(folder, "arms.csv", Arm),
        epochs=table(folder, "epochs.csv", Epoch),
        elements=table(folder, "elements.csv", Element),
        stopping=table(folder, "stopping.csv", StoppingRule),
        schedule=_schedule(folder),
        ranges=_ranges(folder),
        digest=digest(folder),
    )
    chosen = {name: study.parameters(name) for name in ("sledai2k", "bilag2004", "pga", "sdi")}
    return replace(study, forms=tuple(read_forms(folder, chosen)))


def read_facts(folder: Folder) -> tuple[Fact, ...]:
    """Return the facts of study.toml: `key = { value, status, source, label }` under a table.

    A bare value is a fact without status or source.
    """
    path = folder.joinpath("study.toml")
    if not path.is_file():
        raise DefinitionError(f"{folder} has no study.toml; every study needs one with [study] id.")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(f"study.toml cannot be read: {error}") from None
    facts = []
    for name, entries in tables.items():
        if not isinstance(entries, dict):
            raise DefinitionError(
                f"study.toml: {name} stands outside a table; put it under [study] or another."
            )
        for key, entry in entries.items():
            about = entry if isinstance(entry, dict) else {"value": entry}
            if "value" not in about or (strange := set(about) - {"value", "status", "source", "label"}):
                wrong = "has no value" if "value" not in about else f"has {', '.join(sorted(strange))}"
                raise DefinitionError(
                    f"study.toml: [{name}] {key} {wrong}; write "
                    "{ value = ..., status = ..., source = ..., label = ... }."
                )
            said = {part: str(about.get(part, "")) for part in ("status", "source", "label")}
            facts.append(Fact(f"{name}.{key}", about["value"], **said))
    return tuple(facts)


def digest(folder: Folder) -> str:
    """Return the SHA-256 of every TOML and CSV file of the definition, by name and content."""

    def walk(place: Folder, prefix: str) -> Iterator[tuple[str, bytes]]:
        for path in place.iterdir():
            name = prefix + path.name
            if path.is_dir():
                yield from walk(path, name + "/")
            elif path.name.endswith((".toml", ".csv")):
                yield name, path.read_bytes().replace(b"\r\n", b"\n")

    whole = hashlib.sha256()
    for name, content in sorted(walk(folder, "")):
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()


def _criteria(folder: Folder) -> Iterator[Criterion]:
    """Yield the criteria; several limits of one stand in its cells parted by |, and any of them is enough."""
    parts = ("item", "operator", "limit", "unit", "reference")
    about = {field.name for field in fields(Criterion)} - {"limits"}
    for number, row in rows(folder, "eligibility.csv"):
        if strange := set(row) - about - set(parts):
            raise DefinitionError(
                f"eligibility.csv has the column {', '.join(sorted(strange))}; no criterion has."
            )
        if not row.get("id") or row.get("kind") not in {"INCLUSION", "EXCLUSION"}:
            raise DefinitionError(
                f"eligibility.csv, row {number}: id and kind, INCLUSION or EXCLUSION, are needed."
            )
        cells = [row.get(name, "").split("|") for name in parts]
        count = len(cells[0])
        cells = [cell if cell != [""] else [""] * count for cell in cells]
        if any(len(cell) != count for cell in cells):
            raise DefinitionError(
                f"eligibility.csv, row {number} ({row['id']}): {', '.join(parts)} hold different numbers of "
                "parts; give each as many, parted by |."
            )
        limits = tuple(Limit(*limit) for limit in zip(*cells, strict=True) if limit[0])
        yield Criterion(limits=limits, **{name: row[name] for name in about if name in row})


def _schedule(folder: Folder) -> pl.DataFrame:
    """Return the schedule with a row per activity and visit that has a mark."""
    head = ("activity", "form", "items", "status", "source")
    marks = [
        (row.get("activity", ""), row.get("form", ""), row.get("items", ""), visit, mark)
        for _, row in rows(folder, "schedule.csv")
        for visit, mark in row.items()
        if visit not in head and mark
    ]
    return pl.DataFrame(marks, schema=SCHEDULE, orient="row")


def _ranges(folder: Folder) -> pl.DataFrame:
    """Return the reference ranges, a row per analyte and sex."""
    found: list[dict[str, Any]] = []
    for number, row in rows(folder, "reference_ranges.csv"):
        found.append({name: row.get(name) for name in RANGES})
        for end in ("low", "high"):
            try:
                found[-1][end] = float(row[end]) if row.get(end) else None
            except ValueError:
                raise DefinitionError(
                    f"reference_ranges.csv, row {number} ({row.get('item')}): {end} is {row[end]!r}; "
                    "write a number or nothing."
                ) from None
    return pl.DataFrame(found, schema=RANGES)
