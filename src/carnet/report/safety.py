"""The chapter on safety: adverse events, stopping rules, graded laboratory values and vital signs, the liver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from carnet.report import cytopenia, events, grades, liver, monitoring
from carnet.report.exhibit import Exhibit, Section


def safety(
    study: Any, results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame], findings: pl.DataFrame | None
) -> Section:
    """Return adverse events, the state of the stopping rules, values by grade, low counts and the liver."""
    exhibits: list[Exhibit] = list(events.exhibits(study, results, datasets, findings))
    if study.stopping:
        exhibits.append(monitoring.stopping(study, results))
    exhibits += grades.exhibits(study, results, datasets, findings)
    exhibits += cytopenia.exhibits(study, results, datasets, findings)
    exhibits += liver.exhibits(results)
    return Section(
        "safety",
        "Safety",
        tuple(exhibits),
        "The registered primary outcome: adverse events, laboratory values and vital signs, graded by CTCAE v5.0.",
    )
