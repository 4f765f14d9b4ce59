"""Origins: the form, the visit and the date of each value that a criterion read, and of what a score was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carnet.core.form import Item
from carnet.core.reading import Origin, Where
from carnet.core.table import read_rows
from carnet.instruments.bilag2004 import BILAG2004, SYSTEMS
from carnet.instruments.sledai2k import ITEMS
from carnet.study import Study

FORMS = read_rows("carnet.adam", "origins.csv")
"""The form of a column and the column of its date, by the beginning of its name; the first that fits."""

MADE_OF: dict[str, tuple[Item, ...]] = {
    "sledai2k": ITEMS,
    "sledai2k_clinical": tuple(item for item in ITEMS if "serological" not in item.groups),
    **{
        f"bilag_{system}": tuple(item for item in BILAG2004.form.items if system in item.groups)
        for system in SYSTEMS
    },
}
"""The answers of which a score or grade is made."""


def origins(study: Study, row: Mapping[str, Any]) -> Where:
    """Return where the values of one row of `adam.response_frame` come from."""
    codes = {visit.num: visit.code for visit in study.visits}

    def where(column: str) -> Origin:
        at = next((end for end in ("_base", "_prev") if column.endswith(end)), "")
        name = column.removesuffix(at)
        kind = next((kind for kind in FORMS if name.startswith(kind["starts"])), {"form": "", "date": "date"})
        date = row.get(f"{kind['date']}{at}") or row.get(f"date{at}")
        number = row.get(f"VISITNUM{at}")
        made = MADE_OF.get(column, ())
        answers = tuple((item, row.get(item.id)) for item in made if item.id in row)
        return Origin(
            kind["form"],
            codes.get(number, "unscheduled" if number else "") if number is not None else "",
            str(date) if date else "",
            tuple((item, value) for item, value in answers if value not in (False, 0)),
        )

    return where
