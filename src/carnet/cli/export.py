"""The command that hands a trial over: its tables, their definitions and its results, in the forms of the field."""

from __future__ import annotations

from typing import Annotated

import typer

from carnet.cli import app
from carnet.cli.trial import Folder, Source, StudyFolder


@app.command()
def export(
    data: Source,
    output: Folder,
    format: Annotated[
        str,
        typer.Option("--format", metavar="F", help="csv, parquet, dataset-json, xpt, define or ars."),
    ],
    study: StudyFolder = None,
    cut: Annotated[
        str | None, typer.Option(metavar="DATE", help="Leave out what was entered after this day.")
    ] = None,
) -> None:
    """Write SDTM and ADaM as submission files with Define-XML 2.1, or the results as CDISC's ARS.

    Example: `carnet export --data demo/carnet.sqlite3 --format dataset-json -o submission`
    """
    from carnet import dossier, pipeline, submission
    from carnet.study import read

    submission.refuse_format(format)
    dossier.refuse_file(output)
    written = submission.write(pipeline.load(data, read(study), cut), output, format)
    print(f"{len(written)} file{'s' if len(written) > 1 else ''} in {output}")
