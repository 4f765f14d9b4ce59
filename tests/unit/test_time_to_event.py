"""Times to an event, from the analysis dataset to the results."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from carnet.adam import adtte
from carnet.analysis import survival
from carnet.study import read

DAY_0 = date(2025, 3, 10)


def day(number: int) -> date:
    """Return the date of a protocol day."""
    return DAY_0 + timedelta(days=number)


ADSL = pl.DataFrame(
    [
        {"STUDYID": "S", "USUBJID": id, "SUBJID": id, "TRT01A": "CELLS", "SAFFL": "Y", "CARFL": "Y", "TRTSDT": day(-5),
         "CARSDT": DAY_0, "DTHDT": day(100) if id == "died" else None}
        for id in ("well", "flared", "died", "never", "once")
    ],
    schema_overrides={"DTHDT": pl.Date},
)  # fmt: skip


def verdict(subject: str, paramcd: str, at: int, met: bool | None) -> dict[str, object]:
    """Return a verdict of a patient on a day."""
    value = None if met is None else float(met)
    return {"USUBJID": subject, "ESTIMAND": "REGISTERED", "PARAMCD": paramcd, "ADT": day(at), "AVAL": value,
            "ANL02FL": "Y"}  # fmt: skip


def count(subject: str, values: dict[int, float]) -> list[dict[str, object]]:
    """Return the B cells of a patient by day."""
    return [
        {"USUBJID": subject, "PARAMCD": "BLYCE", "ADT": day(at), "ADTM": None, "SRCSEQ": n, "AVAL": value}
        for n, (at, value) in enumerate(values.items())
    ]


@pytest.fixture(scope="module")
def made() -> pl.DataFrame:
    """Return the times of five patients."""
    adrs = pl.DataFrame(
        [
            verdict("well", "SRI4", 28, False), verdict("well", "SRI4", 61, True),
            verdict("well", "BFLARE", 61, True), verdict("well", "BFLARE", 91, False),
            verdict("flared", "SRI4", 28, True), verdict("flared", "BFLARE", 61, None),
            verdict("flared", "BFLARE", 91, True), verdict("died", "SRI4", 61, False),
            verdict("never", "SRI4", 28, False), verdict("never", "SRI4", 91, None),
            verdict("well", "DORIS", 61, True), verdict("flared", "DORIS", 61, False),
            verdict("well", "DORISSUS", 61, True), verdict("flared", "DORISSUS", 61, False),
        ]
    )  # fmt: skip
    adcp = pl.DataFrame(
        [
            *count("well", {-6: 90, -1: 4, 1: 12, 3: 8, 28: 12, 61: 3, 91: 14, 122: 20}),
            *count("never", {1: 40, 28: 50}),
            *count("once", {1: 5, 28: 9, 61: 14}),
        ],
        schema_overrides={"ADTM": pl.Datetime},
    )
    return adtte.derive(read(), adrs, adcp, ADSL)


TIMES = """
    parameter | patient | days | event
    TTSRI4    | well    | 61   | 0
    TTSRI4    | flared  | 28   | 0
    TTSRI4    | died    | 100  | 2
    TTSRI4    | never   | 28   | 1
    TTDORSUS  | well    | 61   | 0
    TTDORSUS  | flared  | 61   | 1
    TTBFLARE  | well    | 30   | 1
    TTBFLARE  | flared  | 63   | 0
    TTBCELL   | well    | 88   | 0
    TTBCELL   | once    | 27   | 1
"""


def test_each_time_runs_from_its_own_origin(made: pl.DataFrame) -> None:
    """A flare before the response does not count; one value above the limit is no recovery, before or at the end."""
    lines = [[cell.strip() for cell in line.split("|")] for line in TIMES.strip().splitlines()[1:]]
    found = {(p, s): (a, c) for p, s, a, c in made.select("PARAMCD", "SUBJID", "AVAL", "CNSR").iter_rows()}
    expected = {(p, s): (float(days), int(event)) for p, s, days, event in lines}
    assert {key: found[key] for key in expected} == expected
    assert not {("TTBFLARE", "never"), ("TTBCELL", "never"), ("TTBCELL", "died")} & set(found)


def results(rows: list[tuple[float, int]]) -> pl.DataFrame:
    """Return the results of the time to SRI-4 for these days and kinds of end."""
    adtte_ = pl.DataFrame(
        [{"USUBJID": str(n), "CARFL": "Y", "TRTA": "CELLS", "PARAMCD": "TTSRI4", "ESTIMAND": "REGISTERED", "AVAL": t,
          "CNSR": c} for n, (t, c) in enumerate(rows)]
    )  # fmt: skip
    window = SimpleNamespace(avisit="Month 2", target=61)
    study = SimpleNamespace(windows=(window,), estimands=(SimpleNamespace(id="REGISTERED"),))
    return pl.concat(survival.estimate(study, {"adtte": adtte_}))


def values(found: pl.DataFrame, at: str) -> dict[str, float | None]:
    """Return the numbers of one row of the analysis."""
    return dict(
        found.filter(pl.col("analysis_id") == f"F14.2.7/TTSRI4/REGISTERED{at}")
        .select("statistic", "value")
        .iter_rows()
    )


def test_curve_median_and_visits() -> None:
    """By hand: of four at day 28 one has it; of two at day 91 one; the share without is 3/4, then 3/8."""
    found = results([(28.0, 0), (61.0, 1), (91.0, 0), (120.0, 1)])
    whole = values(found, "")
    assert [whole[name] for name in ("N", "events", "died", "censored", "median")] == [4, 2, 0, 2, 91]
    assert whole["upper"] is None
    assert values(found, "/day 91")["without"] == 0.375
    assert values(found, "/day 91")["having"] == 0.625
    assert [values(found, "/Month 2")[name] for name in ("at_risk", "without")] == [3, 0.75]
    assert values(found, "/day 61")["censored"] == 1


def test_a_death_precludes_the_event() -> None:
    """Of three at risk after a death one has it: 1 - Kaplan-Meier says 1/3, the incidence beside death 1/4."""
    at = values(results([(28.0, 2), (61.0, 0), (120.0, 1), (120.0, 1)]), "/day 61")
    assert at["without"] == pytest.approx(2 / 3)
    assert at["having"] == pytest.approx(1 / 4)
