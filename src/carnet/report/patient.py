"""One patient of the datasets: a row of ADSL, and the rows of every other dataset with the day they stand at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

Datasets = Mapping[str, pl.DataFrame]

VERDICTS = (
    ("SRI4", "REGISTERED", "SRI-4"), ("SRI4", "COMPOSITE", "SRI-4, rescue as non-response"),
    ("DORIS", "REGISTERED", "DORIS remission"), ("LLDAS", "REGISTERED", "LLDAS"),
)  # fmt: skip


@dataclass(frozen=True)
class Patient:
    """One row of ADSL, the patient's rows of every other dataset with their `day`, and the drugs that were given."""

    row: dict[str, Any]
    data: dict[str, pl.DataFrame]

    def of(self, name: str, paramcd: str = "") -> pl.DataFrame:
        """Return the patient's rows of a dataset, of one parameter if it is named; none where the trial lacks it."""
        rows = self.data.get(name, pl.DataFrame())
        return rows.filter(pl.col("PARAMCD") == paramcd) if paramcd and not rows.is_empty() else rows

    def day(self, name: str) -> int | None:
        """Return the day of a date of ADSL."""
        date, first = self.row.get(name), self.row["first"]
        return None if date is None or first is None else int((date - first).days)


def patients(datasets: Datasets) -> Iterator[Patient]:
    """Yield every treated patient with the rows that a profile shows; day 0 is the first infusion.

    A patient who was not infused counts from the first dose of lymphodepletion.
    """
    adsl = datasets["adsl"].filter(pl.col("SAFFL") == "Y").sort("SUBJID")
    adsl = adsl.with_columns(first=pl.coalesce("CARSDT", "TRTSDT"))
    parts: dict[str, dict[Any, pl.DataFrame]] = {}
    for name in ("adex", "adae", "adpc", "adcp", "adqs", "adlb", "adrs", "adtox"):
        if name not in datasets:
            continue
        rows = datasets[name].join(adsl.select("USUBJID", "first"), on="USUBJID")
        date = pl.col("ADT" if "ADT" in rows.columns else "ASTDT")
        rows = rows.with_columns(day=(date - pl.col("first")).dt.total_days().cast(pl.Float64))
        parts[name] = {key: part for (key,), part in rows.group_by("USUBJID", maintain_order=True)}
    for row in adsl.iter_rows(named=True):
        own = {name: by[row["USUBJID"]] for name, by in parts.items() if row["USUBJID"] in by}
        yield Patient(row, own)


def assessed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that stand for an analysis visit."""
    if rows.is_empty():
        return rows
    return rows.filter(
        (pl.col("ANL01FL") == "Y") & pl.col("AVISIT").is_not_null() & pl.col("day").is_not_null()
    )


def missed(patient: Patient, seen: pl.DataFrame) -> pl.DataFrame:
    """Return the visits that were due and have no row, at their planned days, as the responses know them."""
    verdicts = patient.of("adrs")
    if verdicts.is_empty() or seen.is_empty():
        return pl.DataFrame(schema={"day": pl.Float64, "AVISIT": pl.String})
    due = verdicts.filter((pl.col("ANL02FL") == "Y") & (pl.col("NRIREAS") == "MISSED VISIT"))
    there = seen["AVISIT"].drop_nulls().implode()
    return (
        due.filter(~pl.col("AVISIT").is_in(there)).select(day="AVISITN", AVISIT="AVISIT").unique().sort("day")
    )


def verdicts(patient: Patient) -> pl.DataFrame:
    """Return the verdicts as observed, one per visit; a missed visit stands at its planned day."""
    rows = patient.of("adrs")
    if rows.is_empty():
        return rows
    shown = pl.col("PARAMCD").is_in([paramcd for paramcd, *_ in VERDICTS]) & (pl.col("ANL02FL") == "Y")
    return rows.filter(shown).with_columns(day=pl.coalesce("day", "AVISITN")).sort("AVISITN")


def worst_grade() -> pl.Expr:
    """Return the worse grade of the two directions of a value."""
    return pl.max_horizontal(*(pl.col(f"ATOXGR{d}").cast(pl.Int64, strict=False) for d in "LH"))


def drug(name: str) -> str:
    """Return a name in capitals as one reads it: long words in small letters, CAR-NK and CD19 as they are."""
    told = re.sub(r"[A-Z]{4,}", lambda word: word[0].lower(), name)
    return told[:1].upper() + told[1:]


def with_unit(name: str, rows: pl.DataFrame) -> str:
    """Return a name with the unit of the rows, if they have one."""
    unit = str(rows["AVALU"].drop_nulls().first() or "") if "AVALU" in rows.columns else ""
    return f"{name}, {unit}" if unit else name


def points(rows: pl.DataFrame) -> pl.DataFrame:
    """Return points without grades; a value that is missing stands as a question mark on its day."""
    said = pl.col("AVALC").str.head(1).is_in(["<", ">"])
    return rows.drop_nulls("day").select(
        "day", value="AVAL", kind=pl.lit(None, dtype=pl.String),
        text=pl.when(said).then(pl.col("AVALC").str.head(1)).otherwise(pl.lit("?")),
    )  # fmt: skip
