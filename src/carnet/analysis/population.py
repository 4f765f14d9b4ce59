"""Who took part: disposition, analysis sets and what the patients were like at baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import SAFETY, long, people, sizes
from carnet.analysis.subset import Clause, Subset, both, eq, ge, ne, present

MILESTONES: dict[str, Clause] = {
    "Screened": both(),
    "Screen failure": both(eq("SCRNFL", "Y"), ne("ENRLFL", "Y")),
    "Enrolled": eq("ENRLFL", "Y"),
    "Treated": eq("SAFFL", "Y"),
    "First infusion": ge("NINF", 1),
    "Second infusion": ge("NINF", 2),
    "Third infusion": ge("NINF", 3),
    "Completed": eq("EOSSTT", "COMPLETED"),
    "Discontinued": both(eq("EOSSTT", "DISCONTINUED"), eq("SAFFL", "Y")),
    "Ongoing": eq("EOSSTT", "ONGOING"),
    "Died": eq("DTHFL", "Y"),
}
"""The steps of the trial, each a condition on ADSL."""

SETS = {
    "SAFFL": "Safety: any study treatment",
    "CARFL": "Infused: at least one infusion of cells",
    "EFFFL": "Efficacy-evaluable",
    "PPROTFL": "Per protocol",
    "DLTFL": "DLT-evaluable",
    "LNFL": "Baseline proteinuria > 0.5 g/g",
    "KINFL": "Kinetics",
}
"""The analysis sets and what they are called."""

MEASURES = {
    "AGE": ("Age, years", "0"),
    "BSLEDAI": ("SLEDAI-2K", "0"),
    "BPGA": ("PGA", "2"),
    "BPREDEQ": ("Prednisone-equivalent, mg/day", "1"),
    "BUPCR": ("UPCR, g/g", "2"),
    "BPROT24": ("24-hour protein, g", "2"),
}
"""What is summarised at baseline, and with how many decimals."""


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield disposition (14.1.1), analysis sets (14.1.2) and baseline characteristics (14.1.4)."""
    adsl = datasets["adsl"]
    infused = adsl["CARSDT"].is_not_null().any()
    for step, clause in MILESTONES.items():
        if infused or "infusion" not in step:
            here = Subset("ADSL", "SCREENED", (clause,))
            counted = pl.DataFrame({"analysis": [step], "n": [here.rows(datasets).height]})
            yield long(counted, {"n": "0"}, output="14.1.1", of=here)

    enrolled = Subset("ADSL", "ENRLFL", (present("TRT01A"),))
    flags = list(SETS) if infused else [SAFETY]
    for flag in flags:
        sets = (
            enrolled.rows(datasets)
            .group_by(pl.col("TRT01A").alias("group"))
            .agg((pl.col(flag) == "Y").sum().alias("n"))
            .sort("group")
            .with_columns(analysis=pl.lit(flag))
        )
        yield long(sets, {"n": "0"}, output="14.1.2", of=enrolled.where(eq(flag, "Y")))
    treated = people(SAFETY).rows(datasets).with_columns(pl.col("TRT01A").alias("group"))
    for name, (_, decimals) in MEASURES.items():
        if treated[name].is_not_null().any():
            values = pl.col(name).cast(pl.Float64)
            summary = (
                treated.group_by("group")
                .agg(
                    values.count().alias("n"),
                    values.mean().alias("mean"),
                    values.std().alias("sd"),
                    values.median().alias("median"),
                    values.min().alias("min"),
                    values.max().alias("max"),
                )
                .sort("group")
                .with_columns(pl.lit(name).alias("analysis"), pl.lit(name).alias("paramcd"))
            )
            forms = {"n": "0", **dict.fromkeys(("mean", "sd", "median", "min", "max"), decimals)}
            yield long(summary, forms, output="14.1.4", of=people(SAFETY).where(present(name)))
    for name in ("SEX", "RACE"):
        counts = (
            treated.group_by("group", pl.col(name).alias("level"))
            .agg(pl.len().alias("n"))
            .drop_nulls("level")
        )
        counts = counts.join(sizes(adsl, SAFETY), on="group").sort("group", "level")
        counts = counts.with_columns(
            pl.format("{}/{}", pl.lit(name), "level").alias("analysis"),
            pl.lit(name).alias("paramcd"),
            (pl.col("n") / pl.col("N")).alias("proportion"),
        )
        yield long(
            counts,
            {"n": "0", "N": "0", "proportion": "%1"},
            output="14.1.4",
            of=people(SAFETY).each(**{name: "level"}),
            besides={"N": people(SAFETY)},
        )
