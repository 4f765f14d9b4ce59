"""Laws of haematotoxicity: bounds hold every completion, a lower count never grades lower, no row minds its place."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.safety.icaht import icaht
from carnet.safety.recovery import spells

LEVELS = {"icaht": [3.0, 1.5, 0.5, 0.4, 0.1], "ticaht": [150.0, 99.0, 50.0, 49.0, 19.0]}
DAYS = range(31)


def grades(courses: list[list[float | None]], scale: str) -> pl.DataFrame:
    rows = [
        (str(n), day, value)
        for n, course in enumerate(courses)
        for day, value in zip(DAYS, course, strict=True)
    ]
    table = pl.DataFrame(
        rows, schema={"subject": pl.String, "day": pl.Int64, "value": pl.Float64}, orient="row"
    )
    return icaht(table, scale)


@pytest.mark.parametrize("scale", ["icaht", "ticaht"])
@settings(max_examples=15)
@given(data=st.data())
def test_the_laws(scale: str, data: st.DataObject) -> None:
    """Filling in a day stays within the bounds, and a lower count leaves them where they were or worse."""
    level = st.sampled_from(LEVELS[scale])
    plain = st.lists(level | st.none(), min_size=31, max_size=31)
    runs = st.lists(st.tuples(level | st.none(), st.integers(1, 9)), min_size=6, max_size=12).map(
        lambda steps: ([value for value, n in steps for _ in range(n)] + [LEVELS[scale][0]] * 31)[:31]
    )
    courses = data.draw(st.lists(plain | runs, min_size=4, max_size=8))
    filled = [[v if v is not None else data.draw(level) for v in course] for course in courses]
    day = data.draw(st.integers(0, 30))
    worse = [
        [LEVELS[scale][-1] if d == day and v is not None else v for d, v in zip(DAYS, course, strict=True)]
        for course in courses
    ]
    was, full, lower = (grades(table, scale) for table in (courses, filled, worse))
    low, high, published = (was[f"{scale}_early_{end}"] for end in ("min", "max", "published"))
    certain = full[f"{scale}_early"]
    assert certain.is_not_null().all()
    assert ((certain >= low) & (certain <= high)).all()
    assert ((published >= low) & (published <= high)).fill_null(True).all()
    assert (lower[f"{scale}_early_min"] >= low).all()
    assert (lower[f"{scale}_early_max"] >= high).all()


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 40), st.sampled_from([0.3, 0.5, 0.9])),
        min_size=1, max_size=25,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_no_row_minds_its_place(rows: list[tuple[str, int, float]], random) -> None:
    """Grades and spells are the same in any order; a spell is at least as long as it was seen."""
    mixed = list(rows)
    random.shuffle(mixed)
    schema = {"subject": pl.String, "day": pl.Int64, "value": pl.Float64}
    one, two = (pl.DataFrame(table, schema=schema, orient="row") for table in (rows, mixed))
    assert icaht(one).sort("subject").equals(icaht(two).sort("subject"))
    found = spells(one, 0.5)
    assert found.equals(spells(two, 0.5))
    assert (found["days_min"] <= found["days_max"]).fill_null(True).all()
    assert (found["days_min"] >= 1).all()
