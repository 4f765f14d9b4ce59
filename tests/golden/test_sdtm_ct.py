"""Values against CDISC controlled terminology: SDTM CT 2025-03-25 as the shared reference data hold it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from carnet import sdtm, simulate, study
from sdtm_trial import every_answer

STUDY = study.read()
CT = "standards/ct/sdtm_ct_2025-03-25_excerpt.json"
VARIABLES = "standards/ct/sdtmig34_variable_codelists.json"

Codelist = dict[str, object]

SPONSOR = {
    "EPOCH": {"LYMPHODEPLETION"},
    "PROTMLST": {"LYMPHODEPLETION STARTED", "INFUSION 1", "INFUSION 2", "INFUSION 3", "COMPLETED DAY 28"},
    "LBTESTCD": {
        "SCHISTO", "PCT", "IL2SR", "ALBCREAT", "HBSAG", "HBCAB", "HBVDNA", "HCAB", "HCRNA", "HIVAGAB", "SYPHILIS",
        "CMVDNA", "EBVDNA", "TBIGRA", "DSAHLA", "RCL",
    },
    "ISTESTCD": {"LAC", "COOMBS"},
    "DTHDXCD": {"AENO", "RELCELLS", "RELLD"},
    "ISBDAGNT": {"ANTI-CD19 CAR", "HLA ANTIGENS"},
    "ROUTE": {"OTHER"},
    "FREQ": {"OTHER"},
    "NCOMPLT": {"OTHER", "DISCONTINUED TREATMENT", "WITHDREW FROM STUDY"},
    "PKPARMCD": {
        "TFIRST", "AUCICOV", "CMAXEXP", "TMAXEXP", "TMAXINF", "PEAKINF", "PERSDUR", "PERSEND", "PERSCNSR",
        "PERSDET", "CLSTP",
    },
    "CCCAT": {
        "SLEDAI-2K", "BILAG-2004", "PGA", "CLASI", "SDI", "SLE-DAS", "SFI", "LUPUS ACTIVITY QUESTIONS",
    },
}  # fmt: skip
"""What the extensible lists lack and this trial needs (our own terms), by codelist."""


@cache
def tables() -> list[dict[str, pl.DataFrame]]:
    every, invented = every_answer(STUDY), simulate.trial(STUDY, seed=7).entries
    return [sdtm.tabulate(STUDY, entries) for entries in (every, invented)]


def values(domain: str, variable: str) -> set[str]:
    return {v for made in tables() if domain in made for v in made[domain][variable].drop_nulls().unique()}


def terms(shared: Path, name: str) -> set[str]:
    found = json.loads((shared / CT).read_text(encoding="utf-8"))["codelists"][name]["terms"]
    return {"NA" if term["value"] is None else term["value"] for term in found}


def lists(shared: Path) -> dict[str, tuple[str, Codelist]]:
    """Return the codelists by their NCI codes."""
    found = json.loads((shared / CT).read_text(encoding="utf-8"))["codelists"]
    return {codelist["code"]: (name, codelist) for name, codelist in found.items()}


def test_closed_lists_hold_every_value(shared: Path) -> None:
    """Each variable that SDTMIG 3.4 ties to a complete, non-extensible list takes its values from it alone."""
    named = json.loads((shared / VARIABLES).read_text(encoding="utf-8"))["variables"]
    known, checked = lists(shared), 0
    for variable, tied in named.items():
        closed = [known[t["codelist"]] for t in tied if t["codelist"] in known]
        if (
            not closed
            or len(closed) < len(tied)
            or any(c["extensible"] or not c["complete"] for _, c in closed)
        ):
            continue
        allowed = set().union(*(terms(shared, name) for name, _ in closed))
        for domain in {
            name for made in tables() for name, table in made.items() if variable in table.columns
        }:
            assert values(domain, variable) <= allowed, (
                f"{domain}.{variable}: {values(domain, variable) - allowed}"
            )
            checked += len(values(domain, variable))
    assert checked > 60


@pytest.mark.parametrize(
    ("domain", "variable", "codelist"),
    [
        ("dm", "ARMNRS", "ARMNULRS"), ("sv", "EPOCH", "EPOCH"), ("lb", "EPOCH", "EPOCH"), ("ae", "AEOUT", "OUT"),
        ("lb", "LBTESTCD", "LBTESTCD"), ("vs", "VSTESTCD", "VSTESTCD"), ("is", "ISTESTCD", "ISTESTCD"),
        ("lb", "LBSPEC", "SPECTYPE"), ("cp", "CPSPEC", "SPECTYPE"), ("pc", "PCSPEC", "SPECTYPE"),
        ("dd", "DDTESTCD", "DTHDXCD"), ("rs", "RSEVAL", "EVAL"), ("lb", "LBNRIND", "NRIND"),
        ("ex", "EXROUTE", "ROUTE"), ("ex", "EXDOSFRM", "FRM"), ("ex", "EXDOSFRQ", "FREQ"), ("cm", "CMROUTE", "ROUTE"),
        ("cm", "CMDOSFRQ", "FREQ"), ("mh", "MHEVDTYP", "MHEDTTYP"), ("vs", "VSPOS", "POSITION"),
        ("ts", "TSPARMCD", "TSPARMCD"), ("pp", "PPTESTCD", "PKPARMCD"), ("rs", "RSCAT", "CCCAT"),
        ("is", "ISBDAGNT", "ISBDAGNT"), ("ds", "DSSCAT", "DSSCAT"),
    ],
)  # fmt: skip
def test_open_lists_are_extended_only_by_terms_that_we_name(
    shared: Path, domain: str, variable: str, codelist: str
) -> None:
    found = values(domain, variable)
    assert found, f"{domain}.{variable} is never filled"
    assert found <= terms(shared, codelist) | SPONSOR.get(codelist, set())


def test_dispositions_are_coded_by_the_list_of_their_category(shared: Path) -> None:
    lists_of = {"PROTOCOL MILESTONE": "PROTMLST", "DISPOSITION EVENT": "NCOMPLT"}
    for made in tables():
        for category, codelist in lists_of.items():
            coded = set(made["ds"].filter(pl.col("DSCAT") == category)["DSDECOD"].drop_nulls())
            assert coded <= terms(shared, codelist) | SPONSOR[codelist], category


@pytest.mark.parametrize(
    ("domain", "codes", "names"),
    [("lb", "LBTESTCD", "LBTEST"), ("vs", "VSTESTCD", "VSTEST"), ("is", "ISTESTCD", "ISTEST"),
     ("dd", "DTHDXCD", "DTHDX"), ("pp", "PKPARMCD", "PKPARM"), ("ts", "TSPARMCD", "TSPARM")],
)  # fmt: skip
def test_a_code_has_the_name_of_its_list(shared: Path, domain: str, codes: str, names: str) -> None:
    known = json.loads((shared / CT).read_text(encoding="utf-8"))["codelists"]
    name = {term["code"]: term["value"] for term in known[names]["terms"]}
    printed = {term["value"]: name[term["code"]] for term in known[codes]["terms"] if term["code"] in name}
    prefix = "TSPARM" if domain == "ts" else f"{domain.upper()}TEST"
    for made in tables():
        for code, test in made[domain].select(f"{prefix}CD", prefix).unique().iter_rows():
            assert test == printed.get(code, test), code


def test_units_are_submission_values(shared: Path) -> None:
    """UNIT is an excerpt: a unit of ours must not be one that it lists as a synonym of another value."""
    known = json.loads((shared / CT).read_text(encoding="utf-8"))["codelists"]["UNIT"]["terms"]
    submitted = {term["value"] for term in known}
    synonyms = {s.strip() for term in known for s in (term["synonyms"] or "").split(";")} - submitted
    for domain in ("lb", "vs", "is", "cp", "pc", "eg", "cv", "rs", "fa"):
        for part in ("ORRESU", "STRESU"):
            units = values(domain, f"{domain.upper()}{part}")
            assert not units & synonyms, f"{domain}: {units & synonyms}"
    assert {"g/g", "g/day", "10^9/L", "10^6/L", "C", "s"} <= values("lb", "LBSTRESU") | values(
        "cp", "CPSTRESU"
    ) | values("vs", "VSSTRESU")
