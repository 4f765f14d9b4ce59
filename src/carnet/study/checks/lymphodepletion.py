"""Were fludarabine and cyclophosphamide given as body surface, kidneys and protocol say?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.eligibility import ENTRY
from carnet.study.checks.findings import asking, gather
from carnet.study.checks.values import Values, moment


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about lymphodepletion."""
    yield chemotherapy(values)


def chemotherapy(values: Values) -> pl.DataFrame:
    """Return doses that do not follow from body surface and kidneys, or that came after the cells."""
    get = values.study.get
    rows = values.form(
        "ld_dose", "ld_drug", "ld_planned", "ld_bsa", "ld_calculated", "ld_given", "ld_start", "ld_reduction"
    )
    at_entry = pl.col("visit").is_in(ENTRY)
    body = values.form("body", "weight", "height").group_by("subject").agg(
        weight=pl.col("weight").filter(at_entry).drop_nulls().last(),
        height=pl.col("height").drop_nulls().first()
    )  # fmt: skip
    kidney = (
        values.form("chemistry", "gfre")
        .filter(at_entry)
        .group_by("subject")
        .agg(pl.col("gfre").drop_nulls().last())
    )
    rows = rows.with_columns(start=moment(pl.col("ld_start")))
    for other in (values.anchors, body, kidney):
        rows = rows.join(other, on="subject", how="left", maintain_order="left")

    unexplained = pl.col("ld_reduction").is_null() | (pl.col("ld_reduction") == "NONE")
    given, worked_out = pl.col("ld_given"), pl.col("ld_calculated")
    meant = (pl.col("ld_planned") * pl.col("ld_bsa")).round(1)
    surface = (pl.col("height") * pl.col("weight") / 3600).sqrt().round(2)
    moved = (1 + get("dosing.body_surface_weight_change", 10) / 100) ** 0.5 - 1
    steps = [
        pl.when(pl.col("gfre") >= low).then(float(dose)) for low, dose in get("dosing.fludarabine_renal", [])
    ]
    allowed = (
        pl.coalesce(*steps, pl.when(pl.col("gfre").is_not_null()).then(0.0))
        if steps
        else pl.lit(None, pl.Float64)
    )
    too_much = (pl.col("ld_drug") == "FLUDARABINE") & (pl.col("ld_planned") > allowed)

    ask = asking(rows, "ld_dose")
    return gather(
        [
            ask(
                "ld_start",
                pl.col("start") >= pl.col("first_infusion"),
                "{} began at {}, after the first infusion of cells.",
                "ld_drug",
                "start",
            ),
            ask(
                "ld_calculated",
                off(worked_out, meant) > get("plausible.arithmetic", 1) / 100,
                "{}: {} mg/m2 x {} m2 is {} mg, not {}.",
                "ld_drug",
                "ld_planned",
                "ld_bsa",
                meant,
                worked_out,
            ),
            ask(
                "ld_given",
                unexplained & (off(given, worked_out) > get("dosing.ld_tolerance", 5) / 100),
                "{}: {} mg were given where {} mg were worked out, and no reason is stated.",
                "ld_drug",
                given,
                worked_out,
            ),
            ask(
                "ld_bsa",
                off(pl.col("ld_bsa"), surface) > moved,
                "{}: {} m2 was used; height {} cm and weight {} kg give {} m2.",
                "ld_drug",
                "ld_bsa",
                "height",
                "weight",
                surface,
            ),
            ask(
                "ld_planned",
                too_much,
                "Fludarabine {} mg/m2 was planned; an eGFR of {} allows {}.",
                "ld_planned",
                "gfre",
                allowed,
            ),
        ]
    )


def off(value: pl.Expr, wanted: pl.Expr) -> pl.Expr:
    """Return by which part of it a value differs from the one wanted."""
    return (value / wanted - 1).abs().round(6)
