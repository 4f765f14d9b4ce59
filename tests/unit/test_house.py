"""The rules of the house that a machine can hold."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from carnet.core.source import read_sources

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "carnet"


def cited() -> set[str]:
    """Return every source key that a CSV, a TOML or a module of the product cites, or a golden example."""
    keys: set[str] = set()
    for path in (*SOURCE.rglob("*.csv"), *(ROOT / "tests" / "golden").glob("*.csv")):
        if path.name == "sources.csv":
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                keys.update(key for key in (row.get("source") or "").split() if key)
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "source"
                and isinstance(node.value, ast.Constant)
            ):
                keys.update(re.findall(r"\b[a-z]+[12][0-9]{3}[a-z]?\b", str(node.value.value)))
    for path in SOURCE.rglob("*.toml"):
        keys.update(
            key
            for text in re.findall(r'source\s*=\s*"([^"]*)"', path.read_text(encoding="utf-8"))
            for key in text.split()
        )
    for path in SOURCE.rglob("*.py"):  # docstrings cite as (gladman2002)
        keys.update(re.findall(r"\(([a-z]+[12][0-9]{3}[a-z]?)[,)]", path.read_text(encoding="utf-8")))
    return keys


def test_every_source_cited_stands_in_the_bibliography():
    assert cited() - set(read_sources()) == set()


def test_every_source_of_the_bibliography_is_cited():
    assert set(read_sources()) - cited() == set()


def test_scoring_loads_neither_database_nor_charts_nor_scipy():
    code = (
        "import sys; from carnet.instruments import SLEDAI2K; from carnet import cli; "
        "SLEDAI2K.score({'sledai_rash': [True]}); "
        "print([m for m in ('django', 'scipy', 'altair', 'vl_convert', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_outgrows_a_room():
    long = {
        p.relative_to(SOURCE).as_posix(): n
        for p in SOURCE.rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}


CONFIGURATION = {".lock", ".txt", ".toml", ".json", ".cfg"}


@pytest.mark.parametrize(
    ("pattern", "endings"),
    [
        (r"(index-url|registry)\s*[=:]|/simple/|files\.pythonhosted", CONFIGURATION),
        (r"/(work|home|root|Users)/[a-z]", None),
    ],
)
def test_no_file_names_a_package_index_or_a_machine(pattern, endings):
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in tracked.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".png", ".parquet"} or path == Path(__file__) or not path.exists():
            continue
        if endings is not None and path.suffix not in endings:
            continue
        if re.search(pattern, path.read_text(encoding="utf-8", errors="ignore")):
            found.append(name)
    assert found == []


def test_public_functions_say_what_comes_out():
    silent = []
    for path in SOURCE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, (ast.FunctionDef, ast.ClassDef))
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                silent.append(f"{path.relative_to(SOURCE)}:{node.name}")
    assert silent == []


def test_every_choice_has_a_page_that_says_why():
    pages = {page.stem for page in (ROOT / "docs" / "decisions").glob("*.md")}
    for path in SOURCE.rglob("parameters.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert row.get("decision", "index") in pages, f"{path.parent.name}: {row['of']} {row['name']}"
