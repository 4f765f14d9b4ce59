"""Dose-limiting toxicity: each event judged by the study's set, and each infused patient."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.adam.event_classes import is_of
from carnet.adam.flags import answer
from carnet.core.partial_date import date_range
from carnet.safety.dlt import KINDS, PARAMETERS, count_dlt, event_dlt
from carnet.safety.gvhd import NUMERALS
from carnet.safety.history import hours_at
from carnet.study import Study

FACTS = {
    "window_last_day": ("last_day",),
    "crs": ("crs",),
    "icans": ("icans",),
    "icans_lasting": ("icans_lasting", "icans_lasting_days"),
    "gvhd": ("gvhd",),
    "infusion_reaction": ("reaction", "reaction_below", "reaction_hours"),
    "other": ("other", "other_hours"),
    "neutrophils_below": ("neutrophils",),
    "platelets_below": ("platelets",),
    "platelets_low_baseline": ("low_baseline", "share"),
}
"""Facts of the study (table `dlt`) and the parameters that their values set, in order."""

OWN_SCALE = {"CRS": "CRS", "ICANS": "ICANS", "GVHD": "GVHD"}
"""Kinds of events that have a scale of their own, and its parameter."""

RELATED = ("POSSIBLE", "PROBABLE", "DEFINITE", "RELATED", "Y", "YES")
NOT_RELATED = ("NOT RELATED", "UNLIKELY", "N", "NO")

DAY_28 = "D28"


def settings(study: Study) -> dict[str, Any]:
    """Return what the study chooses of the parameters of dose-limiting toxicity."""
    chosen: dict[str, Any] = {}
    for fact, names in FACTS.items():
        value = study.get(f"dlt.{fact}")
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        values = [NUMERALS.index(v) if v in NUMERALS[1:] else v for v in values]
        chosen |= dict(zip(names, values, strict=False))
    return chosen


def judged(study: Study, adae: pl.DataFrame, graded: pl.DataFrame | None) -> pl.DataFrame:
    """Return the events with ADLTFL (Y, N, or null while it is open) and ADLTREAS, the rule that holds or is open.

    `graded` are the pages of syndromes: an event that one names goes by the grade of that scale.
    """
    chosen = settings(study)
    rule = event_dlt(**chosen)
    verdicts = rule.judge(_rows(adae, graded, chosen))
    parts = [part for part in rule.walk() if not part.parts and part.id != "dlt_win"]
    open_ = pl.col(rule.id).is_null()
    reasons = [
        pl.when(
            pl.when(open_).then(pl.col(part.id).is_null()).otherwise(pl.col(rule.id) & pl.col(part.id))
        ).then(pl.lit(part.label))
        for part in parts
    ]  # fmt: skip
    said = pl.concat_str(reasons, separator="; ", ignore_nulls=True).replace("", None)
    infused = adae["CARSDT"].is_not_null()
    found = verdicts.select(ADLTFL=answer(pl.col(rule.id)), ADLTREAS=said, ADLTDT=pl.col("reached"))
    found = found.with_columns(
        pl.when(infused & pl.col("ADLTFL").ne_missing("N")).then(name).alias(name)
        for name in ("ADLTREAS", "ADLTDT")
    )
    return adae.hstack(found.with_columns(ADLTFL=pl.when(infused).then("ADLTFL")))


def _rows(adae: pl.DataFrame, graded: pl.DataFrame | None, chosen: dict[str, Any]) -> pl.DataFrame:
    """Return the events as the rule reads them."""
    kind = pl.coalesce(
        *(pl.when((pl.col("AESI") == name) | is_of(name)).then(pl.lit(name)) for name in KINDS[:-1]),
        pl.lit(KINDS[-1]),
    )
    of = PARAMETERS.set(**chosen)
    rows = adae.with_columns(kind=kind).with_columns(
        _reaches=pl.when(pl.col("kind") == "ICANS").then(of["icans_lasting"])
        .when(pl.col("kind") == "INFUSION REACTION").then(of["reaction"]).otherwise(of["other"]),
        _below=pl.when(pl.col("kind") == "ICANS").then(of["icans_lasting"])
        .when(pl.col("kind") == "INFUSION REACTION").then(of["reaction_below"] + 1).otherwise(of["other"]),
        _seen=pl.min_horizontal("LSTALVDT", "DTHDT", "CUTDT"),
    )  # fmt: skip
    rows = hours_at(rows, "_reaches", "_below", "ATOXGRN", "AEGRHIST", "_seen")
    rows = _with_scale(rows, graded)
    first, last = date_range(pl.col("AESTDTC"))
    reached = [pl.coalesce("reached_first", first).dt.date(), pl.coalesce("reached_last", last).dt.date()]
    since = [(moment - pl.col("CARSDT")).dt.total_days() for moment in reached]
    serious, treated = pl.col("AESER") == "Y", pl.col("AECONTRT") == "Y"
    laboratory = pl.col("AELINK").is_not_null() | (
        pl.col("AESOC").str.to_uppercase() == "INVESTIGATIONS"
    ).fill_null(False)
    cells, either = _related("AERELCAR"), _related("AERELLD")
    infection = is_of("INFECTION") & (either & ~cells)
    fatal = pl.any_horizontal(
        (pl.col("AETOXGR") == "5").fill_null(False), (pl.col("AESDTH") == "Y").fill_null(False),
        (pl.col("AEOUT") == "FATAL").fill_null(False),
    )  # fmt: skip
    return rows.select(
        "kind", "hours_min", "hours_max", grade="scale_grade", day_min=since[0], day_max=since[1], reached=reached[0],
        related_cells=cells, related=cells | either, haematological=is_of("HAEMATOLOGICAL"),
        exempt=(laboratory & ~serious & ~treated) | is_of("FEVER OR CHILLS") | infection, fatal=fatal,
    )  # fmt: skip


def _related(name: str) -> pl.Expr:
    """Return whether an investigator called an event related; an empty answer is unknown."""
    said = pl.col(name).str.to_uppercase()
    return pl.when(said.is_in(RELATED)).then(True).when(said.is_in(NOT_RELATED)).then(False)


def _with_scale(rows: pl.DataFrame, graded: pl.DataFrame | None) -> pl.DataFrame:
    """Return the rows with the worst grade of the pages that name the event, on its own scale, else its CTCAE grade."""
    if graded is None:
        return rows.with_columns(scale_grade="ATOXGRN")
    own = graded.filter(pl.col("PARAMCD").is_in(list(OWN_SCALE.values())), pl.col("AESEQ").is_not_null())
    worst = own.group_by("USUBJID", "AESEQ", kind=pl.col("PARAMCD")).agg(
        scale_grade=pl.coalesce(pl.col("AVAL").cast(pl.Int64), "ENTGRN").max()
    )
    rows = rows.join(worst, on=["USUBJID", "AESEQ", "kind"], how="left", maintain_order="left")
    return rows.with_columns(scale_grade=pl.coalesce("scale_grade", "ATOXGRN"))


def patients(
    study: Study, adae: pl.DataFrame | None, adlb: pl.DataFrame | None, adsl: pl.DataFrame
) -> pl.DataFrame:
    """Return a row per infused patient and rule: DLT, its events (DLTEVT), its counts (DLTCNT) and theirs.

    AVAL is 1, 0, or null while it is open; ADT the day on which the first one came about.
    """
    rule = count_dlt(**settings(study))
    people = adsl.filter(pl.col("CARFL") == "Y").select("USUBJID")
    counts = people.join(_counts(study, adlb), on="USUBJID", how="left", maintain_order="left")
    counts = rule.judge(counts)
    none = pl.DataFrame(schema={"USUBJID": pl.String, "dlt_evt": pl.Boolean, "first": pl.Date})
    events = none if adae is None else _events(adae)
    rows = counts.join(events, on="USUBJID", how="left", maintain_order="left")
    known = pl.col("USUBJID").is_in(events["USUBJID"].implode())
    rows = rows.with_columns(dlt_evt=pl.when(known).then("dlt_evt").otherwise(pl.lit(False)))
    rows = rows.with_columns(dlt=pl.col("dlt_evt") | pl.col(rule.id))
    on_counts = pl.when(pl.col(rule.id)).then("visit")
    dates = {"dlt": pl.min_horizontal("first", on_counts), "dlt_evt": pl.col("first")}
    labels = {"dlt": "Dose-limiting toxicity", "dlt_evt": "Dose-limiting event"}
    labels |= {part.id: part.label.capitalize() for part in rule.walk()}
    return pl.concat(
        _parameter(rows, id, label, dates.get(id, pl.when(pl.col(id)).then("visit")))
        for id, label in labels.items()
    )


def _parameter(rows: pl.DataFrame, id: str, label: str, date: pl.Expr) -> pl.DataFrame:
    verdict = pl.col(id)
    return rows.select(
        "USUBJID", ADT=date, PARAMCD=pl.lit(id.replace("_", "").upper()), PARAM=pl.lit(label),
        PARCAT1=pl.lit("DOSE-LIMITING TOXICITY"), AVAL=verdict.cast(pl.Float64), AVALC=answer(verdict),
        SRCDOM=pl.lit("ADLB" if id.startswith(("dlt_a", "dlt_p", "dlt_c")) else "ADAE"),
    )  # fmt: skip


def _events(adae: pl.DataFrame) -> pl.DataFrame:
    """Return, per patient with events, whether one is dose-limiting and when the first one came about."""
    holds = pl.col("ADLTFL").replace_strict({"Y": True, "N": False}, default=None, return_dtype=pl.Boolean)
    infused = adae.filter(pl.col("CARSDT").is_not_null()).with_columns(holds=holds)
    return infused.group_by("USUBJID").agg(
        dlt_evt=pl.col("holds").any(ignore_nulls=False), first=pl.col("ADLTDT").filter(pl.col("holds")).min()
    )


def _counts(study: Study, adlb: pl.DataFrame | None) -> pl.DataFrame:
    """Return the lowest counts of the day-28 visit, with the platelets of baseline."""
    number = [visit.num for visit in study.visits if visit.code == DAY_28]
    if adlb is None or not number:
        schema = {
            "USUBJID": pl.String(),
            "visit": pl.Date(),
            **dict.fromkeys(("neut", "plat", "plat_base"), pl.Float64()),
        }
        return pl.DataFrame(schema=schema)
    at = adlb.filter(pl.col("VISITNUM") == number[0], pl.col("PARAMCD").is_in(["NEUT", "PLAT"]))

    def of(test: str, name: str = "AVAL") -> pl.Expr:
        return pl.col(name).filter(pl.col("PARAMCD") == test).min()

    return at.group_by("USUBJID").agg(
        visit=pl.col("ADT").min(), neut=of("NEUT"), plat=of("PLAT"), plat_base=of("PLAT", "BASE")
    )
