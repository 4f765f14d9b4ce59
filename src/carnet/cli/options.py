"""What commands have in common: their options, the files they take and the warnings they give."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from carnet.core.errors import DefinitionError, InputError
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument
from carnet.core.rule import Rule
from carnet.exchange import read

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="CSV, .xlsx, .parquet, .xpt, .json or .ndjson; - is CSV on standard input."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Where to write, in the format of the ending; CSV on standard output if left out.",
    ),
]
Encoding = Annotated[str, typer.Option(help="Of a CSV file: utf-8, gb18030, ...")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Change a parameter; `carnet describe` lists them. May be repeated.",
    ),
]
Subject = Annotated[
    str | None, typer.Option(metavar="COL", help="With one row per visit: the column of the subject.")
]
Order = Annotated[
    str | None,
    typer.Option(metavar="COL", help="The column that orders a subject's rows (a number or an ISO date)."),
]
Baseline = Annotated[
    str | None, typer.Option(metavar="COL", help="The yes/no column that marks the baseline row.")
]


def settings(given: list[str] | None) -> dict[str, Any]:
    """Return `--set NAME=VALUE` options as names and values."""
    pairs = [text.partition("=") for text in given or []]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise DefinitionError(f"--set {wrong[0]} has no value; write --set {wrong[0]}=VALUE.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def warn(text: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(f"carnet: {text}\n")


def read_table(file: str, encoding: str = "utf-8") -> pl.DataFrame:
    """Return the table in a file; cells that are not a number (NaN) count as unknown, and are named."""
    rows = read(file, encoding)
    for name in rows.select(pl.selectors.float()).columns:
        if strange := rows[name].is_nan().sum():
            warn(f"{name} is NaN in {strange:,} row{'' if strange == 1 else 's'}: unknown there")
    return rows


def warn_absent(inputs: Inputs, rows: pl.DataFrame) -> None:
    """Name in one line the columns that the definition reads and the table lacks."""
    needed, optional = inputs.absent(rows)
    said = []
    if needed:
        said.append(f"no column {', '.join(needed)}: unknown in every row")
    if optional:
        said.append(f"no column {', '.join(optional)}: left out of account")
    if said:
        warn("; ".join(said) + ".")


def with_history(
    rows: pl.DataFrame,
    definition: Instrument | Rule,
    subject: str | None,
    order: str | None,
    baseline: str | None,
) -> pl.DataFrame:
    """Return the rows with the `_base` and `_prev` columns that the definition reads made from one row per visit.

    Without `subject` the table is returned as it is. A column that would be made and is there already is refused:
    two baselines, that of the file and that of the marked row, may differ.
    """
    if subject is None and order is None and baseline is None:
        return rows
    if subject is None or order is None:
        raise InputError("--baseline and --order go with --subject: name the columns of subject and order.")
    for name in filter(None, (subject, order, baseline)):
        if name not in rows.columns:
            raise InputError(f"The table has no column {name!r}; it has {', '.join(rows.columns)}.")
    endings = ("_base", "_prev") if baseline else ("_prev",)
    made = [
        n
        for i in definition.inputs.items
        if (n := i.id).endswith(endings) and n.rpartition("_")[0] in rows.columns
    ]
    if taken := [name for name in made if name in rows.columns]:
        raise InputError(
            f"The table already has the column {', '.join(taken)}, which --subject, --order and --baseline would make; "
            "drop it, or leave these options out."
        )
    from carnet.study.visit_frame import with_history as make

    compared = {p.name: p.value for p in definition.parameters if p.name in ("previous", "comparator")}
    return make(rows, [item.id for item in definition.inputs.items], subject, order, baseline, compared)


def with_involvement(
    scored: pl.DataFrame, definition: Instrument, subject: str | None, order: str | None
) -> pl.DataFrame:
    """Return the scored rows; of BILAG-2004, a system that an earlier row of the subject shows involved is not E."""
    if subject is None or order is None or definition.id != "bilag2004":
        return scored
    from carnet.study.visit_frame import once_involved, ordered

    placed = scored.with_columns(ordered(scored, subject, order).alias("_order"))
    return once_involved(placed, subject, "_order").drop("_order")
