"""Do the assessments of lupus agree with the laboratory, with themselves and with each other?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import Values, day

DATES = {"sledai2k": "sledai_date", "bilag2004": "bilag_date", "pga": "pga_date"}
"""The forms of the composite, and the date of each."""


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about SLEDAI-2K, BILAG-2004 and PGA."""
    yield totals(values)
    yield evidence(values)
    yield last_present(values)
    yield composite(values)
    yield directions(values)
    yield bilag(values)


def totals(values: Values) -> pl.DataFrame:
    """Return totals that are not the sum of their items, and assessments with items unanswered."""
    rows = values.sledai
    scored = values.scored
    unanswered = pl.sum_horizontal(pl.col(name).is_null() for name in scored) if scored else pl.lit(0)
    ask = asking(rows, "sledai2k")
    wrong = pl.col("sledai_total") != pl.col("total")
    return gather(
        [
            ask(
                "sledai_total",
                wrong,
                "The total on the form is {}; the items add up to {}.",
                "sledai_total",
                "total",
            ),
            ask(
                None, unanswered > 0, "{} of {} items of SLEDAI-2K are not answered.", unanswered, len(scored)
            ),
        ]
    )


def evidence(values: Values) -> pl.DataFrame:
    """Return SLEDAI-2K items that the laboratory values of the visit do not bear out."""
    low = (pl.col("c3") < pl.col("c3_lln")) | (pl.col("c4") < pl.col("c4_lln"))
    shown: dict[str, tuple[pl.Expr, tuple[str, ...]]] = {
        "low_complement": (low, ("c3", "c3_lln", "c4", "c4_lln")),
        "anti_dsdna": (pl.col("dsdna") > pl.col("dsdna_uln"), ("dsdna", "dsdna_uln")),
    }
    for key, item, sign, limit in values.study.get("plausible.sledai_lab", []):
        names: tuple[str, ...] = ("prot24", "upcr") if item == "prot24" else (item,)  # 24 hours prevail
        value = pl.coalesce(names)
        shown[key] = (value > limit if sign == ">" else value < limit, names)
    lab = visit_values(values, [name for _, names in shown.values() for name in names])
    found = []
    for key, (supports, names) in shown.items():
        item, due = f"sledai_{key}", f"sledai_{key}_due"
        if item not in values.study.items:
            continue
        rows = (
            values.form("sledai2k", item, due).drop("repeat").join(lab, on=["subject", "visit"], how="inner")
        )
        said = pl.concat_str([words(f"{name} {{}}", name) for name in names], separator=", ")
        label = values.study.items[item].label
        open_ = pl.col(due).is_null() | (pl.col(due) == "LUPUS")
        ask = asking(rows.with_columns(supports=supports), "sledai2k")
        bare = f"{label} is marked present, but the values of the visit do not show it ({{}})."
        found.append(ask(item, pl.col(item) & ~pl.col("supports"), bare, said))
        missed = f"{label} is marked absent, but the values of the visit show it ({{}}); what is it due to?"
        found.append(ask(item, ~pl.col(item) & pl.col("supports") & open_, missed, said))
    return gather(found)


def visit_values(values: Values, names: list[str]) -> pl.DataFrame:
    """Return one row per subject and visit with these numbers as columns, of several the last."""
    rows = values.cells.filter(pl.col("item").is_in(names))
    wide = pl.DataFrame(schema={"subject": pl.String(), "visit": pl.String()})
    if rows.height:
        wide = rows.pivot("item", index=["subject", "visit"], values="number", aggregate_function="last")
    lacking = [name for name in dict.fromkeys(names) if name not in wide.columns]
    return wide.with_columns(pl.lit(None, pl.Float64).alias(name) for name in lacking)


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
    """Return BILAG-2004 forms with items unanswered, and answers that exclude each other."""
    form = next((f for f in values.study.forms if f.id == "bilag2004"), None)
    if form is None:
        return gather([])
    items = values.study.items
    scored = [item.id for item in form.items if item.groups]
    asked = values.now.filter(pl.col("form") == "bilag2004", pl.col("item").is_in(scored))
    done = asked.group_by("subject", "visit", maintain_order=True).agg(done=pl.col("item").n_unique())
    missing = pl.lit(len(scored)) - pl.col("done")
    rows = values.form("bilag2004")
    ask = asking(rows, "bilag2004")
    both = pl.col("bilag_active_haemolysis") & pl.col("bilag_coombs_isolated")
    undue = []
    for name in (name for name in scored if f"{name}_due" in items):
        silent = pl.col(name).is_not_null() & pl.col(f"{name}_due").is_null()
        text = f"{items[name].label} is {{}}; whether it is due to lupus is not said."
        undue.append(ask(f"{name}_due", silent, text, name))
    text = "{} of {} items of BILAG-2004 are neither answered nor marked not done."
    return gather(
        [
            findings(done.filter(missing > 0), words(text, missing, len(scored)), "bilag2004"),
            ask(
                "bilag_coombs_isolated",
                both,
                "Active haemolysis and an isolated positive Coombs test exclude each other.",
            ),
            *undue,
        ]
    )
