"""Supplemental qualifiers: SUPP-- rows as columns beside the rows that they qualify."""

from __future__ import annotations

import polars as pl


def with_supplement(
    rows: pl.DataFrame, tables: dict[str, pl.DataFrame], domain: str, names: list[str]
) -> pl.DataFrame:
    """Return the rows of a domain with a text column per QNAM of its SUPP-- table; null where there is none.

    A qualifier hangs on the row that IDVAR and IDVARVAL tell (--SEQ, --GRPID), or, without IDVAR, on the subject.
    """
    absent = [pl.lit(None, pl.String).alias(name) for name in names if name not in rows.columns]
    supp = tables.get(f"supp{domain.lower()}")
    if supp is None:
        return rows.with_columns(absent)
    supp = supp.filter(pl.col("QNAM").is_in(names)).with_columns(pl.col("IDVAR").fill_null(""))
    for idvar in supp["IDVAR"].unique().sort():
        part = supp.filter(pl.col("IDVAR") == idvar)
        keys = ["USUBJID", "IDVARVAL"] if idvar else ["USUBJID"]
        wide = part.select(*keys, "QNAM", "QVAL").pivot(
            "QNAM", index=keys, values="QVAL", aggregate_function="first"
        )
        new = [name for name in wide.columns if name not in keys]
        if idvar:
            rows = rows.with_columns(IDVARVAL=pl.col(idvar).cast(pl.String))
        rows = rows.join(wide, on=keys, how="left", maintain_order="left", suffix="_supp").drop(
            "IDVARVAL", strict=False
        )
        twice = [name for name in new if f"{name}_supp" in rows.columns]
        rows = rows.with_columns(pl.coalesce(name, f"{name}_supp").alias(name) for name in twice)
        rows = rows.drop(f"{name}_supp" for name in twice)
    return rows.with_columns(
        pl.lit(None, pl.String).alias(name) for name in names if name not in rows.columns
    )
