"""Liver: peaks of eDISH and the verdict of Hy's law, per treated patient."""

from __future__ import annotations

import polars as pl

from carnet.adam.flags import answer
from carnet.safety.hys_law import TESTS, hys_law

PEAKS = {
    "peak_alt": ("ALTPK", "Peak ALT (x ULN)"),
    "peak_ast": ("ASTPK", "Peak AST (x ULN)"),
    "peak_transaminase": ("TRANSPK", "Peak of ALT and AST (x ULN)"),
    "peak_bilirubin": ("BILIPK", "Peak total bilirubin (x ULN)"),
    "peak_alp": ("ALPPK", "Peak alkaline phosphatase (x ULN)"),
}
"""What eDISH plots: parameter and name."""


def liver(adlb: pl.DataFrame) -> pl.DataFrame:
    """Return a row per patient and parameter: peaks in multiples of the upper limit, quadrant, Hy's law (fdadili2009).

    Only values on treatment count; each is held against the limit of its own record.
    """
    rows = adlb.filter(pl.col("PARAMCD").is_in(list(TESTS)), pl.col("ONTRTFL") == "Y")
    found = hys_law(rows.select(subject="USUBJID", test="PARAMCD", day="ADT", value="AVAL", uln="A1HI"))
    found = found.rename({"subject": "USUBJID"})
    common = {"PARCAT1": pl.lit("LIVER"), "SRCDOM": pl.lit("ADLB"), "SRCVAR": pl.lit("AVAL")}
    parts = [
        found.select(
            "USUBJID", PARAMCD=pl.lit(code), PARAM=pl.lit(label), AVAL=name, AVALU=pl.lit("x ULN"), **common
        )
        for name, (code, label) in PEAKS.items()
    ]
    parts.append(
        found.select(
            "USUBJID", PARAMCD=pl.lit("EDISH"), PARAM=pl.lit("Quadrant of eDISH"), AVALC="quadrant", **common
        )
    )
    verdict = pl.col("hys_law")
    parts.append(
        found.select(
            "USUBJID", PARAMCD=pl.lit("HYSLAW"), PARAM=pl.lit("Hy's law"), AVAL=verdict.cast(pl.Float64),
            AVALC=answer(verdict), ADT="hys_law_day", **common,
        )
    )  # fmt: skip
    return pl.concat(parts, how="diagonal_relaxed")
