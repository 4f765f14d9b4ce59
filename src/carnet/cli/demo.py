"""The demonstration: one invented trial, entered value by value and taken to its report."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console

from carnet.core.errors import InputError

DATABASE = "carnet.sqlite3"

BANNER = "A demonstration: these patients are invented. Nothing here is a result of the registered trial."


def run(out: Path, seed: int) -> None:
    """Invent a trial, enter it into a database in `out`, analyse it and say what it found."""
    from carnet import dossier, pipeline, simulate
    from carnet.capture import queries
    from carnet.capture.store import Recorded, Store
    from carnet.study import read

    console = Console(highlight=False, soft_wrap=True)
    start = time.monotonic()
    database = out / DATABASE
    if out.exists() and any(out.iterdir()) and not database.exists():
        raise InputError(f"{out} holds other files; name an empty or a new folder with --out.")
    if database.exists() and queries.sources(str(database)) - {"simulation"}:
        raise InputError(
            f"{database} holds entries that no demonstration made; name another folder with --out."
        )
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{DATABASE}*"):  # an invented trial of an earlier demonstration
        old.unlink()

    study = read()
    console.print(f"[bold]{study.title}[/bold]")
    invented = simulate.trial(study, seed=seed)
    console.print(
        f"invented   {invented.entries['subject'].n_unique()} people screened, {len(invented.entries):,} values typed"
    )
    with (
        Store.open(str(database), study, clock=Recorded()) as store,
        console.status("entering ...") as status,
    ):
        saves = store.enter(
            invented.entries,
            source="simulation",
            progress=lambda done, of: status.update(f"entering {done:,} of {of:,} values"),
        )
    console.print(f"entered    {saves:,} forms saved into {database}, each in one transaction")
    entries = queries.entries(str(database))
    with console.status("analysing ..."):
        findings = pipeline.check(study, entries)
        trial = pipeline.run(study, entries)
    console.print(f"checked    {len(findings):,} findings by the edit checks")
    with console.status("writing the report ..."):
        page = dossier.write(
            trial, out, findings, lambda text: console.print(f"derived    {text}"), BANNER, only=("html",)
        )
    for line in pipeline.headlines(trial):
        console.print(f"found      {line}")
    for line in pipeline.alerts(trial):
        console.print(f"[bold red]{line}[/bold red]")
    console.print(f"[bold]report     {page.resolve()}[/bold]  ({time.monotonic() - start:.0f} s)")
