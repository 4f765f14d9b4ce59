"""Evidence: what laboratory values and temperatures say of the SLEDAI-2K items that can be measured."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from carnet.adam.dates import day
from carnet.core.table import read_rows
from carnet.core.units import UnitError, conversion

EVIDENCE = read_rows("carnet.adam", "evidence.csv")
"""The measured items: test, side and limit. Of several tests of an item the lowest order that has a value decides."""

ATTRIBUTED = tuple(dict.fromkeys(row["item"] for row in EVIDENCE if row["attributed"] == "Y"))
"""Items whose value may come from Flu/Cy, the cells or infection as well: it takes an attribution (decision 12)."""

MEASURED = tuple(dict.fromkeys(row["item"] for row in EVIDENCE))

SCHEMA = {
    "USUBJID": pl.String(),
    "item": pl.String(),
    "order": pl.Int64(),
    "test": pl.String(),
    "date": pl.Date(),
    "qualifies": pl.Boolean(),
}


def values(tables: dict[str, pl.DataFrame], limits: Mapping[str, float] | None = None) -> pl.DataFrame:
    """Return every value that is evidence of an item: USUBJID, item, order, test, date, and whether it qualifies.

    A value qualifies strictly beyond the limit; a limit of the laboratory is the one of the same record. A unit
    that does not convert, or a missing limit, leaves the value out: it says nothing. `limits` are those that a
    study chooses, by test.
    """
    rows = [row | {"limit": str((limits or {}).get(row["testcd"], row["limit"]))} for row in EVIDENCE]
    parts = [_of(tables[row["domain"].lower()], row) for row in rows if row["domain"].lower() in tables]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts])


def _of(table: pl.DataFrame, row: dict[str, str]) -> pl.DataFrame:
    """Return the values of one test as evidence."""
    domain = row["domain"]
    rows = table.filter(pl.col(f"{domain}TESTCD") == row["testcd"])
    if row["antigen"]:
        rows = rows.filter(pl.col(f"{domain}BDAGNT") == row["antigen"])
    if row["specimen"]:
        place = pl.coalesce(f"{domain}SPEC", f"{domain}CAT").str.to_uppercase()
        urine = place.str.starts_with("URIN").fill_null(False)
        rows = rows.filter(urine == (row["specimen"] == "URINE"))
    value = pl.col(f"{domain}STRESN")
    if row["reference"] == "absolute":
        value, limit = _converted(rows, domain, row), pl.lit(float(row["limit"]))
    else:
        limit = pl.col(f"{domain}STNR{'LO' if row['reference'] == 'lower' else 'HI'}")
    beyond = value.round(6) < limit if row["side"] == "below" else value.round(6) > limit
    return rows.select(
        "USUBJID", item=pl.lit(row["item"]), order=pl.lit(int(row["order"]), pl.Int64),
        test=pl.lit(row["testcd"]), date=day(f"{domain}DTC"), qualifies=beyond,
    ).drop_nulls(["date", "qualifies"])  # fmt: skip


def _converted(rows: pl.DataFrame, domain: str, row: dict[str, str]) -> pl.Expr:
    """Return the value in the unit of the limit, null where its own unit does not convert."""
    factors, offsets = {}, {}
    for name in rows[f"{domain}STRESU"].drop_nulls().unique():
        try:
            factors[name], offsets[name] = conversion(name, row["unit"], row["testcd"])
        except UnitError:
            continue
    unit = pl.col(f"{domain}STRESU")
    factor = unit.replace_strict(factors, default=None, return_dtype=pl.Float64)
    return pl.col(f"{domain}STRESN") * factor + unit.replace_strict(
        offsets, default=None, return_dtype=pl.Float64
    )


def at(assessments: pl.DataFrame, found: pl.DataFrame, window: int, slack: int) -> pl.DataFrame:
    """Return what the values in the window of each assessment say: USUBJID, date, item, `value`.

    The window runs from `window` days before the assessment to `slack` days after it, and never across the first
    study treatment. One qualifying value decides; none decides only where every test of the item has a value.
    """
    tests = pl.DataFrame(EVIDENCE).select("item", pl.col("order").cast(pl.Int64), "testcd").unique()
    tests = tests.group_by("item", "order").agg(tests=pl.len())
    near = (
        assessments.select("USUBJID", "TRTSDT", when="date").unique().join(found, on="USUBJID")
        .filter(
            pl.col("date") >= pl.col("when") - pl.duration(days=window),
            pl.col("date") <= pl.col("when") + pl.duration(days=slack),
            ((pl.col("date") < pl.col("TRTSDT")) == (pl.col("when") < pl.col("TRTSDT"))).fill_null(True),
        )
        .group_by("USUBJID", "when", "item", "order")
        .agg(any=pl.col("qualifies").any(), done=pl.col("test").n_unique())
        .join(tests, on=["item", "order"], how="left")
        .sort("order").unique(["USUBJID", "when", "item"], keep="first", maintain_order=True)
    )  # fmt: skip
    verdict = pl.when(pl.col("any")).then(True).when(pl.col("done") >= pl.col("tests")).then(False)
    return near.select("USUBJID", "item", date="when", value=verdict)
