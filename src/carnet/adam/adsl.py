"""ADSL: a row per subject, with the dates that everything else counts from."""

from __future__ import annotations

import polars as pl

from carnet.adam import intake
from carnet.adam.dates import day
from carnet.adam.exposure import doses
from carnet.adam.flags import mark, member
from carnet.adam.periods import with_phase_dates
from carnet.core.table import read_rows
from carnet.study import Study

COPIED = (
    "STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ETHNIC", "COUNTRY", "ARMCD", "ARM",
    "ACTARMCD", "ACTARM", "DTHFL", "RFSTDTC", "RFXENDTC", "RFICDTC", "DTHDTC",
)  # fmt: skip


def subjects(study: Study, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return a row per subject of DM: demography, dates of treatment, disposition, last contact.

    This is all of ADSL that needs no other analysis dataset; `complete` adds the rest.
    """
    contact = last_contact(tables)
    rows = _demography(tables["dm"]).join(
        _treatment(doses(tables)), on="USUBJID", how="left", maintain_order="left"
    )
    rows = rows.join(_disposition(tables), on="USUBJID", how="left", maintain_order="left")
    rows = rows.join(contact, on="USUBJID", how="left", maintain_order="left")
    treated = pl.col("TRTSDTM").is_not_null()
    rows = (
        rows.with_columns(
            TRTSDT=pl.col("TRTSDTM").dt.date(),
            CARSDT=pl.col("CARSDTM").dt.date(),
            CAREDT=pl.col("CAREDTM").dt.date(),
            TRTEDTM=pl.col("TRTEDTM").fill_null(pl.col("RFXENDT").cast(pl.Datetime("us"))),
            NINF=pl.col("NINF").fill_null(0),
            DTHFL=mark(pl.col("DTHDT").is_not_null() | (pl.col("DTHFL") == "Y")),
            LSTALVDT=pl.min_horizontal("LSTALVDT", "DTHDT"),
            CUTDT=pl.lit(data_cut(tables, contact)),
            SCRNFL=member(pl.col("RFICDT").is_not_null() | pl.col("RFICDT").is_null().all()),
            ENRLFL=member(pl.col("ENRLDT").is_not_null() | treated),
            SAFFL=member(treated),
            CARFL=member(pl.col("CARSDTM").is_not_null()),
            TRT01P=pl.col("ARM"),
            TRT01A=pl.when(treated).then(pl.coalesce("ACTARM", "ARM")),
        )
        .with_columns(
            RFSTDT=pl.coalesce("RFSTDT", "CARSDT", "TRTSDT"),
            TRTEDT=pl.when(treated).then(pl.coalesce("TRTEDTM", "TRTSDTM").dt.date()),
            EOSSTT=pl.when(pl.col("ENRLFL") == "Y").then(pl.col("EOSSTT").fill_null("ONGOING")),
        )
        .join(_last_visits(study, tables), on="USUBJID", how="left", maintain_order="left")
        .with_columns(SAFEDT=_safety_end(study))
        .with_columns(_age_group())
    )
    return with_phase_dates(rows)


def data_cut(tables: dict[str, pl.DataFrame], contact: pl.DataFrame) -> object:
    """Return the day of the data cut: DCUTDTC of TS, else the last day that the data know of."""
    ts = tables.get("ts")
    if ts is not None:
        told = ts.filter(pl.col("TSPARMCD") == "DCUTDTC").select(day("TSVAL")).to_series().drop_nulls()
        if len(told):
            return told[0]
    return contact["LSTALVDT"].max()


def last_contact(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the last complete date that any table gives for a subject, as `LSTALVDT`."""
    parts = []
    for table in tables.values():
        names = [name for name in table.columns if name.endswith("DTC") and table.schema[name] == pl.String]
        if "USUBJID" not in table.columns or not names:
            continue
        days = (
            pl.col(name).filter(pl.col(name).str.len_chars() >= 10).max().str.slice(0, 10) for name in names
        )
        parts.append(table.group_by("USUBJID").agg(pl.max_horizontal(days).alias("last")))
    return (
        pl.concat(parts).group_by("USUBJID").agg(pl.col("last").max())
        .select("USUBJID", LSTALVDT=pl.col("last").str.to_date("%Y-%m-%d", strict=False))
        .sort("USUBJID")
    )  # fmt: skip


def _demography(dm: pl.DataFrame) -> pl.DataFrame:
    return dm.select(
        *COPIED[:-4],
        RFSTDT=day("RFSTDTC"),
        RFXENDT=day("RFXENDTC"),
        RFICDT=day("RFICDTC"),
        DTHDT=day("DTHDTC"),
    )


def _treatment(given: pl.DataFrame) -> pl.DataFrame:
    """Return the first and last moments of treatment and of the infusions of cells."""
    cells = pl.col("cells")
    first, car = pl.col("start").min(), pl.col("start").filter(cells).min()
    untimed = pl.col("ASTDTM").is_null()
    return given.group_by("USUBJID").agg(
        TRTSDTM=first,
        TRTSTMF=pl.when(untimed.filter(pl.col("start") == pl.col("start").min()).any()).then(pl.lit("H")),
        TRTEDTM=pl.when(pl.col("end").last().is_not_null()).then(pl.col("end").max()),
        CARSDTM=car,
        CARSTMF=pl.when(untimed.filter(pl.col("infusion") == 1).any()).then(pl.lit("H")),
        CAREDTM=pl.coalesce("end", "start").filter(cells).max(),
        NINF=cells.sum().cast(pl.Int64),
        CUMCELLS=pl.when(cells.any()).then(pl.col("EXDOSE").filter(cells).sum()),
        CELLSU=pl.col("EXDOSU").filter(cells).first(),
        **{f"INF{n}DTM": pl.col("start").filter(pl.col("infusion") == n).first() for n in (1, 2, 3)},
    )


def _disposition(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return how each subject left the study, and when it was enrolled."""
    ds = tables.get("ds", intake.empty("ds"))
    ds = ds.with_columns(on=day("DSSTDTC"), code=pl.col("DSDECOD").str.to_uppercase())
    left = ds.filter(
        pl.col("DSCAT") == "DISPOSITION EVENT", pl.col("code") != "SCREEN FAILURE",
        pl.col("DSSCAT").is_null() | ~pl.col("DSSCAT").str.contains("TREATMENT"),
    ).group_by("USUBJID", maintain_order=True).last()  # fmt: skip
    ended = left.select(
        "USUBJID",
        EOSSTT=pl.when(pl.col("code") == "COMPLETED")
        .then(pl.lit("COMPLETED"))
        .otherwise(pl.lit("DISCONTINUED")),
        EOSDT="on",
        DCSREAS=pl.when(pl.col("code") != "COMPLETED").then("DSDECOD"),
        DCSREASP=pl.when((pl.col("code") != "COMPLETED") & (pl.col("DSTERM") != pl.col("DSDECOD"))).then(
            "DSTERM"
        ),
    )
    enrolled = ds.filter(pl.col("code").is_in(["ENTERED INTO TRIAL", "ENROLLED"]))
    enrolled = enrolled.group_by("USUBJID").agg(ENRLDT=pl.col("on").min())
    return ended.join(enrolled, on="USUBJID", how="full", coalesce=True)


def _last_visits(study: Study, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the day on which each subject came to the last visit of the protocol, inside its window or not."""
    planned = max(
        (visit for visit in study.visits if visit.day is not None),
        key=lambda visit: visit.day or 0,
        default=None,
    )
    sv = tables.get("sv")
    if sv is None or planned is None:
        return pl.DataFrame(schema={"USUBJID": pl.String, "last_visit": pl.Date, "last_day": pl.Int64})
    held = sv.filter(pl.col("VISITNUM") == planned.num)
    return held.group_by("USUBJID").agg(
        last_visit=day("SVSTDTC").max(), last_day=pl.lit(planned.high, pl.Int64).first()
    )


def _safety_end(study: Study) -> pl.Expr:
    """Return the end of the safety period: day 365, or the last visit of the protocol where it was held later but in
    its window; not after last contact or the data cut (decision 4).
    """
    last = study.get("adverse_events.emergent_to", 365)
    planned = pl.col("RFSTDT").dt.offset_by(f"{last}d")
    inside = (pl.col("last_visit") - pl.col("RFSTDT")).dt.total_days() <= pl.col("last_day")
    visit = pl.when(inside).then("last_visit")
    return pl.when(pl.col("TRTSDT").is_not_null()).then(
        pl.min_horizontal(pl.max_horizontal(planned, visit), "LSTALVDT", "CUTDT")
    )


def _age_group() -> list[pl.Expr]:
    """Return AGEGR1 and its number; a group reaches from its `low` up to, not including, its `high`."""
    groups = [
        (row, float(row["low"] or 0), float(row["high"] or 999))
        for row in read_rows("carnet.adam", "age_groups.csv")
    ]
    inside = [(pl.col("AGE").is_between(low, high, closed="left"), row) for row, low, high in groups]
    return [
        pl.coalesce(pl.when(here).then(pl.lit(row["label"])) for here, row in inside).alias("AGEGR1"),
        pl.coalesce(pl.when(here).then(int(row["number"])) for here, row in inside)
        .cast(pl.Int64)
        .alias("AGEGR1N"),
    ]
