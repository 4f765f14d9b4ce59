"""The list of outputs that a study report has by ICH E3, and which of them this one holds."""

from __future__ import annotations

from collections.abc import Iterable

from carnet.core.table import read_rows
from carnet.report.exhibit import Exhibit, Section, Table, rows
from carnet.report.listings import named

LISTED = {row["number"]: row["title"] for row in named()}


def contents(sections: Iterable[Section]) -> Exhibit:
    """Return every planned table, figure and listing with its number and title and whether it stands here under it."""
    made = {exhibit.number: exhibit for section in sections for exhibit in section.exhibits}
    lines = []
    for planned in read_rows("carnet.report", "outputs.csv"):
        number = planned["number"]
        exhibit = made.get(number)
        title = LISTED.get(number) or (exhibit.title if exhibit and exhibit.title else planned["title"])
        where = "here" if exhibit or number in LISTED else "not under a number of its own"
        lines.append(
            (number, title, planned["kind"], exhibit.absent if exhibit and exhibit.absent else where)
        )
    here = sum(line[3] == "here" for line in lines)
    caption = f"{here} of {len(lines)} planned outputs are here"
    shown = Table(caption, ("Number", "Title", "Kind", "Where"), rows(lines), numbers=False, folded=True)
    return Exhibit("16", "Tables, figures and listings", (shown,))
