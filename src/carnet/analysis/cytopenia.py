"""Low counts and low IgG: who had a spell, how long it lasted and whether it ended; the grades of haematotoxicity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.analysis.result import INFUSED, SAFETY, long, people, sizes, with_bound, with_exact
from carnet.analysis.subset import Subset, eq, present, within
from carnet.core.units import canonical
from carnet.safety.icaht import LABELS
from carnet.safety.recovery import LOW_IGG, Limit, limits

OUTPUT = "14.3.4.4"
IMMUNOGLOBULINS = "14.3.4.6"

SPELLS = {
    "n": "0", "N": "0", "proportion": "%1", "lower": "%1", "upper": "%1", "bound": "%1", "untested": "0",
    "spells": "0", "recovered": "0", "not_recovered": "0", "least_median": "1", "most_median": "1",
    "least": "0", "most": "0", "nadir": "2",
}  # fmt: skip

READINGS = {
    "certain": ("", "AVAL"),
    "lowest": ("", "AVALMIN"),
    "highest": ("", "AVALMAX"),
    "published": ("P", "AVAL"),
}
"""How a grade is read where days are without a count: what follows its parameter, and the variable that holds it."""

PERIODS = {"early": "E", "late": "L"}
GRADES = tuple(range(5))


def estimate(study: Any, datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield spells below each limit in all treated who had the test, and grades of haematotoxicity in all infused.

    Of a test that nobody had, and of a scale whose count nobody had, there is no row.
    """
    if "adtox" not in datasets or "adlb" not in datasets:
        return
    for limit in limits(study.get("response.low_igg")):
        yield from _spells(limit, datasets)
    for scale in LABELS:
        yield from _grades(scale.upper(), datasets)


def _spells(limit: Limit, datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield patients with a spell and how long the longest of each lasted: of its least and of its most days.

    A spell without a seen beginning or end has no most: it may be as long as one likes.
    """
    values = Subset("ADLB", SAFETY, (eq("ONTRTFL", "Y"), eq("PARAMCD", limit.test), present("AVAL")))
    tested = values.rows(datasets).filter(canonical(pl.col("AVALU")) == limit.unit)
    if tested.is_empty():
        return
    values = values.where(within("AVALU", *tested["AVALU"].unique().sort()))
    here = Subset("ADTOX", SAFETY, (eq("PARAMCD", limit.paramcd),))
    endless = pl.col("AVALMAX").cast(pl.Float64).fill_null(float("inf"))
    each = (
        here.rows(datasets)
        .join(tested, on="USUBJID", how="semi")
        .group_by("USUBJID", group="TRTA")
        .agg(
            pl.len().alias("spells"),
            pl.col("AENDT").is_not_null().all().alias("ended"),
            pl.col("AVALMIN").max().alias("least"),
            endless.max().alias("most"),
            pl.col("NADIR").min().alias("nadir"),
        )
    )
    found = each.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("n"), pl.col("spells").sum().cast(pl.Int64),
        pl.col("ended").sum().cast(pl.Int64).alias("recovered"),
        (~pl.col("ended")).sum().cast(pl.Int64).alias("not_recovered"),
        pl.col("least").median().alias("least_median"), _finite(pl.col("most").median()).alias("most_median"),
        pl.col("least").min(), _finite(pl.col("most").max()).alias("most"), pl.col("nadir").min(),
    )  # fmt: skip
    reached = tested.group_by(group="TRTA").agg(pl.col("USUBJID").n_unique().cast(pl.Int64).alias("tested"))
    table = (
        sizes(datasets["adsl"], SAFETY)
        .rename({"N": "treated"})
        .join(reached, on="group", how="left", maintain_order="left")
        .join(found, on="group", how="left", maintain_order="left")
        .with_columns(pl.col("tested", "n", "spells", "recovered", "not_recovered").fill_null(0))
        .with_columns(
            N=pl.col("tested"), untested=pl.col("treated") - pl.col("tested"),
            analysis=pl.lit(limit.paramcd), paramcd=pl.lit(limit.paramcd),
            reason=pl.when(pl.col("tested") == 0).then(pl.lit("not tested"))
            .when(pl.col("n") == 0).then(pl.lit("no spell"))
            .otherwise(pl.lit("a spell without a seen beginning or end")),
        )
    )  # fmt: skip
    output = IMMUNOGLOBULINS if limit.paramcd == LOW_IGG else OUTPUT
    besides = {"N": values, "untested": people(SAFETY)}
    yield long(with_bound(with_exact(table)), SPELLS, output=output, of=here, besides=besides)


def _finite(days: pl.Expr) -> pl.Expr:
    return pl.when(days.is_finite()).then(days)


def _grades(stem: str, datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, early and late, patients by grade: where it is certain, at its lowest and highest, and as published.

    N are those whom a reading gives a grade. That nobody had one is certain only where the highest is 0 in each.
    """
    of = sizes(datasets["adsl"], INFUSED).rename({"N": "infused"})
    forms = dict.fromkeys(("n", "N", *(f"grade{grade}" for grade in GRADES), "ungraded"), "0") | {
        "bound": "%1"
    }
    for period, letter in PERIODS.items():
        if datasets["adtox"].filter(pl.col("PARAMCD") == f"{stem}{letter}").is_empty():
            continue
        for reading, (suffix, variable) in READINGS.items():
            here = Subset("ADTOX", INFUSED, (eq("PARAMCD", f"{stem}{letter}{suffix}"), present(variable)))
            grade = pl.col(variable)
            found = here.rows(datasets).group_by(group="TRTA").agg(
                pl.len().cast(pl.Int64).alias("N"), (grade >= 1).sum().cast(pl.Int64).alias("n"),
                *((grade == number).sum().cast(pl.Int64).alias(f"grade{number}") for number in GRADES),
            )  # fmt: skip
            table = of.join(found, on="group", how="left", maintain_order="left").with_columns(
                pl.col("N", "n", *(f"grade{number}" for number in GRADES)).fill_null(0)
            )
            table = with_bound(table).with_columns(
                pl.when(pl.lit(reading == "highest")).then("bound").alias("bound"),
                ungraded=pl.col("infused") - pl.col("N"),
                analysis=pl.format("{}/{}", pl.lit(f"{stem}/{period}"), pl.lit(reading)),
                paramcd=pl.lit(f"{stem}{letter}{suffix}"),
                reason=pl.lit("not certain that nobody had it"),
            )
            yield long(table, forms, output=OUTPUT, of=here, besides={"ungraded": people(INFUSED)})
