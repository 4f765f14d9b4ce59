"""How each kinetic parameter follows from the samples of its scope, and when it says what."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
from polars import col

from carnet.core.describe import describe
from carnet.core.parameter import Parameters, read_parameters
from carnet.core.source import source

NONE = (col("n") > 0) & (col("n_quantifiable") == 0)
"""There are results, and none is quantifiable."""

SOME = col("n_quantifiable") > 0

OF_SCOPE = {"NO_DATA": col("n") == 0, "ALL_BLQ": NONE}
"""The codes that every parameter may carry; one that reads fewer samples says them of those."""

CENSORED = SOME & (col("tlst") == col("last"))
"""Overall: the last result is quantifiable."""

Flags = Mapping[str, pl.Expr]

AT_EDGE: Flags = {
    "TMAX_AT_FIRST_SAMPLE": col("peak") == col("first"),
    "TMAX_AT_LAST_SAMPLE": col("peak") == col("last"),
    "MAX_MAY_BE_HIGHER": col("hidden"),
}
SETTLED: Flags = {
    "NO_DATA": col("n_settled") == 0,
    "ALL_BLQ": (col("n_settled") > 0) & col("cmax_settled").is_null(),
    "MAX_MAY_BE_HIGHER": col("hidden_settled"),
}
AREA: Flags = {"LLOQ_MISSING": col("no_limit")}


@dataclass(frozen=True)
class Definition:
    """A parameter: the expression of its value, and the codes it may carry beside those of its scope."""

    value: pl.Expr
    flags: Flags = field(default_factory=dict)

    def reads(self) -> set[str]:
        """Return the columns of a summary that the parameter needs."""
        return {name for expr in (self.value, *self.flags.values()) for name in expr.meta.root_names()}


@dataclass(frozen=True)
class Described:
    """A parameter as it is told to a reader: its row of `definitions.csv`."""

    code: str
    paramcd: str
    name: str
    kind: str
    scopes: str
    definition: str
    depends: str
    source: str


@describe.register
def _(definition: Described) -> Iterator[str]:
    where = ", ".join(SCOPES[scope] for scope in definition.scopes.split())
    paramcd = f", PARAMCD {definition.paramcd}" if definition.paramcd != definition.code else ""
    yield f"{definition.code}: {definition.name} ({definition.kind}; {where}{paramcd})"
    yield f"  {definition.definition}"
    if definition.depends:
        yield f"  Depends on {definition.depends.replace(' ', ', ')}"
    if definition.source:
        yield f"  Source: {source(definition.source)}"


SCOPES = {"overall": "over all infusions", "infusion": "after each infusion", "window": "in each window"}


def find(id: str) -> list[Described | Parameters]:
    """Return the kinetic parameter with this code, or the named parameters of the analysis for `kinetics`.

    >>> [found.name for found in find("cmax")]
    ['Maximum level']
    """
    if id == "kinetics":
        return [read_parameters("carnet.kinetics", "parameters.csv", "kinetics")]
    named = table().filter(pl.any_horizontal(col("PPTESTCD", "paramcd") == id.upper()))
    return [Described(*row) for row in named.fill_null("").iter_rows()]


def _or_zero(value: pl.Expr, n: str = "n") -> pl.Expr:
    """Return the value; 0 where there are results and none is quantifiable."""
    return value.fill_null(pl.when(col(n) > 0).then(0.0))


def _by_dose(parent: Definition, cells: str) -> Definition:
    """Return a parameter divided by the cells given; 0 stays 0 whatever was given."""
    value = pl.when(NONE).then(parent.value).otherwise(parent.value / col(cells))
    return Definition(value, {**parent.flags, "INFUSION_AMOUNT_MISSING": SOME & col(cells).is_null()})


def definitions(rules: Mapping[str, Any]) -> dict[str, Definition]:
    """Return the computations of `definitions.csv`, over the columns of a summary (see `scopes`), by the rules."""
    known = ~col("no_limit")
    if rules["blq_after"] == "zero":
        drawn, open_end = col("gone"), CENSORED
        reach = pl.coalesce(pl.when(~NONE).then("gone"), "last")
    else:  # results below after the last level count as not drawn
        drawn, open_end = pl.lit(None, pl.Float64), SOME
        reach = pl.when(SOME).then("tlst").otherwise("last")
    seen = pl.when(col("to") > reach).then(reach).when(reach.is_not_null()).then("to")
    coverage = ((seen - col("from")) / (col("to") - col("from"))).clip(lower_bound=0.0)
    incomplete = open_end & ((col("to") - reach).round(6) > 0)

    auclst = Definition(pl.when(known).then(_or_zero(col("area"))), AREA)
    triangle = (drawn - col("tlst")) * col("clst") / 2
    aucall = Definition(auclst.value + triangle.fill_null(0.0), AREA)
    aucint = Definition(
        pl.when(known, ~(incomplete & (coverage == 0))).then(_or_zero(col("area"))),
        {**AREA, "AUCINT_INCOMPLETE": incomplete},
    )
    few = SOME & (col("lamz_levels").fill_null(0) < rules["lamz_points"])
    flat = col("lamz_range") <= rules["lamz_flat"]
    span = (col("lamz_last") - col("lamz_first")) * col("lamz") / math.log(2)
    unfit = ~few & col("lamz").is_null()
    tail: Flags = {
        "LAMZ_FEW_LEVELS": few,
        "LAMZ_FLAT": unfit & flat,
        "LAMZ_RISING": unfit & ~flat,
        "LAMZ_R2_LOW": col("r2").round(6) < rules["lamz_r2"],
        "LAMZ_SPAN_SHORT": span.round(6) < rules["lamz_span"],
    }
    beyond = {"AUCIFO": col("clst") / col("lamz"), "AUCIFP": col("clstp") / col("lamz")}
    whole = {code: pl.when(known).then(col("area")) + more for code, more in beyond.items()}
    part = {code: 100 * (1 - col("area") / value) for code, value in whole.items()}
    infinite = {
        code: {**AREA, **tail, "EXTRAPOLATED": part[code].round(6) > rules["extrapolated"]} for code in whole
    }
    cmax = Definition(_or_zero(col("cmax")), AT_EDGE)
    aucifo, aucifp = (Definition(whole[code], infinite[code]) for code in whole)
    return {
        "CMAX": cmax,
        "TMAX": Definition(col("tmax"), AT_EDGE),
        "TMAX_SINCE_LAST_INFUSION": Definition(col("since")),
        "PEAK_INFUSION": Definition(col("infusion")),
        "CMAX_EXPANSION": Definition(_or_zero(col("cmax_settled"), "n_settled"), SETTLED),
        "TMAX_EXPANSION": Definition(col("tmax_settled"), SETTLED),
        "TLAG": Definition(col("tlag")),
        "TFIRST": Definition(col("tfirst")),
        "CLST": Definition(col("clst")),
        "TLST": Definition(col("tlst")),
        "AUCLST": auclst,
        "AUCALL": aucall,
        "AUCINT": aucint,
        "AUCINT_COVERAGE": Definition(coverage, {"AUCINT_INCOMPLETE": incomplete}),
        "AUCIFO": aucifo,
        "AUCIFP": aucifp,
        "AUCPEO": Definition(part["AUCIFO"], infinite["AUCIFO"]),
        "AUCPEP": Definition(part["AUCIFP"], infinite["AUCIFP"]),
        "LAMZ": Definition(col("lamz"), tail),
        "LAMZHL": Definition(math.log(2) / col("lamz"), tail),
        "LAMZNPT": Definition(col("lamz_n"), tail),
        "LAMZLL": Definition(col("lamz_first"), tail),
        "LAMZUL": Definition(col("lamz_last"), tail),
        "LAMZSPN": Definition(span, tail),
        "R2": Definition(col("r2"), tail),
        "R2ADJ": Definition(col("r2adj"), tail),
        "CORRXY": Definition(-col("r2").sqrt(), tail),
        "CLSTP": Definition(col("clstp"), tail),
        "CMAXD": _by_dose(Definition(cmax.value), "cells"),
        "AUCLSTD": _by_dose(auclst, "cells_last"),
        "AUCALLD": _by_dose(aucall, "cells_last"),
        "AUCINTD": _by_dose(aucint, "cells_to"),
        "AUCIFOD": _by_dose(aucifo, "cells_last"),
        "AUCIFPD": _by_dose(aucifp, "cells_last"),
        "PERSIST_DUR": Definition(_or_zero(col("tlst"))),
        "PERSIST_END": Definition(col("gone"), {"STILL_QUANTIFIABLE": CENSORED}),
        "PERSIST_CNSR": Definition(pl.when(col("n") > 0).then(CENSORED.cast(pl.Float64))),
        "PERSIST_DETECTED_DUR": Definition(
            _or_zero(col("detected")), {"DETECTION_NOT_STATED": col("unstated")}
        ),
    }


UNITS = {
    "level": col("unit"),
    "time": pl.lit("day"),
    "rate": pl.lit("/day"),
    "area": pl.format("day*{}", "unit"),
    "level by dose": pl.format("{}/{}", "unit", "per"),
    "area by dose": pl.format("day*{}/{}", "unit", "per"),
    "percent": pl.lit("%"),
    "count": pl.lit(None, pl.String),
    "number": pl.lit(None, pl.String),
    "fraction": pl.lit(None, pl.String),
}


@cache
def table() -> pl.DataFrame:
    """Return `definitions.csv`: codes, name, kind, scopes, definition, what it depends on, source."""
    return pl.read_csv(files("carnet.kinetics").joinpath("definitions.csv").read_bytes())
