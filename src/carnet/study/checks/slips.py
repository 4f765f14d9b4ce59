"""What looks like a slip of the hand: rows entered twice, lone spikes, dates far from their visit."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.findings import asking, gather
from carnet.study.checks.values import ROW, Values, day

TWICE = {
    "adverse_event": ("ae_term", "ae_start", "ae_grade"),
    "medication": ("med_drug", "med_start", "med_dose"),
    "glucocorticoid": ("gc_drug", "gc_start", "gc_dose"),
    "medical_history": ("mh_term", "mh_start", "mh_grade"),
    "infection": ("infection_site", "infection_start", "infection_organism"),
}
"""Logs, and the items that two rows of one thing share."""


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about slips of the hand."""
    yield twice(values)
    yield spikes(values)
    yield far(values)


def twice(values: Values) -> pl.DataFrame:
    """Return rows of a log that repeat an earlier row."""
    found = []
    for form, names in TWICE.items():
        rows = values.form(form, *names).filter(pl.col(names[0]).is_not_null())
        first = pl.col("repeat").first().over("subject", *names)
        rows = rows.with_columns(first=first).filter(pl.col("repeat") != pl.col("first"))
        text = "{} from {} stands in the log twice (rows {} and {}); is it entered twice?"
        found.append(asking(rows, form)(names[0], pl.lit(True), text, names[0], names[1], "first", "repeat"))
    return gather(found)


def spikes(values: Values) -> pl.DataFrame:
    """Return values far above, or far below, both the value before and the one after."""
    found = []
    for item, percent in values.study.get("plausible.spikes", []):
        form = next((f for f in values.study.forms for i in f.items if i.id == item), None)
        when = form and next((i.id for i in form.items if i.type in ("date", "datetime")), None)
        if form is None or not when:
            continue
        rows = (
            values.form(form.id, item, when)
            .drop_nulls([item, when])
            .sort("subject", when, maintain_order=True)
        )
        value = pl.col(item)
        rows = rows.with_columns(before=value.shift(1).over("subject"), after=value.shift(-1).over("subject"))
        high = value > pl.max_horizontal("before", "after") * (1 + percent / 100)
        low = value < pl.min_horizontal("before", "after") * (1 - percent / 100)
        both = pl.col("before").is_not_null() & pl.col("after").is_not_null()
        label = values.study.items[item].label
        text = f"{label} is {{}} between {{}} and {{}}: are digits exchanged?"
        found.append(asking(rows, form.id)(item, both & (high | low), text, item, "before", "after"))
    return gather(found)


def far(values: Values) -> pl.DataFrame:
    """Return samples and assessments dated far from the visit that they belong to."""
    days = values.study.get("time.laboratory_days", 7)
    dated = [
        item.id
        for form in values.study.forms
        for item in form.items
        if not form.log and item.type in ("date", "datetime") and item.variable == f"{form.domain}DTC"
    ]
    held = values.form("visit", "visit_date").select("subject", "visit", held=day(pl.col("visit_date")))
    wide = {v.code: max(days, (v.high or 0) - (v.low or 0)) for v in values.study.visits}
    allowed = pl.col("visit").replace_strict(wide, default=days, return_dtype=pl.Int64)
    rows = values.cells.filter(pl.col("item").is_in(dated)).select(*ROW, "form", "item", "value")
    rows = rows.join(held, on=["subject", "visit"], how="inner", maintain_order="left")
    rows = rows.with_columns(apart=(day(pl.col("value")) - pl.col("held")).dt.total_days(), allowed=allowed)
    rows = rows.with_columns(away=pl.col("apart").abs() > pl.col("allowed"))
    of = rows.group_by("subject", "visit", maintain_order=True).agg(
        pl.len().alias("all"), pl.col("away").sum(), held=pl.col("held").first()
    )
    whole = of.filter(pl.col("all") > 2, pl.col("away") * 2 > pl.col("all"))
    single = rows.join(whole, on=["subject", "visit"], how="anti", maintain_order="left")
    text = "The date {} is {} days from the visit of {}; are day and month exchanged?"
    most = "{} of {} dates of this visit are far from {}; is the date of the visit mistaken?"
    return gather(
        [
            asking(whole, "visit")("visit_date", pl.lit(True), most, "away", "all", "held"),
            asking(single)(None, pl.col("away"), text, "value", pl.col("apart").abs(), "held"),
        ]
    )
