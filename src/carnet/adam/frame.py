"""The frame of response: a row per treated patient and due visit, with all that the criteria read."""

from __future__ import annotations

import polars as pl

from carnet.adam import visits
from carnet.adam.asked import with_asked
from carnet.adam.assessments import Assessed
from carnet.adam.bds import CARRIED
from carnet.adam.dates import protocol_day
from carnet.adam.drugs import with_drugs, with_steroid_excess
from carnet.adam.kidney import kidney
from carnet.adam.treatment import Treatment, with_previous_dose, with_treatment
from carnet.study import AnalysisWindow, Study, windows

Tables = dict[str, pl.DataFrame]


def response_frame(
    study: Study, tables: Tables, assessed: Assessed, treatment: Treatment, adsl: pl.DataFrame
) -> pl.DataFrame:
    """Return what the criteria are judged on: the assessment of each due visit, and the kidney at that visit."""
    grid = visits_due(study, adsl, chosen(study, tables, assessed, treatment, adsl))
    found = kidney(study, tables, adsl)
    return grid.join(found, on=["USUBJID", "AVISIT"], how="left", maintain_order="left")


def response_windows(study: Study) -> list[AnalysisWindow]:
    """Return the analysis windows of the visits at which the endpoints of ADRS are judged."""
    codes = {code for endpoint in study.endpoints if endpoint.dataset == "ADRS" for code in endpoint.visits}
    return [window for window in study.windows if window.visit in codes and window.target is not None]


def chosen(
    study: Study, tables: Tables, assessed: Assessed, treatment: Treatment, adsl: pl.DataFrame
) -> pl.DataFrame:
    """Return the assessment analysed for each patient and window after treatment began.

    A complete composite comes before an incomplete one, then scheduled, nearest, later. After the patient had left
    the study the visit of early termination alone is used.
    """
    slack = study.get("time.composite_days", 3)
    rows = with_drugs(with_treatment(assessed.composites, treatment, slack), treatment.log, study)
    rows = with_asked(with_previous_dose(rows, treatment, slack), assessed.skin, tables, slack)
    rows = with_steroid_excess(rows, treatment.doses, study).with_columns(treatment_failure="rescue")
    rows = rows.join(
        adsl.select("USUBJID", "EOSSTT", "EOSDT"), on="USUBJID", how="left", maintain_order="left"
    )
    after = (pl.col("EOSSTT") == "DISCONTINUED") & (pl.col("date") > pl.col("EOSDT"))
    left = after & ~pl.col("VISITNUM").is_in(visits.numbers(study, planned=False))
    rows = rows.filter(~pl.col("before"), ~left.fill_null(False)).with_columns(
        day=protocol_day("date"),
        scheduled=pl.col("VISITNUM").is_in(visits.numbers(study)),
    )
    rows = windows.avisit(rows, "day", study.windows)
    rows = windows.select_records(rows, ["USUBJID"], day="day", scheduled="scheduled", complete="complete")
    return rows.filter(pl.col("ANL01FL") == "Y").drop(
        "TRTSDT", "RFSTDT", "RESCDT", "EOSSTT", "EOSDT", "ANL01FL"
    )


def visits_due(study: Study, adsl: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return a row per treated patient and visit that was due at the data cut, with its assessment if there is one.

    A visit is due once its protocol window has closed, once it was assessed, or, for a patient who left the
    study or completed it, once its planned day has come. A visit not yet due has no row (decision 5).
    """
    closes = {visit.code: visit.high for visit in study.visits if visit.high is not None}
    grid = pl.DataFrame(
        [
            (w.avisit, float(w.avisitn), w.target, w.high, closes.get(w.visit, w.high))
            for w in response_windows(study)
        ],
        schema={
            "AVISIT": pl.String,
            "AVISITN": pl.Float64,
            "target": pl.Int64,
            "last": pl.Int64,
            "closes": pl.Int64,
        },
        orient="row",
    )
    subject = adsl.filter(pl.col("SAFFL") == "Y").select(
        "USUBJID", *CARRIED, "CUTDT", "DTHDT", "EOSSTT", "EOSDT", "EFFBLDT"
    )
    rows = subject.join(grid, how="cross").join(
        records.drop("AVISITN"), on=["USUBJID", "AVISIT"], how="left", maintain_order="left"
    )
    cut = protocol_day("CUTDT")
    ended, left = pl.col("EOSSTT") != "ONGOING", pl.col("EOSSTT") == "DISCONTINUED"
    due = pl.col("date").is_not_null() | (cut >= pl.col("closes")) | (ended & (cut >= pl.col("target")))
    assessed = pl.col("date").is_not_null()
    by = pl.when(assessed).then("date").otherwise(pl.col("RFSTDT") + pl.duration(days="target"))
    begun = (pl.col("RESCDT") <= by).fill_null(False)
    return rows.filter(due).with_columns(
        assessed=assessed,
        rescue=pl.when(begun).then(True).when(assessed).then("rescue"),
        treatment_failure=pl.when(begun).then(True).when(assessed).then("treatment_failure"),
        reason=pl.when(assessed).then(pl.lit("ITEM MISSING"))
        .when(protocol_day("DTHDT") <= pl.col("last")).then(pl.lit("DIED"))
        .when(left & (protocol_day("EOSDT") <= pl.col("last"))).then(pl.lit("DISCONTINUED"))
        .otherwise(pl.lit("MISSED VISIT")),
    )  # fmt: skip
