"""ADRS: response by visit: each criterion and its parts, as registered and with rescue as non-response."""

from __future__ import annotations

import polars as pl

from carnet.adam import visits
from carnet.adam.assessments import Assessed
from carnet.adam.bds import CARRIED
from carnet.adam.dates import protocol_day, study_day
from carnet.adam.flags import answer, mark
from carnet.adam.treatment import Treatment, with_treatment
from carnet.core.rule import Rule
from carnet.criteria import DORIS, LLDAS, SRI4
from carnet.study import AnalysisWindow, Study, windows

REGISTERED, COMPOSITE = "REGISTERED", "COMPOSITE"
"""The criterion alone, and with rescue as an intercurrent event that is non-response from its start (decision 8)."""

RESCUE = "_res"
"""How the id of the part on rescue ends; the registered criterion has no such part."""

LONGEST = 8
"""A rule with a longer id explains a verdict but is no parameter."""


def criteria(study: Study) -> tuple[Rule, ...]:
    """Return SRI, DORIS and LLDAS with the parameters that the study chooses."""
    named = (("sri", SRI4), ("doris", DORIS), ("lldas", LLDAS))
    return tuple(rule.with_parameters(**study.parameters(name)) for name, rule in named)


def derive(study: Study, assessed: Assessed, treatment: Treatment, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return a verdict per treated patient, due visit, criterion or part and estimand; unknown ones imputed beside."""
    grid = visits_due(study, adsl, chosen(study, assessed, treatment, adsl))
    judged = [
        (rule, rule.judge(grid.drop("rescue")).with_columns(grid["rescue"])) for rule in criteria(study)
    ]
    blocks = [_long(*pair, estimand) for estimand in (REGISTERED, COMPOSITE) for pair in judged]
    rows = pl.concat([*blocks, _rescue(grid)])
    rows = impute(pl.concat([rows, _sustained(rows, study)], how="diagonal"))
    return rows.with_columns(
        TRTA=pl.col("TRT01A"), ADY=study_day("ADT"), PARCAT1=pl.lit("RESPONSE"), PARAMTYP=pl.lit("DERIVED"),
        SRCDOM=pl.lit("ADQS"), SRCVAR=pl.lit("AVAL"),
    )  # fmt: skip


def response_windows(study: Study) -> list[AnalysisWindow]:
    """Return the analysis windows of the visits at which the endpoints of ADRS are judged."""
    codes = {code for endpoint in study.endpoints if endpoint.dataset == "ADRS" for code in endpoint.visits}
    return [window for window in study.windows if window.visit in codes and window.target is not None]


def chosen(study: Study, assessed: Assessed, treatment: Treatment, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the assessment analysed for each patient and window after treatment began.

    A complete composite comes before an incomplete one, then scheduled, nearest, later. After the patient had left
    the study the visit of early termination alone is used.
    """
    slack = study.get("time.composite_days", 3)
    rows = with_treatment(assessed.composites, treatment, slack)
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
        reason=pl.when(assessed).then(pl.lit("ITEM MISSING"))
        .when(protocol_day("DTHDT") <= pl.col("last")).then(pl.lit("DIED"))
        .when(left & (protocol_day("EOSDT") <= pl.col("last"))).then(pl.lit("DISCONTINUED"))
        .otherwise(pl.lit("MISSED VISIT")),
    )  # fmt: skip


IDENTITY = (
    "USUBJID",
    "SUBJID",
    "TRT01A",
    "SAFFL",
    "CARFL",
    "TRTSDT",
    "CARSDT",
    "RFSTDT",
    "EFFBLDT",
    "AVISIT",
    "AVISITN",
)


def _long(rule: Rule, judged: pl.DataFrame, estimand: str) -> pl.DataFrame:
    """Return the verdicts of a criterion and of its parts as rows; without an assessment all are unknown.

    As composite, a rescue begun makes the criterion false whatever its parts, and whether or not there was a visit;
    where it is unknown whether one had begun, so is a response.
    """
    labels = {part.id: part.label for part in rule.walk() if len(part.id) <= LONGEST}
    begun, none = pl.lit(False), pl.lit(True)
    if estimand == COMPOSITE:
        begun, none = pl.col("rescue").fill_null(False), ~pl.col("rescue")

    def verdict(name: str) -> pl.Expr:
        if name == rule.id:
            return pl.when(begun).then(False).when("assessed").then(pl.col(name) & none)
        return pl.when("assessed").then(none if name.endswith(RESCUE) else pl.col(name))

    return pl.concat(
        judged.select(
            *IDENTITY, "reason", ADT="date", ESTIMAND=pl.lit(estimand), PARAMCD=pl.lit(name.upper()),
            PARAM=pl.lit(label), PARENT=pl.lit(rule.id.upper()), AVAL=verdict(name).cast(pl.Float64),
            rescued=begun & pl.lit(name == rule.id),
        )
        for name, label in labels.items()
        if estimand == COMPOSITE or not name.endswith(RESCUE)
    )  # fmt: skip


def _rescue(grid: pl.DataFrame) -> pl.DataFrame:
    """Return whether a rescue had begun at each visit."""
    return grid.select(
        *IDENTITY, "reason", ADT="date", ESTIMAND=pl.lit(COMPOSITE), PARAMCD=pl.lit("RESCUE"),
        PARAM=pl.lit("rescue begun"), PARENT=pl.lit("RESCUE"), AVAL=pl.col("rescue").cast(pl.Float64),
        rescued=pl.lit(False),
    )  # fmt: skip


def _sustained(rows: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Return sustained remission per patient: DORIS at two or more last due visits, from the first to the last of
    which lie `sustained_days` or more (decision 14). A visit that is unknown ends it.
    """
    apart = study.get("response.sustained_days", 14)
    by = ["USUBJID", "ESTIMAND"]
    doris = rows.filter(pl.col("PARAMCD") == "DORIS").sort(*by, "AVISITN")
    met = pl.col("AVAL").fill_null(0.0) == 1.0
    run = met.cast(pl.Int64).reverse().cum_prod().reverse().over(by) == 1
    held = doris.with_columns(run=run)
    dates = pl.col("ADT").filter("run")
    whole = held.group_by(by, maintain_order=True).agg(
        pl.col("SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT", "RFSTDT", "EFFBLDT").first(),
        AVAL=((dates.len() >= 2) & ((dates.max() - dates.min()).dt.total_days() >= apart))
        .fill_null(False)
        .cast(pl.Float64),
        ADT=dates.min(),
        due=pl.len(),
    )
    return whole.filter(pl.col("due") >= 2).drop("due").with_columns(
        AVISIT=pl.lit("Overall"), AVISITN=pl.lit(9999.0), PARAMCD=pl.lit("DORISSUS"), PARENT=pl.lit("DORISSUS"),
        PARAM=pl.lit("sustained DORIS remission to the last due visit"), rescued=pl.lit(False),
        reason=pl.lit(None, pl.String),
        ADT=pl.when(pl.col("AVAL") == 1).then("ADT"),
    )  # fmt: skip


def impute(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the observed rows, and for each unknown one another that counts it as non-response (NRI).

    ANL02FL marks the observed rows; ANL01FL one row per visit: the observed one if it is known, else the imputed
    one. NRIREAS tells why a non-response was not observed. Whether a rescue had begun is never imputed.
    """
    unknown = pl.col("AVAL").is_null()
    rows = rows.with_columns(
        DTYPE=pl.lit(None, pl.String),
        ANL02FL=pl.lit("Y"),
        ANL01FL=mark(~unknown),
        NRIREAS=pl.when(unknown & (pl.col("PARAMCD") != "RESCUE"))
        .then("reason")
        .when("rescued")
        .then(pl.lit("RESCUE")),
    )
    imputed = rows.filter(unknown, pl.col("PARAMCD") != "RESCUE").with_columns(
        AVAL=pl.lit(0.0), DTYPE=pl.lit("NRI"), ANL01FL=pl.lit("Y"), ANL02FL=pl.lit(None, pl.String)
    )
    return pl.concat([rows, imputed]).with_columns(AVALC=answer(pl.col("AVAL") == 1))
