"""What holds of every instrument: worse is never better, order is nothing, what is known stays known."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.core.form import Item
from carnet.core.instrument import Instrument
from carnet.instruments import CLASI, INSTRUMENTS, SDI, SLEDAI2K
from carnet.instruments.bilag2004 import BILAG2004, SYSTEMS
from carnet.instruments.clasi import QUADRANTS, SCALP
from carnet.instruments.level import GRADES
from carnet.instruments.sledai2k import sledai2k

ADDITIVE = {
    "sledai2k": (SLEDAI2K, ("sledai2k", "sledai2k_clinical")),
    "selena": (sledai2k(version="SELENA"), ("sledai2k", "sledai2k_clinical")),
    "clasi": (CLASI, ("clasi_activity", "clasi_damage")),
    "sdi": (SDI, ("sdi",)),
}
"""The instruments that add up points, and their scores with bounds."""

Row = dict[str, Any]


def answers(item: Item) -> list[Any]:
    """Return the answers that an item takes, from nothing to the worst."""
    if item.type == "boolean":
        return [False, True]
    return list(QUADRANTS) if item.id == SCALP else list(range(int(item.high or 0) + 1))


@st.composite
def pages(draw: st.DrawFn, instrument: Instrument) -> Row:
    """Draw a page of answers, a few of them unknown."""
    row = {item.id: draw(st.sampled_from(answers(item))) for item in instrument.form.items}
    for name in draw(st.sets(st.sampled_from(sorted(row)), max_size=5)):
        row[name] = None
    return row


def score(instrument: Instrument, rows: list[Row]) -> pl.DataFrame:
    types = {item.id: item.dtype for item in instrument.form.items}
    return instrument.score(pl.DataFrame(rows, schema=types))


@pytest.mark.parametrize("name", ADDITIVE)
@settings(max_examples=12)
@given(data=st.data())
def test_a_score_is_held_between_ends_that_completions_reach(name: str, data: st.DataObject) -> None:
    """Filled in with the least and with the worst, an unknown score is its two ends; a known one stays."""
    instrument, scores = ADDITIVE[name]
    rows = data.draw(st.lists(pages(instrument), min_size=1, max_size=6))
    there = score(instrument, rows)
    least, most, some = (
        score(instrument, [
            {i.id: pick(answers(i)) if row[i.id] is None else row[i.id] for i in instrument.form.items}
            for row in rows
        ])
        for pick in (min, max, lambda choices: data.draw(st.sampled_from(choices)))
    )  # fmt: skip
    for one in scores:
        assert there[f"{one}_min"].to_list() == least[one].to_list()
        assert there[f"{one}_max"].to_list() == most[one].to_list()
        assert some[one].is_between(there[f"{one}_min"], there[f"{one}_max"]).all()
        for known, low, high in zip(there[one], there[f"{one}_min"], there[f"{one}_max"], strict=True):
            assert known == (low if low == high else None)


@pytest.mark.parametrize("name", ADDITIVE)
@settings(max_examples=12)
@given(data=st.data())
def test_a_worse_answer_never_lowers_a_score(name: str, data: st.DataObject) -> None:
    instrument, scores = ADDITIVE[name]
    rows = data.draw(st.lists(pages(instrument), min_size=1, max_size=6))
    item = data.draw(st.sampled_from(instrument.form.items))
    worse = [
        row | {item.id: None if row[item.id] is None else max(row[item.id], data.draw(st.sampled_from(answers(item))))}
        for row in rows
    ]  # fmt: skip
    before, after = score(instrument, rows), score(instrument, worse)
    for one in scores:
        for end in (f"{one}_min", f"{one}_max"):
            assert (after[end] >= before[end]).all(), (item.id, end)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda instrument: instrument.id)
@settings(max_examples=6)
@given(data=st.data())
def test_neither_order_nor_chunks_change_an_answer(instrument: Instrument, data: st.DataObject) -> None:
    """A table scored in pieces, or in another order, is the same table."""

    chance = Random(data.draw(st.integers(0, 999)))

    def value(item: Item) -> Any:
        if chance.random() < 0.2:
            return None
        return (
            chance.choice([True, False]) if item.type == "boolean" else chance.randint(0, int(item.high or 4))
        )

    items = [item for item in instrument.inputs.items if item.id != "sledai_version"]
    types = {item.id: item.dtype for item in items}
    rows = pl.DataFrame([{item.id: value(item) for item in items} for _ in range(5)], schema=types)
    whole = instrument.score(rows)
    places = data.draw(st.permutations(range(5)))
    assert instrument.score(rows[places]).equals(whole[places])
    pieces = pl.concat([rows[:2], rows[2:]], rechunk=False)
    assert pieces.n_chunks() > 1
    assert instrument.score(pieces).equals(whole)
    assert pl.concat([instrument.score(rows[n : n + 1]) for n in range(5)]).equals(whole)


LOWER_IS_WORSE = ("gfr", "haemoglobin", "white_cell_count", "neutrophils", "lymphocytes", "platelets")
HIGHER_IS_WORSE = (
    "systolic_bp", "diastolic_bp", "urine_dipstick_protein", "uacr", "upcr", "urine_protein_24h", "creatinine",
)  # fmt: skip
ENDS = [f"bilag_{system}_{end}" for system in SYSTEMS for end in ("best", "worst")]


@pytest.mark.parametrize("key", [*LOWER_IS_WORSE, *HIGHER_IS_WORSE])
@settings(max_examples=5)
@given(data=st.data())
def test_a_worse_value_never_improves_a_grade(key: str, data: st.DataObject) -> None:
    """Fewer cells, less filtration, more protein, creatinine or pressure: no end of any system gets better."""
    item = next(item for item in BILAG2004.form.items if item.id == f"bilag_{key}")
    top = {"gfr": 120, "white_cell_count": 6, "platelets": 300, "upcr": 300, "uacr": 300}.get(key)
    grid = [top * n / 24 for n in range(25)] if top else [n * (item.high or 1) / 24 for n in range(25)]
    if key == "urine_dipstick_protein":
        grid = [0, 1, 2, 3]
    rows = [{item.id: number} for number in grid]
    beside = {
        f"bilag_{key}_prev": data.draw(st.sampled_from([None, *grid[1:]])),
        f"bilag_{key}_due": data.draw(st.sampled_from([True, True, None])),
        "bilag_active_urinary_sediment": data.draw(st.sampled_from([True, False])),
        "bilag_active_haemolysis": data.draw(st.sampled_from([True, False, None])),
    }
    given = pl.DataFrame([row | beside for row in rows], infer_schema_length=None)
    graded = BILAG2004.score(given).select(ENDS)
    for name in ENDS:
        places = [GRADES.index(grade) for grade in graded[name]]
        worsening = places[::-1] if key in LOWER_IS_WORSE else places
        assert worsening == sorted(worsening, reverse=True), (name, places, beside)
