"""The visit frame: one row per subject and visit, one typed column per item, what the items were before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.inputs import FALSE, TRUE
from carnet.instruments.bilag2004 import SYSTEMS

KEYS = ("subject", "visit", "date")
"""The columns of a visit frame that name its rows."""


def visit_frame(values: pl.DataFrame, items: Iterable[Item]) -> pl.DataFrame:
    """Return one row per subject and visit, ordered by date, with one typed column per item.

    `values` is long: subject, visit, date, item, value (text as it was entered, or numbers). A row bears the
    earliest date of its visit. Other items are left out; an item that nobody answered is null, and so is a
    value that the item does not take: it is unknown until its query is answered. Two values of one item
    at one visit are refused.

    >>> values = pl.DataFrame({"subject": ["1001", "1001"], "visit": ["D28", "D28"],
    ...     "date": ["2025-03-29"] * 2, "item": ["pga", "sledai_rash"], "value": ["0.30", "Y"]})
    >>> items = [Item("pga", "PGA", "decimal", low=0, high=3), Item("sledai_rash", "Rash", "boolean")]
    >>> visit_frame(values, items).row(0)
    ('1001', 'D28', '2025-03-29', 0.3, True)
    """
    wanted = {item.id: item for item in items}
    values = values.filter(pl.col("item").is_in(list(wanted)))
    cell = ["subject", "visit", "item"]
    if (twice := values.filter(pl.struct(cell).is_duplicated())).height:
        subject, visit, item = twice.select(cell).row(0)
        raise InputError(
            f"{item} of subject {subject} at {visit} stands there twice; choose one value before."
        )
    rows = values.group_by("subject", "visit").agg(pl.col("date").min())
    if values.height:
        wide = values.select(*cell, "value").pivot("item", index=["subject", "visit"], values="value")
        rows = rows.join(wide, on=["subject", "visit"], how="left")
    typed = [typed_column(item, rows.schema.get(item.id)) for item in wanted.values()]
    return rows.select(*KEYS, *typed).sort("subject", "date", "visit", nulls_last=True)


def typed_column(item: Item, given: pl.DataType | None) -> pl.Expr:
    """Return the column of an item in its own type, null where the item does not take the value."""
    if given is None:
        return pl.lit(None, item.dtype).alias(item.id)
    column = pl.col(item.id)
    if item.dtype == pl.Boolean:
        if given == pl.Boolean:
            return column
        word = column.cast(pl.String).str.strip_chars().str.to_lowercase().str.strip_suffix(".0")
        return word.replace_strict(
            {w: w in TRUE for w in TRUE + FALSE}, default=None, return_dtype=pl.Boolean
        )
    if item.dtype == pl.String:
        text = column.cast(pl.String)
        return pl.when(text.is_in(list(item.choices))).then(text).alias(item.id) if item.choices else text
    number = column.cast(pl.Float64, strict=False)
    taken = number.is_finite()
    if item.dtype == pl.Int64:
        taken &= number == number.floor()
    if item.low is not None:
        taken &= number >= item.low
    if item.high is not None:
        taken &= number <= item.high
    return pl.when(taken).then(number).cast(item.dtype).alias(item.id)


def with_baseline(
    rows: pl.DataFrame, columns: Iterable[str], is_baseline: str, subject: str = "subject"
) -> pl.DataFrame:
    """Return the rows with `<name>_base`: the value in the subject's row marked by the Boolean `is_baseline`.

    A subject without a marked row has null; two marked rows are refused.
    """
    names = list(columns)
    marked = rows.filter(pl.col(is_baseline).fill_null(False))
    if (twice := marked.filter(pl.col(subject).is_duplicated())).height:
        raise InputError(f"Subject {twice[subject][0]} has more than one baseline row; mark one.")
    base = marked.select(subject, *(pl.col(name).alias(f"{name}_base") for name in names))
    return rows.join(base, on=subject, how="left", maintain_order="left")


def with_previous(
    rows: pl.DataFrame,
    columns: Iterable[str],
    carry: bool = False,
    subject: str = "subject",
    order: str = "date",
) -> pl.DataFrame:
    """Return the rows with `<name>_prev`: the value at the subject's previous assessment, by `order`.

    With `carry` the last value known before it stands in for one that is missing there.
    """

    def previous(name: str) -> pl.Expr:
        column = pl.col(name).forward_fill() if carry else pl.col(name)
        return column.shift(1).over(subject, order_by=order).alias(f"{name}_prev")

    return rows.with_columns(*(previous(name) for name in columns))


GRADES = {f"bilag_{system}{end}" for system in SYSTEMS for end in ("", "_best", "_worst")}
"""Grades are those of the previous assessment, known or not: an older one would hide or make a flare."""

COMPARED = ("bilag_",)
"""What BILAG-2004 compares is the last value known; any other previous value may be unknown."""


def with_compared(
    rows: pl.DataFrame,
    columns: Iterable[str],
    subject: str = "subject",
    order: str = "date",
    previous: str = "last known",
    comparator: str = "measured",
) -> pl.DataFrame:
    """Return the rows with `<name>_prev` of the values that BILAG-2004 compares with the previous assessment.

    Where that assessment lacks one, the last known before it stands in (`previous`, or none: `last assessment`).
    A value that was not due to lupus is compared with all the same (`comparator`: all `measured`, or what is `due`).
    """
    names = list(columns)
    seen = rows
    if comparator == "due":
        marks = {name: f"{name}_due" for name in names if f"{name}_due" in rows.columns}
        due = {mark: typed_column(Item(mark, mark, "boolean"), rows.schema[mark]) for mark in marks.values()}
        seen = rows.with_columns(
            pl.when(due[mark].fill_null(True)).then(name).alias(name) for name, mark in marks.items()
        )
    made = with_previous(seen, names, carry=previous == "last known", subject=subject, order=order)
    return rows.with_columns(made[f"{name}_prev"] for name in names)


def once_involved(graded: pl.DataFrame, subject: str = "subject", order: str = "date") -> pl.DataFrame:
    """Return BILAG-2004 grades with D in place of E in a system that an earlier row shows involved.

    A system once A, B, C or D is never E again; the overall grades follow.

    >>> from carnet.instruments.bilag2004 import BILAG2004
    >>> seen = {"subject": ["1"] * 2, "day": [0, 28], "bilag_haemoglobin": [9.0, 13.0]}
    >>> once_involved(BILAG2004.score(seen), order="day")["bilag_haematological"].to_list()
    ['C', 'D']
    """
    for system in SYSTEMS:
        certainly = (pl.col(f"bilag_{system}_best").cast(pl.String) != "E").cast(pl.Int64)
        before = certainly.cum_sum().shift(1, fill_value=0).over(subject, order_by=order) > 0
        graded = graded.with_columns(
            pl.when(before & (pl.col(name).cast(pl.String) == "E"))
            .then(pl.lit("D", graded.schema[name]))
            .otherwise(name)
            .alias(name)
            for name in (f"bilag_{system}", f"bilag_{system}_best", f"bilag_{system}_worst")
        )
    best, worst = (
        pl.min_horizontal(pl.col(f"bilag_{system}_{end}").cast(pl.String) for system in SYSTEMS)
        for end in ("best", "worst")
    )  # A stands first and is worst
    overall = {
        "bilag_overall": pl.when(best == worst).then(best), "bilag_overall_best": best, "bilag_overall_worst": worst,
    }  # fmt: skip
    return graded.with_columns(found.cast(graded.schema[name]).alias(name) for name, found in overall.items())


def with_history(
    rows: pl.DataFrame,
    names: Sequence[str],
    subject: str,
    order: str,
    baseline: str | None = None,
    compared: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return the rows with those `_base` and `_prev` columns among `names` that they lack and can have.

    `order` is a column of numbers or ISO dates, `baseline` a yes/no column. `first_visit`, if among
    the names, becomes true in each subject's first row. `compared` are the choices of `with_compared`.
    """
    rows = rows.with_columns(ordered(rows, subject, order).alias("_order"))
    ends = [(name.rpartition("_")[0], name.rpartition("_")[2]) for name in names]
    versions = [f"{score}_version_{at}" for score, at in ends if f"{score}_version" in rows.columns]
    lacking = [name for name in (*names, *versions) if name not in rows.columns]
    previous = [n.removesuffix("_prev") for n in lacking if n.endswith("_prev")]
    previous = [name for name in previous if name in rows.columns]
    measured = [name for name in previous if name.startswith(COMPARED) and name not in GRADES]
    made = with_previous(rows, [n for n in previous if n not in measured], subject=subject, order="_order")
    blank = pl.selectors.by_name(*measured) & pl.selectors.string()
    known = made.with_columns(pl.when(~blank.str.to_lowercase().is_in(["", "nd"])).then(blank))
    held = with_compared(known, measured, subject, "_order", **(compared or {}))
    made = made.with_columns(held[f"{name}_prev"] for name in measured)
    if "first_visit" in lacking:
        made = made.with_columns(first_visit=pl.col("_order").rank("ordinal").over(subject) == 1)
    made = made.drop("_order")
    if baseline is None:
        return made
    based = [n.removesuffix("_base") for n in lacking if n.endswith("_base")]
    mark = typed_column(Item(baseline, baseline, "boolean"), rows.schema[baseline])
    unreadable = made.select(
        mark.is_null() & pl.col(baseline).cast(pl.String).str.strip_chars().ne("")
    ).to_series()
    if unreadable.any():
        row = unreadable.arg_true()[0]
        raise InputError(f"row {row + 1}: {baseline} is {rows[baseline][row]!r}; it takes yes or no.")
    marked = made.with_columns(mark.alias("_baseline"))
    based = [name for name in based if name in rows.columns]
    return with_baseline(marked, based, "_baseline", subject).drop("_baseline")


def ordered(rows: pl.DataFrame, subject: str, order: str) -> pl.Series:
    """Return the column that orders the rows as numbers or ISO dates; refuse an order that is not certain."""
    given = rows[order]
    for name, column in ((subject, rows[subject]), (order, given)):
        empty = column.is_null() | (column.str.strip_chars() == "" if column.dtype == pl.String else False)
        if empty.any():
            raise InputError(f"row {empty.arg_true()[0] + 1}: {name} is empty; every row needs it.")
    place = given
    if given.dtype == pl.String:
        place = given.str.strip_chars()
        number = place.cast(pl.Float64, strict=False)
        dated = place.str.contains(r"^\d{4}-\d{2}-\d{2}")
        if number.null_count() == 0:
            place = number
        elif not dated.all():
            row = (~dated).arg_true()[0]
            raise InputError(
                f"row {row + 1} (subject {rows[subject][row]}): {order} is {given[row]!r}; "
                "a number in every row is needed, or a date as 2025-03-01 in every row."
            )
    same = pl.DataFrame({"subject": rows[subject], "place": place}).is_duplicated()
    if same.any():
        row = same.arg_true()[0]
        raise InputError(
            f"Subject {rows[subject][row]} has two rows with {order} {given[row]}; which is first?"
        )
    return place
