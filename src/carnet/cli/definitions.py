"""Definitions by their ids, for the commands that name one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carnet.core.errors import DefinitionError
from carnet.core.instrument import Instrument
from carnet.core.rule import Rule


def instrument(id: str) -> Instrument:
    """Return the instrument or scale with this id; an unknown one is refused with the list of those there are."""
    from carnet.instruments import INSTRUMENTS
    from carnet.safety.scales import SCALES

    found = {definition.id: definition for definition in (*INSTRUMENTS, *SCALES)}
    if id not in found:
        raise DefinitionError(f"There is no instrument {id!r}; there are {', '.join(found)}.")
    return found[id]


def criterion(id: str) -> Rule:
    """Return the criterion or signal with this id; an unknown one is refused with the list of those there are."""
    from carnet.criteria import CRITERIA
    from carnet.safety.scales import SIGNALS

    found = {**CRITERIA, **SIGNALS}
    if id not in found:
        raise DefinitionError(f"There is no criterion {id!r}; there are {', '.join(found)}.")
    return found[id]


def find(id: str) -> list[Any]:
    """Return every definition with this id: instrument, criterion or part of one, stopping rule, item, form, variable.

    A kinetic parameter is found by its code, a term of CTCAE by its name, in any case, or its code.
    """
    from carnet.safety import terms

    found = list(_matching(id))
    if term := terms.find(id):
        found.append(term)
    if not found:
        near = terms.nearest(id)
        alike = f" Terms of CTCAE v5.0 like it: {'; '.join(near)}." if near else ""
        raise DefinitionError(
            f"Nothing is called {id!r}. Try an instrument (sledai2k), a criterion (sri4), an item (sledai_rash), "
            f"a form (vitals), a stopping rule (DLTRATE), a kinetic parameter (CMAX), a variable (ADSL.SAFFL) or a "
            f"term of CTCAE (Anemia).{alike}"
        )
    return found


def _matching(id: str) -> Iterator[Any]:
    from carnet import adam, sdtm, study
    from carnet.criteria import CRITERIA
    from carnet.instruments import INSTRUMENTS
    from carnet.kinetics import definitions as kinetics
    from carnet.measures import MEASURES
    from carnet.safety import ctcae
    from carnet.safety.scales import SCALES, SIGNALS

    rules = {**CRITERIA, **SIGNALS}
    whole: list[Any] = [instrument for instrument in (*INSTRUMENTS, *SCALES) if instrument.id == id]
    whole += [rule for name, rule in rules.items() if name == id]
    whole += [ctcae.PARAMETERS] if id == ctcae.PARAMETERS.of else []
    if whole:
        yield from whole
        return
    yield from {part.id: part for rule in rules.values() for part in rule.walk() if part.id == id}.values()
    yield from (parameters for name, parameters in MEASURES.items() if name == id)
    definition = study.read()
    yield from (rule for rule in definition.stopping if rule.id == id.upper())
    forms = definition.forms
    yield from (form for form in forms if form.id == id)
    yield from {item.id: item for form in forms for item in form.items if item.id == id}.values()
    yield from kinetics.find(id)
    dataset, _, name = id.upper().rpartition(".")
    tables = [sdtm.definition(domain) for domain in sorted({form.domain for form in forms if form.domain})]
    for table in (*tables, *adam.DATASETS.values()):
        if dataset in {"", table.name}:
            yield from (variable for variable in table.variables if variable.name == name)
