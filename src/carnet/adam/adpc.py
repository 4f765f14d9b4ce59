"""ADPC: the level of the cells in each sample, with the infusion it belongs to and the time since."""

from __future__ import annotations

import polars as pl

from carnet.adam.bds import CARRIED
from carnet.adam.dates import day, moment, study_day
from carnet.adam.flags import mark
from carnet.kinetics import durations
from carnet.kinetics.limits import BELOW, DETECTED, NOT_DETECTED
from carnet.kinetics.profiles import read_profiles
from carnet.kinetics.usage import usage
from carnet.study import Study

NAMED = {"CARTG": "CAR transgene", "CARNKFC": "CAR-NK cells by flow cytometry"}

NO_INFUSIONS = pl.DataFrame(schema=dict.fromkeys(("USUBJID", "EXCAT", "EXSTDTC"), pl.String))


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the samples of PC as the kinetics place and read them; times are days from the start of an infusion.

    A sample belongs to the infusion that began before it and up to the start of the next (decision 19).
    """
    placed = usage(read_profiles(tables["pc"], tables.get("ex", NO_INFUSIONS)))
    rows = tables["pc"].hstack(placed.select("elapsed", "infusion", "since", "nominal", "state", "reason"))
    subject = adsl.select("USUBJID", *CARRIED)
    rows = rows.join(subject, on="USUBJID", how="inner", maintain_order="left")
    rows = rows.with_columns(ADT=day("PCDTC"), ADTM=moment("PCDTC"))
    rows = rows.with_columns(
        AFRLT=pl.col("elapsed"), INFNUM=pl.col("infusion").cast(pl.Int64), ARRLT=pl.col("since"),
        NFRLT=_nominal(study), NOMFL=mark(pl.col("nominal")),
        AVAL=pl.col("PCSTRESN"), AVALC=pl.col("PCSTRESC"), AVALU=pl.col("PCSTRESU"),
        PARAMCD=pl.col("PCTESTCD"), PARAM=pl.coalesce("PCTEST", pl.col("PCTESTCD").replace(NAMED)),
        PARCAT1=pl.lit("CAR-NK KINETICS"),
    )  # fmt: skip
    labels = {visit.num: visit.label for visit in study.visits}
    return rows.with_columns(
        TRTA=pl.col("TRT01A"), ADY=study_day("ADT"), ATPT=pl.col("PCTPT"), ATPTN=pl.col("PCTPTNUM"),
        AVISIT=pl.col("VISITNUM").replace_strict(labels, default=None, return_dtype=pl.String),
        AVISITN=pl.col("VISITNUM"),
        BLQFL=mark(pl.col("state").is_in([BELOW, DETECTED, NOT_DETECTED]).fill_null(False)),
        ANL01FL=mark(pl.col("reason").is_null()), ANLREAS=pl.col("reason"),
        SRCDOM=pl.lit("PC"), SRCVAR=pl.lit("PCSTRESN"), SRCSEQ=pl.col("PCSEQ"),
    )  # fmt: skip


def _nominal(study: Study) -> pl.Expr:
    """Return the planned days from the first infusion: the planned day of the visit, plus the planned time after."""
    planned = {visit.num: float(visit.day) for visit in study.visits if visit.day is not None}
    visit_day = pl.col("VISITNUM").replace_strict(planned, default=None, return_dtype=pl.Float64)
    return visit_day + durations.days(pl.col("PCELTM")).fill_null(0.0)
