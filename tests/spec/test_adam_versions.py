"""The version of an instrument in ADaM: told by RSCAT, kept beside the score, never mixed in a change."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from carnet.adam.adqs import with_change
from carnet.adam.instruments import sledai
from carnet.core.errors import InputError
from carnet.instruments.sledai2k import ITEMS
from carnet.study import read

BASE, LATER = date(2025, 3, 1), date(2025, 4, 7)


def change(before: str | None, after: str | None) -> list[float | None]:
    """Return the change of a score from baseline, the two assessed by these versions."""
    rows = pl.DataFrame({
        "USUBJID": "1001", "PARAMCD": "SLEDAI2K", "PARAM": "SLEDAI-2K total", "part": "sledai",
        "ADT": [BASE, LATER], "before": [True, False], "VISITNUM": [2.0, 19.0], "AVAL": [12.0, 4.0],
        "AVALC": ["12", "4"], "SCOREVER": pl.Series([before, after], dtype=pl.String),
    })  # fmt: skip
    bases = pl.DataFrame({"USUBJID": ["1001"], "part": ["sledai"], "ADT": [BASE]})
    return with_change(rows, bases)["CHG"].to_list()


def test_one_version_has_a_change_and_two_have_none():
    """A version that nobody told stands in nobody's way."""
    assert change("2K", "2K") == change("SELENA", "SELENA") == change(None, "2K") == [None, -8.0]
    with pytest.raises(
        InputError, match="Subject 1001, SLEDAI-2K total of 2025-04-07: version 2K, its baseline SELENA"
    ):
        change("SELENA", "2K")


@pytest.mark.parametrize(
    ("category", "version"),
    [("SELENA-SLEDAI", "SELENA"), ("SLEDAI-2K", "2K"), ("SLEDAI", "2K"), (None, "2K")],
)
def test_the_category_of_the_record_tells_the_version(category, version):
    """What RSCAT does not tell is of the study's version."""
    rows = pl.DataFrame(
        {
            "USUBJID": "1001", "VISITNUM": 19.0, "date": LATER, "item": [item.id for item in ITEMS], "RSSEQ": 1,
            "category": category, "present": False, "present_30": False,
        },
        schema_overrides={"category": pl.String},
    )  # fmt: skip
    assert sledai(read(), rows).select("sledai2k", "sledai2k_version").row(0) == (0, version)
