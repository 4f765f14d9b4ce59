"""SUPP--: what the forms ask and no variable of the domain takes, and the ends of texts that are too long."""

from __future__ import annotations

import polars as pl

from carnet.sdtm.annotation import QUALIFIER
from carnet.sdtm.answers import RECORD
from carnet.sdtm.definitions import RECORDS, definition
from carnet.study import Study

LONGEST = 200
"""Characters that a variable may hold."""

COLUMNS = ("domain", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG")
"""A qualifier before it has a table; IDVAR and IDVARVAL name the rows that it is about."""


def tabulate(study: Study, notes: pl.DataFrame, found: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return a SUPP-- table for each domain that has qualifiers on a form, and for any other that has some."""
    asked = notes.filter(pl.col("part") == QUALIFIER)["domain"].unique().to_list()
    rows = _pieces(found).with_columns(pl.lit(study.id).alias("STUDYID"), pl.col("domain").alias("RDOMAIN"))
    parts = {str(domain): part for (domain,), part in rows.partition_by("domain", as_dict=True).items()}
    return {
        f"SUPP{domain}": definition(f"SUPP{domain}").conform(parts.get(domain, rows.head(0)))
        for domain in sorted({*asked, *parts})
    }


def of_findings(answers: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the qualifiers of findings: of one test by its sequence number, of a whole page by its group."""
    answers = answers.filter(~pl.col("domain").is_in(RECORDS))
    numbers = rows.select(*RECORD, pl.col("item").alias("of"), "SEQ")
    own = answers.join(numbers, on=[*RECORD, "of"], maintain_order="left")
    own = own.with_columns(_sequence(), (pl.col("domain") + "SEQ").alias("IDVAR"))
    page = answers.filter(pl.col("of").is_null())
    group = pl.concat_str("form", "visit", "repeat", separator="/").alias("IDVARVAL")
    page = page.with_columns(group, (pl.col("domain") + "GRPID").alias("IDVAR"))
    return pl.concat([_as_qualifiers(own), _as_qualifiers(page)])


def of_records(answers: pl.DataFrame, rows: pl.DataFrame, domain: str) -> pl.DataFrame:
    """Return the qualifiers of records by their number; of visits by VISITNUM; of subjects by nothing more.

    A subject and a visit have one row, however often their page was filled: the first answer counts.
    """
    answers = answers.filter(pl.col("domain") == domain)
    if domain in ("DM", "SV"):
        once = ["USUBJID", "variable", *(["VISITNUM"] if domain == "SV" else [])]
        answers = answers.unique(once, keep="first", maintain_order=True)
    if domain == "DM":
        return _as_qualifiers(
            answers.with_columns(pl.lit(None, pl.String).alias(n) for n in ("IDVAR", "IDVARVAL"))
        )
    if domain == "SV":
        number = pl.col("VISITNUM").cast(pl.String).str.strip_suffix(".0").alias("IDVARVAL")
        return _as_qualifiers(answers.with_columns(pl.lit("VISITNUM").alias("IDVAR"), number))
    found = answers.join(
        rows.select(*RECORD, "of", "SEQ"), on=[*RECORD, "of"], nulls_equal=True, maintain_order="left"
    )
    return _as_qualifiers(found.with_columns(_sequence(), pl.lit(f"{domain}SEQ").alias("IDVAR")))


def overflow(domain: str, table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a finished table with no text above 200 characters, and what came off, as qualifiers.

    The pieces of AETERM after the first are AETERM1, AETERM2 and so on.
    """
    rest = [pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))]
    number = f"{domain}SEQ"
    texts = [v for v in definition(domain).variables if v.type == "text" and number in table.columns]
    for variable in texts:
        long = table.filter(pl.col(variable.name).str.len_chars() > LONGEST)
        if long.is_empty():
            continue
        whole = long.select(
            pl.lit(domain).alias("domain"),
            "USUBJID",
            pl.lit(number).alias("IDVAR"),
            pl.col(number).cast(pl.String).alias("IDVARVAL"),
            pl.lit(variable.name).alias("QNAM"),
            pl.lit(variable.label).alias("QLABEL"),
            pl.col(variable.name).alias("QVAL"),
            pl.lit("CRF").alias("QORIG"),
        )
        rest.append(_pieces(whole).filter(pl.col("QNAM") != variable.name))
        table = table.with_columns(pl.col(variable.name).str.slice(0, LONGEST))
    return table, pl.concat(rest)


def _pieces(found: pl.DataFrame) -> pl.DataFrame:
    """Return the qualifiers cut to 200 characters; the pieces after the first have a number behind their QNAM."""
    last = (pl.col("QVAL").str.len_chars() - 1).clip(lower_bound=0) // LONGEST
    rows = found.with_columns(pl.int_ranges(0, last + 1).alias("place")).explode("place")
    numbered = pl.col("QNAM").str.slice(0, 7) + pl.col("place").cast(pl.String)
    return rows.with_columns(
        pl.when(pl.col("place") == 0).then("QNAM").otherwise(numbered).alias("QNAM"),
        pl.col("QVAL").str.slice(pl.col("place") * LONGEST, LONGEST),
    ).select(COLUMNS)


def _sequence() -> pl.Expr:
    return pl.col("SEQ").cast(pl.String).alias("IDVARVAL")


def _as_qualifiers(answers: pl.DataFrame) -> pl.DataFrame:
    """Return answers that have IDVAR and IDVARVAL as qualifiers: the value in the unit that the label names."""
    origin = pl.col("QORIG").fill_null("CRF") if "QORIG" in answers.columns else pl.lit("CRF").alias("QORIG")
    value = pl.coalesce("standard", "text").alias("QVAL")
    return answers.with_columns(
        origin, pl.col("variable").alias("QNAM"), pl.col("label").alias("QLABEL"), value
    ).select(COLUMNS)
