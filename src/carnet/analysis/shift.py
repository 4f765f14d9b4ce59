"""Graded laboratory values and vital signs: baseline grade against the worst grade after treatment began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import SAFETY, long, with_exact
from carnet.analysis.subset import SEVERAL, Own, Subset, eq, present, within

OUTPUTS = {"adlb": "14.3.4.2", "advs": "14.3.5.2"}
DIRECTIONS = ("L", "H")


SEVERE = 3
"""From this grade on a value is counted as severe (14.3.4.3)."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per term and direction, patients by baseline grade and worst later grade, and the severe ones in sum.

    A patient counts once per term, whatever tests it was graded by: the pair of blood pressures and a pressure
    without its other half are one Hypertension, calcium with and without its albumin one Hypocalcemia.
    """
    for name, output in OUTPUTS.items():
        if name not in datasets:
            continue
        for direction in DIRECTIONS:
            here = Subset(name.upper(), SAFETY, (eq("ONTRTFL", "Y"), present(f"ATOXDSC{direction}")))
            worst = worst_grades(here.rows(datasets), direction)
            yield _shift(worst, here, direction, output)
            yield _severe(worst, here, direction)


def worst_grades(rows: pl.DataFrame, direction: str) -> pl.DataFrame:
    """Return baseline and worst later grade per patient and term of one direction, of its records on treatment.

    `worst` is empty where no value of the patient could be graded. PARAMCD has the tests behind the term.
    """
    term, grade, base = (
        f"ATOXDSC{direction}",
        pl.col(f"ATOXGR{direction}").cast(pl.Int64),
        pl.col(f"BTOXGR{direction}").cast(pl.Int64),
    )
    kept = rows.rename({term: "term", "TRTA": "group"})
    graded = grade.is_not_null().any().over("term", "PARAMCD")
    tests = kept.filter(graded).group_by("term").agg(pl.col("PARAMCD").unique().sort().str.join("+"))
    return (
        kept.group_by("term", "group", "USUBJID")
        .agg(grade.max().alias("worst"), base.max().alias("base"))
        .join(tests, on="term")
    )


def _shift(worst: pl.DataFrame, here: Subset, direction: str, output: str) -> pl.DataFrame:
    counts = worst.group_by("PARAMCD", "term", "group", "base").agg(
        pl.col("worst").count().alias("n"),
        *((pl.col("worst") == g).sum().alias(f"grade{g}") for g in range(5)),
        pl.col("worst").is_null().sum().alias("ungraded"),
        (pl.col("worst") > pl.col("base").fill_null(0)).sum().alias("worse"),
        pl.col("USUBJID").sort().str.join(SEVERAL).alias("patients"),
    )
    counts = counts.sort("term", "group", "base", nulls_last=True).with_columns(
        pl.format(
            "{}/{}/{}/{}",
            "PARAMCD",
            "term",
            pl.lit(direction),
            pl.col("base").cast(pl.String).fill_null("missing"),
        ).alias("analysis"),
        pl.col("PARAMCD").alias("paramcd"),
    )
    forms = dict.fromkeys(("n", *(f"grade{g}" for g in range(5)), "ungraded", "worse"), "0")
    return long(
        counts,
        forms,
        output=output,
        of=here.each(within("USUBJID", Own("patients")), **{f"ATOXDSC{direction}": "term"}),
    )


def _severe(worst: pl.DataFrame, here: Subset, direction: str) -> pl.DataFrame:
    """Count, per term, the patients with a grade, those with a severe one, and those it is new in since baseline."""
    severe = pl.col("worst") >= SEVERE
    counts = (
        worst.filter(pl.col("worst").is_not_null())
        .group_by("PARAMCD", "term", "group")
        .agg(
            pl.len().cast(pl.Int64).alias("N"),
            severe.sum().cast(pl.Int64).alias("n"),
            (severe & (pl.col("worst") > pl.col("base").fill_null(0))).sum().alias("new"),
            (pl.col("worst") == 4).sum().alias("grade4"),
        )
        .sort("term", "group")
        .with_columns(
            pl.format("{}/{}/{}", "PARAMCD", "term", pl.lit(direction)).alias("analysis"),
            pl.col("PARAMCD").alias("paramcd"),
        )
    )
    forms = {"n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1", "new": "0", "grade4": "0"}
    graded = here.where(present(f"ATOXGR{direction}")).each(**{f"ATOXDSC{direction}": "term"})
    return long(with_exact(counts), forms, output="14.3.4.3", of=graded)
