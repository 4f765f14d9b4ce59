"""Titres: the reciprocal dilution of a printed result, on the ladder of dilutions of the laboratory that read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from carnet.core.frame import as_frame
from carnet.core.parameter import read_parameters
from carnet.core.table import read_rows
from carnet.measures.censored import censoring, plain_signs

PARAMETERS = read_parameters("carnet.measures", "parameters.csv", "titre")

DILUTION = r"\b1 *[:/] *(\d{1,3}(?:,\d{3})+|\d+)"
BARE = r"^[<>=\s]*(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?(?:[\s(][^\d/%]*)?$"
"""A dilution, and a number alone that may be one: 1.5 and 12 U/mL are results of another kind of test."""

NO = r"(?:neg|negative|non[- ]?reactive|not detected|阴性|阴|未检出|\(-\))"
NEGATIVE = rf"(?i)^(?:-|(?:ANA[\s:]*)?\(?{NO}|{DILUTION}[\s(]*{NO}\)*$)"
"""How a negative result is said: alone, or beside the dilution at which nothing was seen."""

INTENSITY = r"([1-4]) *\+|(\+{1,4})"
PATTERN = r"(?i)AC *-? *(\d{1,2})\b"

PLACES = {row["code"]: row["place"] for row in read_rows("carnet.measures", "patterns.csv")}
"""Where each pattern of HEp-2 cells lies, by its code (damoiseaux2019)."""

ELSEWHERE = [code for code, place in PLACES.items() if place in {"cytoplasmic", "mitotic"}]


@dataclass(frozen=True)
class Ladder:
    """A series of dilutions, from the first to the last, as reciprocals."""

    name: str
    rungs: tuple[float, ...]

    def below(self, limit: pl.Expr) -> pl.Expr:
        """Return the rung below a limit; below the first rung it is one step of the ladder further down."""
        first, second = self.rungs[:2]
        lower = pl.max_horizontal(pl.when(limit > rung).then(rung) for rung in self.rungs)
        return pl.when(limit.is_not_null()).then(lower.fill_null(first * first / second))

    def step(self, titre: pl.Expr) -> pl.Expr:
        """Return the place of a titre on the ladder, the first rung being 0; null where it lies between two."""
        first, second = self.rungs[:2]
        places = {float(rung): float(place) for place, rung in enumerate(self.rungs)}
        places[first * first / second] = -1.0
        return titre.replace_strict(places, default=None, return_dtype=pl.Float64)


def _ladders() -> tuple[Ladder, Ladder]:
    twofold, half_log = (
        Ladder(row["series"], tuple(float(rung) for rung in row["rungs"].split()))
        for row in read_rows("carnet.measures", "ladders.csv")
    )
    return twofold, half_log


LADDERS = _ladders()
"""The twofold series, and the half-logarithmic one that a 1:1000 betrays."""


def with_titre(
    rows: Any,
    ladders: tuple[Ladder, Ladder] = LADDERS,
    screen: float = PARAMETERS["screen"],
    result: str = "result",
) -> pl.DataFrame:
    """Return the rows with `titre`, `log2_titre`, `step`, `series`, `censored`, `limit`, `intensity`, `patterns`.

    Reads the text `result`; `screen` (the screening dilution of the report) and `series` where they are there. Below
    the screening dilution the titre is one step below it on that laboratory's own ladder, above the last dilution it
    is that dilution; `censored` says LEFT or RIGHT. Of several titres the highest nuclear one stands. The second
    ladder is taken where `series` names it, or where that is empty and the titre, or else the screening dilution,
    stands on the second alone.

    >>> ana = with_titre({"result": ["1:640 (3+) AC-1", "<1:80", "阴性", ">1:3200"], "screen": [80, 80, 100, None]})
    >>> ana.select("titre", "step", "series", "censored", "intensity").rows()  # doctest: +NORMALIZE_WHITESPACE
    [(640.0, 4.0, 'TWOFOLD', None, 3), (40.0, 0.0, 'TWOFOLD', 'LEFT', None), (32.0, 0.0, 'HALF-LOG', 'LEFT', None),
     (3200.0, 4.0, 'HALF-LOG', 'RIGHT', None)]
    """
    rows = as_frame(rows)
    first, second = ladders
    rows = rows.with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in (("screen", pl.Float64), ("series", pl.String))
        if name not in rows.columns
    )
    rows = rows.hstack(_read(rows[result]))
    negative = plain_signs(result).str.contains(NEGATIVE)
    rows = rows.with_columns(
        censored=pl.when(negative & ~pl.col("_sign").is_in([">"]).fill_null(False)).then(pl.lit("LEFT")).otherwise(
            censoring(pl.col("_sign"))
        ),
        _own=pl.coalesce("_said", pl.col("screen").cast(pl.Float64)),
    ).with_columns(_limit=pl.col("_own").fill_null(float(screen)))  # fmt: skip
    on_first, on_other = (pl.col("_own").is_in([float(rung) for rung in one.rungs]) for one in ladders)
    named = pl.col("series").cast(pl.String).str.to_uppercase()
    told = (on_other & ~on_first).fill_null(False)
    is_second = pl.when(named.is_not_null()).then(named == second.name).otherwise(told)
    rows = rows.with_columns(
        series=pl.when(is_second).then(pl.lit(second.name)).otherwise(pl.lit(first.name))
    )
    on_second = pl.col("series") == second.name
    lower = pl.when(on_second).then(second.below(pl.col("_limit"))).otherwise(first.below(pl.col("_limit")))
    rows = rows.with_columns(titre=pl.when(pl.col("censored") == "LEFT").then(lower).otherwise("_said"))
    step = pl.when(on_second).then(second.step(pl.col("titre"))).otherwise(first.step(pl.col("titre")))
    limit = pl.when(pl.col("censored").is_not_null()).then("_limit")
    return rows.with_columns(log2_titre=pl.col("titre").log(2), step=step, limit=limit).drop(
        "_said", "_sign", "_own", "_limit"
    )


def _read(results: pl.Series) -> pl.DataFrame:
    """Return what each text says: dilution, the sign before it, intensity, patterns; of several titres the highest
    nuclear one, with the patterns of all.
    """
    texts = results.to_frame("text").with_row_index("_row").with_columns(text=plain_signs("text"))
    thousands = pl.col("text").str.replace_all(r"(\d),(\d{3})\b", "${1}${2}")
    pieces = texts.with_columns(piece=thousands.str.replace_all(";", ",").str.split(","))
    pieces = pieces.explode("piece").with_columns(pl.col("piece").str.strip_chars())
    bare = pl.col("piece").str.replace_all(PATTERN, "").str.replace_all(INTENSITY, "").str.strip_chars()
    said = pl.coalesce(pl.col("piece").str.extract(DILUTION), bare.str.extract(BARE))
    strength = pl.col("piece").str.replace_all(DILUTION, "")
    number = said.str.replace_all(",", "").cast(pl.Float64)
    pieces = pieces.with_columns(
        _said=pl.when(number > 1).then(number),
        _sign=pl.col("piece").str.extract(r"^[^0-9]*?(<|>)"),
        intensity=pl.coalesce(
            strength.str.extract(INTENSITY, 1).cast(pl.Int64),
            strength.str.extract(INTENSITY, 2).str.len_chars().cast(pl.Int64),
        ),
        _codes=pl.col("piece").str.extract_all(PATTERN)
        .list.eval("AC-" + pl.element().str.extract(r"(\d+)").cast(pl.Int64).cast(pl.String)),
    )  # fmt: skip
    titre = pl.col("_said").is_not_null().cast(pl.Int64).cum_sum().over("_row")
    pieces = pieces.with_columns(_of=pl.max_horizontal(titre, pl.lit(1)))
    each = pieces.group_by("_row", "_of", maintain_order=True).agg(
        pl.col("_said", "_sign", "intensity").drop_nulls().first(),
        codes=pl.col("_codes").explode().drop_nulls(),
    )
    known = pl.col("codes").list.eval(pl.element().is_in(list(PLACES))).list.all()
    placed = pl.col("codes").list.eval(pl.element().is_in(ELSEWHERE))
    each = each.with_columns(
        elsewhere=(pl.col("codes").list.len() > 0) & placed.list.all() & known,
    ).sort("elsewhere", "_said", descending=[False, True], nulls_last=True)
    best = each.group_by("_row").agg(
        pl.col("_said", "_sign", "intensity").first(),
        patterns=pl.col("codes").explode().drop_nulls().unique().sort(),
    )
    listed = (
        pl.col("patterns").list.eval(pl.element().filter(pl.element().is_in(list(PLACES)))).list.join(",")
    )
    return (
        texts.select("_row").join(best, on="_row", how="left", maintain_order="left")
        .with_columns(patterns=pl.when(listed != "").then(listed)).drop("_row")
    )  # fmt: skip


def with_titre_change(rows: Any, steps: int = PARAMETERS["steps"]) -> pl.DataFrame:
    """Return the rows with `log2_change`, `steps_change` and `titre_category` against the columns of baseline.

    Reads `titre`, `step`, `series`, `censored` and `method` and the same with `_base`. Across methods nothing is
    compared, steps not across ladders either. Negative now and not at baseline is NEGATIVE CONVERSION.

    >>> now = {"titre": [160.0, 40.0, 640.0], "step": [2.0, 0.0, 4.0], "series": ["TWOFOLD"] * 3,
    ...     "censored": [None, "LEFT", None], "method": ["IIF", "IIF", "ELISA"]}
    >>> base = {"titre_base": [640.0] * 3, "step_base": [4.0] * 3, "series_base": ["TWOFOLD"] * 3,
    ...     "censored_base": [None] * 3, "method_base": ["IIF"] * 3}
    >>> with_titre_change(now | base).select("log2_change", "steps_change", "titre_category").rows()
    [(-2.0, -2.0, 'FALL'), (-4.0, -4.0, 'NEGATIVE CONVERSION'), (None, None, None)]
    """
    rows = as_frame(rows)
    absent = [name for name in ("method", "method_base") if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    same = pl.col("method").eq_missing(pl.col("method_base"))
    ladder = same & (pl.col("series") == pl.col("series_base"))
    rows = rows.with_columns(
        log2_change=pl.when(same).then((pl.col("titre").log(2) - pl.col("titre_base").log(2)).round(6)),
        steps_change=pl.when(ladder).then(pl.col("step") - pl.col("step_base")),
    )
    known = same & pl.col("titre").is_not_null() & pl.col("titre_base").is_not_null()
    return rows.with_columns(
        titre_category=category(
            pl.col("steps_change"), pl.col("censored"), pl.col("censored_base"), known, steps
        )
    ).drop(absent)


def category(
    change: pl.Expr, censored: pl.Expr, censored_base: pl.Expr, known: pl.Expr, steps: int
) -> pl.Expr:
    """Return what became of a titre: NEGATIVE CONVERSION, FALL or RISE of so many steps or more, else STABLE."""
    turned = known & censored.eq_missing("LEFT") & censored_base.ne_missing("LEFT")
    return (
        pl.when(turned).then(pl.lit("NEGATIVE CONVERSION"))
        .when(change <= -steps).then(pl.lit("FALL"))
        .when(change >= steps).then(pl.lit("RISE"))
        .when(change.is_not_null()).then(pl.lit("STABLE"))
    )  # fmt: skip
