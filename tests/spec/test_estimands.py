"""Estimands: one word in the study definition decides what an event between treatment and visit does."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from adam_tables import Trial, on
from carnet.adam import adrs
from carnet.adam.trial import prepare
from carnet.core.errors import DefinitionError
from carnet.study import Study, read

ACTIVE = {"arthritis": True, "rash": True, "low_complement": True}
VISITS = ("Month 2", "Month 3", "Month 4")


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """Return patients who all respond at every visit but: one is rescued on day 80, one had two infusions, one
    missed month 3, one left on day 70, one died on day 80."""
    trial = Trial()
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(130))
    trial.patient("rescued").patient("two", cells=2).patient("missed").patient("left").patient("died")
    seen = {"missed": ("D28", "M2", "M4"), "left": ("D28", "M2"), "died": ("D28", "M2")}
    for subject in ("rescued", "two", "missed", "left", "died"):
        trial.steroid(subject).assess(subject, "BL", sledai=ACTIVE, pga=2.0)
        for visit in seen.get(subject, ("D28", "M2", "M3", "M4")):
            trial.assess(subject, visit, pga=0.2)
    trial.take("rescued", start=80, CMTRT="X", CMCLAS="BIOLOGIC", CMINDC="SLE")
    for subject, day, code in (("left", 70, "WITHDRAWAL BY SUBJECT"), ("died", 80, "DEATH")):
        how = {"DSCAT": "DISPOSITION EVENT", "DSSCAT": "STUDY PARTICIPATION", "DSSTDTC": on(day)}
        trial.add("ds", subject, DSTERM=code, DSDECOD=code, **how)
    trial.rows["dm"][4] |= {"DTHDTC": on(80), "DTHFL": "Y"}
    return trial.tables()


def study(folder: Path, column: str, word: str) -> Study:
    """Return the built-in study with one word of its estimand COMPOSITE changed."""
    place = folder / f"{column}-{word}"
    shutil.copytree(str(files("carnet").joinpath("studies", "carnk_sle")), place)
    table = pl.read_csv(place / "estimands.csv", infer_schema=False)
    table = table.with_columns(
        pl.when(pl.col("id") == "COMPOSITE").then(pl.lit(word)).otherwise(column).alias(column)
    )
    table.write_csv(place / "estimands.csv")
    return read(place)


def course(made: pl.DataFrame, subject: str) -> str:
    """Return a letter per visit for SRI-4 as analysed: Y, N, or a dash where the visit does not count."""
    rows = made.filter(
        pl.col("SUBJID") == subject, pl.col("PARAMCD") == "SRI4", pl.col("ESTIMAND") == "COMPOSITE",
        pl.col("ANL01FL") == "Y",
    )  # fmt: skip
    at = dict(rows.select("AVISIT", "AVALC").iter_rows())
    return "".join(at.get(visit, "-") for visit in VISITS)


WORDS = """
    event           | word               | patient | months 2, 3, 4
    rescue          | composite          | rescued | YNN
    rescue          | treatment-policy   | rescued | YYY
    rescue          | while-on-treatment | rescued | Y--
    rescue          | hypothetical       | rescued | YNN
    fewer_infusions | treatment-policy   | two     | YYY
    fewer_infusions | composite          | two     | NNN
    fewer_infusions | while-on-treatment | two     | ---
    death           | composite          | died    | YNN
    death           | while-on-treatment | died    | Y--
    withdrawal      | composite          | left    | YNN
    withdrawal      | while-on-treatment | left    | Y--
    missing         | non-response       | missed  | YNY
    missing         | response           | missed  | YYY
    missing         | observed           | missed  | Y-Y
"""


@pytest.fixture(scope="module")
def lines() -> list[list[str]]:
    """Return the lines of the table below its header."""
    return [[cell.strip() for cell in line.split("|")] for line in WORDS.strip().splitlines()[1:]]


def verdicts(study: Study, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the verdicts of a trial."""
    given = prepare(study, tables)
    assert given.assessed is not None
    return adrs.derive(study, given.tables, given.assessed, given.taken, given.subjects)


def test_one_word_decides(
    tables: dict[str, pl.DataFrame], lines: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("sri4", "doris")
    monkeypatch.setattr(adrs, "criteria", lambda study: tuple(adrs.criterion(study, id) for id in few))
    for column, word, subject, expected in lines:
        made = verdicts(study(tmp_path, column, word), tables)
        assert course(made, subject) == expected, (column, word)


def test_a_word_that_means_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DefinitionError, match="COMPOSITE has 'composit' under rescue; write treatment-policy"
    ):
        study(tmp_path, "rescue", "composit")
