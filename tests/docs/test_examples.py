"""The examples in docstrings run, and the generated pages are current."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import carnet
from carnet.cli import app

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(carnet.__path__, "carnet.")
    if "migrations" not in module.name and not module.name.endswith((".models", "__main__"))
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_reference_pages_are_current():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def blocks(page: Path, kind: str) -> list[str]:
    """Return the code blocks of one kind, in their order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_how_to_score_a_table_runs(tmp_path, monkeypatch, capsys):
    """The file, the commands and both programs of the page, as they are printed."""
    page = ROOT / "docs" / "how-to" / "score-a-table.md"
    monkeypatch.chdir(tmp_path)
    (file,) = blocks(page, "text")
    Path("visits.csv").write_text(file, encoding="utf-8")
    for command in blocks(page, "sh"):
        told = CliRunner().invoke(app, shlex.split(command)[1:])
        assert told.exit_code == 0, told.output
    scored, judged = (
        Path(name).read_text(encoding="utf-8").splitlines() for name in ("scored.csv", "judged.csv")
    )
    assert "sledai2k_min" in scored[0]
    assert "sri4_nri" in judged[0]
    polars, pandas = blocks(page, "python")
    exec(compile(polars, str(page), "exec"), {})
    told = capsys.readouterr().out
    assert "[True, False]" in told
    assert "prednisone 7.5 mg/day" in told
    exec(compile(pandas, str(page), "exec"), {})
    assert capsys.readouterr().out.splitlines()[-1] == "A"
