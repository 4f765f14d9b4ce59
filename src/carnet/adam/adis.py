"""ADIS: autoantibodies, the ANA as titre, as logarithm and as step of its dilutions."""

from __future__ import annotations

import polars as pl

from carnet.adam import bds, visits
from carnet.adam.adlb import with_ranges
from carnet.adam.bds import at_baseline
from carnet.adam.periods import with_phase
from carnet.adam.supplement import with_supplement
from carnet.core.table import read_rows
from carnet.measures.titre import LADDERS, Ladder, category, with_titre
from carnet.study import Study

ANTIGENS = pl.DataFrame(read_rows("carnet.adam", "antigens.csv")).select(
    TESTCD="testcd", BDAGNT="antigen", PARAMCD="paramcd", label="param"
)
"""The parameter of each antibody, by test code and antigen."""

ANA = ("ANA", "ANALOG2", "ANASTEP")


def derive(study: Study, tables: dict[str, pl.DataFrame], adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the autoantibodies of IS as analysed; antibodies against the cells are left to their listing."""
    table = with_supplement(tables["is"], tables, "IS", ["SERIES", "PATTERN"])
    rows = bds.findings(table, "IS", adsl)
    rows = rows.join(ANTIGENS, on=["TESTCD", "BDAGNT"], how="inner", maintain_order="left")
    rows = _change(pl.concat([_titres(rows, study), _levels(rows)], how="diagonal"), study)
    rows = visits.with_avisit(bds.with_on_treatment(rows), study)
    return visits.with_result(with_phase(rows), ["USUBJID", "PARAMCD"])


def _titres(rows: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Return the ANA by immunofluorescence as three parameters: titre, its logarithm, its step."""
    twofold, half_log = (
        Ladder(one.name, tuple(float(rung) for rung in study.get(f"response.{fact}", one.rungs)))
        for one, fact in zip(LADDERS, ("ana_ladder", "ana_ladder_half_log"), strict=True)
    )
    rows = rows.filter(
        pl.col("PARAMCD") == "ANA", pl.col("METHOD").str.contains("IMMUNOFLUORESCENCE").fill_null(True)
    )
    printed = rows.with_columns(screen="LLOQ", series="SERIES")
    rows = with_titre(printed, (twofold, half_log), study.get("response.ana_screen", 80), result="STRESC")
    below = pl.when(pl.col("censored") == "LEFT").then(pl.lit("STEP BELOW"))
    rows = rows.with_columns(CENSOR="censored", DTYPE=below).drop("censored", "screen")
    rows = rows.with_columns(patterns=pl.coalesce("PATTERN", "patterns"))
    forms = (
        ("ANA", "ANA titre (reciprocal)", pl.col("titre")),
        ("ANALOG2", "ANA titre (log2)", pl.col("log2_titre")),
        ("ANASTEP", "ANA titre (step of the dilutions)", pl.col("step")),
    )
    return pl.concat(
        rows.with_columns(PARAMCD=pl.lit(code), PARAM=pl.lit(label), AVAL=value, AVALC=pl.col("STRESC"))
        for code, label, value in forms
    )


def _levels(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the other antibodies, anti-dsDNA on the log scale too; below the limit of the assay is half of it."""
    other = (pl.col("PARAMCD") == "ANA") & ~pl.col("METHOD").str.contains("IMMUNOFLUORESCENCE").fill_null(
        True
    )
    rows = rows.filter((pl.col("PARAMCD") != "ANA") | other).with_columns(
        PARAMCD=pl.when(other).then(pl.lit("ANAOTH")).otherwise("PARAMCD"), AVALC=pl.col("STRESC"),
        AVALU=pl.col("STRESU"), PARAM=bds.with_unit("label", "STRESU"),
    )  # fmt: skip
    rows = bds.with_half_limit(rows)
    dsdna = rows.filter(pl.col("PARAMCD") == "DSDNA", pl.col("AVAL") > 0)
    logs = dsdna.with_columns(
        PARAMCD=pl.lit("DSDNALN"), PARAM=pl.lit("Anti-dsDNA (natural logarithm)"), AVAL=pl.col("AVAL").log(),
        AVALU=pl.lit(None, pl.String), STNRLO=pl.col("STNRLO").log(), STNRHI=pl.col("STNRHI").log(),
    )  # fmt: skip
    return pl.concat([rows, logs])


def _change(rows: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Return the rows with baseline and change; across methods, or steps across ladders, change is unknown."""
    rows = rows.with_columns(PARCAT1=pl.lit("AUTOANTIBODIES"))
    rows = bds.with_baseline(rows, bds.before_treatment(bds.same_day(study)))
    method, series = (pl.col(n) == at_baseline(n) for n in ("METHOD", "series"))
    comparable = method.fill_null(True) & (series.fill_null(True) | (pl.col("PARAMCD") != "ANASTEP"))
    rows = with_ranges(rows.with_columns(pl.when(comparable).then(n).alias(n) for n in ("CHG", "PCHG")))
    steps = pl.when(series & method.fill_null(True)).then(pl.col("step") - at_baseline("step"))
    fall = study.get("response.ana_fall_steps", 2)
    became = category(steps, pl.col("CENSOR"), at_baseline("CENSOR"), pl.lit(True), fall)
    words = {"FALL": f"FALL OF {fall} STEPS OR MORE", "RISE": f"RISE OF {fall} STEPS OR MORE"}
    words["STABLE"] = f"WITHIN {fall - 1} STEP"
    levels = ~pl.col("PARAMCD").is_in(["ANALOG2", "ANASTEP", "DSDNALN"])
    rows = bds.with_ratio_to_baseline(rows, levels)
    to_limit = pl.when(levels, pl.col("A1HI") > 0).then((pl.col("AVAL") / pl.col("A1HI")).round(6))
    after = pl.col("PARAMCD").is_in(ANA) & ~pl.col("before") & pl.col("BASE").is_not_null()
    return rows.with_columns(
        AVALCA1=pl.when(after).then(became.replace(words)), ISMETHOD=pl.col("METHOD"), R2ANRHI=to_limit,
        ISPATT="patterns", ISINTENS=pl.col("intensity").cast(pl.Float64),
    )  # fmt: skip
