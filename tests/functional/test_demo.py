"""The demonstration: a whole trial, the same from the same seed, in the files that others rely on."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import polars as pl

from carnet.analysis.result import SCHEMA


def test_the_demonstration_leaves_the_files_of_the_contract(demo_folder):
    for name in ("report.html", "results.parquet", "manifest.json", "carnet.sqlite3"):
        assert (demo_folder / name).stat().st_size > 0
    sdtm = {path.stem for path in (demo_folder / "sdtm").glob("*.parquet")}
    assert {
        "dm",
        "ex",
        "ae",
        "lb",
        "vs",
        "rs",
        "is",
        "cp",
        "pc",
        "pp",
        "cm",
        "mh",
        "ds",
        "sv",
        "ie",
        "ts",
    } <= sdtm
    adam = {path.stem for path in (demo_folder / "adam").glob("*.parquet")}
    assert {"adsl", "adae", "adlb", "advs", "adrs", "adpc", "adpp", "adis", "adcp", "adqs"} <= adam
    assert pl.read_parquet(demo_folder / "results.parquet").columns == list(SCHEMA)


def test_the_manifest_vouches_for_every_table(demo_folder):
    manifest = json.loads((demo_folder / "manifest.json").read_text())
    on_disk = {p.relative_to(demo_folder).as_posix() for p in demo_folder.rglob("*.parquet")}
    assert set(manifest["tables"]) == on_disk
    for name, digest in manifest["tables"].items():
        assert hashlib.sha256((demo_folder / name).read_bytes()).hexdigest() == digest


def test_running_the_database_again_gives_the_same_bytes(carnet, demo_folder, tmp_path):
    done = carnet("run", "--only", "html", "--data", demo_folder / "carnet.sqlite3", "-o", tmp_path / "again")
    assert done.code == 0, done.err
    first, second = (
        json.loads((folder / "manifest.json").read_text()) for folder in (demo_folder, tmp_path / "again")
    )
    assert first["tables"] == second["tables"]


def test_a_file_of_entries_gives_the_same_results_as_the_database(carnet, demo_folder, tmp_path):
    from carnet.capture import queries

    queries.entries(str(demo_folder / "carnet.sqlite3")).write_csv(tmp_path / "entries.csv")
    done = carnet("run", "--only", "html", "--data", tmp_path / "entries.csv", "-o", tmp_path / "out")
    assert done.code == 0, done.err
    first, second = (
        json.loads((folder / "manifest.json").read_text()) for folder in (demo_folder, tmp_path / "out")
    )
    assert first["tables"]["results.parquet"] == second["tables"]["results.parquet"]


def test_a_cut_leaves_out_what_came_later(carnet, demo_folder, tmp_path):
    entries = pl.read_parquet(demo_folder / "sdtm" / "sv.parquet")
    middle = sorted(day for day in entries["SVSTDTC"].to_list() if day)[len(entries) // 2][:10]
    done = carnet(
        "run",
        "--only",
        "html",
        "--data",
        demo_folder / "carnet.sqlite3",
        "--cut",
        middle,
        "-o",
        tmp_path / "cut",
    )
    assert done.code == 0, done.err
    whole, cut = (
        pl.read_parquet(folder / "sdtm" / "sv.parquet") for folder in (demo_folder, tmp_path / "cut")
    )
    assert 0 < len(cut) < len(whole)
    assert cut["SVSTDTC"].max()[:10] <= middle


def test_explain_answers_for_every_criterion(carnet, demo_folder):
    adrs = pl.read_parquet(demo_folder / "adam" / "adrs.parquet").filter(
        (pl.col("PARAMCD") == pl.col("PARENT"))
        & (pl.col("AVISIT") == "Month 3")
        & (pl.col("ESTIMAND") == "REGISTERED")
        & (pl.col("ANL02FL") == "Y")
    )
    words = {"Y": "yes", "N": "no", None: "unknown"}
    for subject, paramcd, verdict in adrs.select("SUBJID", "PARAMCD", "AVALC").head(12).iter_rows():
        done = carnet(
            "explain",
            subject,
            "--visit",
            "M3",
            "--criterion",
            paramcd.lower(),
            "--data",
            demo_folder / "carnet.sqlite3",
        )
        assert done.code == 0, done.err
        assert done.out.startswith(words[verdict])


def test_explain_as_data_says_what_would_settle_an_unknown(carnet, demo_folder):
    """The keys that docs/how-to/ask-why.md tells, for an unknown and for a visit that did not take place."""
    keys = {
        "subject", "visit", "avisit", "criterion", "label", "verdict", "said", "assessed", "reason", "window", "parts",
        "missing", "settled_by", "notes",
    }  # fmt: skip
    call = ("--criterion", "sri4", "--data", demo_folder / "sdtm", "--json")
    for visit, settled in (("M3", [["sledai_urinary_casts", "sledai_haematuria"]]), ("M9", [])):
        done = carnet("explain", "1004", "--visit", visit, *call)
        assert done.code == 0, done.err
        told = json.loads(done.out)
        assert set(told) == keys
        assert (told["verdict"], told["settled_by"]) == (None, settled)
        assert (told["reason"] is None) == bool(told["assessed"]) == bool(told["missing"])


def test_a_folder_that_is_not_ours_is_left_alone(carnet, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    done = carnet("demo", "--out", tmp_path)
    assert (done.code, [p.name for p in tmp_path.iterdir()]) == (2, ["thesis.txt"])
    assert str(tmp_path) in done.err


def test_it_runs_in_a_fresh_interpreter_and_prints_where_to_look(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "carnet", "demo", "--out", "there"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    assert (tmp_path / "there" / "report.html").exists()
