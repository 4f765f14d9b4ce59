"""Can the items of a definition be asked, measured and compared: units, ranges, choices, criteria, limits?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from carnet.core import units
from carnet.core.form import Form, Item
from carnet.study.checks.findings import Note
from carnet.study.protocol import Criterion, Limit
from carnet.study.study import Study

MEASURED = ("LB", "VS", "PC", "CP", "IS", "EG", "CV")
"""Domains whose numbers have units."""
DERIVED = ("age", "sledai2k")
"""What eligibility may name although no form asks it: it is worked out."""
OPERATORS = (">", ">=", "<", "<=", "is", "between")
NUMBER = r"-?\d+(\.\d+)?"


def twice(values: Iterable[str]) -> list[str]:
    """Return the values that stand more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def items(study: Study) -> Iterator[Note]:
    """Yield items that cannot be asked, measured or tabulated as they stand."""
    for form in study.forms:
        for item in form.items:
            for message in item_messages(form, item):
                yield Note(message, form=form.id, item=item.id)


def item_messages(form: Form, item: Item) -> Iterator[str]:
    """Yield what is wrong with one item."""
    numeric = item.dtype.is_numeric()
    if not re.fullmatch(r"[a-z][a-z0-9_]*", item.id):
        yield f"The id {item.id} is no name; use lower-case letters, digits and _."
    if item.low is not None and item.high is not None and item.low > item.high:
        yield f"The lowest value of {item.id} ({item.low:g}) is above its highest ({item.high:g})."
    if item.type == "choice" and not item.choices:
        yield f"{item.id} is a choice without choices; list them parted by |."
    if item.choices_zh and len(item.choices_zh) != len(item.choices):
        yield f"{item.id} has {len(item.choices)} choices in English and {len(item.choices_zh)} in Chinese."
    for choice in twice(item.choices):
        yield f"{item.id} offers the choice {choice} twice."
    if item.testcd and not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,7}", item.testcd):
        yield f"The test code {item.testcd} of {item.id} is none: at most 8 capital letters, digits and _."
    if not (numeric and item.testcd and form.domain in MEASURED):
        return
    if not item.unit:
        yield f"{item.id} is a measured number without a unit; name one."
    else:
        try:
            units.unit(item.unit)
        except units.UnitError:
            yield f"The unit {item.unit} of {item.id} is not known to carnet; correct it."


def eligibility(study: Study) -> Iterator[Note]:
    """Yield criteria whose limits cannot be compared with a recorded value."""
    for criterion in study.criteria:
        for limit in criterion.limits:
            for message in limit_messages(study, criterion, limit):
                yield Note(f"eligibility.csv: {criterion.id} {message}", item=limit.item)


def limit_messages(study: Study, criterion: Criterion, limit: Limit) -> Iterator[str]:
    """Yield why a limit of a criterion cannot be compared with a recorded value."""
    item = study.items.get(limit.item)
    if item is None and limit.item not in DERIVED:
        yield f"names {limit.item}, which no form asks."
    if limit.operator not in OPERATORS:
        yield f"has the operator {limit.operator!r}; use one of {' '.join(OPERATORS)}."
    elif limit.operator == "is":
        if item is not None and item.choices and limit.limit not in item.choices:
            yield f"wants {limit.limit}, which {item.id} does not offer."
        return
    elif not re.fullmatch(NUMBER + (rf"\.\.{NUMBER}" if limit.operator == "between" else ""), limit.limit):
        wanted = "two numbers as 18..65" if limit.operator == "between" else "a number"
        yield f"has the limit {limit.limit!r}; write {wanted}."
    if item is not None and limit.unit and not convertible(limit.unit, item):
        yield f"is in {limit.unit}, {item.id} in {item.unit or 'no unit'}."
    if limit.reference and f"{limit.item}_{limit.reference.lower()}" not in study.items:
        yield f"is a multiple of the {limit.reference} of {limit.item}, which no form asks."


def ranges(study: Study) -> Iterator[Note]:
    """Yield reference ranges of unknown items, in units that do not convert, or with their ends exchanged."""
    for name, low, high, unit in study.ranges.select("item", "low", "high", "unit").iter_rows():
        item = study.items.get(name)
        if item is None:
            yield Note(f"reference_ranges.csv: no form asks {name}.", item=name)
        elif not convertible(unit or "", item):
            yield Note(
                f"reference_ranges.csv: {name} is in {unit or 'no unit'}, the form in {item.unit}.", item=name
            )
        if low is not None and high is not None and low > high:
            yield Note(
                f"reference_ranges.csv: the range of {name} ends ({high:g}) before it begins ({low:g}).",
                item=name,
            )


def convertible(unit: str, item: Item) -> bool:
    """Return whether a value in this unit can be turned into the unit of the item."""
    if unit == item.unit:
        return True
    try:
        units.conversion(unit, item.unit, item.testcd)
    except units.UnitError:
        return False
    return True
