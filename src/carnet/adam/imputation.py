"""Imputation of a verdict that is not known: as non-response, at its best and at its worst."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.adam.flags import answer, mark

NEVER = ("RESCUE",)
"""What is not imputed: whether a rescue had begun is a fact of treatment, no verdict."""

FLARES = ("BFLARE", "SFI", "RNFLARE")
"""Criteria whose fulfilment is bad: not imputed as non-response; their best case is no flare."""


def impute(rows: pl.DataFrame, missing: Mapping[str, str]) -> pl.DataFrame:
    """Return the observed rows, and for each unknown one others that take it as non-response, at best, at worst.

    ANL01FL marks one row per visit for the main analysis: the observed one if it is known, else the one that takes it
    as the estimand does (`missing`): as non-response (DTYPE NRI), as response (BC), or none. ANL02FL marks the
    observed rows. ANL03FL and ANL04FL mark one row per visit for the best and the worst case: the known ones, else
    DTYPE BC and WC; the worst case of a response is its NRI row.
    NRIREAS tells why a verdict was not observed.
    """
    unknown = pl.col("AVAL").is_null()
    imputable = ~pl.col("PARAMCD").is_in(NEVER)
    flare = pl.col("PARENT").is_in(FLARES)
    known = mark(~unknown)
    rows = rows.with_columns(
        DTYPE=pl.lit(None, pl.String), ANL01FL=known, ANL02FL=pl.lit("Y"), ANL03FL=known, ANL04FL=known,
        NRIREAS=pl.when(unknown & imputable).then("reason").otherwise("event"),
    )  # fmt: skip
    absent = rows.filter(unknown, imputable)
    cases = [
        rows,
        _case(absent.filter(~flare), "NRI", pl.lit(0.0), "ANL04FL"),
        _case(absent, "BC", pl.when(flare).then(0.0).otherwise(1.0), "ANL03FL"),
        _case(absent.filter(flare), "WC", pl.lit(1.0), "ANL04FL"),
    ]
    cases[1:3] = [
        _for_main(case, [id for id, rule in missing.items() if rule == taken], flare)
        for case, taken in zip(cases[1:3], ("non-response", "response"), strict=True)
    ]
    return pl.concat(cases).with_columns(AVALC=answer(pl.col("AVAL") == 1))


def _for_main(rows: pl.DataFrame, estimands: list[str], flare: pl.Expr) -> pl.DataFrame:
    """Return the rows marked for the main analysis of these estimands; a flare is not imputed there."""
    return rows.with_columns(ANL01FL=mark(pl.col("ESTIMAND").is_in(estimands) & ~flare))


def _case(rows: pl.DataFrame, dtype: str, value: pl.Expr, *flags: str) -> pl.DataFrame:
    """Return the rows with a value in place of the unknown one, marked for the analyses that use it."""
    marks = {f"ANL0{n}FL": pl.lit("Y" if f"ANL0{n}FL" in flags else None, pl.String) for n in range(1, 5)}
    return rows.with_columns(AVAL=value, DTYPE=pl.lit(dtype), **marks)
