"""The definitions of the analysis datasets, and trials that lack almost everything."""

from __future__ import annotations

import re

import polars as pl
import pytest

from adam_tables import Trial, on
from carnet import adam
from carnet.core.dataset import DTYPES
from carnet.core.errors import InputError
from carnet.core.source import read_sources
from carnet.core.table import read_rows
from carnet.study import read

STUDY = read()
VARIABLES = [(name, v) for name, dataset in adam.DATASETS.items() for v in dataset.variables]


@pytest.mark.parametrize(("dataset", "variable"), VARIABLES, ids=lambda x: getattr(x, "name", x))
def test_a_variable_is_as_cdisc_wants_it(dataset, variable):
    """A name of eight characters, a label of forty, an origin; a derived one says how."""
    assert re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", variable.name)
    assert 0 < len(variable.label) <= 40
    assert variable.type in DTYPES
    assert variable.origin in {"Predecessor", "Derived", "Assigned"}
    assert variable.method or variable.origin != "Derived"


def test_a_variable_means_the_same_everywhere():
    """One label and one type for a name that several datasets have."""
    seen: dict[str, tuple[str, str]] = {}
    for name, variable in VARIABLES:
        meaning = variable.label, variable.type
        assert seen.setdefault(variable.name, meaning) == meaning, (name, variable.name)


def test_every_dataset_has_its_subject_and_its_keys():
    """And the sets that every table is about."""
    for name, dataset in adam.DATASETS.items():
        names = [variable.name for variable in dataset.variables]
        assert set(dataset.keys) <= set(names)
        assert names[:2] == ["STUDYID", "USUBJID"]
        if name != "ADSL":
            assert {"TRTA", "SAFFL", "CARFL", "EFFFL", "PPROTFL", "SRCDOM", "SRCVAR", "SRCSEQ"} <= set(names)


def test_numbers_cite_their_source():
    """The equivalents of glucocorticoids and the limits of SLEDAI-2K."""
    for place, file in (
        ("carnet.measures", "glucocorticoids.csv"),
        ("carnet.measures", "ladders.csv"),
        ("carnet.measures", "patterns.csv"),
        ("carnet.adam", "evidence.csv"),
    ):
        for row in read_rows(place, file):
            assert row["source"] in read_sources()


def test_a_trial_without_subjects_is_refused():
    """DM says who they are."""
    with pytest.raises(InputError, match="DM"):
        adam.derive(STUDY, {})
    with pytest.raises(InputError, match="RS"):
        adam.response_frame(STUDY, Trial().patient().tables())


@pytest.mark.parametrize(
    ("domain", "column", "told"),
    [
        ("ex", "EXSTDTC", "EX has no column EXSTDTC"),
        ("lb", "LBSTRESN", "LB has no column LBSTRESN"),
        ("rs", "RSDTC", "RS has no"),
    ],
)
def test_a_table_without_what_is_needed_is_refused(domain, column, told):
    """By the name of the column; what may be absent is absent."""
    trial = Trial().patient().steroid().assess()
    trial.value("PLAT", 100.0, 1)
    tables = trial.tables()
    with pytest.raises(InputError, match=told):
        adam.derive(STUDY, {**tables, domain: tables[domain].drop(column)})


def test_a_word_in_a_number_is_refused():
    """By row, subject and column."""
    tables = Trial().patient().tables()
    tables["ex"] = tables["ex"].with_columns(EXDOSE=pl.lit("much"))
    with pytest.raises(InputError, match=r"EX, row 1 \(USUBJID T-1\): EXDOSE is 'much'"):
        adam.derive(STUDY, tables)


def test_nothing_but_demography():
    """ADSL alone, nobody treated."""
    made = adam.derive(STUDY, {"dm": Trial().patient(cells=0, lymphodepletion=False).tables()["dm"]})
    assert list(made) == ["adsl"]
    assert made["adsl"]["SAFFL"].to_list() == ["N"]


def test_empty_tables_make_empty_datasets():
    """With every variable in its type."""
    trial = Trial().patient().steroid().assess()
    trial.value("PLAT", 100.0, 1)
    trial.add("ae", AETERM="X", AEDECOD="X", AESOC="S", AESTDTC=on(1))
    tables = {name: table if name == "dm" else table.clear() for name, table in trial.tables().items()}
    made = adam.derive(STUDY, tables)
    for name in ("adae", "adlb", "adcm", "adex", "adqs", "adrs", "adtte"):
        assert made[name].is_empty(), name
        assert made[name].schema == adam.DATASETS[name.upper()].empty().schema, name


def test_upper_case_table_names_are_the_same():
    """A folder of SAS files has them so."""
    tables = Trial().patient().tables()
    upper = {name.upper(): table for name, table in tables.items()}
    assert adam.derive(STUDY, upper)["adsl"].equals(adam.derive(STUDY, tables)["adsl"])


def test_the_frame_of_responses_has_what_the_criteria_read():
    """A row per due visit, with the values, their baseline and their previous."""
    trial = (
        Trial()
        .patient()
        .steroid()
        .assess(visit="BL", sledai={"rash": True}, pga=2.0)
        .assess(visit="D28", pga=0.5)
    )
    frame = adam.response_frame(STUDY, trial.tables())
    assert frame["AVISIT"].to_list() == ["Day 28"]
    row = frame.row(0, named=True)
    assert (row["sledai2k"], row["sledai2k_base"], row["pga"], row["pga_base"]) == (0, 2, 0.5, 2.0)
    assert (row["sledai_rash"], row["sledai_rash_prev"], row["first_visit"]) == (False, True, False)
    assert (row["prednisone"], row["stable_treatment"], row["rescue"]) == (5.0, True, False)
    assert isinstance(frame, pl.DataFrame)
