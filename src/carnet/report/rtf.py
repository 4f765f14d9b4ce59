"""Tables as RTF, a file an output, paginated: what a medical writer pastes into the study report."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from carnet.report.exhibit import Exhibit, Section, Table
from carnet.report.footing import footing

ROWS = 24
"""How many lines a landscape page holds below its title, header and footnotes among them."""

NEW_PAGE = "\n{\\pard\\fs2\\par}\\page{\\pard\\fs2\\par}\n"
"""After a table a page breaks only between paragraphs."""

INDENT = "   "
BEYOND = 32767
"""RTF writes a character's number in 16 bits with a sign."""


def write(
    sections: Sequence[Section], results: pl.DataFrame, manifest: Mapping[str, Any], folder: Path
) -> list[Path]:
    """Write one file for each exhibit that has tables; return the files in order."""
    written = []
    for section in sections:
        for exhibit in section.exhibits:
            if not any(table.rows for table in exhibit.tables):
                continue
            foot = [*exhibit.notes, *footing(exhibit.number, results, manifest)]
            path = folder / f"t-{exhibit.number.replace('.', '-')}.rtf"
            path.write_text(encode(section, exhibit, foot), encoding="ascii")
            written.append(path)
    return written


def encode(section: Section, exhibit: Exhibit, foot: Sequence[str]) -> str:
    """Return the exhibit as RTF: each of its tables from a page of its own, under one title, over one footnote."""
    import rtflite as rtf

    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for place, table in enumerate(table for table in exhibit.tables if table.rows):
            document = rtf.RTFDocument(
                df=_frame(table),
                rtf_page=rtf.RTFPage(orientation="landscape", nrow=ROWS),
                rtf_page_header=rtf.RTFPageHeader(),
                rtf_title=rtf.RTFTitle(text=[f"Table {exhibit.number}", exhibit.title or section.title]),
                rtf_column_header=_headers(rtf, table),
                rtf_body=_body(rtf, table),
                rtf_footnote=rtf.RTFFootnote(text=list(foot), **BARE),
            )
            parts.append(Path(folder) / f"{place}.rtf")
            parts[-1].write_text(document.rtf_encode(), encoding="utf-8")
        whole = Path(folder) / "whole.rtf"
        rtf.assemble_rtf([str(part) for part in parts], str(whole))
        return _ascii(whole.read_text(encoding="utf-8").replace("\n\\page\n", NEW_PAGE))


def _frame(table: Table) -> pl.DataFrame:
    """Return the printed cells; an indented row keeps its indent, empty cells are spaces."""
    lines = [
        [(INDENT if row.kind == "indent" and place == 0 else "") + cell for place, cell in enumerate(row.cells)]
        for row in table.rows
    ]  # fmt: skip
    names = [f"c{place}" for place in range(len(table.header))]
    return pl.DataFrame(lines, schema=dict.fromkeys(names, pl.String), orient="row")


def _widths(table: Table) -> list[float]:
    """Return the widths of the columns: as the longest of their cells, within bounds."""
    longest = [max(len(row.cells[place]) for row in table.rows) for place in range(len(table.header))]
    return [
        min(max(length, len(name) / 2, 6), 40) for length, name in zip(longest, table.header, strict=True)
    ]


def _sides(table: Table) -> list[str]:
    return ["l", *("r" if table.numbers else "l" for _ in table.header[1:])]


BARE = {"border_left": "", "border_right": ""}


def _headers(rtf: Any, table: Table) -> list[Any]:
    """Return the lines above the cells: what the table shows, then the names of its columns."""
    names = rtf.RTFColumnHeader(
        text=list(table.header), col_rel_width=_widths(table), text_justification=_sides(table), text_format="b",
        border_top="", **BARE,
    )  # fmt: skip
    caption = rtf.RTFColumnHeader(text=[table.caption or " "], text_justification=["l"], **BARE)
    return [caption, names]


def _body(rtf: Any, table: Table) -> Any:
    return rtf.RTFBody(
        col_rel_width=_widths(table), text_justification=_sides(table), text_convert=False, **BARE
    )


def _ascii(text: str) -> str:
    """Return the document in ASCII: the library leaves the Latin letters with accents as they are.

    Numbers beyond 15 bits are written as negative, as the format asks.
    """
    text = "".join(char if char.isascii() else f"\\uc1\\u{ord(char)}*" for char in text)

    def signed(found: re.Match[str]) -> str:
        number = int(found[1])
        return f"\\u{number - 65536}*" if number > BEYOND else found[0]

    return re.sub(r"\\u(\d+)\*", signed, text)
