"""A rule to pause that is met is named where nobody can miss it: on the command line and on top of the report."""

from __future__ import annotations

import polars as pl

from carnet.capture import queries

MET = "A RULE TO PAUSE HAS BEEN MET: CRS of grade 4 or more"


def test_run_names_a_rule_that_is_met(carnet, demo_folder, tmp_path):
    entries = queries.entries(str(demo_folder / "carnet.sqlite3"))
    entries = entries.filter(pl.col("subject") == entries["subject"].min())
    event = (
        entries.filter(pl.col("form") == "adverse_event").head(1).with_columns(repeat=pl.lit(90, pl.Int64))
    )
    infused = entries.filter(pl.col("item") == "infusion_start")["value"][0]
    answers = {"ae_term": "Fever", "ae_aesi": "CRS", "ae_grade": "4", "ae_start": infused}
    rows = [
        event.with_columns(item=pl.lit(item), value=pl.lit(value), typed=pl.lit(value))
        for item, value in answers.items()
    ]
    pl.concat([entries, *rows], how="vertical_relaxed").write_csv(tmp_path / "entries.csv")
    done = carnet("run", "--data", tmp_path / "entries.csv", "-o", tmp_path / "out", "--only", "html")
    assert done.code == 0, done.err
    assert MET in done.out
    assert MET in done.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.index(MET) < page.index('aria-label="Contents"')
