"""ADPC: the level of the cells in each sample, with the infusion it belongs to and the time since."""

from __future__ import annotations

import polars as pl

from carnet.adam.bds import CARRIED
from carnet.adam.dates import day, moment, study_day
from carnet.adam.flags import mark
from carnet.kinetics import durations
from carnet.study import Study

NAMED = {"CARTG": "CAR transgene", "CARNKFC": "CAR-NK cells by flow cytometry"}
DAY = 86_400_000_000


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the samples of PC as analysed; times are days from the start of an infusion.

    A sample belongs to the infusion that began before it and up to the start of the next (decision 19).
    """
    starts = [f"INF{number}DTM" for number in (1, 2, 3)]
    subject = adsl.select("USUBJID", *CARRIED, "CARSTMF", *starts)
    rows = tables["pc"].join(subject, on="USUBJID", how="inner", maintain_order="left")
    rows = rows.with_columns(ADT=day("PCDTC"), ADTM=moment("PCDTC"))
    clocked = pl.col("CARSTMF").is_null()
    infusion = pl.coalesce(
        pl.when(pl.col("ADTM") > pl.col(start)).then(number)
        for number, start in ((3, starts[2]), (2, starts[1]), (1, starts[0]))
    )
    of_infusion = pl.coalesce(
        pl.when(infusion == number).then(start) for number, start in enumerate(starts, start=1)
    )
    result = pl.col("PCSTAT").ne_missing("NOT DONE") & pl.col("PCSTRESC").is_not_null()
    rows = rows.with_columns(
        AFRLT=pl.when(clocked).then(_days(pl.col(starts[0]))), INFNUM=infusion.cast(pl.Int64),
        ARRLT=pl.when(clocked).then(_days(of_infusion)), NFRLT=_nominal(study),
        AVAL=pl.col("PCSTRESN"), AVALC=pl.col("PCSTRESC"), AVALU=pl.col("PCSTRESU"),
        PARAMCD=pl.col("PCTESTCD"), PARAM=pl.coalesce("PCTEST", pl.col("PCTESTCD").replace(NAMED)),
        PARCAT1=pl.lit("CAR-NK KINETICS"),
    )  # fmt: skip
    labels = {visit.num: visit.label for visit in study.visits}
    return rows.with_columns(
        TRTA=pl.col("TRT01A"), ADY=study_day("ADT"), ATPT=pl.col("PCTPT"), ATPTN=pl.col("PCTPTNUM"),
        AVISIT=pl.col("VISITNUM").replace_strict(labels, default=None, return_dtype=pl.String),
        AVISITN=pl.col("VISITNUM"),
        BLQFL=mark(result & (pl.col("AVAL").is_null() | (pl.col("AVAL") < pl.col("PCLLOQ")).fill_null(False))),
        ANL01FL=mark(result & (pl.col("AFRLT") > 0)),
        SRCDOM=pl.lit("PC"), SRCVAR=pl.lit("PCSTRESN"), SRCSEQ=pl.col("PCSEQ"),
    )  # fmt: skip


def _days(start: pl.Expr) -> pl.Expr:
    """Return the days from a moment to the draw."""
    return (pl.col("ADTM") - start).dt.total_microseconds() / DAY


def _nominal(study: Study) -> pl.Expr:
    """Return the planned days from the first infusion: the planned day of the visit, plus the planned time after."""
    planned = {visit.num: float(visit.day) for visit in study.visits if visit.day is not None}
    visit_day = pl.col("VISITNUM").replace_strict(planned, default=None, return_dtype=pl.Float64)
    return visit_day + durations.days(pl.col("PCELTM")).fill_null(0.0)
