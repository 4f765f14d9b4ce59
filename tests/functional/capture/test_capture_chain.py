"""Whatever is done to the rows behind carnet's back, the chain names the first record; on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from capture_trial import BY
from carnet.capture import chain, database, guards, queries
from carnet.capture.chain import Seal
from carnet.capture.redaction import redact
from carnet.core.errors import InputError

PLACES = {
    2: ("1001", "BL", "vitals", "sysbp"), 5: ("1001", "D28", "vitals", "sysbp"),
    13: ("1001", "LOG", "adverse_event", "ae_term"), 14: ("1001", "BL", "vitals", "temp"),
}  # fmt: skip


@pytest.fixture
def tampered(filled, sql):
    """Return the function that takes the guards down and does what it is told."""

    def do(*statements: str) -> None:
        if database.name(filled.alias).startswith("postgresql"):
            for table in guards.TABLES:
                sql(filled, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        guards.lower(filled.alias)
        for statement in statements:
            sql(filled, statement)

    return do


def place(broken: chain.Broken) -> tuple[str, str, str, str]:
    return broken.subject, broken.visit, broken.form, broken.item


def rehash(filled, sql, number: int, previous: str | None = None) -> str:
    """Give an entry the digest that fits its fields, as somebody who knows the chain would."""
    fields = ", ".join(
        chain.moment(filled.alias, "e.at") if name == "at" else f'e."{name}"'
        for name in chain.FIELDS["entry"]
    )
    if previous is not None:
        sql(filled, "UPDATE capture_entry SET previous = %s WHERE number = %s", previous, number)
    row = sql(filled, f"SELECT {fields} FROM capture_entry e WHERE number = %s", number)[0]
    sql(filled, "UPDATE capture_entry SET hash = %s WHERE number = %s", chain.digest(row), number)
    return chain.digest(row)


def test_a_store_as_it_was_written_is_whole(filled, address):
    assert chain.verify(address) is None
    assert chain.seal(address).entries == 14
    assert chain.verify(address, chain.seal(address)) is None


def test_every_field_of_an_entry_is_covered(filled, address, tampered, sql):
    """R5: an edit of any column by a database administrator is found, and named."""
    other = {"repeat": 9, "saved_with": 9, "layout": 2, "at": "2020-01-01 00:00:00+00:00"}
    tampered()
    for column in (*chain.FIELDS["entry"], "hash"):
        if column == "number":  # test_numbers_that_close_the_gap_are_found
            continue
        was = sql(filled, f'SELECT "{column}" FROM capture_entry WHERE number = 5')[0][0]
        sql(filled, f'UPDATE capture_entry SET "{column}" = %s WHERE number = 5', other.get(column, "x"))
        broken = chain.verify(address)
        assert broken.number == 5, column
        assert "is not as it was written" in str(broken)
        if column not in {"subject", "visit", "form", "item", "repeat"}:
            assert place(broken) == PLACES[5]
        sql(filled, f'UPDATE capture_entry SET "{column}" = %s WHERE number = 5', was)
        assert chain.verify(address) is None, column


@pytest.mark.parametrize(
    "change", ["value = '40'", "value = NULL", "typed = ''", "reason = 'none'", "salt = 'x'"]
)
def test_the_text_of_an_entry_is_covered(filled, address, tampered, change):
    """R5."""
    tampered(f"UPDATE capture_content SET {change} WHERE number = 14")
    broken = chain.verify(address)
    assert (broken.number, *place(broken)) == (14, *PLACES[14])
    assert "value, typed text or reason was changed" in str(broken)


@pytest.mark.parametrize(("gone", "says"), [
    ((1,), r"Entry 1 is missing; it stood before 2 \(subject 1001, visit BL"),
    ((5,), r"Entry 5 is missing; it stood after 4 \(subject 1001, visit D28, form vitals, item temp\) and before 6"),
    ((5, 6, 7), r"Entry 5 and those up to 7 are missing; they stood after 4"),
    ((14,), r"Entry 14 is missing; it stood after 13 \(subject 1001, visit LOG, form adverse_event, row 2,"),
    ((12, 13, 14), "Entry 12 and those up to 14 are missing"),
    (tuple(range(1, 15)), "Entry 1 and those up to 14 are missing; they stood alone"),
])  # fmt: skip
def test_missing_entries_are_named_by_their_neighbours(filled, address, tampered, gone, says):
    """R5: deletion at the beginning, in the middle and at the end."""
    some = ", ".join(map(str, gone))
    tampered(
        f"DELETE FROM capture_content WHERE number IN ({some})",
        f"DELETE FROM capture_entry WHERE number IN ({some})",
    )
    broken = chain.verify(address)
    assert broken.number == gone[0]
    import re

    assert re.match(says, str(broken)), str(broken)


def test_exchanged_entries_are_found(filled, address, tampered):
    """R5: two rows that change places."""
    tampered(
        "UPDATE capture_entry SET subject = CASE number WHEN 2 THEN '1002' ELSE '1001' END, "
        "hash = (SELECT hash FROM capture_entry o WHERE o.number = 10 - capture_entry.number) WHERE number IN (2, 8)"
    )
    assert chain.verify(address).number == 2


def test_numbers_that_close_the_gap_are_found(filled, address, tampered):
    """R5: deleting a row and renumbering the ones after it."""
    tampered(
        "DELETE FROM capture_content WHERE number >= 13", "DELETE FROM capture_entry WHERE number = 13",
        "UPDATE capture_entry SET number = 13 WHERE number = 14",
    )  # fmt: skip
    assert chain.verify(address).number == 13


def test_an_entry_rewritten_with_its_digest_is_named(filled, address, tampered, sql):
    """R5: who recomputes one digest is betrayed by the next entry, or by the head."""
    tampered("UPDATE capture_entry SET subject = '1003' WHERE number = 5")
    rehash(filled, sql, 5)
    broken = chain.verify(address)
    assert broken.number == 5
    assert "the next one still holds the digest" in str(broken)


def test_the_last_entry_rewritten_with_its_digest_is_named(filled, address, tampered, sql):
    """R5."""
    tampered("UPDATE capture_entry SET role = 'monitor' WHERE number = 14")
    rehash(filled, sql, 14)
    broken = chain.verify(address)
    assert (broken.number, *place(broken)) == (14, *PLACES[14])
    assert "the head of the chain holds another" in str(broken)


def test_an_entry_added_past_the_store_is_named(filled, address, tampered, sql):
    """R5: even one whose digests all fit."""
    columns = ", ".join(f'"{name}"' for name in (*chain.FIELDS["entry"], "hash"))
    copied = columns.replace('"number"', "15").replace('"previous"', "hash")
    tampered(
        f"INSERT INTO capture_entry ({columns}) SELECT {copied} FROM capture_entry WHERE number = 14",
        "INSERT INTO capture_content (number, salt, value, typed, reason) SELECT 15, salt, value, typed, reason "
        "FROM capture_content WHERE number = 14",
    )
    rehash(filled, sql, 15)
    broken = chain.verify(address)
    assert (broken.number, "not entered through carnet" in str(broken)) == (15, True)


def test_a_head_that_is_gone_is_told(filled, address, tampered):
    """R5."""
    tampered("DELETE FROM capture_head WHERE chain = 'entry'")
    assert "the head of the chain is gone" in str(chain.verify(address))


def test_a_chain_rewritten_to_its_head_is_found_against_a_seal(filled, address, tampered, sql):
    """R5: the database alone cannot show this; a seal kept elsewhere does."""
    kept = chain.seal(address)
    tampered("UPDATE capture_entry SET subject = '1003' WHERE number = 5")
    previous = sql(filled, "SELECT previous FROM capture_entry WHERE number = 5")[0][0]
    for number in range(5, 15):
        previous = rehash(filled, sql, number, previous)
    sql(filled, "UPDATE capture_head SET hash = %s WHERE chain = 'entry'", previous)
    assert chain.verify(address) is None
    assert "the seal that was kept" in str(chain.verify(address, kept))


def test_a_chain_cut_off_with_its_head_is_found_against_a_seal(filled, address, tampered, sql):
    """R5."""
    kept = Seal.read(str(chain.seal(address)))
    hash = sql(filled, "SELECT hash FROM capture_entry WHERE number = 12")[0][0]
    tampered(
        "DELETE FROM capture_content WHERE number > 12", "DELETE FROM capture_entry WHERE number > 12",
        f"UPDATE capture_head SET number = 12, hash = '{hash}' WHERE chain = 'entry'",
    )  # fmt: skip
    assert chain.verify(address) is None
    assert chain.verify(address, kept).number == 13


def test_a_seal_stays_good_while_the_trial_goes_on(filled, address):
    kept = chain.seal(address)
    filled.save("1003", "BL", "vitals", {"temp": "36.6"}, **BY)
    assert chain.verify(address, kept) is None
    with pytest.raises(InputError, match="no seal"):
        Seal.read("14")


def test_a_chain_longer_than_a_batch_is_verified_whole(filled, address, tampered, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 7)  # fourteen entries are exactly two
    assert chain.verify(address) is None
    tampered("DELETE FROM capture_content WHERE number = 8", "DELETE FROM capture_entry WHERE number = 8")
    assert chain.verify(address).number == 8


def test_text_is_redacted_with_a_marker(filled, address, sql):
    """R7: the text goes; who, when and why stay; the chain still holds, and a later carnet can tell."""
    filled.save("1002", "LOG", "adverse_event", {"ae_term": "Fall of Zhang Wei"}, **BY)
    assert (
        redact(address, 15, by="chen.yu", by_name="Chen Yu", role="data manager", reason="name of a patient")
        == 1
    )
    assert chain.verify(address) is None
    row = queries.audit(address, subject="1002", item="ae_term").row(0, named=True)
    assert (row["value"], row["typed"], row["redacted"]) == (None, queries.REDACTED, "name of a patient")
    row = queries.entries(address, subject="1002", item="ae_term").row(0, named=True)
    assert (row["value"], row["status"], row["reason"]) == (None, "unknown", "redacted: name of a patient")
    assert sql(filled, 'SELECT entry, "by", by_name, role, reason FROM capture_redaction') == [
        (15, "chen.yu", "Chen Yu", "data manager", "name of a patient")
    ]
    with pytest.raises(InputError, match=r"is now Fall; give the reason"):
        filled.save("1002", "LOG", "adverse_event", {"ae_term": "Fall"}, **BY)
    filled.save("1002", "LOG", "adverse_event", {"ae_term": "Fall"}, reason="without the name", **BY)
    assert queries.current(address, subject="1002", item="ae_term")["value"].to_list() == ["Fall"]
    assert chain.verify(address) is None


def test_redaction_asks_why_and_happens_once(filled, address):
    """R7."""
    with pytest.raises(InputError, match="why"):
        redact(address, 13, by="u", role="data manager", reason=" ")
    with pytest.raises(InputError, match="no entry 99"):
        redact(address, 99, by="u", role="data manager", reason="r")
    redact(address, 13, by="u", role="data manager", reason="r")
    with pytest.raises(InputError, match="removed already"):
        redact(address, 13, by="u", role="data manager", reason="r")
    assert chain.verify(address) is None


def test_text_removed_without_a_redaction_is_found(filled, address, tampered):
    """R7, R5: and so is a redaction that was only written into the table."""
    tampered("DELETE FROM capture_content WHERE number = 13")
    broken = chain.verify(address)
    assert (broken.number, "no redaction says why" in str(broken)) == (13, True)
    tampered(
        'INSERT INTO capture_redaction (number, entry, "by", by_name, role, at, software, layout, previous, '
        "hash, reason) VALUES (1, 13, 'u', 'u', 'r', '2026-03-01 00:00:00+00:00', 's', 1, 'x', 'x', 'because')"
    )
    broken = chain.verify(address)
    assert str(broken).startswith("Redaction 1 is not as it was written")


def test_a_redaction_that_vanishes_is_found(filled, address, tampered):
    """R7."""
    redact(address, 13, by="u", role="data manager", reason="r")
    tampered("DELETE FROM capture_redaction")
    assert str(chain.verify(address)).startswith("Redaction 1 is missing")


def test_redacted_text_is_gone_from_the_files(tmp_path):
    """R7: not only from the table."""
    from capture_trial import FORMS
    from carnet.capture.store import Store

    path = tmp_path / "trial.sqlite3"
    with Store.open(path, FORMS) as store:
        store.save("1001", "LOG", "adverse_event", {"ae_term": "Fall of Zhang Wei"}, **BY)
        assert any(b"Zhang Wei" in file.read_bytes() for file in tmp_path.iterdir())
        redact(path, 1, by="u", role="data manager", reason="name")
        assert not any(b"Zhang Wei" in file.read_bytes() for file in tmp_path.iterdir())


def test_redacted_text_that_stays_in_a_file_is_told(ours, sql):
    """R7: while another program reads, SQLite cannot empty its log; that is no silent failure."""
    store, path = ours
    store.save("1001", "LOG", "adverse_event", {"ae_term": "Fall of Zhang Wei"}, **BY)
    sql(store, "PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM capture_entry").fetchall()
        with pytest.raises(database.StoreError, match=r"redacted, but still stands in .*-wal"):
            redact(path, 1, by="u", role="data manager", reason="name")
    assert queries.entries(path)["typed"].to_list() == [queries.REDACTED]
    assert chain.verify(path) is None
