"""ADEX: the doses given, beside what was planned."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import study_day
from carnet.adam.exposure import doses


def derive(tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the doses of EX with the planned dose of EC, the share given, and the sum so far of each treatment."""
    subject = adsl.select("USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT", "RFSTDT")
    rows = doses(tables).join(subject, on="USUBJID", how="inner", maintain_order="left")
    rows = rows.join(planned(tables, rows), on=["USUBJID", "EXSEQ"], how="left", maintain_order="left")
    return rows.with_columns(
        TRTA=pl.col("TRT01A"),
        ASTDY=study_day("ASTDT"),
        ADURN=(pl.col("AENDT") - pl.col("ASTDT")).dt.total_days() + 1,
        DOSEPCT=pl.when(pl.col("DOSEP") > 0).then((100 * pl.col("EXDOSE") / pl.col("DOSEP")).round(6)),
        INFNUM=pl.col("infusion"),
        CUMDOSE=pl.col("EXDOSE").cum_sum().over("USUBJID", "EXTRT"),
        SRCDOM=pl.lit("EX"),
        SRCVAR=pl.lit("EXDOSE"),
        SRCSEQ=pl.col("EXSEQ"),
    )


def planned(tables: dict[str, pl.DataFrame], given: pl.DataFrame) -> pl.DataFrame:
    """Return the planned dose of each dose given, DOSEP: the scheduled record of EC under the same identifier."""
    none = pl.DataFrame(schema={"USUBJID": pl.String(), "EXSEQ": pl.Int64(), "DOSEP": pl.Float64()})
    ec = tables.get("ec")
    if ec is None:
        return none
    plan = (
        ec.filter(pl.col("ECMOOD") == "SCHEDULED", pl.col("ECSPID").is_not_null())
        .select(
            "USUBJID",
            EXSPID="ECSPID",
            DOSEP="ECDOSE",
            unit="ECDOSU",
        )
        .unique(["USUBJID", "EXSPID"], keep="first", maintain_order=True)
    )
    return (
        given.join(plan, on=["USUBJID", "EXSPID"], how="inner")
        .filter((pl.col("unit") == pl.col("EXDOSU")).fill_null(True))
        .select("USUBJID", "EXSEQ", "DOSEP")
    )
