"""From datasets to the state of every stopping rule, and to the line that says that one is met."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from carnet import report
from carnet.analysis import monitoring
from carnet.study import read

STUDY = read()


def adsl(**changes: list) -> pl.DataFrame:
    table = {
        "SUBJID": ["1", "2", "3"],
        "SAFFL": ["Y"] * 3,
        "CARFL": ["Y"] * 3,
        "CARSDT": [date(2026, 1, 1), date(2026, 1, 15), date(2026, 2, 12)],
        "CUTDT": [date(2026, 2, 20)] * 3,
        "DLTFL": ["Y", "Y", "N"],
        "DLTEVDT": [date(2026, 1, 29), date(2026, 2, 12), None],
        "EOSSTT": ["ONGOING"] * 3,
        "DTHFL": [None] * 3,
        "DTHDT": [None] * 3,
    }
    types = {"DTHFL": pl.String, "DTHDT": pl.Date, "DLTEVDT": pl.Date}
    return pl.DataFrame(table | changes, schema_overrides=types)


def adae(*events: dict) -> pl.DataFrame:
    """Return adverse events; what one does not say is quiet: related, not fatal, not limiting, after treatment."""
    quiet = {
        "SUBJID": "1", "SAFFL": "Y", "PREFL": None, "CARTEMFL": "Y", "ASTDT": date(2026, 1, 4), "ATOXGRN": 2,
        "AESI": None, "AEDLT": "N", "AREL": "Y", "ARELCAR": "Y", "AESDTH": None, "AEOUT": None, "CQ01NAM": None,
        "CQ02NAM": None,
    }  # fmt: skip
    types = dict.fromkeys(quiet, pl.String) | {"ASTDT": pl.Date, "ATOXGRN": pl.Int64}
    return pl.DataFrame([quiet | event for event in events], schema=types)


def alerts(*events: dict, subjects: pl.DataFrame | None = None, **datasets: pl.DataFrame) -> list[str]:
    trial = {"adsl": adsl() if subjects is None else subjects, "adae": adae(*events), **datasets}
    return report.alerts(STUDY, pl.concat(monitoring.estimate(STUDY, trial)))


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        ({"AESI": "CRS", "ATOXGRN": 4}, "CRS of grade 4 or more"),
        ({"CQ01NAM": "CYTOKINE RELEASE SYNDROME", "ATOXGRN": 5}, "CRS of grade 4 or more"),
        ({"AESI": "ICANS", "ATOXGRN": 4}, "ICANS of grade 4 or more"),
        ({"AESI": "RCL"}, "Replication-competent virus"),
        ({"AESI": "SECOND MALIGNANCY", "ATOXGRN": 3}, "Second malignancy"),
        ({"AEOUT": "FATAL", "ATOXGRN": 5}, "Death related to study treatment"),
        ({"AESDTH": "Y", "ATOXGRN": 5, "AREL": None}, "Death related to study treatment"),
    ],
)
def test_one_event_is_named_loudly(event, rule):
    assert alerts(event) == [
        f"A RULE TO PAUSE HAS BEEN MET: {rule}: met. 1 on 2026-01-04, grade {event.get('ATOXGRN', 2)}. "
        "Pause at once; the monitoring board decides."
    ]


@pytest.mark.parametrize(
    "event",
    [
        {"AESI": "CRS", "ATOXGRN": 3},
        {"AEOUT": "FATAL", "ATOXGRN": 5, "AREL": "N"},
        {"AESI": "CRS", "ATOXGRN": 4, "PREFL": "Y"},
        {"AEDLT": "Y"},
        {"AEDLT": None, "ATOXGRN": 2},
        {"AEDLT": None, "ATOXGRN": 4, "ARELCAR": "N"},
    ],
    ids=[
        "grade 3",
        "not related",
        "before treatment",
        "one of two",
        "mild, unanswered",
        "unrelated, unanswered",
    ],
)
def test_what_meets_no_rule_says_nothing(event):
    assert alerts(event) == []


def test_two_of_two_pause_the_trial():
    limiting = {"AEDLT": "Y", "ATOXGRN": 3}
    [line] = alerts(limiting, {"SUBJID": "2", "ASTDT": date(2026, 1, 20), **limiting})
    assert "2 of 2 patients known" in line
    assert "1 more in follow-up" in line


def adtox(*rows: dict) -> pl.DataFrame:
    """Return derived toxicity; what a row does not say is quiet: a page of CRS of subject 1 on day 3."""
    quiet = {
        "SUBJID": "1", "PARAMCD": "CRS", "ADT": date(2026, 1, 4), "TRTSDT": date(2025, 12, 27), "AVAL": None,
        "AVALMIN": None, "AVALMAX": None, "ENTGRN": None,
    }  # fmt: skip
    types = {"SUBJID": pl.String, "PARAMCD": pl.String, "ADT": pl.Date, "TRTSDT": pl.Date, "ENTGRN": pl.Int64}
    return pl.DataFrame([quiet | row for row in rows], schema=dict.fromkeys(quiet, pl.Float64) | types)


def test_an_answer_that_could_decide_leaves_the_rule_open():
    [line] = alerts(
        {"AEDLT": "Y", "ATOXGRN": 3},
        adtox=adtox(
            {"PARAMCD": "DLT", "AVAL": 1.0},
            {"PARAMCD": "DLT", "SUBJID": "2", "AVAL": None, "ADT": date(2026, 1, 20)},
        ),
    )
    assert line.startswith("A rule to pause may have been met: Rate of dose-limiting toxicity")
    assert "2 on 2026-01-20" in line
    [line] = alerts({"AESI": "CRS", "ATOXGRN": None})
    assert line.startswith("A rule to pause may have been met: CRS of grade 4 or more: open until")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({"AVALMIN": 4.0, "AVALMAX": 4.0}, "A RULE TO PAUSE HAS BEEN MET: CRS of grade 4"),
        ({"AVALMIN": 3.0, "AVALMAX": 3.0}, ""),
        ({"AVALMIN": 1.0, "AVALMAX": 4.0}, "A rule to pause may have been met: CRS of grade 4"),
        ({"AVALMIN": 1.0, "AVALMAX": 3.0}, ""),
        ({"AVALMIN": 1.0, "AVALMAX": 1.0, "ENTGRN": 4}, "A RULE TO PAUSE HAS BEEN MET: CRS of grade 4"),
        ({"AVALMIN": 4.0, "AVALMAX": 4.0, "ADT": date(2025, 12, 1)}, ""),
        (
            {"PARAMCD": "ICANS", "AVALMIN": 4.0, "AVALMAX": 4.0},
            "A RULE TO PAUSE HAS BEEN MET: ICANS of grade 4",
        ),
    ],
)
def test_the_page_of_a_syndrome_counts_by_its_own_scale(page, said):
    found = alerts({}, adtox=adtox(page))
    assert [line[: len(said)] for line in found] == ([said] if said else [])


def test_a_toxicity_counts_once_whoever_found_it():
    limiting = {"AEDLT": "Y", "ATOXGRN": 3}
    both = adtox({"PARAMCD": "DLT", "AVAL": 1.0})
    assert alerts(limiting, adtox=both) == []
    [line] = alerts(limiting, adtox=adtox({"PARAMCD": "DLT", "SUBJID": "2", "AVAL": 1.0}))
    assert "2 of 2 patients known" in line


def test_a_death_without_a_fatal_event_is_open():
    died = adsl(DTHFL=[None, "Y", None], DTHDT=[None, date(2026, 2, 1), None])
    [line] = alerts({}, subjects=died)
    assert line.startswith("A rule to pause may have been met: Death related")
    assert "2 on 2026-02-01" in line


def test_a_positive_test_for_the_virus_pauses_at_once():
    adlb = pl.DataFrame(
        {"SUBJID": ["3", "1"], "SAFFL": "Y", "PARAMCD": "RCL", "AVALC": ["POSITIVE", "NEGATIVE"],
         "ADT": [date(2026, 2, 13), date(2026, 2, 1)]}
    )  # fmt: skip
    [line] = alerts({}, adlb=adlb)
    assert "Replication-competent virus: met. 3 on 2026-02-13." in line


def test_a_patient_who_left_before_day_28_is_not_in_follow_up():
    left = adsl(EOSSTT=["ONGOING", "ONGOING", "DISCONTINUED"])
    assert monitoring.patients(STUDY, left)["follow_up"].to_list() == [False, False, False]
    assert monitoring.patients(STUDY, adsl())["follow_up"].to_list() == [False, False, True]


def test_the_results_hold_the_state_as_it_was_judged():
    trial = {"adsl": adsl(), "adae": adae({"AEDLT": "Y", "ATOXGRN": 3})}
    results = pl.concat(monitoring.estimate(STUDY, trial))
    from carnet.report.monitoring import statuses

    read_back = [replace(status, looks=()) for status in statuses(STUDY, results)]
    judged = [replace(status, looks=()) for status in monitoring.statuses(STUDY, trial)]
    assert read_back == judged
    assert not results.select("analysis_id", "statistic").is_duplicated().any()


def test_a_trial_without_infusions_has_no_state():
    assert list(monitoring.estimate(STUDY, {"adsl": adsl(CARSDT=[None] * 3), "adae": adae()})) == []


def test_entries_alone_give_the_state():
    """What the web application asks on the day an event is entered."""
    from carnet import pipeline, simulate

    entries = simulate.trial(STUDY, seed=1).entries
    entries = entries.filter(pl.col("subject") == entries["subject"].min())
    states = pipeline.monitor(STUDY, entries)
    assert {status.rule.id: status.met for status in states} == {rule.id: False for rule in STUDY.stopping}
    infused = entries.filter(pl.col("item") == "infusion_start")["value"][0]
    event = {"ae_term": "Fever", "ae_aesi": "CRS", "ae_grade": "4", "ae_start": infused}
    typed = (
        entries.filter(pl.col("form") == "adverse_event").head(1).with_columns(repeat=pl.lit(90, pl.Int64))
    )
    rows = [
        typed.with_columns(item=pl.lit(item), value=pl.lit(value), typed=pl.lit(value))
        for item, value in event.items()
    ]
    entered = pl.concat([entries, *rows], how="vertical_relaxed")
    assert [status.rule.id for status in pipeline.monitor(STUDY, entered) if status.met] == ["CRS4"]
