"""ADTTE: times to the first response, to remission that lasts, to a flare after it, to recovery of the B cells."""

from __future__ import annotations

import polars as pl

from carnet.adam.adcp import B_CELLS
from carnet.adam.intercurrent import response_estimands
from carnet.study import Study

FIRST = {"SRI4": "TTSRI4", "DORIS": "TTDORIS", "LLDAS": "TTLLDAS"}
"""The criteria whose first fulfilment is an event, and the parameter of the time to it."""

LASTING, DORIS = ("DORISSUS", "TTDORSUS"), "DORIS"
FLARES = {"BFLARE": "TTBFLARE", "SFI": "TTSFI"}
RESPONSE = "SRI4"
"""A flare is waited for from the first response by this criterion."""

LABELS = {
    "TTSRI4": "Time to first SRI4 (days)",
    "TTDORIS": "Time to first DORIS (days)",
    "TTLLDAS": "Time to first LLDAS (days)",
    "TTDORSUS": "Time to DORIS that lasts (days)",
    "TTBFLARE": "Time from first SRI4 to BILAG flare (days)",
    "TTSFI": "Time from first SRI4 to SELENA flare (days)",
    "TTBCELL": "Time from depletion to recovery of B cells (days)",
}

EVENT, CENSORED, DIED = 0, 1, 2

SCHEMA = {
    "USUBJID": pl.String, "ESTIMAND": pl.String, "PARAMCD": pl.String, "start": pl.Date, "event": pl.Date,
    "last": pl.Date, "seen": pl.String, "SRCDOM": pl.String,
}  # fmt: skip


def derive(study: Study, adrs: pl.DataFrame, adcp: pl.DataFrame | None, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return, per infused patient, event and estimand, the days to it or to the last day known without it.

    Where a response is no response after a rescue (composite) the patient stays at risk to the end. A patient without
    any verdict is censored at the origin. CNSR is 2 where a patient died before the event: the death precludes it.
    """
    infused = adsl.filter(pl.col("CARFL") == "Y").select(
        "STUDYID", "USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT", "DTHDT"
    )
    verdicts = adrs.filter(pl.col("ANL02FL") == "Y")
    times = [_first(verdicts), _lasting(verdicts), _flares(verdicts)]
    if adcp is not None:
        limit = float(study.get("response.b_cell_depleted", 10))
        recovered = _recovery(adcp, infused, limit)
        times.append(recovered.with_columns(ESTIMAND=pl.lit(response_estimands(study)[0].id)))
    known = [table.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()) for table in times]
    rows = infused.join(pl.concat(known), on="USUBJID")
    event = pl.col("event").is_not_null()
    start = pl.coalesce("start", "CARSDT")
    died = ~event & pl.col("DTHDT").is_not_null()
    rows = rows.with_columns(
        STARTDT=start,
        ADT=pl.coalesce("event", pl.when(died).then("DTHDT"), "last", start),
        CNSR=pl.when(event).then(EVENT).when(died).then(DIED).otherwise(CENSORED),
    )
    return rows.with_columns(
        PARCAT1=pl.when(pl.col("PARAMCD") == "TTBCELL").then(pl.lit("B CELLS")).otherwise(pl.lit("RESPONSE")),
        PARAM=pl.col("PARAMCD").replace_strict(LABELS, return_dtype=pl.String),
        TRTA=pl.col("TRT01A"), AVALU=pl.lit("DAYS"),
        AVAL=(pl.col("ADT") - pl.col("STARTDT")).dt.total_days().cast(pl.Float64),
        EVNTDESC=pl.when(event).then("seen").when(died).then(pl.lit("Died before")).otherwise(pl.lit("Censored")),
        CNSDTDSC=pl.when(event | died).then(None).when(pl.col("last").is_null()).then(pl.lit("Origin"))
        .when(pl.col("SRCDOM") == "ADCP").then(pl.lit("Last known value")).otherwise(pl.lit("Last known verdict")),
        SRCVAR=pl.lit("ADT"),
    ).sort("USUBJID", "PARAMCD", "ESTIMAND", descending=[False, False, True])  # fmt: skip


def _first(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return when each criterion was first met, and when its verdict was last known."""
    met = pl.col("AVAL") == 1
    found = verdicts.filter(pl.col("PARAMCD").is_in(list(FIRST))).group_by("USUBJID", "ESTIMAND", "PARAMCD").agg(
        event=pl.col("ADT").filter(met).min(), last=pl.col("ADT").filter(pl.col("AVAL").is_not_null()).max()
    )  # fmt: skip
    return found.with_columns(
        seen=pl.concat_str(pl.lit("First "), "PARAMCD"), PARAMCD=pl.col("PARAMCD").replace_strict(FIRST),
        start=pl.lit(None, pl.Date), SRCDOM=pl.lit("ADRS"),
    )  # fmt: skip


def _lasting(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return when remission began that lasts to the last due visit, and when remission was last known."""
    source, paramcd = LASTING
    by = ["USUBJID", "ESTIMAND"]
    known = pl.col("ADT").filter(pl.col("AVAL").is_not_null()).max()
    last = verdicts.filter(pl.col("PARAMCD") == DORIS).group_by(by).agg(last=known)
    held = verdicts.filter(pl.col("PARAMCD") == source, pl.col("AVAL") == 1).select(*by, event="ADT")
    return last.join(held, on=by, how="left").with_columns(
        PARAMCD=pl.lit(paramcd), seen=pl.lit("Remission that lasts"), start=pl.lit(None, pl.Date),
        SRCDOM=pl.lit("ADRS"),
    )  # fmt: skip


def _flares(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return the first flare after the first response, of those who responded; flares are of one estimand alone."""
    met = pl.col("AVAL") == 1
    flares = verdicts.filter(pl.col("PARAMCD").is_in(list(FLARES)))
    by = ["USUBJID", "ESTIMAND"]
    responded = (
        verdicts.filter(pl.col("PARAMCD") == RESPONSE, met).group_by(by).agg(start=pl.col("ADT").min())
    )
    later = flares.join(responded, on=by).filter(pl.col("ADT") > pl.col("start"))
    found = later.group_by(*by, "PARAMCD").agg(
        event=pl.col("ADT").filter(met).min(), last=pl.col("ADT").filter(pl.col("AVAL").is_not_null()).max()
    )
    asked = flares.select("ESTIMAND", "PARAMCD").unique()
    return responded.join(asked, on="ESTIMAND").join(found, on=[*by, "PARAMCD"], how="left").with_columns(
        seen=pl.lit("Flare"), PARAMCD=pl.col("PARAMCD").replace_strict(FLARES), SRCDOM=pl.lit("ADRS")
    )  # fmt: skip


def _recovery(adcp: pl.DataFrame, infused: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Return the first of two values in a row at or above the limit, of those whose B cells fell below it.

    The origin is the first value below from the first infusion on. A last value at or above the limit with none after
    it is not confirmed: the patient is censored at the value before.
    """
    values = (
        adcp.filter(pl.col("PARAMCD") == B_CELLS, pl.col("AVAL").is_not_null())
        .join(infused.select("USUBJID", start_cells="CARSDT"), on="USUBJID")
        .filter(pl.col("ADT") >= pl.col("start_cells"))
        .sort("USUBJID", "ADT", "ADTM", "SRCSEQ")
    )
    below = pl.col("AVAL") < limit
    depleted = values.group_by("USUBJID", maintain_order=True).agg(start=pl.col("ADT").filter(below).min())
    later = values.join(depleted.drop_nulls("start"), on="USUBJID").filter(pl.col("ADT") >= pl.col("start"))
    both = ~below & (~below).shift(-1).over("USUBJID").fill_null(False)
    open_end = ~below & (pl.int_range(pl.len()).reverse().over("USUBJID") == 0)
    found = later.with_columns(both=both, open_end=open_end).group_by("USUBJID", "start").agg(
        event=pl.col("ADT").filter("both").min(), last=pl.col("ADT").filter(~pl.col("open_end")).max()
    )  # fmt: skip
    return found.with_columns(PARAMCD=pl.lit("TTBCELL"), seen=pl.lit("Recovery"), SRCDOM=pl.lit("ADCP"))
