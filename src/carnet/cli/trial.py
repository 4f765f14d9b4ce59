"""Commands on a whole trial: demo, new, check, simulate, run, explain, trace, verify."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.cli import app
from carnet.cli.options import warn
from carnet.core.errors import InputError

Database = Annotated[
    str, typer.Option("--db", metavar="URL", help="The address of the database, or its SQLite file.")
]
StudyFolder = Annotated[
    Path | None,
    typer.Option("--study", metavar="DIR", help="A study definition; the built-in one if left out."),
]
Source = Annotated[
    str,
    typer.Option(
        "--data", metavar="SRC", help="A database address, a file of entries, or a folder of SDTM tables."
    ),
]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder to write into.")]


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write into.")] = Path(
        "demo"
    ),
    seed: Annotated[int, typer.Option(help="Another seed invents another trial.")] = 1,
) -> None:
    """Invent one complete trial, enter it, analyse it and write the report.

    Example: `carnet demo --out demo`
    """
    from carnet.cli.demo import run as show

    show(out, seed)


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet.")],
) -> None:
    """Copy the built-in study as a starting point for one's own.

    Example: `carnet new my-trial`
    """
    import shutil
    from importlib.resources import as_file, files

    if folder.exists():
        raise InputError(f"{folder} exists already; name a folder that does not.")
    with as_file(files("carnet").joinpath("studies", "carnk_sle")) as built_in:
        shutil.copytree(built_in, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    print(f"{folder} holds the definition of the trial. Change it, then: carnet check --study {folder}")


@app.command()
def check(
    study: StudyFolder = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="SRC", help="Entries, or SDTM tables, to check as well.")
    ] = None,
) -> None:
    """Validate a study definition, and data against it; exit code 1 when something was found.

    Example: `carnet check`
    """
    from carnet.study import checks, read

    definition = read(study)
    findings = checks.check_study(definition)
    if data is not None:
        import polars as pl

        from carnet import pipeline

        findings = pl.concat([findings, pipeline.check_source(definition, data)])
    show_findings(findings)
    if not findings.is_empty():
        raise typer.Exit(1)
    print(f"{definition.id}: nothing found.")


def show_findings(findings: object) -> None:
    """Print a line per finding: subject, visit, form, item, message."""
    for row in findings.iter_rows():  # type: ignore[attr-defined]
        print("  ".join(cell for cell in map(str, row) if cell not in ("", "None")))


@app.command()
def simulate(
    output: Folder,
    study: StudyFolder = None,
    preset: Annotated[
        str, typer.Option(help="The course of disease: carnk_base, cart_like, pessimistic, null_like.")
    ] = "carnk_base",
    trials: Annotated[int, typer.Option(min=1, help="How many trials.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the first trial; the next takes the next.")] = 1,
) -> None:
    """Invent whole trials, entry by entry, with the truth beside.

    Example: `carnet simulate -o invented`
    """
    from carnet import simulate as engine
    from carnet.study import read

    definition = read(study)
    for number in range(trials):
        folder = output if trials == 1 else output / f"trial{number + 1:04d}"
        engine.write(engine.trial(definition, seed=seed + number, preset=preset), folder)
    print(f"{trials} trial{'s' if trials > 1 else ''} written to {output}")


@app.command()
def run(
    data: Source,
    output: Folder,
    study: StudyFolder = None,
    cut: Annotated[
        str | None, typer.Option(metavar="DATE", help="Leave out what was entered after this day.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when the data have findings.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORM", help="One form of the report: html, rtf, pdf, profiles or dsmb. May be repeated."
        ),
    ] = None,
) -> None:
    """Turn data into SDTM, ADaM, results and the report.

    Example: `carnet run --data demo/carnet.sqlite3 -o out`
    """
    from carnet import dossier, pipeline
    from carnet.study import read

    definition = read(study)
    dossier.refuse_file(output)
    dossier.refuse_forms(only or ())
    trial = pipeline.load(data, definition, cut)
    findings = pipeline.findings_of(trial)
    page = dossier.write(trial, output, findings, say=warn, only=only or dossier.FORMS)
    if findings is not None and not findings.is_empty():
        show_findings(findings)
    for line in pipeline.alerts(trial):
        warn(line)
        print(line)
    print(f"The report is {page}")
    if strict and findings is not None and not findings.is_empty():
        raise typer.Exit(1)


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT")],
    visit: Annotated[str, typer.Option(metavar="V", help="A visit code: D28, M3, ...")],
    criterion: Annotated[str, typer.Option(metavar="C", help="sri4 to sri8, doris or lldas.")],
    data: Source,
    study: StudyFolder = None,
    json_: Annotated[bool, typer.Option("--json", help="As data instead of text.")] = False,
) -> None:
    """Say why a patient did or did not meet a criterion at a visit, with the values read.

    Example: `carnet explain 1001 --visit M3 --criterion sri4 --data demo/carnet.sqlite3`
    """
    from carnet import pipeline
    from carnet.cli.definitions import criterion as find
    from carnet.study import read

    find(criterion)
    account = pipeline.explain(read(study), data, subject, visit, criterion)
    if json_:
        sys.stdout.write(json.dumps(account.data(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(account.lines()) + "\n")


@app.command()
def trace(
    id: Annotated[
        str,
        typer.Argument(metavar="OUTPUT_ID", help="A table or an analysis: 14.2.1, 14.2.1/SRI4/REGISTERED."),
    ],
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="What carnet run or carnet demo wrote.")
    ],
    visit: Annotated[str, typer.Option(metavar="V", help="Of this visit alone: M3, or its name.")] = "",
    subject: Annotated[str, typer.Option(metavar="S", help="Rows of this subject alone.")] = "",
    statistic: Annotated[
        str, typer.Option(metavar="NAME", help="Of this statistic alone: n, N, median, ...")
    ] = "",
    analysis: Annotated[
        str, typer.Option(metavar="TEXT", help="Of the analyses whose id has this text.")
    ] = "",
    entries: Annotated[
        str,
        typer.Option(
            metavar="SRC", help="The database or file of entries; carnet.sqlite3 in DIR if left out."
        ),
    ] = "",
    study: StudyFolder = None,
    all_: Annotated[bool, typer.Option("--all", help="Every row, not the first 20 of a step.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="As data instead of text.")] = False,
) -> None:
    """Go from a printed number back to the results, analysis rows, SDTM rows and entries behind it.

    Example: `carnet trace 14.2.1/SRI4/REGISTERED --visit M3 --subject 1001 --data demo`
    """
    from carnet import trace as way
    from carnet.study import read

    found = way.trace(
        read(study),
        data,
        id,
        visit=visit,
        subject=subject,
        statistic=statistic,
        analysis=analysis,
        entries=entries,
    )
    if json_:
        sys.stdout.write(json.dumps(found.data(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in found.lines(None if all_ else way.LIMIT))


@app.command()
def verify(
    db: Database,
    against: Annotated[
        str | None, typer.Option(metavar="SEAL", help="A seal noted earlier: the chain must still hold it.")
    ] = None,
) -> None:
    """Check the audit chain of a database; name the first broken record and exit with 1.

    Example: `carnet verify --db demo/carnet.sqlite3`
    """
    from carnet.capture import chain

    broken = chain.verify(db, None if against is None else chain.Seal.read(against))
    if broken is not None:
        print(broken)
        raise typer.Exit(1)
    print(f"The chain is whole. Its seal, to note outside the database: {chain.seal(db)}")


@app.command()
def upgrade(db: Database) -> None:
    """Bring a database up to this version of carnet; its entries stay as they were written.

    Example: `carnet upgrade --db demo/carnet.sqlite3`
    """
    from carnet.capture import tables

    tables.upgrade(db)
    print(f"{db} is up to date.")


@app.command()
def redact(
    number: Annotated[
        int,
        typer.Argument(metavar="NUMBER", min=1, max=2**62, help="The entry, as the audit trail numbers it."),
    ],
    db: Database,
    by: Annotated[str, typer.Option(metavar="USER", help="Who removes it.")],
    role: Annotated[str, typer.Option(help="In which role.")],
    reason: Annotated[str, typer.Option(help="Why: personal data entered by mistake, ...")],
) -> None:
    """Remove the text of one entry for good; who did it, when and why stays visible, and the chain stays whole.

    Example: `carnet redact 17 --db demo/carnet.sqlite3 --by mli --role "data manager" --reason "a name"`
    """
    from carnet.capture import redaction

    made = redaction.redact(db, number, by=by, role=role, reason=reason)
    print(f"The text of entry {number} is removed; redaction {made} says who, when and why.")
