"""How fast carnet grades: rows per second on one core, against a plain Python loop, and memory on a big file.

Takes the laboratory data of the CDISC pilot study (`lb.parquet`, with `dm.parquet` beside it), repeated to about
6 million rows:

    python benchmarks/bench_grade.py ../shared/data/cdiscpilot [--repeat 100]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

from carnet.safety import findings
from carnet.safety.ctcae import grade
from carnet.safety.grading import grade_parquet, grade_table
from carnet.safety.interval import intervals


def seconds(work: Callable[[], object]) -> float:
    """Return the better of two runs."""
    runs = []
    for _ in range(2):
        start = time.perf_counter()
        work()
        runs.append(time.perf_counter() - start)
    return min(runs)


def loop(rows: list[dict]) -> list[tuple[int | None, int | None]]:
    """Grade rows one by one, the way one writes it first: a dict of criteria and a loop.

    It does less than carnet: no unit but the printed ones, no review, no reason, no three-valued logic.
    """
    criteria: dict = {}
    for row in intervals():
        if not any(code in row.condition for code in ("baseline_high", "baseline_low")) and not row.said("fact"):
            criteria.setdefault(row.test, []).append(row)
    names = {"CA": "CACORR"}
    units = {"GI/L": "10^9/L"}
    graded = []
    for row in rows:
        worst: dict[str, int | None] = {"L": None, "H": None}
        value = row["value"]
        for rule in criteria.get(names.get(row["test"], row["test"]), ()) if value is not None else ():
            if rule.unit and rule.unit != units.get(row["unit"], row["unit"]):
                continue
            bound = rule.near
            if bound.reference == "absolute":
                limit = bound.number
            else:
                side = "base" if bound.of_baseline else "lln" if "LLN" in bound.reference else "uln"
                limit = row[side]
                if limit is None:
                    continue
                limit = limit + bound.number if "+" in bound.reference else limit * bound.number
            if rule.direction == "L":
                met = value <= limit if bound.included else value < limit
            else:
                met = value >= limit if bound.included else value > limit
            worst[rule.direction] = max(worst[rule.direction] or 0, rule.grade if met else 0)
        graded.append((worst["L"], worst["H"]))
    return graded


def grade_file(data: Path, repeat: int) -> None:
    """Grade a big file in a process of its own and print the memory it took at most."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "lb.parquet", Path(folder) / "graded.parquet"
        make = (
            "import polars as pl; lb = pl.scan_parquet({!r}); "
            "pl.concat([lb.with_columns(pl.col('USUBJID') + '-{{}}'.format(i)) for i in range({})])"
            ".sink_parquet({!r})"
        ).format(str(data / "lb.parquet"), repeat, str(source))
        subprocess.run([sys.executable, "-c", make], check=True)
        start = time.perf_counter()
        work = [sys.executable, __file__, str(data), "--file", str(source), str(target)]
        done = subprocess.run(work, check=True, capture_output=True, text=True)
        took = time.perf_counter() - start
        rows = pl.scan_parquet(target).select(pl.len()).collect().item()
        print(f"file of {rows:,} rows, SDTM to graded Parquet: {took:.1f} s, {rows / took:,.0f} rows/s")
        print(f"  peak resident memory {float(done.stdout) / 1024:,.0f} MiB (limit 1,024 MiB)")


def main() -> None:
    """Print the rates and the memory."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--repeat", type=int, default=100)
    options.add_argument("--file", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    dm = pl.read_parquet(given.data / "dm.parquet")
    if given.file:
        grade_parquet(*given.file, dm)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return
    lb = pl.read_parquet(given.data / "lb.parquet")
    flag = findings.baseline_flag(lb.lazy())
    table = findings.read_findings(lb.select(findings.columns_read(lb.columns)), flag)
    plain = findings.plain(table, findings.baselines(table), findings.read_ages(dm))
    many = pl.concat([plain] * given.repeat, rechunk=True)
    rate = len(many) / seconds(lambda: grade(many))
    print(f"grading, {len(many):,} rows, one core: {rate:,.0f} rows/s (wanted 1,000,000)")
    dicts = plain.to_dicts()
    slow = len(dicts) / seconds(lambda: loop(dicts))
    print(f"plain Python loop, {len(dicts):,} rows: {slow:,.0f} rows/s")
    print(f"ratio {rate / slow:.1f} (wanted 5)")
    print(f"SDTM with baselines and ages, {len(lb):,} rows: {len(lb) / seconds(lambda: grade_table(lb, dm)):,.0f} rows/s")
    del many, dicts
    grade_file(given.data, given.repeat)


if __name__ == "__main__":
    main()
