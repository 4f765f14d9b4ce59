"""Why a patient met a criterion at a visit, or did not: the verdict, its evidence and the values read."""

from __future__ import annotations

from typing import Any

import polars as pl

from carnet.core.errors import InputError
from carnet.core.rule import SAY, Rule
from carnet.study import Study

COUNTED = "note     unknown counts as non-response in the rates (NRI)"


def explain(
    study: Study, frame: pl.DataFrame, subject: str, visit: str, rule: Rule
) -> tuple[list[str], dict[str, Any]]:
    """Return the explanation as lines and as data.

    `frame` has a row per patient and due visit with what was assessed (`adam.response_frame`). A patient or visit
    that it does not hold is an `InputError` that says what there is.
    """
    subjects = frame["SUBJID"].unique(maintain_order=True).to_list()
    if subject not in subjects:
        raise InputError(f"No treated patient {subject!r}; there are {', '.join(subjects)}.")
    windows = {window.visit: window.avisit for window in study.windows if window.visit}
    avisit = windows.get(visit, visit)
    rows = frame.filter(pl.col("SUBJID") == subject)
    here = rows.filter(pl.col("AVISIT") == avisit)
    if here.is_empty():
        due = {name: code for code, name in windows.items()}
        there = ", ".join(due.get(name, name) for name in rows["AVISIT"].to_list())
        raise InputError(
            f"No response is due for patient {subject} at {visit!r}; there is {there or 'none yet'}."
        )
    row = rule.judge(here.drop("rescue", strict=False)).row(0, named=True)
    if not row["assessed"]:
        why = f"  not assessed at {avisit}: {row['reason'].lower()}"
        return [f"unknown  {rule.label}  patient {subject}, {avisit}", why, COUNTED], {
            "subject": subject, "visit": avisit, "criterion": rule.id, "verdict": None, "reason": row["reason"],
            "parts": [],
        }  # fmt: skip
    parts = [
        {
            "id": part.id,
            "label": part.label,
            "verdict": row[part.id],
            "values": {n: row[n] for n in part.shown(row)},
        }
        for part in rule.walk()
    ]
    aside = {part.label for part in rule.walk() if part.id.endswith("_res")}  # judged here as registered
    lines = [line for line in rule.explain(row) if not any(line.endswith(label) for label in aside)]
    lines[0] += f"  patient {subject}, {avisit}, assessed {row['date']}"
    if row[rule.id] is None:
        lines.append(COUNTED)
    if here["rescue"][0]:
        lines.append("no       the same with rescue as non-response: a rescue treatment had begun")
    return lines, {
        "subject": subject, "visit": avisit, "date": str(row["date"]), "criterion": rule.id, "verdict": row[rule.id],
        "said": SAY[row[rule.id]], "parts": parts,
    }  # fmt: skip
