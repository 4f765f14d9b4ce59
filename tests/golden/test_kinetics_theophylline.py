"""Theophylline, the example of every kinetics program: the numbers that Phoenix, NonCompart and PKNCA print.

Their first sample, at time 0, is a baseline here: left out, so that the level runs from 0. Subject 1's 0.74
is worth the triangle under it; subjects 2 and 3 have 0 there.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from carnet.kinetics.nca import parameters

PRINTED = {
    ("1", "linear"): 148.92305,
    ("2", "linear"): 91.52680,
    ("3", "linear"): 99.28650,
    ("1", "linear-up-log-down"): 147.234748,
    ("2", "linear-up-log-down"): 88.731275,
    ("3", "linear-up-log-down"): 95.878198,
}
"""Area to the last level in mg h/L (kim2018 and Phoenix WinNonlin, to the digits printed)."""

PEAK = {"1": (10.5, 1.12), "2": (8.33, 1.92), "3": (8.2, 1.02)}
LAST = {"1": (3.28, 24.37), "2": (0.9, 24.3), "3": (1.05, 24.17)}
BASELINE = {"1": 0.74 * 0.25 / 2, "2": 0.0, "3": 0.0}


@pytest.fixture(scope="module")
def conc() -> pl.DataFrame:
    rows = pl.read_csv(
        Path(__file__).parent / "kinetics_theophylline.csv", schema_overrides={"subject": pl.String}
    )
    return rows.with_columns(analyte=pl.lit("THEO"), lloq=pl.lit(0.05), unit=pl.lit("mg/L"))


def value(found: pl.DataFrame, subject: str, code: str, **more: str) -> float:
    return found.filter(subject=subject, scope="overall", PPTESTCD=code, **more)["PPSTRESN"].item()


@pytest.mark.parametrize(("subject", "auc"), PRINTED, ids=[f"{s} {m}" for s, m in PRINTED])
def test_area_to_the_last_level(conc, subject, auc):
    """Read as days the times keep their numbers, and the area its digits."""
    found = value(parameters(conc, auc=auc), subject, "AUCLST")
    assert found + BASELINE[subject] == pytest.approx(PRINTED[subject, auc], abs=5e-6)


@pytest.mark.parametrize("subject", PEAK)
def test_peak_and_last_level(conc, subject):
    found = parameters(conc)
    assert (value(found, subject, "CMAX"), value(found, subject, "TMAX")) == PEAK[subject]
    assert (value(found, subject, "CLST"), value(found, subject, "TLST")) == LAST[subject]


def test_area_to_12_hours_of_subject_1(conc):
    """NonCompart's running area of subject 1 at 12.12 h, here as the end of a window."""
    found = value(parameters(conc, windows=["P0D/P12DT2H52M48S"]), "1", "AUCINT")
    assert found + BASELINE["1"] == pytest.approx(92.36544, abs=5e-5)


@pytest.mark.parametrize("auc", ["linear", "linear-up-log-down", "linear-log"])
def test_windows_add_up(conc, auc):
    """Cut where one likes, the pieces make the whole: interpolation follows the rule of the segment."""
    pieces = ["P0D/P3D", "P3D/P10DT7H", "P10DT7H/P20D", "P20D/P28D"]
    found = parameters(conc, auc=auc, windows=pieces)
    areas = found.filter(PPTESTCD="AUCINT").group_by("subject").agg(pl.col("PPSTRESN").sum())
    for subject, total in areas.iter_rows():
        assert total == pytest.approx(value(found, subject, "AUCLST"), rel=1e-12)


def test_hours_told_as_hours(conc):
    """In hours the area comes out in day x unit."""
    found = parameters(conc, auc="linear", time_unit="h")
    assert value(found, "2", "AUCLST") * 24 == pytest.approx(91.52680, abs=5e-5)
    assert found.filter(PPTESTCD="AUCLST")["PPSTRESU"].unique().to_list() == ["day*mg/L"]
