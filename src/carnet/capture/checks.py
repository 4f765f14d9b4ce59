"""Edit checks within a form: what is out of range, not among the choices, left empty, or at odds on its row.

They are soft: nothing here keeps a value from being saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from carnet.core.entry import LOG, current
from carnet.core.errors import CarnetError
from carnet.core.form import Form, Item
from carnet.core.rule import Rule
from carnet.core.units import conversion

FINDINGS = dict.fromkeys(("subject", "visit", "form", "item", "message"), pl.String())
"""A row per failed check."""

NUMBERS = ("integer", "decimal")

ROW = ("subject", "visit", "repeat")
"""What makes a row of a form."""


def check_forms(forms: Iterable[Form], entries: pl.DataFrame) -> pl.DataFrame:
    """Return the findings of every form, in the order of the forms."""
    return pl.concat([pl.DataFrame(schema=FINDINGS), *(check(form, entries) for form in forms)])


def check(form: Form, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on one form: subject, visit, form, item and message, in the order of entering.

    What stands in force counts; a question that was explicitly not answered is not empty, and what is unknown
    breaks no rule.
    """
    cells = current(entries.filter(pl.col("form") == form.id))
    rows = cells.select(ROW).unique(maintain_order=True).with_row_index("_row")
    cells = cells.join(rows, on=ROW).join(_definitions(form), on="item")
    found = [_unread(cells), _outside(form, cells), _empty(form, rows, cells), *_broken(form, rows, cells)]
    log = (pl.col("repeat") != 1) | (pl.col("visit") == LOG)
    row = pl.when(log).then(pl.format("row {}: ", "repeat")).otherwise(pl.lit(""))
    return (
        pl.concat(found).sort("_row", maintain_order=True).join(rows, on="_row")
        .with_columns(form=pl.lit(form.id), message=row + pl.col("message"))
        .select(pl.col(name).cast(pl.String) for name in FINDINGS)
    )  # fmt: skip


def _definitions(form: Form) -> pl.DataFrame:
    """Return what the checks need of each item, a row each."""
    rows = [
        (i.id, i.label, i.type, i.low, i.high, i.unit, "|".join(i.choices), i.partial) for i in form.items
    ]
    schema = {
        "item": pl.String(), "label": pl.String(), "type": pl.String(), "low": pl.Float64(),
        "high": pl.Float64(), "asked_unit": pl.String(), "choices": pl.String(), "partial": pl.Boolean(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("_order")


def _finding(cells: pl.DataFrame, message: pl.Expr) -> pl.DataFrame:
    return cells.select(pl.col("_row"), pl.col("item"), message.alias("message"))


def _unread(cells: pl.DataFrame) -> pl.DataFrame:
    """Find values that are not what their item takes: only entries that came past the store have them."""
    value, kind = pl.col("value"), pl.col("type")
    whole = pl.concat_str(value.str.head(10), pl.lit("-01-01")).str.head(10)
    day = (
        pl.when(pl.col("partial"))
        .then(whole)
        .otherwise(value.str.head(10))
        .str.to_date("%Y-%m-%d", strict=False)
    )
    longest = pl.when(kind == "date").then(10).otherwise(19)
    readable = (
        pl.when(kind.is_in(NUMBERS)).then(value.cast(pl.Float64, strict=False).is_finite().fill_null(False))
        .when(kind == "boolean").then(value.is_in(["Y", "N"]))
        .when(kind == "choice").then(value.is_in(pl.col("choices").str.split("|")))
        .when(kind.is_in(["date", "datetime"])).then(day.is_not_null() & (value.str.len_chars() <= longest))
        .otherwise(True)
    )  # fmt: skip
    choices = pl.col("choices").str.replace_all("|", ", ", literal=True)
    takes = (
        pl.when(kind == "choice").then(pl.format("one of {}", choices))
        .when(kind == "boolean").then(pl.lit("Y or N"))
        .when(kind == "integer").then(pl.lit("a whole number"))
        .when(kind == "decimal").then(pl.lit("a number"))
        .otherwise(pl.format("a {}", kind))
    )  # fmt: skip
    bad = cells.filter(value.is_not_null() & ~readable)
    return _finding(bad, pl.format("{} is {}; the form takes {}", "label", value, takes))


def _outside(form: Form, cells: pl.DataFrame) -> pl.DataFrame:
    """Find numbers below the lowest or above the highest that the item takes, in the item's unit."""
    asked = {item.id: item for item in form.items}
    same = (pl.col("unit") == "") | (pl.col("unit") == pl.col("asked_unit"))
    pairs = cells.filter(~same).select("item", "unit").unique().sort("item", "unit")
    factors = pl.DataFrame(
        [(item, unit, *_factor(unit, asked[item])) for item, unit in pairs.iter_rows()],
        schema={"item": pl.String(), "unit": pl.String(), "factor": pl.Float64(), "offset": pl.Float64()},
        orient="row",
    )  # fmt: skip
    numbers = (
        cells.filter(pl.col("type").is_in(NUMBERS)).join(factors, on=("item", "unit"), how="left")
        .with_columns(
            number=(
                pl.col("value").cast(pl.Float64, strict=False)
                * pl.when(same).then(1.0).otherwise("factor") + pl.when(same).then(0.0).otherwise("offset")
            ).round(6)
        )
    )  # fmt: skip
    bad = numbers.filter((pl.col("number") < pl.col("low")) | (pl.col("number") > pl.col("high")))
    with_unit = pl.format("{} {}", "value", "unit").str.strip_chars_end()
    low, high = (pl.col(end).cast(pl.String).str.strip_suffix(".0") for end in ("low", "high"))
    limits = (
        pl.when(pl.col("low").is_null()).then(pl.format("up to {}", high))
        .when(pl.col("high").is_null()).then(pl.format("at least {}", low))
        .otherwise(pl.format("{} to {}", low, high))
    )  # fmt: skip
    takes = pl.format("{} {}", limits, "asked_unit").str.strip_chars_end()
    return _finding(bad, pl.format("{} is {}; the form takes {}", "label", with_unit, takes))


def _factor(unit: str, item: Item) -> tuple[float | None, float | None]:
    """Return what turns a unit into the item's; nothing where it does not measure the same."""
    try:
        return conversion(unit, item.unit, item.testcd)
    except CarnetError:
        return None, None


def _empty(form: Form, rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Find required questions that a saved form leaves without any answer."""
    required = pl.DataFrame(
        [(item.id, item.label) for item in form.items if item.required],
        schema={"item": pl.String(), "label": pl.String()}, orient="row",
    )  # fmt: skip
    empty = rows.join(required, how="cross").join(
        cells.select("_row", "item"), on=("_row", "item"), how="anti"
    )
    return _finding(empty, pl.format("{} is not answered; answer it, or say why there is no answer", "label"))


def _broken(form: Form, rows: pl.DataFrame, cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Find the rows on which a rule of the form does not hold."""
    if not form.checks or rows.is_empty():
        return
    table = rows.join(cells.pivot("item", index="_row", values="value"), on="_row", how="left")
    columns = {item.id: _typed(item, item.id in table.columns) for item in form.items}
    for rule in form.checks:
        strange = {name: pl.lit(None) for name in rule.reads() if name not in columns}
        judged = rule.judge(table.with_columns(**columns, **strange))
        yield _against(rule, form, judged.filter(~pl.col(rule.id)))


def _typed(item: Item, there: bool) -> pl.Expr:
    """Return the column of an item on the form's row; unknown where nothing was entered."""
    value = pl.col(item.id)
    if not there:
        return pl.lit(None, item.dtype)
    if item.type == "boolean":
        return value.replace_strict({"Y": True, "N": False}, default=None, return_dtype=pl.Boolean)
    return (
        value.cast(pl.Float64, strict=False).cast(item.dtype, strict=False)
        if item.dtype.is_numeric()
        else value
    )


def _against(rule: Rule, form: Form, bad: pl.DataFrame) -> pl.DataFrame:
    """Return the finding on each row that breaks a rule: at the first item it reads, with all it read."""
    read = [item for item in form.items if item.id in rule.reads()]
    said = [pl.format("{} {}", pl.lit(item.label), _said(item).fill_null("unknown")) for item in read]
    message = (
        pl.concat_str(pl.lit(f"{rule.label}; here "), pl.concat_str(said, separator=", "))
        if said
        else pl.lit(rule.label)
    )
    return bad.select(
        pl.col("_row"), pl.lit(read[0].id if read else "").alias("item"), message.alias("message")
    )


def _said(item: Item) -> pl.Expr:
    value = pl.col(item.id)
    if item.type == "boolean":
        return value.replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
    return value.cast(pl.String)
