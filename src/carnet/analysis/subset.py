"""A subset: the rows of an analysis dataset that a number rests on, as data; filter and where-clause come from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

COMPARATORS = {
    "EQ": "is", "NE": "is not", "GT": ">", "GE": "≥", "LT": "<", "LE": "≤", "IN": "is one of", "NOTIN": "is none of",
}  # fmt: skip
"""The comparators of CDISC's Analysis Results Standard, in words."""

SEVERAL = "\x1f"
"""Parts the values of a list that stands in one cell of a table of results."""


@dataclass(frozen=True)
class Own:
    """A value that each result has for itself: the column of the table of results in which it stands."""

    column: str


@dataclass(frozen=True)
class Condition:
    """A variable compared with values; the empty text is a missing value."""

    variable: str
    comparator: str
    values: tuple[str | float | Own, ...]
    dataset: str = ""

    def mask(self, schema: Mapping[str, pl.DataType], dataset: str = "") -> pl.Expr:
        """Return the filter of a dataset with this schema; numbers are compared as numbers.

        Of a condition on another dataset no row is chosen.
        """
        if self.dataset and self.dataset != dataset:
            return pl.lit(False)
        column, values = pl.col(self.variable), list(self.values)
        if values == [""] and self.comparator in ("EQ", "NE"):
            return column.is_null() if self.comparator == "EQ" else column.is_not_null()
        wanted = pl.Series(values, strict=False).cast(
            pl.Float64 if schema[self.variable].is_numeric() else pl.String
        )
        match self.comparator:
            case "EQ":
                return column == wanted[0]
            case "NE":
                return column.ne_missing(pl.lit(wanted[0]))
            case "IN":
                return column.cast(wanted.dtype).is_in(wanted.implode())
            case "NOTIN":
                return ~column.cast(wanted.dtype).is_in(wanted.implode()).fill_null(False)
            case _:
                measured = column.round(6) if schema[self.variable].is_float() else column
                return getattr(measured, self.comparator.lower())(float(str(values[0])))

    def data(self, dataset: str) -> dict[str, Any]:
        """Return the where-clause of the standard."""
        values = [f"\0{v.column}\0" if isinstance(v, Own) else _plain(v) for v in self.values]
        told = {
            "dataset": self.dataset or dataset,
            "variable": self.variable,
            "comparator": self.comparator,
            "value": values,
        }
        return {"condition": told}

    def __str__(self) -> str:
        if self.values == ("",) and self.comparator in ("EQ", "NE"):
            return f"{self.variable} {COMPARATORS[self.comparator]} missing"
        return f"{self.variable} {COMPARATORS[self.comparator]} {', '.join(map(str, self.values))}"


@dataclass(frozen=True)
class Joined:
    """Clauses joined by AND or OR; of none, AND is every row and OR no row."""

    operator: str
    clauses: tuple[Clause, ...]

    def mask(self, schema: Mapping[str, pl.DataType], dataset: str = "") -> pl.Expr:
        """Return the filter of a dataset with this schema."""
        masks = [clause.mask(schema, dataset) for clause in self.clauses]
        if not masks:
            return pl.lit(self.operator == "AND")
        return pl.all_horizontal(masks) if self.operator == "AND" else pl.any_horizontal(masks)

    def data(self, dataset: str) -> dict[str, Any]:
        """Return the where-clause of the standard."""
        clauses = [clause.data(dataset) for clause in self.clauses]
        return {"compoundExpression": {"logicalOperator": self.operator, "whereClauses": clauses}}

    def __str__(self) -> str:
        word = f" {self.operator.lower()} "
        return word.join(f"({c})" if isinstance(c, Joined) else str(c) for c in self.clauses) or (
            "every row" if self.operator == "AND" else "no row"
        )


Clause = Condition | Joined


def eq(variable: str, value: str | float | Own) -> Condition:
    """Return that a variable is a value."""
    return Condition(variable, "EQ", (value,))


def ne(variable: str, value: str) -> Condition:
    """Return that a variable is anything but a value, or missing."""
    return Condition(variable, "NE", (value,))


def ge(variable: str, value: float) -> Condition:
    """Return that a variable is at least a number."""
    return Condition(variable, "GE", (value,))


def within(variable: str, *values: str | Own) -> Condition:
    """Return that a variable is one of several values."""
    return Condition(variable, "IN", values)


def missing(variable: str) -> Condition:
    """Return that a variable has no value."""
    return Condition(variable, "EQ", ("",))


def present(variable: str) -> Condition:
    """Return that a variable has a value."""
    return Condition(variable, "NE", ("",))


def among(dataset: str, clause: Clause) -> Clause:
    """Return a clause on another dataset than that of the analysis."""
    if isinstance(clause, Condition):
        return replace(clause, dataset=dataset)
    return replace(clause, clauses=tuple(among(dataset, each) for each in clause.clauses))


def datasets_of(clause: Clause) -> list[str]:
    """Return the datasets that a clause names, each once."""
    if isinstance(clause, Condition):
        return [clause.dataset]
    return list(dict.fromkeys(name for each in clause.clauses for name in datasets_of(each)))


def both(*clauses: Clause) -> Joined:
    """Return that every clause holds."""
    return Joined("AND", clauses)


def either(*clauses: Clause) -> Joined:
    """Return that one clause at least holds."""
    return Joined("OR", clauses)


@dataclass(frozen=True)
class Subset:
    """The rows of a dataset, in a set of patients (its flag), on which every clause holds.

    `clauses` hold for the whole analysis; `own` are those that part its rows among its results.
    """

    dataset: str
    population: str
    clauses: tuple[Clause, ...] = ()
    own: tuple[Clause, ...] = ()

    def where(self, *clauses: Clause) -> Subset:
        """Return the subset with further clauses."""
        told = (clause for clause in clauses if clause != both())
        return replace(self, clauses=(*self.clauses, *told))

    def each(self, *own: Clause, **columns: str) -> Subset:
        """Return the subset of each result: variables that equal its columns, and further clauses on them."""
        equal = (eq(variable, Own(column)) for variable, column in columns.items())
        return replace(self, own=(*self.own, *own, *equal))

    def rows(self, datasets: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Return the rows of the analysis; a set of patients that the dataset does not flag is looked up in ADSL."""
        return self.of(in_population(datasets, self.dataset, self.population))

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return those rows of a frame on which the clauses of the analysis hold."""
        return frame.filter(Joined("AND", self.clauses).mask(frame.schema))

    def text(self) -> pl.Expr:
        """Return the where-clause as JSON, one for each row of a table of results."""
        clauses = (*self.clauses, *self.own)
        clause = clauses[0] if len(clauses) == 1 else Joined("AND", clauses)
        written = json.dumps(clause.data(self.dataset), ensure_ascii=False, separators=(",", ":"))
        pieces = re.split(r"\\u0000(.*?)\\u0000", written)
        return pl.concat_str(
            _escaped(piece) if place % 2 else pl.lit(piece) for place, piece in enumerate(pieces)
        )


def in_population(datasets: Mapping[str, pl.DataFrame], dataset: str, population: str) -> pl.DataFrame:
    """Return the rows of a dataset of the patients in a set; a set without a flag is everybody."""
    frame = datasets[dataset.lower()]
    if population in frame.columns:
        return frame.filter(pl.col(population) == "Y")
    adsl = datasets.get("adsl")
    if adsl is None or population not in adsl.columns:
        return frame
    return frame.join(adsl.filter(pl.col(population) == "Y"), on="USUBJID", how="semi", maintain_order="left")


def records(frame: pl.DataFrame, sequence: str) -> Joined:
    """Return the clause that names records one by one, where what chose them is no comparison with a value."""
    each = (
        frame.select("USUBJID", pl.col(sequence).cast(pl.String))
        .group_by("USUBJID", maintain_order=True)
        .all()
    )
    return either(*(both(eq("USUBJID", who), within(sequence, *which)) for who, which in each.iter_rows()))


def read(text: str) -> Clause:
    """Return the clause of a where-clause as JSON."""
    return _read(json.loads(text))


def _read(data: Mapping[str, Any]) -> Clause:
    if "condition" in data:
        told = data["condition"]
        return Condition(told["variable"], told["comparator"], tuple(told["value"]), told["dataset"])
    told = data["compoundExpression"]
    return Joined(told["logicalOperator"], tuple(map(_read, told["whereClauses"])))


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _escaped(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String).fill_null("")
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), (SEVERAL, '","')):
        text = text.str.replace_all(plain, written, literal=True)
    return text
