"""The tables of a store: made when it is new, brought up to date, refused when they lost their guards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carnet.capture import guards
from carnet.capture.database import StoreError, name, opened


def prepare(alias: str) -> None:
    """Make the tables of a new database; refuse one of another version, or that lost its guards."""
    from django.db import connections

    if "capture_entry" not in connections[alias].introspection.table_names():
        migrate(alias)
    if _wrong(alias):
        with _alone(alias):  # until another process has done what it may be doing to the tables
            wrong = _wrong(alias)
        if wrong:
            raise StoreError(f"The database {name(alias)} {wrong}")


def _wrong(alias: str) -> str:
    """Return why the tables cannot be used as they are, and the way out; nothing if they can."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[alias])
    known, applied = executor.loader.graph, executor.loader.applied_migrations
    if later := sorted(key[1] for key in applied if key[0] == "capture" and key not in known.nodes):
        return f"was written by a later carnet (it has {', '.join(later)}); install that version to open it."
    if executor.migration_plan(known.leaf_nodes("capture")):
        return "was written by an earlier carnet; back it up, then run `carnet upgrade --db`."
    if lacking := guards.missing(alias):
        return (
            f"no longer refuses changes to what was entered: it lacks {', '.join(lacking)}. See with "
            "`carnet verify --db` whether entries were changed, then put the guards up with `carnet upgrade --db`."
        )
    return ""


def migrate(alias: str) -> None:
    """Bring the tables up to date and put the guards up; processes that do so at once queue."""
    from django.core.management import call_command

    with _alone(alias):
        call_command("migrate", database=alias, verbosity=0, interactive=False)


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Hold the lock of migrations; it falls when the process that holds it ends, however it ends.

    On SQLite that is one transaction around all of them: a table that is rebuilt without its guards is never
    seen, not even if the upgrade fails. Foreign keys cannot be switched off inside it, as Django wants them.
    """
    from django.db import connections, transaction

    connection = connections[alias]
    if connection.vendor == "sqlite":
        connection.disable_constraint_checking()
        try:
            with transaction.atomic(using=alias):
                yield
        finally:
            connection.enable_constraint_checking()
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('carnet migrate'))")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('carnet migrate'))")


def upgrade(address: str | Path) -> None:
    """Bring a database up to this version of carnet; entries stay as they were written."""
    with opened(address) as alias:
        migrate(alias)
