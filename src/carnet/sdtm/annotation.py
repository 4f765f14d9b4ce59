"""The annotated case report form: where the answer to every item of every form goes in SDTM."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files

import polars as pl

from carnet.core.errors import DefinitionError
from carnet.core.form import Form, Item
from carnet.sdtm.definitions import RECORDS, variables
from carnet.study import Study

TEST, VARIABLE, QUALIFIER = "test", "variable", "qualifier"
"""What an answer becomes: a row of its own, a variable of its row, or a supplemental qualifier (SUPP--)."""

COLLECTED_AS = {"EX": "EC", "IE": "FA"}
"""Doses are collected in EC, of which EX is made; every criterion is kept in FA, of which IE takes the failures."""

TOPIC = {"AE": "AETERM", "MH": "MHTERM"}
"""A form of these domains that does not ask the name of the event states facts about one: FA."""


@dataclass(frozen=True)
class Note:
    """Where the answer to one item goes.

    `of` is the item to whose row it belongs, if not to all rows of its record. `variable` is the SDTM variable
    without its domain, or the QNAM of a qualifier. `analyte` is what mass and amount convert for.
    """

    form: str
    item: str
    domain: str
    part: str
    of: str | None
    testcd: str | None
    analyte: str | None
    test: str | None
    variable: str | None
    label: str
    type: str
    item_unit: str
    specimen: str | None
    method: str | None
    points: int | None
    cat: str | None
    object: str | None
    constants: Mapping[str, str] = field(default_factory=dict)


def annotate(study: Study) -> pl.DataFrame:
    """Return one row per item (and row it belongs to): form, item, domain, part, test, variable, label.

    A form without a domain (events of the site) is no data of a patient and has no rows. Two qualifiers of
    one record that would share a QNAM are a `DefinitionError`.
    """
    notes = [note for form in study.forms if form.domain for note in _form(form)]
    _refuse_twins(notes)
    constants = sorted({name for note in notes for name in note.constants})
    plain = [f.name for f in fields(Note) if f.name != "constants"]
    columns: dict[str, list[object]] = {name: [getattr(note, name) for note in notes] for name in plain}
    columns |= {f"={name}": [note.constants.get(name) for note in notes] for name in constants}
    types = {name: pl.Int64() if name == "points" else pl.String() for name in columns}
    frame = pl.DataFrame(columns, schema=types)
    one = pl.col("test").drop_nulls().first().over("domain", "testcd")  # a code has one name
    return frame.with_columns(pl.when(pl.col("testcd").is_not_null()).then(one).alias("test"))


def _form(form: Form) -> Iterable[Note]:
    """Yield the notes of one form."""
    asked = {item.variable for item in form.items}
    domain = COLLECTED_AS.get(form.domain, form.domain)
    if form.domain in TOPIC and TOPIC[form.domain] not in asked:
        domain = "FA"
    tests = (
        [i.id for i in form.items if i.testcd or _own(i.id).get("testcd")] if domain not in RECORDS else []
    )
    for item in form.items:
        own = _own(item.id)
        lead = (
            max((t for t in tests if item.id.startswith(f"{t}_")), key=len, default="")
            if item.id not in tests
            else ""
        )
        if not own and lead:
            own = _own("*" + item.id.removeprefix(lead))
        places = own.get("of", "").split("|") if own.get("of") else [lead]
        for place in places:
            yield _note(form, item, own.get("domain") or domain, own, place or None)


def _note(form: Form, item: Item, domain: str, own: Mapping[str, str], of: str | None) -> Note:
    named, constants = _names(item.variable or own.get("variable", ""), form.domain, domain)
    named = named or _names(own.get("variable", ""), form.domain, domain)[0]
    constants = {**_names(own.get("variable", ""), form.domain, domain)[1], **constants}
    testcd = item.testcd or own.get("testcd") or None
    if domain in RECORDS:
        testcd = None
    if testcd:
        part, of, named = TEST, item.id, ""
    elif named and {f"{domain}{named}", named} & variables(domain):
        part = VARIABLE
    elif named == "DTHDTC":  # asked with the details of death, kept in DM
        part, domain = VARIABLE, "DM"
    else:
        part, named = QUALIFIER, named or _short(item.id)
    return Note(
        form=form.id, item=item.id, domain=domain, part=part, of=of, testcd=testcd,
        analyte=own.get("analyte") or testcd,
        test=test_name(domain, testcd, own.get("label") or item.label) if testcd else None, variable=named or None,
        label=_label(own.get("label") or item.label, item.unit), type=item.type, item_unit=item.unit,
        specimen=item.specimen or None, method=item.method or None, points=item.points,
        cat=constants.pop("CAT", None) or form.category or (form.title.upper() if domain == "FA" else None),
        object=form.title if domain == "FA" else None, constants=constants,
    )  # fmt: skip


def _names(text: str, asked: str, domain: str) -> tuple[str, dict[str, str]]:
    """Return the variable that a note names, without its domain, and those that it fixes (`--BDAGNT=...`).

    >>> _names("ISBDAGNT=NUCLEAR AUTOANTIGENS;--CAT=IMMUNE", "IS", "IS")
    ('', {'BDAGNT': 'NUCLEAR AUTOANTIGENS', 'CAT': 'IMMUNE'})
    """
    name, fixed = "", {}
    for part in filter(None, text.split(";")):
        variable, _, value = part.partition("=")
        for prefix in ("--", asked, domain):
            if variable.startswith(prefix) and (
                prefix == "--" or variable in variables(domain) | variables(asked)
            ):
                variable = variable.removeprefix(prefix)
                break
        if value:
            fixed[variable] = value
        else:
            name = variable
    return name, fixed


def _short(item: str) -> str:
    """Return the QNAM of an item that nothing names: the start of its id."""
    return item.replace("_", "").upper()[:8]


def _label(label: str, unit: str) -> str:
    """Return a label of at most 40 characters, with the unit where it fits."""
    with_unit = f"{label} ({unit})" if unit else label
    return with_unit if len(with_unit) <= 40 else label[:40].rstrip()


def test_name(domain: str, testcd: str, label: str) -> str:
    """Return the name of a test: as terminology prints it, else its label; ratings carry the stem of their code.

    >>> test_name("LB", "HGB", "Haemoglobin"), test_name("RS", "SLDI0101", "Seizure")
    ('Hemoglobin', 'SLDI01-Seizure')
    """
    stem = f"{testcd[:-2]}-" if domain == "RS" else ""
    return _tests().get((domain, testcd)) or f"{stem}{label}"[:40].rstrip()


def _refuse_twins(notes: list[Note]) -> None:
    """Refuse two items of one form whose answers would have one place."""
    seen: dict[tuple[str, ...], str] = {}
    for note in notes:
        if note.part == TEST:
            continue
        place = (note.form, note.domain, note.of or "", note.variable or "")
        other = seen.setdefault(place, note.item)
        if other != note.item:
            raise DefinitionError(
                f"Form {note.form!r}: {other!r} and {note.item!r} would both go to {note.domain} {note.variable}; "
                "name the SDTM variable of one in its column `variable`."
            )


def _table(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("carnet.sdtm").joinpath(file).read_text("utf-8").splitlines()))


@cache
def _items() -> dict[str, dict[str, str]]:
    return {row["item"]: row for row in _table("items.csv")}


def _own(item: str) -> Mapping[str, str]:
    """Return what `items.csv` says of an item, or of an ending (`*_due`), that the forms leave open."""
    return _items().get(item, {})


@cache
def _tests() -> dict[tuple[str, str], str]:
    return {(row["domain"], row["testcd"]): row["test"] for row in _table("tests.csv")}
