"""Intercurrent events: which had begun by a visit, and what an estimand makes of the verdict there."""

from __future__ import annotations

import polars as pl

from carnet.study import Estimand, Study

REASONS = {
    "rescue": "RESCUE",
    "fewer_infusions": "FEWER INFUSIONS",
    "death": "DIED",
    "withdrawal": "DISCONTINUED",
}
"""How NRIREAS names each event."""


def response_estimands(study: Study) -> tuple[Estimand, ...]:
    """Return the estimands that are about a response; one without endpoints is about each."""
    of = {endpoint.id for endpoint in study.endpoints if endpoint.dataset == "ADRS"}
    return tuple(e for e in study.estimands if not e.endpoints or of & set(e.endpoints))


def with_events(grid: pl.DataFrame, adsl: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Return the visits with a column for each event beside `rescue`: whether it had begun."""
    given = adsl.select("USUBJID", fewer_infusions=pl.col("NINF") < study.get("dosing.infusions", 0))
    return grid.join(given, on="USUBJID", how="left", maintain_order="left").with_columns(
        death=pl.col("reason") == REASONS["death"], withdrawal=pl.col("reason") == REASONS["withdrawal"]
    )


def begun(estimand: Estimand, strategy: str) -> pl.Expr:
    """Return whether any event that is met with this strategy had begun; unknown where that decides."""
    events = [pl.col(event) for event in estimand.events(strategy)]
    return pl.any_horizontal(events) if events else pl.lit(False)


def which(estimand: Estimand, strategy: str) -> pl.Expr:
    """Return the name of the first event met with this strategy that had begun."""
    named = [pl.when(pl.col(event)).then(pl.lit(REASONS[event])) for event in estimand.events(strategy)]
    return pl.coalesce(named) if named else pl.lit(None, pl.String)
