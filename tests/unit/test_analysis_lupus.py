"""Lupus results and heat maps on tables small enough to count by hand."""

from __future__ import annotations

from math import exp, log

import polars as pl
import pytest

from carnet.analysis import change, conversion, response, transition
from carnet.report import maps

ADSL = pl.DataFrame(
    {
        "USUBJID": ["1", "2", "3"], "TRT01A": ["CARNK"] * 3, "SAFFL": ["Y"] * 3, "CARFL": ["Y"] * 3,
        "BSLEDAI": [3, 4, None], "LNFL": ["Y", "Y", "N"],
    }
)  # fmt: skip


def verdicts(eligible: str = "YYY", **paramcds: list[int | None]) -> pl.DataFrame:
    """Return verdicts at Month 3 of patients 1, 2 ...; the dose is a part of the criterion that names it.

    Beside an unknown one stand the rows that count it as none (main analysis, worst case) and as a response.
    """
    flags = ("ANL01FL", "ANL02FL", "ANL03FL", "ANL04FL")
    rows = []
    for paramcd, given in paramcds.items():
        for number, verdict in enumerate(given):
            fixed = {
                "USUBJID": str(number + 1), "TRTA": "CARNK", "CARFL": "Y", "PARAMCD": paramcd,
                "PARENT": paramcd.removesuffix("_GC"), "ESTIMAND": "REGISTERED", "AVISIT": "Month 3", "AVISITN": 91,
                "NRIREAS": None, "ELIGFL": eligible[number],
            }  # fmt: skip
            shown = ("ANL02FL",) if verdict is None else flags
            rows.append({**fixed, "AVAL": verdict, **dict.fromkeys(shown, "Y")})
            if verdict is None:
                rows.append({**fixed, "AVAL": 0, "ANL01FL": "Y", "ANL04FL": "Y"})
                rows.append({**fixed, "AVAL": 1, "ANL03FL": "Y"})
    schema = dict.fromkeys(("NRIREAS", *flags), pl.String) | {"AVAL": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)


def of(results: pl.DataFrame, analysis: str, *statistics: str, visit: str = "Month 3") -> list[float | None]:
    found = results.filter(pl.col("analysis_id") == analysis, pl.col("avisit") == visit)
    values = dict(found.select("statistic", "value").iter_rows())
    return [values[statistic] for statistic in statistics]


def test_who_could_respond():
    """Baseline rules out, and a dose above the limit, not an unknown one. Other criteria count the eligible."""
    sri = pl.concat(
        response.estimate({"adsl": ADSL, "adrs": verdicts("NYY", SRI4=[0, 1, 1], SRI6=[0, 1, 1])})
    )
    assert of(sri, "14.2.1/SRI4/REGISTERED", "n", "N", "attainable") == [2, 3, 2]
    assert of(sri, "14.2.5/SRI6/REGISTERED", "n", "N") == [2, 2]
    doris = verdicts(DORIS=[0, 1, None], DORIS_GC=[0, 1, None])
    results = pl.concat(response.estimate({"adsl": ADSL, "adrs": doris}))
    assert of(results, "14.2.3/DORIS/REGISTERED", "attainable") == [2]
    high = verdicts(DORIS=[0, 0, 0], DORIS_GC=[0, 0, 0])
    results = pl.concat(response.estimate({"adsl": ADSL, "adrs": high}))
    assert of(results, "14.2.3/DORIS/REGISTERED", "attainable") == [0]


def test_every_case_has_its_exact_interval():
    results = pl.concat(response.estimate({"adsl": ADSL, "adrs": verdicts(SRI4=[1, 0, None])}))
    limits = of(results, "14.2.1/SRI4/REGISTERED", "observed_lower", "worst_upper", "best_lower", "best_rate")
    assert limits == pytest.approx(
        [0.0126, 0.9057, 0.0943, 0.6667], abs=5e-4
    )  # R binom.test: 1 of 2, 1 and 2 of 3


def test_remission_does_not_imply_low_disease_activity():
    adrs = verdicts(DORIS=[1, 1, 1], LLDAS=[1, 0, None])
    results = pl.concat(response.estimate({"adsl": ADSL, "adrs": adrs}))
    found = of(results, "14.2.4.2/without LLDAS/REGISTERED", "n", "failed", "unknown", "N")
    assert found == [3, 1, 1, 3]


def test_other_criteria_stand_together():
    adrs = verdicts(SRI4=[1, 1, 1], SRI6=[1, 0, 0])
    results = pl.concat(response.estimate({"adsl": ADSL, "adrs": adrs}))
    assert results.filter(output_id="14.2.5")["paramcd"].unique().to_list() == ["SRI6"]


def grades(now: list[str | None], worst: list[str | None]) -> pl.DataFrame:
    subjects = len(now)
    return pl.DataFrame(
        {
            "USUBJID": list("123"[:subjects]), "SUBJID": list("123"[:subjects]), "TRTA": ["CARNK"] * subjects,
            "CARFL": ["Y"] * subjects, "PARAMCD": ["BLG4REN"] * subjects, "PARAM": ["BILAG-2004 renal"] * subjects,
            "AVISIT": ["Month 3"] * subjects, "AVISITN": [91.0] * subjects, "ANL01FL": ["Y"] * subjects,
            "BASEC": ["A"] * subjects, "AVALC": now, "AVALCBST": now, "AVALCWRS": worst,
        },
        schema_overrides=dict.fromkeys(("AVALC", "AVALCBST", "AVALCWRS"), pl.String),
    )  # fmt: skip


def test_a_grade_that_is_not_certain_is_no_transition():
    results = pl.concat(transition.estimate({"adqs": grades(["C", "C", None], ["C", "B", None])}))
    assert of(results, "14.2.9/BLG4REN/A", "n", "A", "C", "unknown") == [3, 0, 1, 2]


def test_a_map_tells_what_is_not_certain_from_what_was_not_assessed():
    exhibit = maps.bilag(
        pl.DataFrame(schema={"output_id": pl.String}), {"adqs": grades(["C", "C", None], ["C", "B", None])}
    )
    cells = [panel.rows[0][1][0] for panel in exhibit.maps[0].panels]
    assert [(cell.text, cell.kind) for cell in cells] == [("C", "h2"), ("C?", "open"), ("?", "open")]


def measured(paramcd: str, aval: list[float | None], base: list[float | None], **more: list) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "USUBJID": list("123"), "TRTA": ["CARNK"] * 3, "CARFL": ["Y"] * 3, "PARAMCD": [paramcd] * 3,
            "AVISIT": ["Month 3"] * 3, "AVISITN": [91.0] * 3, "ABLFL": [None] * 3, "ANL01FL": ["Y"] * 3,
            "AVAL": aval, "BASE": base, "CHG": [None] * 3, "BNRIND": [None] * 3, "ANRIND": [None] * 3,
        }
        | more,
        schema_overrides={"ABLFL": pl.String, "BNRIND": pl.String, "ANRIND": pl.String, "CHG": pl.Float64},
    )  # fmt: skip


def test_who_was_low_and_is_not_any_more():
    """One who was normal at baseline, or was not measured now, is in neither number."""
    rows = measured(
        "C3",
        [1.0, 0.5, 1.0],
        [0.5, 0.5, 1.0],
        BNRIND=["LOW", "LOW", "NORMAL"],
        ANRIND=["NORMAL", None, "NORMAL"],
    )
    results = pl.concat(conversion.estimate({"adlb": rows}))
    assert of(results, "14.2.16/C3 low at baseline, not low now", "n", "N") == [1, 1]


def test_limits_of_a_state():
    """Two steps are a fall, 7.5 mg is at most 7.5 mg, 10 cells are not below 10."""
    steps = pl.concat(conversion.estimate({"adis": measured("ANASTEP", [2.0, 3.0, 0.0], [4.0, 4.0, 4.0])}))
    assert of(steps, "14.2.14/ANA lower by 2 steps of the dilutions or more", "n", "N") == [2, 3]
    assert of(steps, "14.2.14/ANA positive at baseline, below the first dilution now", "n", "N") == [1, 3]
    doses = pl.concat(conversion.estimate({"adqs": measured("PREDEQ", [7.5, 7.6, 0.0], [10.0] * 3)}))
    assert of(doses, "14.2.18/Prednisone-equivalent at most 7.5 mg/day", "n", "N") == [2, 3]
    assert of(doses, "14.2.18/No glucocorticoid", "n", "N") == [1, 3]
    cells = pl.concat(conversion.estimate({"adcp": measured("BLYCE", [10.0, 9.9, None], [100.0] * 3)}))
    assert of(cells, "14.2.22/B cells below 10 per uL", "n", "N") == [1, 2]


def test_proteinuria_is_a_ratio_in_those_who_had_it():
    rows = measured("UPCR", [0.5, 2.0, 9.0], [2.0, 2.0, 0.1])
    results = pl.concat(change.estimate({"adsl": ADSL, "adlb": rows}))
    n, ratio, percent = of(results, "14.2.11/UPCR/ratio", "n", "ratio", "percent")
    assert (n, ratio, percent) == (2, pytest.approx(exp((log(0.25) + log(1)) / 2)), pytest.approx(-50))
