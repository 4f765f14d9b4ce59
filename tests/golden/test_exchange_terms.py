"""The NCI codes that Define-XML gives: right for each term, and there for each standard term that a table holds."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from carnet import adam, sdtm, simulate, study
from carnet.exchange.terminology import read_codelists

LISTS = ("standards/ct/sdtm_ct_2025-03-25_excerpt.json", "standards/ct/adam_ct_2026-03-27_excerpt.json")


@pytest.fixture
def published(shared: Path) -> dict[str, dict[str, str]]:
    """Return the codes of the terms of each list, as published."""
    both = [json.loads((shared / path).read_text(encoding="utf-8"))["codelists"] for path in LISTS]
    return {
        name: {"NA" if term["value"] is None else term["value"]: term["code"] for term in found["terms"]}
        for lists in reversed(both)
        for name, found in lists.items()
    }


def test_every_code_is_the_published_one(published):
    wrong = [
        (name, term, code)
        for name, codelist in read_codelists().items()
        for term, code in codelist.terms.items()
        if published[name].get(term) != code
    ]
    assert wrong == []


def test_every_standard_term_of_a_whole_trial_has_its_code(published):
    definition = study.read()
    tables = sdtm.tabulate(definition, simulate.trial(definition, seed=1).entries)
    datasets = adam.derive(definition, tables)
    pairs = [(sdtm.definition(name.upper()), table) for name, table in tables.items()]
    pairs += [(adam.DATASETS[name.upper()], table) for name, table in datasets.items()]
    lacking = {
        (variable.codelist, term)
        for dataset, table in pairs
        for variable in dataset.variables
        if variable.codelist in published and table.schema[variable.name] == pl.String
        for term in table[variable.name].drop_nulls().unique()
        if term in published[variable.codelist] and term not in read_codelists()[variable.codelist].terms
    }
    assert lacking == set()
