"""Review of treatment: how far the logs are known to be complete, and what the physician says of the treatment."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import day

TESTS = {"CMREVIEW": "complete", "NOSTEROI": "takes_none", "STDTREAT": "standard_treatment"}
"""The three questions of the review, by test code."""


def reviews(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the reviews: USUBJID, date, and the three answers as Booleans."""
    schema = {"USUBJID": pl.String(), "date": pl.Date(), **dict.fromkeys(TESTS.values(), pl.Boolean())}
    empty = pl.DataFrame(schema=schema)
    if "fa" not in tables:
        return empty
    rows = tables["fa"].filter(pl.col("FATESTCD").is_in(list(TESTS))).select(
        "USUBJID", date=day("FADTC"), test=pl.col("FATESTCD").replace_strict(TESTS, return_dtype=pl.String),
        answer=pl.col("FASTRESC").replace_strict({"Y": True, "N": False}, default=None, return_dtype=pl.Boolean),
    ).filter(pl.col("date").is_not_null())  # fmt: skip
    if rows.is_empty():
        return empty
    wide = rows.pivot("test", index=["USUBJID", "date"], values="answer", aggregate_function="last")
    return pl.concat([empty, wide], how="diagonal").sort("USUBJID", "date")


def with_review(rows: pl.DataFrame, found: pl.DataFrame, slack: int) -> pl.DataFrame:
    """Return the rows with `reviewed`, `takes_none` and `standard_treatment` at their `date`.

    The logs are reviewed where a review on that day, up to `slack` days before it or at any time later, calls them
    complete. The other two answers are those of the nearest review within `slack` days.
    """
    last = found.filter(pl.col("complete")).group_by("USUBJID").agg(_last=pl.col("date").max())
    answers = found.select("USUBJID", "date", "takes_none", "standard_treatment")
    return (
        rows.join(last, on="USUBJID", how="left", maintain_order="left")
        .with_columns(reviewed=(pl.col("_last") >= pl.col("date") - pl.duration(days=slack)).fill_null(False))
        .sort("date", maintain_order=True)
        .join_asof(
            answers.sort("date"),
            on="date",
            by="USUBJID",
            strategy="nearest",
            tolerance=f"{slack}d",
            check_sortedness=False,
        )
        .drop("_last")
    )
