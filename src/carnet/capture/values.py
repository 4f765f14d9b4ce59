"""What a typed answer says: the canonical text of its value, or a refusal that says what the item takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial

from carnet.core.form import Item
from carnet.core.inputs import FALSE, TRUE

Reader = Callable[[str], str]
"""Turns what was typed into a value; raises `ValueError` saying what was wanted."""

FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
"""The characters of a Chinese keyboard that stand for ASCII ones."""

YES = frozenset((*TRUE, "是", "有"))
NO = frozenset((*FALSE, "否", "无"))

NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?", re.ASCII)
DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?)?[年月]?", re.ASCII)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)

CENTURIES = (1900, 2199)
"""No date in a trial lies outside them: a year such as 0205 is a slip of the hand."""


def reader(item: Item) -> Reader:
    """Return the function that reads what was typed for an item.

    >>> reader(Item("hgb", "Haemoglobin", "decimal"))(" 98.50 ")
    '98.50'
    """
    if item.type == "choice":
        return _choice(item)
    if item.type in {"date", "datetime"}:
        return partial(_date if item.type == "date" else _datetime, partial=item.partial)
    plain: dict[str, Reader] = {
        "boolean": _boolean, "integer": _integer, "decimal": _decimal, "time": _time, "text": str,
    }  # fmt: skip
    return plain[item.type]


def _ascii(typed: str) -> str:
    return typed.translate(FULL_WIDTH).strip()


def _boolean(typed: str) -> str:
    word = _ascii(typed).lower()
    if word in YES:
        return "Y"
    if word in NO:
        return "N"
    raise ValueError("it takes yes or no (Y/N)")


def _parts(typed: str, wanted: str) -> tuple[str, str, str]:
    """Return sign, whole digits and fraction digits of a number, an exponent written out."""
    found = NUMBER.fullmatch(_ascii(typed))
    if not found or not (found[2] or found[3]):
        raise ValueError(wanted)
    whole, fraction, shift = found[2], found[3] or "", int(found[4] or 0)
    if shift > 0:
        fraction = fraction.ljust(shift, "0")
        whole, fraction = whole + fraction[:shift], fraction[shift:]
    elif shift < 0:
        whole = whole.rjust(-shift, "0")
        whole, fraction = whole[:shift], whole[shift:] + fraction
    return "-" if found[1] == "-" else "", whole.lstrip("0") or "0", fraction


def _decimal(typed: str) -> str:
    """Return a number as it was typed, in plain digits: 2.30 stays 2.30, 1.5e3 is 1500.

    >>> _decimal("1.5e3"), _decimal(".5"), _decimal("2.5E-3"), _decimal("-0")
    ('1500', '0.5', '0.0025', '0')
    """
    sign, whole, fraction = _parts(typed, "it takes a number with a point for the decimals, such as 2.3")
    if not (whole + fraction).strip("0"):
        sign = ""
    return sign + whole + ("." + fraction if fraction else "")


def _integer(typed: str) -> str:
    sign, whole, fraction = _parts(typed, "it takes a whole number")
    if fraction.strip("0"):
        raise ValueError("it takes a whole number")
    return ("" if whole == "0" else sign) + whole


def _date(typed: str, *, partial: bool) -> str:
    """Return a date as 2025-03-01, or as much of it as is known where the item takes partial dates.

    >>> _date("2025/3/1", partial=False), _date("2025年3月", partial=True)
    ('2025-03-01', '2025-03')
    """
    wanted = "it takes a date, year first, such as 2025-03-01" + (
        "; 2025-03 or 2025 where day or month is unknown" if partial else ""
    )
    found = DATE.fullmatch(_ascii(typed))
    if not found or not (partial or found[3]):
        raise ValueError(wanted)
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise ValueError(f"the calendar has no such day; {wanted}") from None
    if not CENTURIES[0] <= (year or 0) <= CENTURIES[1]:
        raise ValueError(f"the year is {year}; {wanted}")
    return "-".join(f"{part:02}" for part in (year, month, day) if part is not None)


def _time(typed: str) -> str:
    found = TIME.fullmatch(_ascii(typed))
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        raise ValueError("it takes a time of day from 00:00 to 23:59, such as 08:30")
    return f"{int(found[1]):02}:{found[2]}" + (f":{found[3]}" if found[3] else "")


def _datetime(typed: str, *, partial: bool) -> str:
    """Return a date and time as 2025-03-01T08:30, in the site's own time.

    >>> _datetime("2025-03-01 8:30", partial=False)
    '2025-03-01T08:30'
    """
    day, _, clock = _ascii(typed).replace("T", " ").partition(" ")
    if not clock.strip():
        if partial:
            return _date(day, partial=True)
        raise ValueError("it takes a date and a time at the site, such as 2025-03-01 08:30")
    return f"{_date(day, partial=False)}T{_time(clock)}"


def _choice(item: Item) -> Reader:
    """Return the reader of a choice: its English text, whichever language or case it was typed in."""
    known = {choice.casefold(): choice for choice in reversed(item.choices)}
    known |= dict(zip(item.choices_zh, item.choices, strict=False))
    exact = set(item.choices)

    def read(typed: str) -> str:
        said = typed.strip()
        if said in exact:
            return said
        try:
            return known[said] if said in known else known[said.casefold()]
        except KeyError:
            raise ValueError(f"it takes one of {', '.join(item.choices)}") from None

    return read
