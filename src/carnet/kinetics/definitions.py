"""How each kinetic parameter follows from the samples of its scope, and when it says what."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import polars as pl
from polars import col

NONE = (col("n") > 0) & (col("n_quantifiable") == 0)
"""There are results, and none is quantifiable."""

OF_SCOPE = {"NO_DATA": col("n") == 0, "ALL_BLQ": NONE}
"""The codes that every parameter may carry; one that reads fewer samples says them of those."""

CENSORED = (col("n_quantifiable") > 0) & (col("tlst") == col("last"))
"""Overall: the last result is quantifiable."""

AT_EDGE = {
    "TMAX_AT_FIRST_SAMPLE": col("peak") == col("first"),
    "TMAX_AT_LAST_SAMPLE": col("peak") == col("last"),
}
SETTLED = {
    "NO_DATA": col("n_settled") == 0,
    "ALL_BLQ": (col("n_settled") > 0) & col("cmax_settled").is_null(),
}
AREA = {"LLOQ_MISSING": col("no_limit")}


@dataclass(frozen=True)
class Definition:
    """A parameter: the expression of its value, and the codes it may carry beside those of its scope."""

    value: pl.Expr
    flags: dict[str, pl.Expr] = field(default_factory=dict)


def _or_zero(value: pl.Expr, n: str = "n") -> pl.Expr:
    """Return the value; 0 where there are results and none is quantifiable."""
    return value.fill_null(pl.when(col(n) > 0).then(0.0))


REACH = pl.coalesce(pl.when(~NONE).then("gone"), "last")
"""Until when the level is known: the first result below after the last level, else the last result."""

SEEN = pl.when(col("to") > REACH).then(REACH).when(REACH.is_not_null()).then("to")
COVERAGE = ((SEEN - col("from")) / (col("to") - col("from"))).clip(lower_bound=0.0)
INCOMPLETE = CENSORED & ((col("to") - col("last")).round(6) > 0)

DEFINITIONS = {
    "CMAX": Definition(_or_zero(col("cmax")), AT_EDGE),
    "TMAX": Definition(col("tmax"), AT_EDGE),
    "CLST": Definition(col("clst")),
    "TLST": Definition(col("tlst")),
    "TFIRST": Definition(col("tfirst")),
    "AUCLST": Definition(pl.when(~col("no_limit")).then(_or_zero(col("area"))), AREA),
    "AUCINT": Definition(
        pl.when(~col("no_limit"), ~(INCOMPLETE & (COVERAGE == 0))).then(_or_zero(col("area"))),
        {**AREA, "AUCINT_INCOMPLETE": INCOMPLETE},
    ),
    "AUCINT_COVERAGE": Definition(COVERAGE, {"AUCINT_INCOMPLETE": INCOMPLETE}),
    "CMAXD": Definition(
        _or_zero(col("cmax") / col("cells")) * pl.when(NONE | col("cells").is_not_null()).then(1.0),
        {"INFUSION_AMOUNT_MISSING": (col("n_quantifiable") > 0) & col("cells").is_null()},
    ),
    "CMAX_EXPANSION": Definition(_or_zero(col("cmax_settled"), "n_settled"), SETTLED),
    "TMAX_EXPANSION": Definition(col("tmax_settled"), SETTLED),
    "TMAX_SINCE_LAST_INFUSION": Definition(col("since")),
    "PEAK_INFUSION": Definition(col("infusion").cast(pl.Float64)),
    "PERSIST_DUR": Definition(_or_zero(col("tlst"))),
    "PERSIST_END": Definition(col("gone"), {"STILL_QUANTIFIABLE": CENSORED}),
    "PERSIST_CNSR": Definition(pl.when(col("n") > 0).then(CENSORED.cast(pl.Float64))),
    "PERSIST_DETECTED_DUR": Definition(_or_zero(col("detected")), {"DETECTION_NOT_STATED": col("unstated")}),
}
"""The computations of `parameters.csv`, over the columns of a summary (see `scopes.summarise`)."""

UNITS = {
    "level": col("unit"),
    "time": pl.lit("day"),
    "area": pl.format("day*{}", "unit"),
    "level by dose": pl.format("{}/{}", "unit", "per"),
    "number": pl.lit(None, pl.String),
    "fraction": pl.lit(None, pl.String),
}


@cache
def table() -> pl.DataFrame:
    """Return `parameters.csv`: codes, name, kind, scopes, definition, what it depends on, source."""
    return pl.read_csv(files("carnet.kinetics").joinpath("parameters.csv").read_bytes())
