"""ADRS: response by visit: each criterion and its parts, as registered and with rescue as non-response."""

from __future__ import annotations

import polars as pl

from carnet.adam.assessments import Assessed
from carnet.adam.classification import classified
from carnet.adam.dates import study_day
from carnet.adam.flags import answer
from carnet.adam.frame import Tables, response_frame
from carnet.adam.imputation import FLARES, impute
from carnet.adam.intercurrent import begun, response_estimands, which, with_events
from carnet.adam.rescue import ADDED, adds_rescue
from carnet.adam.sustained import sustained
from carnet.adam.treatment import Treatment
from carnet.core.rule import Rule
from carnet.criteria import CRITERIA, ELIGIBLE, EULAR_ACR, RENAL, RENAL_FLARE
from carnet.study import Estimand, Study

LONGEST = 8
"""A rule with a longer id explains a verdict but is no parameter."""

FAMILIES = {
    "sri": ("sri4", "sri5", "sri6", "sri7", "sri8"), "bicla": ("bicla",),
    "doris": ("doris", "dorisoff", "doriscmp", "doriscof"), "tfr": ("tfr",), "lldas": ("lldas",),
    "bilag_flare": ("bflare",), "sfi": ("sfi",), "clasi50": ("clasi50",),
}  # fmt: skip
"""The criteria by the name under which a study chooses their parameters."""

RESPONDED = "rnaur"
"""The response after which a renal flare is counted: that of the trial which defined the flare."""

NEGATED = ("sfm_nos",)
"""Parts that say the contrary of another."""


def criterion(study: Study, id: str) -> Rule:
    """Return a criterion with the parameters that the study chooses."""
    if id in RENAL:
        return CRITERIA[id].with_parameters(**_renal(study, id))
    family = next((name for name, ids in FAMILIES.items() if id in ids), id)
    chosen = study.parameters(family)
    fixed = {"n"} if family == "sri" else set()  # the number of points is in the id
    return CRITERIA[id].with_parameters(**{name: chosen[name] for name in chosen if name not in fixed})


def _renal(study: Study, id: str) -> dict[str, float]:
    """Return what the study says of renal response: who has nephritis, and its own complete response."""
    chosen = {"baseline": study.get("response.nephritis_above", 0.5)}
    if id == "rncr":
        chosen["proteinuria"] = study.get("response.renal_upcr", 0.5)
        chosen["egfr_fall"] = 100 - study.get("response.renal_egfr", 80)
    return chosen


def criteria(study: Study) -> tuple[Rule, ...]:
    """Return the criteria of ADRS with the parameters that the study chooses."""
    main = f"sri{study.parameters('sri').get('n', 4)}"
    ids = [main, *(id for family in FAMILIES.values() for id in family if id != main), *RENAL]
    return tuple(criterion(study, id) for id in ids)


def derive(
    study: Study, tables: Tables, assessed: Assessed, treatment: Treatment, adsl: pl.DataFrame
) -> pl.DataFrame:
    """Return a verdict per treated patient, due visit, criterion or part and estimand; unknown ones imputed beside."""
    grid = with_events(response_frame(study, tables, assessed, treatment, adsl), adsl, study)
    before = assessed.composites.filter("is_baseline")
    judged = [_judged(rule, frame_of(rule, grid), before) for rule in criteria(study)]
    if any(rule.id == RESPONDED for rule, _ in judged):
        judged.append(flared_again(criterion(study, RENAL_FLARE.id), judged))
    estimands = response_estimands(study)
    blocks = [
        _long(rule, rows, estimand)
        for estimand in estimands
        for rule, rows in judged
        if estimand is estimands[0] or rule.id.upper() not in FLARES
    ]
    begins = [_rescue(grid, e) for e in estimands if e.rescue != "treatment-policy"]
    rows = pl.concat([*blocks, *begins], how="diagonal")
    held = sustained(rows, study, list(IDENTITY))
    rows = impute(pl.concat([rows, held], how="diagonal"), {e.id: e.missing for e in estimands})
    who = classified(tables, adsl, list(IDENTITY), LONGEST).with_columns(ESTIMAND=pl.lit(estimands[0].id))
    rows = pl.concat([rows, who], how="diagonal_relaxed")
    return with_discordance(rows).with_columns(
        TRTA=pl.col("TRT01A"), ADY=study_day("ADT"), PARCAT1=pl.lit("RESPONSE"), PARAMTYP=pl.lit("DERIVED"),
        SRCDOM=pl.when(pl.col("PARENT").is_in([id.upper() for id in (*RENAL, RENAL_FLARE.id)])).then(pl.lit("ADLB"))
        .when(pl.col("PARENT") == EULAR_ACR.id.upper()).then(pl.lit("FA")).otherwise(pl.lit("ADQS")),
        SRCVAR=pl.lit("AVAL"),
    )  # fmt: skip


def flared_again(flare: Rule, judged: list[tuple[Rule, pl.DataFrame]]) -> tuple[Rule, pl.DataFrame]:
    """Return renal flare judged at each visit against the proteinuria at the last response before it (AURORA's).

    Who has not responded yet cannot flare: the verdict is no, and ELIGFL tells so. Where it is not known whether an
    earlier visit was a response, the level alone may still rule a flare out; else the verdict is unknown.
    """
    response, rows = next(pair for pair in judged if pair[0].id == RESPONDED)
    level = pl.when(RESPONDED).then("proteinuria").forward_fill().shift(1)
    unsure = pl.col(RESPONDED).is_null().cast(pl.Int64).cum_sum().shift(1, fill_value=0) > 0
    rows = rows.sort("USUBJID", "AVISITN", maintain_order=True).with_columns(
        proteinuria_response=level.over("USUBJID"), maybe=unsure.over("USUBJID")
    )
    rows = flare.judge(rows.drop("ELIGFL", *response.ids()))
    after = pl.col("proteinuria_response").is_not_null()
    verdict = pl.when(after | pl.col("maybe")).then(flare.id).otherwise(False)
    eligible = pl.when(after).then(True).when(~pl.col("maybe")).then(False)
    return flare, rows.with_columns(verdict.alias(flare.id), ELIGFL=answer(eligible)).drop("maybe")


def frame_of(rule: Rule, grid: pl.DataFrame) -> pl.DataFrame:
    """Return the frame on which a rule is judged: of a renal response, assessed where and when the laboratory is."""
    if rule.id not in RENAL:
        return grid
    measured = pl.col("kidney_date").is_not_null()
    lacking = pl.when(pl.col("assessed")).then(pl.lit("ITEM MISSING")).otherwise("reason")
    return grid.with_columns(assessed=measured, date="kidney_date", reason=lacking)


def _judged(rule: Rule, grid: pl.DataFrame, before: pl.DataFrame) -> tuple[Rule, pl.DataFrame]:
    """Return the rule with the frame that it has judged; ELIGFL tells who can meet it at all.

    Rescue is no part of a published criterion, but where its own definition says so.
    """
    read = grid.drop("rescue") if adds_rescue(rule) else grid
    rows = rule.judge(read).with_columns(rescue=grid["rescue"])
    return rule, _with_eligible(rule, rows, before)


def _with_eligible(rule: Rule, rows: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with ELIGFL: whether the patient belongs in the denominator, by baseline alone."""
    part = f"{rule.id}_b" if rule.id in RENAL else "clasi_el"
    if any(other.id == part for other in rule.parts):
        return rows.with_columns(ELIGFL=answer(pl.col(part).max().over("USUBJID")))
    if rule.id not in ELIGIBLE:
        return rows.with_columns(ELIGFL=pl.lit("Y"))
    eligible = ELIGIBLE[rule.id]
    found = eligible.judge(before).select("USUBJID", ELIGFL=answer(pl.col(eligible.id)))
    return rows.join(found, on="USUBJID", how="left", maintain_order="left")


def with_discordance(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with CRIT1 on DORIS: met although LLDAS is not, as newly positive serology can make it."""
    keys = ["USUBJID", "ESTIMAND", "AVISITN"]
    lldas = rows.filter(pl.col("PARAMCD") == "LLDAS", pl.col("ANL02FL") == "Y").select(*keys, _lldas="AVAL")
    about = (pl.col("PARAMCD") == "DORIS") & (pl.col("ANL02FL") == "Y")
    without = (pl.col("AVAL") == 1) & (pl.col("_lldas") == 0)
    return rows.join(lldas, on=keys, how="left", maintain_order="left").with_columns(
        CRIT1=pl.when(about).then(pl.lit("DORIS met, LLDAS not met")),
        CRIT1FL=pl.when(about).then(answer(without)),
    ).drop("_lldas")  # fmt: skip


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


def _long(rule: Rule, judged: pl.DataFrame, estimand: Estimand) -> pl.DataFrame:
    """Return the verdicts of a criterion and of its parts as rows; without an assessment all are unknown.

    An event that has begun and that the estimand meets as composite makes the criterion false whatever its parts, and
    whether or not there was a visit; where it is unknown whether one had begun, so is a response.
    """
    labels = {
        part.id: part.label for part in rule.walk() if len(part.id) <= LONGEST and part.id not in NEGATED
    }
    composite = estimand.rescue == "composite"
    fails, gone = begun(estimand, "composite"), begun(estimand, "hypothetical").fill_null(False)
    kept = judged.filter(~begun(estimand, "while-on-treatment").fill_null(False))

    def verdict(name: str) -> pl.Expr:
        if name == rule.id:
            seen = pl.col("assessed") & ~gone
            return pl.when(fails.fill_null(False)).then(False).when(seen).then(pl.col(name) & ~fails)
        return pl.when("assessed").then(~pl.col("rescue") if name.endswith(ADDED) else pl.col(name))

    return pl.concat(
        kept.select(
            *IDENTITY, "ELIGFL", reason=pl.coalesce(which(estimand, "hypothetical"), "reason"), ADT="date",
            ESTIMAND=pl.lit(estimand.id), PARAMCD=pl.lit(name.upper()), PARAM=pl.lit(label),
            PARENT=pl.lit(rule.id.upper()), AVAL=verdict(name).cast(pl.Float64),
            event=which(estimand, "composite") if name == rule.id else pl.lit(None, pl.String),
        )
        for name, label in labels.items()
        if composite or not name.endswith(ADDED)
    )  # fmt: skip


def _rescue(grid: pl.DataFrame, estimand: Estimand) -> pl.DataFrame:
    """Return whether a rescue had begun at each visit."""
    return grid.select(
        *IDENTITY, "reason", ADT="date", ESTIMAND=pl.lit(estimand.id), PARAMCD=pl.lit("RESCUE"),
        PARAM=pl.lit("rescue begun"), PARENT=pl.lit("RESCUE"), AVAL=pl.col("rescue").cast(pl.Float64),
        event=pl.lit(None, pl.String),
    )  # fmt: skip
