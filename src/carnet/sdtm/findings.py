"""Findings: a row per test asked, with its result in original and standard form, its limits and its record's facts.

Columns stand here without their domain (`ORRES`, not `LBORRES`): all domains are made in one pass.
"""

from __future__ import annotations

import polars as pl

from carnet.sdtm.annotation import QUALIFIER, TEST, VARIABLE
from carnet.sdtm.answers import RECORD, converted, named
from carnet.sdtm.definitions import RECORDS
from carnet.study import Study

LIMITS = ("ORNRLO", "ORNRHI", "LLOQ")
"""Numbers that stand beside a result, in its unit."""

LIMIT = ("text", "code", "number", "unit", "status")
"""What is read of each of them."""

NOTED = {
    "SPEC": "specimen",
    "METHOD": "method",
    "CAT": "cat",
    "OBJ": "object",
    "TESTCD": "testcd",
    "TEST": "test",
}
"""What the annotation says of a test."""

ALL = "ALL"
"""The test of a page on which no test was entered, behind its domain."""

OWNER = ("subject", "visit", "form", "repeat", "item")
"""A row of findings: the cell of the item that is tested."""

FACTS = ("domain", "USUBJID", "VISITNUM", "VISIT", "VISITDY")
"""What a record knows of itself."""


def tabulate(
    study: Study, answers: pl.DataFrame, notes: pl.DataFrame, visit_dates: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per test of every record of findings, all domains together, in the order of first entry."""
    answers = answers.filter(~pl.col("domain").is_in(RECORDS))
    asked = answers.filter(pl.col("part") == TEST)
    rows = pl.concat([asked, *_parents(answers, asked, notes)], how="diagonal")
    rows = rows.join(_beside(answers), on=OWNER, how="left", maintain_order="left")
    rows = rows.join(_of_record(answers), on=RECORD, how="left", maintain_order="left")
    rows = rows.join(visit_dates, on=["USUBJID", "visit"], how="left", maintain_order="left")
    rows = rows.with_columns(_places(rows)).with_columns(_results(rows))
    rows = rows.with_columns(_limits(rows)).with_columns(_indicator(study))
    points = _time_points(study, notes)
    return rows.join(points, on=["form", "TPT"], how="left", maintain_order="left").sort("order")


def completion() -> list[pl.Expr]:
    """Return STAT and REASND: a row without a result says NOT DONE and why; its units say nothing."""
    empty = pl.col("ORRES").is_null()
    why = pl.col("reason").replace("", None)
    kind = pl.when(pl.col("status").is_in(["unknown", "not applicable"])).then(
        pl.col("status").str.to_uppercase()
    )
    said = pl.concat_str(kind, why, separator=": ", ignore_nulls=True).replace("", None)
    return [
        pl.when(empty).then(pl.lit("NOT DONE")).alias("STAT"),
        pl.when(empty).then(said).alias("REASND"),
        *(pl.when(~empty).then(name).alias(name) for name in ("ORRESU", "STRESU")),
    ]


def _parents(answers: pl.DataFrame, asked: pl.DataFrame, notes: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the rows that answers belong to although their test was left blank, so that none is lost.

    A qualifier of a test brings that test's row; one of the record, where no test was entered, brings a row
    for the page: TESTCD is the domain and ALL.
    """
    known = answers.filter(pl.col("code").is_not_null())
    beside = known.filter((pl.col("part") != TEST) & pl.col("of").is_not_null())
    beside = beside.with_columns(pl.col("item").alias("answer"), pl.col("of").alias("item"))
    placed = beside.join(asked, on=OWNER, how="semi").select(*RECORD, "answer")
    beside = beside.join(placed, on=placed.columns, how="anti", maintain_order="left")
    beside = beside.unique(placed.columns, keep="first", maintain_order=True)
    beside = beside.group_by(*OWNER, maintain_order=True).agg(pl.col("order").min(), pl.col(*FACTS).first())
    tests = notes.filter(pl.col("part") == TEST).drop("domain").with_columns(named("item_unit", notes))
    beside = beside.join(tests, on=["form", "item"], how="left", maintain_order="left")
    filled = pl.concat([asked.select(RECORD), beside.select(RECORD)])
    alone = known.filter((pl.col("part") == QUALIFIER) & pl.col("of").is_null())
    alone = alone.join(filled, on=RECORD, how="anti", maintain_order="left")
    alone = alone.group_by(*RECORD, maintain_order=True).agg(
        pl.col("order").min(), pl.col(*FACTS, "cat", "object").first()
    )
    whole = pl.col("domain") + ALL
    return [
        beside,
        alone.with_columns(
            whole.alias("item"), whole.alias("testcd"), pl.lit("All of the page").alias("test")
        ),
    ]


def _beside(answers: pl.DataFrame) -> pl.DataFrame:
    """Return, per tested item, the variables that items of its own name: limits, method, place, own date."""
    own = answers.filter((pl.col("part") == VARIABLE) & pl.col("of").is_not_null())
    own = own.with_columns(pl.col("of").alias("item"))
    limit = pl.col("variable").is_in(LIMITS)
    words = own.filter(~limit & pl.col("code").is_not_null())
    words = words.pivot("variable", index=OWNER, values="code", aggregate_function="first")
    words = words.rename({name: f"own_{name}" for name in words.columns if name not in OWNER})
    numbers = own.filter(limit).pivot("variable", index=OWNER, values=LIMIT, aggregate_function="first")
    return words.join(numbers, on=OWNER, how="full", coalesce=True)


def _of_record(answers: pl.DataFrame) -> pl.DataFrame:
    """Return, per record, the variables that hold for all of its rows: date, position, laboratory, assessor."""
    whole = answers.filter(
        (pl.col("part") == VARIABLE) & pl.col("of").is_null() & pl.col("code").is_not_null()
    )
    wide = whole.pivot("variable", index=RECORD, values="code", aggregate_function="first")
    return wide.rename({name: f"all_{name}" for name in wide.columns if name not in RECORD})


def _places(rows: pl.DataFrame) -> list[pl.Expr]:
    """Return the qualifiers of each row: what its own items say, else its definition, else its record."""
    noted = NOTED | {name[1:]: name for name in rows.columns if name.startswith("=")}
    said = {name[4:] for name in rows.columns if name.startswith(("own_", "all_"))}
    found = []
    for name in sorted(said | set(noted) | {"DTC", "TPT"}):
        sources = [f"own_{name}", noted.get(name), f"all_{name}", "visit_date" if name == "DTC" else None]
        present = [source for source in sources if source in rows.columns]
        found.append((pl.coalesce(present) if present else pl.lit(None, pl.String)).alias(name))
    record = pl.concat_str("form", "visit", "repeat", separator="/")
    cell = pl.concat_str(record, "item", separator="/")
    page = pl.col("item") == pl.col("domain") + ALL
    return [*found, record.alias("GRPID"), pl.when(page).then(record).otherwise(cell).alias("SPID")]


def _results(rows: pl.DataFrame) -> list[pl.Expr]:
    """Return the result as collected and in standard form."""
    return [
        pl.col("text").alias("ORRES"), pl.col("entered").alias("ORRESU"),
        pl.col("standard").alias("STRESC"), pl.col("number").alias("STRESN"),
        pl.coalesce("item_unit", "entered").alias("STRESU"),
    ]  # fmt: skip


def _limits(rows: pl.DataFrame) -> list[pl.Expr]:
    """Return the limits reported with a result; one entered without a unit has the unit of the result."""
    found = []
    for name in LIMITS:
        text, code, number, unit, status = (
            pl.col(f"{part}_{name}") if f"{part}_{name}" in rows.columns else pl.lit(None) for part in LIMIT
        )
        bare = unit.cast(pl.String).replace("", None).is_null() & pl.col("factor").is_not_null()
        as_result = converted(code.cast(pl.Float64, strict=False))
        found += [
            text.cast(pl.String).alias(name),
            pl.when(bare).then(as_result).otherwise(number.cast(pl.Float64)).alias(f"{name}_standard"),
            (status.cast(pl.String) == "not applicable").fill_null(False).alias(f"{name}_open"),
        ]
    return found


def _indicator(study: Study) -> list[pl.Expr]:
    """Return the limits in standard units and the result against them.

    Beyond either limit is told by that one alone. Normal needs both, or that there is no such limit: the
    study's reference ranges have none for the item, or it was entered as not applicable.
    """
    low, high, value = pl.col("ORNRLO_standard"), pl.col("ORNRHI_standard"), pl.col("STRESN")
    ranges = study.ranges.group_by("item").agg(pl.col("low", "high").is_null().all())
    no_low, no_high = (
        pl.col("item").is_in(ranges.filter(side)["item"].implode()) for side in ("low", "high")
    )
    below = low.is_not_null() | pl.col("ORNRLO_open") | no_low
    above = high.is_not_null() | pl.col("ORNRHI_open") | no_high
    bounded = below & above & (low.is_not_null() | high.is_not_null())
    return [
        low.alias("STNRLO"), high.alias("STNRHI"), pl.col("LLOQ_standard").alias("LLOQ"),
        pl.when(value < low).then(pl.lit("LOW")).when(value > high).then(pl.lit("HIGH"))
        .when(value.is_not_null() & bounded).then(pl.lit("NORMAL")).alias("NRIND"),
    ]  # fmt: skip


def _time_points(study: Study, notes: pl.DataFrame) -> pl.DataFrame:
    """Return TPTNUM and ELTM of each time point of each form: its place in the list, and the time it names."""
    asked = notes.filter(pl.col("variable") == "TPT").select("form", "item")
    rows = [
        (form, choice, float(place))
        for form, item in asked.iter_rows()
        for place, choice in enumerate(study.form(form)[item].choices, start=1)
    ]
    points = pl.DataFrame(
        rows, schema={"form": pl.String, "TPT": pl.String, "TPTNUM": pl.Float64}, orient="row"
    )
    told = pl.col("TPT").str.extract_groups(r"^(?<number>\d+) (?<unit>MIN|H)\b")
    later = pl.format("PT{}{}", told.struct["number"], told.struct["unit"].str.slice(0, 1))
    return points.with_columns(later.alias("ELTM"))
