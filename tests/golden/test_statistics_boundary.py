"""Boundaries of ten patients to the four decimals of recomputed tables, and a published one of thirty."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from carnet.statistics.boundary import Boundary, bayesian, immediate, pocock


def rows() -> list[dict[str, str]]:
    with (Path(__file__).parent / "statistics_boundaries.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def made(row: dict[str, str]) -> Boundary:
    parameters = [float(text) for text in row["parameter"].split()]
    if row["rule"] == "pocock":
        return pocock(10, float(row["rate"]), *parameters)
    a, b, certainty = parameters
    return bayesian(10, float(row["rate"]), (a, b), certainty)


@pytest.mark.parametrize("row", rows(), ids=lambda r: f"{r['rule']} {r['parameter']} at {r['rate']}")
def test_boundary_and_its_chance_to_stop(row):
    boundary = made(row)
    assert " ".join("-" if limit is None else str(limit) for limit in boundary.limits) == row["limits"]
    for step in range(4):
        stops = immediate(boundary, float(row["rate"]) + step / 10).stop
        assert f"{stops:.4f}" == row[f"stop_{step}"]
    assert f"{immediate(boundary, float(row['rate'])).patients:.2f}" == row["patients"]


def test_the_published_trial_of_thirty():
    """The worked example of the R package stoppingrule (commit 2ef6769): boundary, chance to stop, expected events."""
    boundary = bayesian(30, rate=0.2, prior=(0.6, 2.4), certainty=0.9630827)
    published = "- - 3 3 4 4 5 5 5 5 6 6 6 7 7 7 7 8 8 8 9 9 9 9 10 10 10 10 11 11"
    assert " ".join("-" if limit is None else str(limit) for limit in boundary.limits) == published
    stops = [f"{immediate(boundary, rate).stop:.7f}" for rate in (0.2, 0.25, 0.3, 0.35, 0.4)]
    assert stops == ["0.0995737", "0.2383230", "0.4361526", "0.6455522", "0.8149109"]
    assert [f"{immediate(boundary, rate).events:.6f}" for rate in (0.2, 0.4)] == ["5.651197", "6.355803"]
