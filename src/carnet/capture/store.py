"""The store: the one door through which values come in, a form at a time, whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carnet import __version__
from carnet.capture import chain, database, tables
from carnet.capture.answers import ANSWERED, BLANK, NO_ANSWER, TYPED, Answer, Asked, FormSave, Reading
from carnet.core.errors import InputError

Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]

SOFTWARE = f"carnet {__version__}"
AT = chain.FIELDS["entry"].index("at")


def server_clock() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Recorded:
    """The clock of a trial that was entered elsewhere: each save brings its own time.

    A store stamps entries with its own clock, so that nobody can say when something was entered. A simulated
    trial, or one taken over from another system, has its times already: a store opened with this clock keeps
    them.
    """

    def __call__(self) -> datetime:
        """Refuse: the form that was saved brought no time."""
        raise InputError(
            "This store keeps recorded times, and the form brings none; give `at` with the form."
        )


@dataclass(frozen=True)
class Store:
    """A database of entries. Made by `Store.open`; threads may share one."""

    alias: str
    asked: Asked
    clock: Clock = server_clock

    @classmethod
    def open(cls, address: str | Path, study: Any = (), clock: Clock = server_clock) -> Store:
        """Return the store at an address (a path or `postgresql://...`), made if it is not there.

        `study` is a `Study`; a plain tuple of forms serves too. The time of an entry is the server's: `clock`
        is changed only by tests and, to `Recorded()`, by what enters a trial that happened elsewhere.
        """
        alias = database.connect(address)
        tables.prepare(alias)
        return cls(alias, Asked.of(study), clock)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        from django.db import connections

        connections[self.alias].close()

    def save(
        self, subject: str, visit: str, form: str, answers: Mapping[str, str | Answer], *, by: str, role: str,
        by_name: str = "", repeat: int = 1, reason: str = "", language: str = "en",
    ) -> range:  # fmt: skip
        """Save one form as it was typed, in one transaction; return the numbers of the entries it added.

        A blank answers nothing. The first entry of a cell needs no reason, a change does; what is the same
        as before makes no entry. Refused are text that cannot be read as the item's type, a change without
        a reason, and "not done", "unknown" and "not applicable" without one. A value out of range is kept:
        it is a finding of the edit checks.
        """
        save = FormSave(subject, visit, form, answers, by, role, by_name, repeat, reason, language)
        return self._write(*self.asked.read(save))

    def withdraw(
        self, subject: str, visit: str, form: str, *, by: str, role: str, reason: str,
        by_name: str = "", repeat: int = 1, language: str = "en",
    ) -> range:  # fmt: skip
        """Take back a whole form or log row entered by mistake: every answer becomes "not applicable".

        Nothing is deleted: what stood there stays in the history.
        """
        with database.snapshot(self.alias) as cursor:
            items = _standing(cursor, (subject, visit, form, repeat))
        answers = {item: Answer(status="not applicable") for item in items}
        save = FormSave(subject, visit, form, answers, by, role, by_name, repeat, reason, language)
        return self._write(*self.asked.read(save))

    def save_many(self, saves: Iterable[FormSave], progress: Progress | None = None) -> int:
        """Save many forms, each in its own transaction; return how many added entries.

        All are read before the first is written, so that text which cannot be read leaves no trace. The
        disk is waited for once, at the end. `progress` is told the entries done and their total.
        """
        read = [self.asked.read(save) for save in saves]
        total = sum(len(readings) for _, readings in read)
        done = added = 0
        with database.in_bulk(self.alias):
            for save, readings in read:
                added += bool(self._write(save, readings))
                done += len(readings)
                if progress is not None:
                    progress(done, total)
        return added

    def enter(
        self, entries: Any, progress: Progress | None = None, *, source: str = "import",
        source_digest: str = "", names: Mapping[str, str] | None = None,
    ) -> int:  # fmt: skip
        """Enter a whole frame of entries value by value; return how many forms were saved.

        Consecutive rows of one form, person, time and language are one save. `names` gives the printed name
        of a user id. Times in the frame are kept by a store opened with `clock=Recorded()`, and refused by
        another.
        """
        from carnet.capture.frames import saves

        return self.save_many(saves(entries, source, source_digest, names or {}), progress)

    def _write(self, save: FormSave, readings: list[Reading]) -> range:
        """Append what is new in a form, in one transaction that holds the head of the chain."""
        from django.db import connections, transaction

        at = self._now(save)
        connection = connections[self.alias]
        said, kept = at.isoformat(timespec="microseconds"), connection.ops.adapt_datetimefield_value(at)
        sql = STATEMENTS[connection.vendor]
        with transaction.atomic(using=self.alias), connection.cursor() as cursor:
            cursor.execute(sql["head"])
            last, previous = cursor.fetchone()
            standing = _standing(cursor, (save.subject, save.visit, save.form, save.repeat))
            new = [reading for reading in readings if self._adds(save, reading, standing.get(reading.item))]
            entries, texts = [], []
            for number, reading in enumerate(new, start=last + 1):
                salt = secrets.token_hex(16)
                content = chain.content_digest(salt, reading.value, reading.typed, reading.reason)
                fields = [
                    chain.LAYOUT, previous, number, last + 1, save.subject, save.visit, save.form,
                    save.repeat, reading.item, reading.unit, reading.status, save.by,
                    save.by_name or save.by, save.role, said, save.language, save.form_version,
                    save.protocol_version, SOFTWARE, save.source, save.source_digest, content,
                ]  # fmt: skip
                previous = chain.digest(fields)
                fields[AT] = kept
                entries.append((*fields, previous))
                texts.append((number, salt, reading.value, reading.typed, reading.reason))
            if new:
                cursor.executemany(sql["entry"], entries)
                cursor.executemany(sql["content"], texts)
                cursor.execute(sql["grow"], (last + len(new), previous))
        return range(last + 1, last + 1 + len(new))

    def _now(self, save: FormSave) -> datetime:
        """Return the time of a save, in UTC: the store's, or the recorded one where the store keeps those."""
        if save.at is not None and not isinstance(self.clock, Recorded):
            raise save.refusal(
                "brings the time it was entered, but this store stamps entries itself; leave out `at`, "
                "or open the store with clock=Recorded() to take over a trial that was entered elsewhere"
            )
        if isinstance(self.clock, Recorded) and save.source == TYPED:
            raise save.refusal(
                "brings the time it was entered but not where it comes from; give its `source`"
            )
        at = save.at or self.clock()
        if at.tzinfo is None:
            raise save.refusal(f"brings a time without a zone, {at}; give it in UTC")
        return at.astimezone(UTC)

    def _adds(self, save: FormSave, reading: Reading, before: Reading | None) -> bool:
        """Say whether a reading makes an entry; refuse a change without reason, or a blank over an answer."""
        if before is None:
            return reading.status != BLANK
        if reading.status == BLANK:
            if before.status == ANSWERED:
                blank = f"is {before.value}, and a blank takes nothing back; to withdraw it {NO_ANSWER}"
                raise self._refusal(save, reading, blank)
            return False
        same = (reading.status, reading.value, reading.unit) == (before.status, before.value, before.unit)
        if same and (reading.status == ANSWERED or reading.reason == before.reason):
            return False
        if not reading.reason.strip():
            raise self._refusal(
                save, reading, f"was saved as {before} and is now {reading}; give the reason of the change"
            )  # fmt: skip
        return True

    def _refusal(self, save: FormSave, reading: Reading, message: str) -> InputError:
        return save.refusal(message, reading.item, self.asked.forms[save.form][reading.item].label)


def _standing(cursor: Any, form: tuple[str, str, str, int]) -> dict[str, Reading]:
    """Return the last entry of each cell of a form."""
    cursor.execute(
        "SELECT e.item, c.value, c.typed, e.unit, "
        "CASE WHEN c.number IS NULL THEN 'redacted' ELSE e.status END, c.reason "
        "FROM capture_entry e LEFT JOIN capture_content c ON c.number = e.number "
        "WHERE e.subject = %s AND e.visit = %s AND e.form = %s AND e.repeat = %s ORDER BY e.number",
        form,
    )
    return {row[0]: Reading(*row) for row in cursor.fetchall()}


def _statements(lock: str) -> dict[str, str]:
    """Return the SQL of a save, its columns in the order of the chain's layout.

    Model instances would cost more than all else in a save: docs/decisions/capture-durability.md.
    """
    columns = ", ".join(f'"{name}"' for name in (*chain.FIELDS["entry"], "hash"))
    holes = ", ".join(["%s"] * (len(chain.FIELDS["entry"]) + 1))
    return {
        "head": f"SELECT number, hash FROM capture_head WHERE chain = 'entry'{lock}",
        "entry": f"INSERT INTO capture_entry ({columns}) VALUES ({holes})",
        "content": "INSERT INTO capture_content (number, salt, value, typed, reason) "
        "VALUES (%s, %s, %s, %s, %s)",
        "grow": "UPDATE capture_head SET number = %s, hash = %s WHERE chain = 'entry'",
    }


STATEMENTS = {"sqlite": _statements(""), "postgresql": _statements(" FOR UPDATE")}
"""SQLite has the whole file to itself in an immediate transaction; PostgreSQL locks the head of the chain."""
