"""Imputation of a verdict that is not known: as non-response, at its best and at its worst."""

from __future__ import annotations

import polars as pl

from carnet.adam.flags import answer, mark

NEVER = ("RESCUE",)
"""What is not imputed: whether a rescue had begun is a fact of treatment, no verdict."""

FLARES = ("BFLARE", "SFI")
"""Criteria whose fulfilment is bad: not imputed as non-response; their best case is no flare."""


def impute(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the observed rows, and for each unknown one others that take it as non-response, at best, at worst.

    ANL01FL marks one row per visit for the main analysis: the observed one if it is known, else the one imputed as
    non-response (DTYPE NRI). ANL02FL marks the observed rows. ANL03FL and ANL04FL mark one row per visit for the
    best and the worst case: the known ones, else DTYPE BC and WC; the worst case of a response is its NRI row.
    NRIREAS tells why a verdict was not observed.
    """
    unknown = pl.col("AVAL").is_null()
    imputable = ~pl.col("PARAMCD").is_in(NEVER)
    flare = pl.col("PARENT").is_in(FLARES)
    known = mark(~unknown)
    rows = rows.with_columns(
        DTYPE=pl.lit(None, pl.String), ANL01FL=known, ANL02FL=pl.lit("Y"), ANL03FL=known, ANL04FL=known,
        NRIREAS=pl.when(unknown & imputable).then("reason").when("rescued").then(pl.lit("RESCUE")),
    )  # fmt: skip
    missing = rows.filter(unknown, imputable)
    cases = [
        rows,
        _case(missing.filter(~flare), "NRI", pl.lit(0.0), "ANL01FL", "ANL04FL"),
        _case(missing, "BC", pl.when(flare).then(0.0).otherwise(1.0), "ANL03FL"),
        _case(missing.filter(flare), "WC", pl.lit(1.0), "ANL04FL"),
    ]
    return pl.concat(cases).with_columns(AVALC=answer(pl.col("AVAL") == 1))


def _case(rows: pl.DataFrame, dtype: str, value: pl.Expr, *flags: str) -> pl.DataFrame:
    """Return the rows with a value in place of the unknown one, marked for the analyses that use it."""
    marks = {f"ANL0{n}FL": pl.lit("Y" if f"ANL0{n}FL" in flags else None, pl.String) for n in range(1, 5)}
    return rows.with_columns(AVAL=value, DTYPE=pl.lit(dtype), **marks)
