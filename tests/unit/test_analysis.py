"""Results are counted right on tables small enough to count by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from carnet.analysis import change, incidence, population, response, shift
from carnet.analysis.result import SCHEMA, printed

DAY = date(2026, 1, 10)


def adsl(**changes: list) -> pl.DataFrame:
    table = {
        "USUBJID": ["1", "2", "3"],
        "TRT01A": ["CARNK"] * 3,
        "SAFFL": ["Y"] * 3,
        "CARFL": ["Y", "Y", "N"],
        "TRTSDT": [date(2026, 1, 1)] * 3,
        "CARSDT": [date(2026, 1, 6), date(2026, 1, 6), None],
        "SAFEDT": [date(2026, 12, 31)] * 3,
        "BSLEDAI": [10, 10, 10],
    }
    return pl.DataFrame(table | changes)


def value(results: pl.DataFrame, statistic: str, **where: str) -> float | None:
    """Return the one value of a statistic; `analysis` matches what stands after the output's id."""
    analysis = where.pop("analysis", None)
    found = results.filter(pl.col("statistic") == statistic, *(pl.col(k) == v for k, v in where.items()))
    if analysis is not None:
        found = found.filter(pl.col("analysis_id").str.splitn("/", 2).struct[1] == analysis)
    assert len(found) == 1, found
    return found["value"][0]


def adrs(aval: list[int | None]) -> pl.DataFrame:
    """Return verdicts of infused patients at one visit, an NRI row beside each unknown one."""
    rows = []
    for number, verdict in enumerate(aval):
        fixed = {
            "USUBJID": str(number),
            "TRTA": "CARNK",
            "CARFL": "Y",
            "PARAMCD": "SRI4",
            "PARENT": "SRI4",
            "ESTIMAND": "REGISTERED",
            "AVISIT": "Month 3",
            "AVISITN": 91,
        }
        rows.append(
            fixed
            | {
                "NRIREAS": None if verdict is not None else "MISSED VISIT",
                "AVAL": verdict,
                "ANL02FL": "Y",
                **dict.fromkeys(("ANL01FL", "ANL03FL", "ANL04FL"), None if verdict is None else "Y"),
            }
        )
        if verdict is None:
            rows.append(fixed | {"NRIREAS": "MISSED VISIT", "AVAL": 0, "ANL01FL": "Y", "ANL04FL": "Y"})
            rows.append(fixed | {"NRIREAS": "MISSED VISIT", "AVAL": 1, "ANL03FL": "Y"})
    flags = dict.fromkeys(("NRIREAS", "ELIGFL", "ANL01FL", "ANL02FL", "ANL03FL", "ANL04FL"), pl.String)
    table = pl.DataFrame(rows, schema_overrides=flags | {"AVAL": pl.Float64}, infer_schema_length=None)
    return table if "ELIGFL" in table.columns else table.with_columns(ELIGFL=pl.lit("Y"))


def test_missing_is_non_response_and_its_weight_is_shown():
    results = pl.concat(response.estimate({"adsl": adsl(), "adrs": adrs([1, 1, 1, 0, None])}))
    at = {"output_id": "14.2.1"}
    assert [
        value(results, s, **at)
        for s in ("n", "N", "unknown", "missed", "observed_n", "observed_N", "worst", "best")
    ] == [3, 5, 1, 1, 3, 4, 3, 4]
    assert value(results, "proportion", **at) == pytest.approx(0.6)
    assert (round(value(results, "lower", **at), 4), round(value(results, "upper", **at), 4)) == (
        0.1466,
        0.9473,
    )  # R binom.test(3, 5)


def test_a_rate_among_none_known_is_empty_with_its_reason():
    results = pl.concat(response.estimate({"adsl": adsl(), "adrs": adrs([None, None])}))
    row = results.filter((pl.col("output_id") == "14.2.1") & (pl.col("statistic") == "observed"))
    assert (row["value"][0], row["reason"][0]) == (None, "every verdict is unknown")


def adae() -> pl.DataFrame:
    events = [
        ("1", "Infections", "Zoster", 2, "Y"),
        ("1", "Infections", "Zoster", 3, "N"),
        ("1", "Infections", "Cold", 1, "N"),
        ("2", "Blood", "Anaemia", None, "N"),
        ("3", "Blood", "Anaemia", 4, "N"),
    ]
    table = pl.DataFrame(events, schema=["USUBJID", "AESOC", "AEDECOD", "ATOXGRN", "AESER"], orient="row")
    return table.with_columns(
        pl.int_range(1, pl.len() + 1).alias("AESEQ"),
        *(pl.lit("Y").alias(n) for n in ("SAFFL", "TRTEMFL", "TRTEMCFL", "CARTEMFL", "CARTEMCF")),
        pl.when(pl.col("USUBJID") != "3").then(pl.lit("Y")).otherwise(pl.lit("N")).alias("CARFL"),
        pl.lit("CARNK").alias("TRTA"),
        pl.lit(date(2026, 1, 8)).alias("ASTDT"),
        pl.lit(date(2026, 1, 6)).alias("CARSDT"),
        pl.lit("N").alias("AESDTH"),
        pl.col("AEDECOD").alias("AETERM"),
        *(
            pl.lit(None, pl.String).alias(n)
            for n in ("AEBODSYS", "AEOUT", "ARELLD", "ARELCAR", "AREL", "AESIFL", "AEDLT", "AEACN")
        ),
        pl.lit(None, pl.Int64).alias("ASEVN"),
    )


def test_a_patient_counts_once_at_the_worst_grade():
    results = pl.concat(incidence.estimate({"adsl": adsl(), "adae": adae()}))
    zoster = {"output_id": "14.3.1.2", "population": "SAFFL", "analysis": "Infections/Zoster"}
    assert [value(results, s, **zoster) for s in ("n", "N", "events", "grade2", "grade3", "ungraded")] == [
        1,
        3,
        2,
        0,
        1,
        0,
    ]
    blood = zoster | {"analysis": "Blood/"}
    assert [value(results, s, **blood) for s in ("n", "events", "grade4", "ungraded")] == [2, 2, 1, 1]
    serious = {"output_id": "14.3.1.1", "analysis": "Serious", "population": "SAFFL"}
    assert [value(results, s, **serious) for s in ("n", "N", "events")] == [1, 3, 1]
    infused = {"output_id": "14.3.1.1", "analysis": "Any adverse event", "population": "CARFL"}
    assert [value(results, s, **infused) for s in ("n", "N", "events")] == [2, 2, 4]


def test_an_event_that_nobody_coded_is_counted():
    known = pl.col("USUBJID") != "2"
    events = adae().with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in ("AESOC", "AEDECOD", "AETERM")
    )
    results = pl.concat(incidence.estimate({"adsl": adsl(), "adae": events}))
    where = {"output_id": "14.3.1.2", "population": "SAFFL", "analysis": "Not coded/Not coded"}
    assert [value(results, s, **where) for s in ("n", "events")] == [1, 1]


def test_a_line_that_was_never_collected_is_left_out():
    results = pl.concat(incidence.estimate({"adsl": adsl(), "adae": adae()}))
    assert "14.3.1.1/Of special interest" not in results["analysis_id"].to_list()


def test_events_per_year_use_the_time_at_risk_of_everybody():
    results = pl.concat(incidence.estimate({"adsl": adsl(), "adae": adae()}))
    where = {"output_id": "14.3.1.1", "analysis": "Any adverse event", "population": "SAFFL"}
    assert value(results, "years", **where) == pytest.approx(3 * 365 / 365.25)
    assert value(results, "rate", **where) == pytest.approx(5 / (3 * 365 / 365.25))


def test_the_worst_grade_of_every_record_is_set_against_baseline():
    rows = pl.DataFrame(
        {
            "USUBJID": ["1", "1", "2", "2"],
            "TRTA": "CARNK",
            "SAFFL": "Y",
            "ONTRTFL": "Y",
            "PARAMCD": "PLAT",
            "ATOXDSCL": "Platelet count decreased",
            "ATOXGRL": ["1", "3", None, "0"],
            "BTOXGRL": ["1", "1", None, None],
            "ATOXDSCH": None,
            "ATOXGRH": None,
            "BTOXGRH": None,
        },
        schema_overrides=dict.fromkeys(("ATOXDSCH", "ATOXGRH", "BTOXGRH"), pl.String),
    )
    results = pl.concat(shift.estimate({"adlb": rows}))
    from_one = {"analysis": "PLAT/Platelet count decreased/L/1"}
    assert [value(results, s, **from_one) for s in ("n", "grade3", "worse")] == [1, 1, 1]
    from_missing = {"analysis": "PLAT/Platelet count decreased/L/missing"}
    assert [value(results, s, **from_missing) for s in ("n", "grade0", "worse")] == [1, 1, 0]


def test_change_needs_a_baseline_and_two_patients_an_interval():
    rows = pl.DataFrame(
        {
            "USUBJID": ["1", "1", "2", "2", "3"],
            "TRTA": "CARNK",
            "CARFL": "Y",
            "PARAMCD": "SLEDAI2K",
            "AVISIT": ["Baseline", "Month 3", "Baseline", "Month 3", "Month 3"],
            "AVISITN": [-1, 91, -1, 91, 91],
            "AVAL": [12.0, 4.0, 10.0, 8.0, 6.0],
            "CHG": [0.0, -8.0, 0.0, -2.0, None],
            "ANL01FL": "Y",
            "ABLFL": ["Y", None, "Y", None, None],
        }
    )
    results = pl.concat(change.estimate({"adqs": rows}))
    at = {"avisit": "Month 3"}
    assert [value(results, s, **at) for s in ("n", "median", "change_n", "change_median", "change_min")] == [
        3,
        6,
        2,
        -5,
        -8,
    ]
    assert value(results, "change_n", avisit="Baseline") == 0


def test_numbers_are_printed_without_a_negative_nought():
    assert [printed(v, f) for v, f in ((-0.001, "2"), (0.125, "%1"), (None, "0"), (3.0, "0"))] == [
        "0.00",
        "12.5 %",
        "",
        "3",
    ]


def test_results_have_the_columns_that_others_rely_on():
    results = pl.concat(response.estimate({"adsl": adsl(), "adrs": adrs([1, 0])}))
    assert (
        results.columns
        == list(SCHEMA)
        == [
            "output_id",
            "analysis_id",
            "estimand",
            "population",
            "dataset",
            "paramcd",
            "avisit",
            "group",
            "statistic",
            "value",
            "formatted",
            "reason",
            "subset",
        ]
    )


def test_milestones_are_counted_on_everybody_screened():
    table = adsl().with_columns(
        SCRNFL=pl.Series(["N", "N", "Y"]),
        ENRLFL=pl.Series(["Y", "Y", "N"]),
        NINF=pl.Series([3, 2, 0]),
        EOSSTT=pl.Series(["COMPLETED", "DISCONTINUED", None]),
        DTHFL=pl.Series([None, None, None], dtype=pl.String),
        SEX=pl.lit("F"),
        RACE=pl.lit("ASIAN"),
        **dict.fromkeys(population.SETS, pl.lit("Y")),
        **{name: pl.lit(1.0) for name in population.MEASURES},
    )
    results = pl.concat(population.estimate({"adsl": table}))
    assert [
        value(results, "n", analysis=step)
        for step in (
            "Screened",
            "Screen failure",
            "Enrolled",
            "Second infusion",
            "Third infusion",
            "Completed",
        )
    ] == [3, 1, 2, 2, 1, 1]
