"""The tables of a store: made when it is new, brought up to date, refused when they lost their guards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from carnet.capture import guards
from carnet.capture.database import PATIENCE, StoreError, connect, name


def prepare(alias: str) -> None:
    """Make the tables of a new database; refuse one of another version, or that lost its guards."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    connection = connections[alias]
    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes("capture")
    applied = {key for key in executor.loader.applied_migrations if key[0] == "capture"}
    if not applied:
        migrate(alias)
    elif strange := applied - set(executor.loader.graph.nodes):
        raise StoreError(
            f"The database {name(alias)} was written by a later carnet (it has "
            f"{', '.join(migration for _, migration in sorted(strange))}); install that version to open it."
        )
    elif executor.migration_plan(targets):
        raise StoreError(
            f"The database {name(alias)} was written by an earlier carnet; "
            "back it up, then run `carnet upgrade --db`."
        )
    lacking = guards.missing(alias)
    if lacking:
        with _alone(alias):  # another process may be about to put them up
            lacking = guards.missing(alias)
    if lacking:
        raise StoreError(
            f"The database {name(alias)} no longer refuses changes to what was entered: it lacks "
            f"{', '.join(lacking)}. See with `carnet verify --db` whether entries were changed, "
            "then put the guards up again with `carnet upgrade --db`."
        )


def migrate(alias: str) -> None:
    """Bring the tables up to date and put the guards up; processes that do so at once queue."""
    from django.core.management import call_command

    with _alone(alias):
        call_command("migrate", database=alias, verbosity=0, interactive=False)


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Hold the lock of migrations: a session's on PostgreSQL, that of a file beside the database on SQLite.

    A migration of SQLite spans several transactions, so the database's own lock does not serve. Both locks
    fall when the process that holds them ends, however it ends.
    """
    from django.db import connections

    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('carnet migrate'))")
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('carnet migrate'))")
    else:
        beside = Path(f"{connection.settings_dict['NAME']}-migrating")
        with closing(sqlite3.connect(beside, timeout=PATIENCE)) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            yield
        beside.unlink(missing_ok=True)


def upgrade(address: str | Path) -> None:
    """Bring a database up to this version of carnet; entries stay as they were written."""
    migrate(connect(address))
