"""Forms of a study: their items from tables, the limits beside analytes, the items of instruments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from carnet.core.errors import DefinitionError
from carnet.core.form import Form, Item, read_items
from carnet.core.instrument import Instrument
from carnet.study.tables import Folder, rows


def read_forms(folder: Folder, parameters: Mapping[str, Mapping[str, Any]]) -> Iterator[Form]:
    """Yield the forms of forms.csv with their items; `parameters` are those of each instrument."""
    for number, row in rows(folder, "forms.csv"):
        id, file = row.get("id", ""), f"{row.get('id')}.csv"
        place = folder.joinpath("forms")
        if not id or not place.joinpath(file).is_file():
            raise DefinitionError(
                f"forms.csv, row {number}: the form {id!r} has no table; make forms/{file}."
            )
        try:
            items = read_items(place, file, also={"limits"})
        except DefinitionError as error:
            raise DefinitionError(f"forms/{error}") from None
        limited = {cells["id"] for _, cells in rows(place, file) if cells.get("limits") == "Y"}
        items = tuple(
            part for item in items for part in _with_limits(item, row.get("domain", ""), item.id in limited)
        )
        form = Form(
            id, row.get("title", id), row.get("domain", ""), items, log=row.get("log") == "Y",
            title_zh=row.get("title_zh", ""), category=row.get("category", ""),
            version=row.get("version") or "1",
        )  # fmt: skip
        if name := row.get("instrument"):
            asked = _instrument(name, parameters, number).form
            form = replace(form, items=_woven(asked.items, items), checks=asked.checks)
        yield form


def _with_limits(item: Item, domain: str, limited: bool) -> tuple[Item, ...]:
    """Return the item and, for an analyte, the limits of the laboratory that come with each of its values."""
    if not limited:
        return (item,)
    words = {"lln": ("lower limit", "下限", "NRLO"), "uln": ("upper limit", "上限", "NRHI")}
    return item, *(
        Item(
            f"{item.id}_{end}", f"{item.label}, {label}", "decimal", unit=item.unit,
            label_zh=f"{item.label_zh}{zh}",
            decimals=item.decimals, variable=f"{domain}OR{variable}",
        )
        for end, (label, zh, variable) in words.items()
    )  # fmt: skip


def _instrument(name: str, parameters: Mapping[str, Mapping[str, Any]], number: int) -> Instrument:
    """Return the instrument with the parameters that the study chooses."""
    from carnet.instruments import INSTRUMENTS

    known: Mapping[str, Instrument] = {instrument.id: instrument for instrument in INSTRUMENTS}
    if name not in known:
        there = ", ".join(known)
        raise DefinitionError(f"forms.csv, row {number}: there is no instrument {name!r}; there are {there}.")
    chosen = parameters.get(name, {})
    return known[name].with_parameters(**chosen) if chosen else known[name]


def _woven(asked: tuple[Item, ...], beside: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return required additional items, then each scored item with what belongs to it, then the rest."""

    def owner(item: Item) -> str:
        return max((a.id for a in asked if item.id.startswith(a.id + "_")), key=len, default="")

    owners = {item.id: owner(item) for item in beside}
    loose = [item for item in beside if not owners[item.id]]
    return (
        *(item for item in loose if item.required),
        *(part for a in asked for part in (a, *(item for item in beside if owners[item.id] == a.id))),
        *(item for item in loose if not item.required),
    )
