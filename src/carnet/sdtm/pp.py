"""PP: the kinetic parameters of each patient, worked out from the tables PC and EX."""

from __future__ import annotations

import polars as pl

from carnet.core.units import UnitError, unit
from carnet.kinetics.definitions import table
from carnet.sdtm.annotation import test_name
from carnet.sdtm.answers import plain
from carnet.sdtm.ex import CELLS
from carnet.study import Study, kinetics

OVERALL = "overall"


def tabulate(study: Study, pc: pl.DataFrame, ex: pl.DataFrame) -> pl.DataFrame:
    """Return one row per subject, analyte, scope and parameter, by the rules that the study states.

    A parameter that could not be computed says so (PPSTAT) and why (PPREASND: codes of `carnet.kinetics`);
    the codes beside a number come as the qualifier PPFLAGS.
    """
    found = kinetics.parameters(study, pc, ex)
    names = table().select("PPTESTCD", "paramcd", "name")
    tests = {code: test_name("PP", code, name) for _, code, name in names.iter_rows()}
    found = (
        found.rename({"subject": "USUBJID"})
        .with_columns(
            pl.col("analyte").str.split(" ").list.first().alias("LNKGRP"), pl.col("flags").replace("", None)
        )
        .join(names, on="PPTESTCD", how="left", maintain_order="left")
        .join(_specimens(pc), on=["USUBJID", "LNKGRP"], how="left", maintain_order="left")
        .join(_starts(ex), on=["USUBJID", "scope"], how="left", maintain_order="left")
    )
    number = pl.col("PPSTRESN")
    missing = number.is_null()
    named = pl.col("PPSTRESU").replace_strict(_units(found), default=None, return_dtype=pl.String)
    unit_of = pl.when(~missing).then(named)
    return found.select(
        "USUBJID",
        pl.int_range(1, pl.len() + 1).over("USUBJID").alias("SEQ"),
        pl.concat_str("analyte", "scope", separator="/").alias("GRPID"),
        "LNKGRP",
        pl.col("paramcd").alias("TESTCD"),
        pl.col("paramcd").replace_strict(tests, default=None, return_dtype=pl.String).alias("TEST"),
        pl.col("analyte").alias("CAT"),
        pl.col("scope").str.to_uppercase().alias("SCAT"),
        plain(number).alias("ORRES"),
        unit_of.alias("ORRESU"),
        plain(number).alias("STRESC"),
        number.alias("STRESN"),
        unit_of.alias("STRESU"),
        pl.when(missing).then(pl.lit("NOT DONE")).alias("STAT"),
        pl.when(missing).then("flags").alias("REASND"),
        "SPEC",
        "RFTDTC",
        pl.when(pl.col("PPENINT").is_not_null()).then("PPSTINT").alias("STINT"),
        pl.col("PPENINT").alias("ENINT"),
        "flags",
    )


def flags(pp: pl.DataFrame) -> pl.DataFrame:
    """Return the codes that stand beside a number, as qualifiers."""
    return pp.filter(pl.col("flags").is_not_null() & pl.col("STRESN").is_not_null()).select(
        pl.lit("PP").alias("domain"),
        "USUBJID",
        pl.lit("PPSEQ").alias("IDVAR"),
        pl.col("SEQ").cast(pl.String).alias("IDVARVAL"),
        pl.lit("PPFLAGS").alias("QNAM"),
        pl.lit("Codes of what was assumed or seen").alias("QLABEL"),
        pl.col("flags").alias("QVAL"),
        pl.lit("DERIVED").alias("QORIG"),
    )


def _specimens(pc: pl.DataFrame) -> pl.DataFrame:
    """Return the specimen of each subject's analyte."""
    rows = pc.select(
        "USUBJID", pl.col("PCTESTCD").alias("LNKGRP"), pl.col("PCSPEC").alias("SPEC")
    ).drop_nulls()
    return rows.unique(["USUBJID", "LNKGRP"], keep="first", maintain_order=True)


def _units(found: pl.DataFrame) -> dict[str, str]:
    """Return the units of the parameters by the names that CDISC gives them."""
    names = {}
    for name in found["PPSTRESU"].unique().drop_nulls():
        try:
            names[name] = unit(name).cdisc or name
        except UnitError:
            names[name] = name
    return names


def _starts(ex: pl.DataFrame) -> pl.DataFrame:
    """Return the start that each scope counts from: the first infusion, and each one for its own."""
    cells = ex.filter((pl.col("EXCAT") == CELLS) & pl.col("EXSTDTC").is_not_null()).sort("EXSTDTC")
    cells = cells.select("USUBJID", pl.col("EXSTDTC").alias("RFTDTC"))
    each = cells.with_columns(
        pl.format("infusion {}", pl.int_range(1, pl.len() + 1).over("USUBJID")).alias("scope")
    )
    first = cells.unique("USUBJID", keep="first", maintain_order=True).with_columns(
        pl.lit(OVERALL).alias("scope")
    )
    return pl.concat([first, each])
