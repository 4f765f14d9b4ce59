"""SDTM PC and EX as the plain columns that the kinetics read: times in days from the first infusion."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from carnet.core.errors import InputError
from carnet.core.form import Item
from carnet.core.inputs import read_cells
from carnet.kinetics import durations

CATEGORY = "CAR-NK INFUSION"
"""The EXCAT of the infusions of cells; other rows of EX (lymphodepletion) are no infusion."""

FORMATS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
PARTIAL = r"^[0-9]{4}(?:-[0-9]{2})?$"
DAY = 86_400_000_000  # microseconds

PC = (
    "PCTESTCD", "PCDTC", "PCORRES", "PCORRESU", "PCSTRESC", "PCSTRESU", "PCSTAT", "PCSPEC", "PCMETHOD",
    "PCELTM", "PCRFTDTC",
)  # fmt: skip
EX = ("EXCAT", "EXDOSU", "EXSTDTC")
NUMBERS = {
    "PC": (Item("PCSTRESN", "Level", "decimal"), Item("PCLLOQ", "Limit of quantification", "decimal", low=0)),
    "EX": (Item("EXDOSE", "Cells given", "decimal", low=0),),
}


class Plain(NamedTuple):
    """A table of concentrations and one of doses in plain columns, and what was assumed in making them."""

    conc: pl.DataFrame
    doses: pl.DataFrame | None
    notes: list[str]


def is_pc(conc: pl.DataFrame) -> bool:
    """Return whether the table of concentrations is SDTM PC."""
    return "PCTESTCD" in conc.columns


def is_ex(doses: pl.DataFrame | None) -> bool:
    """Return whether the table of doses is SDTM EX."""
    return doses is not None and "EXSTDTC" in doses.columns


def plain(conc: pl.DataFrame, doses: pl.DataFrame | None) -> Plain:
    """Return both tables in plain columns, days from the first infusion; a plain table stays as it is.

    The first infusion starts where EX says, else at the earliest PCRFTDTC of the subject.
    """
    notes: list[str] = []
    pc, infusions, starts, start = None, None, None, ""
    if is_pc(conc):
        pc = _moments(_moments(_columns(conc, "PC", PC), "PCDTC"), "PCRFTDTC")
        starts, start = pc, "PCRFTDTC"
    if doses is not None and is_ex(doses):
        infusions = _given(_moments(_columns(doses, "EX", EX), "EXSTDTC"), "EXCAT" in doses.columns, notes)
        starts, start = infusions, "EXSTDTC"
    if starts is None:
        return Plain(conc, doses, notes)
    origins = _origins(starts, start)
    if pc is not None:
        dates = starts.select("USUBJID", pl.col(f"{start}_at").dt.date().alias("date"), infused=True).unique()
        conc = _samples(pc, origins, dates)
    if infusions is not None:
        doses = _doses(infusions, origins)
    return Plain(conc, doses, notes)


def _columns(rows: pl.DataFrame, domain: str, names: tuple[str, ...]) -> pl.DataFrame:
    """Return the rows, numbered, with the columns that are read: text, an empty one null, and numbers."""
    if "USUBJID" not in rows.columns:
        raise InputError(f"{domain} has no column USUBJID; it says whose row it is.")
    read = []
    for name in ("USUBJID", *names):
        if name not in rows.columns:
            read.append(pl.lit(None, pl.String).alias(name))
        elif rows.schema[name].is_temporal():
            read.append(pl.col(name).dt.to_string("iso:strict"))
        else:
            read.append(pl.col(name).cast(pl.String).str.strip_chars().replace("", None))
    numbers = [
        read_cells(rows, item) if item.id in rows.columns else pl.lit(None, pl.Float64).alias(item.id)
        for item in NUMBERS[domain]
    ]
    return rows.select(*read, *numbers).with_row_index("row", offset=1)


def _moments(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the table with `<name>_at`, its moment, and `<name>_clocked`, whether it tells the time of day.

    A partial date (no day) is null; what is no date is refused by row.
    """
    written = rows[name].str.replace(r"^(.{10})T[0-9]{2}$", "$1")  # an hour without minutes: the date
    tries = [written.str.to_datetime(f, strict=False, time_unit="us") for f in FORMATS]
    at = pl.select(pl.coalesce(tries)).to_series() if len(rows) else tries[0]
    strange = written.is_not_null() & at.is_null() & ~written.str.contains(PARTIAL).fill_null(False)
    if strange.any():
        place = strange.arg_true()[0]
        raise InputError(
            f"row {rows['row'][place]} (USUBJID {rows['USUBJID'][place]}): {name} is {written[place]!r}; it takes "
            "an ISO 8601 date or local date and time, such as 2025-03-01T08:30."
        )
    return rows.with_columns(at.alias(f"{name}_at"), written.str.contains("T").alias(f"{name}_clocked"))


def _given(rows: pl.DataFrame, told: bool, notes: list[str]) -> pl.DataFrame:
    """Return the rows of EX that are infusions of cells; all of them where no column tells."""
    if not told:
        notes.append("EX has no column EXCAT: every row of it is read as an infusion of cells.")
        return rows
    cells = rows.filter(pl.col("EXCAT").str.to_uppercase() == CATEGORY)
    if cells.is_empty():
        others = ", ".join(rows["EXCAT"].drop_nulls().unique().sort()) or "nothing"
        notes.append(f"EX has no row whose EXCAT is {CATEGORY}; it has {others}.")
    return cells


def _origins(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the moment from which each subject's days count, and whether it tells the time of day."""
    if name == "EXSTDTC":
        rows = rows.filter((pl.col("EXDOSE") != 0).fill_null(True))
    dated = rows.filter(pl.col(f"{name}_at").is_not_null())
    if name == "PCRFTDTC" and dated.is_empty() and len(rows):
        raise InputError(
            "PC has no PCRFTDTC, the start of the infusion; give the infusions (SDTM EX) as doses."
        )
    first = pl.col(f"{name}_at", f"{name}_clocked").sort_by(f"{name}_at").first()
    origins = dated.group_by("USUBJID").agg(first)
    return origins.rename({f"{name}_at": "origin", f"{name}_clocked": "origin_clocked"})


def _days(at: str) -> pl.Expr:
    """Return the time from the origin to a moment in days."""
    return (pl.col(at) - pl.col("origin")).dt.total_microseconds() / DAY


def _calendar(at: str) -> pl.Expr:
    """Return the whole days from the date of the origin to the date of a moment."""
    return (pl.col(at).dt.date() - pl.col("origin").dt.date()).dt.total_days().cast(pl.Float64)


def _samples(pc: pl.DataFrame, origins: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    """Return PC in plain columns.

    Where a time of day is unknown the nominal time stands in: PCELTM from PCRFTDTC, else whole calendar days,
    but never on the date of an infusion, where the order of draw and infusion would be a guess.
    """
    pc = pc.join(origins, on="USUBJID", how="left", maintain_order="left")
    clocked = pl.col("PCDTC_clocked") & pl.col("origin_clocked")
    pc = pc.with_columns(pl.col("PCDTC_at").dt.date().alias("date"))
    pc = pc.join(dates, on=["USUBJID", "date"], how="left", maintain_order="left")
    planned = _days("PCRFTDTC_at") + durations.days(pl.col("PCELTM"))
    by_clock = pl.col("PCRFTDTC_clocked") & pl.col("origin_clocked")
    by_date = pl.when(pl.col("infused").is_null()).then(_calendar("PCDTC_at"))
    text = pl.coalesce("PCSTRESC", "PCORRES")
    less = text.str.starts_with("<").fill_null(False)
    number = pl.when(~less).then(pl.col("PCSTRESN").cast(pl.String))
    not_done = (pl.col("PCSTAT").str.to_uppercase() == "NOT DONE").fill_null(False)
    original = pl.all_horizontal(pl.col("PCSTRESN", "PCSTRESC").is_null())
    return pc.select(
        pl.col("USUBJID").alias("subject"),
        _analyte(pc).alias("analyte"),
        pl.when(clocked).then(_days("PCDTC_at")).alias("time"),
        pl.coalesce(pl.when(by_clock).then(planned), by_date).alias("nominal_time"),
        pl.when(not_done).then(pl.lit("ND")).otherwise(pl.coalesce(number, text)).alias("value"),
        pl.col("PCLLOQ").alias("lloq"),
        pl.when(original).then("PCORRESU").otherwise(pl.coalesce("PCSTRESU", "PCORRESU")).alias("unit"),
    )


def _analyte(pc: pl.DataFrame) -> pl.Expr:
    """Return the test, with the specimen or the method where the table has several of them for it."""
    parts = [pl.col("PCTESTCD")]
    for name in ("PCSPEC", "PCMETHOD"):
        theirs = pl.col(name).fill_null(pl.col(name).drop_nulls().first().over("USUBJID", "PCTESTCD"))
        several = pl.col(name).drop_nulls().n_unique().over("PCTESTCD") > 1
        parts.append(pl.when(several).then(theirs))
    return pl.concat_str(parts, separator=" ", ignore_nulls=True)


def _doses(infusions: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """Return the infusions of EX in plain columns; without a time of day, whole calendar days stand in."""
    rows = infusions.join(origins, on="USUBJID", how="left", maintain_order="left")
    clocked = pl.col("EXSTDTC_clocked") & pl.col("origin_clocked")
    return rows.select(
        "row",
        pl.col("USUBJID").alias("subject"),
        pl.when(clocked).then(_days("EXSTDTC_at")).alias("time"),
        _calendar("EXSTDTC_at").alias("nominal_time"),
        pl.col("EXDOSE").alias("amount"),
        pl.col("EXDOSU").alias("unit"),
    )
