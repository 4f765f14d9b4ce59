"""Hy's law and eDISH: raised transaminases with raised bilirubin and no cholestasis, per subject."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.frame import as_frame
from carnet.core.parameter import read_parameters

PARAMETERS = read_parameters("carnet.safety", "parameters.csv", "hyslaw")

TRANSAMINASES = ("ALT", "AST")
TESTS = (*TRANSAMINASES, "BILI", "ALP")

QUADRANTS = {
    (False, False): "NORMAL OR NEAR NORMAL",
    (True, False): "TEMPLE'S COROLLARY",
    (False, True): "CHOLESTASIS",
    (True, True): "HY'S LAW RANGE",
}
"""Quadrants of the eDISH plot, by transaminase and bilirubin at their limits (watkins2011)."""


def hys_law(values: Any, **settings: Any) -> pl.DataFrame:
    """Return a row per subject: peaks in multiples of the upper limit, quadrant of eDISH, Hy's law (fdadili2009).

    `values` has `subject`, `test` (ALT, AST, BILI, ALP), `day` (a number or a date), `value` and `uln`, of the time
    that counts. Hy's law: ALT or AST at or above 3 times its limit, bilirubin above 2 times within 30 days from then,
    and phosphatase not above 2 times within 7 days around. It is unknown where the bilirubin was not measured in
    its window, the phosphatase not in its own, or a limit is missing that could decide. That no other cause explains
    it, the investigator says.

    >>> liver = {"subject": ["1"] * 3, "test": ["ALT", "BILI", "ALP"], "day": [10, 14, 10],
    ...          "value": [160.0, 45.0, 90.0], "uln": [40.0, 20.0, 120.0]}
    >>> hys_law(liver).select("peak_transaminase", "peak_bilirubin", "quadrant", "hys_law").row(0)
    (4.0, 2.25, "HY'S LAW RANGE", True)
    """
    chosen = PARAMETERS.set(**settings)
    rows = _times_limit(values)
    people = rows.select("subject").unique(maintain_order=True).sort("subject")
    peaks = rows.group_by("subject").agg(
        *(_peak(pl.col("test") == test).alias(f"peak_{test.lower()}") for test in TESTS),
        peak_transaminase=_peak(pl.col("test").is_in(TRANSAMINASES)),
        peak_bilirubin=_peak(pl.col("test") == "BILI"),
    ).drop("peak_bili")  # fmt: skip
    high_enzyme = pl.col("peak_transaminase") >= chosen["transaminase"]
    high_bilirubin = pl.col("peak_bilirubin") > chosen["bilirubin"]
    quadrant = pl.coalesce(
        pl.when((high_enzyme == enzyme) & (high_bilirubin == bilirubin)).then(pl.lit(name))
        for (enzyme, bilirubin), name in QUADRANTS.items()
    )
    found = people.join(peaks, on="subject", how="left", maintain_order="left").with_columns(
        quadrant=quadrant
    )
    verdicts = _verdicts(rows, {p.name: p.value for p in chosen})
    return found.join(verdicts, on="subject", how="left", maintain_order="left")


def _times_limit(values: Any) -> pl.DataFrame:
    """Return the values in multiples of their own upper limit; null where either is missing."""
    frame = as_frame(values)
    if lacking := [n for n in ("subject", "test", "day", "value", "uln") if n not in frame.columns]:
        raise InputError(f"The liver tests lack the columns {', '.join(lacking)}.")
    day = pl.col("day") if frame.schema["day"] == pl.Date else pl.col("day").cast(pl.Float64)
    limit = pl.when(pl.col("uln") > 0).then("uln")
    value = pl.col("value").cast(pl.Float64)
    value = pl.when(value.is_finite() & (value >= 0)).then(value)  # below 0 it is no result
    rows = frame.select(
        pl.col("subject").cast(pl.String), pl.col("test").str.strip_chars().str.to_uppercase(), day.alias("day"),
        times=(value / limit).round(6), taken=value.is_not_null(),
    )  # fmt: skip
    return rows.filter(pl.col("test").is_in(list(TESTS)), "taken")


def _peak(of: pl.Expr) -> pl.Expr:
    return pl.col("times").filter(of).max()


def _verdicts(rows: pl.DataFrame, chosen: dict[str, Any]) -> pl.DataFrame:
    """Return per subject the verdict, and the day of the first transaminase that meets it (or may)."""
    enzymes = rows.filter(pl.col("test").is_in(TRANSAMINASES)).select(
        "subject", start="day", high=pl.col("times") >= chosen["transaminase"]
    )
    enzymes = enzymes.filter(pl.col("high").ne_missing(False)).unique().with_row_index("_case")

    def near(test: str, before: int, after: int, high: pl.Expr) -> pl.DataFrame:
        """Return, per case, whether a value of a test near it is high: null where none decides."""
        other = rows.filter(pl.col("test") == test).select("subject", "day", high_there=high)
        pairs = enzymes.join(other, on="subject").with_columns(apart=_days_between("day", "start", rows))
        pairs = pairs.filter(pl.col("apart").is_between(-before, after))
        any_ = pl.col("high_there").any(ignore_nulls=False)
        return pairs.group_by("_case").agg(found=any_)

    times = pl.col("times")
    bilirubin = near(
        "BILI", chosen["bilirubin_before_days"], chosen["bilirubin_days"], times > chosen["bilirubin"]
    )
    cholestasis = near(
        "ALP", chosen["phosphatase_days"], chosen["phosphatase_days"], times > chosen["phosphatase"]
    )
    cases = enzymes.join(
        bilirubin.rename({"found": "jaundice"}), on="_case", how="left", maintain_order="left"
    )
    cases = cases.join(
        cholestasis.rename({"found": "cholestasis"}), on="_case", how="left", maintain_order="left"
    )
    cases = cases.with_columns(holds=pl.col("high") & pl.col("jaundice") & ~pl.col("cholestasis"))
    may = pl.col("start").filter(pl.col("holds").ne_missing(False)).min()
    sure = pl.col("start").filter(pl.col("holds")).min()
    verdicts = cases.group_by("subject").agg(
        hys_law=pl.col("holds").any(ignore_nulls=False), hys_law_day=pl.coalesce(sure, may)
    )
    measured = rows.filter(pl.col("test").is_in(TRANSAMINASES)).select("subject").unique()
    table = measured.join(verdicts, on="subject", how="left", maintain_order="left")
    never = ~pl.col("subject").is_in(verdicts["subject"].implode())
    return table.with_columns(hys_law=pl.when(never).then(False).otherwise("hys_law"))


def _days_between(later: str, earlier: str, rows: pl.DataFrame) -> pl.Expr:
    gap = pl.col(later) - pl.col(earlier)
    return gap.dt.total_days() if rows.schema["day"] == pl.Date else gap
