"""Triggers that make the tables append-only, for everybody and every program; put up after each migration."""

from __future__ import annotations

APPEND_ONLY = ("capture_entry", "capture_redaction")
"""Tables whose rows are only ever inserted."""

TABLES = (*APPEND_ONLY, "capture_content", "capture_head")

SAY = "what was entered is never changed: enter a correction, with its reason"
ONLY_REDACTION = "the text of an entry is removed only by `carnet redact`, which says who, when and why"
ONLY_FORWARD = "the head of a chain only moves forward"


def _sqlite() -> dict[str, str]:
    """Return the triggers of SQLite by name.

    INSERT OR REPLACE deletes without a trigger unless recursive_triggers is on, which another program's
    connection need not have; so an insert over an existing row is refused before it happens.
    """
    made = {}

    def trigger(table: str, act: str, say: str, when: str = "") -> None:
        name = f"{table}_no_{act.split()[0].lower()}"
        made[name] = (
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {say}'); END"
        )

    for table in APPEND_ONLY:
        trigger(table, "UPDATE", SAY)
        trigger(table, "DELETE", SAY)
        trigger(table, "INSERT", SAY, f"WHEN EXISTS (SELECT 1 FROM {table} WHERE number = NEW.number)")
    trigger("capture_content", "UPDATE", SAY)
    trigger(
        "capture_content",
        "INSERT",
        SAY,
        "WHEN EXISTS (SELECT 1 FROM capture_content WHERE number = NEW.number)",
    )
    trigger(
        "capture_content", "DELETE", ONLY_REDACTION,
        "WHEN NOT EXISTS (SELECT 1 FROM capture_redaction WHERE entry = OLD.number)",
    )  # fmt: skip
    trigger("capture_head", "DELETE", ONLY_FORWARD)
    trigger(
        "capture_head",
        "INSERT",
        ONLY_FORWARD,
        "WHEN EXISTS (SELECT 1 FROM capture_head WHERE chain = NEW.chain)",
    )
    trigger("capture_head", "UPDATE", ONLY_FORWARD, "WHEN NEW.number < OLD.number OR NEW.chain <> OLD.chain")
    return made


def _postgresql() -> dict[str, str]:
    """Return the triggers of PostgreSQL by name; ENABLE ALWAYS keeps them up in a replication session too."""
    made = {}

    def trigger(table: str, act: str, say: str, when: str = "TRUE") -> None:
        name = f"{table}_no_{act.lower()}"
        each = "STATEMENT" if act == "TRUNCATE" else "ROW"
        made[name] = f"""
            CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$
            BEGIN
                IF {when} THEN
                    RAISE EXCEPTION '{table}: {say}' USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
            END $guard$;
            CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"""

    for table in TABLES:
        trigger(table, "TRUNCATE", SAY)
    for table in APPEND_ONLY:
        trigger(table, "UPDATE", SAY)
        trigger(table, "DELETE", SAY)
    trigger("capture_content", "UPDATE", SAY)
    trigger(
        "capture_content", "DELETE", ONLY_REDACTION,
        "NOT EXISTS (SELECT 1 FROM capture_redaction WHERE entry = OLD.number)",
    )  # fmt: skip
    trigger("capture_head", "DELETE", ONLY_FORWARD)
    trigger("capture_head", "UPDATE", ONLY_FORWARD, "NEW.number < OLD.number OR NEW.chain <> OLD.chain")
    return made


def _wanted(vendor: str) -> dict[str, str]:
    return _sqlite() if vendor == "sqlite" else _postgresql()


def _standing(alias: str) -> dict[str, str]:
    """Return the triggers that stand on our tables, by name, with their text where the database keeps it."""
    from django.db import connections

    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'capture_%%'",
                (),
            )
        else:
            cursor.execute(
                "SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true) || '|' || prosrc FROM pg_trigger "
                "JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid "
                "WHERE NOT tgisinternal AND tgenabled = 'A' AND relname = ANY(%s) "
                "AND pg_table_is_visible(tgrelid)",
                (list(TABLES),),
            )
        return dict(cursor.fetchall())


def missing(alias: str) -> list[str]:
    """Return the names of the triggers that do not stand as they should: absent, switched off, reworded."""
    from django.db import connections

    standing, vendor = _standing(alias), connections[alias].vendor
    return [name for name, sql in _wanted(vendor).items() if not _same(standing.get(name, ""), sql, vendor)]


def _same(standing: str, wanted: str, vendor: str) -> bool:
    if vendor == "sqlite":
        return standing == wanted
    definition, _, body = standing.partition("|")
    return bool(body) and definition in wanted and body in wanted


def lower(alias: str) -> None:
    """Drop the triggers of SQLite, for a migration that rebuilds a table; `install` puts them up again.

    A trigger that reads a table keeps SQLite from rebuilding it. PostgreSQL rebuilds none: there they stay.
    """
    from django.db import connections

    connection = connections[alias]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in _standing(alias):
                cursor.execute(f"DROP TRIGGER {name}")


def install(alias: str) -> None:
    """Put up every trigger that does not stand as it should, and see that it then does."""
    from django.db import connections

    from carnet.capture.database import StoreError

    connection = connections[alias]
    with connection.cursor() as cursor:
        if not set(TABLES) <= set(connection.introspection.table_names(cursor)):
            return  # the tables were migrated away
        wanted = _wanted(connection.vendor)
        for name in missing(alias):
            table = name.rpartition("_no_")[0]
            cursor.execute(
                f"DROP TRIGGER IF EXISTS {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}")
            )
            cursor.execute(wanted[name])
    if lacking := missing(alias):
        raise StoreError(
            f"The database did not take the guards {', '.join(lacking)}; it must not be used until it does."
        )
