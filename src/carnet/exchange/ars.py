"""The results as an event of CDISC's Analysis Results Standard 1.0: analyses, methods, sets, and every number."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

BLOCK = ["output_id", "analysis_id", "estimand", "population", "dataset", "paramcd", "subset"]
"""What tells one analysis from another; visit and arm tell its results apart."""

GROUPINGS = {"avisit": ("AVISIT", "Analysis visit"), "group": ("TRTA", "Arm")}
PURPOSES = {"14.3": "PRIMARY OUTCOME MEASURE", "14.2": "SECONDARY OUTCOME MEASURE"}
"""The part of the report tells what an analysis is for: safety is the primary outcome of this trial."""

DESCRIPTION = "PATIENTS"
"""The sponsor's own purpose of what is neither: who the patients were and what they were given."""


def reporting_event(
    id: str, name: str, results: pl.DataFrame, titles: Mapping[str, str], sets: Mapping[str, str]
) -> dict[str, Any]:
    """Return the reporting event as plain data, ready for JSON.

    `results` is a row per number; `titles` names its outputs and `sets` the populations, by the ADSL flag.
    """
    subsets = {text: f"DATA.{n}" for n, text in enumerate(_named(results), start=1)}
    analyses, methods = _analyses(results, subsets)
    populations = [name for name in results["population"].unique(maintain_order=True) if name]
    outputs = results["output_id"].unique(maintain_order=True).to_list()
    return {
        "id": id,
        "name": name,
        "version": 1,
        "mainListOfContents": {
            "name": "Outputs in the order of the report",
            "contentsList": {"listItems": list(_contents(outputs, titles, analyses))},
        },
        "terminologyExtensions": [
            {
                "id": "PURPOSE",
                "enumeration": "AnalysisPurposeEnum",
                "sponsorTerms": [
                    {"id": DESCRIPTION, "submissionValue": "DESCRIPTION OF THE PATIENTS AND THEIR TREATMENT"}
                ],
            }
        ],
        "analysisSets": [
            {"id": f"SET.{flag}", "name": sets.get(flag, flag), "level": 1, "order": order, **_flagged(flag, sets)}
            for order, flag in enumerate(populations, start=1)
        ],
        "analysisGroupings": [
            {"id": f"GROUP.{variable}", "name": label, "groupingVariable": variable, "dataDriven": True}
            for variable, label in GROUPINGS.values()
        ],
        "dataSubsets": list(_subsets(subsets)),
        "methods": methods,
        "analyses": analyses,
        "outputs": [
            {
                "id": f"OUT.{output}",
                "name": f"Table {output}",
                "displays": [
                    {
                        "order": 1,
                        "display": {
                            "id": f"DISPLAY.{output}",
                            "name": f"Table {output}",
                            "displayTitle": titles.get(output, f"Table {output}"),
                        },
                    }
                ],
            }
            for output in outputs
        ],
    }  # fmt: skip


def _flagged(flag: str, sets: Mapping[str, str]) -> dict[str, Any]:
    """Return the condition on ADSL that a set is, of a set that a flag there defines."""
    if flag not in sets:
        return {}
    return {"condition": {"dataset": "ADSL", "variable": flag, "comparator": "EQ", "value": ["Y"]}}


def _named(results: pl.DataFrame) -> Iterator[str]:
    """Yield the where-clauses of the results that choose something, each once."""
    for text in results["subset"].unique(maintain_order=True):
        if text and '"condition"' in text:
            yield text


def _subsets(subsets: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a dataset that results rest on."""
    for order, (text, id) in enumerate(subsets.items(), start=1):
        yield {"id": id, "name": f"Rows {order}", **_leveled(json.loads(text), 1, order)}


def _leveled(clause: dict[str, Any], level: int, order: int) -> dict[str, Any]:
    """Return a where-clause with its place, as the standard wants it: how deep it stands and in which order."""
    placed = {"level": level, "order": order, **clause}
    if "compoundExpression" in clause:
        joined = clause["compoundExpression"]
        parts = [_leveled(part, level + 1, n) for n, part in enumerate(joined["whereClauses"], start=1)]
        placed["compoundExpression"] = {**joined, "whereClauses": parts}
    return placed


def _teller(dataset: object) -> str:
    """Return the variable that names what a row is of: the term of an event, the parameter of a measurement."""
    return "AEDECOD" if dataset == "ADAE" else "PARAMCD"


def _analyses(
    results: pl.DataFrame, subsets: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the analyses with their results, and the methods: a method is a set of statistics."""
    methods: dict[tuple[str, ...], str] = {}
    analyses = []
    for place, ((output, analysis, estimand, population, dataset, paramcd, subset), rows) in enumerate(
        results.group_by(BLOCK, maintain_order=True), start=1
    ):
        statistics = tuple(rows["statistic"].unique(maintain_order=True))
        method = methods.setdefault(statistics, f"METHOD.{len(methods) + 1}")
        told = [name for name in (analysis, estimand, paramcd) if name]
        analyses.append(
            {
                "id": f"AN.{place}",
                "name": ", ".join(map(str, told)),
                "description": f"Table {output}",
                "reason": {"controlledTerm": "SPECIFIED IN SAP"},
                "purpose": _purpose(str(output)),
                "methodId": method,
                "dataset": dataset,
                **({"analysisSetId": f"SET.{population}"} if population else {}),
                **({"dataSubsetId": subsets[str(subset)]} if subset in subsets else {}),
                **({"variable": _teller(dataset)} if paramcd else {}),
                "orderedGroupings": [
                    {"order": order, "groupingId": f"GROUP.{variable}", "resultsByGroup": True}
                    for order, variable in enumerate(_grouped(rows), start=1)
                ],
                "results": list(_results(rows, method)),
            }
        )  # fmt: skip
    made = [
        {
            "id": id,
            "name": ", ".join(statistics),
            "operations": [
                {"id": f"{id}.{statistic}", "name": statistic, "order": order}
                for order, statistic in enumerate(statistics, start=1)
            ],
        }
        for statistics, id in methods.items()
    ]
    return analyses, made


def _purpose(output: str) -> dict[str, str]:
    term = PURPOSES.get(".".join(output.split(".")[:2]))
    return {"controlledTerm": term} if term else {"sponsorTermId": DESCRIPTION}


def _grouped(rows: pl.DataFrame) -> list[str]:
    return [variable for column, (variable, _) in GROUPINGS.items() if (rows[column] != "").any()]


def _results(rows: pl.DataFrame, method: str) -> Iterator[dict[str, Any]]:
    for row in rows.iter_rows(named=True):
        yield {
            "operationId": f"{method}.{row['statistic']}",
            "resultGroups": [
                {"groupingId": f"GROUP.{variable}", "groupValue": row[column]}
                for column, (variable, _) in GROUPINGS.items()
                if row[column]
            ],
            **({} if row["value"] is None else {"rawValue": repr(row["value"])}),
            "formattedValue": row["formatted"] or row["reason"] or "",
        }


def _contents(
    outputs: list[str], titles: Mapping[str, str], analyses: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield each output with its analyses below it."""
    for order, output in enumerate(outputs, start=1):
        own = [analysis for analysis in analyses if analysis["description"] == f"Table {output}"]
        yield {
            "name": titles.get(output, f"Table {output}"), "level": 1, "order": order, "outputId": f"OUT.{output}",
            "sublist": {
                "listItems": [
                    {"name": analysis["name"], "level": 2, "order": place, "analysisId": analysis["id"]}
                    for place, analysis in enumerate(own, start=1)
                ]
            },
        }  # fmt: skip
