"""A trial handed over: submission files that the standards' own schemas accept, and that come back equal."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from carnet import pipeline, simulate, study, submission
from carnet.core.errors import InputError
from carnet.exchange import read

ODM, DEF = "{http://www.cdisc.org/ns/odm/v1.3}", "{http://www.cdisc.org/ns/def/v2.1}"


@pytest.fixture(scope="module")
def trial() -> pipeline.Trial:
    definition = study.read()
    return pipeline.run(definition, simulate.trial(definition, seed=1).entries)


@pytest.fixture(scope="module")
def as_json(trial, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("json") / "out"
    submission.write(trial, folder, "dataset-json")
    return folder


def frames(trial: pipeline.Trial) -> dict[str, pl.DataFrame]:
    both = {"sdtm": trial.tables, "adam": trial.datasets}
    return {f"{kind}/{name}": frame for kind, tables in both.items() for name, frame in tables.items()}


def test_dataset_json_comes_back_equal(trial, as_json):
    for name, frame in frames(trial).items():
        assert read(as_json / f"{name}.json").equals(frame), name


def test_dataset_json_keeps_to_its_schema_and_says_where_its_variables_are_defined(trial, as_json, shared):
    import jsonschema

    schema = json.loads((shared / "standards/dataset-json/dataset.schema.json").read_text())
    validator = jsonschema.Draft201909Validator(schema)
    for kind in ("sdtm", "adam"):
        root = ET.parse(as_json / kind / "define.xml").getroot()
        items = {item.get("OID") for item in root.iter(f"{ODM}ItemDef")}
        for path in (as_json / kind).glob("*.json"):
            told = json.loads(path.read_text(encoding="utf-8"))
            assert [error.message for error in validator.iter_errors(told)] == [], path.name
            assert {column["itemOID"] for column in told["columns"]} <= items
            keys = sorted(column["keySequence"] for column in told["columns"] if "keySequence" in column)
            assert keys == list(range(1, len(keys) + 1))


@pytest.mark.parametrize("kind", ["sdtm", "adam"])
def test_define_xml_passes_the_schema_of_the_standard(as_json, kind, shared):
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(str(shared / "standards/odm-define-xsd/define/2.1/define2-1-0.xsd"))
    assert [e.reason for e in schema.iter_errors(str(as_json / kind / "define.xml"))] == []


@pytest.mark.parametrize("kind", ["sdtm", "adam"])
def test_every_identifier_of_define_xml_is_given_once_and_every_reference_leads_to_one(as_json, kind):
    root = ET.parse(as_json / kind / "define.xml").getroot()
    given = [element.get("OID") or element.get("ID") for element in root.iter()]
    twice = [oid for oid, count in Counter(filter(None, given)).items() if count > 1]
    assert twice == []
    referred = {
        value
        for element in root.iter()
        for name, value in element.attrib.items()
        if (local := name.rpartition("}")[2]) == "ArchiveLocationID"
        or (local.endswith("OID") and local not in ("OID", "FileOID"))
    }
    assert referred - set(given) == set()


def test_a_term_beyond_the_standard_list_is_marked(as_json):
    root = ET.parse(as_json / "sdtm" / "define.xml").getroot()
    lists = {found.get("OID"): found for found in root.iter(f"{ODM}CodeList")}
    terms = {
        item.get("CodedValue"): item.get(f"{DEF}ExtendedValue")
        for item in lists["CL.RS.RSCAT"].iter(f"{ODM}EnumeratedItem")
    }
    assert terms["SLEDAI-2K"] == "Yes"
    codes = [alias.get("Name") for alias in lists["CL.DM.SEX"].iter(f"{ODM}Alias")]
    assert sorted(codes) == ["C16576", "C20197", "C66731"]


def test_the_derivation_of_a_criterion_is_that_of_its_definition(as_json):
    root = ET.parse(as_json / "adam" / "define.xml").getroot()
    methods = {m.get("OID"): "".join(m.itertext()) for m in root.iter(f"{ODM}MethodDef")}
    assert "SLEDAI-2K at least 4 points lower" in methods["MT.ADRS.SRI4"]


def test_the_results_are_an_event_of_the_results_standard(trial, tmp_path, shared):
    import jsonschema

    (path,) = submission.write(trial, tmp_path / "out", "ars")
    event = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads((shared / "standards/ars/ars_ldm.schema.json").read_text())
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(event)] == []
    assert sum(len(analysis["results"]) for analysis in event["analyses"]) == len(trial.results)
    subsets = {subset["id"]: subset for subset in event["dataSubsets"]}
    assert {analysis["dataSubsetId"] for analysis in event["analyses"] if "dataSubsetId" in analysis} == set(
        subsets
    )
    methods = {operation["id"] for method in event["methods"] for operation in method["operations"]}
    assert {r["operationId"] for analysis in event["analyses"] for r in analysis["results"]} <= methods


def test_transport_files_refuse_a_chinese_text_with_everything_that_stands_in_the_way(trial, tmp_path):
    with pytest.raises(InputError, match=r"AE: AETERM holds \d+ texts .* first in row") as refused:
        submission.write(trial, tmp_path / "out", "xpt")
    assert "MH: MHTERM" in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_transport_files_come_back_equal_once_every_text_is_english(trial, tmp_path):
    def english(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        plain = pl.col(pl.String).str.replace_all(r"[^\x00-\x7F]", "?")
        return {name: frame.with_columns(plain) for name, frame in tables.items()}

    made = replace(trial, tables=english(trial.tables), datasets=english(trial.datasets))
    submission.write(made, tmp_path / "out", "xpt")
    for name, frame in frames(made).items():
        back = read(tmp_path / "out" / f"{name}.xpt")
        # a transport file holds numbers as IBM doubles, whose last bit may differ
        numbers = frame.cast({pl.Int64: pl.Float64}).with_columns(
            pl.when(pl.col(pl.String) != "").then(pl.col(pl.String))  # it has no text that is not there
        )
        assert_frame_equal(back.cast(numbers.schema), numbers, rel_tol=1e-14, abs_tol=0)


def test_the_same_trial_gives_the_same_bytes(trial, as_json, tmp_path):
    for path in submission.write(trial, tmp_path / "again", "dataset-json"):
        assert path.read_bytes() == (as_json / path.relative_to(tmp_path / "again")).read_bytes()


def test_an_unknown_format_is_refused(carnet, tmp_path):
    said = carnet("export", "--data", "x.csv", "--format", "sas7bdat", "-o", tmp_path / "out")
    assert (said.code, "--format sas7bdat is none of csv, parquet" in said.err) == (2, True)


def test_the_command_says_what_it_wrote(carnet, demo_folder, tmp_path):
    said = carnet(
        "export", "--data", demo_folder / "carnet.sqlite3", "--format", "define", "-o", tmp_path / "out"
    )
    assert (said.code, said.out) == (0, f"2 files in {tmp_path / 'out'}\n")
    assert (tmp_path / "out" / "adam" / "define.xml").is_file()
