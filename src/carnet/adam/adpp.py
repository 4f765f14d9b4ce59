"""ADPP: the kinetic parameters of each patient."""

from __future__ import annotations

import polars as pl

from carnet.adam.flags import mark
from carnet.kinetics.definitions import table
from carnet.study import Study, kinetics


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the parameters that `carnet.kinetics` computes of PC and EX by the rules of the study."""
    found = kinetics.parameters(study, tables["pc"], tables["ex"])
    testcd, unit = kinetics.primary(study)
    names = table().select("PPTESTCD", PARAMCD="paramcd", label="name")
    subject = adsl.select("USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT")
    level = pl.col("PPSTRESU").filter(pl.col("PPTESTCD") == "CMAX").first().over("subject", "analyte")
    registered = (pl.col("analyte").str.split(" ").list.first() == testcd) & (level == unit)
    rows = found.with_columns(registered.alias("registered"))
    rows = rows.join(names, on="PPTESTCD", how="left", maintain_order="left")
    rows = rows.join(subject, left_on="subject", right_on="USUBJID", how="inner", maintain_order="left")
    shown = pl.when(pl.col("PPSTRESU").is_not_null()).then(
        pl.concat_str(pl.lit(" ("), "PPSTRESU", pl.lit(")"))
    )
    return rows.with_columns(
        USUBJID=pl.col("subject"), TRTA=pl.col("TRT01A"), PARAM=pl.concat_str("label", shown.fill_null("")),
        PARCAT1=pl.lit("CAR-NK KINETICS"), SCOPE=pl.col("scope"), ANALYTE=pl.col("analyte"),
        AVAL=pl.col("PPSTRESN"), AVALU=pl.col("PPSTRESU"), FLAGS=pl.col("flags"),
        PRIMFL=mark(pl.col("registered")),
        SRCDOM=pl.lit("PC"), SRCVAR=pl.lit("PCSTRESN"), STUDYID=pl.lit(study.id),
    )  # fmt: skip
