"""The report as PDF/A: set by Typst, fonts embedded, the same bytes for the same trial."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from carnet.core.errors import FontError
from carnet.report.exhibit import Exhibit, Section
from carnet.report.footing import footing

CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
CHINESE_FONTS = ("Noto Serif CJK SC", "Noto Sans CJK SC", "Source Han Serif SC", "SimSun")
"""Fonts that hold Chinese, the first one found is used."""


def write(
    study: Any,
    sections: Sequence[Section],
    results: pl.DataFrame,
    manifest: Mapping[str, Any],
    path: Path,
    banner: str = "",
    name: str = "",
) -> None:
    """Write the report, under its name if it has one.

    Without a font for its Chinese texts it is refused, as boxes would be printed for them.
    """
    import typst

    content = {
        "title": study.title,
        "title_zh": study.get("study.title_zh", ""),
        "name": name,
        "study": study.id,
        "banner": banner,
        "cut": manifest.get("data_cut") or "",
        "version": manifest["carnet"],
        "sections": [_section(section, results, manifest) for section in sections],
    }
    pictures = dict(_pictures(sections))
    template = files("carnet.report").joinpath("report.typ").read_bytes()
    source = {
        "main": template,
        "content.json": json.dumps(content, ensure_ascii=False).encode(),
        **{name: svg.encode() for name, svg in pictures.items()},
    }
    font = _chinese_font(typst) if CHINESE.search(json.dumps(content, ensure_ascii=False)) else ""
    compile: Any = typst.compile  # takes files by their names as well, which its types leave out
    pdf = compile(
        source,
        format="pdf",
        sys_inputs={"chinese": font},
        pdf_standards=["a-2a"],
        timestamp=_moment(manifest),
    )
    path.write_bytes(pdf)


def _chinese_font(typst: Any) -> str:
    there = set(typst.Fonts().families())
    for font in CHINESE_FONTS:
        if font in there:
            return font
    raise FontError(
        "the report holds Chinese text and no font for it was found; install one "
        f"({', '.join(CHINESE_FONTS)}; on Debian the package fonts-noto-cjk) and run again."
    )


def _moment(manifest: Mapping[str, Any]) -> int:
    """Return the data cut as the moment that the file bears."""
    cut = manifest.get("data_cut")
    return int((datetime.fromisoformat(cut) if cut else datetime(1970, 1, 1, tzinfo=UTC)).timestamp())


def _section(section: Section, results: pl.DataFrame, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": section.title,
        "lead": section.lead,
        "exhibits": [_exhibit(exhibit, results, manifest) for exhibit in section.exhibits],
    }


def _exhibit(exhibit: Exhibit, results: pl.DataFrame, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": exhibit.number,
        "title": exhibit.title,
        "absent": exhibit.absent,
        "notes": list(exhibit.notes),
        "foot": list(footing(exhibit.number, results, manifest)) if exhibit.tables or exhibit.figures else [],
        "figures": [
            {"picture": _name(exhibit, place), "caption": figure.caption, "page": figure.page}
            for place, figure in enumerate(exhibit.figures)
        ],
        "tables": [
            {
                "caption": table.caption,
                "header": list(table.header),
                "numbers": table.numbers,
                "rows": [{"cells": list(row.cells), "kind": row.kind} for row in table.rows],
            }
            for table in exhibit.tables
        ],
    }


def _name(exhibit: Exhibit, place: int) -> str:
    return f"{exhibit.id}-{place}.svg"


def _pictures(sections: Sequence[Section]) -> Iterator[tuple[str, str]]:
    for section in sections:
        for exhibit in section.exhibits:
            for place, figure in enumerate(exhibit.figures):
                yield _name(exhibit, place), figure.svg
