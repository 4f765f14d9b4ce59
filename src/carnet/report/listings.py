"""The listings: records of a dataset as they are, a row each, as `listings.csv` names them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from carnet.core.dataset import read_datasets
from carnet.core.table import read_rows
from carnet.report import tables
from carnet.report.exhibit import Exhibit, Section


def listings(datasets: Mapping[str, pl.DataFrame], whole: bool = True) -> Section:
    """Return the listings of ADaM datasets and SDTM tables; without `whole`, those that a physician reads.

    One without records says so; one whose dataset there is not is absent.
    """
    exhibits = tuple(_exhibit(row, datasets) for row in named() if whole or row["page"] == "Y")
    return Section("listings", "Listings", exhibits, "Records as they are, patient by patient.")


@cache
def named() -> list[dict[str, str]]:
    """Return the listings: number, title, dataset, columns, filter, order."""
    return read_rows("carnet.report", "listings.csv")


def _exhibit(row: dict[str, str], datasets: Mapping[str, pl.DataFrame]) -> Exhibit:
    frame = datasets.get(row["dataset"].lower())
    if frame is None:
        return Exhibit(row["number"], row["title"], absent=f"No data: there is no {row['dataset']}.")
    kept = frame.filter(*_conditions(row["filter"], frame.columns))
    if kept.is_empty():
        return Exhibit(row["number"], row["title"], notes=(row["absent"],))
    columns = [name for name in row["columns"].split() if name in kept.columns]
    order = [name for name in row["order"].split() if name in kept.columns]
    shown = kept.sort(order, nulls_last=True, maintain_order=True)
    labels = _labels(row["dataset"])
    caption = f"{kept.height} records of {row['dataset']}"
    table = tables.listing(shown, caption, [labels.get(name, name) for name in columns], columns)
    return Exhibit(
        row["number"], row["title"], (table,), notes=(f"{row['title_zh']}. Source: {row['dataset']}.",)
    )


def _conditions(text: str, columns: list[str]) -> list[pl.Expr]:
    """Return what a filter asks: `A=X|Y;B|C=Z` is A one of X and Y, and B or C Z."""
    asked = []
    for part in filter(None, text.split(";")):
        names, _, values = part.partition("=")
        there = [
            pl.col(name).cast(pl.String).is_in(values.split("|"))
            for name in names.split("|")
            if name in columns
        ]
        asked.append(pl.any_horizontal(there) if there else pl.lit(False))
    return asked


@cache
def _labels(dataset: str) -> dict[str, str]:
    """Return what the variables of a dataset are called."""
    for package in ("carnet.adam", "carnet.sdtm"):
        if dataset in (found := read_datasets(package)):
            return {variable.name: variable.label for variable in found[dataset].variables}
    return {}
