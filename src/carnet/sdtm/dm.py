"""DM: who the patients are, and the moments that all other tables count from."""

from __future__ import annotations

import polars as pl

from carnet.sdtm import records
from carnet.sdtm.ex import CELLS
from carnet.sdtm.timing import bounds, date, full_date
from carnet.study import Study
from carnet.study.windows import to_protocol_day

ENROLLED = "ENROLLED"
"""The milestone that assigns the arm."""

PERSON = ("BRTHDTC", "SEX", "RACE", "ETHNIC", "DTHDTC", "ACTARMUD", "DMDTC")
"""What the forms say of DM itself."""


def tabulate(
    study: Study, answers: pl.DataFrame, notes: pl.DataFrame, rows: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return one row per subject: reference dates, age at consent, arm, and the reason for having none.

    `rows` are those of EC, EX, DS, SV and AE.
    """
    ds, ex = rows["DS"], rows["EX"]
    dm = answers.select("subject", "USUBJID").unique(maintain_order=True).sort("subject")
    parts = (
        _person(answers, notes), _doses(ex), _planned(rows["EC"]), _consent(ds), _end(ds),
        _contact(rows["SV"], ex), _milestones(ds), _judgement(answers), _fatal(rows["AE"]),
    )  # fmt: skip
    for part in parts:
        dm = dm.join(part, on="USUBJID", how="left", maintain_order="left")
    dead = pl.col("DTHDTC").is_not_null() | pl.col("died").is_not_null() | pl.col("fatal").fill_null(False)
    death = pl.coalesce("DTHDTC", "died")
    return dm.with_columns(
        pl.coalesce("first_infusion", "planned_infusion").alias("RFSTDTC"),
        pl.col("RFXENDTC").alias("RFENDTC"),
        pl.coalesce("left", full_date(death), "contact").alias("RFPENDTC"),
        death.alias("DTHDTC"),
        pl.when(dead).then(pl.lit("Y")).alias("DTHFL"),
        pl.col("subject").alias("SUBJID"),
        pl.lit(study.get("site.id")).alias("SITEID"),
        pl.lit(study.get("site.country")).alias("COUNTRY"),
        *_age(),
        *_arm(study),
    )


def _person(answers: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Return what demography and the form of death say of each subject."""
    rows = records.with_missing(records.tabulate(answers, notes, "DM"), *PERSON)
    return rows.group_by("USUBJID").agg(pl.col(*PERSON).drop_nulls().first())


def _doses(ex: pl.DataFrame) -> pl.DataFrame:
    """Return the first and the last dose, and the first and the last infusion of cells."""
    cells, start = pl.col("CAT") == CELLS, pl.col("STDTC")
    end = pl.coalesce("ENDTC", "STDTC")
    dated = ex.filter(start.is_not_null())
    return dated.group_by("USUBJID").agg(
        start.min().alias("RFXSTDTC"),
        end.max().alias("RFXENDTC"),
        pl.lit(True).alias("treated"),
        start.filter(~cells).min().alias("first_chemotherapy"),
        start.filter(cells).min().alias("first_infusion"),
        end.filter(cells).max().alias("last_infusion"),
    )


def _planned(ec: pl.DataFrame) -> pl.DataFrame:
    """Return the planned date of the first infusion: the first chemotherapy counted on to protocol day 0."""
    begun = (pl.col("CAT") != CELLS) & (pl.col("OCCUR") == "Y") & pl.col("STDTC").is_not_null()
    zero = date(pl.col("STDTC")) - pl.duration(days=to_protocol_day(pl.col("VISITDY")))
    first = ec.filter(begun).sort("STDTC").unique("USUBJID", keep="first", maintain_order=True)
    return first.select("USUBJID", zero.dt.to_string("%Y-%m-%d").alias("planned_infusion"))


def _consent(ds: pl.DataFrame) -> pl.DataFrame:
    """Return the first consent."""
    signed = ds.filter(pl.col("DECOD") == "INFORMED CONSENT OBTAINED")
    return signed.group_by("USUBJID").agg(pl.col("STDTC").min().alias("RFICDTC"))


def _end(ds: pl.DataFrame) -> pl.DataFrame:
    """Return the day on which participation ended, and death where that was the reason."""
    final = (pl.col("CAT") == "DISPOSITION EVENT") & (pl.col("SCAT") != "STUDY TREATMENT")
    by_death = pl.col("DECOD") == "DEATH"
    return ds.filter(final).group_by("USUBJID").agg(
        pl.col("STDTC").max().alias("left"), pl.col("STDTC").filter(by_death).min().alias("died")
    )  # fmt: skip


def _contact(sv: pl.DataFrame, ex: pl.DataFrame) -> pl.DataFrame:
    """Return the day of the last visit or dose."""
    visits = sv.filter("held").select("USUBJID", pl.col("ENDTC").alias("on"))
    doses = ex.select("USUBJID", pl.coalesce("ENDTC", "STDTC").alias("on"))
    on = full_date(pl.col("on"))
    return pl.concat([visits, doses]).group_by("USUBJID").agg(on.max().alias("contact"))


def _milestones(ds: pl.DataFrame) -> pl.DataFrame:
    """Return whether disposition says that a subject was enrolled, or that screening failed."""
    return ds.group_by("USUBJID").agg(
        (pl.col("TERM") == ENROLLED).any().alias("enrolled_ds"),
        (pl.col("DECOD") == "SCREEN FAILURE").any().alias("failed_ds"),
    )


def _judgement(answers: pl.DataFrame) -> pl.DataFrame:
    """Return whether the form of eligibility enrols a subject, and whether its last judgement is no."""
    asked = pl.col("testcd").is_in(["ELIGIBLE", "ENROLLED"]) & pl.col("code").is_not_null()
    last = pl.col("code").filter(pl.col("testcd") == "ELIGIBLE").last()
    return answers.filter(asked).sort("VISITNUM", "order").group_by("USUBJID").agg(
        (pl.col("testcd") == "ENROLLED").any().alias("enrolled_ie"), (last == "N").alias("failed_ie")
    )  # fmt: skip


def _fatal(ae: pl.DataFrame) -> pl.DataFrame:
    """Return whether an adverse event was fatal."""
    return ae.group_by("USUBJID").agg((pl.col("OUT") == "FATAL").any().alias("fatal"))


def _age() -> list[pl.Expr]:
    """Return the whole years from birth to consent; a partial date of birth stands for its middle."""
    first, last = (date(bound) for bound in bounds(pl.col("BRTHDTC")))
    born = first + pl.duration(days=(last - first).dt.total_days() // 2)
    on = date(pl.col("RFICDTC"))
    birthday_ahead = on.dt.strftime("%m-%d") < born.dt.strftime("%m-%d")
    years = (on.dt.year() - born.dt.year() - birthday_ahead.cast(pl.Int32)).cast(pl.Int64)
    return [years.alias("AGE"), pl.when(years.is_not_null()).then(pl.lit("YEARS")).alias("AGEU")]


def _arm(study: Study) -> list[pl.Expr]:
    """Return the arm planned (on enrolment) and actual (once treated), and the reason where one is empty."""
    treated, enrolled, failed = (
        pl.any_horizontal(pl.col(*names).fill_null(False))
        for names in (("treated",), ("treated", "enrolled_ds", "enrolled_ie"), ("failed_ds", "failed_ie"))
    )
    code, label = (study.arms[0].code, study.arms[0].label) if study.arms else (None, None)
    reason = (
        pl.when(treated).then(None)
        .when(enrolled).then(pl.lit("ASSIGNED, NOT TREATED"))
        .when(failed).then(pl.lit("SCREEN FAILURE"))
        .otherwise(pl.lit("NOT ASSIGNED"))
    )  # fmt: skip
    return [
        pl.when(enrolled).then(pl.lit(code)).alias("ARMCD"),
        pl.when(enrolled).then(pl.lit(label)).alias("ARM"),
        pl.when(treated).then(pl.lit(code)).alias("ACTARMCD"),
        pl.when(treated).then(pl.lit(label)).alias("ACTARM"),
        reason.alias("ARMNRS"),
    ]
