"""What a store takes in, what it refuses, and what others see meanwhile; on SQLite and on PostgreSQL."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest

from capture_trial import BY, FORMS, Ticking
from carnet import simulate
from carnet.capture import chain, queries
from carnet.capture.answers import Answer, FormSave
from carnet.capture.store import Recorded, Store
from carnet.core.entry import SCHEMA
from carnet.core.errors import InputError
from carnet.study import read


def test_a_save_records_who_when_where_and_what(store, address):
    """R2, R8, R33, R44: an entry has user, name, role, UTC time to the microsecond, place, versions, language."""
    assert store.save("1001", "BL", "vitals", {"temp": " 36.60 "}, language="zh", **BY) == range(1, 2)
    row = queries.audit(address).row(0, named=True)
    assert {name: row[name] for name in ("by", "by_name", "role", "language")} == {**BY, "language": "zh"}
    assert row["at"] == datetime(2026, 3, 1, 8, 0, 1, 123456, UTC)
    assert [row[name] for name in ("subject", "visit", "form", "repeat", "item")] == [
        "1001",
        "BL",
        "vitals",
        1,
        "temp",
    ]
    assert [row[name] for name in ("value", "typed", "unit", "status")] == [
        "36.60",
        " 36.60 ",
        "degC",
        "answered",
    ]
    assert (row["form_version"], row["protocol_version"], row["source"]) == ("3", "1", "form")
    assert row["software"].startswith("carnet ")


def test_the_server_gives_the_time(address):
    """R8: without a clock of its own a store takes the machine's, whatever a client says."""
    before = datetime.now(UTC)
    with Store.open(address, FORMS) as store:
        store.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
        late = FormSave("1001", "D28", "vitals", {"temp": "36.6"}, **BY, at=datetime(2020, 1, 1, tzinfo=UTC))
        with pytest.raises(InputError, match="stamps entries itself"):
            store.save_many([late])
    assert before <= queries.entries(address)["at"][0] <= datetime.now(UTC)
    assert len(queries.entries(address)) == 1


def test_a_clock_in_another_zone_is_kept_in_utc(address):
    """R8: time is stored in UTC, to the microsecond."""
    shanghai = timezone(timedelta(hours=8))
    for moment in (datetime(2026, 3, 1, 8, tzinfo=shanghai), datetime(2026, 3, 1, 8, 0, 0, 7, shanghai)):
        with Store.open(address, FORMS, clock=lambda moment=moment: moment) as store:
            store.save("1001", f"at {moment.microsecond}", "vitals", {"temp": "36.6"}, **BY)
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    assert queries.entries(address)["at"].to_list() == [midnight, midnight.replace(microsecond=7)]
    assert chain.verify(address) is None


def test_first_entry_needs_no_reason_and_a_change_does(store, address):
    """R9; R3: the old value stays readable."""
    store.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
    with pytest.raises(InputError) as refused:
        store.save("1001", "BL", "vitals", {"temp": "37.6"}, **BY)
    said = str(refused.value)
    for part in ("Temperature", "temp", "vitals", "1001", "BL", "36.6 degC", "37.6 degC", "give the reason"):
        assert part in said
    with pytest.raises(InputError, match="reason"):
        store.save("1001", "BL", "vitals", {"temp": "37.6"}, reason="  ", **BY)
    store.save("1001", "BL", "vitals", {"temp": Answer("37.6", reason="misread")}, **BY)
    history = queries.audit(address, item="temp")
    assert history.select("old_value", "value", "reason").rows() == [
        (None, "36.6", ""),
        ("36.6", "37.6", "misread"),
    ]


def test_the_same_value_is_no_new_entry(store, address):
    store.save("1001", "BL", "vitals", {"temp": "36.6", "position": "SITTING"}, **BY)
    assert not store.save("1001", "BL", "vitals", {"temp": " 36.6", "position": "坐位"}, **BY)
    assert store.save("1001", "BL", "vitals", {"temp": "36.6", "sysbp": "120"}, **BY) == range(3, 4)
    with pytest.raises(InputError, match=r"97\.9 degF"):
        store.save("1001", "BL", "vitals", {"temp": Answer("97.9", "degF")}, **BY)
    with pytest.raises(InputError, match=r"36\.60"):  # recorded to another precision is another value
        store.save("1001", "BL", "vitals", {"temp": "36.60"}, **BY)
    assert len(queries.entries(address)) == 3


@pytest.mark.parametrize(
    ("item", "typed", "says"),
    [
        ("temp", "36,6", "a number with a point"),
        ("temp", "warm", "a number"),
        ("temp", "1e400", "a number"),
        ("temp", "nan", "a number"),
        ("temp", "٣٦", "a number"),
        ("temp", "10²", "a number"),
        ("sysbp", "120.5", "a whole number"),
        ("position", "STANDING", "SITTING, SUPINE"),
        ("ae_end", "2025-02-31", "no such day"),
        ("ae_end", "2025-02", "year first"),
        ("ae_end", "31/12/2025", "year first"),
        ("ae_start", "2025-13", "no such day"),
        ("ae_end", "0205-02-01", "the year is 205"),
        ("ae_serious", "maybe", "yes or no"),
        ("ae_time", "24:00", "time of day"),
        ("vitals_datetime", "2025-03-01", "a date and a time"),
        ("vitals_datetime", "2025-03-01T08:30Z", "time of day"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(ours, item, typed, says):
    """R29: nothing is corrected in silence and nothing of the form kept; the error names place and way out."""
    store, address = ours
    form = next(form for form in FORMS if item in {i.id for i in form.items})
    answers = {form.items[0].id: "36.6" if form.id == "vitals" else "Fever"} | {item: typed}
    with pytest.raises(InputError) as refused:
        store.save("1007", "M3", form.id, answers, **BY)
    for part in ("1007", "M3", form.id, item, repr(typed), says, "not done, unknown or not applicable"):
        assert part in str(refused.value)
    assert queries.entries(address).is_empty()


@pytest.mark.parametrize(
    ("item", "typed", "value"),
    [
        ("temp", "３６．６", "36.6"),
        ("temp", "+36.60", "36.60"),
        ("temp", "3.66e1", "36.6"),
        ("sysbp", "120.0", "120"),
        ("position", "卧位", "SUPINE"),
        ("position", "supine", "SUPINE"),
        ("ae_start", "2025", "2025"),
        ("ae_start", "2025年3月", "2025-03"),
        ("ae_end", "2025/3/1", "2025-03-01"),
        ("ae_serious", "是", "Y"),
        ("ae_serious", "No", "N"),
        ("ae_time", "8：30", "08:30"),
        ("vitals_datetime", "2025-03-01 8:30:05", "2025-03-01T08:30:05"),
        ("ae_term", "  two  spaces ", "  two  spaces "),
    ],
)
def test_value_and_typed_text_are_both_kept(ours, item, typed, value):
    """R29, R31, R44: what was typed stays beside what it was read as; a partial date stays partial."""
    store, address = ours
    form = next(form for form in FORMS if item in {i.id for i in form.items})
    store.save("1001", "BL", form.id, {item: typed}, **BY)
    assert queries.entries(address).select("typed", "value").row(0) == (typed, value)


@pytest.mark.parametrize("status", ["not done", "unknown", "not applicable"])
def test_missing_is_said_with_a_reason(store, address, status):
    """R30: three ways of having no answer, each with a reason, all distinct from blank."""
    with pytest.raises(InputError, match="without a reason"):
        store.save("1001", "BL", "vitals", {"temp": Answer(status=status)}, **BY)
    answers = {"temp": Answer(status=status, reason="thermometer broken"), "sysbp": "", "diabp": "   "}
    assert len(store.save("1001", "BL", "vitals", answers, **BY)) == 1
    row = queries.entries(address).row(0, named=True)
    assert (row["value"], row["status"], row["reason"]) == (None, status, "thermometer broken")
    assert not store.save("1001", "BL", "vitals", answers, **BY)
    assert store.save("1001", "BL", "vitals", {"temp": Answer(status=status, reason="lost")}, **BY)
    assert store.save("1001", "BL", "vitals", {"temp": "36.6"}, reason="found", **BY)


def test_a_blank_takes_nothing_back(store, address):
    """R30, R3: an answer is withdrawn by saying why there is none, not by emptying the field."""
    store.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
    with pytest.raises(InputError, match=r"36\.6.*blank.*not done, unknown or not applicable"):
        store.save("1001", "BL", "vitals", {"temp": ""}, reason="oops", **BY)
    store.save("1001", "BL", "vitals", {"temp": Answer(status="unknown", reason="wrong patient")}, **BY)
    assert queries.current(address)["status"].to_list() == ["unknown"]
    assert not store.save("1001", "BL", "vitals", {"temp": ""}, **BY)


def test_a_row_entered_by_mistake_is_withdrawn_not_deleted(store, address):
    """R3: deleting is a state."""
    store.save("1001", "LOG", "adverse_event", {"ae_term": "Fever", "ae_start": "2025"}, repeat=3, **BY)
    assert (
        len(store.withdraw("1001", "LOG", "adverse_event", repeat=3, reason="of another patient", **BY)) == 2
    )
    assert set(queries.current(address)["status"]) == {"not applicable"}
    assert queries.audit(address, item="ae_term")["old_value"].to_list() == [None, "Fever"]
    with pytest.raises(InputError, match="without a reason"):
        store.withdraw("1001", "LOG", "adverse_event", repeat=3, reason="", **BY)


def test_a_value_out_of_range_is_kept(store):
    """R28: a soft check never blocks saving."""
    assert store.save("1001", "BL", "vitals", {"temp": "366"}, **BY)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"form": "vital"}, "it has vitals, adverse_event"),
        ({"answers": {"pulse": "60"}}, "pulse.*no such question"),
        ({"subject": " 1001"}, "without spaces"),
        ({"subject": ""}, "without spaces"),
        ({"visit": "B\nL"}, "without spaces"),
        ({"subject": "1" * 65}, "1 to 64"),
        ({"repeat": 0}, "rows count from 1"),
        ({"repeat": True}, "rows count from 1"),
        ({"by": ""}, "by is empty"),
        ({"role": ""}, "role is empty"),
        ({"reason": "a\0b"}, "NUL"),
        ({"answers": {"temp": Answer("36.6", status="missing")}}, "it takes answered"),
        ({"answers": {"temp": Answer("36.6", "mmHg")}}, "does not convert"),
        ({"answers": {"temp": Answer("36.6", "warmth")}}, "not known"),
        ({"answers": {"temp": Answer("36.6", value="36.5")}}, "which is 36.6, not 36.5"),
    ],
)
def test_a_save_that_has_no_place_is_refused(ours, change, says):
    store, address = ours
    save = {"subject": "1001", "visit": "BL", "form": "vitals", "answers": {"temp": "36.6"}, **BY} | change
    with pytest.raises(InputError, match=says):
        store.save(**save)
    assert queries.entries(address).is_empty()


def test_a_store_asks_what_the_study_asks(address):
    """R33: visits, forms, their versions and that of the protocol are the study's."""
    study = read()
    with Store.open(address, study) as store:
        for visit in ("BL", "UNS01", "LOG"):
            assert store.save("1001", visit, "pga", {"pga": "2.3"}, **BY)
        for visit in ("BL2", "UNS", "UNS1", "UNS01x"):
            with pytest.raises(InputError, match="no visit"):
                store.save("1001", visit, "pga", {"pga": "2.3"}, **BY)
    assert set(queries.entries(address)["protocol_version"]) == {study["study.protocol_version"]}
    assert set(queries.entries(address)["form_version"]) == {study.form("pga").version}


def test_an_invented_trial_is_entered_whole(tmp_path):
    """Every value of three simulated patients passes the same checks as at the bedside, and comes back equal."""
    study = read()
    entries = simulate.trial(study, seed=7).entries
    some = entries.filter(
        pl.col("subject").is_in(entries["subject"].unique(maintain_order=True)[:3].implode())
    )
    with Store.open(tmp_path / "trial.sqlite3", study, clock=Recorded()) as store:
        store.enter(some, source="simulation")
    assert queries.entries(tmp_path / "trial.sqlite3").equals(some)
    assert chain.verify(tmp_path / "trial.sqlite3") is None


@pytest.mark.parametrize(
    "text",
    ["发热，寒战", "شديد", "🤒 e\u0301", "'; DROP TABLE capture_entry; --", "100 % %s {x}", "x" * 1_000_000],
)
def test_any_text_comes_back_as_it_was_typed(store, address, text):
    """R29, R44."""
    store.save("1001", "LOG", "adverse_event", {"ae_term": text}, reason=text, **BY)
    assert queries.entries(address).select("value", "typed", "reason").row(0) == (text, text, text)
    assert chain.verify(address) is None


@pytest.mark.parametrize("text", ["a\0b", "half \ud83e of a pair"])
def test_text_that_a_database_cannot_keep_is_refused(store, address, text):
    """R29: PostgreSQL has no NUL in text, UTF-8 no lone surrogate; neither is dropped in silence."""
    with pytest.raises(InputError, match="take the character out"):
        store.save("1001", "LOG", "adverse_event", {"ae_term": text}, **BY)
    assert queries.entries(address).is_empty()


def test_a_frame_of_entries_comes_back_equal(store, address, filled, tmp_path):
    """A trial entered elsewhere keeps its times, versions and corrections; each form is one save."""
    entries = queries.entries(address)
    other = tmp_path / "other.sqlite3"
    told = []
    with Store.open(other, FORMS, clock=Recorded()) as copy:
        saved = copy.enter(
            entries, progress=lambda done, of: told.append((done, of)), names={"wang.li": "Wang Li"}
        )
        assert saved == 6
        assert not copy.enter(queries.entries(other).filter(item="sysbp"))
    assert queries.entries(other).equals(entries)
    assert told[-1] == (14, 14)
    assert set(queries.audit(other)["by_name"]) == {"Wang Li"}
    assert set(queries.audit(other)["source"]) == {"import"}
    assert chain.verify(other) is None


def test_a_correction_in_the_next_row_is_another_save(store, address):
    frame = pl.DataFrame(
        {"item": ["temp", "sysbp", "temp"], "value": ["36.6", "120", "37.6"], "reason": ["", "", "slip"]}
    )
    frame = frame.with_columns(
        subject=pl.lit("1001"),
        visit=pl.lit("BL"),
        form=pl.lit("vitals"),
        by=pl.lit("u"),
        role=pl.lit("nurse"),
    )
    assert store.enter(frame) == 2
    assert queries.audit(address)["saved_with"].to_list() == [1, 1, 3]
    assert queries.audit(address, item="temp")["value"].to_list() == ["36.6", "37.6"]
    with pytest.raises(InputError, match="give the reason"):
        store.enter(frame.with_columns(reason=pl.lit(""), subject=pl.lit("1002")))


def test_a_frame_with_a_text_that_cannot_be_read_leaves_no_trace(filled, address):
    entries = queries.entries(address).drop("at", "value").filter(visit="D28")
    bad = entries.with_columns(
        subject=entries["subject"] + "9", typed=pl.Series(["36.6", "120", "80", "36.6", "120", "eighty"])
    )
    before = len(queries.entries(address))
    with pytest.raises(InputError, match=r"10029 at D28 is 'eighty'"):
        filled.enter(bad)
    assert len(queries.entries(address)) == before


def test_a_frame_may_leave_columns_out_but_not_who_entered_it(store, address):
    store.enter(
        {
            "subject": ["1001"],
            "visit": ["BL"],
            "form": ["vitals"],
            "item": ["temp"],
            "value": ["36.6"],
            "by": ["u"],
            "role": ["nurse"],
        }
    )
    row = queries.entries(address).row(0, named=True)
    assert (row["repeat"], row["typed"], row["language"], row["form_version"]) == (1, "36.6", "en", "3")
    with pytest.raises(InputError, match="lack the column by, role"):
        store.enter(
            {"subject": ["1001"], "visit": ["BL"], "form": ["vitals"], "item": ["temp"], "value": ["36.6"]}
        )
    with pytest.raises(InputError, match=r"Row 2 of the entries \(subject 1002\) has no role"):
        store.enter(
            {
                "subject": ["1001", "1002"],
                "visit": ["BL"] * 2,
                "form": ["vitals"] * 2,
                "item": ["temp"] * 2,
                "by": ["u"] * 2,
                "role": ["n", None],
            }
        )


def test_recorded_times_are_kept_only_where_they_were_asked_for(store, address, tmp_path):
    """R8: nobody can say when something was entered, except for a trial that was entered elsewhere."""
    frame = {
        "subject": ["1001"],
        "visit": ["BL"],
        "form": ["vitals"],
        "item": ["temp"],
        "value": ["36.6"],
        "by": ["u"],
        "role": ["nurse"],
    }
    with pytest.raises(InputError, match="stamps entries itself"):
        store.enter({**frame, "at": [datetime(2020, 1, 1, tzinfo=UTC)]})
    other = tmp_path / "other.sqlite3"
    with Store.open(other, FORMS, clock=Recorded()) as copy:
        with pytest.raises(InputError, match="brings none"):
            copy.enter(frame)
        with pytest.raises(InputError, match="give its `source`"):
            copy.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)
        copy.enter({**frame, "at": [datetime(2020, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))]})
    assert queries.entries(other)["at"].to_list() == [datetime(2020, 1, 1, tzinfo=UTC)]
    with (
        Store.open(address, FORMS, clock=lambda: datetime(2020, 1, 1)) as naive,
        pytest.raises(InputError, match="without a zone"),
    ):
        naive.save("1001", "BL", "vitals", {"temp": "36.6"}, **BY)


def test_a_data_cut_leaves_out_what_was_entered_later(filled, address):
    """A cut is a moment of entering; a correction made after it does not count."""
    clock = Ticking()
    first = clock()
    assert queries.entries(address).schema == SCHEMA
    assert len(queries.entries(address, first)) == 3
    assert queries.current(address, subject="1001", visit="BL", item="temp")["value"].to_list() == ["37.6"]
    assert queries.current(address, first, item="temp")["value"].to_list() == ["36.6"]
    assert queries.entries(address, first - timedelta(microseconds=1)).is_empty()
    with pytest.raises(InputError, match="no time zone"):
        queries.entries(address, datetime(2026, 3, 1))


@pytest.mark.parametrize("table", ["capture_entry", "capture_content", "capture_head"])
def test_a_save_that_fails_half_way_leaves_nothing(filled, address, table):
    """R1: value and audit trail are one row in one transaction; if any part of it fails, all of it does."""
    from django.db import connections

    def fail(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE")) and table in sql:
            raise OSError("the disk is full")
        return execute(sql, params, many, context)

    before = queries.audit(address)
    with connections[filled.alias].execute_wrapper(fail), pytest.raises(OSError, match="disk is full"):
        filled.save("1009", "BL", "vitals", {"temp": "36.6", "sysbp": "120"}, **BY)
    assert queries.audit(address).equals(before)
    assert chain.verify(address) is None
    filled.save("1009", "BL", "vitals", {"temp": "36.6", "sysbp": "120"}, **BY)
    assert chain.verify(address) is None


KILLED = """
import os, signal, sys
from capture_trial import BY, FORMS
from carnet.capture.store import Store
from django.db import connections
store = Store.open(sys.argv[1], FORMS)
def stop(execute, sql, params, many, context):
    if sql.startswith("UPDATE capture_head"):
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)
with connections[store.alias].execute_wrapper(stop):
    store.save("1009", "BL", "vitals", {"temp": "36.6", "sysbp": "120", "diabp": "80"}, **BY)
"""


def test_a_process_killed_in_the_middle_of_a_save_leaves_nothing(filled, address, python):
    """R1: half a form is never seen, whatever becomes of the process that saves it."""
    killed = python(KILLED, address)
    assert (killed.wait(60), killed.stderr.read()) == (-signal.SIGKILL, "")
    assert queries.entries(address, subject="1009").is_empty()
    assert chain.verify(address) is None
    filled.save("1009", "BL", "vitals", {"temp": "36.6"}, **BY)
    assert chain.verify(address) is None


MANY = """
import sys
from capture_trial import BY, FORMS
from carnet.capture.store import Store
with Store.open(sys.argv[1], FORMS) as store:
    for n in range(25):
        store.save(sys.argv[2], f"V{n}", "vitals", {"temp": "36.6", "sysbp": str(n)}, **BY)
        store.save("1000", "BL", "vitals", {"temp": str(n), "sysbp": sys.argv[2]}, reason="again", **BY)
"""


def test_processes_that_save_at_once_keep_one_chain(address, python):
    """R5: three processes make the same new database and save to it together; no entry is lost or doubled."""
    running = [python(MANY, address, str(n)) for n in (1001, 1002, 1003)]
    assert [(p.wait(120), p.stderr.read()) for p in running] == [(0, "")] * 3
    entries = queries.entries(address)
    assert [len(entries.filter(subject=str(n))) for n in (1001, 1002, 1003)] == [50] * 3
    assert chain.verify(address) is None
    numbers = queries.audit(address)["number"].to_list()
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_reader_sees_no_half_of_a_form_while_it_is_saved(filled, address, tmp_path):
    """R1: another connection sees a form whole or not at all."""
    import threading

    from django.db import connections

    seen = []

    def look(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("INSERT INTO capture_content"):

            def read():
                seen.append(len(queries.entries(address, subject="1009")))
                connections.close_all()

            reader = threading.Thread(target=read)
            reader.start()
            reader.join()
        return result

    with connections[filled.alias].execute_wrapper(look):
        filled.save("1009", "BL", "vitals", {"temp": "36.6", "sysbp": "120"}, **BY)
    assert seen == [0]
    assert len(queries.entries(address, subject="1009")) == 2
