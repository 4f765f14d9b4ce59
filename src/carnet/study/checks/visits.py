"""Were the visits held in order and in their windows, and were their forms filled in?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.core.entry import LOG
from carnet.study.checks.findings import findings, words
from carnet.study.checks.values import Values, day, earliest
from carnet.study.windows import out_of_window

EXPECTED = ("X", "T", "K", "2")
"""Marks of the schedule that ask for a form without any condition."""
WITH_CELLS = ("premedication", "infusion_reaction")
"""Forms that an omitted infusion does not need."""
BEFORE_BIRTH = ("birth_date",)


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about visits and about dates that life rules out."""
    held = dates(values)
    yield outside(values, held)
    yield disordered(held)
    yield skipped(values, held)
    yield absent(values, held)
    yield life(values)


def dates(values: Values) -> pl.DataFrame:
    """Return a row per visit that took place: subject, visit, its number, its date and protocol day."""
    numbers = {visit.code: visit.num for visit in values.study.visits}
    rows = values.form("visit", "visit_date", "visit_occurred")
    rows = rows.filter(pl.col("visit_occurred").fill_null(True))
    rows = values.with_day(rows, day(pl.col("visit_date"))).filter(pl.col("on").is_not_null())
    number = pl.col("visit").replace_strict(numbers, default=None, return_dtype=pl.Float64)
    return rows.with_columns(number=number).sort("subject", "number", nulls_last=True, maintain_order=True)


def outside(values: Values, held: pl.DataFrame) -> pl.DataFrame:
    """Return visits that were held outside their window."""
    visits = values.study.visits
    low = {v.code: f"{v.low} to {v.high}" for v in visits if v.low is not None}
    window = pl.col("visit").replace_strict(low, default=None, return_dtype=pl.String)
    off = out_of_window(pl.col("visit"), pl.col("day"), visits)
    rows = held.with_columns(off=off, window=window).filter(pl.col("off") != 0)
    when = pl.when(pl.col("off") < 0).then(pl.lit("before")).otherwise(pl.lit("after"))
    text = "The visit of {} is protocol day {}, {} day(s) {} its window of days {}."
    return findings(
        rows, words(text, "on", "day", pl.col("off").abs(), when, "window"), "visit", "visit_date"
    )


def disordered(held: pl.DataFrame) -> pl.DataFrame:
    """Return planned visits dated before the planned visit that comes before them."""
    planned = held.filter(pl.col("number") < 90)
    last, before = pl.col("on").shift(1).over("subject"), pl.col("visit").shift(1).over("subject")
    rows = planned.with_columns(last=last, before=before).filter(pl.col("on") < pl.col("last"))
    text = "The visit is dated {}, earlier than {} ({})."
    return findings(rows, words(text, "on", "before", "last"), "visit", "visit_date")


def skipped(values: Values, held: pl.DataFrame) -> pl.DataFrame:
    """Return planned visits without any entry although a later planned visit was held."""
    planned = [(v.code, v.num) for v in values.study.visits if v.num < 90]
    if not planned or not values.has("visit"):
        return findings(held.clear(), pl.lit(""))
    plan = pl.DataFrame(planned, schema={"visit": pl.String(), "number": pl.Float64()}, orient="row")
    reached = held.filter(pl.col("number") < 90).group_by("subject", maintain_order=True).agg(
        reached=pl.col("number").max(), later=pl.col("visit").last()
    )  # fmt: skip
    rows = reached.join(plan, how="cross").filter(pl.col("number") < pl.col("reached"))
    rows = rows.join(values.now, on=["subject", "visit"], how="anti", maintain_order="left")
    text = "Nothing is entered for {} although {} was held; if it was missed, say so in its visit form."
    return findings(rows, words(text, "visit", "later"), "visit")


def absent(values: Values, held: pl.DataFrame) -> pl.DataFrame:
    """Return planned forms, or planned parts of them, without an entry at a visit that was held."""
    plan = values.study.schedule.filter(pl.col("mark").is_in(EXPECTED), pl.col("form") != "visit")
    logs = values.study.schedule.filter(pl.col("visit") == LOG)["form"].implode()
    plan = plan.filter(~pl.col("form").is_in(logs)).with_columns(item=pl.col("items").str.split(" "))
    expected = held.select("subject", "visit").join(plan, on="visit", how="inner", maintain_order="left")
    omitted = values.form("cell_infusion", "infusion_status").filter(pl.col("infusion_status") == "OMITTED")
    left_out = values.form("demography", "sex", "childbearing").filter(
        (pl.col("sex") == "M") | ~pl.col("childbearing").fill_null(True)
    )  # fmt: skip
    no_cells = pl.struct("subject", "visit").is_in(
        omitted.select(pl.struct("subject", "visit")).to_series().implode()
    )
    spared = (no_cells & pl.col("form").is_in(WITH_CELLS)) | (
        pl.col("subject").is_in(left_out["subject"].implode()) & (pl.col("form") == "pregnancy_test")
    )
    entered = values.now.select("subject", "visit", "form", "item").unique()
    whole = expected.filter(~spared).join(
        entered, on=["subject", "visit", "form"], how="anti", maintain_order="left"
    )
    started = expected.filter(~spared, pl.col("items") != "").join(
        entered.select("subject", "visit", "form").unique(), on=["subject", "visit", "form"], how="semi"
    )
    part = (
        started.explode("item")
        .join(
            entered, on=["subject", "visit", "form", "item"], how="left", coalesce=True, maintain_order="left"
        )
        .join(entered.with_columns(there=True), on=["subject", "visit", "form", "item"], how="left")
    )
    part = part.group_by("subject", "visit", "form", "activity", maintain_order=True).agg(
        there=pl.col("there").any()
    )
    text = "{} is planned at {} and not entered; if it was not done, say so with the reason."
    unique = pl.concat(
        [
            whole.select("subject", "visit", "form", "activity"),
            part.filter(~pl.col("there").fill_null(False)).select("subject", "visit", "form", "activity"),
        ]
    )
    return findings(unique, words(text, "activity", "visit"))


def life(values: Values) -> pl.DataFrame:
    """Return dates before birth, and dates after death."""
    dated = [
        i.id
        for i in values.study.items.values()
        if i.type in ("date", "datetime") and i.id not in BEFORE_BIRTH
    ]
    rows = values.cells.filter(pl.col("item").is_in(dated))
    rows = values.with_day(rows, earliest(pl.col("value")))
    unborn = pl.col("on") < pl.col("birth")
    gone = (pl.col("on") > pl.col("death")) & ~pl.col("form").is_in(
        ["death", "serious_event", "deviation", "disposition"]
    )
    before = words("{} is dated {}, before the birth of the subject.", "item", "value")
    after = words("{} is dated {}, after the death of the subject on {}.", "item", "value", "death")
    return findings(rows.filter(unborn | gone), pl.when(unborn).then(before).otherwise(after))
