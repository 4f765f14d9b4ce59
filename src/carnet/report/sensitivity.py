"""The exhibits on what missing verdicts could change, and on the posterior of each response rate."""

from __future__ import annotations

import polars as pl

from carnet.report import tables
from carnet.report.exhibit import Exhibit, Row, Section, Table, rows

LABELS = {"SRI4": "SRI-4", "DORIS": "DORIS remission", "LLDAS": "LLDAS"}


def sensitivity(results: pl.DataFrame) -> Section:
    """Return the posterior summaries and the sensitivity of the response rates to missing verdicts."""
    return Section(
        "sensitivity", "How sure the response rates are", (_posterior(results), _completed(results))
    )


def _title(row: dict[str, str]) -> str:
    return f"{LABELS[row['paramcd']]}, {row['estimand'].lower()}, {row['avisit']}"


def _completed(results: pl.DataFrame) -> Exhibit:
    title = "Response with the unknown completed: worst, best, imputed, tipping point"
    own = results.filter(pl.col("output_id") == "14.2.19")
    if own.is_empty():
        return Exhibit("14.2.19", title, absent="No response was judged at the main visit.")
    tips = own["analysis_id"].str.ends_with("/tipping point")
    found = tables.pick(own.filter(~tips), "14.2.19")
    lines: list[Row] = []
    before = ""
    for row in found.iter_rows(named=True):
        if (of := f"{_title(row)}: {row['unknown']} of {row['N']} unknown") != before:
            lines += rows([(of, "", "", "")], "group")
            before = of
        case = row["analysis_id"].rpartition("/")[2]
        count = f"{row['n']}/{row['N']}" if row["n"] else "–"
        lines += rows([(case, count, row["proportion"], tables.between(row))], "indent")
    shown = Table("Infused patients", ("Case", "Responders", "Rate", "95 % limits"), tuple(lines))
    notes = [
        "Worst, best and each number between: exact limits. Multiple imputation: unknown verdicts drawn from the "
        "posterior of the known, limits by Rubin's rules on the logit; it assumes that the unknown are like the known.",
        *(_tip(row) for row in tables.pick(own.filter(tips), "14.2.19").iter_rows(named=True)),
    ]
    return Exhibit("14.2.19", title, (shown,), notes=tuple(notes))


def _tip(row: dict[str, str]) -> str:
    needed = f"{row['tipping']} of the {row['unknown']} unknown must have responded"
    said = needed if row["tipping"] else "not even if all the unknown responded"
    if row["tipping"] == "0":
        said = "it does so even if none of the unknown responded"
    return f"{_title(row)}: for the lower limit to exceed {row['benchmark']}, {said}."


def _posterior(results: pl.DataFrame) -> Exhibit:
    title = "Posterior of the response rates"
    found = tables.pick(results, "14.2.6")
    if found.is_empty():
        return Exhibit("14.2.6", title, absent="No response was judged.")
    lines: list[Row] = []
    before = ""
    for row in found.iter_rows(named=True):
        known = f", P(rate > {row['benchmark']})" if row["benchmark"] else ""
        if (of := f"{LABELS[row['paramcd']]}, {row['estimand'].lower()}{known}") != before:
            lines += rows([(of, "", "", "", "", "")], "group")
            before = of
        cells = (row["avisit"], f"{row['n']}/{row['N']}", f"Beta({row['a']}, {row['b']})", row["mean"],
                 tables.between(row), row["above"] or "–")  # fmt: skip
        lines += rows([cells], "indent")
    header = (
        "Visit",
        "Responders",
        "Posterior",
        "Mean",
        "95 % credible limits",
        "Probability above the benchmark",
    )
    shown = Table("Infused patients, a missing verdict as non-response", header, tuple(lines), folded=True)
    notes = (
        "Beta posterior from the prior of the study definition. The benchmark is the rate of others, historical and "
        "not concurrent: an exploration, no test.",
    )
    return Exhibit("14.2.6", title, (shown,), notes=notes)
