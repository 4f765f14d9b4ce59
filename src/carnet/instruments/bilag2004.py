"""BILAG-2004: ninety-seven items in nine systems, each graded from A (severe) to E (never involved)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from carnet.core.bounds import Bounds, highest
from carnet.core.form import Form, Item, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score
from carnet.core.parameter import Parameters, read_parameters
from carnet.core.rule import Rule
from carnet.instruments import bilag2004_blood, bilag2004_renal, tables

ITEMS = read_items("carnet.instruments", "bilag2004.csv")
PARAMETERS = read_parameters("carnet.instruments", "parameters.csv", "bilag2004")

SYSTEMS = (
    "constitutional", "mucocutaneous", "neuropsychiatric", "musculoskeletal", "cardiorespiratory",
    "gastrointestinal", "ophthalmic", "renal", "haematological",
)  # fmt: skip
"""The nine systems, in the order of the form."""

GRADES = ("A", "B", "C", "D", "E")
"""The grades from worst to best; D and E are equally inactive."""

MEASURED = tuple(item for item in ITEMS if "measured" in item.groups)
"""The items with a value: each has a box for whether the value is due to lupus."""

COMPARED = tuple(item for item in MEASURED if "renal" in item.groups)
"""The items that are compared with their previous value."""


CATEGORIES = {row["item"]: row["category"] for row in tables.rows("bilag2004_categories.csv")}
POINTS = {row["grade"]: int(row["points"]) for row in tables.rows("bilag2004_points.csv")}

PRESENT = {"A": (3, 2), "B": (2, 1), "C": (1, 1)}
"""The level that an item of each category gives when present (same, worse, new) and when improving."""


def _of(system: str) -> tuple[Item, ...]:
    return tuple(item for item in ITEMS if system in item.groups)


def _symptom(item: Item) -> Bounds:
    """Level that one symptom gives by its category."""
    present, improving = PRESENT[CATEGORIES[item.id]]
    answer = pl.col(item.id)
    level = pl.when(answer >= 2).then(present).when(answer == 1).then(improving).when(answer == 0).then(0)
    return Bounds(level.fill_null(0), level.fill_null(present))


def _constitutional() -> Bounds:
    """Fever with two others is A, fever or two others B, any symptom C; improving ones reach only C."""
    fever = [item.id for item in _of("constitutional") if CATEGORIES[item.id] == "fever"]
    others = [item.id for item in _of("constitutional") if CATEGORIES[item.id] == "general"]
    levels = []
    for unknown in (0, 4):
        answer = {name: pl.col(name).fill_null(unknown) for name in (*fever, *others)}
        feverish = pl.any_horizontal(answer[name] >= 2 for name in fever)
        two = pl.sum_horizontal((answer[name] >= 2).cast(pl.Int64) for name in others) >= 2
        levels.append(
            pl.when(feverish & two).then(3)
            .when(feverish | two).then(2)
            .when(pl.any_horizontal(value >= 1 for value in answer.values())).then(1)
            .otherwise(0)
        )  # fmt: skip
    return Bounds(*levels)


def _level(system: str, parameters: Parameters) -> Bounds:
    """Level of a system, 0 to 3, at its best and at its worst."""
    if system == "constitutional":
        return _constitutional()
    symptoms = [_symptom(item) for item in _of(system) if item.id in CATEGORIES]
    if system == "renal":
        return bilag2004_renal.level(parameters)
    if system == "haematological":
        return highest(*symptoms, bilag2004_blood.level(parameters))
    return highest(*symptoms)


def _letter(level: pl.Expr, system: str, parameters: Parameters) -> pl.Expr:
    involved = pl.col(f"bilag_{system}_ever").fill_null(parameters["history"] == "D")
    return (
        pl.when(level == 3).then(pl.lit("A"))
        .when(level == 2).then(pl.lit("B"))
        .when(level == 1).then(pl.lit("C"))
        .when(involved).then(pl.lit("D"))
        .otherwise(pl.lit("E"))
    )  # fmt: skip


def _scores(system: str, parameters: Parameters) -> tuple[Score, ...]:
    best, worst = (_letter(level, system, parameters) for level in _level(system, parameters))
    assessed = pl.any_horizontal(pl.col(item.id).is_not_null() for item in _of(system))
    name = f"bilag_{system}"
    return (
        Score(name, f"BILAG-2004 {system}, by what is known", pl.when(assessed).then(best)),
        Score(f"{name}_best", f"BILAG-2004 {system}, best that the unknown allows", best),
        Score(f"{name}_worst", f"BILAG-2004 {system}, worst that the unknown allows", worst),
    )


CERTAIN = pl.all_horizontal(pl.col(f"bilag_{s}_best") == pl.col(f"bilag_{s}_worst") for s in SYSTEMS)

TOTAL = Score(
    "bilag_total",
    "BILAG-2004 numerical score",
    pl.when(CERTAIN).then(
        pl.sum_horizontal(
            pl.col(f"bilag_{system}_best").replace_strict(POINTS, return_dtype=pl.Int64) for system in SYSTEMS
        )
    ),
)
"""The grades as points, added up (yee2010); null while one grade is not certain."""


def _check(id: str, label: str, holds: pl.Expr) -> Rule:
    read = tuple(item for item in ITEMS if item.id in holds.meta.root_names())
    return Rule(id, label, holds, inputs=Inputs(read))


CHECKS = (
    _check(
        "coombs_isolated_without_haemolysis",
        "an isolated positive Coombs test is marked only without haemolysis",
        ~(pl.col("bilag_active_haemolysis") & pl.col("bilag_coombs_isolated")),
    ),
    _check(
        "creatinine_in_umol",
        "creatinine is in umol/L; below 10 it looks like mg/dL",
        pl.col("bilag_creatinine") >= 10,
    ),
    _check(
        "differential_within_count",
        "neutrophils and lymphocytes together do not exceed the white cells",
        (pl.col("bilag_neutrophils") + pl.col("bilag_lymphocytes") - pl.col("bilag_white_cell_count")).round(
            6
        )
        <= 0,
    ),
)
"""What is asked about before it is graded."""


def _inputs() -> Inputs:
    """Return what is read: the items, and where there previous values, attributions and history."""
    previous = tuple(replace(item, id=f"{item.id}_prev") for item in COMPARED)
    due = tuple(Item(f"{item.id}_due", f"{item.label} due to lupus", "boolean") for item in MEASURED)
    ever = tuple(Item(f"bilag_{s}_ever", f"{s.capitalize()} involved before", "boolean") for s in SYSTEMS)
    return Inputs(
        (*ITEMS, *previous, *due, *ever),
        optional={
            **{item.id: pl.lit(None) for item in (*previous, *ever)},
            **{item.id: pl.lit(True) for item in due},
        },
    )


INPUTS = _inputs()


def bilag2004(**settings: Any) -> Instrument:
    """Return the index (isenberg2005) under the chosen parameters; `carnet describe bilag2004` lists them.

    Each system has the grade that is certain from what is known, and the best and the worst grade over all
    completions of what is unknown.

    >>> counts = bilag2004(haematology="H-counts")
    >>> table = {"bilag_haemoglobin": [7.9], "bilag_active_haemolysis": ["N"]}
    >>> [index.score(table)["bilag_haematological"][0] for index in (BILAG2004, counts)]
    ['B', 'A']
    """
    parameters = PARAMETERS.set(**settings)
    return Instrument(
        "bilag2004",
        "BILAG-2004 index",
        source="isenberg2005",
        form=Form(
            "bilag2004", "BILAG-2004", "RS", ITEMS, checks=CHECKS,
            title_zh="BILAG-2004 指数", category="BILAG-2004",
        ),
        scores=(*(score for system in SYSTEMS for score in _scores(system, parameters)), TOTAL),
        inputs=INPUTS,
        parameters=parameters,
        make=bilag2004,
    )  # fmt: skip


BILAG2004 = bilag2004()
