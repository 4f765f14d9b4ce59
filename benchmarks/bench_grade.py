"""How fast carnet grades: rows per second on one core, against a plain Python loop, and memory on a big file.

Takes the laboratory data of the CDISC pilot study (`lb.parquet`, with `dm.parquet` beside it), repeated to about
6 million rows:

    python benchmarks/bench_grade.py [../shared/data/cdiscpilot] [--repeat 100]
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
from functools import partial
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

from carnet.safety import findings
from carnet.safety.ctcae import grade
from carnet.safety.grading import GRADES, grade_parquet, grade_table
from carnet.safety.interval import Interval, intervals


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of the best of three runs: one core, whatever else the machine does."""
    runs = []
    for _ in range(3):
        start = time.process_time()
        work()
        runs.append(time.process_time() - start)
    return min(runs)


def by_test() -> dict[str, list[Interval]]:
    """Return the intervals that numbers decide, by test, for the loop."""
    found: dict[str, list[Interval]] = {}
    for row in intervals():
        if not row.said("fact"):
            found.setdefault(row.test, []).append(row)
    return found


def loop(rows: list[dict], criteria: dict[str, list[Interval]]) -> list[tuple[int | None, int | None]]:
    """Grade rows one by one, the way one writes it first: a dict of criteria, a row, an if.

    Of what carnet answers it gives the two grades, for adults, in printed units; no review and no reason.
    """
    names = {"CA": "CACORR"}
    units = {"GI/L": "10^9/L"}
    graded = []
    for row in rows:
        best: dict[str, int | None] = {"L": None, "H": None}
        value, base = row["value"], row["base"]
        rules = criteria.get(names.get(row["test"], row["test"]), ())
        if value is None or not rules or row["specimen"] == "URINALYSIS":
            graded.append((None, None))
            continue
        unit = units.get(row["unit"], row["unit"])
        uln, first = row["base_uln"], row["is_baseline"]
        high = not first and base is not None and uln is not None and base > uln * (1 + 1e-12)
        for direction in ("L", "H"):
            highest, unknown = None, 0
            for rule in rules:
                if rule.direction != direction:
                    continue
                amount, limits = value, row
                if rule.unit and rule.unit != unit:
                    if row["test"] != "HGB" or rule.unit != "g/L" or rule.term == "Anemia":
                        continue
                    amount = value / 0.06206
                    limits = {
                        name: row[name] / 0.06206 if row[name] else None for name in ("lln", "uln", "base")
                    }
                highest = highest or 0
                if ("baseline_high" in rule.condition and not high) or (
                    "baseline_not_high" in rule.condition and high
                ):
                    continue
                bound = rule.near
                if bound.of_baseline and (first or limits["base"] is None):
                    continue
                if bound.reference == "absolute":
                    limit = bound.number
                else:
                    side = "base" if bound.of_baseline else "lln" if "LLN" in bound.reference else "uln"
                    limit = limits[side]
                    if limit is None:
                        unknown = max(unknown, rule.grade)
                        continue
                    limit = limit + bound.number if "+" in bound.reference else limit * bound.number
                if direction == "L":
                    met = amount <= limit * (1 + 1e-12) if bound.included else amount < limit * (1 - 1e-12)
                else:
                    met = amount >= limit * (1 - 1e-12) if bound.included else amount > limit * (1 + 1e-12)
                if met and "above_baseline" in rule.condition and base is not None and not first:
                    met = amount > base * (1 + 1e-12)
                if met:
                    highest = max(highest, rule.grade)
            best[direction] = None if highest is None or unknown > highest else highest
        graded.append((best["L"], best["H"]))
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
        work = [sys.executable, __file__, str(data), "--file", str(source), str(target)]
        done = subprocess.run(work, check=True, capture_output=True, text=True)
        took, memory = (float(number) for number in done.stdout.split())
        rows = pl.scan_parquet(target).select(pl.len()).collect().item()
        print(f"file of {rows:,} rows, SDTM to graded Parquet: {took:.1f} s, {rows / took:,.0f} rows/s")
        print(f"peak resident memory: {memory / 1024:,.0f} MiB (limit 1,024 MiB)")


def main() -> None:
    """Print the rates and the memory."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, nargs="?", default=Path("../shared/data/cdiscpilot"))
    options.add_argument("--repeat", type=int, default=100)
    options.add_argument("--file", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if not (given.data / "lb.parquet").exists():
        print(f"grading: not measured, there is no lb.parquet in {given.data}")
        return
    dm = pl.read_parquet(given.data / "dm.parquet")
    if given.file:
        start = time.process_time()
        grade_parquet(*given.file, dm)
        print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return
    grade_file(
        given.data, given.repeat
    )  # first: a process is charged with the memory of the one that starts it
    lb = pl.read_parquet(given.data / "lb.parquet")
    flag, starts, _ = findings.baselines(findings.marked(lb))
    table = findings.read_findings(lb.select(findings.columns_read(lb.columns)), f"LB{flag}")
    plain = findings.plain(table, starts, findings.read_ages(dm))
    slow = compare(plain)
    many = pl.concat([plain] * given.repeat, rechunk=True)
    fast = len(many) / seconds(lambda: grade(many))
    print(f"grading, {len(many):,} rows, one core: {fast:,.0f} rows/s (wanted 1,000,000)")
    print(f"ratio to the loop: {fast / slow:.1f} (wanted 5)")
    for repeat in (1, max(given.repeat // 10, 2)):
        lbs, dms = repeated(lb, repeat), repeated(dm, repeat)
        whole = len(lbs) / seconds(partial(grade_table, lbs, dms))
        print(f"SDTM as it stands to grades, {len(lbs):,} rows: {whole:,.0f} rows/s (wanted 500,000)")
    cold_start(lb, dm)


def repeated(table: pl.DataFrame, times: int) -> pl.DataFrame:
    """Return a table with its subjects as many times, each time under another name."""
    return pl.concat([table.with_columns(pl.col("USUBJID") + f"-{i}") for i in range(times)], rechunk=True)


def cold_start(lb: pl.DataFrame, dm: pl.DataFrame) -> None:
    """Print how long the command takes on ten patients, the start of its process included."""
    ten = lb["USUBJID"].unique(maintain_order=True).head(10)
    call = [
        sys.executable,
        "-m",
        "carnet",
        "grade",
        "lb.parquet",
        "--dm",
        "dm.parquet",
        "-o",
        "graded.parquet",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, table in (("lb", lb), ("dm", dm)):
            table.filter(pl.col("USUBJID").is_in(ten.implode())).write_parquet(
                Path(folder) / f"{name}.parquet"
            )
        took = []
        for _ in range(4):  # the first run compiles
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(call, cwd=folder, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            took.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    print(f"carnet grade on ten patients, process included: {min(took):.2f} s of processor (wanted below 1)")


def compare(plain: pl.DataFrame) -> float:
    """Return the rows per second of the plain loop, once its grades are those of carnet."""
    rows, criteria = plain.to_dicts(), by_test()
    differ = sum(
        a != b for a, b in zip(loop(rows, criteria), grade(plain).select(*GRADES).rows(), strict=True)
    )
    if differ:
        raise SystemExit(f"The loop grades {differ:,} rows otherwise than carnet.")
    slow = len(rows) / seconds(lambda: loop(rows, criteria))
    print(f"plain Python loop with the same grades, {len(rows):,} rows: {slow:,.0f} rows/s")
    return slow


if __name__ == "__main__":
    main()
