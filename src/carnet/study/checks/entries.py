"""Can each entry be what it says it is: known subject, visit, form and item, and a value the item takes?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.core.entry import LOG, STATUSES
from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import ROW, Values, earliest

AHEAD = ("pregnancy_due",)
"""Dates that lie ahead when they are entered."""
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
HOUR = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
PATTERNS = {"date": f"^{DAY}$", "datetime": f"^{DAY}T{HOUR}$", "time": f"^{HOUR}$"}
PARTIAL = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about single entries."""
    asked = catalogue(values)
    known = values.now.join(asked, on=["form", "item"], how="inner", maintain_order="left")
    yield unknown(values, asked)
    yield states(known)
    yield readable(known)
    yield measures(values, asked)
    yield required(values, asked)
    yield ahead(values, known)
    yield misplaced(values)


def catalogue(values: Values) -> pl.DataFrame:
    """Return a row per form and item with what the item takes."""
    rows = [
        (form.id, i.id, i.label, i.type, i.unit, i.low, i.high, list(i.choices), i.partial, i.required)
        for form in values.study.forms
        for i in form.items
    ]
    text, number, truth = pl.String(), pl.Float64(), pl.Boolean()
    schema = {
        "form": text, "item": text, "label": text, "type": text, "wanted": text,
        "low": number, "high": number, "choices": pl.List(text), "partial": truth, "required": truth,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def unknown(values: Values, asked: pl.DataFrame) -> pl.DataFrame:
    """Return entries of subjects without consent and of unknown visits, forms and items."""
    study, now = values.study, values.now
    codes = [visit.code for visit in study.visits] + [LOG]
    code = pl.col("visit").str.replace(r"^UNS\d+$", "UNS")
    visits = now.select("subject", "visit").unique(maintain_order=True)
    forms = now.select("subject", "visit", "form").unique(maintain_order=True)
    known = pl.col("form").is_in([form.id for form in study.forms])
    strays = now.filter(known).join(asked, on=["form", "item"], how="anti", maintain_order="left")
    bare = values.anchors.select("subject", "consent")
    return gather(
        [
            asking(visits)(
                None, ~code.is_in(codes) & bool(study.visits), "{} is no visit of this study.", "visit"
            ),
            asking(forms)(None, ~known, "{} is no form of this study.", "form"),
            findings(strays, words("The form {} does not ask {}.", "form", "item")),
            asking(bare, "consent")(
                "consent_datetime",
                pl.col("consent").is_null() & values.has("consent"),
                "Subject {} has entries but no dated consent.",
                "subject",
            ),
        ]
    )


def states(known: pl.DataFrame) -> pl.DataFrame:
    """Return entries whose status and value contradict each other, and missing answers without a reason."""
    status, value = pl.col("status"), pl.col("value")
    answered = status == "answered"
    blank = value.is_null() | (value.str.strip_chars() == "")
    silent = status.is_in(["not done", "unknown"]) & (pl.col("reason").fill_null("").str.strip_chars() == "")
    ask = asking(known)
    return gather(
        [
            ask(
                None,
                ~status.is_in(STATUSES),
                "{} has the status {}; it takes " + ", ".join(STATUSES) + ".",
                "label",
                status,
            ),
            ask(None, answered & blank, "{} is said to be answered but is empty.", "label"),
            ask(
                None,
                ~answered & ~blank,
                "{} is {} and has the value {} all the same.",
                "label",
                status,
                value,
            ),
            ask(None, silent, "{} is {} without a reason.", "label", status),
        ]
    )


def readable(known: pl.DataFrame) -> pl.DataFrame:
    """Return values that are not of the item's type, and choices that it does not offer."""
    value, kind, choices = pl.col("value"), pl.col("type"), pl.col("choices")
    number = value.cast(pl.Float64, strict=False)
    numeric = kind.is_in(["decimal", "integer"])
    no_number = numeric & ~number.is_finite().fill_null(False)
    part = pl.col("partial") & kind.is_in(["date", "datetime"])
    shaped = pl.any_horizontal((kind == name) & value.str.contains(text) for name, text in PATTERNS.items())
    exists = (kind == "time") | earliest(value).is_not_null()
    fits = (shaped | (part & value.str.contains(PARTIAL))) & exists
    wanted = (
        pl.when(kind == "time").then(pl.lit("a time such as 08:30"))
        .when(part).then(pl.lit("a date such as 2025-03-01, or as much of it as is known"))
        .when(kind == "date").then(pl.lit("a whole date such as 2025-03-01"))
        .otherwise(pl.lit("a date and time such as 2025-03-01T08:30"))
    )  # fmt: skip
    strange = (kind == "choice") & (choices.list.len() > 0) & ~value.is_in(choices)
    broken = (kind == "integer") & ~no_number & (number != number.floor())
    answered = known.filter(pl.col("status") == "answered", value.is_not_null())
    ask = asking(answered)
    return gather(
        [
            ask(
                None,
                (kind == "boolean") & ~value.is_in(["Y", "N"]),
                "{} is {}; it takes Y or N.",
                "label",
                value,
            ),
            ask(None, no_number, "{} is {}; it takes a number.", "label", value),
            ask(None, broken, "{} is {}; it takes a whole number.", "label", value),
            ask(None, kind.is_in(list(PATTERNS)) & ~fits, "{} is {}; it takes {}.", "label", value, wanted),
            ask(None, strange, "{} is {}; it takes one of {}.", "label", value, choices.list.join(", ")),
        ]
    )


def measures(values: Values, asked: pl.DataFrame) -> pl.DataFrame:
    """Return numbers in a unit that does not convert, and numbers outside the plausible range."""
    rows = values.cells.join(asked, on=["form", "item"], how="inner", maintain_order="left")
    rows = rows.filter(pl.col("type").is_in(["decimal", "integer"]))
    number, low, high, unit = pl.col("number"), pl.col("low"), pl.col("high"), pl.col("wanted")
    foreign = (pl.col("unit") != "") & (unit != "") & pl.col("factor").is_null()
    spaced = pl.when(unit != "").then(pl.lit(" ") + unit).otherwise(pl.lit(""))
    ask = asking(rows)
    return gather(
        [
            ask(None, foreign, "{} is in {}, which does not turn into {}.", "label", "unit", unit),
            ask(
                None,
                number < low,
                "{} is {}{}; at least {} is expected. Is it mistyped?",
                "label",
                number,
                spaced,
                low,
            ),
            ask(
                None,
                number > high,
                "{} is {}{}; at most {} is expected. Is it mistyped?",
                "label",
                number,
                spaced,
                high,
            ),
        ]
    )


def required(values: Values, asked: pl.DataFrame) -> pl.DataFrame:
    """Return required items that a started form lacks."""
    started = values.now.select(*ROW, "form").unique(maintain_order=True)
    wanted = asked.filter("required").select("form", "item", "label")
    rows = started.join(wanted, on="form", how="inner", maintain_order="left")
    rows = rows.join(values.now, on=[*ROW, "form", "item"], how="anti", maintain_order="left")
    return findings(rows, words("{} is empty; this form needs it.", "label"))


def ahead(values: Values, known: pl.DataFrame) -> pl.DataFrame:
    """Return dates later than the moment at which they were entered."""
    dated = pl.col("type").is_in(["date", "datetime"]) & ~pl.col("item").is_in(AHEAD)
    rows = known.filter(dated, pl.col("status") == "answered")
    rows = rows.with_columns(entered=pl.col("at").dt.convert_time_zone(str(values.study.timezone)).dt.date())
    late = earliest(pl.col("value")) > pl.col("entered")
    return asking(rows)(None, late, "{} is {}, but was entered on {}.", "label", "value", "entered")


def misplaced(values: Values) -> pl.DataFrame:
    """Return forms of a visit that stand in the running log."""
    schedule = values.study.schedule
    logs = schedule.filter(pl.col("visit") == LOG)["form"].implode()
    visited = schedule.filter(pl.col("visit") != LOG)["form"].implode()
    forms = values.now.select("subject", "visit", "form").unique(maintain_order=True)
    stray = (pl.col("visit") == LOG) & pl.col("form").is_in(visited) & ~pl.col("form").is_in(logs)
    return asking(forms)(None, stray, "The form {} belongs to a visit, not to the running log.", "form")
