"""CDISC's own sample files, read and written again without loss."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carnet.exchange import dataset_json, xpt

SAMPLES = "standards/dataset-json/examples"
JSON = (
    "adam_adsl", "adam_adtte", "sdtm_ae", "sdtm_dm", "sdtm_ds", "sdtm_relrec", "sdtm_rs", "sdtm_suppdm", "sdtm_sv",
    "sdtm_ta", "sdtm_te", "sdtm_ts", "sdtm_tv",
)  # fmt: skip


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("ending", ["json", "ndjson"])
def test_a_dataset_json_sample_is_rewritten_as_it_was(shared: Path, tmp_path: Path, name: str, ending: str):
    sample = shared / SAMPLES / f"{name}.json"
    frame, head = dataset_json.read_whole(sample)
    dataset_json.write(frame, tmp_path / f"out.{ending}", head["name"], head)
    again, head_again = dataset_json.read_whole(tmp_path / f"out.{ending}")
    assert again.equals(frame)
    assert head_again == head
    if ending == "json":
        assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == json.loads(
            sample.read_text(encoding="utf-8-sig")
        )


@pytest.mark.parametrize("name", ["adam_adsl", "adam_adtte"])
def test_a_transport_sample_is_rewritten_as_it_was(shared: Path, tmp_path: Path, name: str):
    import pyreadstat

    def read(path: Path):
        return pyreadstat.read_xport(str(path), output_format="polars")

    frame, told = read(shared / SAMPLES / f"{name}.xpt")
    path = tmp_path / "out.xpt"
    xpt.write(frame, path, told.table_name, told.file_label or "", told.column_names_to_labels)
    again, told_again = read(path)
    assert again.equals(frame)
    assert told_again.column_names_to_labels == told.column_names_to_labels


@pytest.mark.parametrize("name", ["adam_adsl", "adam_adtte"])
def test_both_forms_of_a_sample_hold_the_same_rows(shared: Path, name: str):
    from carnet.exchange import read

    as_json, as_xpt = read(shared / SAMPLES / f"{name}.json"), read(shared / SAMPLES / f"{name}.xpt")
    assert as_json.columns == as_xpt.columns
    dates = [column for column, dtype in as_xpt.schema.items() if dtype.is_temporal()]
    assert as_json.select(dates).rows() == as_xpt.select(dates).rows()
