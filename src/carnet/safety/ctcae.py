"""CTCAE v5.0 by numbers: laboratory values and vital signs in, grades out (ctcae2017).

Each distinct test, specimen and unit is read once, in Python, into its ladders; the rows that share it are
graded together, in columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.frame import as_frame
from carnet.core.inputs import Inputs
from carnet.core.parameter import Parameters, read_parameters
from carnet.safety.reading import Reading, read

PARAMETERS = read_parameters("carnet.safety", "parameters.csv", "ctcae")

INPUTS = Inputs(
    items=(
        Item("test", "test, by its CDISC code or that of CTCAE's table", "text"),
        Item("specimen", "specimen", "text"),
        Item("value", "value", "decimal"),
        Item("unit", "unit of the value, its limits and its baseline", "text"),
        Item("lln", "lower limit of normal of this record", "decimal"),
        Item("uln", "upper limit of normal of this record", "decimal"),
        Item("base", "baseline value", "decimal"),
        Item("base_lln", "lower limit of normal of the baseline record", "decimal"),
        Item("base_uln", "upper limit of normal of the baseline record", "decimal"),
        Item("base_indicator", "where the baseline lay", "choice", choices=("HIGH", "LOW", "NORMAL")),
        Item("is_baseline", "this is the baseline record, or an earlier one", "boolean"),
        Item("age", "age", "decimal", unit="years"),
        Item("at_rest", "measured at rest", "boolean"),
    ),
    optional={
        **dict.fromkeys(("base", "base_lln", "base_uln", "base_indicator", "age", "at_rest"), pl.lit(None)),
        "is_baseline": pl.lit(False),
    },
)
"""The plain columns. An absent optional one is unknown in every row; without is_baseline none is a baseline."""

WIDE = ("ATOXDSCL", "ATOXGRL", "ATOXDSCH", "ATOXGRH", "ATOXREVL", "ATOXREVH")
LONG = ("term", "ctcae_term", "direction", "grade", "grade_worst", "review", "reason")
KEYS = ("test", "specimen", "unit")
NUMBERS = tuple(item.id for item in INPUTS.items if item.id not in KEYS)
REASONS = {"test": pl.String, "term": pl.String, "reason": pl.String, "rows": pl.Int64}

Reasons = list[tuple[str | None, str | None, str, int]]
"""Test, term (none where the test has none), why there is no grade, and of how many rows."""


def grade(rows: Any, **settings: Any) -> pl.DataFrame:
    """Return the rows with their CTCAE v5.0 grades for low and high values (ctcae2017).

    ATOXDSCL and ATOXDSCH name the principal term of each direction, ATOXGRL and ATOXGRH are its grade by the
    numbers alone, 0 to 4, null where it cannot be graded; ATOXREVL and ATOXREVH are Y where a clinical fact
    decides between grades or something was assumed. Settings are those of `PARAMETERS`.

    >>> rows = {"test": ["HGB", "K"], "specimen": ["BLOOD", "SERUM"], "value": [78.0, 3.2],
    ...         "unit": ["g/L", "mmol/L"], "lln": [120.0, 3.5], "uln": [160.0, 5.1]}
    >>> grade(rows).select("ATOXDSCL", "ATOXGRL", "ATOXREVL").rows()
    [('Anemia', 3, None), ('Hypokalemia', 1, 'Y')]
    """
    return _read_and(grade_columns, rows, WIDE, settings)


def grade_long(rows: Any, **settings: Any) -> pl.DataFrame:
    """Return one line per row and CTCAE term that applies to it, with the reason of each doubt (ctcae2017).

    Adds `term, ctcae_term, direction` (L, H), `grade` by the numbers alone, `grade_worst` with every
    undecided clinical fact at its worst, `review` (Y where they differ or something was assumed), `reason`.

    >>> rows = {"test": ["OXYSAT"], "value": [86.0], "unit": ["%"]}
    >>> grade_long(rows).select("term", "grade", "grade_worst", "review", "reason").row(0)
    ('Hypoxia', 2, 3, 'Y', 'undecided: at rest')
    """
    return _read_and(term_rows, rows, LONG, settings)


Work = Callable[[pl.DataFrame, Parameters, pl.DataFrame], tuple[pl.DataFrame, Reasons]]


def _read_and(work: Work, rows: Any, added: tuple[str, ...], settings: Mapping[str, Any]) -> pl.DataFrame:
    """Read the plain columns and put what `work` makes of them beside the rows."""
    frame = as_frame(rows)
    refuse_taken(frame.columns, added)
    return work(read_plain(frame), PARAMETERS.set(**settings), frame)[0]


def read_plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `INPUTS`, the numbers typed; the texts stay as they are until they are told apart."""
    numbers = Inputs(tuple(item for item in INPUTS.items if item.id not in KEYS), INPUTS.optional).read(frame)
    texts = (
        pl.col(n).cast(pl.String) if n in frame.columns else pl.lit(None, pl.String).alias(n) for n in KEYS
    )
    return numbers.select(*texts, *NUMBERS)


def refuse_taken(columns: list[str], added: tuple[str, ...]) -> None:
    """Refuse a table that already has a column which grading would add."""
    if taken := [name for name in added if name in columns]:
        raise InputError(f"The table already has the column {', '.join(taken)}; rename or drop it.")


def grade_columns(
    inputs: pl.DataFrame, parameters: Parameters, given: pl.DataFrame
) -> tuple[pl.DataFrame, Reasons]:
    """Return `given` with the six columns of `grade`, and how many rows have no grade and why.

    `inputs` holds the columns of `INPUTS`, row by row with `given`.
    """
    numbers, reasons = _numbers(inputs), Reasons()
    terms: dict[str | None, int] = {None: 0}
    made = {
        name: pl.Series([None if "GR" in name else 0], dtype=pl.Int8 if "GR" in name else pl.UInt32)
        .new_from_index(0, len(inputs)) for name in WIDE
    }  # fmt: skip
    for rows, readings, why in _groups(inputs, parameters):
        for reading in readings:
            if not reading.ladder.principal:
                continue
            side = reading.ladder.direction
            graded = reading.grade(numbers.select(reading.reads)[rows])
            made[f"ATOXDSC{side}"].scatter(rows, terms.setdefault(reading.ladder.term, len(terms)))
            made[f"ATOXGR{side}"].scatter(rows, graded["grade"])
            made[f"ATOXREV{side}"].scatter(rows, graded["review"].cast(pl.UInt32))
            reasons.extend(_without_grade(reading, graded["grade"], numbers, rows))
        reasons.extend(why)
    texts = {"DSC": pl.Series(list(terms), dtype=pl.String), "REV": pl.Series([None, "Y"], dtype=pl.String)}
    for name in made:  # numbers until here: text of six million rows is slow to build, fast to look up
        if name[4:7] in texts:
            made[name] = texts[name[4:7]].gather(made[name])
    return given.hstack(pl.DataFrame(made)), reasons


def term_rows(
    inputs: pl.DataFrame, parameters: Parameters, given: pl.DataFrame
) -> tuple[pl.DataFrame, Reasons]:
    """Return `given` once for each term that applies, with the columns of `grade_long`, and the reasons."""
    numbers, reasons = _numbers(inputs), Reasons()
    lines = [pl.DataFrame(schema={"row": pl.UInt32, "place": pl.UInt8, **_LONG_TYPES})]
    for rows, readings, why in _groups(inputs, parameters):
        for place, reading in enumerate(readings):
            some, interval = numbers[rows], reading.ladder.intervals[0]
            graded = reading.grade(some).select(
                rows.alias("row"),
                pl.lit(place, pl.UInt8).alias("place"),
                *(pl.lit(getattr(interval, name)).alias(name) for name in LONG[:3]),
                "grade",
                "grade_worst",
                pl.when("review").then(pl.lit("Y")).alias("review"),
                reading.explain(some),
            )
            lines.append(graded)
            if reading.ladder.principal:
                reasons.extend(_without_grade(reading, graded["grade"], numbers, rows))
        reasons.extend(why)
    table = pl.concat(lines).sort("row", "place")
    return given[table["row"]].hstack(table.drop("row", "place")), reasons


_LONG_TYPES = {name: pl.Int8() if name.startswith("grade") else pl.String() for name in LONG}


def _numbers(inputs: pl.DataFrame) -> pl.DataFrame:
    """Return what the ladders read: limits that contradict each other are none, the baseline lay at 1, 0 or -1."""
    indicator = pl.col("base_indicator").replace_strict(
        {"HIGH": 1, "NORMAL": 0, "LOW": -1}, default=None, return_dtype=pl.Int8
    )
    crossed = (pl.col("lln") > pl.col("uln")) & (pl.col("uln") > 0)  # a limit of 0 is none
    numbers = inputs.select(*NUMBERS, crossed.fill_null(False).alias("crossed"))
    numbers = numbers.with_columns(indicator, pl.col("is_baseline").fill_null(False))
    if numbers["crossed"].any():
        limits = (pl.when(~pl.col("crossed")).then(name).alias(name) for name in ("lln", "uln"))
        numbers = numbers.with_columns(*limits)
    return numbers


def _groups(
    inputs: pl.DataFrame, parameters: Parameters
) -> Iterator[tuple[pl.Series, tuple[Reading, ...], Reasons]]:
    """Yield the numbers of the rows that share test, specimen and unit, and their readings, or why none."""
    places = pl.int_range(pl.len(), dtype=pl.UInt32).alias("row")
    groups = inputs.select(places, *KEYS).group_by(KEYS).agg("row")
    for number, key in enumerate(groups.select(KEYS).iter_rows()):
        readings, why = read(*key, parameters)
        rows = groups["row"][number]
        yield rows, readings, [(key[0], None, why, len(rows))] if why else []


def _without_grade(reading: Reading, grades: pl.Series, numbers: pl.DataFrame, rows: pl.Series) -> Reasons:
    """Return how many of some rows have no grade, by reason."""
    if not grades.null_count():
        return []
    why = reading.explain(numbers[rows.filter(grades.is_null())]).value_counts()
    return [(reading.ladder.test, reading.ladder.term, reason, count) for reason, count in why.iter_rows()]


def add_up(reasons: Reasons) -> pl.DataFrame:
    """Return the reasons added up: test, term (null where the test has none), reason, rows."""
    counted = pl.DataFrame(reasons, REASONS, orient="row")
    by = ("test", "term", "reason")
    return counted.group_by(by).agg(pl.col("rows").sum()).sort(by)
