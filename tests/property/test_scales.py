"""Laws of the scales: worse never grades lower, an answer stays within the bounds, no row minds the others."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.core.form import Item
from carnet.core.instrument import Instrument
from carnet.safety.scales import SCALES

ORDER = {
    "crs_hypoxia": ("NONE", "LOW-FLOW", "HIGH-FLOW", "POSITIVE PRESSURE"),
    "crs_hypotension": ("NONE", "FLUIDS", "ONE PRESSOR", "MULTIPLE PRESSORS"),
    "reaction_action": ("NONE", "SLOWED", "INTERRUPTED"),
}
"""Choices whose printed order is not that of the list of answers, or that are no ladder; the rest are as listed."""

BETTER = {"crs_other_cause", "icans_other_cause"}
"""Answers by which yes is the better one; a task of the ICE score done is better too."""

NUMBERS = {
    "crs_temp_max": (36.9, 37.9, 38.0, 39.2), "gvhd_rash": (0.0, 10.0, 25.0, 50.0, 51.0),
    "gvhd_bilirubin": (1.0, 2.0, 3.0, 3.1, 6.5, 15.0, 16.0), "gvhd_stool": (0.0, 500.0, 1000.0, 1500.0, 1501.0),
}  # fmt: skip
TWICE_TOLD = {"gvhd_skin", "gvhd_liver", "gvhd_lower_gut", "ice_total", "crs_fever", "crs_temp_max"}
"""What another item may have told already, so that filling it in may contradict rather than complete."""

ALL = [scale.id for scale in SCALES if scale.id != "ice"]


def ladder(item: Item) -> list[Any]:
    """Return the answers of an item from the best to the worst."""
    if item.type == "boolean":
        better = item.id in BETTER or item.id.startswith("ice_")
        return [True, False] if better else [False, True]
    if item.choices:
        return list(ORDER.get(item.id, item.choices))
    if item.id in NUMBERS:
        return list(NUMBERS[item.id])
    steps = list(range(int(item.low or 0), int(item.high or 0) + 1))
    return steps[::-1] if item.id == "ice_total" else steps


def scale(id: str) -> Instrument:
    return next(s for s in SCALES if s.id == id)


@st.composite
def rows(draw: st.DrawFn, of: Instrument) -> dict[str, Any]:
    return {item.id: draw(st.sampled_from([None, *ladder(item)])) for item in of.inputs.items}


def graded(of: Instrument, table: list[dict[str, Any]]) -> pl.DataFrame:
    types = {item.id: item.dtype for item in of.inputs.items}
    return of.score(pl.DataFrame(table, schema=types)).select(f"{of.id}_min", f"{of.id}_max", of.id)


@pytest.mark.parametrize("id", ALL)
@settings(max_examples=25)
@given(data=st.data())
def test_the_laws(id: str, data: st.DataObject) -> None:
    """On rows drawn at random, each once made worse in one answer and once with one more answer filled in."""
    of = scale(id)
    drawn = data.draw(st.lists(rows(of), min_size=6, max_size=12))
    was = graded(of, drawn)
    worse, fuller = [dict(row) for row in drawn], [dict(row) for row in drawn]
    for row, more in zip(worse, fuller, strict=True):
        item = data.draw(st.sampled_from(of.inputs.items))
        steps = ladder(item)
        if row[item.id] is not None:
            row[item.id] = steps[min(steps.index(row[item.id]) + 1, len(steps) - 1)]
        elif item.id not in TWICE_TOLD:
            more[item.id] = data.draw(st.sampled_from(steps))
    low, high, certain = (was[name] for name in was.columns)
    assert (low <= high).all()
    assert certain.is_not_null().to_list() == (low == high).to_list()
    if id != "crs":  # treatment answers are no ladder there: see below
        now = graded(of, worse)
        assert (now[f"{id}_min"] >= low).all()
        assert (now[f"{id}_max"] >= high).all()
    filled = graded(of, fuller)
    assert (filled[f"{id}_min"] >= low).all()
    assert (filled[f"{id}_max"] <= high).all()
    order = data.draw(st.permutations(range(len(drawn))))
    assert graded(of, [drawn[i] for i in order]).rows() == [was.row(i) for i in order]


@settings(max_examples=25)
@given(data=st.data())
def test_a_worse_sign_never_lowers_cytokine_release(data: st.DataObject) -> None:
    """Fever, hypotension, hypoxia and death; a treatment that hides fever never lowers it either."""
    of = scale("crs")
    drawn = data.draw(st.lists(rows(of), min_size=6, max_size=12))
    worse = [dict(row) for row in drawn]
    by_id = {item.id: item for item in of.inputs.items}
    signs = ["crs_fever", "crs_temp_max", "crs_hypotension", "crs_hypoxia", "crs_steroid", "crs_fatal"]
    for row in worse:
        item = by_id[data.draw(st.sampled_from(signs))]
        if row[item.id] is not None:
            row[item.id] = ladder(item)[-1]
    was, now = graded(of, drawn), graded(of, worse)
    assert (now["crs_min"] >= was["crs_min"]).all()
    assert (now["crs_max"] >= was["crs_max"]).all()
