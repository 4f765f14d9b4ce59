"""Redaction: the one way in which text leaves a store; a marker says who removed it, when and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from carnet.capture import chain, database, tables
from carnet.capture.answers import storable
from carnet.capture.store import SOFTWARE, Clock, server_clock
from carnet.core.errors import InputError


def redact(
    db: str | Path,
    number: int,
    *,
    by: str,
    role: str,
    reason: str,
    by_name: str = "",
    clock: Clock = server_clock,
) -> int:
    """Remove value, typed text and reason of the entry with this number; return the number of the redaction.

    The entry itself, its digest and its place in the chain stay. The text is also wiped from the database's
    files; backups made before hold it still (docs/decisions/capture-redaction.md).
    """
    if not (reason.strip() and by and role):
        raise InputError(
            f"Entry {number} is redacted only with who, in which role and why; give by, role and reason."
        )
    if not all(map(storable, (by, by_name, role, reason))):
        raise InputError("A redaction takes text without NUL characters; take them out.")
    with database.opened(db) as alias:
        tables.prepare(alias)
        return _redact(alias, number, by, by_name or by, role, reason, clock().astimezone(UTC))


def _redact(alias: str, number: int, by: str, by_name: str, role: str, reason: str, at: datetime) -> int:
    """Write the marker and delete the text in one transaction; then have the files written anew."""
    from django.db import connections, transaction

    connection = connections[alias]
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute(f"SELECT number, hash FROM capture_head WHERE chain = 'redaction'{lock}")
        last, previous = cursor.fetchone()
        cursor.execute(
            "SELECT c.number FROM capture_entry e LEFT JOIN capture_content c ON c.number = e.number "
            "WHERE e.number = %s",
            (number,),
        )
        found = cursor.fetchone()
        if found is None:
            raise InputError(
                f"There is no entry {number} in {database.name(alias)}; the audit trail has the numbers."
            )
        if found[0] is None:
            raise InputError(f"The text of entry {number} has been removed already.")
        fields = [
            chain.LAYOUT, previous, last + 1, number, by, by_name, role,
            at.isoformat(timespec="microseconds"), SOFTWARE, reason,
        ]  # fmt: skip
        digest = chain.digest(fields)
        fields[chain.FIELDS["redaction"].index("at")] = connection.ops.adapt_datetimefield_value(at)
        columns = ", ".join(f'"{name}"' for name in (*chain.FIELDS["redaction"], "hash"))
        holes = ", ".join(["%s"] * (len(fields) + 1))
        cursor.execute(f"INSERT INTO capture_redaction ({columns}) VALUES ({holes})", (*fields, digest))
        cursor.execute(
            "UPDATE capture_head SET number = %s, hash = %s WHERE chain = 'redaction'", (last + 1, digest)
        )
        cursor.execute("DELETE FROM capture_content WHERE number = %s", (number,))
    _wipe(alias)
    return last + 1


def _wipe(alias: str) -> None:
    """Write the files anew: what was deleted stands in them until then."""
    from django.db import connections

    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "postgresql":
            cursor.execute("VACUUM FULL capture_content")
            return
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise database.StoreError(
            f"The text is redacted, but still stands in {database.name(alias)}-wal, which another program is reading; "
            "SQLite empties that file when the last program closes the database."
        )
