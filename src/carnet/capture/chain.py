"""The hash chain: every row holds the digest of the row before it, so that no change goes unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from carnet.capture.database import moment, opened, snapshot
from carnet.core.errors import InputError

LAYOUT = 1
"""The layout that this carnet writes: the fields below, in this order."""

GENESIS = "0" * 64
"""What stands for the digest of the row before the first."""

FIELDS: dict[str, tuple[str, ...]] = {
    "entry": (
        "layout", "previous", "number", "saved_with", "subject", "visit", "form", "repeat", "item", "unit",
        "status", "by", "by_name", "role", "at", "language", "form_version", "protocol_version", "software",
        "source", "source_digest", "content",
    ),
    "redaction": (
        "layout", "previous", "number", "entry", "by", "by_name", "role", "at", "software", "reason",
    ),
}  # fmt: skip
"""What the digest of a row covers, for each chain; `at` as `2025-03-01T08:30:00.000000+00:00`."""

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def digest(fields: Sequence[Any]) -> str:
    """Return the SHA-256 of the fields written as a JSON array without spaces, in UTF-8.

    JSON says where a field ends and tells null from empty text, and any language can repeat it.

    >>> digest(["a", "b"]) == digest(["ab", ""])
    False
    """
    return sha256(_write(fields).encode()).hexdigest()


def content_digest(salt: str, value: str | None, typed: str, reason: str) -> str:
    """Return the digest that stands for an entry's text in the chain.

    The salt is drawn for each entry and removed with the text: a digest alone then says nothing about a date
    of birth or a name, however few there are to try.
    """
    return digest((salt, value, typed, reason))


@dataclass(frozen=True)
class Broken:
    """The first record that its chain does not vouch for; one that is missing has a number and no cell."""

    number: int
    message: str
    subject: str = ""
    visit: str = ""
    form: str = ""
    repeat: int = 1
    item: str = ""
    chain: str = "entry"

    def __str__(self) -> str:
        cell = (
            f" ({_cell(self.subject, self.visit, self.form, self.repeat, self.item)})" if self.subject else ""
        )
        return f"{self.chain.capitalize()} {self.number}{cell} {self.message}."


@dataclass(frozen=True)
class Seal:
    """How far the chain of entries has grown, and its last digest.

    Kept outside the database, it exposes even a chain that was rewritten from end to end.
    """

    entries: int
    hash: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Seal:
        """Return the seal that was written as `number:digest`.

        >>> Seal.read("12:" + "0" * 64).entries
        12
        """
        number, _, hash = text.strip().partition(":")
        if not (number.isascii() and number.isdecimal()) or len(hash) != len(GENESIS):
            raise InputError(f"{text!r} is no seal; give it as `carnet verify` printed it, number:digest.")
        return cls(int(number), hash)


def seal(db: str | Path) -> Seal:
    """Return the seal of a database as it stands."""
    with opened(db) as alias, snapshot(alias) as cursor:
        return Seal(*_head(cursor, "entry"))


def verify(db: str | Path, against: Seal | None = None) -> Broken | None:
    """Return the first record of a database that is not as it was written, or None.

    Found are rows changed, missing, exchanged or added, and text removed without a redaction. Somebody who
    rewrites the whole chain and its head is found only `against` a seal that was kept outside the database.
    """
    with opened(db) as alias, snapshot(alias) as cursor:
        return _first_broken(cursor, alias, "redaction") or _first_broken(cursor, alias, "entry", against)


BATCH = 5_000
"""Rows read at a time: a chain of any length is verified in the same memory."""

SQL = {
    "entry": (
        ", c.salt, c.value, c.typed, c.reason, r.number",
        "LEFT JOIN capture_content c ON c.number = e.number "
        "LEFT JOIN capture_redaction r ON r.entry = e.number",
    ),
    "redaction": ("", ""),
}
"""What verification reads beside the fields and the digest, and from where."""


def _rows(cursor: Any, alias: str, chain: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a chain by number: the fields that the digest covers, the digest, then the text."""
    fields = ", ".join(moment(alias, "e.at") if name == "at" else f'e."{name}"' for name in FIELDS[chain])
    more, joins = SQL[chain]
    sql = (
        f"SELECT {fields}, e.hash{more} FROM capture_{chain} e {joins} "
        f"WHERE e.number > %s ORDER BY e.number LIMIT {BATCH}"
    )
    rows: list[tuple[Any, ...]] = []
    while not rows or len(rows) == BATCH:
        cursor.execute(sql, (rows[-1][2] if rows else -(2**63),))
        rows = cursor.fetchall()
        yield from rows
        if not rows:
            return


def _head(cursor: Any, chain: str) -> tuple[int, str]:
    """Return how far a chain has grown as its head says; a head that is gone says -1."""
    cursor.execute("SELECT number, hash FROM capture_head WHERE chain = %s", (chain,))
    return cursor.fetchone() or (-1, "")


def _first_broken(cursor: Any, alias: str, chain: str, against: Seal | None = None) -> Broken | None:
    """Return the first row of a chain that is not as it was written, or None."""
    end = len(FIELDS[chain])
    before: tuple[Any, ...] | None = None
    number, previous = 0, GENESIS
    for row in _rows(cursor, alias, chain):
        if row[2] != number + 1:
            return _missing(chain, number + 1, row[2] - 1, before, row)
        if digest(row[:end]) != row[end]:
            return _broken(chain, row, "is not as it was written: its digest does not fit its fields")
        if row[1] != previous:
            return _broken(
                chain, before or row,
                "was rewritten together with its digest: the next one still holds the digest that stood here"
                if before else "is not the one that was written first",
            )  # fmt: skip
        if chain == "entry" and (wrong := _text(row[FIELDS[chain].index("content")], *row[end + 1 :])):
            return _broken(chain, row, wrong)
        if against is not None and row[2] == against.entries and row[end] != against.hash:
            return _broken(
                chain, row, "or one before it was rewritten: the seal that was kept holds another digest"
            )
        before, number, previous = row, row[2], row[end]
    last, hash = _head(cursor, chain)
    if last < 0:
        return Broken(number, "cannot be shown to be the last: the head of the chain is gone", chain=chain)
    if last > number or (against is not None and against.entries > number):
        return _missing(chain, number + 1, max(last, against.entries if against else 0), before, None)
    if last < number:
        return Broken(
            last + 1, "was not entered through carnet: the head of the chain knows nothing of it", chain=chain
        )
    if hash != previous and before is None:
        return Broken(0, "should begin the chain, but its head holds a digest", chain=chain)
    if hash != previous and before is not None:
        said = "was rewritten together with its digest: the head of the chain holds another"
        return _broken(chain, before, said)
    return None


def _text(
    content: str, salt: str | None, value: str | None, typed: str, reason: str, redaction: int | None
) -> str:
    """Return what is wrong with the text of an entry, or nothing."""
    if salt is None:
        return "" if redaction is not None else "has lost its text, and no redaction says why"
    if content_digest(salt, value, typed, reason) != content:
        return "is not as it was written: its value, typed text or reason was changed"
    return ""


def _place(chain: str, row: tuple[Any, ...]) -> dict[str, Any]:
    if chain != "entry":
        return {}
    return {name: row[FIELDS[chain].index(name)] for name in ("subject", "visit", "form", "repeat", "item")}


def _broken(chain: str, row: tuple[Any, ...], message: str) -> Broken:
    return Broken(row[2], message, **_place(chain, row), chain=chain)


def _cell(subject: str, visit: str, form: str, repeat: int, item: str) -> str:
    row = f", row {repeat}" if repeat != 1 else ""
    return f"subject {subject}, visit {visit}, form {form}{row}, item {item}"


def _missing(
    chain: str, first: int, last: int, before: tuple[Any, ...] | None, after: tuple[Any, ...] | None
) -> Broken:
    """Return the gap in a chain, named by its neighbours."""
    said = "is missing" if last == first else f"and those up to {last} are missing"
    beside = [
        f"{side} {row[2]}" + (f" ({_cell(**_place(chain, row))})" if chain == "entry" else "")
        for side, row in (("after", before), ("before", after)) if row is not None
    ]  # fmt: skip
    return Broken(
        first,
        f"{said}; {'it stood' if last == first else 'they stood'} {' and '.join(beside) or 'alone'}",
        chain=chain,
    )
