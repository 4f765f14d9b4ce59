"""The liver: how high transaminases and bilirubin rose in each patient, and who meets Hy's law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import SAFETY, long, people, sizes, with_bound, with_exact
from carnet.analysis.subset import SEVERAL, Own, Subset, eq, within

OUTPUT = "14.3.4.5"
PEAKS = ("peak_alt", "peak_ast", "peak_alp", "peak_transaminase", "peak_bilirubin")


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the peaks of each patient after treatment began in multiples of the upper limit, and counts of patients.

    Counted are the quadrants of eDISH that are not normal, Hy's law, and those in whom it is unknown: without any
    test, too. A patient without a value and its limit has an empty peak.
    """
    if "adlb" not in datasets:
        return
    from carnet.safety.hys_law import QUADRANTS, TESTS, hys_law

    here = Subset("ADLB", SAFETY, (eq("ONTRTFL", "Y"), within("PARAMCD", *TESTS)))
    rows = here.rows(datasets)
    if rows.is_empty():
        return
    judged = hys_law(
        rows.select(subject="SUBJID", test="PARAMCD", day="ADT", value="AVAL", uln="A1HI")
    ).rename({"subject": "SUBJID"})
    treated = datasets["adsl"].filter(pl.col(SAFETY) == "Y")
    found = treated.select("SUBJID", pl.col("TRT01A").alias("group")).join(
        judged, on="SUBJID", how="left", maintain_order="left"
    )
    peaks = found.with_columns(
        analysis=pl.format("peak/{}", "SUBJID"), reason=pl.lit("no value with an upper limit")
    )
    yield long(peaks, dict.fromkeys(PEAKS, "2"), output=OUTPUT, of=here.each(SUBJID="SUBJID"))
    kinds = {name: pl.col("quadrant") == name for name in QUADRANTS.values() if not name.startswith("NORMAL")}
    kinds |= {"HY'S LAW": pl.col("hys_law"), "UNKNOWN": pl.col("hys_law").is_null()}
    of = sizes(datasets["adsl"], SAFETY).with_columns(pl.col("N").cast(pl.Int64))
    counted = pl.concat(
        of.join(
            found.filter(condition)
            .group_by("group")
            .agg(pl.len().cast(pl.Int64).alias("n"), pl.col("SUBJID").sort().str.join(SEVERAL).alias("who")),
            on="group",
            how="left",
        ).with_columns(pl.col("n").fill_null(0), analysis=pl.format("count/{}", pl.lit(kind)))
        for kind, condition in kinds.items()
    )
    forms = {"n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1", "bound": "%1"}
    those = here.each(within("SUBJID", Own("who")))
    yield long(with_bound(with_exact(counted)), forms, output=OUTPUT, of=those, besides={"N": people(SAFETY)})
