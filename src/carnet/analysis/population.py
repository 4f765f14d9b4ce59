"""Who took part: disposition, analysis sets and what the patients were like at baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.result import SAFETY, long, sizes

MILESTONES: dict[str, pl.Expr] = {
    "Screened": pl.lit(True),
    "Screen failure": (pl.col("SCRNFL") == "Y") & (pl.col("ENRLFL") != "Y"),
    "Enrolled": pl.col("ENRLFL") == "Y",
    "Treated": pl.col("SAFFL") == "Y",
    "First infusion": pl.col("NINF") >= 1,
    "Second infusion": pl.col("NINF") >= 2,
    "Third infusion": pl.col("NINF") >= 3,
    "Completed": pl.col("EOSSTT") == "COMPLETED",
    "Discontinued": (pl.col("EOSSTT") == "DISCONTINUED") & (pl.col("SAFFL") == "Y"),
    "Ongoing": pl.col("EOSSTT") == "ONGOING",
    "Died": pl.col("DTHFL") == "Y",
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
    steps = pl.DataFrame(
        {
            "analysis": list(MILESTONES),
            "n": [adsl.filter(condition).height for condition in MILESTONES.values()],
        }
    )
    infused = adsl["CARSDT"].is_not_null().any()
    steps = steps.filter(pl.lit(infused) | ~pl.col("analysis").str.contains("infusion"))
    yield long(steps, {"n": "0"}, output="14.1.1", dataset="ADSL", population="SCREENED")

    enrolled = adsl.filter(pl.col("TRT01A").is_not_null())
    flags = list(SETS) if infused else [SAFETY]
    sets = (
        enrolled.group_by(pl.col("TRT01A").alias("group"))
        .agg((pl.col(flag) == "Y").sum() for flag in flags)
        .sort("group")
    )
    yield long(
        sets.unpivot(flags, index="group", variable_name="analysis", value_name="n"),
        {"n": "0"},
        output="14.1.2",
        dataset="ADSL",
        population="ENRLFL",
    )
    treated = adsl.filter(pl.col(SAFETY) == "Y").with_columns(pl.col("TRT01A").alias("group"))
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
            yield long(summary, forms, output="14.1.4", dataset="ADSL", population=SAFETY)
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
            dataset="ADSL",
            population=SAFETY,
        )
