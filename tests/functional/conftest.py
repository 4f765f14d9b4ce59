"""Run the command line in this process, as a user would see it."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass

import pytest

from carnet import cli


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def carnet(monkeypatch, capsys):
    """Return the function that runs `carnet ARGS` and gives its outcome; an escaping exception fails the test."""

    def run(*args: object, stdin: str | bytes = b"") -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "argv", ["carnet", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    """Return the folder of a demonstration, made once for all tests that look at it."""
    from carnet.cli.demo import run

    folder = tmp_path_factory.mktemp("demo") / "demo"
    run(folder, seed=1)
    return folder
