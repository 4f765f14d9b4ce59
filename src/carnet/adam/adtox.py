"""ADTOX: toxicity by the scales of cell therapy, low counts, liver and dose-limiting toxicity."""

from __future__ import annotations

import polars as pl

from carnet.adam import cytopenia, dose_limiting, liver
from carnet.adam.dates import study_day
from carnet.adam.flags import mark
from carnet.adam.periods import with_phase
from carnet.study import Study

CARRIED = (
    "USUBJID", "SUBJID", "TRT01A", "SAFFL", "CARFL", "TRTSDT", "CARSDT", "RFSTDT", "SAFEDT", "INF1DTM", "INF2DTM",
    "INF3DTM",
)  # fmt: skip

ROWS = {
    "USUBJID": pl.String(), "PARAMCD": pl.String(), "PARAM": pl.String(), "PARCAT1": pl.String(), "ADT": pl.Date(),
    "ADTM": pl.Datetime("us"), "AENDT": pl.Date(), "AENDTM": pl.Datetime("us"), "AVAL": pl.Float64(),
    "AVALC": pl.String(), "AVALU": pl.String(), "AVALMIN": pl.Float64(), "AVALMAX": pl.Float64(),
    "NADIR": pl.Float64(), "INFNUM": pl.Int64(), "SRCDOM": pl.String(), "SRCVAR": pl.String(), "SRCSEQ": pl.Int64(),
}  # fmt: skip
"""What every part of the dataset may bring."""

SYNDROMES = ("CRS", "ICANS", "GVHD", "INFREACT", "INFECT")
"""Parameters of which each patient has a worst record."""


def derive(
    study: Study, made: dict[str, pl.DataFrame], pages: pl.DataFrame | None, adsl: pl.DataFrame
) -> pl.DataFrame:
    """Return the toxicity of each patient: a row per page, spell or verdict.

    AVAL is the value where it is certain, AVALMIN and AVALMAX hold it otherwise.
    """
    adlb, adae = made.get("adlb"), made.get("adae")
    parts = [pl.DataFrame(schema=ROWS), *([] if pages is None else [pages])]
    if adlb is not None:
        parts += [cytopenia.grades(adlb, adsl), cytopenia.durations(study, adlb), liver.liver(adlb)]
    parts.append(dose_limiting.patients(study, adae, adlb, adsl))
    rows = pl.concat(parts, how="diagonal_relaxed")
    rows = rows.join(adsl.select(CARRIED), on="USUBJID", how="inner", maintain_order="left")
    rows = rows.with_columns(
        AVALMIN=pl.coalesce("AVALMIN", "AVAL"), AVALMAX=pl.coalesce("AVALMAX", "AVAL"), TRTA=pl.col("TRT01A"),
        ADY=study_day("ADT"),
        ONTRTFL=mark((pl.col("ADT") >= pl.col("TRTSDT")) & (pl.col("ADT") <= pl.col("SAFEDT"))),
    )  # fmt: skip
    rows = _with_infusion(with_phase(rows))
    rows = _with_worst(rows).sort(
        "USUBJID", "PARAMCD", "ADT", "ADTM", "SRCSEQ", nulls_last=True, maintain_order=True
    )
    return rows.with_columns(ASEQ=pl.int_range(1, pl.len() + 1).over("USUBJID"))


def _with_infusion(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with AINFDY: days from the infusion that the page names to the day of the row."""
    dates = [pl.when(pl.col("INFNUM") == n).then(pl.col(f"INF{n}DTM").dt.date()) for n in (1, 2, 3)]
    return rows.with_columns(AINFDY=(pl.col("ADT") - pl.coalesce(dates)).dt.total_days())


def _with_worst(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with WORSTFL on the first page of a syndrome with the highest grade on treatment.

    A page goes by its grade, or by the least that it may be where that is not certain.
    """
    rows = rows.with_row_index("_row").with_columns(_grade=pl.coalesce("AVAL", "AVALMIN"))
    own = rows.filter(
        pl.col("PARAMCD").is_in(SYNDROMES), pl.col("ONTRTFL") == "Y", pl.col("_grade").is_not_null()
    )
    order = own.sort(
        "_grade", "ADT", "ADTM", "SRCSEQ", descending=[True, False, False, False], maintain_order=True
    )
    worst = order.unique(["USUBJID", "PARAMCD"], keep="first", maintain_order=True)["_row"]
    return rows.with_columns(WORSTFL=mark(pl.col("_row").is_in(worst.implode()))).drop("_row", "_grade")
