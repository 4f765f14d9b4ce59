"""Support: transfusions and growth factors, after which a blood count says less of the marrow."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import day
from carnet.adam.flags import mark
from carnet.adam.medication import medication
from carnet.study import Study

NOT_GCSF = r"(?i)(ERYTHROPO|EPOETIN|DARBEPO|THROMBOPO|ROMIPLOSTIM|PLOSTIM|TPO|EPO\b)"
"""Growth factors of red cells and platelets."""

SCHEMA = {"USUBJID": pl.String(), "kind": pl.String(), "start": pl.Date(), "end": pl.Date()}

SAMPLE = {"transfusion": ("TRANSDTC", "TRANSF7D"), "gcsf": ("GCSFDTC", "GCSF7D")}
"""What the page of a sample tells of it: the date of the last one, or only that there was one in 7 days."""

MARKED = {
    "transfusion": (1, "transfusion_days", 7, "Within {} days after a transfusion", None),
    "gcsf": (2, "gcsf_days", 3, "Within {} days after G-CSF", ("NEUT", "WBC")),
}
"""Criterion, fact of the study, default, text, and the parameters that it is about (none: all blood counts)."""


def with_support(
    rows: pl.DataFrame, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame, study: Study
) -> pl.DataFrame:
    """Return the laboratory values with CRIT1 and CRIT2: taken within days of a transfusion, or of G-CSF.

    They are marked, not left out (decision 18). A treatment of several days counts to its last day.
    """
    given = pl.concat([pl.DataFrame(schema=SCHEMA), *_from_log(tables, adsl), *_from_samples(tables)])
    rows = rows.with_row_index("_row")
    blood = pl.col("CAT").str.to_uppercase().is_in(["HEMATOLOGY", "HAEMATOLOGY"])
    for kind, (number, fact, default, text, parameters) in MARKED.items():
        days = study.get(f"adverse_events.{fact}", default)
        about = blood if parameters is None else blood & pl.col("PARAMCD").is_in(list(parameters))
        near = (
            rows.filter(about)
            .select("_row", "USUBJID", "ADT")
            .join(given.filter(pl.col("kind") == kind), on="USUBJID")
        )
        near = near.filter(pl.col("ADT").is_between("start", pl.col("end") + pl.duration(days=days)))
        rows = rows.with_columns(
            pl.when(about).then(pl.lit(text.format(days))).alias(f"CRIT{number}"),
            mark(pl.col("_row").is_in(near["_row"].unique().implode())).alias(f"CRIT{number}FL"),
        )
    return rows.drop("_row")


def _from_log(tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the transfusions and growth factors of the medication log, from the first to the last day possible."""
    if "cm" not in tables:
        return []
    kind = (
        pl.when(pl.col("CMCLAS") == "BLOOD PRODUCT").then(pl.lit("transfusion"))
        .when((pl.col("CMCLAS") == "GROWTH FACTOR") & ~pl.col("drug").str.contains(NOT_GCSF).fill_null(False))
        .then(pl.lit("gcsf"))
    )  # fmt: skip
    single = pl.col("CMENDTC").is_null() & ~pl.col("goes_on")
    log = medication(tables, adsl).with_columns(
        kind=kind, end=pl.when(single).then("start_last").otherwise("end_last")
    )
    return [
        log.filter(pl.col("kind").is_not_null()).select("USUBJID", "kind", start="start_first", end="end")
    ]


def _from_samples(tables: dict[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Return what the page of a blood sample tells: the date, or, without one, the day of the sample itself."""
    supp = tables.get("supplb")
    if supp is None:
        return []
    days = tables["lb"].group_by("USUBJID", "LBGRPID").agg(sample=day("LBDTC").first())
    told = supp.filter(pl.col("IDVAR") == "LBGRPID").join(
        days, left_on=["USUBJID", "IDVARVAL"], right_on=["USUBJID", "LBGRPID"], how="inner"
    )
    parts = []
    for kind, (dated, asked) in SAMPLE.items():
        with_date = told.filter(pl.col("QNAM") == dated).with_columns(start=day("QVAL"))
        said = told.filter(pl.col("QNAM") == asked, pl.col("QVAL") == "Y").with_columns(
            start=pl.col("sample")
        )
        said = said.join(with_date.drop_nulls("start"), on=["USUBJID", "IDVARVAL"], how="anti")
        parts += [
            part.drop_nulls("start").select("USUBJID", kind=pl.lit(kind), start="start", end="start")
            for part in (with_date, said)
        ]
    return parts
