"""The safety tables are counted right on trials small enough to count by hand; nothing is said in a sentence."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from carnet.analysis import exposure, incidence, liver, shift, special
from carnet.report import events as event_exhibits
from carnet.report import liver as liver_exhibits
from carnet.report import tables, timelines

ZERO = date(2026, 1, 6)


def on(day: int) -> date:
    """Return the calendar date of a protocol day."""
    return ZERO + timedelta(days=day)


def adsl() -> pl.DataFrame:
    """Return four treated patients: three infused on days 0, 3 and 6, the third of them until day 10 alone."""
    table = pl.DataFrame(
        {
            "USUBJID": ["1", "2", "3", "4"],
            "TRT01A": "CARNK",
            "SAFFL": "Y",
            "CARFL": ["Y", "Y", "Y", "N"],
            "TRTSDT": on(-5),
            "CARSDT": [ZERO, ZERO, ZERO, None],
            "RFSTDT": ZERO,
            "SAFEDT": [on(365), on(365), on(10), on(365)],
            "APHASE1": "LYMPHODEPLETION",
            "PH1SDT": on(-5),
            "PH1EDT": on(-1),
            "APHASE2": "DAY 0 TO 28",
            "PH2SDT": on(0),
            "PH2EDT": [on(28), on(28), on(10), on(28)],
            "APHASE3": "DAY 29 ON",
            "PH3SDT": [on(29), on(29), None, on(29)],
            "PH3EDT": [on(365), on(365), None, on(365)],
        }
    ).with_columns(pl.col("USUBJID").alias("SUBJID"))
    infused = pl.col("CARFL") == "Y"
    return table.with_columns(
        pl.when(infused).then(pl.lit(on(day))).cast(pl.Datetime("us")).alias(f"INF{number}DTM")
        for number, day in ((1, 0), (2, 3), (3, 6))
    )


def adae(*events: dict) -> pl.DataFrame:
    """Return adverse events; what one does not say is quiet: grade 1, unrelated, begun on day 1 and over on day 2."""
    quiet = {
        "USUBJID": "1", "TRTA": "CARNK", "SAFFL": "Y", "CARFL": "Y", "TRTEMFL": "Y", "TRTEMCFL": "Y", "CARTEMFL": "Y",
        "CARTEMCF": "Y", "AESOC": "General", "AEBODSYS": None, "AEDECOD": "Fever", "AETERM": "fever", "ATOXGRN": 1,
        "ASEVN": None, "AESER": "N", "ARELLD": "N", "ARELCAR": "N", "AREL": "N", "AESIFL": None, "AESI": "NONE",
        "AEDLT": "N", "AEACN": "DOSE NOT CHANGED", "AESDTH": "N", "AEOUT": None, "CQ01NAM": None, "CQ02NAM": None,
        "APHASE": "DAY 0 TO 28", "ASTDT": on(1), "CARSDT": ZERO, "ADURN": 2, "ASTDY": 2, "AENDY": 3, "AETOXGR": "1",
    }  # fmt: skip
    kinds = {"ATOXGRN": pl.Int64, "ASEVN": pl.Int64, "ADURN": pl.Int64, "ASTDY": pl.Int64, "AENDY": pl.Int64,
             "ASTDT": pl.Date, "CARSDT": pl.Date}  # fmt: skip
    schema = {name: kinds.get(name, pl.String) for name in quiet}
    made = pl.DataFrame([quiet | event for event in events], schema=schema)
    return made.with_columns(pl.col("USUBJID").alias("SUBJID"), pl.int_range(1, pl.len() + 1).alias("AESEQ"))


def results(estimate, *events: dict) -> pl.DataFrame:
    return pl.concat(estimate({"adsl": adsl(), "adae": adae(*events)}))


def row(found: pl.DataFrame, analysis: str, population: str | None = None) -> dict[str, float]:
    """Return the statistics of one analysis by name."""
    picked = found.filter(pl.col("analysis_id") == analysis)
    if population:
        picked = picked.filter(pl.col("population") == population)
    assert not picked.select("statistic").is_duplicated().any()
    return dict(picked.select("statistic", "value").iter_rows())


def test_each_kind_has_its_table_and_no_other_event_in_it():
    found = results(
        incidence.estimate,
        {"AEDECOD": "Fever", "ATOXGRN": 3, "ARELCAR": "Y"},
        {"USUBJID": "2", "AEDECOD": "Nausea", "ARELLD": "Y", "CARTEMFL": None, "ASTDT": on(-3)},
        {"USUBJID": "3", "AEDECOD": "Rash", "AESIFL": "Y", "AESER": "Y"},
    )
    terms = {
        output: sorted(
            t for t in found.filter(pl.col("output_id") == output)["paramcd"].unique().to_list() if t
        )
        for output in incidence_outputs()
    }
    assert terms == {
        "14.3.1.2": ["Fever", "Nausea", "Rash"],
        "14.3.1.4": ["Fever"],
        "14.3.1.5": ["Fever"],
        "14.3.1.6": ["Nausea"],
        "14.3.1.7": ["Nausea"],
        "14.3.1.8": ["Rash"],
        "14.3.1.9": ["Rash"],
    }


def incidence_outputs() -> list[str]:
    return [selection.output for selection in incidence.SELECTIONS]


def test_an_event_of_lymphodepletion_stays_there_though_it_worsens_after_the_cells():
    found = results(incidence.estimate, {"ASTDT": on(-2), "CARTEMFL": "Y"}, {"USUBJID": "2", "ASTDT": on(0)})
    assert row(found, "14.3.1.7//")["n"] == 1


def test_an_event_that_nobody_had_has_a_line_with_its_upper_bound():
    found = results(incidence.estimate, {})
    none = row(found, "14.3.1.8//", "SAFFL")
    assert (none["n"], none["N"], none["events"], round(none["bound"], 4)) == (
        0,
        4,
        0,
        round(1 - 0.05 ** (1 / 4), 4),
    )
    assert row(found, "14.3.1.8//", "CARFL")["N"] == 3


def test_a_rate_has_the_time_of_everybody_at_risk():
    found = results(incidence.estimate, {}, {"USUBJID": "2"}, {"AEDECOD": "Rash"})
    years = (3 * 371 + 16) / 365.25
    fever = row(found, "14.3.1.15/General/Fever")
    assert (fever["events"], fever["years"], fever["rate"]) == (
        2,
        pytest.approx(years),
        pytest.approx(2 / years),
    )
    assert fever["rate_lower"] == pytest.approx(0.242209 / years, rel=1e-5)  # Garwood's limits of 2 events
    assert fever["rate_upper"] == pytest.approx(7.224687 / years, rel=1e-5)


def test_a_period_counts_those_who_reached_it_and_the_time_they_spent_in_it():
    found = results(
        exposure.estimate,
        {"APHASE": "LYMPHODEPLETION"},
        {"USUBJID": "2"},
        {"USUBJID": "3", "ATOXGRN": 3},
        {"APHASE": "DAY 29 ON", "AESER": "Y"},
    )
    days = row(found, "14.3.1.14/DAY 0 TO 28/Any adverse event")
    assert (days["n"], days["N"], days["events"]) == (2, 4, 2)
    assert days["years"] == pytest.approx((3 * 29 + 11) / 365.25)
    late = row(found, "14.3.1.14/DAY 29 ON/Serious")
    assert (late["n"], late["N"]) == (1, 3)
    assert row(found, "14.3.1.14/DAY 29 ON/Grade 3 or worse")["bound"] == pytest.approx(1 - 0.05 ** (1 / 3))


def test_onset_counts_from_the_last_infusion_and_overall_from_the_first():
    crs = {"AESI": "CRS"}
    found = results(
        special.estimate,
        {**crs, "ASTDT": on(1), "ATOXGRN": 1, "ADURN": 3},
        {**crs, "ASTDT": on(4), "ATOXGRN": 2, "ADURN": 5},
        {**crs, "USUBJID": "2", "ASTDT": on(3), "ATOXGRN": 3, "ADURN": None},
        {"USUBJID": "3", "ASTDT": on(8)},
    )
    whole = row(found, "14.3.1.10/Cytokine release syndrome/all infusions")
    assert [whole[s] for s in ("n", "N", "events", "grade1", "grade2", "grade3")] == [2, 3, 3, 0, 1, 1]
    assert [whole[s] for s in ("onset_median", "onset_min", "onset_max")] == [3, 1, 4]
    assert [whole[s] for s in ("duration_median", "ended")] == [4, 2]
    second = row(found, "14.3.1.10/Cytokine release syndrome/after infusion 2")
    assert [second[s] for s in ("n", "N", "onset_min", "onset_max", "ended")] == [2, 3, 0, 1, 1]
    third = row(found, "14.3.1.10/Cytokine release syndrome/after infusion 3")
    assert [third[s] for s in ("n", "onset_median")] == [0, None]


def test_a_mild_infusion_reaction_counts_in_its_table_though_of_no_special_interest():
    found = results(
        special.estimate,
        {"AEDECOD": "Infusion related reaction", "ATOXGRN": 1},
        {"USUBJID": "2", "AEDECOD": "Infusion related reaction", "ATOXGRN": 2, "AESI": "INFUSION REACTION"},
    )
    made = found.filter(
        pl.col("analysis_id").str.contains("Infusion reaction/all infusions"), pl.col("statistic") == "n"
    )
    assert made["value"].to_list() == [2]


def test_nothing_is_said_in_a_sentence_and_not_in_an_empty_table():
    found = pl.concat(
        [results(incidence.estimate, {}), results(special.estimate, {}), results(exposure.estimate, {})]
    )
    exhibits = event_exhibits.exhibits(study_without_forms(), found, {"adae": adae({}), "adsl": adsl()}, None)
    by_number = {exhibit.number: exhibit for exhibit in exhibits}
    serious = by_number["14.3.1.8"]
    assert serious.tables == ()
    assert serious.notes[0] == (
        "No serious adverse event in 4 patients (since the first study treatment, all treated): a true rate above "
        "52.7 % is excluded (exact one-sided 95 % bound)."
    )
    assert by_number["14.3.1.10"].tables == ()
    assert "No cytokine release syndrome in 3 patients" in by_number["14.3.1.10"].notes[0]
    assert len(by_number["14.3.1.11"].notes) == 2
    assert any(
        "fatal event. For each a true rate above 52.7 %" in note for note in by_number["14.3.1.1"].notes
    )


def study_without_forms():
    from types import SimpleNamespace

    return SimpleNamespace(forms=())


def test_the_sentence_names_each_arm():
    none = pl.DataFrame(
        {"group": ["A", "B"], "N": ["10", "20"], "bound": ["25.9 %", "13.9 %"], "kind": ["fatal event"] * 2}
    )
    assert [said.split(":")[0] for said in tables.nobody(none, "kind")] == [
        "No fatal event in 10 patients under A",
        "No fatal event in 20 patients under B",
    ]


def graded(*records: tuple[str, str, str | None, str | None]) -> pl.DataFrame:
    """Return graded vital signs: subject, parameter, baseline grade, grade of Hypertension."""
    return pl.DataFrame(
        [
            {"USUBJID": s, "TRTA": "CARNK", "SAFFL": "Y", "ONTRTFL": "Y", "PARAMCD": p, "ATOXDSCH": "Hypertension",
             "ATOXGRH": grade, "BTOXGRH": base, "ATOXDSCL": None, "ATOXGRL": None, "BTOXGRL": None}
            for s, p, base, grade in records
        ],
        schema_overrides=dict.fromkeys(("ATOXGRH", "BTOXGRH", "ATOXDSCL", "ATOXGRL", "BTOXGRL"), pl.String),
    )  # fmt: skip


def test_a_pair_of_pressures_and_its_halves_count_a_patient_once():
    found = pl.concat(
        shift.estimate(
            {
                "advs": graded(
                    ("1", "BP", "1", "2"), ("1", "SYSBP", None, None), ("1", "DIABP", None, "3"),
                    ("2", "BP", "1", "1"), ("2", "SYSBP", None, None),
                )
            }
        )
    )  # fmt: skip
    shifted = found.filter(pl.col("output_id") == "14.3.5.2")
    assert shifted["analysis_id"].unique().to_list() == ["14.3.5.2/BP+DIABP/Hypertension/H/1"]
    counts = row(found, "14.3.5.2/BP+DIABP/Hypertension/H/1")
    assert [counts[s] for s in ("n", "grade1", "grade2", "grade3", "worse", "ungraded")] == [2, 1, 0, 1, 1, 0]
    severe = row(found, "14.3.4.3/BP+DIABP/Hypertension/H")
    assert [severe[s] for s in ("n", "N", "new", "grade4")] == [1, 2, 1, 0]


def test_a_patient_without_a_gradable_value_is_counted_as_not_graded():
    found = pl.concat(shift.estimate({"advs": graded(("1", "BP", "0", "1"), ("2", "BP", "0", None))}))
    counts = row(found, "14.3.5.2/BP/Hypertension/H/0")
    assert [counts[s] for s in ("n", "grade1", "ungraded")] == [1, 1, 1]
    assert row(found, "14.3.4.3/BP/Hypertension/H")["N"] == 1


def adlb(*values: tuple[str, str, int, float, float | None]) -> pl.DataFrame:
    """Return liver tests: subject, test, day, value, upper limit."""
    return pl.DataFrame(
        [
            {"SUBJID": s, "PARAMCD": test, "ADT": on(day), "AVAL": value, "A1HI": limit, "TRTA": "CARNK",
             "SAFFL": "Y", "ONTRTFL": "Y"}
            for s, test, day, value, limit in values
        ]
    )  # fmt: skip


def test_the_peaks_of_the_liver_and_the_quadrants():
    values = adlb(
        ("1", "ALT", 5, 120.0, 40.0), ("1", "BILI", 7, 50.0, 20.0), ("1", "ALP", 5, 90.0, 120.0),
        ("2", "AST", 5, 200.0, 40.0), ("2", "BILI", 5, 10.0, 20.0), ("2", "ALP", 5, 90.0, 120.0),
        ("3", "ALT", 5, 30.0, None), ("3", "BILI", 5, 10.0, 20.0),
    )  # fmt: skip
    found = pl.concat(liver.estimate({"adsl": adsl(), "adlb": values}))
    first = row(found, "14.3.4.5/peak/1")
    assert (first["peak_transaminase"], first["peak_bilirubin"]) == (3.0, 2.5)
    assert row(found, "14.3.4.5/peak/3")["peak_transaminase"] is None
    counted = {kind: row(found, f"14.3.4.5/count/{kind}")["n"] for kind in liver_exhibits.WORDS}
    assert counted == {
        "TEMPLE'S COROLLARY": 1, "CHOLESTASIS": 0, "HY'S LAW RANGE": 1, "HY'S LAW": 1, "UNKNOWN": 1,
    }  # fmt: skip
    [exhibit] = liver_exhibits.exhibits(found)
    assert "2 patients without both are not drawn" in exhibit.figures[0].caption


def test_bars_of_a_patient_never_overlap_and_the_first_free_lane_is_taken():
    bars = pl.DataFrame(
        {"SUBJID": ["1", "1", "1", "1", "2"], "start": [1, 2, 5, 6, 1], "end": [4, 9, 5, 8, 2]}
    )
    placed = timelines.in_lanes(bars)
    assert placed.select("SUBJID", "start", "lane").rows() == [
        ("1", 1, 0), ("1", 2, 1), ("1", 5, 0), ("1", 6, 0), ("2", 1, 0),
    ]  # fmt: skip
