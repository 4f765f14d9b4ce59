"""A dataset: a CDISC table, its variables and its keys."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from carnet.core.errors import InputError
from carnet.core.table import read_rows

DTYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "float": pl.Float64(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
}


@dataclass(frozen=True)
class Variable:
    """A column of a CDISC table: its metadata as Define-XML wants them."""

    name: str
    label: str
    type: str
    origin: str = ""
    method: str = ""
    codelist: str = ""


@dataclass(frozen=True)
class Dataset:
    """A CDISC table: name, label, key variables, variables in order."""

    name: str
    label: str
    keys: tuple[str, ...]
    variables: tuple[Variable, ...]

    def conform(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with exactly these variables, in order, typed, sorted by the keys.

        Absent variables are null. Two rows with the same keys are an `InputError` that names them.
        """
        columns = []
        for variable in self.variables:
            dtype = DTYPES[variable.type]
            if variable.name not in rows.columns:
                columns.append(pl.lit(None, dtype).alias(variable.name))
            elif rows.schema[variable.name] == pl.String and dtype.is_temporal():
                columns.append(pl.col(variable.name).str.strptime(dtype, strict=True))  # type: ignore[arg-type]
            else:
                columns.append(pl.col(variable.name).cast(dtype))
        table = rows.select(*columns).sort(self.keys, nulls_last=True, maintain_order=True)
        twice = table.filter(pl.struct(self.keys).is_duplicated())
        if not twice.is_empty():
            first = ", ".join(f"{key} {twice[key][0]}" for key in self.keys)
            raise InputError(
                f"{self.name} would hold {len(twice)} rows that share their keys, first {first}."
            )
        return table

    def empty(self) -> pl.DataFrame:
        """Return the dataset without rows."""
        return pl.DataFrame(schema={v.name: DTYPES[v.type] for v in self.variables})


def read_datasets(package: str) -> dict[str, Dataset]:
    """Return the datasets of `datasets.csv` with the variables of `variables.csv`, both beside `package`.

    `datasets.csv` has name, label, keys (separated by spaces); `variables.csv` has dataset, name, label,
    type, origin, method, codelist, in the order of the columns.
    """
    variables: dict[str, list[Variable]] = {}
    for row in read_rows(package, "variables.csv"):
        variables.setdefault(row.pop("dataset"), []).append(Variable(**row))
    return {
        row["name"]: Dataset(
            row["name"], row["label"], tuple(row["keys"].split()), tuple(variables[row["name"]])
        )
        for row in read_rows(package, "datasets.csv")
    }
