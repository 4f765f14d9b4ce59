"""The official definitions of CTCAE v5.0, from the workbook that its publisher gives away, for display."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carnet.core.errors import InputError
from carnet.exchange.tables import read as read_table
from carnet.safety import terms

GRADES = tuple(f"grade {grade}" for grade in range(1, 6))


@dataclass(frozen=True)
class Definition:
    """What the publisher prints of one term: its definition, a note, and a text for each grade it has."""

    code: str
    definition: str
    note: str
    grades: tuple[str, ...]

    def described(self) -> list[str]:
        """Return the lines to show beneath the term."""
        said = [
            f"  {name.capitalize()}: {text}" for name, text in zip(GRADES, self.grades, strict=True) if text
        ]
        return [*said, *(["  Definition: " + self.definition] if self.definition else []),
                *(["  Note: " + self.note] if self.note else [])]  # fmt: skip


def read(path: str | Path) -> dict[str, Definition]:
    """Return the definitions by the MedDRA code of their term, from the first sheet of the publisher's workbook.

    The columns are told by their headings: MedDRA code, Grade 1 to Grade 5, Definition, Navigational Note. A
    single dash says that the term has no such grade. A file whose grades are not those of the list of terms is refused:
    it is another version.
    """
    table = read_table(path)
    headings = {" ".join(name.lower().split()): name for name in table.columns}
    code = next((name for key, name in headings.items() if "meddra" in key and "code" in key), None)
    if lacking := [name for name in (*GRADES, "definition") if name not in headings] + (
        [] if code else ["MedDRA code"]
    ):
        raise InputError(f"{path} has no column {', '.join(lacking)}; give the workbook of CTCAE v5.0.")
    assert code is not None
    found: dict[str, Definition] = {}
    for row in table.iter_rows(named=True):
        key = str(row[code] or "").strip().removesuffix(".0")
        term = terms.find(key) if key.isdecimal() else None
        if term is None:
            continue
        texts = tuple(_text(row[headings[name]]) for name in GRADES)
        printed = tuple(grade for grade, text in enumerate(texts, start=1) if text)
        if printed != term.grades:
            raise InputError(
                f"{path}: {term.term} has the grades {terms.said(printed)}; "
                f"in v5.0 it has {terms.said(term.grades)}. Is it another version?"
            )
        note = headings.get("navigational note")
        found[key] = Definition(
            key, _text(row[headings["definition"]]), _text(row[note]) if note else "", texts
        )
    if not found:
        raise InputError(f"{path} holds no term of CTCAE v5.0; give the publisher's workbook.")
    return found


def _text(cell: object) -> str:
    """Return a cell as one line; a single dash is none."""
    text = " ".join(str(cell or "").split())
    return "" if text in {"-", "–", "—"} else text
