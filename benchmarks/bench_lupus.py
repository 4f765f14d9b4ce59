"""How fast carnet scores lupus: patient-visits per second on one core, growth with size, and memory.

A registry is invented, a row per patient and visit, its columns typed as a registry has them: yes/no items are
Booleans, graded ones small integers, measured ones floating-point numbers; a few cells of each are empty. One row is
scored to SLEDAI-2K, nine BILAG-2004 grades with their bounds, SRI-4, DORIS and LLDAS with all their parts. The
stand-in is the row-by-row `apply` of pandas that one writes first; it adds up SLEDAI alone.

    python benchmarks/bench_lupus.py [--rows 1000000]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np
import polars as pl

from carnet.criteria import DORIS, LLDAS, SRI4
from carnet.criteria.lldas import BEYOND
from carnet.instruments import BILAG2004, SLEDAI2K
from carnet.instruments.bilag2004 import COMPARED, SYSTEMS
from carnet.instruments.bilag2004 import ITEMS as BILAG
from carnet.instruments.sledai2k import ITEMS as SLEDAI

RARE, EMPTY = 0.06, 0.02
"""How often an item is present, and how often its cell is empty."""

WANTED, TIMES = 800_000, 20
"""Patient-visits per second, and times the stand-in."""

TYPICAL = {
    "bilag_systolic_bp": 125, "bilag_diastolic_bp": 80, "bilag_urine_dipstick_protein": 1, "bilag_uacr": 20,
    "bilag_upcr": 40, "bilag_urine_protein_24h": 0.4, "bilag_creatinine": 80, "bilag_gfr": 85,
    "bilag_haemoglobin": 12, "bilag_white_cell_count": 5, "bilag_neutrophils": 3, "bilag_lymphocytes": 1.3,
    "bilag_platelets": 220,
}  # fmt: skip


def registry(rows: int, seed: int = 1) -> pl.DataFrame:
    """Return the items of so many patient-visits, and what the criteria read beside them."""
    random = np.random.default_rng(seed)

    def known(values: np.ndarray) -> pl.Series:
        column = pl.Series(values)
        return column.set(pl.Series(random.random(rows, np.float32) < EMPTY), None)

    def yes(share: float) -> pl.Series:
        return known(random.random(rows, np.float32) < share)

    def measured(typical: float) -> pl.Series:
        return known((typical * random.lognormal(0, 0.15, rows)).round(2))

    columns: dict[str, pl.Series] = {"patient": pl.Series(np.arange(rows) // 10)}
    for item in (*SLEDAI, *BEYOND):
        columns[item.id] = yes(RARE)
        columns[f"{item.id}_prev"] = yes(RARE)
    for item in BILAG:
        if item.id in TYPICAL and item.type == "decimal":
            columns[item.id] = measured(TYPICAL[item.id])
        elif item.type == "boolean":
            columns[item.id] = yes(RARE)
        else:
            present = random.random(rows, np.float32) < RARE
            columns[item.id] = known(np.where(present, random.integers(1, 5, rows, np.int8), np.int8(0)))
            if item.id in TYPICAL:
                columns[item.id] = known(random.integers(0, 4, rows, np.int8))
    for item in COMPARED:
        columns[f"{item.id}_prev"] = columns[item.id].shift(1)
    columns["pga"] = known((3 * random.beta(1.5, 4, rows)).round(2))
    columns["prednisone"] = known(random.choice([0, 2.5, 5, 7.5, 10, 20], rows))
    columns["stable_treatment"], columns["standard_treatment"] = yes(0.9), yes(0.9)
    return pl.DataFrame(columns)


def with_baseline(items: pl.DataFrame) -> pl.DataFrame:
    """Return the registry with the baseline that the criteria compare with: here the visit ten rows before."""
    scored = BILAG2004.score(SLEDAI2K.score(items))
    names = ["sledai2k", "sledai2k_min", "sledai2k_max", "pga"]
    names += [f"bilag_{system}{end}" for system in SYSTEMS for end in ("", "_best", "_worst")]
    return items.with_columns(scored[name].shift(10).alias(f"{name}_base") for name in names)


def score(visits: pl.DataFrame) -> pl.DataFrame:
    """Return the visits with every score, grade, verdict and part of a verdict."""
    scored = BILAG2004.score(SLEDAI2K.score(visits))
    for criterion in (SRI4, DORIS, LLDAS):
        scored = criterion.judge(scored)
    return scored


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of the best of three runs: one core, whatever else the machine does."""
    runs = []
    for _ in range(3):
        start = time.process_time()
        work()
        runs.append(time.process_time() - start)
    return min(runs)


def by_row(visits: pl.DataFrame, rows: int = 20_000) -> float:
    """Return the rows per second of the `apply` that adds up SLEDAI, once its totals are those of carnet."""
    frame = visits.head(rows).select(item.id for item in SLEDAI).to_pandas()
    points = {item.id: item.points for item in SLEDAI}

    def total(row: Any) -> int | None:
        points_of_row = 0
        for name, weight in points.items():
            if row[name] is None:
                return None
            if row[name]:
                points_of_row += weight
        return points_of_row

    found = [None if value != value else int(value) for value in frame.apply(total, axis=1)]
    if found != SLEDAI2K.score(visits.head(rows))["sledai2k"].to_list():
        raise SystemExit("The loop adds up SLEDAI otherwise than carnet.")
    return rows / seconds(lambda: frame.apply(total, axis=1))


def measure(rows: int) -> list[float]:
    """Return the seconds that so many visits take, and peak memory and the table in MiB, from a process of its own."""
    work = [sys.executable, __file__, "--rows", str(rows), "--only"]
    said = subprocess.run(work, check=True, capture_output=True, text=True).stdout
    return [float(number) for number in said.split()]


def main() -> None:
    """Print the rates, their ratios and the memory."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--only", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.only:
        visits = with_baseline(registry(given.rows))
        table = visits.estimated_size("mb")
        took = seconds(lambda: score(visits))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(took, peak, table)
        return
    many, few = measure(given.rows), measure(given.rows // 10)
    fast = given.rows / many[0]
    items = len(SLEDAI) + len(BILAG)
    print(
        f"{given.rows:,} patient-visits of {items} items to SLEDAI-2K, nine BILAG grades, SRI-4, DORIS and LLDAS,"
    )
    print(f"one core: {many[0]:.2f} s, {fast:,.0f} visits/s (wanted {WANTED:,})")
    slow = by_row(registry(given.rows // 10))
    print(f"row-by-row apply of pandas that adds up SLEDAI alone: {slow:,.0f} visits/s")
    print(f"ratio to it: {fast / slow:.0f} (wanted {TIMES})")
    print(f"time of {given.rows:,} over time of {given.rows // 10:,}: {many[0] / few[0]:.1f} (linear is 10)")
    print(f"peak resident memory: {many[1]:,.0f} MiB, of which the table itself is {many[2]:,.0f}")


if __name__ == "__main__":
    main()
