"""What all basic data structures share: a value, when it was taken, its baseline and its change."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import day, moment, protocol_day, study_day
from carnet.adam.flags import mark
from carnet.measures.censored import with_number
from carnet.measures.change import with_ratio
from carnet.study import Study

CARRIED = (
    "SUBJID",
    "TRT01A",
    "SAFFL",
    "CARFL",
    "TRTSDT",
    "TRTSDTM",
    "TRTSTMF",
    "CARSDT",
    "RFSTDT",
    "SAFEDT",
    "RESCDT",
)
"""What a row needs to know of its subject."""


def findings(table: pl.DataFrame, domain: str, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the results of a findings domain, the domain's prefix taken off, with what is needed of the subject.

    Rows without a result are left out. ADT and ADTM tell when, ADY and `day` (protocol day) the same from the
    first infusion, SRCDOM, SRCVAR and SRCSEQ where the value comes from.
    """
    names = {name: name.removeprefix(domain) for name in table.columns if name.startswith(domain)}
    rows = table.rename(names).with_columns(STRESC=pl.coalesce("STRESC", pl.col("STRESN").cast(pl.String)))
    rows = rows.join(adsl.select("USUBJID", *CARRIED), on="USUBJID", how="inner", maintain_order="left")
    return (
        rows.filter(pl.col("STRESC").is_not_null())
        .with_columns(ADT=day("DTC"), ADTM=moment("DTC"))
        .with_columns(
            ADY=study_day("ADT"), day=protocol_day("ADT"), ATPT=pl.col("TPT"), ATPTN=pl.col("TPTNUM"),
            SRCDOM=pl.lit(domain), SRCVAR=pl.lit(f"{domain}STRESN"), SRCSEQ=pl.col("SEQ"),
            TRTA=pl.col("TRT01A"),
        )
    )  # fmt: skip


def before_treatment(same_day: bool) -> pl.Expr:
    """Return whether a value was surely taken before the first study treatment.

    On the day of the first treatment the times decide; without them `same_day` tells whether values of that
    day count as taken before (a study whose protocol says so) or not (the default: never after Flu/Cy).
    """
    timed = pl.col("ADTM").is_not_null() & pl.col("TRTSTMF").is_null()
    on_the_day = pl.when(timed).then(pl.col("ADTM") < pl.col("TRTSDTM")).otherwise(pl.lit(same_day))
    return (
        pl.when(pl.col("ADT") < pl.col("TRTSDT")).then(True)
        .when(pl.col("ADT") == pl.col("TRTSDT")).then(on_the_day)
        .otherwise(False)
    )  # fmt: skip


def with_baseline(rows: pl.DataFrame, candidate: pl.Expr, occasion: str | None = None) -> pl.DataFrame:
    """Return the rows with ABLFL on the last candidate of each parameter, and with BASE, BASEC, CHG and PCHG.

    A value of an `occasion` (a time point) has the last candidate of that occasion for its baseline, or, where
    there is none, the last one of all. `baseline_row` is the row of the baseline, so that `at_baseline` can fetch more
    of it; `before` marks the candidates. Change stands on the rows after baseline alone, in the unit of baseline.
    """
    by = ["USUBJID", "PARAMCD"]
    own = [*by, occasion] if occasion else by
    rows = rows.with_columns(_row=pl.int_range(pl.len()), before=candidate.fill_null(False))
    last = (
        rows.filter("before", pl.col("AVAL").is_not_null() | pl.col("AVALC").is_not_null())
        .sort("ADT", "ADTM", "VISITNUM", "ATPTN", "SRCSEQ", nulls_last=False, maintain_order=True)
        .select(*own, baseline_row="_row")
    )
    overall = last.unique(by, keep="last", maintain_order=True).select(*by, _any="baseline_row")
    last = last.unique(own, keep="last", maintain_order=True)
    rows = (
        rows.join(last, on=own, how="left", maintain_order="left", nulls_equal=True)
        .join(overall, on=by, how="left", maintain_order="left")
        .with_columns(
            ABLFL=mark(pl.col("_row") == pl.col("baseline_row")),
            baseline_row=pl.coalesce("baseline_row", "_any"),
        )
        .with_columns(same=pl.col("AVALU").eq_missing(at_baseline("AVALU")))
        .with_columns(BASE=pl.when("same").then(at_baseline("AVAL")), BASEC=at_baseline("AVALC"))
    )
    change = pl.when(~pl.col("before")).then((pl.col("AVAL") - pl.col("BASE")).round(9))
    return rows.with_columns(
        CHG=change, PCHG=pl.when(pl.col("BASE") != 0).then(100 * change / pl.col("BASE"))
    ).drop("_row", "_any", "same")


def at_baseline(name: str) -> pl.Expr:
    """Return what a column holds on the baseline row of each row."""
    return pl.col(name).gather("baseline_row")


def with_on_treatment(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with ONTRTFL: not before the first study treatment, and inside the safety period."""
    inside = ~pl.col("before") & (pl.col("ADT") >= pl.col("TRTSDT")) & (pl.col("ADT") <= pl.col("SAFEDT"))
    return rows.with_columns(ONTRTFL=mark(inside))


def same_day(study: Study) -> bool:
    """Return whether values of the day of first treatment whose time is unknown count as taken before it."""
    return study.get("time.baseline_same_day", "after") == "before"


def with_unit(name: str, unit: str) -> pl.Expr:
    """Return the name of a parameter with its unit in brackets; without brackets where it has none."""
    brackets = pl.concat_str(pl.lit(" ("), unit, pl.lit(")"))
    return pl.concat_str(name, brackets.fill_null(""))


def with_half_limit(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with AVAL, half the limit where the result is "<" a number; DTYPE says so, CENSOR too.

    `limit` is that number.

    >>> with_half_limit(pl.DataFrame({"STRESC": ["<10", "25"], "STRESN": [None, 25.0]})).rows()
    [('<10', None, 5.0, 'HALFLLOQ', 'LEFT', 10.0), ('25', 25.0, 25.0, None, None, None)]
    """
    below = pl.col("censored") == "LEFT"
    imputed = pl.col("STRESN").is_null() & below
    return with_number(rows, "STRESC").with_columns(
        AVAL=pl.when(imputed).then("number").otherwise("STRESN"),
        DTYPE=pl.when(imputed).then(pl.lit("HALFLLOQ")),
        CENSOR=pl.when(below).then("censored"),
        limit=pl.when(below).then("limit"),
    ).drop("number", "censored").select(pl.exclude("limit"), "limit")  # fmt: skip


RATIOS = {"R2BASE": "ratio", "R2BASELO": "ratio_min", "R2BASEHI": "ratio_max"}


def with_ratio_to_baseline(rows: pl.DataFrame, about: pl.Expr) -> pl.DataFrame:
    """Return the rows with R2BASE after baseline, and its ends where a value lies below the limit of the assay.

    Stands where `about` holds and a change does (the same unit and method); reads CENSOR and `limit`.
    """
    ends = rows.select(
        value="AVAL", value_base="BASE", censored="CENSOR", limit="limit", censored_base=at_baseline("CENSOR"),
        limit_base=at_baseline("limit"), about=about & ~pl.col("before") & pl.col("CHG").is_not_null(),
    )  # fmt: skip
    found = with_ratio(ends, "value", pl.col("about")).select(**RATIOS)
    return rows.hstack(found)
