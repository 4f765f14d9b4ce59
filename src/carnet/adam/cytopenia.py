"""Cytopenia and low IgG: how long and how deep, and the grades of haematotoxicity per patient."""

from __future__ import annotations

import polars as pl

from carnet.adam.dates import protocol_day
from carnet.core.units import canonical
from carnet.safety.icaht import LABELS, icaht
from carnet.safety.recovery import limits, spells
from carnet.study import Study

SCALES = {"icaht": ("NEUT", "ICAHT"), "ticaht": ("PLAT", "TICAHT")}
"""Parameter that a scale grades, and the stem of its own parameters: E for early, L for late."""

UNIT = "10^9/L"


def durations(study: Study, adlb: pl.DataFrame) -> pl.DataFrame:
    """Return a row per patient and spell below a limit on treatment: AVAL days where certain, between its bounds.

    ADT is the first day seen low, AENDT the first day seen recovered. Neutropenia and the like by the limits of grade
    4 (haemoglobin: 3), low IgG by the limit of the study.
    """
    parts = []
    for limit in limits(study.get("response.low_igg")):
        rows = adlb.filter(
            pl.col("PARAMCD") == limit.test, pl.col("AVAL").is_not_null(),
            canonical(pl.col("AVALU")) == limit.unit,
            pl.col("RFSTDT").is_not_null(), pl.col("TRTSDT").is_not_null(), pl.col("ADT") <= pl.col("SAFEDT"),
        ).with_columns(since=protocol_day("ADT"))  # fmt: skip
        found = spells(rows.select("USUBJID", "since", "AVAL").rename(
            {"USUBJID": "subject", "since": "day", "AVAL": "value"}), limit.value)  # fmt: skip
        anchors = rows.select("USUBJID", "RFSTDT", "TRTSDT").unique(maintain_order=True)
        found = found.rename({"subject": "USUBJID"}).join(
            anchors, on="USUBJID", how="left", maintain_order="left"
        )
        parts.append(
            found.with_columns(
                (pl.col("RFSTDT") + pl.duration(days=pl.col(name))).alias(to)
                for name, to in (("onset", "ADT"), ("recovered", "AENDT"), ("last", "_last"))
            )
            .filter(pl.col("_last") >= pl.col("TRTSDT"))
            .select(
                "USUBJID", "ADT", "AENDT", PARAMCD=pl.lit(limit.paramcd), PARAM=pl.lit(limit.param),
                PARCAT1=pl.lit("LOW COUNTS"),
                AVAL=pl.when(pl.col("days_min") == pl.col("days_max")).then("days_min").cast(pl.Float64),
                AVALMIN=pl.col("days_min").cast(pl.Float64), AVALMAX=pl.col("days_max").cast(pl.Float64),
                NADIR="nadir", SRCDOM=pl.lit("ADLB"), SRCVAR=pl.lit("AVAL"),
            )
        )  # fmt: skip
    return pl.concat(parts)


def grades(adlb: pl.DataFrame, adsl: pl.DataFrame) -> pl.DataFrame:
    """Return a row per infused patient, scale and period: ICAHT of neutrophils, T-ICAHT of platelets, early and late.

    AVAL is the grade where it is certain; DTYPE stays empty, and the published reading of gaps stands as ICAHTEP and
    the like.
    """
    infused = adsl.filter(pl.col("CARFL") == "Y").select("USUBJID", "CARSDT", "DTHDT")
    last = infused.filter(pl.col("DTHDT").is_not_null()).select(
        "USUBJID", day=(pl.col("DTHDT") - pl.col("CARSDT")).dt.total_days()
    )
    until = dict(last.iter_rows())
    parts = []
    for scale, (test, stem) in SCALES.items():
        rows = adlb.filter(pl.col("PARAMCD") == test, canonical(pl.col("AVALU")) == UNIT)
        rows = rows.join(infused.select("USUBJID"), on="USUBJID", how="semi")
        counts = rows.select(
            subject="USUBJID", day=(pl.col("ADT") - pl.col("CARSDT")).dt.total_days(), value="AVAL"
        ).drop_nulls()
        found = icaht(counts, scale, until)
        for period in ("early", "late"):
            code, label = f"{stem}{period[0].upper()}", f"{LABELS[scale]}, {period}"
            own = {end: pl.col(f"{scale}_{period}{end}") for end in ("", "_min", "_max", "_published")}
            common = {
                "PARCAT1": pl.lit("HAEMATOTOXICITY"),
                "SRCDOM": pl.lit("ADLB"),
                "SRCVAR": pl.lit("AVAL"),
            }
            parts.append(
                found.select(
                    USUBJID="subject", PARAMCD=pl.lit(code), PARAM=pl.lit(label), AVAL=own[""].cast(pl.Float64),
                    AVALC=own[""].cast(pl.String), AVALMIN=own["_min"].cast(pl.Float64),
                    AVALMAX=own["_max"].cast(pl.Float64), **common,
                )
            )  # fmt: skip
            published = own["_published"]
            parts.append(
                found.select(
                    USUBJID="subject", PARAMCD=pl.lit(f"{code}P"),
                    PARAM=pl.lit(f"{label}, short gaps by a straight line"),
                    AVAL=published.cast(pl.Float64), AVALC=published.cast(pl.String), **common,
                )
            )  # fmt: skip
    return pl.concat(parts, how="diagonal_relaxed")
