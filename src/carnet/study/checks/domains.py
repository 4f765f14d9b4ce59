"""Can SDTM tables that come from elsewhere be what they say: subjects, doses, dates that exist?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from carnet.core.partial_date import date_range
from carnet.study.checks.findings import findings, gather, words


def check_tables(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return what is inconsistent in a folder of SDTM tables; the form of a finding is the domain.

    >>> tables = {"dm": pl.DataFrame({"USUBJID": ["1"], "RFSTDTC": ["2025-02-30"]})}
    >>> check_tables(tables)["message"].to_list()[0]
    'RFSTDTC is 2025-02-30, which is no date: it counts as unknown.'
    """
    return gather([*dates(tables), *strangers(tables), *doses(tables)])


def dates(tables: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield dates that no calendar has, one finding per subject and column."""
    for name, table in tables.items():
        columns = [c for c, t in table.schema.items() if c.endswith("DTC") and t == pl.String]
        if "USUBJID" not in table.columns:
            continue
        for column in columns:
            text = pl.col(column).str.strip_chars()
            impossible = date_range(text)[0].is_null() & (text != "")
            bad = table.filter(impossible).group_by(subject="USUBJID", maintain_order=True).agg(
                value=pl.col(column).first(), more=pl.len() - 1
            )  # fmt: skip
            said = words(f"{column} is {{}}, which is no date: it counts as unknown.", "value")
            others = words(" So are {} more of this subject.", "more")
            more = pl.when(pl.col("more") > 0).then(others).otherwise(pl.lit(""))
            yield findings(bad, said + more, name.upper(), column)


def strangers(tables: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield subjects of other tables that DM does not have: their rows are in no analysis."""
    known = tables["dm"].select("USUBJID")
    for name, table in tables.items():
        if "USUBJID" in table.columns and name != "dm":
            named = table if name != "relrec" else table.drop_nulls("USUBJID")  # a relation of whole tables
            lost = named.join(known, on="USUBJID", how="anti", maintain_order="left", nulls_equal=True)
            rows = lost.group_by(subject="USUBJID", maintain_order=True).len()
            said = words(
                f"{name.upper()} has {{}} rows of a subject that DM lacks; they are left out.", "len"
            )
            yield findings(rows, said, name.upper(), "USUBJID")


def doses(tables: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield that nobody was treated, as far as the tables say."""
    if "ex" not in tables or tables["ex"].is_empty():
        said = "There is no dose (no EX table, or an empty one): nobody counts as treated, and the safety set is empty."
        yield findings(pl.DataFrame({"domain": ["EX"]}), pl.lit(said), "EX")
