"""BILAG-2004: ninety-seven items in nine systems, each graded from A (severe) to E (never involved)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from itertools import combinations
from operator import add
from typing import Any

import polars as pl

from carnet.core.bounds import ends
from carnet.core.form import Form, Item, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score
from carnet.core.parameter import Parameters, read_parameters
from carnet.core.rule import Rule
from carnet.instruments import bilag2004_blood, bilag2004_renal, tables
from carnet.instruments.level import GRADE, Level, worst

ITEMS = read_items("carnet.instruments", "bilag2004.csv")
PARAMETERS = read_parameters("carnet.instruments", "parameters.csv", "bilag2004")

SYSTEMS = (
    "constitutional", "mucocutaneous", "neuropsychiatric", "musculoskeletal", "cardiorespiratory",
    "gastrointestinal", "ophthalmic", "renal", "haematological",
)  # fmt: skip
"""The nine systems, in the order of the form."""

MEASURED = tuple(item for item in ITEMS if "measured" in item.groups)
"""The items with a value: each has a box for whether the value is due to lupus."""

COMPARED = tuple(item for item in MEASURED if "renal" in item.groups)
"""The items that are compared with their previous value."""


CATEGORIES = {row["item"]: row["category"] for row in tables.rows("bilag2004_categories.csv")}
POINTS = {row["grade"]: int(row["points"]) for row in tables.rows("bilag2004_points.csv")}


def _of(system: str) -> tuple[Item, ...]:
    return tuple(item for item in ITEMS if system in item.groups)


def _answers(items: Iterable[Item], category: str) -> list[pl.Expr]:
    return [pl.col(item.id) for item in items if CATEGORIES.get(item.id) == category]


def _any(*conditions: pl.Expr) -> pl.Expr:
    return pl.any_horizontal(conditions) if conditions else pl.lit(False)


def _symptoms(system: str) -> Level:
    """Level by the categories: present (2 to 4) gives an item its own, improving (1) the next lower one.

    An item of category C gives C in either case. What improves reaches its own rung and, as a level counts by
    its highest rung, may stand on the lower one as well when it is present.
    """
    a, b, c = (_answers(_of(system), category) for category in "ABC")
    return Level(
        ends(_any(*(answer >= 2 for answer in a))),
        ends(_any(*(answer >= 1 for answer in a), *(answer >= 2 for answer in b))),
        ends(_any(*(answer >= 1 for answer in (*b, *c)))),
    )


def _constitutional() -> Level:
    """Fever with two others is A, fever or two others B, any symptom C; improving ones reach only C."""
    items = _of("constitutional")
    fever, others = _answers(items, "fever"), _answers(items, "general")
    feverish = _any(*(answer >= 2 for answer in fever))
    two = _any(*((one >= 2) & (other >= 2) for one, other in combinations(others, 2)))
    return Level(
        ends(feverish & two), ends(feverish | two), ends(_any(*(answer >= 1 for answer in (*fever, *others))))
    )


def _level(system: str, parameters: Parameters) -> Level:
    """Level of a system at its best and at its worst."""
    if system == "constitutional":
        return _constitutional()
    if system == "renal":
        return bilag2004_renal.level(parameters)
    if system == "haematological":
        return worst(_symptoms(system), bilag2004_blood.level(parameters))
    return _symptoms(system)


def _scores(system: str, parameters: Parameters) -> tuple[Score, ...]:
    level = Level.stepped(system)
    involved = pl.col(f"bilag_{system}_ever").fill_null(parameters["history"] == "D")
    inactive = pl.when(involved).then(pl.lit("D", GRADE)).otherwise(pl.lit("E", GRADE))
    best, worst = (level.letter(end, inactive) for end in (0, 1))
    assessed = pl.any_horizontal(pl.col(item.id).is_not_null() for item in _of(system))
    name = f"bilag_{system}"
    return (
        Score(name, f"BILAG-2004 {system}, by what is known", pl.when(assessed).then(best)),
        Score(f"{name}_best", f"BILAG-2004 {system}, best that the unknown allows", best),
        Score(f"{name}_worst", f"BILAG-2004 {system}, worst that the unknown allows", worst),
    )


def _points(grade: pl.Expr) -> pl.Expr:
    points = [
        pl.when(grade == letter).then(pl.lit(points, pl.Int16)).otherwise(pl.lit(0, pl.Int16))
        for letter, points in POINTS.items()
        if points
    ]
    return reduce(add, points)


def _overall() -> tuple[Score, ...]:
    """The grades as points added up (yee2010), and the worst of them (yee2007); each between its ends."""
    best, worst = ([pl.col(f"bilag_{system}_{end}") for system in SYSTEMS] for end in ("best", "worst"))
    least, most = (reduce(add, map(_points, grades)) for grades in (best, worst))
    certain = pl.all_horizontal(low == high for low, high in zip(best, worst, strict=True))
    lowest, highest = (pl.min_horizontal(grades) for grades in (best, worst))  # A stands first and is worst
    return (
        Score("bilag_total", "BILAG-2004 numerical score, if certain", pl.when(certain).then(least)),
        Score("bilag_total_min", "BILAG-2004 numerical score at the best grades", least),
        Score("bilag_total_max", "BILAG-2004 numerical score at the worst grades", most),
        Score(
            "bilag_overall",
            "BILAG-2004 overall grade, the worst of the systems, if certain",
            pl.when(lowest == highest).then(lowest),
        ),
        Score("bilag_overall_best", "BILAG-2004 overall grade at the best grades", lowest),
        Score("bilag_overall_worst", "BILAG-2004 overall grade at the worst grades", highest),
    )


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
        scores=(*(score for system in SYSTEMS for score in _scores(system, parameters)), *_overall()),
        inputs=INPUTS,
        parameters=parameters,
        make=bilag2004,
        steps=(
            *bilag2004_renal.steps(parameters),
            *(step for system in SYSTEMS for step in _level(system, parameters).steps(system)),
        ),
    )  # fmt: skip


BILAG2004 = bilag2004()
