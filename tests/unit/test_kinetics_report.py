"""The chapter on the cells: what the tables show are results, and every sample has its use."""

from __future__ import annotations

import polars as pl
import pytest

from adam_tables import Trial
from carnet import adam
from carnet.analysis import cells
from carnet.report import kinetics
from carnet.study import read

STUDY = read()


def sample(trial: Trial, when: str | None, level: float | None, **more: object) -> None:
    """Add a level of the cells, by the assay that the study registered unless told."""
    text = str(level) if level is not None else "<LLOQ"
    result = {} if more.get("PCSTAT") else {"PCSTRESN": level, "PCSTRESC": text, "PCORRES": text}
    assay = {"PCTESTCD": "CARTG", "PCTEST": "CAR transgene", "PCSTRESU": "copies/ug", "PCLLOQ": 50.0}
    trial.add("pc", **{**assay, **result, "PCDTC": when, "VISITNUM": 7.0, **more})


@pytest.fixture(scope="module")
def datasets() -> dict[str, pl.DataFrame]:
    trial = Trial().patient()
    sample(trial, "2025-03-10T09:00", None)
    for when, level in (("11T10:00", 900.0), ("14T10:00", 4000.0), ("20T10:00", 200.0)):
        sample(trial, f"2025-03-{when}", level)
    sample(trial, "2025-03-25T10:00", None, PCSTAT="NOT DONE")
    sample(trial, None, 800.0)
    sample(trial, "2025-04-07T10:00", None)
    flow = {"PCTESTCD": "CARNKFC", "PCTEST": "CAR-NK cells", "PCSTRESU": "/uL", "PCLLOQ": 0.5}
    sample(trial, "2025-03-11T10:00", 9.0, **flow)
    return adam.derive(STUDY, trial.tables())


def test_every_sample_is_used_or_has_its_reason(datasets):
    rows = datasets["adpc"].filter(PARAMCD="CARTG").sort("SRCSEQ")
    assert rows.select("ANL01FL", "ANLREAS").rows() == [
        (None, "BEFORE_INFUSION"), ("Y", None), ("Y", None), ("Y", None), (None, "NOT_DONE"), (None, "TIME_MISSING"),
        ("Y", None),
    ]  # fmt: skip


def test_the_registered_analyte_is_marked_and_stands_first(datasets):
    marked = datasets["adpp"].filter(PRIMFL="Y")["ANALYTE"].unique().to_list()
    assert marked == ["CARTG"]
    results = pl.concat(cells.estimate(datasets))
    groups = [
        row.cells[0] for exhibit in kinetics.kinetics(results, datasets).exhibits
        for table in exhibit.tables for row in table.rows if row.kind == "group"
    ]  # fmt: skip
    first, second = "CAR transgene (registered)", "CAR-NK cells by flow cytometry"
    assert [name.partition(",")[0] for name in groups] == [first, second, first, second]


def test_both_windows_have_their_area(datasets):
    windows = datasets["adpp"].filter(PARAMCD="AUCINT", ANALYTE="CARTG").select("PPSTINT", "PPENINT").rows()
    assert windows == [("P0D", "P28D"), ("P0D", "P90D")]


def test_every_number_of_a_patient_is_a_result_or_its_reason(datasets):
    results = pl.concat(cells.estimate(datasets))
    section = kinetics.kinetics(results, datasets)
    shown = {
        cell for exhibit in section.exhibits if exhibit.number == "14.2.21"
        for row in exhibit.tables[0].rows if row.kind == "indent" for cell in row.cells[1:]
    }  # fmt: skip
    listed = results.filter(output_id="16.2.5.4")
    assert shown - set(listed["formatted"]) - set(listed["reason"].str.replace_all(";", ", ")) == set()
    assert "4000.0" in shown


def test_curves_are_drawn_for_each_assay_and_patient(datasets):
    results = pl.concat(cells.estimate(datasets))
    figures = kinetics.kinetics(results, datasets).exhibits[0].figures
    assert len(figures) == 3
    assert all(figure.svg.startswith("<svg") for figure in figures)
    assert "a panel per patient" in figures[1].caption
