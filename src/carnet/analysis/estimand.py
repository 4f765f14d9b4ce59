"""Which estimand a result belongs to, as the study defines them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl


def named(study: Any, results: pl.DataFrame) -> pl.DataFrame:
    """Return the results with the estimand of each: the first whose endpoints are of that dataset and those patients.

    A number of an analysis that comes from another dataset (its patients, their years) is of the same estimand. What
    describes the trial (disposition, baseline) estimates nothing and has none.
    """
    owners = dict(reversed(list(_owners(study))))
    key = pl.format("{} {}", "dataset", "population")
    found = key.replace_strict(owners, default="", return_dtype=pl.String) if owners else pl.lit("")
    own = pl.when(pl.col("estimand") == "").then(found).otherwise("estimand")
    whole = own.max().over("output_id", "analysis_id", "population")  # a name comes after none
    return results.with_columns(estimand=pl.when(own == "").then(whole).otherwise(own))


def _owners(study: Any) -> Iterator[tuple[str, str]]:
    """Yield dataset and population with the estimand that they are of, in the order of the study."""
    endpoints = {endpoint.id: endpoint for endpoint in study.endpoints}
    for estimand in study.estimands:
        for endpoint in (endpoints[id] for id in estimand.endpoints if id in endpoints):
            if endpoint.dataset == "ADRS":
                continue  # each of its rows names its own
            for population in (estimand.population, endpoint.population):
                yield f"{endpoint.dataset} {population}", estimand.id
