"""The whole trial on one page: from what was entered to what is concluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from carnet import adam, analysis, sdtm
from carnet.adam.explanation import Account
from carnet.core.entry import SCHEMA, until, wanted
from carnet.core.errors import InputError
from carnet.exchange import tables as files
from carnet.safety.monitoring import Status
from carnet.study import Study


@dataclass(frozen=True)
class Trial:
    """A trial analysed: its definition, its entries (if it was entered here) and everything made of them."""

    study: Study
    entries: pl.DataFrame | None
    tables: dict[str, pl.DataFrame]
    datasets: dict[str, pl.DataFrame]
    results: pl.DataFrame


def run(study: Study, entries: pl.DataFrame) -> Trial:
    """Return the trial made of its entries."""
    return conclude(study, sdtm.tabulate(study, entries), entries)


def conclude(study: Study, tables: dict[str, pl.DataFrame], entries: pl.DataFrame | None = None) -> Trial:
    """Return the trial made of its SDTM tables."""
    datasets = adam.derive(study, tables)
    return Trial(study, entries, tables, datasets, analysis.estimate(study, datasets))


def load(source: str, study: Study, cut: str | None = None) -> Trial:
    """Return the trial in `source`: a database, a file of entries, or a folder of SDTM tables.

    `cut` (a date in the site's time zone) leaves out what was entered after that day. A folder of SDTM
    tables carries no time of entry and refuses a cut.
    """
    folder = Path(source)
    if folder.is_dir():
        if cut is not None:
            raise InputError(
                f"{source} holds SDTM tables, which carry no time of entry; "
                "--cut needs a database or a file of entries."
            )
        return conclude(study, read_tables(folder))
    entries = read_entries(source)
    return run(study, entries if cut is None else until(entries, cut, study.timezone))


def check(study: Study, entries: pl.DataFrame) -> pl.DataFrame:
    """Return what the edit checks find: each form by itself, and forms and visits against one another."""
    from carnet.capture import checks as of_forms
    from carnet.study import checks

    found = [checks.check_entries(study, entries), of_forms.check_forms(study.forms, entries)]
    return pl.concat(found).unique(maintain_order=True)


def check_source(study: Study, source: str) -> pl.DataFrame:
    """Return what is found in a database, a file of entries or a folder of SDTM tables."""
    from carnet.study import checks

    folder = Path(source)
    if folder.is_dir():
        return checks.check_tables(read_tables(folder))
    return check(study, read_entries(source))


def findings_of(trial: Trial) -> pl.DataFrame | None:
    """Return what is found in the data of a trial; none where it was not entered here and its tables are sound."""
    from carnet.study import checks

    if trial.entries is not None:
        return check(trial.study, trial.entries)
    found = checks.check_tables(trial.tables)
    return None if found.is_empty() else found


def read_entries(source: str) -> pl.DataFrame:
    """Return the entries of a database (address or .sqlite3 file) or of a file of entries."""
    if "://" in source or source.endswith((".sqlite3", ".db")):
        from carnet.capture import queries

        return queries.entries(source)
    rows = files.read(source)
    if lacking := [name for name in SCHEMA if name not in rows.columns]:
        raise InputError(f"{source} is no file of entries: it lacks the columns {', '.join(lacking)}.")
    columns = []
    for name, dtype in SCHEMA.items():
        column = rows[name]
        if isinstance(dtype, pl.Datetime):
            read = (
                column.cast(pl.String).str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
                if column.dtype == pl.String
                else column.cast(dtype)
            )
        else:
            read = column.cast(dtype, strict=False)
        if (bad := column.is_not_null() & read.is_null()).any():
            row = bad.arg_true()[0]
            raise InputError(
                f"{source}, row {row + 1} (subject {rows['subject'][row]}): {name} is {column[row]!r}; "
                f"{wanted(dtype)} is needed."
            )
        columns.append(read.alias(name))
    entries = pl.DataFrame(columns)
    needed = ["subject", "visit", "form", "repeat", "item", "status", "at"]
    for name in needed:
        empty = entries[name].is_null()
        if entries[name].dtype == pl.String:
            empty = empty | (entries[name].str.strip_chars() == "").fill_null(True)
        if empty.any():
            row = empty.arg_true()[0]
            raise InputError(f"{source}, row {row + 1}: {name} is empty; every entry needs it.")
    if entries.is_empty():
        raise InputError(f"{source} holds no entries.")
    if (wrong := entries["repeat"] < 1).any():
        row = wrong.arg_true()[0]
        raise InputError(f"{source}, row {row + 1}: repeat is {entries['repeat'][row]}; rows count from 1.")
    entries = entries.with_columns(pl.col("typed", "unit", "reason").fill_null(""))
    return entries.sort(
        "at", maintain_order=True
    )  # a correction is what was entered later, wherever it stands


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """Return the SDTM tables of a folder by domain: every file that carnet can read, named after its domain."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in files.ENDINGS)
    tables: dict[str, pl.DataFrame] = {}
    for path in paths:
        name = path.stem.lower()
        if name in tables:
            raise InputError(f"{folder} holds {name} twice ({path.name} is the second); leave one.")
        tables[name] = files.read(path)
    if "dm" in tables and "USUBJID" in tables["dm"].columns:
        twice = tables["dm"].filter(pl.col("USUBJID").is_duplicated())["USUBJID"]
        if len(twice):
            raise InputError(f"{folder}: subject {twice[0]} stands in DM more than once; leave one row.")
    if "dm" not in tables:
        raise InputError(
            f"{folder} holds no DM table ({', '.join(tables) or 'no table at all'}); "
            "SDTM needs dm.parquet, .xpt, .csv or .json."
        )
    if tables["dm"].is_empty():
        raise InputError(f"{folder}: DM has no rows, so there is no subject; give the trial's own DM.")
    for name, table in tables.items():
        if "USUBJID" not in table.columns and name not in TRIAL_DESIGN:
            raise InputError(f"{folder / name} has no column USUBJID; is it an SDTM table?")
    return tables


TRIAL_DESIGN = {"ta", "te", "ti", "ts", "tv"}


def cut_of(trial: Trial) -> str | None:
    """Return the moment of the last entry, the data cut, in ISO 8601; null for a trial that was not entered here."""
    if trial.entries is None or trial.entries.is_empty():
        return None
    last = trial.entries["at"].max()
    return last.isoformat(timespec="seconds") if isinstance(last, datetime) else None


def explain(study: Study, source: str, subject: str, visit: str, criterion: str) -> Account:
    """Return why a patient met a criterion at a visit, or did not: as text by `lines`, as data by `data`."""
    from carnet.adam import adrs, explanation

    folder = Path(source)
    tables = read_tables(folder) if folder.is_dir() else sdtm.tabulate(study, read_entries(source))
    rule = adrs.criterion(study, criterion)
    frame = adrs.frame_of(rule, adam.response_frame(study, tables))
    return explanation.explain(study, frame, subject, visit, rule)


def monitor(study: Study, entries: pl.DataFrame) -> list[Status]:
    """Return the state of every stopping rule by what is entered, on the day it is entered.

    Everything that a rule may read is derived, as for the report, but nothing is estimated or written. Before the
    first page of a subject there is nothing to monitor.
    """
    tables = sdtm.tabulate(study, entries)
    return analysis.statuses(study, adam.derive(study, tables)) if len(tables["dm"]) else []


def alerts(trial: Trial) -> list[str]:
    """Return a line for each stopping rule that is met, or open until something missing is entered."""
    from carnet.report import alerts as lines

    return lines(trial.study, trial.results)


def headlines(trial: Trial) -> list[str]:
    """Return the main result of each registered outcome, a line each."""
    from carnet.report import headlines as lines

    return lines(trial.study, trial.results)
