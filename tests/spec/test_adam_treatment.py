"""What the logs of treatment say at an assessment: dose, rescue, stability, and when they say nothing."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from adam_tables import DAY_0, Trial, on
from carnet.adam import adsl, intake
from carnet.adam.glucocorticoid import daily, dose_at
from carnet.adam.medication import medication
from carnet.adam.rescue import Reading, rescues
from carnet.adam.review import reviews, with_review
from carnet.adam.stability import changes, with_stability
from carnet.study import read

STUDY = read()
READING = Reading.of(STUDY)


def read_tables(trial: Trial) -> dict[str, pl.DataFrame]:
    """Return the tables as the datasets read them."""
    return intake.read(trial.tables())


def subjects(trial: Trial, baseline: float | None = 10.0) -> pl.DataFrame:
    """Return ADSL with a baseline dose."""
    return adsl.subjects(STUDY, read_tables(trial)).with_columns(BPREDEQ=pl.lit(baseline, pl.Float64))


def found(trial: Trial, baseline: float | None = 10.0) -> list[tuple[int, str]]:
    """Return the rescues as protocol day and reason."""
    people = subjects(trial, baseline)
    log = medication(read_tables(trial), people)
    doses = daily(log, people, list(READING.steroid_reasons))
    rows = rescues(log, doses, people, READING).select("RESCDT", "RESCREAS").rows()
    return [((day - DAY_0).days, reason) for day, reason in rows]


def started() -> Trial:
    """Return a trial of one treated patient whose data reach day 300."""
    trial = Trial().patient()
    trial.add("ts", TSPARMCD="DCUTDTC", TSVAL=on(300))
    return trial


def test_ten_milligrams_are_not_above_ten():
    """The limit itself is allowed, for as long as it lasts."""
    assert found(started().steroid(mg=10, start=-60, stop=300)) == []
    assert found(started().steroid(mg=10.5, start=29, stop=60)) == [(29, "DOSE ABOVE LIMIT")]


def test_seven_days_are_allowed_and_eight_are_not():
    """More than seven consecutive days, counted from the first of them."""
    assert found(started().steroid(mg=20, start=40, stop=46)) == []
    assert found(started().steroid(mg=20, start=40, stop=47)) == [(40, "DOSE ABOVE LIMIT")]


def test_a_gap_begins_a_new_count():
    """Seven days, a day at the limit, seven days."""
    trial = started().steroid(mg=20, start=40, stop=46).steroid(mg=10, start=47, stop=47)
    assert found(trial.steroid(mg=20, start=48, stop=54)) == []


def test_days_to_day_28_do_not_count():
    """A run that began before day 29 counts from there."""
    assert found(started().steroid(mg=20, start=10, stop=35)) == []
    assert found(started().steroid(mg=20, start=10, stop=36)) == [(29, "DOSE ABOVE LIMIT")]


def test_above_baseline_is_rescue_too():
    """Whoever came in on 5 mg may not stay on 7.5; whoever came in on 20 may not stay on 15."""
    assert found(started().steroid(mg=7.5, start=40, stop=60), baseline=5.0) == [(40, "DOSE ABOVE LIMIT")]
    assert found(started().steroid(mg=7.5, start=40, stop=60), baseline=10.0) == []
    assert found(started().steroid(mg=15, start=40, stop=60), baseline=20.0) == [(40, "DOSE ABOVE LIMIT")]
    assert found(started().steroid(mg=7.5, start=40, stop=60), baseline=None) == []


@pytest.mark.parametrize("reason", ["CRS/ICANS", "AE", "ADRENAL REPLACEMENT", "PREMEDICATION"])
def test_glucocorticoid_for_something_else_is_no_rescue(reason):
    """Only lupus counts, be it ever so much."""
    assert found(started().steroid(mg=500, start=40, stop=60, reason=reason)) == []


def test_drugs_add_up_over_rows():
    """8 mg of prednisone and 4 mg of methylprednisolone are 13 mg."""
    trial = (
        started().steroid(mg=8, start=40, stop=60).steroid(mg=4, start=40, stop=60, drug="METHYLPREDNISOLONE")
    )
    assert found(trial) == [(40, "DOSE ABOVE LIMIT")]


def test_a_pulse_is_rescue_at_once():
    """250 mg of prednisone equivalent on a single day, also before day 28."""
    assert found(started().steroid(mg=200, start=12, stop=12, drug="METHYLPREDNISOLONE")) == [(12, "PULSE")]
    assert found(started().steroid(mg=199, start=12, stop=12, drug="METHYLPREDNISOLONE")) == []


@pytest.mark.parametrize(
    ("drug", "indication", "reason"),
    [
        ("IMMUNOSUPPRESSANT", "SLE", "PROHIBITED AGENT"),
        ("BIOLOGIC", "SLE RESCUE", "PROHIBITED AGENT"),
        ("IMMUNOGLOBULIN", "SLE", "IMMUNOGLOBULIN"),
        ("PLASMAPHERESIS", "SLE", "PLASMAPHERESIS"),
        ("IMMUNOGLOBULIN", "PROPHYLAXIS", None),
        ("CYTOKINE BLOCKER", "CRS OR ICANS", None),
        ("ANTIMALARIAL", "SLE", None),
    ],
)
def test_a_drug_is_rescue_by_its_class_and_its_indication(drug, indication, reason):
    """A prohibited agent, immunoglobulin or plasmapheresis, for lupus."""
    got = found(started().take(start=50, stop=80, CMTRT="X", CMCLAS=drug, CMINDC=indication))
    assert got == ([] if reason is None else [(50, reason)])


def test_what_was_begun_before_treatment_is_no_rescue():
    """Background treatment that goes on; treatment of the past."""
    trial = started().take(start=-100, CMTRT="X", CMCLAS="IMMUNOSUPPRESSANT", CMINDC="SLE")
    assert found(trial) == []
    past = started().take(start=50, CMTRT="X", CMCLAS="BIOLOGIC", CMINDC="SLE", CMCAT="PRIOR SLE THERAPY")
    assert found(past) == []


def test_a_partial_date_counts_from_its_first_day():
    """Some day of May may be the first of May."""
    got = found(started().take(start="2025-05", CMTRT="X", CMCLAS="BIOLOGIC", CMINDC="SLE"))
    assert got == [((date(2025, 5, 1) - DAY_0).days, "PROHIBITED AGENT")]


def dose(trial: Trial, day: int) -> float | None:
    """Return the dose on a protocol day."""
    people = subjects(trial)
    tables = read_tables(trial)
    doses = daily(medication(tables, people), people, ["SLE"])
    rows = pl.DataFrame({"USUBJID": ["T-1"], "date": [date.fromisoformat(on(day))]})
    return dose_at(with_review(rows, reviews(tables), 3), doses, "date")["prednisone"][0]


def test_dose_of_the_day():
    """What the row of that day says, in prednisone."""
    trial = started().steroid(mg=10, start=-60, stop=30).steroid(mg=5, start=31)
    assert [dose(trial, day) for day in (30, 31, 200)] == [10, 5, 5]
    assert dose(started().steroid(mg=0.75, drug="DEXAMETHASONE"), 10) == pytest.approx(5)
    assert dose(started().steroid(mg=20, drug="HYDROCORTISONE"), 10) == 5


def test_no_row_is_zero_only_where_the_log_is_complete():
    """Missing alone is unknown."""
    assert dose(started().steroid(stop=20), 40) is None
    reviewed = started().steroid(stop=20).assess(visit="M2", parts="")
    assert dose(reviewed, 40) == 0
    assert dose(reviewed, 64) == 0
    assert dose(reviewed, 65) is None
    nothing = started().steroid(stop=20)
    nothing.add("fa", FACAT="TREATMENT REVIEW", FATESTCD="NOSTEROI", FASTRESC="Y", FADTC=on(40))
    assert dose(nothing, 40) == 0


def test_a_dose_that_is_not_certain_is_unknown():
    """A dose left out, an end known to the month only."""
    assert dose(started().steroid(mg=None), 10) is None
    trial = started().steroid(mg=5, start=-60, stop="2025-05")
    assert dose(trial, (date(2025, 4, 30) - DAY_0).days) == 5
    assert dose(trial, (date(2025, 5, 10) - DAY_0).days) is None


def test_what_is_not_systemic_or_not_of_the_study_is_left_out():
    """A cream, and the highest dose of earlier years."""
    cream = started().steroid(mg=5).steroid(mg=None, drug="HYDROCORTISONE", CMROUTE="TOPICAL")
    assert dose(cream, 10) == 5
    past = started().steroid(mg=5).steroid(mg=60, start="2014-02", CMCAT="PRIOR SLE THERAPY")
    assert dose(past, 10) == 5


def test_a_new_row_ends_the_one_before():
    """The same drug for the same reason is not taken twice."""
    assert dose(started().steroid(mg=10, start=-60, stop=31).steroid(mg=5, start=31), 31) == 5


def stable(trial: Trial, reviewed: bool = True) -> bool | None:
    """Return whether treatment was stable from day 28 to day 61."""
    people = subjects(trial)
    rows = pl.DataFrame(
        {
            "USUBJID": ["T-1"],
            "date": [date.fromisoformat(on(61))],
            "date_prev": [date.fromisoformat(on(28))],
            "reviewed": [reviewed],
        }
    )
    return with_stability(rows, changes(medication(read_tables(trial), people)))["stable_treatment"][0]


HCQ = {
    "CMTRT": "hydroxychloroquine",
    "CMCLAS": "ANTIMALARIAL",
    "CMINDC": "SLE",
    "CMDOSU": "mg",
    "CMDOSFRQ": "QD",
}


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([(-100, None, 200)], True),
        ([(40, None, 200)], False),
        ([(28, None, 200)], True),
        ([(29, None, 200)], False),
        ([(61, None, 200)], False),
        ([(62, None, 200)], True),
        ([(-100, 39, 200), (40, None, 400)], False),
        ([(-100, 39, 400), (40, None, 200)], True),
        ([(-100, 39, 200), (40, None, 200)], True),
        ([(-100, 30, 200), (40, None, 200)], False),
        ([(-100, 39, 200), (40, None, None)], None),
        ([("2025-04", None, 200)], None),
        ([("2025-02", None, 200)], True),
    ],
)
def test_stable_is_no_start_and_no_rise(rows, verdict):
    """Since the assessment before, up to this one; a reduction is fine."""
    trial = started()
    for start, stop, mg in rows:
        trial.take(start=start, stop=stop, CMDOSE=mg, **HCQ)
    assert stable(trial) is verdict


def test_stable_is_unknown_without_a_complete_log():
    """But a start that is on record decides all the same."""
    assert stable(started().take(start=-100, **HCQ), reviewed=False) is None
    assert stable(started().take(start=40, **HCQ), reviewed=False) is False
