# ruff: noqa: E501  (tables are wide)
"""Why: what a physician reads of a yes, a no and an unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from carnet.adam.explanation import explain as account
from carnet.core.explanation import explain, lines
from carnet.core.reading import Origin
from carnet.core.rule import SAY
from carnet.criteria import CRITERIA, DORIS, LLDAS, SRI4
from carnet.instruments.bilag2004 import SYSTEMS
from carnet.instruments.sledai2k import ITEMS
from carnet.study import read

TODAY = "2025-03-01"
VISITS = {
    "": Origin("form", "M3", TODAY),
    "_base": Origin("form", "BL", "2025-01-03"),
    "_prev": Origin("form", "M2", "2025-02-01"),
}

WELL = {item.id + at: False for item in ITEMS for at in ("", "_prev")} | {
    "haemolysis": False, "haemolysis_prev": False, "gi_activity": False, "gi_activity_prev": False,
    "sledai2k": 6, "sledai2k_base": 14, "sledai2k_clinical": 0, "pga": 0.3, "pga_base": 1.5, "prednisone": 5.0,
    "stable_treatment": True, "standard_treatment": True,
    **{f"bilag_{system}{at}": "D" for system in SYSTEMS for at in ("", "_base")},
}  # fmt: skip
"""A patient who meets every criterion."""

NEPHRITIC = {"proteinuria_base": 2.0, "proteinuria": 0.7, "egfr_base": 100, "egfr": 61}


def where(column: str) -> Origin:
    return VISITS[column[-5:] if column.endswith(("_base", "_prev")) else ""]


def told(criterion: str, **changed: Any) -> list[str]:
    return list(lines(explain(CRITERIA[criterion], WELL | changed, where, TODAY)))


CASES = [
    ("sri4", {}, "yes      SLEDAI-2K fell from 14 on 2025-01-03 to 6 (-8; needed -4 or lower)"),
    ("sri4", {}, "no BILAG system newly A (against 2025-01-03): constitutional D -> D, mucocutaneous D -> D, "),
    ("sri4", {"sledai2k": 11}, "no       SLEDAI-2K fell from 14 on 2025-01-03 to 11 (-3; needed -4 or lower)"),
    ("sri4", {"sledai2k": 14}, "no       SLEDAI-2K unchanged at 14 since 2025-01-03 (0; needed -4 or lower)"),
    ("sri4", {"pga": 1.8}, "no       PGA rose from 1.5 on 2025-01-03 to 1.8 (+0.3; needed below +0.3)"),
    ("sri4", {"bilag_renal": "B"}, "yes      at most one BILAG system newly B (against 2025-01-03): all but renal D -> B"),
    ("sri4", {"bilag_renal": "B", "bilag_ophthalmic": "B"},
     "no       at most one BILAG system newly B (against 2025-01-03): ophthalmic D -> B, renal D -> B"),
    ("sri4", {"pga": None}, "settled by Physician global assessment (form, M3): yes if below 1.8, no if 1.8 or more"),
    ("sri4", {"pga_base": None, "pga": 1.0},
     "settled by Physician global assessment at baseline (form, BL): no if at most 0.7, yes if above 0.7"),
    ("sri4", {"sledai2k": None, "sledai2k_min": 8, "sledai2k_max": 12},
     "unknown  SLEDAI-2K from 14 on 2025-01-03 to between 8 and 12 (between -6 and -2; needed -4 or lower)"),
    ("sri4", {"sledai2k": None}, "settled by SLEDAI-2K (form, M3): yes if at most 10, no if 11 or more"),
    ("sri4", {"rescue": False}, "yes      no rescue up to this assessment (rescue started on or before this assessment: no)"),
    ("bicla", {"treatment_failure": True}, "no       no treatment failure (treatment failed on or before this assessment: yes)"),
    ("dorisoff", {"prednisone": 0.0, "immunosuppressant": False},
     "yes      no immunosuppressant and no biologic (takes an immunosuppressant or a biologic: no)"),
    ("rnpr", {**NEPHRITIC, "proteinuria_base": 0.5}, "no       proteinuria above 0.5 at baseline: 0.5 g/g or g/24 h on 2025-01-03"),
    ("rnpr", NEPHRITIC | {"egfr": 80}, "yes      proteinuria fell from 2 on 2025-01-03 to 0.7 g/g or g/24 h (needed at least 50 % lower)"),
    ("rnaur", NEPHRITIC | {"proteinuria": 0.4},
     "yes      eGFR fell from 100 on 2025-01-03 to 61 mL/min/1.73m2 (needed no more than 20 % lower, or at least 60)"),
    ("sri6", {"sledai2k": None}, "settled by SLEDAI-2K (form, M3): yes if at most 8, no if 9 or more"),
    ("sri4", {"bilag_renal": None}, "settled by BILAG-2004 renal (form, M3): no if A, yes if B to E"),
    ("sri4", {"rescue": None}, "settled by Rescue started on or before this assessment (form, M3): yes if answered no, no if answered yes"),
    ("doris", {}, "yes      prednisone 5 mg/day (needed at most 5 mg/day)"),
    ("doris", {"sledai2k_clinical": 4}, "no       clinical SLEDAI-2K 4 (needed 0)"),
    ("doris", {"prednisone": None}, "settled by Prednisone or equivalent (form, M3): yes if at most 5, no if above 5"),
    ("doris", {"pga": None}, "settled by Physician global assessment (form, M3): yes if below 0.5, no if 0.5 or more"),
    ("doris", {"sledai2k_clinical": None}, "settled by Clinical SLEDAI-2K (form, M3): yes if at most 0, no if 1 or more"),
    ("lldas", {}, "yes      SLEDAI-2K at most 4: none present"),
    ("lldas", {"sledai_rash": True}, "no       nothing new since the previous assessment (against 2025-02-01): rash present, before absent"),
    ("lldas", {"sledai_fever": None}, "settled by Fever (form, M3): yes if answered no, no if answered yes"),
    ("lldas", {"sledai_rash": None, "sledai_pyuria": None},
     "settled by all of Pyuria, Rash (form, M3)"),
    ("lldas", {"sledai_rash": None, "sledai_pyuria": None},
     "decided by any of Pyuria, Rash (form, M3): no if answered yes"),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "changed", "line"), CASES)
def test_sentences(criterion: str, changed: dict[str, Any], line: str) -> None:
    """Each sentence names the values, what was needed, and the date of a value of another day."""
    assert any(line in said for said in told(criterion, **changed)), told(criterion, **changed)


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_answers_with_the_verdict_that_it_judges(name: str) -> None:
    """Told first is the verdict itself; only an unknown says what would settle it, and always something."""
    rule = CRITERIA[name]
    for row in (WELL, {}, WELL | {"pga": None}, WELL | {"prednisone": None, "sledai_rash": None}):
        asked = {item.id: row[item.id] for item in rule.inputs.items if item.id in row}
        verdict = rule.judge(pl.DataFrame([asked])).row(0, named=True)[rule.id]
        why = explain(rule, row, where, TODAY)
        assert why.verdict is verdict
        assert next(lines(why)).startswith(SAY[verdict])
        assert (why.settling is not None) == (verdict is None)
        if verdict is None:
            assert why.data()["missing"]


def test_a_clause_that_is_switched_off_is_not_told() -> None:
    assert not any("rescue" in line for line in told("sri4"))
    assert any("rescue" in line for line in told("sri4", rescue=False))


def test_as_data() -> None:
    why = explain(DORIS, WELL | {"pga": None}, where, TODAY).data()
    assert (why["verdict"], why["said"], why["settled_by"]) == (None, "unknown", [["pga"]])
    pga = why["parts"][1]
    assert pga["sentence"] == "PGA unknown (needed below 0.5)"
    assert pga["values"] == [{
        "item": "pga", "label": "Physician global assessment", "value": None, "low": None, "high": None, "unit": None,
        "form": "form", "visit": "M3", "date": TODAY, "answers": [],
    }]  # fmt: skip
    assert why["missing"][0]["answers"] == [
        {
            "from": None,
            "from_included": True,
            "to": 0.5,
            "to_included": False,
            "verdict": True,
            "said": "yes",
        },
        {"from": 0.5, "from_included": True, "to": None, "to_included": True, "verdict": False, "said": "no"},
    ]


@pytest.mark.parametrize("rule", [SRI4, DORIS, LLDAS], ids=["sri4", "doris", "lldas"])
def test_a_visit_that_did_not_take_place(rule: Any) -> None:
    """The reason is told, the window in which an assessment would have counted, and what counts."""
    frame = pl.DataFrame([{
        "SUBJID": "1001", "AVISIT": "Month 3", "RFSTDT": date(2025, 1, 1), "assessed": False, "reason": "MISSED VISIT",
        "rescue": None, "date": None,
    }])  # fmt: skip
    missed = account(read(), frame, "1001", "M3", rule)
    assert list(missed.lines())[:2] == [
        f"unknown  {rule.label}: patient 1001, Month 3",
        "  not assessed from 2025-03-19 to 2025-04-17 (planned 2025-04-02): missed visit",
    ]
    assert "within 3 days of each other" in list(missed.lines())[2]
    assert missed.data()["window"] == {"from": "2025-03-19", "to": "2025-04-17", "planned": "2025-04-02"}
    assert (missed.data()["verdict"], missed.data()["reason"]) == (None, "missed visit")
