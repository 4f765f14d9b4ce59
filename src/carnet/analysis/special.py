"""Events of special interest: who had one, at which grade, how soon after the infusion and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.analysis.incidence import GRADES, NUMBERS, count, emergent, on_treatment
from carnet.analysis.result import INFUSED, long, people, sizes, with_bound, with_exact
from carnet.analysis.subset import Clause, both, either, eq, missing, present, records, within

INFECTION = "Infection"
KINDS: dict[str, tuple[str, Clause]] = {
    "Cytokine release syndrome": ("14.3.1.10", either(eq("AESI", "CRS"), present("CQ01NAM"))),
    "ICANS": ("14.3.1.11", either(eq("AESI", "ICANS"), present("CQ02NAM"))),
    "Graft-versus-host disease": ("14.3.1.11", eq("AESI", "GVHD")),
    "Infusion reaction": (
        "14.3.1.12", either(eq("AESI", "INFUSION REACTION"), eq("AEDECOD", "Infusion related reaction"))
    ),
    INFECTION: ("14.3.1.13", eq("AESI", "INFECTION")),
}  # fmt: skip
"""Each kind of event, its output, and the condition on an event; a mild one counts, though of no special interest."""

INFUSIONS = ("INF1DTM", "INF2DTM", "INF3DTM")
SPREAD = ("onset_median", "onset_min", "onset_max", "duration_median", "duration_min", "duration_max")


def estimate(datasets: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield, per kind and infusion: patients, worst grade, days to onset, and duration of those that have ended.

    An event belongs to the last infusion that was given before or on the day it began, and its onset counts from
    there; over all infusions, from the first one. An event that goes on has no duration.
    """
    adsl = datasets["adsl"]
    if "adae" not in datasets or adsl["CARSDT"].is_null().all():
        return
    here = on_treatment(INFUSED)
    days = adsl.select("USUBJID", *(pl.col(name).dt.date() for name in INFUSIONS))
    events = emergent(here.rows(datasets), INFUSED).join(
        days, on="USUBJID", how="left", maintain_order="left"
    )
    given = [(pl.col(name) <= pl.col("ASTDT")).fill_null(False) for name in INFUSIONS]
    last = pl.max_horizontal(pl.when(here).then(name) for here, name in zip(given, INFUSIONS, strict=True))
    events = events.with_columns(infusion=pl.sum_horizontal(given).cast(pl.Int64), last=last)
    of = sizes(adsl, INFUSED)
    for kind, (output, condition) in KINDS.items():
        chosen = here.where(either(condition, _classed(events)) if kind == INFECTION else condition)
        found = chosen.of(events)
        parts = [(_summary(found, of, "CARSDT", f"{kind}/all infusions"), chosen, people(INFUSED))]
        for number, name in enumerate(INFUSIONS, start=1):
            given_it = people(INFUSED).where(present(name))
            treated = (
                given_it.rows(datasets)
                .group_by(pl.col("TRT01A").alias("group"))
                .agg(pl.len().alias("N"))
                .sort("group")
            )
            mine = found.filter(pl.col("infusion") == number)
            line = _summary(mine, treated, "last", f"{kind}/after infusion {number}")
            parts.append((line, chosen.where(records(mine, "AESEQ")), given_it))
        forms = {
            **NUMBERS,
            **GRADES,
            **dict.fromkeys(("ended", *SPREAD), "0"),
            "onset_median": "1",
            "duration_median": "1",
        }
        for line, rows, whole in parts:
            yield long(line, forms, output=output, of=rows, besides={"N": whole})


def _classed(events: pl.DataFrame) -> Clause:
    """Return that the organ class of an event is of infections, as the classes of the data are spelt."""
    infections = pl.col("soc").str.to_uppercase().str.starts_with("INFECTIONS")
    classes = events.filter(infections)["soc"].unique().sort().to_list()
    return either(within("AESOC", *classes), both(missing("AESOC"), within("AEBODSYS", *classes)))


def _summary(events: pl.DataFrame, of: pl.DataFrame, since: str, analysis: str) -> pl.DataFrame:
    onset, duration = (pl.col("ASTDT") - pl.col(since)).dt.total_days(), pl.col("ADURN")
    spread = events.group_by("group").agg(
        *(
            pl.Expr.cast(getattr(value, how)(), pl.Float64).alias(f"{name}_{how}")
            for name, value in (("onset", onset), ("duration", duration))
            for how in ("median", "min", "max")
        ),
        duration.count().alias("ended"),
    )
    worst = events.group_by("group", "USUBJID").agg(pl.col("worst").max()).group_by("group").agg(
        *((pl.col("worst") == grade).sum().alias(f"grade{grade}") for grade in range(1, 6)),
        pl.col("worst").is_null().sum().alias("ungraded"),
    )  # fmt: skip
    table = count(events, of)
    for more in (spread, worst):
        table = table.join(more, on="group", how="left", maintain_order="left")
    table = table.with_columns(pl.col(*GRADES, "ended").fill_null(0).cast(pl.Int64))
    return with_bound(with_exact(table)).with_columns(
        analysis=pl.lit(analysis),
        reason=pl.when(pl.col("n") == 0).then(pl.lit("no event")).otherwise(pl.lit("")),
    )
