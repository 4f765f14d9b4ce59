"""Laboratory events: values graded by CTCAE v5.0, and those that the investigator reports as adverse events."""

from __future__ import annotations

import numpy as np
import polars as pl

from carnet.safety.ctcae import grade
from carnet.simulate.clock import DAY
from carnet.simulate.laboratory_forms import transfusion_day
from carnet.simulate.model import Model
from carnet.simulate.numbers import table

GAP = 200.0
"""Minutes from the start of a visit to the report of its values."""


def laboratory(m: Model) -> pl.DataFrame:
    """Return the laboratory events reported: onset, worst grade and recovery read off the values entered."""
    values = _graded(m)
    at_entry = values.filter(pl.col("visit") == "BL").select("person", "term", before="grade")
    after = values.filter(pl.col("day") >= -5).join(at_entry, on=["person", "term"], how="left")
    after = after.sort("person", "term", "minute", maintain_order=True).with_columns(
        worse=pl.col("grade") > pl.col("before").fill_null(0)
    )
    spell = (
        (pl.col("worse") & ~pl.col("worse").shift(1, fill_value=False).over("person", "term"))
        .cum_sum()
        .over("person", "term")
    )
    after = after.with_columns(
        spell=spell,
        changed=(pl.col("grade") != pl.col("grade").shift(1).over("person", "term")).fill_null(True),
    )
    bad = after.filter(pl.col("worse"))
    first = (
        bad.sort("grade", descending=True, maintain_order=True)
        .group_by("person", "term", maintain_order=True)
        .agg(pl.col("spell").first())
    )
    mine = after.join(first, on=["person", "term", "spell"], how="semi")
    said = pl.concat_str(pl.col("grade"), pl.col("date"), separator=" ").filter(
        (pl.col("changed") | ~pl.col("worse").shift(1, fill_value=False)) & pl.col("worse")
    )
    found = mine.group_by("person", "term", maintain_order=True).agg(
        start=pl.col("minute").filter(pl.col("worse")).first(),
        stop=pl.col("minute").filter(~pl.col("worse")).first(), worst=pl.col("grade").max(),
        visit=pl.col("visit").sort_by("grade", "minute", descending=[True, False]).first(),
        history=said.str.join("; "),
        late=(pl.col("worse") & (pl.col("grade") >= 3) & (pl.col("day") > 31)).any(),
    )  # fmt: skip
    names = table("laboratory_events")
    rows = found.join(names, on="term", how="inner",
    maintain_order="left").with_columns(slot=pl.col("term").replace_strict(
        dict(zip(names["term"], range(len(names)), strict=True)), return_dtype=pl.Int64))  # fmt: skip
    chance = np.array([m.numbers[f"report.grade{g}"] for g in range(1, 5)])
    drawn = m.streams.uniform("events.report", len(names))[rows["person"], rows["slot"]]
    treated = _treated(m, rows)
    rows = rows.with_columns(
        treated=pl.Series(treated),
        reported=pl.Series(treated | (drawn < chance[np.clip(rows["worst"].to_numpy() - 1, 0, 3)])),
    )
    unresolved = _unresolved_at_28(m, rows)
    lasting = pl.col("late") & pl.col("item").is_in(["neut", "plat"])
    return rows.filter(pl.Series(rows["reported"])).select(
        "person", "start", "stop", pl.col("worst").alias("grade"), pl.col("verbatim").alias("term"),
        "term_zh", pl.col("term").alias("ctcae_term"), "llt", "soc", "ld", "cells", "sle", "treated", "slot",
        "history", dlt=pl.Series(unresolved).filter(rows["reported"]),
        aesi=pl.when(lasting).then(pl.lit("LATE CYTOPENIA")).otherwise(pl.lit("NONE")),
        record=pl.concat_str("visit", "form", "item", separator=" "), origin=pl.lit("laboratory"),
    )  # fmt: skip


def _graded(m: Model) -> pl.DataFrame:
    """Return every value of the tests that are watched, graded, from baseline on."""
    from_baseline = (
        m.calendar.held & (m.calendar.day >= m.calendar.day[:, m.calendar.at("BL")]) & m.treated[:, None]
    )
    parts = []
    bl = m.calendar.codes.index("BL")
    for row in table("laboratory_events").iter_rows(named=True):
        value = m.samples.values[row["item"]]
        p, v = np.nonzero(from_baseline & ~np.isnan(value))
        item = m.study.items[row["item"]]
        low, high = (end(row["item"], m.people)[p] for end in (m.ranges.low, m.ranges.high))
        day = m.calendar.day[p, v]
        parts.append(pl.DataFrame({
            "person": p, "visit": np.array(m.calendar.codes)[v], "day": day,
            "minute": day * DAY + m.calendar.minute[p, v] + GAP, "date": m.clock.date(p, day),
            "term": [row["term"]] * len(p), "side": [row["side"]] * len(p), "test": [item.testcd] * len(p),
            "specimen": [item.specimen] * len(p), "value": value[p, v], "unit": [item.unit] * len(p),
            "lln": low, "uln": high, "base": value[p, bl], "base_lln": low, "base_uln": high,
            "age": m.people.age[p], "is_baseline": v == bl,
        }))  # fmt: skip
    graded = grade(
        pl.concat(parts).with_columns(pl.col("lln", "uln", "base", "base_lln", "base_uln").fill_nan(None))
    )
    side = pl.when(pl.col("side") == "L").then("ATOXGRL").otherwise("ATOXGRH")
    return graded.with_columns(grade=side.cast(pl.Int64).fill_null(0))


def _treated(m: Model, rows: pl.DataFrame) -> np.ndarray:
    """Return which of the events were treated: G-CSF for neutrophils, platelets for platelets."""
    person, item = rows["person"].to_numpy(), rows["item"].to_numpy()
    gcsf = ~np.isnan(m.body.blood.gcsf_day)[person] & (item == "neut")
    return gcsf | (~np.isnan(transfusion_day(m))[person] & (item == "plat"))


def _unresolved_at_28(m: Model, rows: pl.DataFrame) -> np.ndarray:
    """Return which of the cytopenias last beyond the day-28 visit in the sense of a dose-limiting toxicity."""
    v = m.calendar.codes.index("D28")
    person, item = rows["person"].to_numpy(), rows["item"].to_numpy()
    low_neut = m.samples.values["neut"][person, v] < m.study["dlt.neutrophils_below"]
    low_plat = m.samples.values["plat"][person, v] < m.study["dlt.platelets_below"]
    return (low_neut & (item == "neut")) | (low_plat & (item == "plat"))
