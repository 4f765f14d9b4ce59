"""Database addresses: each is one Django connection, and Django is configured when the first is opened."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from carnet.core.errors import CarnetError, InputError

PATIENCE = 30
"""Seconds that a writer waits for another before it gives up."""

FORM = "postgresql://user:password@host:port/name"

PRAGMAS = (
    "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON", "PRAGMA secure_delete=ON",
)  # fmt: skip
"""Set on every SQLite connection; docs/decisions/capture-durability.md says why."""

PLACE = ("ENGINE", "NAME", "USER", "HOST", "PORT")
"""What makes two entries of `DATABASES` the same database."""

OURS = "carnet_"
"""How the aliases begin that are ours, not the host's."""

_adding = threading.Lock()


class StoreError(CarnetError):
    """A database that cannot be used as a store as it stands."""


def configuration(address: str | Path) -> dict[str, Any]:
    """Return the entry of Django's `DATABASES` for an address.

    An address is a path, `sqlite:///path` or `postgresql://user:password@host:port/name`; parameters after
    `?` (`host`, `sslmode` ...) are handed to PostgreSQL.

    >>> configuration("postgresql://ward:secret@db.example:5433/trial")["HOST"]
    'db.example'
    """
    text = str(address)
    if text.startswith("sqlite:///"):
        text = text.removeprefix("sqlite:///")
    elif re.match("postgres(ql)?://", text):
        return _postgresql(text)
    elif "://" in text or text in {"", ":memory:"}:
        raise InputError(
            f"{text.split('://')[0]!r} is no database that carnet knows; give the path of an SQLite file, "
            f"sqlite:///path, or {FORM}."
        )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(Path(text).expanduser().resolve()),
        "OPTIONS": {
            "timeout": PATIENCE, "transaction_mode": "IMMEDIATE", "init_command": "; ".join(PRAGMAS),
        },
    }  # fmt: skip


def _postgresql(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    try:
        port = str(parts.port or "")
    except ValueError:
        raise InputError(f"The port of a PostgreSQL address is a number: {FORM}.") from None
    if not parts.path.strip("/"):
        raise InputError(f"A PostgreSQL address ends with the name of the database: {FORM}.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": options.pop("port", "") or port,
        "OPTIONS": options,
        "CONN_HEALTH_CHECKS": True,
    }


def configure() -> None:
    """Configure Django for a store unless the host has done so; refuse a host that lacks the application."""
    import django
    from django.apps import apps
    from django.conf import settings

    if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        settings.configure(
            INSTALLED_APPS=["carnet.capture"], USE_TZ=True, TIME_ZONE="UTC", LOGGING_CONFIG=None
        )
    if not apps.ready:
        django.setup()
    if not apps.is_installed("carnet.capture"):
        raise StoreError(
            'Django is configured without carnet\'s tables; add "carnet.capture" to INSTALLED_APPS.'
        )


@contextmanager
def opened(address: str | Path) -> Iterator[str]:
    """Yield the alias of a database that holds entries; close this thread's connection if it was not open before.

    A connection left open to a file that is then replaced would go on reading the old one.
    """
    from django.db import connections

    alias, new = _connect(address, create=False)
    try:
        yield alias
    finally:
        if new:
            connections[alias].close()


def connect(address: str | Path) -> str:
    """Return the alias of the connection to an address; the same address always has the same alias.

    A file that is not there is made; a server that does not answer is refused.
    """
    return _connect(address, create=True)[0]


def _connect(address: str | Path, create: bool) -> tuple[str, bool]:
    """Return the alias of an address, connected, and whether it was not so before."""
    wanted = configuration(address)
    if wanted["ENGINE"].endswith("sqlite3"):
        path = Path(wanted["NAME"])
        if not path.exists() and not create:
            raise InputError(
                f"There is no database at {path}; correct the path, or make one with `carnet demo`."
            )
        if not path.parent.is_dir():
            raise InputError(
                f"The folder {path.parent} does not exist; make it, or give another path for the database."
            )
        if not create:
            _refuse_another(path)
    configure()
    from django.db import connections
    from django.db.utils import Error

    alias = _alias(wanted)
    new = connections[alias].connection is None
    try:
        _patiently(connections[alias].ensure_connection)
    except Error as error:
        raise InputError(f"The database {name(alias)} cannot be opened: {str(error).strip()}") from error
    if not create and "capture_entry" not in connections[alias].introspection.table_names():
        connections[alias].close()
        raise InputError(
            f"The database {name(alias)} holds no entries of carnet; give the address of one that does."
        )
    return alias, new


def _refuse_another(path: Path) -> None:
    """Refuse a file that is not a store, without writing to it: opening it for good would change its header."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
            ours = file.execute("SELECT 1 FROM sqlite_master WHERE name = 'capture_entry'").fetchone()
    except sqlite3.Error as error:
        raise InputError(f"The database {path} cannot be opened: {error}.") from error
    if not ours:
        raise InputError(
            f"The database {path} holds no entries of carnet; give the address of one that does."
        )


def _alias(wanted: dict[str, Any]) -> str:
    """Return the alias that the host has given to this database, else one of our own."""
    from django.db import connections

    place = [str(wanted.get(field, "")) for field in PLACE]
    secret = [str(wanted.get("PASSWORD", "")), repr(sorted(wanted["OPTIONS"].items()))]
    ours = OURS + hashlib.sha256("\n".join(place + secret).encode()).hexdigest()[:12]
    with _adding:
        for alias, known in connections.settings.items():
            if not alias.startswith(OURS) and [str(known.get(field) or "") for field in PLACE] == place:
                return alias
        if ours not in connections.settings:
            full = connections.configure_settings({"default": {}, ours: wanted})
            connections.settings[ours] = full[ours]
    return ours


def name(alias: str) -> str:
    """Return how a database is named to a person: its address without the password."""
    from django.db import connections

    known = connections.settings[alias]
    if not known["ENGINE"].endswith("postgresql"):
        return str(known["NAME"])
    port = f":{known['PORT']}" if known["PORT"] else ""
    return f"postgresql://{known['HOST']}{port}/{known['NAME']}"


def _patiently(act: Any) -> Any:
    """Do what another process may be doing at the same moment; try again while the file is locked."""
    from django.db.utils import OperationalError

    end = monotonic() + PATIENCE
    while True:
        try:
            return act()
        except OperationalError as error:
            if "locked" not in str(error) or monotonic() > end:
                raise
            sleep(0.05)


@contextmanager
def snapshot(alias: str) -> Iterator[Any]:
    """Yield a cursor whose reads all see the database at one moment, and that keeps no writer waiting."""
    from django.db import connections, transaction

    connection = connections[alias]
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            yield cursor
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield cursor
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield cursor


def moment(alias: str, column: str) -> str:
    """Return the SQL that writes a time as `2025-03-01T08:30:00.000000+00:00` on either database."""
    from django.db import connections

    if connections[alias].vendor == "sqlite":
        return f"replace(substr({column} || '.000000', 1, 26), ' ', 'T') || '+00:00'"
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00'"""


@contextmanager
def in_bulk(alias: str) -> Iterator[None]:
    """Let commits return before the disk has them, until the end: for what could be entered again."""
    from django.db import connections

    connection = connections[alias]
    if connection.in_atomic_block:  # the host's transaction decides
        yield
        return
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL" if sqlite else "SET synchronous_commit = off")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL" if sqlite else "SET synchronous_commit = on")
            # Both of these reach the disk before they return, and with them everything committed before.
            cursor.execute(
                "PRAGMA wal_checkpoint(FULL)" if sqlite else "UPDATE capture_head SET number = number"
            )
