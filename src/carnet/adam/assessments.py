"""Assessments: SLEDAI-2K, BILAG-2004 and PGA of the same days in one row, with baseline and what was before."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from carnet.adam import instruments
from carnet.adam.bds import same_day
from carnet.adam.dates import protocol_day
from carnet.adam.instruments import QUESTIONS
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.sledai2k import ITEMS
from carnet.study import Study
from carnet.study.visit_frame import with_baseline, with_previous

PARTS = ("sledai", "bilag", "pga")
"""The three parts of a composite."""

BEFORE = ("sledai2k", "sledai2k_min", "sledai2k_max", "sledai2k_version", "pga")
GRADES = tuple(f"bilag_{system}{end}" for system in SYSTEMS for end in ("", "_best", "_worst"))

COMPARED = (*BEFORE, *GRADES)
"""What SRI compares with baseline, and flares with the assessment before."""

WRITTEN = ("VISITNUM", "date", *(f"{part}_date" for part in PARTS))
"""When and where it was written down, which an explanation tells."""


@dataclass(frozen=True)
class Assessed:
    """The assessments of a trial: the items, each instrument by itself, and the composites of them."""

    items: pl.DataFrame
    sledai: pl.DataFrame
    bilag: pl.DataFrame
    pga: pl.DataFrame
    questions: pl.DataFrame
    composites: pl.DataFrame
    skin: pl.DataFrame
    damage: pl.DataFrame


def assess(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> Assessed:
    """Return the assessments of RS: instruments scored, composites paired, baseline marked."""
    items = instruments.items(study, tables, adsl)
    sledai = instruments.sledai(study, items)
    bilag = instruments.bilag(study, tables)
    pga, questions = instruments.pga(tables), instruments.questions(tables)
    slack = study.get("time.composite_days", 3)
    rows = pair(sledai, bilag, pga, questions, slack)
    rows = rows.join(
        adsl.select("USUBJID", "TRTSDT", "RFSTDT"), on="USUBJID", how="inner", maintain_order="left"
    )
    rows = mark_baseline(rows, study.get("time.baseline_earliest", -35), same_day(study))
    rows = with_baseline(rows, [*COMPARED, *WRITTEN], "is_baseline", subject="USUBJID")
    skin, damage = instruments.skin(tables), instruments.damage(study, tables)
    return Assessed(items, sledai, bilag, pga, questions, _with_previous(rows), skin, damage)


def pair(
    sledai: pl.DataFrame, bilag: pl.DataFrame, pga: pl.DataFrame, questions: pl.DataFrame, slack: int
) -> pl.DataFrame:
    """Return the composites: a row per SLEDAI-2K assessment with the BILAG-2004 and the PGA nearest to it.

    Parts lie within `slack` days of each other; of two that do not, PGA is left out. A BILAG-2004 or a PGA without
    any SLEDAI-2K near it makes a row of its own: it may decide alone. `date` is the day of the last part.
    """
    keys = ["USUBJID", "VISITNUM", "date"]
    anchors = sledai.select(keys)
    for other in (bilag, pga):
        near = (
            other.sort("date")
            .select(keys)
            .join_asof(
                anchors.sort("date").select("USUBJID", "date", _near="date"),
                on="date",
                by="USUBJID",
                strategy="nearest",
                tolerance=f"{slack}d",
                check_sortedness=False,
            )
        )
        anchors = pl.concat([anchors, near.filter(pl.col("_near").is_null()).select(keys)])
    rows = anchors.with_columns(anchor="date").sort("date")
    for name, part in zip((*PARTS, "questions"), (sledai, bilag, pga, questions), strict=True):
        found = part.drop("VISITNUM", "RSSEQ").with_columns(pl.col("date").alias(f"{name}_date")).sort("date")
        rows = rows.join_asof(
            found, on="date", by="USUBJID", strategy="nearest", tolerance=f"{slack}d", check_sortedness=False
        )
    apart = (pl.col("pga_date") - pl.col("bilag_date")).dt.total_days().abs() > slack
    return (
        rows.with_columns(
            pl.when(~apart.fill_null(False)).then(name).alias(name) for name in ("pga", "pga_date")
        )
        .with_columns(
            complete=pl.all_horizontal(pl.col(f"{part}_date").is_not_null() for part in PARTS),
            date=pl.max_horizontal(f"{part}_date" for part in PARTS),
        )
        .drop("anchor")
        .sort("USUBJID", "date", "VISITNUM")
    )


def mark_baseline(rows: pl.DataFrame, earliest: int, on_the_day: bool) -> pl.DataFrame:
    """Return the rows with `is_baseline` on each patient's last complete composite before treatment (decision 2).

    It is not older than protocol day `earliest`, and never after Flu/Cy: an assessment of the day of the first
    treatment counts only where the study says that it is done before (`on_the_day`).
    """
    before = pl.col("date") <= pl.col("TRTSDT") if on_the_day else pl.col("date") < pl.col("TRTSDT")
    candidate = pl.col("complete") & before & (protocol_day("date") >= earliest)
    rows = rows.with_row_index("_row").with_columns(before=before.fill_null(False))
    last = rows.filter(candidate.fill_null(False)).unique("USUBJID", keep="last", maintain_order=True)
    return rows.with_columns(is_baseline=pl.col("_row").is_in(last["_row"].implode())).drop("_row")


def _with_previous(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what the assessment before had: items, questions, totals and PGA, and its date.

    The grades of BILAG-2004 are those of the assessment before that had any.
    """
    keys = ["USUBJID", "VISITNUM", "date"]
    names = [*(item.id for item in (*ITEMS, *QUESTIONS)), *BEFORE, *keys[1:]]
    scored = with_previous(rows.filter(pl.col("sledai_date").is_not_null()), names, subject="USUBJID")
    first = pl.col("date_prev").is_null()
    scored = scored.select(*keys, *(f"{name}_prev" for name in names), first_visit=first)
    graded = with_previous(rows.filter(pl.col("bilag_date").is_not_null()), GRADES, subject="USUBJID")
    graded = graded.select(*keys, *(f"{name}_prev" for name in GRADES))
    for found in (scored, graded):
        rows = rows.join(found, on=keys, how="left", maintain_order="left")
    return rows
