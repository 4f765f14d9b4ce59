"""The main result of an output in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from carnet.report import tables

MAIN_VISIT = "Month 6"
"""The visit that a one-line answer quotes; the tables have them all."""

UNITS = {
    "SLEDAI2K": " points", "UPCR": " g/g", "PROT24": " g/day", "ANALOG2": " log2 steps of the titre",
    "C3": " g/L", "C4": " g/L",
}  # fmt: skip
ASSAYS = {"CARTG": "CAR transgene", "CARNKFC": "CAR-NK cells by flow cytometry"}

KINDS = {"Any adverse event": "any", "Grade 3 or worse": "grade 3 or worse", "Serious": "serious"}


def headline(results: pl.DataFrame, output: str, paramcd: str = "") -> str:
    """Return one line for an output (and parameter); empty where it has no result."""
    found = tables.pick(results, output, **({"paramcd": paramcd} if paramcd else {}))
    return "" if found.is_empty() else LINES[output](found)


def _response(found: pl.DataFrame) -> str:
    at = found.filter(pl.col("avisit") == MAIN_VISIT)
    rescue = {row["group"]: row for row in at.filter(pl.col("estimand") == "COMPOSITE").to_dicts()}

    def say(row: dict[str, Any]) -> str:
        told = f"{MAIN_VISIT}: {tables.share(row)}, 95 % CI {tables.between(row)}"
        other = rescue.get(row["group"])
        return f"{told}; with rescue as non-response {tables.share(other)}" if other else told

    return _by_arm(at.filter(pl.col("estimand") == "REGISTERED"), say)


def _change(found: pl.DataFrame) -> str:
    at = found.filter((pl.col("avisit") == MAIN_VISIT) & (pl.col("change_median") != ""))
    return _by_arm(
        at,
        lambda row: (
            f"{MAIN_VISIT}: median change {row['change_median']} "
            f"({row['change_min']} to {row['change_max']}){UNITS.get(row['paramcd'], '')}, n = {row['change_n']}"
        ),
    )


def _proteinuria(found: pl.DataFrame) -> str:
    """Say the change in all, and the ratio in those who had proteinuria, whom alone treatment can make better."""
    if "percent" not in found.columns:
        return _change(found)
    ratio = found.filter(pl.col("avisit") == MAIN_VISIT, pl.col("analysis_id").str.ends_with("/ratio"))
    kidney = _by_arm(
        ratio.filter(pl.col("percent") != ""),
        lambda row: (
            f"geometric mean {row['percent']} % in those with proteinuria above 0.5 at baseline, n = {row['n']}"
        ),
    )
    return "; ".join(filter(None, (_change(found), kidney)))


def _kinetics(found: pl.DataFrame) -> str:
    whole = found.filter(pl.col("analysis_id").str.contains("/overall/"))
    return _by_arm(
        whole,
        lambda row: (
            f"{_assay(row['analysis_id'].split('/', 3)[3])}: median {row['median']} ({row['min']} to {row['max']})"
        ),
    )


def _events(found: pl.DataFrame) -> str:
    kind = pl.col("analysis_id").str.splitn("/", 2).struct[1]
    shown = found.filter(pl.col("population") == "SAFFL").with_columns(
        kind=kind.replace_strict(KINDS, default=None)
    )
    return _by_arm(shown.drop_nulls("kind"), lambda row: f"{row['kind']} {tables.share(row)}")


def _grades(found: pl.DataFrame) -> str:
    whole = found.filter((pl.col("population") == "SAFFL") & pl.col("analysis_id").str.ends_with("//"))
    return _by_arm(
        whole,
        lambda row: "patients by worst grade: " + ", ".join(f"{g}: {row[f'grade{g}']}" for g in range(1, 6)),
    )


def _shifts(found: pl.DataFrame) -> str:
    graded = found.with_columns(term=pl.col("analysis_id").str.split("/").list.get(2))
    severe = graded.filter((pl.col("grade3") != "0") | (pl.col("grade4") != "0"))
    terms, bad = graded["term"].n_unique(), severe["term"].n_unique()
    return f"{terms} CTCAE terms graded; grade 3 or 4 in {bad} of them"


def _assay(text: str) -> str:
    """Return `analyte unit` with the analyte in words."""
    analyte, _, unit = text.partition(" ")
    return f"{ASSAYS.get(analyte, analyte)} ({unit})"


LINES: dict[str, Callable[[pl.DataFrame], str]] = {
    "14.2.1": _response, "14.2.3": _response, "14.2.4": _response,
    "14.2.7": _change, "14.2.10": _change, "14.2.11": _proteinuria, "14.2.12": _proteinuria, "14.2.14": _change,
    "14.2.16": _change,
    "14.2.21": _kinetics, "14.3.1.1": _events, "14.3.1.2": _grades, "14.3.4.2": _shifts, "14.3.5.2": _shifts,
}  # fmt: skip
"""How each output is told in a line."""


def _by_arm(found: pl.DataFrame, say: Callable[[dict[str, Any]], str]) -> str:
    """Return what `say` makes of each row, the arms named where there is more than one."""
    arms = found.partition_by("group", maintain_order=True)
    told = ["; ".join(say(row) for row in arm.to_dicts()) for arm in arms]
    if len(arms) <= 1:
        return "".join(told)
    return ". ".join(f"{arm['group'][0]}: {text}" for arm, text in zip(arms, told, strict=True))
