"""Addresses, and Django: loaded when a store is opened, configured once, or by its host."""

from __future__ import annotations

import pytest

from capture_trial import BY, FORMS
from carnet.capture import chain, database, queries
from carnet.capture.store import Store
from carnet.core.errors import CarnetError, InputError


def test_importing_capture_loads_no_django(python):
    modules = "answers, chain, checks, database, frames, guards, queries, redaction, store, tables, values"
    done = python(f"from carnet.capture import {modules}; import sys; print('django' in sys.modules)")
    assert done.communicate() == ("False\n", "")


HOSTED = """
import sys
from django.conf import settings
from carnet.capture import database, queries
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "carnet.capture"], USE_TZ=True, TIME_ZONE="Asia/Shanghai",
    DATABASES={"default": database.configuration(sys.argv[1])},
)
from capture_trial import BY, FORMS
from carnet.capture.store import Store
store = Store.open(sys.argv[1], FORMS)
store.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
print(store.alias, Store.open(sys.argv[2], FORMS).alias != "default", queries.entries(sys.argv[1])["at"].dtype)
"""


def test_a_host_that_configured_django_keeps_its_settings(address, python, tmp_path):
    """The web application's accounts and the entries stand in one database, under one alias."""
    done = python(HOSTED, address, str(tmp_path / "second.sqlite3"))
    assert done.communicate() == ("default True Datetime(time_unit='us', time_zone='UTC')\n", "")
    assert chain.verify(address) is None


def test_a_host_without_the_tables_is_told(python, tmp_path):
    done = python(
        "from django.conf import settings; settings.configure(); from carnet.capture.store import Store; "
        "from carnet.capture.database import StoreError\n"
        "try: Store.open('x.sqlite3')\nexcept StoreError as error: print(error)"
    )
    out, _ = done.communicate()
    assert 'add "carnet.capture" to INSTALLED_APPS' in out


def test_one_file_is_one_connection_however_it_is_written(tmp_path, monkeypatch):
    path = tmp_path / "trial.sqlite3"
    monkeypatch.chdir(tmp_path)
    with Store.open(path, FORMS) as store:
        assert {
            database.connect(a)
            for a in (str(path), "trial.sqlite3", f"sqlite:///{path}", "sqlite:///trial.sqlite3")
        } == {store.alias}
        assert Store.open(tmp_path / "other.sqlite3", FORMS).alias != store.alias


def test_a_file_that_is_replaced_is_read_anew(tmp_path):
    """Reading leaves no connection behind that would go on showing the old file."""
    path = tmp_path / "trial.sqlite3"
    for subject in ("1001", "1002"):
        with Store.open(path, FORMS) as store:
            store.save(subject, "BL", "vitals", {"temp": "36.6"}, **BY)
        assert queries.entries(path)["subject"].to_list() == [subject]
        assert chain.verify(path) is None
        assert chain.seal(path).entries == 1
        for file in tmp_path.iterdir():
            file.unlink()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://a/b", "'mysql' is no database"), ("", "is no database"), (":memory:", "is no database"),
        ("postgresql://localhost", "ends with the name"), ("postgresql://localhost:port/trial", "port .* is a number"),
        ("nowhere/trial.sqlite3", "folder .*nowhere does not exist"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused(address, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=says):
        Store.open(address, FORMS)
    assert list(tmp_path.iterdir()) == []


def test_reading_makes_no_database(tmp_path):
    for read in (queries.entries, chain.verify, chain.seal):
        with pytest.raises(InputError, match="There is no database at"):
            read(tmp_path / "trial.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_of_ours_is_refused(tmp_path):
    text = tmp_path / "text.sqlite3"
    text.write_text("subject,visit\n" * 1000)
    with pytest.raises(InputError, match="cannot be opened: file is not a database"):
        Store.open(text, FORMS)
    import sqlite3

    other = sqlite3.connect(tmp_path / "other.sqlite3")
    other.execute("CREATE TABLE note (text)")
    other.close()
    with pytest.raises(InputError, match="holds no entries of carnet"):
        queries.entries(tmp_path / "other.sqlite3")


def test_threads_share_a_store(store, address):
    """Each thread has its own connection; the web server's threads save through one store."""
    from concurrent.futures import ThreadPoolExecutor

    def save(n: int) -> int:
        with store:  # closes this thread's connection
            return len(store.save(str(n), "BL", "vitals", {"temp": "36.6", "sysbp": "120"}, **BY))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(save, range(1001, 1021))) == [2] * 20
    assert chain.verify(address) is None
    assert len(queries.entries(address)) == 40


def test_store_errors_are_errors_that_faces_print():
    assert issubclass(database.StoreError, CarnetError)
