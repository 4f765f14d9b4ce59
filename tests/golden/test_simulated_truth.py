"""A whole invented trial against its truth: without gaps and errors, the pipeline finds what is true."""

from __future__ import annotations

import polars as pl
import pytest

from carnet import adam, sdtm
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.simulate import Simulation, trial
from carnet.study import Study, read

WITHOUT_GAPS = dict.fromkeys(
    (
        "missing.sample", "missing.value", "missing.urine_24h", "missing.bilag", "missing.form", "missing.sledai_item",
        "missing.not_judged", "missing.kinetics", "missing.haemolysed", "calendar.missed", "calendar.missed_rise",
        "calendar.unscheduled", "mistakes.times", "correction.chance", "crs.mismatch",
    ),
    0.0,
)  # fmt: skip
"""Settings under which everything due is done and everything entered is right."""


@pytest.fixture(scope="module")
def study() -> Study:
    return read()


@pytest.fixture(scope="module")
def perfect(study: Study) -> tuple[Simulation, dict[str, pl.DataFrame]]:
    made = trial(study, seed=1, settings=WITHOUT_GAPS)
    return made, adam.derive(study, sdtm.tabulate(study, made.entries))


def subject() -> pl.Expr:
    return pl.col("USUBJID").str.split("-").list.last().alias("subject")


def visits(study: Study) -> dict[str, str]:
    return {window.avisit: window.visit for window in study.windows}


@pytest.mark.parametrize("criterion", ["SRI4", "DORIS", "LLDAS"])
def test_every_verdict_is_the_true_one(perfect, study: Study, criterion: str):
    made, datasets = perfect
    rows = datasets["adrs"].filter((pl.col("PARAMCD") == criterion) & (pl.col("ESTIMAND") == "REGISTERED"))
    found = rows.select(
        subject(), pl.col("AVISIT").replace_strict(visits(study), default=None).alias("visit"), found="AVALC"
    )
    true = (
        made.truth["response"]
        .filter(pl.col("visit") != "D14")
        .select("subject", "visit", true=criterion.lower())
    )
    both = true.join(found, on=["subject", "visit"], how="left")
    assert len(both) == len(true) > 60
    wrong = both.filter((pl.col("found").fill_null("?") == "Y") != pl.col("true"))
    assert wrong.is_empty(), wrong
    assert both["found"].null_count() == 0
    assert 0 < both["true"].sum() < len(both)


def test_every_score_is_the_true_one(perfect, study: Study):
    made, datasets = perfect
    names = {"SLEDAI2K": "sledai2k", "SLEDCLIN": "sledai2k_clinical", "PGA": "pga", "PREDEQ": "prednisone"}
    rows = datasets["adqs"].filter(pl.col("PARAMCD").is_in(list(names)) & (pl.col("ANL01FL") == "Y"))
    found = rows.select(
        subject(),
        pl.col("AVISIT").replace_strict(visits(study), default=None).alias("visit"),
        pl.col("PARAMCD").replace_strict(names).alias("score"),
        "AVAL",
    )
    true = (
        made.truth["response"]
        .filter(pl.col("visit") != "D14")
        .unpivot(list(names.values()), index=["subject", "visit"], variable_name="score", value_name="true")
    )
    both = true.join(found, on=["subject", "visit", "score"], how="left")
    wrong = both.filter((pl.col("AVAL") - pl.col("true")).abs().fill_null(1) > 1e-9)
    assert wrong.is_empty(), wrong


def test_every_bilag_grade_is_the_true_one(perfect, study: Study):
    made, datasets = perfect
    short = {f"BLG4{system[:3].upper()}": system for system in SYSTEMS} | {"BLG4MSK": "musculoskeletal"}
    rows = datasets["adqs"].filter(pl.col("PARAMCD").is_in(list(short)) & (pl.col("ANL01FL") == "Y"))
    found = rows.select(
        subject(),
        pl.col("AVISIT").replace_strict(visits(study), default=None).alias("visit"),
        pl.col("PARAMCD").replace_strict(short).alias("system"),
        "AVALC",
    )
    true = made.truth["response"].filter(pl.col("visit") != "D14")
    true = true.unpivot(
        [f"bilag_{system}" for system in SYSTEMS],
        index=["subject", "visit"],
        variable_name="system",
        value_name="true",
    )
    both = true.with_columns(pl.col("system").str.strip_prefix("bilag_")).join(
        found, on=["subject", "visit", "system"], how="left"
    )
    wrong = both.filter(pl.col("AVALC").fill_null("?") != pl.col("true"))
    assert wrong.is_empty(), wrong


def test_peaks_of_the_cells_are_near_the_true_ones(study: Study):
    """Without assay noise the highest sample is a little below the true peak and never above it."""
    made = trial(study, seed=1, settings={**WITHOUT_GAPS, "cells.assay_sd": 0.0})
    datasets = adam.derive(study, sdtm.tabulate(study, made.entries))
    rows = datasets["adpp"].filter((pl.col("SCOPE") == "overall") & (pl.col("ANALYTE") == "CARTG"))
    found = rows.filter(pl.col("PARAMCD").is_in(["CMAX", "TMAX"])).pivot(
        on="PARAMCD", index="USUBJID", values="AVAL"
    )
    both = (
        made.truth["patients"].filter("treated").join(found.with_columns(subject()), on="subject", how="left")
    )
    assert len(both) == 10
    share = both["CMAX"] / both["cmax"]
    assert share.is_between(0.7, 1.001).all(), both
    # the peaks after two infusions may be nearly equal, and the samples then meet the other one
    assert (both["TMAX"] - both["tmax"]).abs().median() < 0.5


def test_every_patient_is_in_the_right_population(perfect):
    made, datasets = perfect
    flags = datasets["adsl"].select(subject(), "SCRNFL", "SAFFL", "CARFL")
    both = made.truth["patients"].join(flags, on="subject")
    assert (both["SCRNFL"] == "Y").all()
    assert ((both["SAFFL"] == "Y") == both["treated"]).all()
    assert ((both["CARFL"] == "Y") == both["treated"]).all()


def test_with_gaps_a_known_verdict_is_still_the_true_one(study: Study):
    """Missing values make a verdict unknown; unless a due item was never asked, they do not turn it round."""
    made = trial(study, seed=2, settings={"mistakes.times": 0})
    datasets = adam.derive(study, sdtm.tabulate(study, made.entries))
    rows = datasets["adrs"].filter(
        (pl.col("PARAMCD") == "SRI4") & (pl.col("ESTIMAND") == "REGISTERED") & pl.col("DTYPE").is_null()
    )
    found = rows.select(
        subject(), pl.col("AVISIT").replace_strict(visits(study), default=None).alias("visit"), found="AVALC"
    )
    both = (
        made.truth["response"].join(found, on=["subject", "visit"]).filter(pl.col("found").is_in(["Y", "N"]))
    )
    agree = ((both["found"] == "Y") == both["sri4"]).mean()
    assert agree > 0.97
