"""Damaged studies, data and databases: the commands on a whole trial say what is wrong and leave nothing behind."""

from __future__ import annotations

import shutil
import sqlite3
from importlib.resources import as_file, files
from pathlib import Path

import polars as pl
import pytest


@pytest.fixture
def study(tmp_path) -> Path:
    """Return a copy of the built-in study to damage."""
    with as_file(files("carnet").joinpath("studies", "carnk_sle")) as built_in:
        shutil.copytree(built_in, tmp_path / "study")
    return tmp_path / "study"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


STUDY_DAMAGES = {
    "no folder": (lambda s: shutil.rmtree(s), "study"),
    "no study.toml": (lambda s: (s / "study.toml").unlink(), "study.toml"),
    "broken toml": (lambda s: (s / "study.toml").write_text("[study\nid ="), "study.toml"),
    "toml not utf-8": (lambda s: (s / "study.toml").write_bytes(b"\xff\xfe"), "study.toml"),
    "no id": (lambda s: change(s / "study.toml", "[study]\nid", "[study]\nname"), "id"),
    "visit day unreadable": (lambda s: change(s / "visits.csv", ",28,", ",twenty-eight,"), "visits.csv"),
    "item of unknown type": (
        lambda s: change(s / "forms" / "vitals.csv", ",decimal,", ",numeric,"),
        "vitals.csv",
    ),
    "item twice": (lambda s: change(s / "forms" / "body.csv", "height,", "weight,"), "weight"),
    "form table missing": (lambda s: (s / "forms" / "vitals.csv").unlink(), "vitals"),
    "form table empty": (lambda s: (s / "forms.csv").write_text(""), "forms.csv"),
}


@pytest.mark.parametrize("damage", STUDY_DAMAGES)
def test_a_damaged_study_is_refused_or_found(carnet, tmp_path, study, damage):
    """A definition that cannot be read ends with 2, one that reads but does not fit with 1; both name the place."""
    harm, says = STUDY_DAMAGES[damage]
    harm(study)
    done = carnet("check", "--study", study)
    assert done.code in (1, 2), done
    assert says in done.out + done.err
    ran = carnet(
        "run", "--only", "html", "--study", study, "--data", tmp_path / "none.csv", "-o", tmp_path / "out"
    )
    assert ran.code == 2
    assert not (tmp_path / "out").exists()


def entries_of(folder: Path) -> pl.DataFrame:
    from carnet.capture import queries

    return queries.entries(str(folder / "carnet.sqlite3")).head(400)


DATA_DAMAGES = {
    "absent": (None, "none"),
    "empty": ("", "empty"),
    "no columns of entries": ("a,b\n1,2\n", "subject"),
    "unreadable time": (lambda e: e.with_columns(at=pl.lit("yesterday")), "at"),
    "unreadable repeat": (lambda e: e.with_columns(repeat=pl.lit("first")), "repeat"),
    "no subject": (lambda e: e.with_columns(subject=pl.lit(None, pl.String)), "subject"),
}


@pytest.mark.parametrize("damage", DATA_DAMAGES)
@pytest.mark.parametrize("command", ["run", "check", "explain"])
def test_damaged_entries_are_refused_by_name(carnet, tmp_path, demo_folder, command, damage):
    harm, says = DATA_DAMAGES[damage]
    source = tmp_path / ("none.csv" if harm is None else "entries.csv")
    if isinstance(harm, str):
        source.write_text(harm)
    elif harm is not None:
        harm(entries_of(demo_folder)).write_csv(source)
    call = {
        "run": ["run", "--data", source, "-o", tmp_path / "out"],
        "check": ["check", "--data", source],
        "explain": ["explain", "1001", "--visit", "M3", "--criterion", "sri4", "--data", source],
    }[command]
    done = carnet(*call)
    assert (done.code, says in done.err) == (2, True), done
    assert not (tmp_path / "out").exists()


def test_what_is_no_database_is_refused(carnet, tmp_path):
    (tmp_path / "text.sqlite3").write_text("this is no database, and longer than a header of one would be")
    sqlite3.connect(tmp_path / "other.sqlite3").execute("CREATE TABLE t (x)").connection.close()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for name in ("text.sqlite3", "other.sqlite3", "absent.sqlite3"):
        for call in (["verify", "--db"], ["upgrade", "--db"], ["run", "-o", tmp_path / "out", "--data"]):
            done = carnet(*call, tmp_path / name)
            assert (done.code, name in done.err) == (2, True), (call, name, done)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_without_subjects_is_no_trial(carnet, tmp_path):
    (tmp_path / "sdtm").mkdir()
    for content, says in ((None, "DM"), ("a\n1\n", "USUBJID")):
        if content:
            (tmp_path / "sdtm" / "dm.csv").write_text(content)
        done = carnet("run", "--only", "html", "--data", tmp_path / "sdtm", "-o", tmp_path / "out")
        assert (done.code, says in done.err) == (2, True), done
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--cut", "soon"], "soon"),
        (["--cut", "1999-01-01"], "1999-01-01"),
        (["--cut", "2999-01-01"], "still to come"),
        (["--cut", ""], "--cut"),
        (["--study", "nowhere"], "nowhere"),
    ],
)
def test_a_run_that_cannot_be_says_why(carnet, tmp_path, demo_folder, options, says):
    done = carnet(
        "run", "--only", "html", "--data", demo_folder / "carnet.sqlite3", "-o", tmp_path / "out", *options
    )
    assert (done.code, says in done.err) == (2, True), done
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (["9999", "--visit", "M3", "--criterion", "sri4"], "9999"),
        (["1001", "--visit", "M7", "--criterion", "sri4"], "M7"),
        (["1001", "--visit", "D1", "--criterion", "sri4"], "D1"),
        (["1001", "--visit", "M3", "--criterion", "sri3"], "sri4"),
    ],
)
def test_a_question_without_answer_says_what_there_is(carnet, demo_folder, call, says):
    done = carnet("explain", *call, "--data", demo_folder / "carnet.sqlite3")
    assert (done.code, says in done.err) == (2, True), done


def test_a_value_changed_behind_the_store_is_named(carnet, tmp_path, demo_folder):
    shutil.copy(demo_folder / "carnet.sqlite3", tmp_path / "c.sqlite3")
    with sqlite3.connect(tmp_path / "c.sqlite3") as database:
        names = [
            name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ]
        guards = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        for name in names:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE capture_content SET value = '9.99' WHERE number = 5000")
        for sql in guards.values():
            database.execute(sql)
    done = carnet("verify", "--db", tmp_path / "c.sqlite3")
    assert (done.code, "5000" in done.out) == (1, True), done


def test_new_and_demo_keep_what_is_there(carnet, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "file").write_text("mine")
    for call in (
        ["new", tmp_path / "mine"],
        ["demo", "--out", tmp_path / "file"],
        ["simulate", "-o", tmp_path / "file"],
    ):
        done = carnet(*call)
        assert done.code == 2, (call, done)
        assert str(call[-1]) in done.err
    assert (tmp_path / "file").read_text() == "mine"
    assert not list((tmp_path / "mine").iterdir())


@pytest.mark.parametrize(
    "call", [["--preset", "cure"], ["--trials", "0"], ["--trials", "many"], ["--seed", "x"]]
)
def test_a_wrong_option_of_simulate_is_named(carnet, tmp_path, call):
    done = carnet("simulate", "-o", tmp_path / "out", *call)
    assert (done.code, call[0].strip("-") in done.err) == (2, True), done
    assert not (tmp_path / "out").exists()


def test_entries_count_by_their_time_wherever_they_stand(carnet, tmp_path, demo_folder):
    """A correction is what was entered later, also in a file whose rows were sorted by something else."""
    from carnet.capture import queries

    entries = queries.entries(str(demo_folder / "carnet.sqlite3")).sort("at", maintain_order=True)
    shuffled = pl.concat([part for _, part in entries.group_by("at", maintain_order=True)][::-1])
    made = []
    for name, rows in (("ordered", entries), ("shuffled", shuffled)):
        rows.write_parquet(tmp_path / f"{name}.parquet")
        done = carnet("run", "--only", "html", "--data", tmp_path / f"{name}.parquet", "-o", tmp_path / name)
        assert done.code == 0, done.err
        made.append(pl.read_parquet(tmp_path / name / "adam" / "adlb.parquet"))
    assert made[0].equals(made[1])


def test_a_run_keeps_what_is_not_its_own(carnet, tmp_path, demo_folder):
    (tmp_path / "out" / "sdtm").mkdir(parents=True)
    (tmp_path / "out" / "sdtm" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    assert carnet("run", "--only", "html", "--data", demo_folder / "sdtm", "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "sdtm" / "mine.txt").read_text() == "mine"
    assert carnet("run", "--only", "html", "--data", demo_folder / "sdtm", "-o", tmp_path / "file").code == 2


def test_a_demonstration_never_replaces_a_live_database(carnet, tmp_path):
    from carnet.capture.store import Store
    from carnet.study import read

    with Store.open(tmp_path / "carnet.sqlite3", read()) as store:
        store.save("1001", "SCR", "pga", {"pga": "1.5"}, by="mli", role="investigator")
    before = (tmp_path / "carnet.sqlite3").read_bytes()
    done = carnet("demo", "--out", tmp_path)
    assert (done.code, "carnet.sqlite3" in done.err) == (2, True), done
    assert (tmp_path / "carnet.sqlite3").read_bytes() == before


def test_explain_judges_the_criterion_that_was_asked_for(carnet, demo_folder):
    done = carnet(
        "explain", "1001", "--visit", "M3", "--criterion", "sri6", "--data", demo_folder / "carnet.sqlite3"
    )
    assert done.code == 0, done.err
    assert "SRI-6" in done.out


def sdtm(folder: Path, **changes: pl.DataFrame | None) -> Path:
    """Write a small folder of SDTM tables, some of them changed or left out."""
    tables = {
        "dm": pl.DataFrame({"USUBJID": ["1"], "SUBJID": ["1"], "RFSTDTC": ["2025-03-01"], "ARM": ["A"]}),
        "ex": pl.DataFrame(
            {"USUBJID": ["1"], "EXSEQ": [1], "EXTRT": ["X"], "EXDOSE": [1.0], "EXSTDTC": ["2025-03-01"]}
        ),
        "ae": pl.DataFrame(
            {"USUBJID": ["1"], "AESEQ": [1], "AETERM": ["Fatigue"], "AESTDTC": ["2025-03-02"]}
        ),
    }
    folder.mkdir()
    for name, table in {**tables, **changes}.items():
        if table is not None:
            table.write_parquet(folder / f"{name}.parquet")
    return folder


def test_a_sound_folder_of_tables_has_no_finding(carnet, tmp_path):
    done = carnet("check", "--data", sdtm(tmp_path / "sdtm"))
    assert (done.code, "nothing found" in done.out) == (0, True), done


AE = {"AESEQ": [1], "AETERM": ["Fatigue"]}
TABLE_DAMAGES = {
    "a day that no calendar has": (
        {"ae": {"USUBJID": ["1"], "AESTDTC": ["2025-02-30"], **AE}},
        "AESTDTC is 2025-02-30",
    ),
    "no date at all": ({"ae": {"USUBJID": ["1"], "AESTDTC": ["last week"], **AE}}, "AESTDTC is last week"),
    "no doses": ({"ex": None}, "nobody counts as treated"),
    "no rows of doses": (
        {"ex": {"USUBJID": [], "EXSEQ": [], "EXTRT": [], "EXDOSE": [], "EXSTDTC": []}},
        "nobody counts as treated",
    ),
    "a subject that DM lacks": (
        {"ae": {"USUBJID": ["2"], "AESTDTC": ["2025-03-02"], **AE}},
        "2  AE  USUBJID",
    ),
}


@pytest.mark.parametrize("damage", TABLE_DAMAGES)
def test_a_folder_of_tables_that_cannot_be_is_no_trial_without_a_word(carnet, tmp_path, damage):
    """It is analysed as far as it goes, and what is wrong stands on the screen; --strict makes it an error."""
    harm, says = TABLE_DAMAGES[damage]
    made = {
        n: None if t is None else pl.DataFrame(t, schema_overrides={"USUBJID": pl.String})
        for n, t in harm.items()
    }
    folder = sdtm(tmp_path / "sdtm", **made)
    done = carnet("check", "--data", folder)
    assert (done.code, says in done.out) == (1, True), done
    ran = carnet("run", "--only", "html", "--data", folder, "-o", tmp_path / "out", "--strict")
    assert (ran.code, says in ran.out) == (1, True), ran


def test_a_trial_without_subjects_is_refused(carnet, tmp_path):
    folder = sdtm(tmp_path / "sdtm", dm=pl.DataFrame(schema={"USUBJID": pl.String, "ARM": pl.String}))
    for call in (["run", "-o", tmp_path / "out", "--data"], ["check", "--data"]):
        done = carnet(*call, folder)
        assert (done.code, "DM has no rows" in done.err) == (2, True), done
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "table", ["visits", "windows", "eligibility", "populations", "reference_ranges", "forms"]
)
def test_a_definition_that_lacks_a_table_is_not_passed(carnet, study, table):
    (study / f"{table}.csv").unlink()
    done = carnet("check", "--study", study)
    assert (done.code, f"{table}.csv is missing or has no rows" in done.out) == (1, True), done


def test_an_empty_seal_is_no_seal(carnet, demo_folder):
    done = carnet("verify", "--db", demo_folder / "carnet.sqlite3", "--against", "")
    assert (done.code, "is no seal" in done.err) == (2, True), done


def test_what_a_column_takes_is_said_in_words(carnet, tmp_path, demo_folder):
    rows = entries_of(demo_folder).with_columns(repeat=pl.lit("first"))
    rows.write_csv(tmp_path / "entries.csv")
    done = carnet("check", "--data", tmp_path / "entries.csv")
    assert "a whole number is needed" in done.err
