"""IE and TI: the criteria of the trial, and those that a subject did not meet."""

from __future__ import annotations

import polars as pl

from carnet.study import Study


def criteria(study: Study) -> pl.DataFrame:
    """Return every criterion with its code: I05 is INCL05, E03 is EXCL03."""
    rows = [(f"{c.kind[:4]}{c.id[1:]}", c.label, c.kind) for c in study.criteria]
    return pl.DataFrame(
        rows, schema={"IETESTCD": pl.String, "IETEST": pl.String, "IECAT": pl.String}, orient="row"
    )


def failures(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the criteria that were not met: an inclusion answered N, an exclusion answered Y (CORE-000001).

    A failure keeps the number of its answer among the findings (FASEQ).
    """
    failed = rows.join(criteria(study), left_on="TESTCD", right_on="IETESTCD", maintain_order="left").filter(
        pl.col("STRESC") == pl.when(pl.col("IECAT") == "INCLUSION").then(pl.lit("N")).otherwise(pl.lit("Y"))
    )
    return failed.drop("TEST", "CAT")
