"""Instruments: the forms of RS as frames, a row per assessment, scored, with what the assessment before had."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from carnet.adam import evidence, manifestations
from carnet.adam.dates import day
from carnet.adam.supplement import with_supplement
from carnet.core.form import Item
from carnet.core.instrument import Instrument
from carnet.core.table import read_rows
from carnet.instruments.bilag2004 import BILAG2004, COMPARED, MEASURED, SYSTEMS
from carnet.instruments.clasi import CLASI
from carnet.instruments.pga import ITEM as PGA
from carnet.instruments.sdi import SDI
from carnet.instruments.sledai2k import ITEMS, SLEDAI2K, VERSIONS
from carnet.study import Study
from carnet.study.visit_frame import once_involved, visit_frame, with_compared

QUESTIONS = (
    Item("haemolysis", "Haemolytic anaemia from lupus", "boolean", testcd="LAQ0101"),
    Item("gi_activity", "Gastrointestinal activity of lupus", "boolean", testcd="LAQ0102"),
)
"""Activity that SLEDAI-2K does not ask for and LLDAS needs."""

HISTORY = {row["testcd"]: row["item"] for row in read_rows("carnet.adam", "history.csv")}
"""What the history of lupus tells BILAG-2004 by test code: systems ever involved, the last earlier renal values."""

KEYS = ["USUBJID", "VISITNUM", "date"]


def frame(tables: dict[str, pl.DataFrame], items: Iterable[Item], due: Iterable[Item] = ()) -> pl.DataFrame:
    """Return the assessments that asked for these items: a row each, its date, the items typed, RSSEQ of the first.

    `due` names items whose attribution comes beside, as `<id>_due`. An assessment without any answer is left out.
    """
    items, due = tuple(items), tuple(due)
    codes = {item.testcd: item.id for item in items}
    rs = with_supplement(tables["rs"].filter(pl.col("RSTESTCD").is_in(list(codes))), tables, "RS", ["ATTRIB"])
    rows = rs.select(
        subject="USUBJID", visit=pl.col("VISITNUM").cast(pl.String), date=day("RSDTC"),
        item=pl.col("RSTESTCD").replace_strict(codes, return_dtype=pl.String), value="RSSTRESC", due="ATTRIB",
        RSSEQ="RSSEQ",
    ).unique(["subject", "visit", "item"], keep="last", maintain_order=True)  # fmt: skip
    attributed = [Item(f"{item.id}_due", f"{item.label}: due to lupus", "boolean") for item in due]
    marks = rows.filter(pl.col("item").is_in([item.id for item in due])).with_columns(
        item=pl.col("item") + "_due", value="due"
    )
    long = pl.concat([rows, marks]).select("subject", "visit", "date", "item", "value")
    wide = visit_frame(long, (*items, *attributed))
    answered = pl.any_horizontal(pl.col(item.id).is_not_null() for item in items)
    first = rows.group_by("subject", "visit").agg(pl.col("RSSEQ").min())
    return (
        wide.filter(answered, pl.col("date").is_not_null())
        .join(first, on=["subject", "visit"], how="left", maintain_order="left")
        .with_columns(VISITNUM=pl.col("visit").cast(pl.Float64))
        .rename({"subject": "USUBJID"}).drop("visit")
    )  # fmt: skip


def items(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the SLEDAI-2K items, a row each, with `present` (primary look-back) and `present_30` (sensitivity)."""
    asked = manifestations.answers(tables, adsl)
    chosen = index(study).parameters
    found = evidence.values(tables, {"PROTCRT": chosen["upcr_limit"]})
    slack = study.get("time.composite_days", 3)
    primary = manifestations.present(asked, found, study.get("sledai.window", 10), slack, "present")
    return manifestations.present(
        primary, found, study.get("sledai.window_sensitivity", 30), slack, "present_30"
    )


def index(study: Study) -> Instrument:
    """Return SLEDAI-2K in the version that the study chooses."""
    return SLEDAI2K.with_parameters(**study.parameters("sledai2k"))


def sledai(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the SLEDAI-2K assessments scored over both look-backs, with the items of the assessment before.

    `sledai2k` and what belongs to it is the primary look-back, `sledai2k_30` and its bounds the sensitivity.
    `sledai2k_version` is the one that RSCAT tells, else that of the study.
    """
    scores = index(study)

    def wide(name: str) -> pl.DataFrame:
        seen = rows.select(*KEYS, "item", name).pivot("item", index=KEYS, values=name)
        lacking = [pl.lit(None, pl.Boolean).alias(i.id) for i in ITEMS if i.id not in seen.columns]
        return seen.with_columns(lacking).filter(pl.any_horizontal(pl.col(i.id).is_not_null() for i in ITEMS))

    rows = rows.filter(pl.col("date").is_not_null())
    scored = scores.score(wide("present"))
    longer = scores.score(wide("present_30")).select(
        *KEYS, sledai2k_30="sledai2k", sledai2k_30_min="sledai2k_min", sledai2k_30_max="sledai2k_max"
    )
    versions = {about["category"]: version for version, about in VERSIONS.items()}
    told = (
        pl.col("category").drop_nulls().first().replace_strict(versions, default=None, return_dtype=pl.String)
    )
    first = rows.group_by("USUBJID", "VISITNUM").agg(pl.col("RSSEQ").min(), told=told)
    return (
        scored.join(longer, on=KEYS, how="left")
        .join(first, on=["USUBJID", "VISITNUM"], how="left")
        .with_columns(sledai2k_version=pl.coalesce("told", "sledai2k_version"))
        .drop("told")
        .sort(*KEYS)
    )


def bilag(study: Study, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the BILAG-2004 assessments graded, each against the renal values of the one before.

    Before the first assessment the history of lupus tells the earlier values. A system that was once A, B or C
    is never E again.
    """
    rows = frame(tables, BILAG2004.form.items, MEASURED)
    past = _history(tables)
    rows = rows.sort("USUBJID", "date", "VISITNUM")
    grades = BILAG2004.with_parameters(**study.parameters("bilag2004"))
    previous = grades.parameters["previous"]
    rows = with_compared(
        rows, [item.id for item in COMPARED], "USUBJID",
        previous=previous, comparator=grades.parameters["comparator"],
    )  # fmt: skip
    earlier = past.rename({item.id: f"{item.id}_past" for item in COMPARED})
    known = pl.lit(previous == "last known") | (pl.int_range(pl.len()).over("USUBJID") == 0)
    rows = rows.join(earlier, on="USUBJID", how="left", maintain_order="left").with_columns(
        pl.coalesce(
            f"{item.id}_prev", pl.when(known).then(pl.col(f"{item.id}_past").cast(item.dtype, strict=False))
        ).alias(f"{item.id}_prev")
        for item in COMPARED
    )
    graded = grades.score(rows).with_columns(pl.selectors.enum().cast(pl.String))
    graded = graded.with_columns(bilag_version=pl.lit(grades.parameters["haematology"])).with_row_index(
        "_row"
    )
    return once_involved(graded, "USUBJID", "_row").drop("_row", *(f"{item.id}_past" for item in COMPARED))


def skin(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the CLASI assessments scored."""
    return CLASI.score(frame(tables, CLASI.form.items))


def damage(study: Study, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the assessments of lasting damage scored."""
    harm = SDI.with_parameters(**study.parameters("sdi"))
    return harm.score(frame(tables, harm.form.items))


def pga(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the physician's global assessments."""
    return frame(tables, [PGA])


def questions(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the answers on haemolysis and gut activity."""
    return frame(tables, QUESTIONS)


def _history(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return a row per subject: systems ever involved, and the renal values recorded last before the study."""
    names = [*(f"bilag_{system}_ever" for system in SYSTEMS), *(item.id for item in COMPARED)]
    empty = pl.DataFrame(schema={"USUBJID": pl.String(), **dict.fromkeys(names, pl.String())})
    fa = tables.get("fa")
    if fa is None:
        return empty
    told = (
        fa.filter(pl.col("FATESTCD").is_in(list(HISTORY)), pl.col("FASTRESC").is_not_null())
        .select(
            "USUBJID",
            item=pl.col("FATESTCD").replace_strict(HISTORY, return_dtype=pl.String),
            value="FASTRESC",
        )
        .unique(["USUBJID", "item"], keep="last", maintain_order=True)
    )
    if told.is_empty():
        return empty
    wide = told.pivot("item", index="USUBJID", values="value")
    return pl.concat([empty, wide], how="diagonal")
