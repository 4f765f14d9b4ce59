"""The list of planned outputs against what a report holds."""

from __future__ import annotations

from carnet.core.table import read_rows
from carnet.report.exhibit import Exhibit, Section
from carnet.report.outputs import contents


def test_contents_tell_what_is_here_and_why_not() -> None:
    made = Section(
        "x", "X", (Exhibit("14.2.1", "SRI-4"), Exhibit("14.2.3", "DORIS", absent="No data for DORIS."))
    )
    where = {row.cells[0]: row.cells[3] for row in contents([made]).tables[0].rows}
    assert where["14.2.1"] == where["16.2.7.1"] == "here"
    assert where["14.2.3"] == "No data for DORIS."
    assert where["14.1.3"] == "not under a number of its own"


def test_each_number_is_planned_once() -> None:
    numbers = [row["number"] for row in read_rows("carnet.report", "outputs.csv")]
    assert len(numbers) == len(set(numbers)) == 131
