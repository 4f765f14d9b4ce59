"""Measured outcomes: what is censored is held by its ends, rows are judged one by one, a rung is a step."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.measures import current_dose, with_proteinuria_change, with_titre, with_titre_change
from carnet.measures.titre import LADDERS, Ladder

VALUES = st.floats(0.01, 20).map(lambda value: round(value, 3))
LIMITS = st.floats(0.05, 1).map(lambda value: round(value, 3))


@given(VALUES, LIMITS, st.floats(0.01, 1), st.booleans())
def test_the_ends_hold_the_ratio_of_any_value_that_the_limit_allows(
    value: float, limit: float, part: float, at_baseline: bool
) -> None:
    """Whatever the value below the limit was, the ratio lies between the ends."""
    true = limit * part
    told = {"protein": limit / 2, "censored": "LEFT", "limit": limit}
    seen = {"protein": value, "censored": None, "limit": None}
    now, base = (seen, told) if at_baseline else (told, seen)
    row = {
        **now,
        **{f"{name}_base": cell for name, cell in base.items()},
        "method": "UPCR",
        "method_base": "UPCR",
    }
    types = {"censored": pl.String, "censored_base": pl.String, "limit": pl.Float64, "limit_base": pl.Float64}
    made = with_proteinuria_change(pl.DataFrame([row], schema_overrides=types)).row(0, named=True)
    ratio = value / true if at_baseline else true / value
    low, high = made["ratio_min"], made["ratio_max"]
    assert (low is None) != (high is None)
    assert low is None or ratio >= low - 1e-6 * (1 + ratio)
    assert high is None or ratio <= high + 1e-6 * (1 + ratio)


@given(
    st.lists(
        st.sampled_from(["1:80", "<1:80", "neg", "1:1000", "1:640 2+ AC-4", ">1:1280", "", "?"]), min_size=1
    )
)
def test_a_titre_is_read_row_by_row(results: list[str]) -> None:
    """No order of rows and no neighbour changes an answer."""
    together = with_titre({"result": results})
    alone = pl.concat([with_titre({"result": [result]}) for result in results])
    assert together.equals(alone)


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder.name)
def test_each_rung_of_a_ladder_is_one_step(ladder: Ladder) -> None:
    """Also from below the screening dilution to the first rung that is seen."""
    rungs = ladder.rungs
    printed = [f"<1:{rungs[1]:g}", *(f"1:{rung:g}" for rung in rungs[1:])]
    read = with_titre({"result": printed, "series": [ladder.name] * len(rungs)})
    assert read["step"].diff().drop_nulls().to_list() == [1.0] * (len(rungs) - 1)
    base = read.slice(1).select(pl.all().name.suffix("_base"))
    change = with_titre_change(read.slice(0, len(rungs) - 1).hstack(base))
    assert change["titre_category"].to_list() == ["NEGATIVE CONVERSION", *["STABLE"] * (len(rungs) - 2)]


@given(st.permutations(range(4)))
def test_the_order_of_a_log_changes_no_dose(order: list[int]) -> None:
    """Rows of a log come as they are entered."""
    log = pl.DataFrame({
        "subject": ["1"] * 4, "drug": ["prednisone", "prednisone", "hydrocortisone", "methylprednisolone"],
        "dose": [10.0, 5.0, 20.0, 500.0], "unit": ["mg"] * 4, "frequency": ["QD", "QOD", "QD", "ONCE"],
        "route": ["ORAL"] * 3 + ["INTRAVENOUS"], "start": ["2025-01-01", "2025-02-01", "2025-01-15", "2025-02-10"],
        "ongoing": ["Y", "Y", "Y", None],
    })  # fmt: skip
    visits = {"subject": ["1"], "date": ["2025-02-14"], "log_complete": ["Y"]}
    assert current_dose(visits, log[order]).select("prednisone", "pulse").row(0) == (7.5, True)
