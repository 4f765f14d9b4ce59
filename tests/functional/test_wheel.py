"""An installed wheel works from any folder: nothing it needs was left in the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, env=bare | environment
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Return the scripts folder of an empty environment into which only the wheel and its pins were installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    built = run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("carnet-*.whl")
    venv.create(folder / "env", with_pip=True)
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    install = [scripts / "python", "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    pins = run(*install, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=folder)
    if pins.returncode:
        if os.environ.get("CI"):
            pytest.fail(pins.stderr)
        pytest.skip("the pinned packages cannot be fetched here")
    done = run(*install, "--no-deps", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    return scripts


def test_the_wheel_runs_the_whole_trial_elsewhere(installed, tmp_path):
    done = run(installed / "carnet", "demo", "--out", "there", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there" / "report.html").stat().st_size > 100_000


def test_the_wheel_carries_the_definitions(installed, tmp_path):
    done = run(installed / "carnet", "check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    done = run(installed / "carnet", "new", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert run(installed / "carnet", "check", "--study", "mine", cwd=tmp_path).returncode == 0


def test_the_command_line_starts_without_what_it_does_not_need(installed, tmp_path):
    code = (
        "import sys, io; sys.argv = ['carnet', 'score', 'sledai2k', '-']\n"
        "sys.stdin = io.TextIOWrapper(io.BytesIO(b'sledai_rash\\n1\\n'))\n"
        "from carnet import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('django', 'scipy', 'altair', 'vl_convert') if m in sys.modules])"
    )
    done = run(installed / "python", "-c", code, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
