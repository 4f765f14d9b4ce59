"""How a row is read: which ladders its test, specimen and unit lead to, or why none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

import polars as pl

from carnet.core.parameter import Parameters
from carnet.core.units import UnitError, conversion, unit
from carnet.safety.interval import Interval, intervals, read_rows
from carnet.safety.ladder import Ladder


@dataclass(frozen=True)
class Test:
    """A row of `tests.csv`: a test that CTCAE grades, its names, its specimen and its units."""

    __test__ = False  # a test of blood, not of code

    test: str
    label: str
    specimen: str
    unstated: str
    unit: str
    unit_if_empty: str
    decimals: int | None


@dataclass(frozen=True)
class Reading:
    """A ladder for some rows; `reason` says why they cannot climb it, `doubts` what was taken for granted."""

    ladder: Ladder
    reason: str = ""
    doubts: tuple[str, ...] = ()

    @cached_property
    def _steps(self) -> list[dict[str, pl.Expr]]:
        """What is computed, each step from the columns of those before it; what nothing reads is left out."""
        ladder = self.ladder
        sure, by_numbers, worst = ladder.grades()
        grades = {"grade": by_numbers}
        doubts = [pl.lit(bool(self.doubts)), *(assumed for assumed, _ in ladder.assumptions())]
        if worst is not by_numbers:
            grades["grade_worst"] = worst
            doubts.append(pl.col("grade_worst") != pl.col("grade"))
        if sure is not by_numbers:
            grades["sure"] = sure
            doubts.append(pl.col("sure").ne_missing(pl.col("grade")))
        review = {"review": pl.any_horizontal(doubts).fill_null(False) & pl.col("grade").is_not_null()}
        if "grade_worst" not in grades:
            review["grade_worst"] = pl.col("grade")
        kept: list[dict[str, pl.Expr]] = [grades, review]
        for step in reversed(ladder.steps()):
            wanted = {name for later in kept for expr in later.values() for name in expr.meta.root_names()}
            kept.insert(0, {name: expr for name, expr in step.items() if name in wanted})
        return kept

    @cached_property
    def reads(self) -> list[str]:
        """The columns of `ctcae.INPUTS` that the reading needs, the value first."""
        roots = (n for step in self._steps for expr in step.values() for n in expr.meta.root_names())
        made = {name for step in self._steps for name in step}
        return list(dict.fromkeys(["value", *(name for name in roots if name not in made)]))

    def grade(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with grade, grade_worst and review (true or false)."""
        if self.reason:
            nothing = pl.lit(None, pl.Int8)
            return rows.with_columns(grade=nothing, grade_worst=nothing, review=pl.lit(False))
        for step in self._steps:
            if step:
                rows = rows.with_columns(**step)
        return rows

    def explain(self, rows: pl.DataFrame) -> pl.Series:
        """Return why each row has no grade, or else why somebody has to look; null where all is plain."""
        ladder = self.ladder
        for step in ladder.steps():
            rows = rows.with_columns(**step)
        if self.reason:
            no_value = pl.when(pl.col("value").is_null()).then(pl.lit("no numeric value"))
            return rows.select(no_value.otherwise(pl.lit(self.reason)).alias("reason"))["reason"]
        rows = self.grade(rows)
        said = [pl.lit(doubt) for doubt in self.doubts]
        said += [pl.when(assumed).then(pl.lit(text)) for assumed, text in ladder.assumptions()]
        said.append(pl.when(pl.col("grade_worst") != pl.col("grade")).then(pl.lit(ladder.undecided())))
        if "sure" in rows.columns:
            said.append(
                pl.when(pl.col("sure").ne_missing(pl.col("grade"))).then(pl.lit(ladder.unconfirmed()))
            )
        doubt = pl.concat_str(said, separator="; ", ignore_nulls=True)
        why = pl.when(pl.col("grade").is_null()).then(ladder.lacking()).when(doubt != "").then(doubt)
        return rows.select(why.alias("reason"))["reason"]


@cache
def tests() -> dict[str, tuple[Test, str]]:
    """Return each test by its code and its synonyms, with the doubt that comes with the name."""
    named = {}
    for row in read_rows("tests.csv"):
        fields = ("test", "label", "specimen", "unstated", "unit", "unit_if_empty")
        test = Test(**{name: row[name] for name in fields}, decimals=int(row["decimals"] or -1))
        test = replace(test, decimals=None) if test.decimals == -1 else test
        for name in [row["test"], *filter(None, row["synonyms"].split("|"))]:
            named[name] = (test, "")
        for name in filter(None, row["doubtful"].split("|")):
            named[name] = (test, row["doubt"])
    return named


@cache
def specimens() -> dict[str, str]:
    """Return the kind of specimen by the names of specimens and of laboratory categories."""
    return {row["name"]: row["specimen"] for row in read_rows("specimens.csv")}


@cache
def rungs() -> dict[str, dict[tuple[str, str], dict[str, tuple[Interval, ...]]]]:
    """Return, by test, then term and direction, then unit, the intervals of each ladder.

    Intervals without a unit hold in every one: they are part of each ladder of their term.
    """
    found: dict = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in intervals():
        found[row.test][row.direction, row.term][row.unit].append(row)
    return {
        test: {
            term: {
                unit: tuple(rows if not unit else by_unit.get("", []) + rows)
                for unit, rows in by_unit.items() if unit or len(by_unit) == 1
            }
            for term, by_unit in sorted(terms.items(), key=lambda item: item[0][0], reverse=True)
        }
        for test, terms in found.items()
    }  # fmt: skip


def _specimen(test: Test, given: str | None) -> tuple[str, str]:
    """Return whether a specimen is right, wrong, assumed or untold for a test, and what to say of it."""
    name = (given or "").strip().upper()
    if test.specimen == "any":
        return "right", ""
    if not name:
        if test.unstated == "refuse":
            return "untold", "specimen not stated"
        if test.unstated == "review":
            return "assumed", f"specimen not stated: taken as {test.specimen}"
        return "right", ""
    kind = specimens().get(name, name.lower())
    if kind == test.specimen or (test.specimen == "blood" and kind.endswith("blood")):
        return "right", ""
    if test.specimen == "arterial blood" and kind == "blood":
        return "assumed", "specimen taken as arterial blood"
    return "wrong", f"specimen {name}: the criteria are for {test.specimen}"


@lru_cache(maxsize=4096)
def read(
    name: str | None, specimen: str | None, unit_name: str | None, parameters: Parameters
) -> tuple[tuple[Reading, ...], str]:
    """Return the ladders for rows of one test, specimen and unit; where there is none, why."""
    code = (name or "").strip().upper()
    if not code:
        return (), "test not stated"
    if code not in tests():
        return (), "no CTCAE v5.0 criterion for the test"
    test, doubt = tests()[code]
    verdict, said = _specimen(test, specimen)
    if verdict == "wrong":
        return (), said
    doubts = tuple(filter(None, (doubt, said if verdict == "assumed" else "")))
    readings = (_in_unit(test, by_unit, unit_name, parameters) for by_unit in rungs()[test.test].values())
    if verdict == "untold":
        return tuple(replace(reading, reason=said) for reading in readings), ""
    return tuple(replace(reading, doubts=doubts) for reading in readings), ""


def _in_unit(
    test: Test, by_unit: dict[str, tuple[Interval, ...]], given: str | None, parameters: Parameters
) -> Reading:
    """Return the ladder printed in the unit given, else the one that the unit converts to."""
    ladder = Ladder(next(iter(by_unit.values())), parameters, decimals=test.decimals)
    if "" in by_unit:  # multiples of the limits: the unit of the value is that of its limits
        return Reading(ladder)
    name = (given or "").strip() or test.unit_if_empty
    if not name:
        return Reading(ladder, "unit missing")
    try:
        known = unit(name).unit
        if known in by_unit:
            return Reading(replace(ladder, intervals=by_unit[known]))
        factor, offset = conversion(known, test.unit, test.test)
    except UnitError as error:
        says = "not known" if "not known" in str(error) else f"does not convert to {test.unit}"
        return Reading(ladder, f"unit {name!r} {says}")
    return Reading(replace(ladder, intervals=by_unit[test.unit], factor=factor, offset=offset))
