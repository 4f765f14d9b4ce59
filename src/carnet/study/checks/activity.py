"""Do the assessments of lupus agree with the laboratory, with themselves and with each other?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from carnet.core.instrument import Instrument
from carnet.instruments import CLASI, SDI
from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import ROW, Values, day

DATES = {"sledai2k": "sledai_date", "bilag2004": "bilag_date", "pga": "pga_date"}
"""The forms of the composite, and the date of each."""


RECORDED: tuple[tuple[Instrument, str, dict[str, str]], ...] = (
    (CLASI, "clasi", {"clasi_activity_total": "clasi_activity", "clasi_damage_total": "clasi_damage"}),
    (SDI, "damage", {"sdi_total": "sdi"}),
)
"""Totals that are written on a form, and the score that each should be."""

ADDS_UP = "The total on the form is {}; the items add up to {}."


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about SLEDAI-2K, BILAG-2004 and PGA."""
    yield totals(values)
    yield unanswered(values, "sledai2k", values.scored)
    yield evidence(values)
    yield last_present(values)
    yield composite(values)
    yield directions(values)
    yield unanswered(values, "bilag2004", scored_of(values, "bilag2004"))
    yield bilag(values)
    yield biopsy(values)


def totals(values: Values) -> pl.DataFrame:
    """Return totals that are not the sum of their items."""
    wrong = pl.col("sledai_total") != pl.col("total")
    found = [asking(values.sledai, "sledai2k")("sledai_total", wrong, ADDS_UP, "sledai_total", "total")]
    for instrument, form, typed in RECORDED:
        names = [item.id for item in instrument.form.items]
        rows = instrument.score(values.form(form, *names, *typed))
        for name, score in typed.items():
            apart = pl.col(name) != pl.col(score)
            found.append(asking(rows, form)(name, apart, ADDS_UP, name, score))
    return gather(found)


def unanswered(values: Values, form: str, names: Sequence[str]) -> pl.DataFrame:
    """Return assessments with scored items that are neither answered nor marked as not done, and name them."""
    rows = values.now.filter(pl.col("form") == form)
    items = values.study.items
    asked = pl.DataFrame(
        {"item": names, "label": [items[name].label for name in names]}, schema=["item", "label"]
    )
    wanted = (
        rows.select("subject", "visit").unique(maintain_order=True).join(asked.cast(pl.String), how="cross")
    )
    lacking = wanted.join(rows, on=["subject", "visit", "item"], how="anti", maintain_order="left")
    each = lacking.group_by("subject", "visit", maintain_order=True).agg("label", count=pl.len())
    some = pl.col("label").list.head(5).list.join(", ")
    more = pl.when(pl.col("count") > 5).then(words(" and {} more", pl.col("count") - 5)).otherwise(pl.lit(""))
    return findings(each, words("Neither answered nor marked as not done: {}{}.", some, more), form)


def evidence(values: Values) -> pl.DataFrame:
    """Return SLEDAI-2K items that the laboratory does not bear out.

    An item marked present may rest on any sample of the look-back; one marked absent is held against the
    sample of its own visit.
    """
    low = (pl.col("c3") < pl.col("c3_lln")) | (pl.col("c4") < pl.col("c4_lln"))
    shown: dict[str, tuple[pl.Expr, tuple[str, ...]]] = {
        "low_complement": (low, ("c3", "c3_lln", "c4", "c4_lln")),
        "anti_dsdna": (pl.col("dsdna") > pl.col("dsdna_uln"), ("dsdna", "dsdna_uln")),
    }
    for key, item, sign, limit in values.study.get("plausible.sledai_lab", []):
        names: tuple[str, ...] = ("prot24", "upcr") if item == "prot24" else (item,)  # 24 hours prevail
        value = pl.coalesce(names)
        shown[key] = (value > limit if sign == ">" else value < limit, names)
    before = pl.duration(days=values.study.get("sledai.window", 10))
    after = pl.duration(days=values.study.get("time.laboratory_days", 7))
    found = []
    for key, (supports, names) in shown.items():
        item, due = f"sledai_{key}", f"sledai_{key}_due"
        if not {item, *names} <= set(values.study.items):
            continue
        rows = values.form("sledai2k", item, due, "sledai_date").with_columns(on=day(pl.col("sledai_date")))
        said = pl.concat_str([words(f"{name} {{}}", name) for name in names], separator=", ")
        lab = samples(values, names).select("subject", at="visit", taken="taken", shows=supports, said=said)
        pairs = rows.join(lab.drop_nulls("shows"), on="subject", how="inner", maintain_order="left")
        near = pairs.filter(pl.col("taken").is_between(pl.col("on") - before, pl.col("on") + after))
        near = near.sort((pl.col("taken") - pl.col("on")).abs(), maintain_order=True)
        near = near.group_by(*ROW, item, maintain_order=True).agg(
            pl.col("shows").any(), pl.col("said").first()
        )
        here = pairs.filter(pl.col("at") == pl.col("visit"))
        label = values.study.items[item].label
        bare = f"{label} is marked present, but the laboratory does not show it ({{}})."
        found.append(asking(near, "sledai2k")(item, pl.col(item) & ~pl.col("shows"), bare, "said"))
        open_ = pl.col(due).is_null() | (pl.col(due) == "LUPUS")
        missed = f"{label} is marked absent, but the visit's sample shows it ({{}}); what is it due to?"
        found.append(asking(here, "sledai2k")(item, ~pl.col(item) & pl.col("shows") & open_, missed, "said"))
    return gather(found)


def samples(values: Values, names: tuple[str, ...]) -> pl.DataFrame:
    """Return the samples with these values, which one form asks, and the day on which each was taken."""
    form = next(f for f in values.study.forms for item in f.items if item.id == names[0])
    when = next((item.id for item in form.items if item.type == "datetime"), f"{form.id}_datetime")
    return values.form(form.id, *names, when).with_columns(taken=day(pl.col(when)))


def last_present(values: Values) -> pl.DataFrame:
    """Return dates of last presence that lie after the assessment."""
    items = values.study.items
    found = []
    for name in (f"{name}_last" for name in values.scored if f"{name}_last" in items):
        rows = values.form("sledai2k", name, "sledai_date")
        late = day(pl.col(name)) > day(pl.col("sledai_date"))
        text = f"{items[name].label} is {{}}, after the assessment of {{}}."
        found.append(asking(rows, "sledai2k")(name, late, text, name, "sledai_date"))
    return gather(found)


def composite(values: Values) -> pl.DataFrame:
    """Return visits whose SLEDAI-2K, BILAG-2004 and PGA are too far apart to count as one assessment."""
    most = values.study.get("time.composite_days", 3)
    parts = [
        values.form(form, date).select("subject", "visit", on=day(pl.col(date)))
        for form, date in DATES.items()
    ]
    rows = pl.concat(parts).group_by("subject", "visit", maintain_order=True).agg(
        first=pl.col("on").min(), last=pl.col("on").max()
    )  # fmt: skip
    apart = (pl.col("last") - pl.col("first")).dt.total_days()
    text = "SLEDAI-2K, BILAG-2004 and PGA are {} days apart ({} to {}); at most {} count as one assessment."
    return asking(rows)(None, apart > most, text, apart, "first", "last", most)


def directions(values: Values) -> pl.DataFrame:
    """Return visits at which SLEDAI-2K and PGA moved in opposite directions since before lymphodepletion."""
    points, step = values.study.get("plausible.pga_against_sledai", [4, 0.3])
    rows = values.sledai.select("subject", "visit", "total", on=day(pl.col("sledai_date")))
    pga = values.form("pga", "pga").select("subject", "visit", "pga")
    rows = rows.join(pga, on=["subject", "visit"], how="inner").join(values.anchors, on="subject", how="left")
    rows = rows.drop_nulls(["total", "pga", "on"]).sort("subject", "on")
    before = pl.col("on") <= pl.col("ld_first").dt.date()
    base = rows.filter(before).group_by("subject").agg(
        total_base=pl.col("total").last(), pga_base=pl.col("pga").last()
    )  # fmt: skip
    later = rows.filter(~before).join(base, on="subject", how="inner", maintain_order="left")
    total, mark = pl.col("total") - pl.col("total_base"), (pl.col("pga") - pl.col("pga_base")).round(6)
    against = ((total <= -points) & (mark >= step)) | ((total >= points) & (mark <= -step))
    text = "SLEDAI-2K went from {} to {}, the PGA from {} to {}: is one of them mistaken?"
    return asking(later, "pga")("pga", against, text, "total_base", "total", "pga_base", "pga")


def bilag(values: Values) -> pl.DataFrame:
    """Return BILAG-2004 answers that exclude each other, and measured values whose cause is not said."""
    items = values.study.items
    ask = asking(values.form("bilag2004"), "bilag2004")
    both = pl.col("bilag_active_haemolysis") & pl.col("bilag_coombs_isolated")
    text = "Active haemolysis and an isolated positive Coombs test exclude each other."
    found = [ask("bilag_coombs_isolated", both, text)]
    for name in (name for name in scored_of(values, "bilag2004") if f"{name}_due" in items):
        silent = pl.col(name).is_not_null() & pl.col(f"{name}_due").is_null()
        text = f"{items[name].label} is {{}}; whether it is due to lupus is not said."
        found.append(ask(f"{name}_due", silent, text, name))
    return gather(found)


def biopsy(values: Values) -> pl.DataFrame:
    """Return active nephritis that rests on a biopsy taken longer ago than the index takes into account."""
    latest = values.study.get("plausible.biopsy_days", 92)
    taken = values.form("sle_history", "nephritis_biopsy").select(
        "subject", taken=day(pl.col("nephritis_biopsy"))
    )
    rows = values.form("bilag2004", "bilag_active_nephritis", "bilag_date").join(
        taken.drop_nulls().unique("subject", keep="last", maintain_order=True),
        on="subject",
        maintain_order="left",
    )
    old = pl.col("bilag_active_nephritis") & (
        (day(pl.col("bilag_date")) - pl.col("taken")).dt.total_days() > latest
    )
    text = "Active nephritis is marked; the biopsy on record is of {}, more than {} days before. Is there a later one?"
    return asking(rows, "bilag2004")("bilag_active_nephritis", old, text, "taken", latest)


def scored_of(values: Values, form: str) -> list[str]:
    """Return the items of a form that belong to a system, which are those that its instrument scores."""
    return [item.id for f in values.study.forms if f.id == form for item in f.items if item.groups]
