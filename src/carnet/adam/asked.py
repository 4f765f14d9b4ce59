"""What else was asked or measured near an assessment: the form of flares, the skin, the weight."""

from __future__ import annotations

import polars as pl

from carnet.adam import instruments
from carnet.adam.dates import day
from carnet.core.form import Item
from carnet.criteria.selena_flare import ASKED

CODES = {
    "flare_manifestation_mild": "SFI0103", "flare_manifestation_severe": "SFI0104", "flare_drug_mild": "SFI0107",
    "flare_drug_severe": "SFI0108", "flare_hospital": "SFI0109",
}  # fmt: skip
"""The test codes of RS under which the questions stand."""


def _coded(item: Item) -> Item:
    return Item(item.id, item.label, item.type, low=item.low, high=item.high, testcd=CODES[item.id])


SKIN = ("clasi_activity", "clasi_activity_min", "clasi_activity_max")


def with_asked(
    rows: pl.DataFrame, skin: pl.DataFrame, tables: dict[str, pl.DataFrame], slack: int
) -> pl.DataFrame:
    """Return the assessments with the answers nearest to them within `slack` days, and the weight known last.

    The skin is read at the day of baseline (`date_base`) as well.
    """
    flare = instruments.frame(tables, [_coded(item) for item in ASKED]).drop("VISITNUM", "RSSEQ")
    skin = skin.select("USUBJID", "date", *SKIN)
    rows = _nearest(_nearest(rows, flare, "date", slack), skin, "date", slack)
    rows = _nearest(rows, skin.rename({name: f"{name}_base" for name in SKIN}), "date_base", slack)
    weight = _weights(tables).sort("date")
    return (
        rows.sort("date")
        .join_asof(weight, on="date", by="USUBJID", strategy="backward", check_sortedness=False)
        .sort("USUBJID", "date", "VISITNUM")
    )


def _nearest(rows: pl.DataFrame, found: pl.DataFrame, on: str, slack: int) -> pl.DataFrame:
    found = found.rename({"date": "_date"}).drop_nulls("_date").sort("_date")
    dated = rows.filter(pl.col(on).is_not_null()).sort(on)
    joined = dated.join_asof(
        found, left_on=on, right_on="_date", by="USUBJID", strategy="nearest", tolerance=f"{slack}d",
        check_sortedness=False,
    )  # fmt: skip
    rest = rows.filter(pl.col(on).is_null())
    return pl.concat([joined, rest], how="diagonal").drop("_date", strict=False)


def _weights(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the body weights in kilograms: USUBJID, date, `weight`."""
    empty = pl.DataFrame(schema={"USUBJID": pl.String(), "date": pl.Date(), "weight": pl.Float64()})
    if "vs" not in tables:
        return empty
    vs = tables["vs"].filter(pl.col("VSTESTCD") == "WEIGHT", pl.col("VSSTRESN").is_not_null())
    found = vs.select("USUBJID", date=day("VSDTC"), weight=pl.col("VSSTRESN"))
    return pl.concat([empty, found.drop_nulls("date")])
