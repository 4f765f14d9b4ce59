"""Entries cannot be changed or deleted, by any program, before or after a migration; on both databases."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import carnet.capture
from capture_trial import BY, FORMS
from carnet.capture import chain, database, guards, queries, tables
from carnet.capture.store import Store

CHANGES = [
    "UPDATE capture_entry SET subject = '1002' WHERE number = 1",
    "UPDATE capture_entry SET hash = hash WHERE number = 1",
    "DELETE FROM capture_entry WHERE number = 1",
    "DELETE FROM capture_entry",
    "UPDATE capture_content SET value = '40' WHERE number = 1",
    "DELETE FROM capture_content WHERE number = 1",
    "DELETE FROM capture_head",
    "UPDATE capture_head SET number = number - 1 WHERE chain = 'entry'",
    "UPDATE capture_head SET chain = 'old' WHERE chain = 'entry'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_statement_changes_or_deletes_an_entry(filled, address, sql, change):
    """R3, R4: UPDATE and DELETE are refused for the role that the application uses."""
    from django.db.utils import IntegrityError

    before = queries.audit(address)
    with pytest.raises(IntegrityError, match=r"never changed|only forward|removed only by|moves forward"):
        sql(filled, change)
    assert queries.audit(address).equals(before)
    assert chain.verify(address) is None


def test_models_do_not_get_round_the_guards(filled):
    """R4, R6: Django's own save and delete are refused like everything else."""
    from django.db.utils import IntegrityError

    from carnet.capture.models import Content, Entry

    entry = Entry.objects.using(filled.alias).get(number=1)
    entry.subject = "1002"
    for act in (
        entry.save,
        Entry.objects.using(filled.alias).all()._raw_delete,
        Content.objects.using(filled.alias).all().delete,
    ):
        with pytest.raises(IntegrityError):
            act(*([filled.alias] if act.__name__ == "_raw_delete" else []))


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
@pytest.mark.parametrize("table", ["capture_entry", "capture_content"])
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_sqlite_replaces_no_entry(tmp_path, verb, table, recursive):
    """R4: another program that opens the file with its own settings is refused too."""
    path = tmp_path / "trial.sqlite3"
    with Store.open(path, FORMS) as store:
        store.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA recursive_triggers={recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            other.execute(f"{verb} INTO {table} SELECT * FROM {table} WHERE number = 1")
        for how in ("OR IGNORE", "OR REPLACE", "OR FAIL", ""):
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                other.execute(f"UPDATE {how} {table} SET number = 7")
    assert chain.verify(path) is None


def test_a_store_on_sqlite_waits_for_others_and_for_the_disk(tmp_path):
    """What docs/decisions/capture-durability.md promises of every connection."""
    from django.db import connections

    with Store.open(tmp_path / "trial.sqlite3", FORMS) as store, connections[store.alias].cursor() as cursor:

        def pragma(name):
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

        assert pragma("journal_mode") == "wal"
        assert [
            pragma(n) for n in ("synchronous", "foreign_keys", "recursive_triggers", "secure_delete")
        ] == [2, 1, 1, 1]
        assert pragma("busy_timeout") == 1000 * database.PATIENCE
        with database.in_bulk(store.alias):
            assert pragma("synchronous") == 1
        assert pragma("synchronous") == 2


ALTERED = """
from django.db import migrations, models
def fail(apps, editor):
    raise ValueError("half way")
class Migration(migrations.Migration):
    dependencies = [("capture", "0001_initial")]
    operations = [
        migrations.AlterField("{model}", "{field}", models.TextField(null=True)),
        migrations.AddField("{model}", "added", models.TextField(default="")),
        {more}
    ]
"""


PACKAGES = itertools.count()  # a package is imported once


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """Return the function that lets Django find one migration more: it rebuilds the table of a model on SQLite."""
    from django.test import override_settings

    def make(model: str, field: str, more: str = ""):
        package = f"later_{next(PACKAGES)}"
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        initial = Path(carnet.capture.__path__[0]) / "migrations" / "0001_initial.py"
        shutil.copy(initial, folder)
        (folder / "0002_later.py").write_text(ALTERED.format(model=model, field=field, more=more))
        monkeypatch.syspath_prepend(tmp_path)
        return override_settings(MIGRATION_MODULES={"capture": package})

    return make


@pytest.mark.parametrize(
    ("model", "field"), [("entry", "unit"), ("content", "typed"), ("redaction", "reason"), ("head", "hash")]
)
def test_a_migration_that_rebuilds_a_table_keeps_the_guards(filled, address, sql, altered, model, field):
    """R4, R6: on SQLite a rebuilt table loses its triggers in silence; they stand again when the migration ends."""
    from django.db.utils import IntegrityError

    before = queries.audit(address)
    with altered(model, field):
        with pytest.raises(database.StoreError, match=r"earlier carnet.*carnet upgrade"):
            Store.open(address, FORMS)
        tables.upgrade(address)
        assert sql(filled, f"SELECT count(added) FROM capture_{model}")[0][0] >= 0
        assert guards.missing(filled.alias) == []
        for change in CHANGES:
            with pytest.raises(IntegrityError):
                sql(filled, change)
        Store.open(address, FORMS)
    assert queries.audit(address).equals(before)
    assert chain.verify(address) is None
    with pytest.raises(database.StoreError, match=r"later carnet.*0002_later"):
        Store.open(address, FORMS)


def test_a_migration_that_fails_leaves_everything_as_it_was(filled, address, altered):
    """R6: half an upgrade, or a store without its guards, is never seen."""
    before = queries.audit(address)
    with (
        altered("entry", "unit", more="migrations.RunPython(fail),"),
        pytest.raises(ValueError, match="half way"),
    ):
        tables.upgrade(address)
    assert guards.missing(filled.alias) == []
    assert Store.open(address, FORMS).save("1009", "BL", "vitals", {"temp": "36.6"}, **BY)
    assert queries.audit(address)[:-1].equals(before)
    assert chain.verify(address) is None


def test_a_rebuilt_table_without_the_guards_is_not_opened(tmp_path):
    """R6: the control of the test above: rebuilding drops the triggers, and a store without them stays shut."""
    from django.db import connections, models

    from carnet.capture.models import Entry

    path = tmp_path / "trial.sqlite3"
    with Store.open(path, FORMS) as store:
        store.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
        field = models.TextField(null=True)
        field.set_attributes_from_name("unit")
        with connections[store.alias].schema_editor() as editor:
            editor.alter_field(Entry, Entry._meta.get_field("unit"), field)
        assert guards.missing(store.alias) == [
            "capture_entry_no_update",
            "capture_entry_no_delete",
            "capture_entry_no_insert",
        ]
        with pytest.raises(database.StoreError, match=r"capture_entry_no_update.*carnet upgrade"):
            Store.open(path, FORMS)
        tables.upgrade(path)
        assert guards.missing(store.alias) == []
        assert Store.open(path, FORMS).save("1001", "BL", "vitals", {"sysbp": "120"}, **BY)
    assert chain.verify(path) is None


def test_a_reworded_guard_is_missing(filled, sql):
    """R6: a trigger of the right name that lets changes pass is not the guard."""
    name = "capture_entry_no_update"
    if filled.alias and "sqlite" in str(database.name(filled.alias)):
        sql(filled, f"DROP TRIGGER {name}")
        sql(filled, f"CREATE TRIGGER {name} BEFORE UPDATE ON capture_entry BEGIN SELECT 1; END")
    else:
        sql(
            filled,
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        )
    assert guards.missing(filled.alias) == [name]
    guards.install(filled.alias)
    assert guards.missing(filled.alias) == []


def test_models_and_migrations_agree(store):
    from django.core.management import call_command

    call_command("makemigrations", "capture", check=True, dry_run=True, verbosity=0)
    call_command("check", verbosity=0)
