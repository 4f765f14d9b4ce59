"""The folder that a run leaves: tables, datasets, results, the report in its forms, and a manifest of their digests."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from carnet import __version__
from carnet.core.errors import FontError, InputError
from carnet.exchange import tables as files
from carnet.pipeline import Trial, cut_of

Say = Callable[[str], None]

FORMS = ("html", "rtf", "pdf", "profiles", "dsmb")
"""The forms of the report: one page for reading, a file for each table, one file to print, a page for each patient,
and the report to the data and safety monitoring board."""

KINDS = {"sdtm": "SDTM", "adam": "ADaM"}


def write(
    trial: Trial,
    folder: Path,
    findings: pl.DataFrame | None = None,
    say: Say = lambda text: None,
    banner: str = "",
    only: Sequence[str] = FORMS,
) -> Path:
    """Write SDTM, ADaM, results, report and manifest into the folder, all or none; return the path of the report.

    `only` names the forms of the report. What an earlier run left under the same names is replaced; other files of the
    folder stay. Without a font for its Chinese texts the PDF is left out, and `say` is told, unless it alone is asked.
    """
    refuse_forms(only)
    refuse_file(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        _write(trial, Path(beside), findings, say, banner, only)
        for old in _written_before(folder):
            (folder / old).unlink(missing_ok=True)
        for made in sorted(path for path in Path(beside).rglob("*") if path.is_file()):
            place = folder / made.relative_to(beside)
            place.parent.mkdir(parents=True, exist_ok=True)
            made.replace(place)
    return folder / next(name for form, name in NAMES.items() if form in only)


NAMES = {
    "html": "report.html", "pdf": "report.pdf", "rtf": "tables", "profiles": "profiles", "dsmb": "dsmb.html"
}  # fmt: skip
"""Where a form of the report stands."""


def refuse_forms(only: Sequence[str]) -> None:
    """Refuse a form of the report that there is not."""
    if strange := [form for form in only if form not in FORMS]:
        raise InputError(f"--only {strange[0]} is none of {', '.join(FORMS)}.")


def refuse_file(folder: Path) -> None:
    """Refuse a place to write into that is a file, before anything is computed."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder to write into.")


def _written_before(folder: Path) -> list[str]:
    """Return what an earlier run wrote into the folder, by its manifest; other files are not ours."""
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return []
    told = json.loads(manifest.read_text(encoding="utf-8"))
    return [*told["tables"], *told["report"]] if isinstance(told["report"], dict) else [*told["tables"]]


def _write(
    trial: Trial, folder: Path, findings: pl.DataFrame | None, say: Say, banner: str, only: Sequence[str]
) -> None:
    digests: dict[str, str] = {}
    for kind, frames in (("sdtm", trial.tables), ("adam", trial.datasets)):
        (folder / kind).mkdir()
        for name, frame in frames.items():
            digests |= _put(frame, folder / kind / f"{name}.parquet", folder)
        say(f"{len(frames)} {KINDS[kind]} tables, {sum(map(len, frames.values())):,} rows")
    digests |= _put(trial.results, folder / "results.parquet", folder)
    say(f"{len(trial.results):,} results")
    manifest: dict[str, Any] = {
        "carnet": __version__,
        "study": trial.study.id,
        "study_digest": trial.study.digest,
        "data_cut": cut_of(trial),
        "entries": None if trial.entries is None else len(trial.entries),
        "tables": dict(sorted(digests.items())),
    }
    printed = {path: _digest(path) for path in _print(trial, folder, findings, manifest, say, banner, only)}
    manifest["report"] = {path.relative_to(folder).as_posix(): digest for path, digest in printed.items()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _print(
    trial: Trial,
    folder: Path,
    findings: pl.DataFrame | None,
    manifest: dict[str, Any],
    say: Say,
    banner: str,
    only: Sequence[str],
) -> Iterator[Path]:
    """Write the report in its forms; yield each file."""
    from carnet import report
    from carnet.report import pdf, profile_page, rtf

    sections, shown = [], []
    if {"html", "rtf", "pdf"}.intersection(only):
        *chapters, appendix = report.sections(trial.study, trial.datasets, trial.results, findings, manifest)
        records = {**trial.tables, **trial.datasets}
        shown = [*chapters, report.listings(records, whole=False), appendix]
        sections = [*chapters, report.listings(records), appendix]
    if "html" in only:
        page = folder / "report.html"
        page.write_text(report.render(trial.study, shown, trial.results, manifest, banner), encoding="utf-8")
        yield page
    if "rtf" in only:
        (folder / "tables").mkdir()
        made = rtf.write(sections, trial.results, manifest, folder / "tables")
        say(f"{len(made)} tables as RTF")
        yield from made
    if "pdf" in only:
        try:
            pages = folder / "report.pdf"
            pdf.write(trial.study, sections, trial.results, manifest, pages, banner)
            yield pages
        except FontError as error:
            if len(only) == 1:
                raise
            say(f"no report.pdf: {error}")
    many = profile_page.many(trial.datasets)
    if "profiles" in only and many and set(only) == set(FORMS):
        say(f"no profiles: {many} patients were treated; ask for them with --only profiles")
    elif "profiles" in only:
        (folder / "profiles").mkdir()
        drawn = 0
        for name, text in profile_page.pages(trial.study, trial.datasets, manifest, banner):
            page = folder / "profiles" / f"{name}.html"
            page.write_text(text, encoding="utf-8")
            drawn += 1
            yield page
        say(f"{drawn} patient profiles")
    if "dsmb" in only:
        yield from _print_board(trial, folder, findings, manifest, say, banner)


def _print_board(
    trial: Trial, folder: Path, findings: pl.DataFrame | None, manifest: dict[str, Any], say: Say, banner: str
) -> Iterator[Path]:
    """Write the report to the monitoring board, to read and to print; yield each file."""
    from carnet.report import board, pdf, render

    sections = board.board(trial.study, trial.datasets, trial.results, findings, manifest)
    page = folder / "dsmb.html"
    page.write_text(
        render(trial.study, sections, trial.results, manifest, banner, board.NAME), encoding="utf-8"
    )
    yield page
    try:
        pages = folder / "dsmb.pdf"
        pdf.write(trial.study, sections, trial.results, manifest, pages, banner, board.NAME)
        yield pages
    except FontError as error:
        say(f"no dsmb.pdf: {error}")


def _put(frame: pl.DataFrame, path: Path, folder: Path) -> dict[str, str]:
    files.write(frame, path)
    return {path.relative_to(folder).as_posix(): _digest(path)}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
