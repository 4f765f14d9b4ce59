"""What only PostgreSQL can do to entries, and what an address of it may hold."""

from __future__ import annotations

import psycopg
import pytest

from capture_trial import BY, FORMS
from carnet.capture import chain, database, guards, queries
from carnet.capture.store import Store
from carnet.core.errors import InputError

pytestmark = pytest.mark.postgres


@pytest.fixture
def address(server):
    yield server()
    from django.db import connections

    connections.close_all()


@pytest.mark.parametrize("table", guards.TABLES)
def test_truncate_is_refused(filled, sql, table):
    """R4: TRUNCATE fires no trigger for DELETE; it has one of its own."""
    from django.db.utils import IntegrityError

    with pytest.raises(IntegrityError, match="never changed"):
        sql(filled, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "change",
    ["UPDATE capture_entry SET subject = 'x'", "DELETE FROM capture_entry", "TRUNCATE capture_entry CASCADE"],
)
def test_a_replication_session_is_refused_too(filled, address, change):
    """R4, R6: session_replication_role = replica silences ordinary triggers, and foreign keys; not these."""
    with psycopg.connect(address) as other:
        other.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation, match="never changed"):
            other.execute(change)


def test_upsert_changes_no_entry(filled, address):
    """R4."""
    with (
        psycopg.connect(address) as other,
        pytest.raises(psycopg.errors.RestrictViolation, match="never changed"),
    ):
        other.execute(
            "INSERT INTO capture_entry SELECT * FROM capture_entry WHERE number = 1 "
            "ON CONFLICT (number) DO UPDATE SET subject = 'x'"
        )


def test_a_guard_that_is_switched_off_keeps_the_store_shut(filled, address, sql):
    """R6: the owner of the table can disable a trigger; carnet then refuses to write."""
    sql(filled, "ALTER TABLE capture_entry DISABLE TRIGGER capture_entry_no_delete")
    with pytest.raises(database.StoreError, match="capture_entry_no_delete"):
        Store.open(address, FORMS)
    sql(
        filled, "ALTER TABLE capture_entry ENABLE TRIGGER capture_entry_no_delete"
    )  # but not in a replication session
    with pytest.raises(database.StoreError, match="capture_entry_no_delete"):
        Store.open(address, FORMS)


def test_a_row_changed_by_another_program_is_named(filled, address):
    """R5: through a plain connection of the database's administrator, with the guards down."""
    with psycopg.connect(address) as other:
        other.execute("ALTER TABLE capture_content DISABLE TRIGGER USER")
        other.execute("UPDATE capture_content SET value = '40.0' WHERE number = 4")
    assert str(chain.verify(address)).startswith(
        "Entry 4 (subject 1001, visit D28, form vitals, item temp) is not"
    )


def test_commits_wait_for_the_disk_again_after_many(filled, sql):
    with database.in_bulk(filled.alias):
        assert sql(filled, "SHOW synchronous_commit") == [("off",)]
    assert sql(filled, "SHOW synchronous_commit") == [("on",)]


def test_verification_keeps_no_writer_waiting(filled, address):
    """A writer who comes while the chain is read is not held up, and does not make it look broken."""
    with database.snapshot(filled.alias) as cursor:
        cursor.execute("SELECT count(*) FROM capture_entry")
        with psycopg.connect(address) as other:
            other.execute("SET lock_timeout = '1s'")
            other.execute("SELECT number FROM capture_head WHERE chain = 'entry' FOR UPDATE")


def test_an_address_is_taken_apart_and_its_password_not_shown(address):
    read = database.configuration(
        "postgresql://ward%40site:p%2Fw@db.example:5433/trial?sslmode=require&connect_timeout=3"
    )
    assert [read[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "trial",
        "ward@site",
        "p/w",
        "db.example",
        "5433",
    ]
    assert read["OPTIONS"] == {"sslmode": "require", "connect_timeout": "3"}
    with pytest.raises(InputError) as refused:
        Store.open("postgresql://ward:hunter2@127.0.0.1:1/trial", FORMS)
    assert "postgresql://127.0.0.1:1/trial cannot be opened" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(InputError, match="does not exist"):
        Store.open(address.replace("/trial_", "/no_such_trial_"), FORMS)


def test_another_password_is_another_connection(address):
    """A password mistyped once does not stick to the address."""
    first, second = (address.replace("postgres:@", f"postgres:{word}@") for word in ("one", "two"))
    assert Store.open(first, FORMS).alias != Store.open(second, FORMS).alias
    assert Store.open(first, FORMS).alias == Store.open(first, FORMS).alias


def test_reading_an_empty_database_makes_no_tables(address):
    with pytest.raises(InputError, match="holds no entries of carnet"):
        queries.entries(address)
    with psycopg.connect(address) as other:
        assert other.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_entries_are_the_same_on_both_databases(filled, address, tmp_path):
    """What SQLite returns, PostgreSQL returns."""
    from carnet.capture.store import Recorded

    entries = queries.entries(address)
    with Store.open(tmp_path / "copy.sqlite3", FORMS, clock=Recorded()) as copy:
        copy.enter(entries, names={BY["by"]: BY["by_name"]})
    mine, theirs = queries.audit(address), queries.audit(tmp_path / "copy.sqlite3")
    assert mine.drop("source").equals(theirs.drop("source"))
