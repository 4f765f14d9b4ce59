"""SDTM findings (LB, VS, EG) as the plain columns that grading reads."""

from __future__ import annotations

import re

import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.inputs import read_cells
from carnet.core.units import UnitError, conversion
from carnet.safety.ctcae import INPUTS
from carnet.safety.reading import specimens, tests

OCCASION = ("TPTNUM", "TPT", "POS")
"""What tells apart the baselines of one test at one visit: lying after 5 minutes, standing after 1."""

INDICATORS = {"HIGH": "HIGH", "HIGH HIGH": "HIGH", "LOW": "LOW", "LOW LOW": "LOW", "NORMAL": "NORMAL"}
YEARS = {"YEARS": 1.0, "MONTHS": 1 / 12, "WEEKS": 1 / 52.1775, "DAYS": 1 / 365.25}
SAMPLE = ["subject", "date", "visit"]
"""What makes one sample of blood: calcium is corrected for the albumin of its own."""

FLAGS = ("LOBXFL", "BLFL")
"""What marks a baseline record; the second where the first marks none."""

NUMBERS = {"value": "STRESN", "lln": "STNRLO", "uln": "STNRHI"}
TEXTS = {"test": "TESTCD", "unit": "STRESU", "date": "DTC"}
BASELINE = {"base": "value", "base_lln": "lln", "base_uln": "uln", "base_unit": "unit", "base_date": "date"}


def domain(columns: list[str]) -> str | None:
    """Return the prefix of an SDTM findings table (LB, VS, EG), none where the columns are no such table.

    >>> domain(["USUBJID", "LBTESTCD", "LBSTRESN"]), domain(["test", "value"])
    ('LB', None)
    """
    found = [match[1] for name in columns if (match := re.fullmatch(r"([A-Z]{2})TESTCD", name))]
    return found[0] if found else None


def columns_read(columns: list[str]) -> list[str]:
    """Return the columns of a findings table that grading reads."""
    names = (*NUMBERS.values(), *TEXTS.values(), *OCCASION, *FLAGS, "SPEC", "CAT", "SEQ", "NRIND")
    wanted = {"USUBJID", "VISITNUM", "at_rest", *(f"{domain(columns)}{name}" for name in names)}
    return [name for name in columns if name in wanted]


def read_findings(rows: pl.DataFrame, flag: str) -> pl.DataFrame:
    """Return the columns read under plain names; `flag` is the one that marks the baseline records.

    Text in a number stops with the row, the column and the value.
    """
    prefix = domain(rows.columns)
    category = _text(rows, f"{prefix}CAT")
    category = pl.when(category.str.to_uppercase().is_in(list(specimens()))).then(category)
    numbers = {name: Item(f"{prefix}{suffix}", suffix, "decimal") for name, suffix in NUMBERS.items()}
    numbers["at_rest"] = Item("at_rest", "at rest", "boolean")
    return rows.select(
        _text(rows, "USUBJID").alias("subject"),
        pl.coalesce(_text(rows, f"{prefix}SPEC"), category).alias("specimen"),
        (pl.col("VISITNUM") if "VISITNUM" in rows.columns else pl.lit("")).alias("visit"),
        _flagged(rows, flag).alias("flagged"),
        *(_text(rows, f"{prefix}{suffix}").alias(name) for name, suffix in TEXTS.items()),
        *(_text(rows, f"{prefix}{n}").alias(n) for n in OCCASION if f"{prefix}{n}" in rows.columns),
        **{
            name: read_cells(rows, item) if item.id in rows.columns else pl.lit(None, item.dtype)
            for name, item in numbers.items()
        },
    )


def _text(rows: pl.DataFrame, column: str) -> pl.Expr:
    """Return a column as text, empty cells null; all null where the table has no such column."""
    if column not in rows.columns:
        return pl.lit(None, pl.String)
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _flagged(rows: pl.DataFrame, column: str) -> pl.Expr:
    """Return whether a flag is set; a word that is neither yes nor no stops with the row, the column and the word."""
    if column not in rows.columns:
        return pl.lit(False)
    item, text = Item(column, "baseline flag", "boolean"), _text(rows, column)
    words = rows.select(text.unique().alias(column))  # a handful, however many the rows
    try:
        meant = words.filter(read_cells(words, item))[column]
    except InputError:
        read_cells(rows, item)  # says in which row
        raise
    return text.is_in(meant.implode()).fill_null(False)


def marked(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is read of the rows that a flag marks as baseline records; `LOBXFL` tells by which."""
    prefix = domain(rows.columns)
    rows = rows.filter(
        _flagged(rows, f"{prefix}LOBXFL") | _flagged(rows, f"{prefix}BLFL"),
        _text(rows, f"{prefix}TESTCD").str.to_uppercase().is_in(list(tests())),
    )
    indicator = _text(rows, f"{prefix}NRIND").str.to_uppercase()
    told = rows.select(
        f"{prefix}TESTCD",  # so that what follows has its height
        indicator.replace_strict(INDICATORS, default=None, return_dtype=pl.String).alias("base_indicator"),
        _text(rows, f"{prefix}SEQ").cast(pl.Float64, strict=False).alias("sequence"),
    )
    findings = read_findings(rows, f"{prefix}LOBXFL").drop("at_rest", "visit")
    return findings.with_columns(told["base_indicator"], told["sequence"])


def albumins(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is read of the rows of albumin: by each of them the calcium of its sample is corrected."""
    prefix = domain(rows.columns)
    names = [name for name, (known, _) in tests().items() if known.test == "ALB"]
    found = rows.filter(pl.col(f"{prefix}TESTCD").cast(pl.String).str.to_uppercase().is_in(names))
    return read_findings(found, f"{prefix}BLFL").select(*SAMPLE, "test", "specimen", "value", "unit")


def baselines(marked: pl.DataFrame) -> tuple[str, pl.DataFrame, list[str]]:
    """Return which flag marks the baselines, the baseline of each subject and test (and time point), and doubts.

    `marked` are rows of `marked`. Where several are flagged, the last by date and sequence stands, and it is said.
    """
    first = bool(marked["flagged"].any())
    keys = ["subject", "test", "specimen", *(name for name in OCCASION if name in marked.columns)]
    named = {name: pl.col(column) for name, column in BASELINE.items()}
    found = marked.filter(pl.col("flagged") if first else pl.lit(True), pl.col("subject").is_not_null())
    found = found.sort("date", "sequence", maintain_order=True)
    several = found.group_by(keys, maintain_order=True).len().filter(pl.col("len") > 1)
    said = []
    if len(several):
        subject, test = several.row(0)[:2]
        more = f", and {len(several) - 1:,} more" if len(several) > 1 else ""
        said.append(
            f"several records are flagged as the baseline of {test} of subject {subject}{more}: "
            "the last by date and sequence counts"
        )
    found = found.select(*keys, "base_indicator", **named)
    return FLAGS[0 if first else 1], found.unique(keys, keep="last", maintain_order=True), said


def absent(columns: list[str]) -> tuple[list[str], list[str]]:
    """Return the columns that grading needs and a findings table lacks, and the useful ones that it lacks.

    >>> absent(["USUBJID", "LBTESTCD", "LBSTRESN", "LBSTRESU", "LBBLFL", "LBDTC", "LBCAT"])
    (['LBSTNRLO', 'LBSTNRHI'], [])
    """
    prefix = domain(columns)
    limits = ("STNRLO", "STNRHI") if prefix == "LB" else ()
    needed = ["USUBJID", *(f"{prefix}{name}" for name in ("STRESN", "STRESU", *limits))]
    useful = [("DTC",), FLAGS, *([("SPEC", "CAT")] if prefix == "LB" else [])]
    lacking = [[f"{prefix}{name}" for name in names] for names in useful]
    return [name for name in needed if name not in columns], [
        " or ".join(names) for names in lacking if not set(names) & set(columns)
    ]


def plain(findings: pl.DataFrame, starts: pl.DataFrame, ages: pl.DataFrame | None) -> pl.DataFrame:
    """Return the plain columns of `ctcae.INPUTS` from findings, their baselines and the subjects' ages.

    A record that is flagged, or dated before the flagged one, counts as a baseline record: it is not graded
    against itself.
    """
    keys = ["subject", "test", "specimen"]
    occasion = [name for name in OCCASION if name in findings.columns]
    values = [*BASELINE, "base_indicator"]
    usual = starts.unique(keys, keep="last", maintain_order=True).drop(occasion)
    rows = findings.join(usual, on=keys, how="left", nulls_equal=True, maintain_order="left")
    if occasion:
        own = starts.rename({name: f"{name}_own" for name in values})
        rows = rows.join(own, on=[*keys, *occasion], how="left", nulls_equal=True, maintain_order="left")
        has_own = pl.col("base_own").is_not_null()
        rows = rows.with_columns(pl.when(has_own).then(f"{n}_own").otherwise(n).alias(n) for n in values)
    rows = _in_one_unit(rows)
    if ages is not None:
        rows = rows.join(ages, on="subject", how="left", maintain_order="left")
    else:
        rows = rows.with_columns(pl.lit(None, pl.Float64).alias("age"))
    earlier = _before("date", "base_date")
    return rows.with_columns((pl.col("flagged") | earlier).alias("is_baseline")).select(
        i.id for i in INPUTS.items
    )


def _before(date: str, other: str) -> pl.Expr:
    """Return whether one ISO date is surely before another: by day, or by time where both have one."""
    day, other_day = pl.col(date).str.slice(0, 10), pl.col(other).str.slice(0, 10)
    timed = (pl.col(date).str.len_bytes() > 13) & (pl.col(other).str.len_bytes() > 13)
    whole = (day.str.len_bytes() == 10) & (other_day.str.len_bytes() == 10)
    earlier = (day < other_day) | ((day == other_day) & timed & (pl.col(date) < pl.col(other)))
    return (whole & earlier).fill_null(False)


def _in_one_unit(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with each baseline in the unit of its row; one that does not convert is unknown."""
    differ = pl.col("base_unit").ne_missing(pl.col("unit")) & pl.col("base").is_not_null()
    pairs = rows.filter(differ).select("test", "base_unit", "unit").unique()
    if pairs.is_empty():
        return rows
    factors: list[tuple[float | None, float | None]] = []
    for test, given, wanted in pairs.iter_rows():
        known = tests().get((test or "").upper())
        try:
            factors.append(conversion(given or "", wanted or "", known[0].test if known else ""))
        except UnitError:
            factors.append((None, None))
    schema = {"factor": pl.Float64, "offset": pl.Float64}
    table = pairs.hstack(pl.DataFrame(factors, schema=schema, orient="row")).with_columns(differs=True)
    rows = rows.join(
        table, on=["test", "base_unit", "unit"], how="left", nulls_equal=True, maintain_order="left"
    )
    return rows.with_columns(
        pl.when("differs")
        .then(pl.col(name) * pl.col("factor") + pl.col("offset"))
        .otherwise(name)
        .alias(name)
        for name in ("base", "base_lln", "base_uln")
    )


def read_ages(dm: pl.DataFrame) -> pl.DataFrame:
    """Return subject and age in years from SDTM DM; a subject that stands there twice is refused."""
    if lacking := [name for name in ("USUBJID", "AGE") if name not in dm.columns]:
        raise InputError(f"The DM table has no column {', '.join(lacking)}; give the SDTM domain DM.")
    unit = pl.col("AGEU").str.to_uppercase() if "AGEU" in dm.columns else pl.lit("YEARS")
    factor = unit.fill_null("YEARS").replace_strict(YEARS, default=None, return_dtype=pl.Float64)
    ages = dm.with_columns(read_cells(dm, Item("AGE", "age", "decimal"))).select(
        pl.col("USUBJID").cast(pl.String).alias("subject"), (pl.col("AGE") * factor).alias("age")
    )
    twice = ages.filter(pl.col("subject").is_duplicated())
    if len(twice):
        raise InputError(f"Subject {twice['subject'][0]} stands in DM twice; keep one row per subject.")
    return ages
