"""ADPP: the kinetic parameters of each patient."""

from __future__ import annotations

import polars as pl

from carnet.kinetics import nca
from carnet.kinetics.definitions import table
from carnet.study import Study


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the parameters that `carnet.kinetics` computes of PC and EX by the rules of the study."""
    stated = {name: study.get(f"kinetics.{name}") for name in ("tmax", "auc", "blq")}
    choices = {name: rule for name, rule in stated.items() if rule}
    days = study.get("kinetics.auc_days")
    found = nca.parameters(tables["pc"], tables["ex"], windows=(f"P0D/P{days}D",) if days else (), **choices)
    names = table().select("PPTESTCD", PARAMCD="paramcd", label="name")
    subject = adsl.select("USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT")
    rows = found.join(names, on="PPTESTCD", how="left", maintain_order="left")
    rows = rows.join(subject, left_on="subject", right_on="USUBJID", how="inner", maintain_order="left")
    unit = pl.when(pl.col("PPSTRESU").is_not_null()).then(
        pl.concat_str(pl.lit(" ("), "PPSTRESU", pl.lit(")"))
    )
    return rows.with_columns(
        USUBJID=pl.col("subject"), TRTA=pl.col("TRT01A"), PARAM=pl.concat_str("label", unit.fill_null("")),
        PARCAT1=pl.lit("CAR-NK KINETICS"), SCOPE=pl.col("scope"), ANALYTE=pl.col("analyte"),
        AVAL=pl.col("PPSTRESN"), AVALU=pl.col("PPSTRESU"), FLAGS=pl.col("flags"),
        SRCDOM=pl.lit("PC"), SRCVAR=pl.lit("PCSTRESN"), STUDYID=pl.lit(study.id),
    )  # fmt: skip
