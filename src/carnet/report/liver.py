"""The liver in the report: peak bilirubin against peak transaminase, and Hy's law."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.report import safety_figures, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Table, rows

OUTPUT = "14.3.4.5"
TITLE = "Liver: eDISH and Hy's law"
WORDS = {
    "TEMPLE'S COROLLARY": "Transaminase raised alone (Temple's corollary)",
    "CHOLESTASIS": "Bilirubin raised alone (cholestasis)",
    "HY'S LAW RANGE": "Both peaks raised (Hy's law range)",
    "HY'S LAW": "Hy's law: both within their windows, phosphatase not raised",
    "UNKNOWN": "Hy's law unknown: a value or limit is missing",
}


def exhibits(results: pl.DataFrame) -> Iterator[Exhibit]:
    """Yield the plot of the peaks of every patient and the counts by quadrant; nothing where no liver test was done."""
    found = tables.pick(results, OUTPUT)
    if found.is_empty():
        return
    counted = found.filter(pl.col("analysis_id").str.starts_with(f"{OUTPUT}/count/"))
    arms = counted["group"].n_unique() > 1
    header = ("Patients", *(("Arm",) if arms else ()), "n/N", "Exact 95 % CI")
    lines = [
        (
            WORDS[row["analysis_id"].rpartition("/")[2]],
            *((row["group"],) if arms else ()),
            tables.share(row),
            tables.between(row),
        )
        for row in counted.iter_rows(named=True)
    ]
    law = counted.filter(pl.col("analysis_id").str.ends_with("/HY'S LAW"), pl.col("n") == "0")
    said = tables.nobody(law.with_columns(kind=pl.lit("case of Hy's law")), "kind")
    shown = (Table("Patients by peak values after treatment began", header, rows(lines)),)
    yield Exhibit(OUTPUT, TITLE, shown, _plot(results), said)


def _plot(results: pl.DataFrame) -> tuple[Figure, ...]:
    peaks = (
        results.filter(pl.col("analysis_id").str.starts_with(f"{OUTPUT}/peak/"))
        .pivot("statistic", index=["analysis_id", "group"], values="value")
        .select(
            pl.col("analysis_id").str.split("/").list.get(2).alias("SUBJID"),
            pl.col("peak_transaminase").alias("x"),
            pl.col("peak_bilirubin").alias("y"),
        )
    )
    both = peaks.drop_nulls().filter((pl.col("x") > 0) & (pl.col("y") > 0))
    if both.is_empty():
        return ()
    absent = (
        f" {len(peaks) - len(both)} patients without both are not drawn." if len(both) < len(peaks) else ""
    )
    said = (
        "Peak total bilirubin against peak ALT or AST after treatment began, a point per patient, in multiples of the "
        f"upper limit of normal; the lines are the limits of Hy's law.{absent}"
    )
    return (Figure(svg(safety_figures.edish(both)), said),)
