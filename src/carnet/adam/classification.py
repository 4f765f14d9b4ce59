"""EULAR/ACR 2019 classification of each patient, as the history taken at screening has it."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import day
from carnet.adam.flags import answer, mark
from carnet.core.table import read_rows
from carnet.criteria import EULAR_ACR

ITEMS = {row["testcd"]: row["item"] for row in read_rows("carnet.adam", "classification.csv")}
"""The criteria of the classification by the test code of the answer."""


def classified(
    tables: dict[str, pl.DataFrame], adsl: pl.DataFrame, identity: list[str], longest: int
) -> pl.DataFrame:
    """Return the verdict and its parts per treated patient at baseline; no rows where no history was taken.

    It tells who the patients are and is nobody's response: what is unknown stays so, nothing is imputed.
    """
    told = _answers(tables)
    if told.is_empty():
        return pl.DataFrame(schema={"USUBJID": pl.String()})
    subjects = adsl.filter(pl.col("SAFFL") == "Y").with_columns(
        AVISIT=pl.lit("Baseline"), AVISITN=pl.lit(0.0)
    )
    rows = subjects.select(identity).join(told, on="USUBJID", how="left", maintain_order="left")
    judged = EULAR_ACR.judge(rows)
    unknown = pl.lit("ITEM MISSING")
    return pl.concat(
        judged.select(
            *identity, "ADT", PARAMCD=pl.lit(part.id.upper()), PARAM=pl.lit(part.label),
            PARENT=pl.lit(EULAR_ACR.id.upper()), AVAL=pl.col(part.id).cast(pl.Float64),
            AVALC=answer(pl.col(part.id)), ELIGFL=pl.lit("Y"), ANL01FL=mark(pl.col(part.id).is_not_null()),
            ANL02FL=pl.lit("Y"), NRIREAS=pl.when(pl.col(part.id).is_null()).then(unknown),
        )
        for part in EULAR_ACR.walk()
        if len(part.id) <= longest
    )  # fmt: skip


def _answers(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return a row per subject with the last answer to each criterion, and the day of the first."""
    if "fa" not in tables:
        return pl.DataFrame()
    given = tables["fa"].filter(pl.col("FATESTCD").is_in(list(ITEMS)), pl.col("FASTRESC").is_not_null())
    if given.is_empty():
        return pl.DataFrame()
    rows = given.select(
        "USUBJID", ADT=day("FADTC"), item=pl.col("FATESTCD").replace_strict(ITEMS, return_dtype=pl.String),
        value="FASTRESC",
    )  # fmt: skip
    days = rows.group_by("USUBJID").agg(pl.col("ADT").min())
    wide = rows.unique(["USUBJID", "item"], keep="last", maintain_order=True).pivot(
        "item", index="USUBJID", values="value"
    )
    return wide.join(days, on="USUBJID", how="left", maintain_order="left")
