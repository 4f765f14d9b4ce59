"""Do cytokine release, neurotoxicity and fever fit the infusions, their grades and each other?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import ROW, Values, day, earliest, latest


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about CRS, ICANS and fever."""
    yield release(values)
    yield neurotoxicity(values)
    yield fever(values)


def release(values: Values) -> pl.DataFrame:
    """Return episodes of CRS without fever or grade, or at a time that does not fit the infusions."""
    get = values.study.get
    rows = values.form("crs", "crs_present", "crs_onset", "crs_fever", "crs_temp_max", "crs_grade").filter(
        "crs_present"
    )
    rows = rows.with_columns(on=day(pl.col("crs_onset")))
    doses = values.given.select("subject", given=pl.col("start").dt.date())
    since = (pl.col("on") - pl.col("given")).dt.total_days()
    after = rows.join(doses, on="subject", how="left").with_columns(since=since)
    after = after.group_by(ROW).agg(after=pl.col("since").filter(pl.col("since") >= 0).min())
    rows = rows.join(after, on=ROW, how="left", maintain_order="left")
    low, high = get("plausible.crs_days", [0, 14])
    apart = pl.col("on").is_not_null() & ~pl.col("after").is_between(low, high).fill_null(False)
    highest, grade = pl.col("crs_temp_max"), pl.col("crs_grade")
    contrary = pl.col("crs_fever") != (highest >= get("plausible.fever", 38.0))
    ask = asking(rows, "crs")
    return gather(
        [
            ask(
                "crs_onset",
                apart,
                "CRS began on {}; {} to {} days after an infusion are expected.",
                "crs_onset",
                low,
                high,
            ),
            ask("crs_temp_max", highest.is_null(), "CRS is present without a highest temperature."),
            ask(
                "crs_fever",
                contrary,
                "The highest temperature is {}, which contradicts the answer on fever.",
                highest,
            ),
            ask("crs_grade", grade.is_null(), "CRS is present without a grade."),
        ]
    )


def neurotoxicity(values: Values) -> pl.DataFrame:
    """Return ICE totals that are not the sum of their items (lee2019)."""
    asked = [name for name in values.study.items if name.startswith("ice_") and name != "ice_total"]
    rows = values.form("icans", *asked, "ice_total")
    points: pl.Expr = pl.lit(None, pl.Int64)
    if asked:
        points = pl.sum_horizontal((pl.col(name).cast(pl.Int64) for name in asked), ignore_nulls=False)
    rows = rows.with_columns(points=points)
    wrong = pl.col("ice_total") != pl.col("points")
    ask = asking(rows, "icans")
    return ask("ice_total", wrong, "The ICE total is {}; its items add up to {}.", "ice_total", "points")


def fever(values: Values) -> pl.DataFrame:
    """Return fever in the weeks after the infusions that nothing on record explains."""
    get = values.study.get
    rows = values.form("vitals", "vitals_datetime", "temp").filter(
        pl.col("temp") >= get("plausible.fever", 38.0)
    )
    rows = values.with_day(rows, day(pl.col("vitals_datetime")))
    rows = rows.filter(pl.col("day").is_between(0, get("plausible.fever_last_day", 31)))
    spells = [
        ("crs", "crs_onset", "crs_stop"),
        ("infection", "infection_start", "infection_stop"),
        ("adverse_event", "ae_start", "ae_stop"),
    ]
    known = [
        values.form(form, since, until).select(
            "subject", since=earliest(pl.col(since)), until=latest(pl.col(until))
        )
        for form, since, until in spells
    ]
    spread = pl.duration(days=get("plausible.fever_days", 2))
    near = rows.join(pl.concat(known), on="subject", how="inner").filter(
        pl.col("since") <= pl.col("on") + spread,
        pl.col("until").is_null() | (pl.col("until") >= pl.col("on") - spread),
    )
    bare = rows.join(near, on=ROW, how="anti", maintain_order="left")
    text = "Temperature {} on {} without a record of CRS, infection or another event."
    return findings(bare, words(text, "temp", "on"), "vitals", "temp")
