"""A ladder: the intervals of one CTCAE term for one test in one unit, as expressions over columns.

A ladder is climbed by the ends towards normal alone. Because the intervals of a term follow one another
without gap or overlap (a test asserts it), the highest interval met is the highest near end passed. Whatever is
unknown stays unknown: a grade is null as long as a missing limit could still change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from carnet.core.parameter import Parameters
from carnet.safety.interval import Bound, Interval, conditions

NOISE = 1e-12
"""Two numbers that agree to twelve digits are one: 3 x 1.1 is 3.3000000000000003 in binary, 3.3 in medicine."""

ADULT = 18.0
NORMAL_BELOW = {"SYSBP": "normal_systolic", "DIABP": "normal_diastolic"}
"""Blood pressure has no limits of a laboratory: the parameter that says what a normal baseline is."""

BASELINE_GATES = {"baseline_high", "baseline_not_high", "baseline_low", "baseline_not_low"}

BASE = pl.when(pl.col("base") >= 0).then(pl.col("base"))
"""The baseline where 0 is a value like any other: no eosinophils."""


def _limit(name: str) -> pl.Expr:
    """Return a limit or a baseline; 0, or less, is none."""
    return pl.when(pl.col(name) > 0).then(pl.col(name))


@dataclass(frozen=True)
class Ladder:
    """One term, one test, one unit: what grades a value, and what would have to be known.

    The columns read are value, lln, uln, base, base_lln, base_uln, base_indicator (1 high, 0 normal, -1 low),
    is_baseline, age and at_rest; value x factor + offset is in the unit of the ladder. `steps` says how they
    become columns of its own (`_value`, `_base`, ...), which all else reads.
    """

    intervals: tuple[Interval, ...]
    parameters: Parameters = field(repr=False)
    factor: float = 1.0
    offset: float = 0.0
    decimals: int | None = None

    @property
    def term(self) -> str:
        return self.intervals[0].term

    @property
    def direction(self) -> str:
        return self.intervals[0].direction

    @property
    def test(self) -> str:
        return self.intervals[0].test

    @property
    def principal(self) -> bool:
        """Whether numbers alone can reach a grade; a term that always needs a fact stands in --long only."""
        return any(not self._facts(i) for i in self.intervals)

    def steps(self) -> tuple[dict[str, pl.Expr], dict[str, pl.Expr]]:
        """Return the ladder's own columns in two steps: amounts in its unit and status, then what follows."""
        first = {f"_{name}": self._amount(name) for name in ("value", "lln", "uln", "base")}
        first["_child"] = (pl.col("age") < ADULT).fill_null(False)
        first["_later"] = ~pl.col("is_baseline")
        first["_status"] = self._status()
        beyond = pl.col("_status")
        if self.test not in NORMAL_BELOW:  # whose other rows need the status of the baseline, not its value
            beyond = beyond & pl.col("_base").is_not_null()
        return first, {"_switched": (beyond & pl.col("_later")).fill_null(False)}

    def _amount(self, name: str) -> pl.Expr:
        """Return the value, a limit or the baseline in the unit of the ladder; a limit of 0 is none."""
        column = pl.col(name) if name == "value" else _limit(name)
        if (self.factor, self.offset) != (1.0, 0.0):
            column = column * self.factor + self.offset
        if self.decimals is not None:  # half up: what the reader of a curve does
            scale = 10.0**self.decimals
            column = (column * scale + 0.5).floor() / scale
        return column

    def _status(self) -> pl.Expr:
        """Return whether the baseline was beyond its own limit on this side; null where that is not known."""
        base, indicator = pl.col("base"), pl.col("base_indicator")
        if self.test in NORMAL_BELOW:
            limit = self.parameters[NORMAL_BELOW[self.test]]
            base = self._amount("base")
            raised = (base >= limit * (1 - NOISE)).fill_null(False) | (indicator == 1).fill_null(False)
            return pl.when(base.is_not_null() | indicator.is_not_null()).then(raised)
        if self._uses("baseline_low"):
            return pl.coalesce(base < _limit("base_lln") * (1 - NOISE), indicator == -1)
        return pl.coalesce(base > _limit("base_uln") * (1 + NOISE), indicator == 1)

    def _uses(self, *codes: str) -> bool:
        return any(code in interval.condition for interval in self.intervals for code in codes)

    def _facts(self, interval: Interval) -> list[str]:
        return interval.said("fact")

    @cached_property
    def _of_baseline_only(self) -> bool:
        return all(interval.near.of_baseline for interval in self.intervals)

    # Passing a bound

    def _bound(self, bound: Bound) -> pl.Expr:
        number, reference = bound.number, bound.reference
        if reference == "absolute":
            return pl.lit(number)
        anchor = pl.col("_base" if bound.of_baseline else f"_{reference.strip('x+ ').lower()}")
        if reference.endswith("+"):
            return anchor + number
        return anchor * (1 + number / 100 if "%" in reference else number)

    def _passed(self, bound: Bound, below: bool) -> pl.Expr:
        """Whether the value lies beyond the bound, downwards or upwards, or on it where it is included."""
        value, at = pl.col("_value"), self._bound(bound)
        if below:
            return value <= at * (1 + NOISE) if bound.included else value < at * (1 - NOISE)
        return value >= at * (1 - NOISE) if bound.included else value > at * (1 + NOISE)

    def _gate(self, code: str) -> pl.Expr:
        """Return a gate as a condition: true, false, null where CTCAE has no criterion for such a patient."""
        if code in {"baseline_high", "baseline_low"}:
            return pl.col("_switched")
        if code in {"baseline_not_high", "baseline_not_low"}:
            return ~pl.col("_switched")
        if code == "above_baseline":
            base = BASE * self.factor + self.offset
            return (pl.col("_value") > base * (1 + NOISE)) | base.is_null() | pl.col("is_baseline")
        if code in {"adult", "child"}:
            return pl.when(pl.col("_child") if code == "child" else ~pl.col("_child")).then(True)
        follow_up = pl.col("_base").is_not_null() & pl.col("_later")
        return follow_up if code == "follow_up" else ~follow_up

    def _met(self, interval: Interval, worst: bool) -> pl.Expr:
        below = interval.direction == "L"
        met = self._passed(interval.near, below)
        if interval.near.of_baseline:
            met = met & pl.col("_later")
            if not self._of_baseline_only:  # the rest of the ladder grades it; the assumption is reported
                met = met.fill_null(False)
        far = interval.far
        if far and not self._goes_on(far):
            met = met & ~self._passed(Bound(far.number, not far.included, far.reference), below)
        for code in interval.said("gate"):
            met = met & self._gate(code)
        if "at_rest" in interval.condition:
            met = met & pl.col("at_rest").fill_null(worst)
        return met

    def _goes_on(self, end: Bound) -> bool:
        """Whether another interval starts where one ends; what nothing follows is closed (sperm: above 0)."""
        return any((i.near.number, i.near.reference) == (end.number, end.reference) for i in self.intervals)

    def _highest(self, rows: Sequence[Interval], worst: bool) -> pl.Expr:
        """Return the highest grade met, null while an unknown could still raise it."""
        grades = sorted({row.grade for row in rows})
        total, reached = pl.lit(0, pl.Int8), pl.lit(False)
        for grade, below in reversed(list(zip(grades, [0, *grades], strict=False))):
            for row in rows:
                if row.grade == grade:
                    reached = reached | self._met(row, worst)
            total = total + reached.cast(pl.Int8) * pl.lit(grade - below, pl.Int8)
        if self.parameters["require_out_of_range"]:
            total = pl.when(self._inside()).then(pl.lit(0, pl.Int8)).otherwise(total)
        return pl.when(self._applies()).then(total)

    def _inside(self) -> pl.Expr:
        """Return whether the value lies within the limits of its laboratory on this side."""
        below = self.direction == "L"
        limit = "LLN" if below else "ULN"
        if not any(i.near.reference.endswith(limit) for i in self.intervals):
            return pl.lit(False)
        return ~self._passed(Bound(1, False, f"x {limit}"), below)

    def _applies(self) -> pl.Expr:
        """Return whether the term can be graded in this patient at all."""
        applies = pl.col("value") >= 0
        if all("adult" in interval.condition for interval in self.intervals):
            return applies & ~pl.col("_child")
        if all("child" in interval.condition for interval in self.intervals):
            return applies & pl.col("_child")
        return applies

    # What comes out

    def grades(self) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        """Return the grade that is sure, that by the numbers, and that with every open fact at its worst."""
        numbers = [i for i in self.intervals if set(self._facts(i)) <= {"at_rest"}]
        by_numbers = self._highest(numbers, worst=False)
        sure = by_numbers
        if any(i.confirm for i in numbers):
            sure = self._highest([i for i in numbers if not i.confirm], worst=False)
        if not any(self._facts(i) for i in self.intervals):
            return sure, by_numbers, by_numbers
        worst = self._highest(self.intervals, worst=True)
        return sure, pl.when(worst.is_not_null()).then(by_numbers), worst

    def assumptions(self) -> list[tuple[pl.Expr, str]]:
        """Return what is taken for granted where something is missing, and how that is said."""
        found = []
        if (missing := self._baseline_missing()) is not None:
            found.append((missing & pl.col("_later"), "baseline missing: graded without it"))
        if self._uses("adult", "child"):
            found.append((pl.col("age").is_null(), "age unknown: taken as adult"))
        return found

    def _baseline_missing(self) -> pl.Expr | None:
        """Return whether a baseline that the numbers need is not known; none where they need none."""
        lacks = pl.col("_base").is_null()
        if self._uses(*BASELINE_GATES):
            missing = pl.col("_status").is_null()
            if self.test in NORMAL_BELOW:
                return missing
            return missing | (pl.col("_status") & lacks).fill_null(False)
        if self._uses("above_baseline"):
            return BASE.is_null()
        by_change = any(i.near.of_baseline for i in self.intervals if not self._facts(i))
        if self._uses("first_test", "follow_up") or (by_change and not self._of_baseline_only):
            return lacks
        return None

    def lacking(self) -> pl.Expr:
        """Return why a value has no grade."""
        why: list[tuple[pl.Expr, str]] = [
            (pl.col("value").is_null(), "no numeric value"),
            (pl.col("value") < 0, "negative value"),
        ]
        if self._uses("adult"):
            why.append((pl.col("_child"), "no criterion for children"))
        if all("child" in interval.condition for interval in self.intervals):
            why.append((~pl.col("_child"), "no criterion for adults"))
        if self._of_baseline_only:
            why.append((pl.col("_base").is_null(), "baseline missing"))
        for limit in ("LLN", "ULN"):
            if any(limit in bound.reference for i in self.intervals for bound in (i.lower, i.upper) if bound):
                why.append((pl.col("crossed"), "LLN above ULN: neither is used"))
                why.append((pl.col(f"_{limit.lower()}").is_null(), f"{limit} missing"))
        said = (pl.when(lacks).then(pl.lit(text)) for lacks, text in why)
        return pl.coalesce(*said, pl.lit("not gradable"))

    def undecided(self) -> str:
        """Return the clinical facts that decide between two grades of the ladder."""
        facts = dict.fromkeys(code for i in self.intervals for code in self._facts(i))
        return "undecided: " + " or ".join(conditions()[code][1] for code in facts)

    def unconfirmed(self) -> str:
        """Return what has to be confirmed before a grade reached by its number stands."""
        rows = [i for i in self.intervals if i.confirm]
        said = dict.fromkeys(conditions()[code][1] for i in rows for code in i.said("said"))
        return "to confirm: " + (", ".join(said) or "by change from baseline alone")
