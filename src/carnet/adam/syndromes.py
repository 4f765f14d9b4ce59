"""Syndromes of cell therapy: the grade that the answers give, beside the grade that was entered."""

from __future__ import annotations

from functools import cache

import polars as pl

from carnet.adam.dates import day, moment
from carnet.adam.flags import answer
from carnet.core.instrument import Instrument
from carnet.core.table import read_rows
from carnet.safety.gvhd import NUMERALS

RECORD = ("USUBJID", "FACAT", "FAGRPID")
"""What makes one page of answers."""

BESIDE = {"TOXGR": "entered", "AENO": "AENO", "INFUSION": "INFNUM", "ENDTC": "ended", "OUTCOME": "outcome"}
"""What a page tells beside the answers that grade, by test code."""

FATAL = "FATAL"


@cache
def _tests() -> dict[str, dict[str, dict[str, str]]]:
    """Return, per category of FA, the row of `syndromes.csv` for each test code."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in read_rows("carnet.adam", "syndromes.csv"):
        found.setdefault(row["category"], {})[row["testcd"]] = row
    return found


def _scale(id: str) -> Instrument:
    from carnet.safety.scales import SCALES

    return next(scale for scale in SCALES if scale.id == id)


def graded(tables: dict[str, pl.DataFrame], adae: pl.DataFrame | None) -> list[pl.DataFrame]:
    """Return, per kind of syndrome, a row per page with AVAL, its bounds, the entered grade and what decided.

    AVAL is the derived grade where it is certain. AGREEFL is Y where the entered grade is the derived one, N where it
    lies outside the bounds, null where nothing decides. A page that names an adverse event carries its AESEQ.
    """
    if "fa" not in tables:
        return []
    fa = tables["fa"].sort("USUBJID", "FASEQ", nulls_last=True, maintain_order=True)
    fa = fa.with_columns(FAGRPID=pl.coalesce("FAGRPID", pl.col("FASEQ").cast(pl.String)))
    return [_of(category, tests, fa, adae) for category, tests in _tests().items() if category in fa["FACAT"]]


def _of(
    category: str, tests: dict[str, dict[str, str]], fa: pl.DataFrame, adae: pl.DataFrame | None
) -> pl.DataFrame:
    mine = fa.filter(pl.col("FACAT") == category)
    pages = mine.group_by(RECORD, maintain_order=True).agg(
        *(pl.col(name).first() for name in ("VISITNUM", "VISIT", "FADTC", "FASEQ", "FATPT")),
        *(
            pl.col("FASTRESC").filter(pl.col("FATESTCD") == code).first().alias(name)
            for code, name in (*((c, row["item"]) for c, row in tests.items()), *BESIDE.items())
        ),
    )
    kind = next(iter(tests.values()))
    scale = _scale(kind["scale"])
    fatal = f"{scale.id}_fatal"
    if fatal in {item.id for item in scale.inputs.items}:
        pages = pages.with_columns(pl.col("outcome").eq_missing(FATAL).alias(fatal))
    scored = scale.score(pages)
    entered = pl.col("entered").replace({numeral: str(n) for n, numeral in enumerate(NUMERALS)})
    value, low, high = (pl.col(f"{scale.id}{end}") for end in ("", "_min", "_max"))
    # who looked and found nothing enters no grade: that is grade 0
    absent = (high == 0) & pl.col("entered").is_null()
    rows = scored.with_columns(ENTGRN=pl.when(absent).then(0).otherwise(entered.cast(pl.Int64, strict=False)))
    outside = (pl.col("ENTGRN") < low) | (pl.col("ENTGRN") > high)
    agrees = (
        pl.when(outside).then(False).when(value.is_not_null() & pl.col("ENTGRN").is_not_null()).then(True)
    )
    rows = rows.select(
        "USUBJID", "VISITNUM", "VISIT", ADT=day("FADTC"), ADTM=moment("FADTC"), ATPT=pl.col("FATPT"),
        AENDT=day("ended"), AENDTM=moment("ended"), INFNUM=pl.col("INFNUM").cast(pl.Int64, strict=False),
        PARCAT1=pl.lit(category), PARAMCD=pl.lit(kind["paramcd"]), PARAM=pl.lit(kind["param"]),
        AVAL=value.cast(pl.Float64), AVALMIN=low.cast(pl.Float64), AVALMAX=high.cast(pl.Float64),
        AVALC=_written(value, scale.id), ENTGRN="ENTGRN", AGREEFL=answer(agrees), DECIDED=pl.col(f"{scale.id}_by"),
        AENO=pl.col("AENO").cast(pl.Int64, strict=False), SRCDOM=pl.lit("FA"), SRCVAR=pl.lit("FASTRESC"),
        SRCSEQ=pl.col("FASEQ"),
    )  # fmt: skip
    return _with_event(rows, adae)


def _written(value: pl.Expr, scale: str) -> pl.Expr:
    """Return the grade as a person reads it."""
    if scale != "gvhd":
        return value.cast(pl.String)
    return value.replace_strict(dict(enumerate(NUMERALS)), default=None, return_dtype=pl.String)


def _with_event(rows: pl.DataFrame, adae: pl.DataFrame | None) -> pl.DataFrame:
    """Return the rows with the AESEQ of the event that they name by its number in the log."""
    if adae is None:
        return rows.with_columns(AESEQ=pl.lit(None, pl.Int64)).drop("AENO")
    number = pl.col("AESPID").str.extract(r"(\d+)$").cast(pl.Int64, strict=False)
    log = adae.select("USUBJID", "AESEQ", AENO=number).drop_nulls().unique(["USUBJID", "AENO"], keep="first")
    return rows.join(log, on=["USUBJID", "AENO"], how="left", maintain_order="left").drop("AENO")
