"""Do the answers to the criteria agree with the values recorded, and with what was done?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.core import units
from carnet.study.checks.fields import limit_messages
from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import Values
from carnet.study.protocol import Criterion, Limit
from carnet.study.study import Study

ENTRY = ("SCR", "BL")
"""Visits whose values decide on entry; the later one counts."""


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about eligibility."""
    answers = (
        by_visit(values.form("eligibility"))
        .group_by("subject", maintain_order=True)
        .agg(pl.all().drop_nulls().last())
    )
    recorded = entry_values(values)
    for criterion in values.study.criteria:
        sound = not any(
            m for limit in criterion.limits for m in limit_messages(values.study, criterion, limit)
        )
        if criterion.limits and sound and answer_id(criterion) in answers.columns:
            yield against(values.study, criterion, answers, recorded)
    yield admitted(values, answers)


def by_visit(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the visits that decide on entry, the earlier visit first."""
    order = {visit: place for place, visit in enumerate(ENTRY)}
    place = pl.col("visit").replace_strict(order, default=None, return_dtype=pl.Int64)
    return rows.filter(pl.col("visit").is_in(ENTRY)).sort(place, maintain_order=True)


def answer_id(criterion: Criterion) -> str:
    """Return the item that holds the answer to a criterion."""
    return f"elig_{criterion.id.lower()}"


def entry_values(values: Values) -> pl.DataFrame:
    """Return a row per subject and item with the last value before entry: as number, and as text."""
    last = (
        by_visit(values.cells)
        .group_by("subject", "item", maintain_order=True)
        .agg(pl.col("number", "value").last())
    )
    ages = pl.concat_list(years(pl.col(birth), pl.col("consent")) for birth in ("birth", "birth_last"))
    age = values.anchors.select(
        "subject", item=pl.lit("age"), number=ages.list.unique(maintain_order=True)
    ).explode("number")
    total = by_visit(values.sledai.drop_nulls("total")).group_by("subject", maintain_order=True).agg(
        item=pl.lit("sledai2k"), number=pl.col("total").last()
    )  # fmt: skip
    return pl.concat([last, age, total], how="diagonal_relaxed")


def years(birth: pl.Expr, then: pl.Expr) -> pl.Expr:
    """Return the age in whole years."""
    had = then.dt.strftime("%m%d") >= birth.dt.strftime("%m%d")
    return (then.dt.year() - birth.dt.year() - 1 + had.cast(pl.Int32)).cast(pl.Float64)


def holds(study: Study, limit: Limit, recorded: pl.DataFrame) -> pl.DataFrame:
    """Return for each subject whether the recorded value meets a limit, and the value in words."""
    rows = recorded.filter(pl.col("item") == limit.item).select("subject", "number", "value")
    item = study.items.get(limit.item)
    if limit.operator == "is":
        return rows.select(
            "subject", met=pl.col("value") == limit.limit, said=words(f"{limit.item} is {{}}", "value")
        )
    ends = [float(text) for text in limit.limit.split("..")]
    reference: pl.Expr = pl.lit(1.0)
    if limit.reference:
        of = recorded.filter(pl.col("item") == f"{limit.item}_{limit.reference.lower()}")
        rows = rows.join(
            of.select("subject", reference="number"), on="subject", how="left", maintain_order="left"
        )
        reference = pl.col("reference")
    elif limit.unit and item:
        ends = [units.convert(end, limit.unit, item.unit, item.testcd) for end in ends]
    number, bound = pl.col("number").round(6), (reference * ends[0]).round(6)
    met = {
        ">": number > bound, ">=": number >= bound, "<": number < bound, "<=": number <= bound,
        "between": number.is_between(ends[0], ends[-1]),
    }[limit.operator]  # fmt: skip
    unit = f" {item.unit}" if item and item.unit else ""
    return rows.select("subject", met=met, said=words(f"{limit.item} is {{}}{unit}", "number"))


def against(
    study: Study, criterion: Criterion, answers: pl.DataFrame, recorded: pl.DataFrame
) -> pl.DataFrame:
    """Return answers that recorded values contradict: an inclusion that fails, an exclusion that holds."""
    name = answer_id(criterion)
    met = pl.concat([holds(study, limit, recorded) for limit in criterion.limits])
    met = met.group_by("subject", maintain_order=True).agg(
        any=pl.col("met").any(ignore_nulls=False), said=pl.col("said").str.join(", "), known=pl.len()
    )
    rows = answers.select("subject", "visit", answer=name).join(
        met, on="subject", how="inner", maintain_order="left"
    )
    answered, wrong = "not met", ~pl.col("answer") & pl.col("any")
    if criterion.kind == "INCLUSION":
        answered, wrong = (
            "met",
            pl.col("answer") & ~pl.col("any") & (pl.col("known") >= len(criterion.limits)),
        )
    text = f"Criterion {criterion.id} ({criterion.label}) is answered as {answered}, but {{}}."
    return findings(rows.filter(wrong), words(text, "said"), "eligibility", name)


def admitted(values: Values, answers: pl.DataFrame) -> pl.DataFrame:
    """Return subjects called eligible, or treated, against their answers."""
    asked = [(c, answer_id(c)) for c in values.study.criteria if answer_id(c) in answers.columns]
    failing = [pl.when(pl.col(i) == (c.kind == "EXCLUSION")).then(pl.lit(c.id)) for c, i in asked]
    fails = pl.concat_list(failing).list.drop_nulls() if failing else pl.lit([], pl.List(pl.String))
    rows = answers.with_columns(fails=fails).join(
        values.anchors, on="subject", how="left", maintain_order="left"
    )
    eligible = pl.col("elig_eligible").fill_null(False)
    treated = pl.col("ld_first").is_not_null() | pl.col("first_infusion").is_not_null()
    failed = pl.col("fails").list.len() > 0
    ask = asking(rows, "eligibility")
    said = pl.col("fails").list.join(", ")
    return gather(
        [
            ask(
                "elig_eligible",
                eligible & failed,
                "The subject is called eligible although this fails: {}.",
                said,
            ),
            ask(
                "elig_eligible", treated & ~eligible, "A subject was treated who is not recorded as eligible."
            ),
            ask(
                "elig_waiver",
                pl.col("elig_waiver").fill_null(False),
                "A waiver was asked for; none is allowed.",
            ),
        ]
    )
