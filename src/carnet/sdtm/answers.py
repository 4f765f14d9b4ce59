"""Answers: the entries in force, each with its place in SDTM, its visit and its value in the standard unit."""

from __future__ import annotations

import polars as pl

from carnet.core.entry import CELL, LOG, current
from carnet.core.errors import DefinitionError, InputError
from carnet.core.units import UnitError, conversion, unit
from carnet.study import Study

RECORD = ("subject", "visit", "form", "repeat")
"""One filled page: a form at a visit, or one row of a log."""

READ = ("order", *CELL, "value", "typed", "unit", "status", "reason")
"""What SDTM takes of an entry."""

DIGITS = 12
"""Significant digits of a converted number: what binary arithmetic leaves of a decimal one."""

SAME = (pl.col("factor") == 1) & (pl.col("offset") == 0)
"""The unit entered is the item's."""

NUMERIC = pl.col("type").is_in(["decimal", "integer"])
TYPED = pl.col("type").is_in(["decimal", "integer", "text"])


def read(study: Study, entries: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per answer and place: the entry in force with its `order` of first entry, note and visit.

    `code` is the canonical value and `text` the value as it was typed (a choice in English); both are null
    without an answer. What `standardise` adds is in the unit of the item. Forms without a domain are left out;
    an item or a visit that the study does not know is an `InputError`.
    """
    site = [form.id for form in study.forms if not form.domain]
    entries = current(entries).with_row_index("order").filter(~pl.col("form").is_in(site)).select(READ)
    _refuse_unknown(study, entries, notes)
    value = pl.when(pl.col("status") == "answered").then(pl.col("value").replace("", None))
    typed = pl.coalesce(pl.col("typed").str.strip_chars().replace("", None), value)
    as_typed = pl.when(value.is_not_null()).then(typed)
    answers = (
        entries.join(notes, on=["form", "item"], how="inner", maintain_order="left")
        .join(_visits(study, entries), on="visit", how="left", maintain_order="left")
        .with_columns(
            (study.id + "-" + pl.col("subject")).alias("USUBJID"),
            value.alias("code"),
            pl.when(TYPED).then(as_typed).otherwise(value).alias("text"),
        )
    )
    return standardise(answers)


def standardise(answers: pl.DataFrame) -> pl.DataFrame:
    """Return the answers with `number` and `standard` (its text) in the item's unit, and both units as CDISC says.

    A unit that carnet does not know, or that measures something else than the item's, leaves number and
    standard empty: the value stays as collected, and the edit checks report it.
    """
    entered = pl.coalesce(pl.col("unit").replace("", None), pl.col("item_unit").replace("", None))
    answers = answers.with_columns(entered.alias("entered"))
    pairs = answers.filter(NUMERIC).select("entered", "item_unit", "analyte").unique(maintain_order=True)
    factors = pl.DataFrame(
        [(*pair, *_factor(*pair)) for pair in pairs.iter_rows()],
        schema=dict.fromkeys(["entered", "item_unit", "analyte"], pl.String)
        | dict.fromkeys(["factor", "offset"], pl.Float64),
        orient="row",
    )
    number = converted(pl.col("code").cast(pl.Float64, strict=False))
    return (
        answers.join(factors, on=factors.columns[:3], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.when(NUMERIC).then(number).alias("number"))
        .with_columns(
            pl.when(~NUMERIC | SAME).then("code").otherwise(plain(pl.col("number"))).alias("standard"),
            named("entered", answers), named("item_unit", answers),
        )
    )  # fmt: skip


def converted(value: pl.Expr) -> pl.Expr:
    """Return a number entered beside `factor` and `offset` in the item's unit."""
    return (
        pl.when(SAME)
        .then(value)
        .otherwise((value * pl.col("factor") + pl.col("offset")).round_sig_figs(DIGITS))
    )


def plain(number: pl.Expr) -> pl.Expr:
    """Return numbers as a person writes them: without the noise of binary floating point, without an empty decimal.

    >>> pl.select(plain(pl.Series([0.1 + 0.2, 320.0]))).to_series().to_list()
    ['0.3', '320']
    """
    return number.round_sig_figs(DIGITS).cast(pl.String).str.strip_suffix(".0")


def _factor(entered: str | None, standard: str, analyte: str | None) -> tuple[float | None, float | None]:
    """Return factor and offset from the unit entered to the item's; (1, 0) where there is nothing to convert."""
    if entered is None or not standard or entered == standard:
        return 1.0, 0.0
    try:
        return conversion(entered, standard, analyte or "")
    except UnitError:
        return None, None


def named(column: str, answers: pl.DataFrame) -> pl.Expr:
    """Return a column of units by the names that CDISC gives them; a unit it has none for keeps its own."""
    names = {}
    for name in answers[column].unique().drop_nulls():
        try:
            names[name] = unit(name).cdisc or name
        except UnitError:
            names[name] = name
    return pl.col(column).replace("", None).replace(names)


def _visits(study: Study, entries: pl.DataFrame) -> pl.DataFrame:
    """Return VISITNUM, VISIT and VISITDY of every visit code; running logs belong to none."""
    rows: list[tuple[str, float | None, str | None, int | None]] = []
    for code in entries["visit"].unique().sort():
        if code == LOG:
            rows.append((code, None, None, None))
            continue
        try:
            visit = study.visit(code)
        except DefinitionError as error:
            who = entries.filter(pl.col("visit") == code)["subject"][0]
            raise InputError(f"Subject {who} has entries at visit {code!r}: {error}") from None
        number = int(code.removeprefix(visit.code)) if code != visit.code else 0
        label = f"{visit.label} {number}" if number else visit.label
        rows.append((code, round(visit.num + number / 100, 2), label, visit.study_day))
    schema = {"visit": pl.String, "VISITNUM": pl.Float64, "VISIT": pl.String, "VISITDY": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _refuse_unknown(study: Study, entries: pl.DataFrame, notes: pl.DataFrame) -> None:
    """Refuse entries of an item that no form of the study asks."""
    strange = entries.join(notes.select("form", "item").unique(), on=["form", "item"], how="anti")
    if not strange.is_empty():
        one = strange.row(0, named=True)
        raise InputError(
            f"Subject {one['subject']}, visit {one['visit']}: form {one['form']!r} has an entry for {one['item']!r} "
            f"({one['value']!r}), which study {study.id} does not ask. Items once asked stay in the form's table; "
            "put it back, or correct the entry."
        )
