"""The door of `carnet grade`: an SDTM findings table or a plain one, in memory or as a big Parquet file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.frame import as_frame
from carnet.core.parameter import Parameters
from carnet.safety import findings, terms
from carnet.safety.combined import correct_calcium
from carnet.safety.ctcae import (
    INPUTS,
    LONG,
    PARAMETERS,
    WIDE,
    Reasons,
    add_up,
    grade_columns,
    read_plain,
    refuse_taken,
    term_rows,
)  # fmt: skip

GRADES = ("ATOXGRL", "ATOXGRH")
BATCH = 100_000
"""Rows of a Parquet file that are in memory at a time."""

BIG = 2_000_000
"""A Parquet file of more bytes than this is graded batch by batch."""


def grade_table(
    rows: Any, dm: Any = None, *, long: bool = False, **settings: Any
) -> tuple[pl.DataFrame, list[str]]:
    """Return the graded table, and a line for each reason why rows have no grade (ctcae2017).

    `rows` is SDTM LB, VS or EG as it stands, with DM for the age, or a table of the plain columns of
    `ctcae.INPUTS`. `long` gives a line per row and applicable term instead of six columns. A table of adverse
    events has grades already: they are checked by `terms.grade_events`.

    >>> lb = {"USUBJID": ["1", "1"], "LBTESTCD": ["PLAT", "BASO"], "LBCAT": ["HEMATOLOGY", "HEMATOLOGY"],
    ...       "LBSTRESN": [42.0, 0.1], "LBSTRESU": ["10^9/L", "10^9/L"], "LBSTNRLO": [125.0, 0.0]}
    >>> table, said = grade_table(lb)
    >>> table["ATOXGRL"].to_list(), said[-1]
    ([3, None], '1 row without a grade: no CTCAE v5.0 criterion for the test (BASO)')
    """
    frame = as_frame(rows)
    parameters = PARAMETERS.set(**settings)
    if terms.events(frame.columns) and not findings.domain(frame.columns):
        return terms.grade_events(frame)
    refuse_taken(frame.columns, LONG if long else WIDE)
    door = _Door(frame.columns, lambda read: [frame.select(read)], dm, parameters)
    work = term_rows if long else grade_columns
    graded, reasons = work(door.inputs(frame), parameters, frame)
    return graded, [*door.said(), *say(reasons)]


def _alone(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows in memory of their own: filtered text still holds on to the text it was part of."""
    return pl.DataFrame(pl.from_arrow(rows.to_arrow(compat_level=pl.CompatLevel.oldest())))


class _Door:
    """What is known of a table before its rows are graded: its kind, its baselines, its subjects' ages."""

    def __init__(
        self,
        columns: list[str],
        batches: Callable[[list[str]], Iterable[pl.DataFrame]],
        dm: Any,
        parameters: Parameters,
        keep: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows,
    ) -> None:
        self.columns = columns
        self.sdtm = findings.domain(columns) is not None
        if self.sdtm:
            self.ages = findings.read_ages(as_frame(dm)) if dm is not None else None
            self.read = findings.columns_read(columns)
            marked, albumin = [], []
            for batch in batches(self.read):
                marked.append(keep(findings.marked(batch)))
                albumin.append(keep(findings.albumins(batch)))
            flag, self.baselines, self.doubts = findings.baselines(pl.concat(marked))
            self.albumin = pl.concat(albumin)
            self.correct, self.corrected = parameters["correct_calcium"], 0
            self.flag = f"{findings.domain(columns)}{flag}"

    def inputs(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the plain columns of some rows of the table."""
        if not self.sdtm:
            return read_plain(rows)
        table = findings.read_findings(rows.select(self.read), self.flag)
        here = pl.col("subject").is_in(table["subject"].unique().implode())
        if self.correct:
            table, corrected = correct_calcium(table, self.albumin.filter(here), findings.SAMPLE)
            self.corrected += corrected
        return findings.plain(table.drop("visit"), self.baselines.filter(here), self.ages)

    def said(self) -> list[str]:
        """Name the columns that the table lacks, and what is doubtful about its baselines."""
        if self.sdtm:
            needed, optional = findings.absent(self.columns)
            optional += ["AGE of a DM table"] if self.ages is None else []
        else:
            needed, optional = INPUTS.absent(pl.DataFrame(schema=self.columns))
        said = [f"no column {', '.join(needed)}: unknown in every row"] if needed else []
        if optional:
            said.append(f"no column {', '.join(optional)}: not known of any row")
        said = ["; ".join(said)] if said else []
        if self.sdtm:
            said += self.doubts
            if self.corrected:
                said.append(
                    f"{_rows(self.corrected)} of calcium graded as corrected for the albumin of the sample"
                )
        return said


def grade_parquet(source: Path | str, target: Path | str, dm: Any = None, **settings: Any) -> list[str]:
    """Write the graded copy of a Parquet file, batch by batch; return a line for each reason without a grade.

    Memory does not grow with the file but for the baselines, which are read first. The copy appears whole or
    not at all.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    target, parameters = Path(target), PARAMETERS.set(**settings)
    reasons = Reasons()
    beside = target.with_name(f".{target.name}.part")
    try:
        with pq.ParquetFile(source) as file:
            schema = file.schema_arrow
            refuse_taken(schema.names, WIDE)
            empty = pl.DataFrame(schema=pl.read_parquet_schema(source))
            door = _Door(
                schema.names,
                lambda read: chain([empty.select(read)], _batches(file, read)),
                dm,
                parameters,
                _alone,
            )
            added = [pa.field(n, pa.int8() if n in GRADES else pa.large_string()) for n in WIDE]
            schema = pa.schema([*schema, *added], metadata=schema.metadata)
            with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
                for number, batch in enumerate(file.iter_batches(BATCH)):
                    graded, why = _grade_batch(door, batch, number * BATCH, parameters)
                    reasons.extend(why)
                    arrays = (graded[name].to_arrow(compat_level=pl.CompatLevel.oldest()) for name in WIDE)
                    writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=schema))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return [*door.said(), *say(reasons)]


def _batches(file: Any, read: list[str]) -> Iterator[pl.DataFrame]:
    for batch in file.iter_batches(BATCH, columns=read):
        yield pl.DataFrame(pl.from_arrow(batch))


def _grade_batch(
    door: _Door, batch: Any, before: int, parameters: Parameters
) -> tuple[pl.DataFrame, Reasons]:
    frame = as_frame(pl.from_arrow(batch))
    try:
        return grade_columns(door.inputs(frame), parameters, frame)
    except InputError as error:  # it counts rows from the start of the batch
        raise InputError(f"After row {before}, {error}" if before else str(error)) from None


def say(reasons: Reasons) -> list[str]:
    """Return one line per reason why rows have no grade."""
    counted = add_up(reasons)
    without_term = counted.filter(pl.col("term").is_null()).group_by("reason", maintain_order=True)
    lines = []
    for reason, tests, rows in without_term.agg(
        pl.col("test").drop_nulls(), pl.col("rows").sum()
    ).iter_rows():
        which = f" ({', '.join(tests)})" if tests else ""
        lines.append(f"{_rows(rows)} without a grade: {reason}{which}")
    for test, term, reason, rows in counted.filter(pl.col("term").is_not_null()).iter_rows():
        lines.append(f"{_rows(rows)} of {test} without a grade for {term}: {reason}")
    return lines


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
