"""The main result of an output in one line."""

from __future__ import annotations

import polars as pl

from carnet.report import tables

MAIN_VISIT = "Month 6"
"""The visit that a one-line answer quotes; the tables have them all."""


def headline(results: pl.DataFrame, output: str, paramcd: str = "") -> str:
    """Return one line for an output (and parameter); empty where it has no result."""
    where = {"paramcd": paramcd} if paramcd else {}
    found = tables.pick(results, output, **where)
    if found.is_empty():
        return ""
    if output in ("14.2.1", "14.2.3", "14.2.4"):
        row = found.filter((pl.col("estimand") == "REGISTERED") & (pl.col("avisit") == MAIN_VISIT)).to_dicts()
        return f"{MAIN_VISIT}: {tables.share(row[0])}, 95 % CI {tables.between(row[0])}" if row else ""
    if output == "14.2.21":
        whole = found.filter(pl.col("analysis_id").str.contains("/overall/")).to_dicts()
        return "; ".join(
            f"{row['analysis_id'].split('/', 3)[3]}: median {row['median']} ({row['min']} to {row['max']})"
            for row in whole
        )
    if "change_median" in found.columns:
        row = found.filter(pl.col("avisit") == MAIN_VISIT).to_dicts()
        return (
            f"{MAIN_VISIT}: median change {row[0]['change_median']} "
            f"({row[0]['change_min']} to {row[0]['change_max']}), n = {row[0]['change_n']}"
            if row and row[0]["change_median"]
            else ""
        )
    if output == "14.3.1.1":
        kinds = {
            row["analysis_id"].partition("/")[2]: row
            for row in found.filter(pl.col("population") == "SAFFL").to_dicts()
        }
        wanted = [
            ("Any adverse event", "any"),
            ("Grade 3 or worse", "grade 3 or worse"),
            ("Serious", "serious"),
        ]
        return "; ".join(f"{words} {tables.share(kinds[kind])}" for kind, words in wanted if kind in kinds)
    if output == "14.3.1.2":
        row = found.filter(
            (pl.col("population") == "SAFFL") & pl.col("analysis_id").str.ends_with("//")
        ).to_dicts()
        grades = ", ".join(f"grade {g}: {row[0][f'grade{g}']}" for g in range(1, 6)) if row else ""
        return f"patients by worst grade: {grades}" if grades else ""
    if "worse" in found.columns:
        worse = (
            results.filter(
                (pl.col("output_id") == output) & (pl.col("statistic").is_in(["grade3", "grade4"]))
            )
            .group_by("paramcd")
            .agg(pl.col("value").sum())
        )
        severe = worse.filter(pl.col("value") > 0)
        return f"{found['paramcd'].n_unique()} tests graded; grade 3 or 4 in {len(severe)} of them"
    return ""
