"""RELREC: treatments, findings and deaths beside the adverse event whose number they give."""

from __future__ import annotations

import polars as pl

from carnet.sdtm.answers import RECORD
from carnet.sdtm.definitions import definition
from carnet.study import Study

NUMBER = "AENO"
"""The item that names an adverse event by its row in the log."""

RELATED = ("USUBJID", "event", "domain", "IDVAR", "IDVARVAL")

WHOLE = (
    ("EC", "ECSPID", "ECEX"),
    ("EX", "EXSPID", "ECEX"),
    ("PC", "PCLNKGRP", "PCPP"),
    ("PP", "PPLNKGRP", "PCPP"),
)
"""Relations that hold for whole tables: table, variable, name."""


def tabulate(
    study: Study, answers: pl.DataFrame, ae: pl.DataFrame, cm: pl.DataFrame, tables: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return the records related to each adverse event that anything refers to, and the related tables.

    A number that no adverse event has relates nothing; it stays with the record that gives it.
    """
    events = ae.select(
        "USUBJID", pl.col("repeat").alias("event"), pl.col("SEQ").cast(pl.String).alias("IDVARVAL")
    )
    events = events.with_columns(pl.lit("AE").alias("domain"), pl.lit("AESEQ").alias("IDVAR")).select(RELATED)
    others = pl.concat([_treatments(answers, cm), _findings(answers)])
    others = others.join(events, on=["USUBJID", "event"], how="semi", maintain_order="left")
    events = events.join(others, on=["USUBJID", "event"], how="semi", maintain_order="left")
    related = pl.concat([events, others]).select(
        "USUBJID",
        pl.col("domain").alias("RDOMAIN"),
        "IDVAR",
        "IDVARVAL",
        pl.format("AE{}", "event").alias("RELID"),
    )
    whole = pl.DataFrame(WHOLE, schema=["RDOMAIN", "IDVAR", "RELID"], orient="row")
    filled = [name for name, table in tables.items() if len(table)]
    whole = whole.filter(pl.col("RDOMAIN").is_in(filled).all().over("RELID")).with_columns(
        RELTYPE=pl.lit("MANY")
    )
    rows = pl.concat([related.unique(maintain_order=True), whole], how="diagonal")
    return definition("RELREC").conform(rows.with_columns(pl.lit(study.id).alias("STUDYID")))


def _named(answers: pl.DataFrame) -> pl.DataFrame:
    """Return the answers that give the number of an adverse event."""
    number = (pl.col("testcd") == NUMBER) | (pl.col("variable") == NUMBER)
    named = answers.filter(number & pl.col("number").is_not_null())
    return named.with_columns(pl.col("number").cast(pl.Int64).alias("event"))


def _treatments(answers: pl.DataFrame, cm: pl.DataFrame) -> pl.DataFrame:
    named = _named(answers).filter(pl.col("domain") == "CM")
    numbered = named.join(cm.select(*RECORD, "SEQ"), on=RECORD, maintain_order="left")
    sequence = pl.col("SEQ").cast(pl.String).alias("IDVARVAL")
    return numbered.with_columns(sequence, pl.lit("CMSEQ").alias("IDVAR")).select(RELATED)


def _findings(answers: pl.DataFrame) -> pl.DataFrame:
    named = _named(answers).filter(pl.col("domain") != "CM")
    group = pl.concat_str("form", "visit", "repeat", separator="/").alias("IDVARVAL")
    return named.with_columns(group, (pl.col("domain") + "GRPID").alias("IDVAR")).select(RELATED)
