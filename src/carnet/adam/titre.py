"""Titres: the reciprocal dilution of a result, on the ladder of dilutions of the laboratory that read it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

NEGATIVE = r"(?i)^(neg|negative|阴性|阴)"


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


def with_titre(rows: pl.DataFrame, ladders: tuple[Ladder, Ladder], screen: float) -> pl.DataFrame:
    """Return the rows with `titre`, `step`, `series`, CENSOR and DTYPE; reads STRESC, STRESN, LLOQ and SERIES.

    A result below the screening dilution (LLOQ, else `screen`) is one step below it on that laboratory's own
    ladder; one above the last dilution is that dilution. The second ladder is taken where SERIES names it, or
    where SERIES is empty and the titre stands on the second alone.

    >>> ana = {"STRESC": ["640", "<1:80", "NEGATIVE", ">1:3200"], "STRESN": [640.0, None, None, None],
    ...     "LLOQ": [80.0, 80.0, 100.0, None], "SERIES": [None, "TWOFOLD", "HALF-LOG", None]}
    >>> two = Ladder("TWOFOLD", (40, 80, 160, 320, 640)), Ladder("HALF-LOG", (32, 100, 320, 1000, 3200))
    >>> with_titre(pl.DataFrame(ana), two, 80).select("titre", "step", "CENSOR").rows()
    [(640.0, 4.0, None), (40.0, 0.0, 'LEFT'), (32.0, 0.0, 'LEFT'), (3200.0, 4.0, 'RIGHT')]
    """
    first, second = ladders
    text = pl.col("STRESC").str.strip_chars()
    said = text.str.extract(r"(?:1\s*[:：/]\s*)?(\d+(?:\.\d+)?)\s*$").cast(pl.Float64)
    negative = text.str.contains(NEGATIVE)
    left = (text.str.starts_with("<") | negative).fill_null(False)
    rows = rows.with_columns(
        _said=pl.coalesce("STRESN", pl.when(~negative).then(said)),
        CENSOR=pl.when(left).then(pl.lit("LEFT")).when(text.str.starts_with(">")).then(pl.lit("RIGHT")),
        _limit=pl.coalesce(pl.when(~negative).then(said), "LLOQ", pl.lit(float(screen))),
    )
    on_first, on_other = (pl.col("_said").is_in([float(rung) for rung in one.rungs]) for one in ladders)
    named = pl.col("SERIES").str.to_uppercase()
    is_second = (
        pl.when(named.is_not_null())
        .then(named == second.name)
        .otherwise((on_other & ~on_first).fill_null(False))
    )
    rows = rows.with_columns(
        series=pl.when(is_second).then(pl.lit(second.name)).otherwise(pl.lit(first.name))
    )
    on_second = pl.col("series") == second.name
    lower = pl.when(on_second).then(second.below(pl.col("_limit"))).otherwise(first.below(pl.col("_limit")))
    rows = rows.with_columns(
        titre=pl.when(pl.col("CENSOR") == "LEFT").then(lower).otherwise("_said"),
        DTYPE=pl.when(pl.col("CENSOR") == "LEFT").then(pl.lit("STEP BELOW")),
    )
    step = pl.when(on_second).then(second.step(pl.col("titre"))).otherwise(first.step(pl.col("titre")))
    return rows.with_columns(step=step).drop("_said", "_limit")
