"""What every test may use: the spec table, and where the shared reference data lie."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings

from carnet.core.instrument import Instrument
from carnet.core.rule import SAY, Rule

settings.register_profile("carnet", deadline=None, max_examples=60)
settings.load_profile("carnet")

SHARED = Path(__file__).resolve().parents[2] / "shared"
WORDS = {"yes": True, "no": False, "unknown": None, "": None}


@pytest.fixture
def shared() -> Path:
    """Return the folder of reference data; skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the reference data folder ../shared is not on this machine")
    return SHARED


def read_table(text: str) -> tuple[list[str], list[list[str]]]:
    """Return the header and the cells of a table drawn with | signs; a line that starts with # is a comment."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")]
    return rows[0], rows[1:]


@pytest.fixture
def spec():
    """Return the check of one behaviour: `spec(definition, table, **quiet)`.

    The table has a row per case. Its columns are inputs, and the ids of verdicts or scores expected. A column
    left out takes its value from `quiet`, else it is absent. yes, no and empty are what they say; `unknown`
    is an expected null.
    """

    def check(definition: Rule | Instrument, table: str, **quiet: object) -> None:
        header, cells = read_table(table)
        made = set(definition.ids()) if isinstance(definition, Rule) else {s.id for s in definition.scores}
        given = {name: [row[i] for row in cells] for i, name in enumerate(header) if name not in made}
        frame = pl.DataFrame(given, schema=dict.fromkeys(given, pl.String))
        if not given:
            frame = pl.DataFrame({"row": range(len(cells))})
        frame = frame.with_columns(pl.lit(v).alias(k) for k, v in quiet.items() if k not in given)
        done = definition.judge(frame) if isinstance(definition, Rule) else definition.score(frame)
        assert made & set(header), f"the table expects nothing of {definition.id}"
        for name in (name for name in header if name in made):
            for number, (row, got) in enumerate(zip(cells, done[name].to_list(), strict=True), start=1):
                want = row[header.index(name)]
                said = (
                    SAY[got]
                    if got is None or isinstance(got, bool)
                    else f"{got:g}"
                    if isinstance(got, float)
                    else str(got)
                )
                assert said == (want or "unknown"), (
                    f"row {number}, {name}: expected {want or 'unknown'}, got {said}: {row}"
                )

    return check
