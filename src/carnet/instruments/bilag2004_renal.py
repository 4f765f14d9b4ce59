"""Renal system of BILAG-2004: six criteria, proteinuria, function and blood pressure."""

from __future__ import annotations

from itertools import combinations, product

import polars as pl

from carnet.core.bounds import Bounds, every, some, yes
from carnet.core.instrument import Score
from carnet.core.parameter import Parameters
from carnet.instruments import tables
from carnet.instruments.bounds import ASSUMED, Measure
from carnet.instruments.level import Level, worst

QUANTITIES = ("bilag_urine_protein_24h", "bilag_upcr", "bilag_uacr")
DIPSTICK = "bilag_urine_dipstick_protein"


LIMITS = {
    (row["grade"], row["item"], row["test"]): (float(row["value"]), row["included"] == "Y")
    for row in tables.rows("bilag2004_renal.csv")
}
"""The limits by grade, item and test: the number, and whether it is itself within."""


def _over(value: pl.Expr, *key: str) -> pl.Expr:
    """Whether a value exceeds a limit, or reaches it where the limit is included."""
    limit, included = LIMITS[key[0], key[1], key[2]]
    return value >= limit if included else value > limit


def _under(value: pl.Expr, *key: str) -> pl.Expr:
    limit, included = LIMITS[key[0], key[1], key[2]]
    return value <= limit if included else value < limit


def _beyond_share(measure: Measure, grade: str) -> pl.Expr:
    """How far the value lies above a share of the previous one."""
    share, _ = LIMITS[grade, measure.item, "share"]
    return (measure.value - share * measure.previous).round(6)


def _quantity(measure: Measure, parameters: Parameters) -> tuple[Level, Level]:
    """Level of proteinuria by one quantity, and the level that it could have where it was not measured."""
    fall, _ = LIMITS["", "protein", "fall"]
    beyond = (measure.value - (1 - fall) * measure.previous).round(6)
    stays = beyond > 0 if parameters["exact_fall"] == "improved" else beyond >= 0
    first = parameters["protein_without_previous"] == "not improved"  # nothing before shows a fall
    a, b = (
        measure.finds(_over(measure.value, grade, measure.item, "above") & stays.fill_null(first))
        for grade in "AB"
    )
    mild = _over(measure.value, "C", measure.item, "above")
    if parameters["fallen_protein"] == "none":
        mild &= (measure.value >= measure.previous).fill_null(True)
    could_stay = Bounds(pl.lit(False), measure.open & (measure.previous.is_not_null() | first))
    could = Level(could_stay, could_stay, Bounds(pl.lit(False), measure.open))
    return Level(a, b, measure.finds(mild)), could


def _first(quantities: list[Measure], levels: list[Level]) -> Level:
    """Level of the first quantity that was measured."""
    before, spoken = pl.lit(False), []
    for measure, level in zip(quantities, levels, strict=True):
        speaks = Bounds(measure.known & ~before, measure.known & ~before)
        spoken.append(Level(*(every(speaks, rung) for rung in level)))
        before = before | measure.known
    return worst(*spoken)


def _protein(parameters: Parameters, assumed: bool) -> Level:
    """Level of proteinuria: criterion 1 gives A. The dipstick speaks only where no quantity was measured."""
    quantities = [Measure(item, assumed) for item in QUANTITIES]
    levels, could = map(list, zip(*(_quantity(measure, parameters) for measure in quantities), strict=True))
    stick = Measure(DIPSTICK, assumed)
    before = stick.previous.fill_null(parameters["dipstick_without_previous"])
    rise = stick.value - before
    dipped = Level(
        stick.finds(_over(rise, "A", DIPSTICK, "rise")),
        stick.finds(_over(rise, "B", DIPSTICK, "rise") & _over(stick.value, "B", DIPSTICK, "above")),
        stick.finds(_over(stick.value, "C", DIPSTICK, "above")),
    )
    top = pl.lit(3)  # the dipstick ends at +++
    could_dip = (
        _over(top - before, "A", DIPSTICK, "rise"), _over(top - before, "B", DIPSTICK, "rise"), pl.lit(True)
    )  # fmt: skip
    quantified = pl.any_horizontal(measure.known for measure in quantities)
    nothing = ~quantified & ~stick.known
    measured = worst(*levels) if parameters["protein_methods"] == "any" else _first(quantities, levels)
    rungs = []
    for quantity, dip, unmeasured, undipped in zip(measured, dipped, worst(*could), could_dip, strict=True):
        could_be = nothing & (unmeasured.most | (stick.open & undipped))
        least = (quantified & quantity.least) | (~quantified & dip.least)
        rungs.append(Bounds(least, (quantified & quantity.most) | (~quantified & dip.most) | could_be))
    return Level(*rungs)


def _function(parameters: Parameters, assumed: bool) -> Level:
    """Level of failing function: criterion 3 gives A. One of creatinine and filtration rate is enough."""
    creatinine, gfr = Measure("bilag_creatinine", assumed), Measure("bilag_gfr", assumed)
    raised_a, raised_b = (_over(creatinine.value, grade, creatinine.item, "above") for grade in "AB")
    over_a = _beyond_share(creatinine, "A")
    first = parameters["function_without_previous"]
    risen_a = (over_a >= 0 if parameters["exact_rise"] == "A" else over_a > 0).fill_null(first)
    risen_b = raised_b & (_beyond_share(creatinine, "B") >= 0)
    fallen = _under(gfr.value, "A", gfr.item, "below") & (_beyond_share(gfr, "A") < 0).fill_null(first)
    unmeasured_before = gfr.previous.is_null() & parameters["gfr_without_previous"]
    low = _under(gfr.value, "A", gfr.item, "low") & (
        _over(gfr.previous, "A", gfr.item, "previous").fill_null(False) | unmeasured_before
    )
    severe = some(creatinine.finds(raised_a & risen_a), gfr.finds(fallen | low))
    nothing = ~creatinine.known & ~gfr.known
    could_be = (creatinine.open & (creatinine.previous.is_not_null() | first)) | (
        gfr.open & ((gfr.previous > 0).fill_null(first) | unmeasured_before)
    )
    severe = Bounds(severe.least, severe.most | (nothing & could_be))
    never = Bounds(pl.lit(False), pl.lit(False))
    return Level(severe, creatinine.finds(risen_b), never)


def _pressure(parameters: Parameters, assumed: bool) -> Bounds:
    """Whether the pressures are above their limits and have risen since the previous assessment."""
    found = []
    for item in ("bilag_systolic_bp", "bilag_diastolic_bp"):
        measure = Measure(item, assumed)
        rise = (measure.value - measure.previous).round(6)
        met = measure.finds(_over(measure.value, "C", item, "above") & _over(rise, "C", item, "rise"))
        found.append(Bounds(met.least, met.most | (measure.open & measure.previous.is_not_null())))
    return every(*found) if parameters["pressure"] == "both" else some(*found)


def steps(parameters: Parameters) -> tuple[Score, ...]:
    """Return what the level of the kidney is made of: the levels of proteinuria and of failing function."""
    assumed = ASSUMED[parameters["attribution"]]
    return (
        *_protein(parameters, assumed).steps("proteinuria"),
        *_function(parameters, assumed).steps("function"),
    )


def level(parameters: Parameters) -> Level:
    """Return the level of the kidney.

    A takes two of the six criteria, at least one of them proteinuria, sediment or histology; one alone is B.
    """
    protein, function = Level.stepped("proteinuria"), Level.stepped("function")
    nephritic = [protein.a, yes("bilag_active_urinary_sediment"), yes("bilag_active_nephritis")]
    others = [yes("bilag_accelerated_hypertension"), function.a]
    nephrotic = yes("bilag_nephrotic_syndrome")
    beside = nephritic[1:] if parameters["nephrotic_with_protein"] == "one" else nephritic
    pairs = [*combinations(nephritic, 2), *product(nephritic, others), *product(beside, [nephrotic])]
    two = some(*(every(*pair) for pair in pairs))
    pressure = _pressure(parameters, ASSUMED[parameters["attribution"]])
    return Level(two, some(*nephritic, *others, nephrotic, protein.b, function.b), some(protein.c, pressure))
