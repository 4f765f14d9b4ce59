"""Notes: what a reader of the parameters must know, a line each, with subject and rows."""

from __future__ import annotations

import polars as pl
from polars import col

from carnet.kinetics.limits import QUANTIFIABLE
from carnet.kinetics.samples import HAS_RESULT

AT_BASELINE = col("elapsed").is_not_null() & col("infusion").is_null()
"""The sample was drawn at or before the start of the first infusion."""

UNPLACED = HAS_RESULT & col("elapsed").is_null()
"""The sample has a result and no time."""


def notes(
    samples: pl.DataFrame, infusions: pl.DataFrame, keys: pl.DataFrame, refused: pl.DataFrame
) -> list[str]:
    """Return the lines on refused profiles, queries, results left out, clocks, limits and units."""
    infused = infusions["subject"].unique().implode()
    quantifiable = col("state") == QUANTIFIABLE
    told = AT_BASELINE & quantifiable | UNPLACED | quantifiable & col("limit").is_null()
    samples = samples.filter(told).filter(col("subject").is_in(infused))
    early = samples.filter(AT_BASELINE & quantifiable)
    untimed = samples.filter(UNPLACED)
    late = infusions.filter(col("infusion") == 1, col("origin").round(6) != 0)
    several = keys.group_by("analyte").agg(col("unit").unique().sort().alias("units")).sort("analyte")
    several = several.filter(col("units").list.len() > 1)
    who = pl.format("Subject {}, row {}:", "subject", "row")
    query = "{} {} is quantifiable before the first infusion; it is left out, ask the site."
    start = "Subject {}: the first infusion given starts at {} days; times count from there."
    units = col("units").list.join(" and ")
    lines = (
        _refused(refused, keys),
        early.select(pl.format(query, who, "level")),
        untimed.select(pl.format("{} the time of the draw is unknown; the result is left out.", who)),
        late.select(pl.format(start, "subject", "origin")),
        several.select(pl.format("{} comes in {}: one profile each, never pooled.", "analyte", units)),
    )
    said = [line for part in lines for line in part.to_series()]
    if unlimited := samples.filter(quantifiable, col("limit").is_null()).height:
        said.append(f"Numbers read as quantifiable, for they have no limit of quantification: {unlimited}.")
    return said


def _refused(refused: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Return a line per refusal that names the subject, the analyte and the rows."""
    numbers = col("rows").cast(pl.List(pl.String)).list.join(" and ")
    rows = pl.when(col("rows").list.len() > 0).then(pl.format(", rows {}", numbers)).otherwise(pl.lit(""))
    name = pl.when(col("analyte") != "").then(pl.format(", {}", "analyte")).otherwise(pl.lit(""))
    text = pl.format("Subject {}{}{}: {}. No parameter is given.", "subject", name, rows, "wrong")
    told = refused.join(keys, on="profile", maintain_order="left").select(text.alias("line"))
    return told.unique(maintain_order=True)
