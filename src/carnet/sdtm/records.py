"""Records: a row per filled page or row of a log, its items as variables (events, interventions, demography)."""

from __future__ import annotations

import polars as pl

from carnet.sdtm.annotation import QUALIFIER, VARIABLE
from carnet.sdtm.answers import RECORD

ROW = (*RECORD, "of")
"""A record; `of` tells apart the records that one page gives (the diagnosis and the first symptom)."""

FACTS = ("USUBJID", "VISITNUM", "VISIT", "VISITDY")


def tabulate(answers: pl.DataFrame, notes: pl.DataFrame, domain: str) -> pl.DataFrame:
    """Return one row per record of a domain: its variables without the domain, what its form fixes, SPID and SEQ.

    SEQ counts the records of a subject in the order of first entry; records emptied by corrections keep their
    number and have no row.
    """
    answers = answers.filter(pl.col("domain") == domain)
    records = answers.group_by(*ROW, maintain_order=True).agg(
        pl.col(*FACTS).first(), pl.col("order").min(), pl.col("code").is_not_null().any().alias("filled")
    )
    records = records.with_columns(sequence())
    values = answers.filter((pl.col("part") == VARIABLE) & pl.col("code").is_not_null())
    values = values.pivot("variable", index=ROW, values="code", aggregate_function="first")
    records = records.join(values, on=ROW, how="left", nulls_equal=True, maintain_order="left")
    fixed = _fixed(notes, domain)
    records = records.join(
        fixed, on=["form", "of"], how="left", nulls_equal=True, maintain_order="left", suffix="_fixed"
    )
    both = [name for name in fixed.columns if f"{name}_fixed" in records.columns]
    spid = pl.concat_str("form", "visit", "repeat", "of", separator="/", ignore_nulls=True).alias("SPID")
    records = records.with_columns(spid, *(pl.coalesce(name, f"{name}_fixed").alias(name) for name in both))
    return records.filter("filled").drop("filled", *(f"{name}_fixed" for name in both))


def asked(answers: pl.DataFrame, domain: str, *names: str) -> pl.DataFrame:
    """Return some items of the records of a domain as columns of the same names, with `<name>_unit` and `_status`."""
    answers = answers.filter((pl.col("domain") == domain) & pl.col("variable").is_in(names))
    columns = {name: pl.col("variable") == name for name in names}
    return answers.group_by(*ROW, maintain_order=True).agg(
        *(pl.col("code").filter(here).first().alias(name) for name, here in columns.items()),
        *(pl.col("number").filter(here).first().alias(f"{name}_number") for name, here in columns.items()),
        *(pl.col("entered").filter(here).first().alias(f"{name}_unit") for name, here in columns.items()),
        *(pl.col("status").filter(here).first().alias(f"{name}_status") for name, here in columns.items()),
        *(pl.col("reason").filter(here).first().alias(f"{name}_reason") for name, here in columns.items()),
    )


def sequence() -> pl.Expr:
    """Return SEQ: the rank of first entry within a subject, so that later entries never renumber earlier ones."""
    return pl.col("order").rank("ordinal").over("USUBJID").cast(pl.Int64).alias("SEQ")


def with_missing(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Return the rows with these variables, empty where no form asked them."""
    return rows.with_columns(
        pl.lit(None, pl.String).alias(name) for name in names if name not in rows.columns
    )


def qualifiers(answers: pl.DataFrame) -> pl.DataFrame:
    """Return the answers that no variable of their domain takes: they go to SUPP--."""
    return answers.filter((pl.col("part") == QUALIFIER) & pl.col("code").is_not_null())


def _fixed(notes: pl.DataFrame, domain: str) -> pl.DataFrame:
    """Return what a form fixes for the variables of its records: category, and the constants of its notes."""
    notes = notes.filter(pl.col("domain") == domain)
    constants = [name for name in notes.columns if name.startswith("=")]
    fixed = notes.group_by("form", "of", maintain_order=True).agg(
        pl.col("cat").drop_nulls().first().alias("CAT"),
        *(pl.col(c).drop_nulls().first().alias(c[1:]) for c in constants),
    )
    kept = [name for name in fixed.columns if name in ("form", "of") or fixed[name].null_count() < len(fixed)]
    return fixed.select(kept)
