"""Heat maps: BILAG systems and SLEDAI-2K items of every patient at every visit, a letter or mark in each cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from carnet.report import tables
from carnet.report.exhibit import Cell, Exhibit, Map, Panel, Row, Table, rows
from carnet.report.figures import short

SHADES = {"A": "h4", "B": "h3", "C": "h2", "D": "h1", "E": "h0"}
"""One colour from dark to light, so that the order is seen without seeing colours."""

OPEN, ABSENT, NO_VISIT = Cell("?", "open"), Cell("·", "h0"), Cell("")


def bilag(results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame]) -> Exhibit:
    """Return the grades of the nine systems by patient and visit, and how each system moved from baseline."""
    title = "BILAG-2004 by system"
    found = _assessments(datasets, "^BLG4[A-Z]{3}$", ("BLG4ALL",))
    if found.is_empty():
        return Exhibit("14.2.9", title, absent=f"No data for {title}.")

    def cell(row: dict[str, Any]) -> Cell:
        grade = row["AVALC"]
        if grade is None:
            return OPEN
        certain = row["AVALCBST"] == row["AVALCWRS"]
        return Cell(grade, SHADES[grade]) if certain else Cell(f"{grade}?", "open")

    key = (
        (Cell("A", "h4"), "severe"), (Cell("B", "h3"), "moderate"), (Cell("C", "h2"), "mild"),
        (Cell("D", "h1"), "inactive"), (Cell("E", "h0"), "never involved"),
        (Cell("C?", "open"), "by what is known, could be another"), (OPEN, "not assessed"),
    )  # fmt: skip
    drawn = _map("A panel per patient; empty: no assessment at the visit.", found, cell, key, _system)
    names = {
        paramcd: _system(label) for paramcd, label in found.select("PARAMCD", "PARAM").unique().iter_rows()
    }
    return Exhibit("14.2.9", title, _transitions(results, names), maps=(drawn,))


def sledai(datasets: Mapping[str, pl.DataFrame]) -> Exhibit:
    """Return the items of SLEDAI-2K by patient and visit; an item that nobody had is named and not drawn."""
    title = "SLEDAI-2K by item"
    found = _assessments(datasets, r"^SLDI\d{4}$")
    if found.is_empty():
        return Exhibit("14.2.8", title, absent=f"No data for {title}.")
    from carnet.instruments import SLEDAI2K

    points = {item.testcd: item.points or 0 for item in SLEDAI2K.form.items}
    shown = found.filter(
        (pl.col("AVAL") != 0).any().over("PARAMCD") | pl.col("AVAL").is_null().any().over("PARAMCD")
    )
    never = found.join(shown, on="PARAMCD", how="anti")["PARAM"].unique(maintain_order=True)
    shade = {8: "h4", 4: "h3", 2: "h2", 1: "h2"}

    def cell(row: dict[str, Any]) -> Cell:
        if row["AVAL"] is None:
            return OPEN
        worth = points.get(row["PARAMCD"], 0)
        return Cell(str(worth), shade.get(worth, "h2")) if row["AVAL"] else ABSENT

    key = (
        (Cell("8", "h4"), "present, with its points"), (ABSENT, "absent"), (OPEN, "not known"),
    )  # fmt: skip
    drawn = _map(
        "A panel per patient; empty: no assessment at the visit.", shown, cell, key, lambda name: name
    )
    notes = (f"Absent in every patient at every visit: {', '.join(never).lower()}.",) if len(never) else ()
    return Exhibit("14.2.8", title, maps=(drawn,), notes=notes)


def _assessments(
    datasets: Mapping[str, pl.DataFrame], pattern: str, but: tuple[str, ...] = ()
) -> pl.DataFrame:
    if "adqs" not in datasets:
        return pl.DataFrame()
    return datasets["adqs"].filter(
        pl.col("PARAMCD").str.contains(pattern) & ~pl.col("PARAMCD").is_in(but),
        (pl.col("CARFL") == "Y") & (pl.col("ANL01FL") == "Y") & pl.col("AVISIT").is_not_null(),
    ).sort("SUBJID", "PARAMCD", "AVISITN")  # fmt: skip


def _map(
    caption: str,
    found: pl.DataFrame,
    cell: Callable[[dict[str, Any]], Cell],
    key: tuple[tuple[Cell, str], ...],
    name: Callable[[str], str],
) -> Map:
    visits = found.select("AVISIT", "AVISITN").unique().sort("AVISITN")["AVISIT"].to_list()
    parameters = found.select("PARAMCD", "PARAM").unique(maintain_order=True).sort("PARAMCD").rows()
    cells = {(row["SUBJID"], row["PARAMCD"], row["AVISIT"]): cell(row) for row in found.iter_rows(named=True)}
    panels = tuple(
        Panel(
            subject,
            tuple(
                (name(label), tuple(cells.get((subject, paramcd, visit), NO_VISIT) for visit in visits))
                for paramcd, label in parameters
            ),
        )
        for subject in found["SUBJID"].unique().sort()
    )
    return Map(caption, tuple(map(short, visits)), panels, key)


def _system(parameter: str) -> str:
    return parameter.removeprefix("BILAG-2004 ").capitalize()


def _transitions(results: pl.DataFrame, names: Mapping[str, str]) -> tuple[Table, ...]:
    """Return, per system, where the patients of each baseline grade stand at each visit."""
    found = tables.pick(results, "14.2.9")
    if found.is_empty():
        return ()
    visits = found["avisit"].unique(maintain_order=True).to_list()
    moved: dict[str, dict[str, dict[str, str]]] = {}
    for row in found.iter_rows(named=True):
        base = row["analysis_id"].rpartition("/")[2]
        now = [f"{row[grade]} {grade}" for grade in (*SHADES, "unknown") if row[grade] not in ("", "0")]
        moved.setdefault(row["paramcd"], {}).setdefault(base, {})[row["avisit"]] = ", ".join(now)
    lines: list[Row] = []
    for paramcd, bases in moved.items():
        lines += rows([(names.get(paramcd, paramcd), *("" for _ in visits))], "group")
        lines += rows(
            (
                (f"baseline {base}", *(seen.get(visit, "–") for visit in visits))
                for base, seen in sorted(bases.items())
            ),
            "indent",
        )
    caption = "From the baseline grade to the grade at each visit: patients"
    return (Table(caption, ("System", *map(short, visits)), tuple(lines), folded=True),)
