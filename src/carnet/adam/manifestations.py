"""Manifestations: the SLEDAI-2K items of each assessment within a look-back, attributed."""

from __future__ import annotations

import polars as pl

from carnet.adam import evidence
from carnet.adam.dates import day
from carnet.adam.supplement import with_supplement
from carnet.core.inputs import FALSE, TRUE
from carnet.core.partial_date import date_range
from carnet.instruments.sledai2k import ITEMS

CODES = {item.testcd: item.id for item in ITEMS}

SEROLOGICAL = [item.id for item in ITEMS if "serological" in item.groups]


def answers(tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the items as the form has them: answer, date last present, attribution; a row for each.

    `last_from` and `last_to` are the first and the last day that the date last present may mean.
    """
    rs = tables["rs"].filter(pl.col("RSTESTCD").is_in(list(CODES)))
    rs = with_supplement(rs, tables, "RS", ["ATTRIB", "LASTPRES"])
    word = pl.col("RSORRES").str.to_lowercase()
    first, last = (moment.dt.date() for moment in date_range(pl.col("LASTPRES")))
    return (
        rs.select(
            "USUBJID", "VISITNUM", date=day("RSDTC"),
            item=pl.col("RSTESTCD").replace_strict(CODES, return_dtype=pl.String), RSSEQ="RSSEQ",
            answer=word.replace_strict({w: w in TRUE for w in TRUE + FALSE}, default=None, return_dtype=pl.Boolean),
            last_from=first, last_to=last, due=pl.col("ATTRIB").str.to_uppercase(), category="RSCAT",
        )
        .unique(["USUBJID", "VISITNUM", "item"], keep="last", maintain_order=True)
        .join(adsl.select("USUBJID", "TRTSDT"), on="USUBJID", how="inner", maintain_order="left")
    )  # fmt: skip


def present(rows: pl.DataFrame, found: pl.DataFrame, window: int, slack: int, name: str) -> pl.DataFrame:
    """Return the items with the Boolean column `name`: present within `window` days (decisions 7 and 12).

    A date last present decides by the days since; without one the answer stands. For counts, urine cells and fever
    after the first treatment, an answer or a value that qualifies needs an attribution: lupus is present,
    another cause absent, none unknown. An item that nobody answered is what its values say, if they can.
    """
    rows = rows.join(
        evidence.at(rows, found, window, slack),
        on=["USUBJID", "date", "item"],
        how="left",
        maintain_order="left",
    )
    surely = (pl.col("date") - pl.col("last_from")).dt.total_days() <= window
    possibly = (pl.col("date") - pl.col("last_to")).dt.total_days() <= window
    too_old = ~possibly & pl.col("answer").is_not_null()
    seen = pl.when(surely).then(True).when(possibly).then(None).when(too_old).then(False)
    by_answer = pl.when(surely.is_not_null()).then(seen).otherwise("answer")
    value = pl.col("value")
    due = pl.col("due")
    needs = pl.col("item").is_in(evidence.ATTRIBUTED) & (pl.col("date") >= pl.col("TRTSDT")).fill_null(False)
    evident = by_answer.fill_null(False) | value.fill_null(False)
    attributed = (
        pl.when((due == "LUPUS") & evident).then(True)
        .when(due.is_in(["DRUG", "INFECTION", "OTHER"])).then(False)
        .when(evident).then(None)
        .otherwise(pl.coalesce(by_answer, value))
    )  # fmt: skip
    unanswered = (
        pl.when(pl.col("item").is_in(SEROLOGICAL) | ~value).then(value).when(due == "LUPUS").then(value)
    )
    plain = pl.coalesce(by_answer, unanswered)
    return rows.with_columns(pl.when(needs).then(attributed).otherwise(plain).alias(name)).drop("value")
