"""How fast the kinetics are: profiles per second on one core, beside a plain Python loop with the same numbers.

Invents 100,000 profiles of 16 samples:

    python benchmarks/bench_kinetics.py [--profiles 100000]
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np
import polars as pl

from carnet.kinetics.courses import courses
from carnet.kinetics.nca import parameters, settled
from carnet.kinetics.peak import peaks, peaks_of
from carnet.kinetics.profiles import Profiles, read_profiles
from carnet.kinetics.scopes import summarise, tails, under

DAYS = np.array([0.04, 0.17, 1, 2, 3, 4, 5, 7, 10, 14, 21, 28, 60, 90, 180, 360])
LLOQ = 50.0
PEAK, FULL = ("CMAX", "TMAX"), ("CMAX", "TMAX", "CLST", "TLST", "AUCLST", "LAMZ", "R2ADJ", "AUCIFO")


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Return the processor seconds of the best run: one core, whatever else the machine does."""
    took = []
    for _ in range(runs):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return min(took)


def invent(profiles: int) -> pl.DataFrame:
    """Return a long table of profiles that rise and fall, in order of subject and time."""
    rng = np.random.default_rng(1)
    of, day = np.repeat(np.arange(profiles), len(DAYS)), np.tile(DAYS, profiles)
    height, tau = np.exp(rng.normal(8, 0.5, profiles))[of], rng.uniform(2, 40, profiles)[of]
    level = height * day / (1 + day) * np.exp(-day / tau) * np.exp(rng.normal(0, 0.2, len(of)))
    subject = pl.Series(of).cast(pl.String).str.zfill(7)
    quiet = {"analyte": pl.lit("CARTG"), "lloq": pl.lit(LLOQ), "unit": pl.lit("copies/ug")}
    return pl.DataFrame({"subject": subject, "time": day, "value": level}).with_columns(**quiet)


def loop(rows: list[tuple[str, float, float]], only_peak: bool) -> dict[str, dict[str, float | None]]:
    """Work out profiles one by one, the way one writes it first: a dict of lists, a sort, a loop."""
    profiles: dict[str, list[tuple[float, float]]] = {}
    for subject, day, level in rows:
        profiles.setdefault(subject, []).append((day, level))
    return {subject: one(sorted(points), only_peak) for subject, points in profiles.items()}


def one(points: list[tuple[float, float]], only_peak: bool) -> dict[str, float | None]:
    """Work out one profile."""
    known = [(t, c) for t, c in points if c >= LLOQ]
    if not known:
        return {"CMAX": 0.0, "TMAX": None}
    top = max(c for _, c in known)
    tmax = next(t for t, c in known if c == top)
    found: dict[str, float | None] = {"CMAX": top, "TMAX": tmax}
    if only_peak:
        return found
    tlst, clst = known[-1]
    curve = [(0.0, 0.0), *((t, 0.0) for t, c in points if t < known[0][0]), *known]
    area = 0.0
    for (t1, c1), (t2, c2) in pairwise(curve):
        bent = 0 < c2 < c1 and math.log(c1 / c2) > 1e-5
        area += (t2 - t1) * ((c1 - c2) / math.log(c1 / c2) if bent else (c1 + c2) / 2)
    found |= {"CLST": clst, "TLST": tlst, "AUCLST": area, "LAMZ": None, "R2ADJ": None, "AUCIFO": None}
    tail = [(t, math.log(c)) for t, c in known if t > tmax]
    fits = []
    for k in range(3, len(tail) + 1):
        part = tail[-k:]
        mt, my = sum(t for t, _ in part) / k, sum(y for _, y in part) / k
        tt, yy = sum((t - mt) ** 2 for t, _ in part), sum((y - my) ** 2 for _, y in part)
        ty = sum((t - mt) * (y - my) for t, y in part)
        fits.append((-ty / tt, 1 - (1 - ty * ty / (tt * yy)) * (k - 1) / (k - 2)))
    if fits:
        best = max(adjusted for _, adjusted in fits)
        good = [fit for fit in fits if fit[0] > 0 and fit[1] > best - 1e-4]
        if good:
            rate, adjusted = good[-1]
            found |= {"LAMZ": rate, "R2ADJ": adjusted, "AUCIFO": area + clst / rate}
    return found


def agree(table: pl.DataFrame, slow: dict[str, dict[str, float | None]], codes: tuple[str, ...]) -> None:
    """Stop where the loop finds other numbers than carnet."""
    told = table.filter(pl.col("scope") == "overall", pl.col("PPTESTCD").is_in(codes))
    for subject, code, got in told.select("subject", "PPTESTCD", "PPSTRESN").iter_rows():
        want = slow[subject].get(code, 0.0 if code == "AUCLST" else None)
        if (got is None) != (want is None) or (got is not None and not math.isclose(got, want, rel_tol=1e-6)):
            raise SystemExit(f"Subject {subject}: {code} is {got} here and {want} in the loop.")


def numbers(profiles: Profiles) -> None:
    """Work out what every parameter is made of: maxima, last levels, areas, terminal lines."""
    rules = settled({})
    refused = (profiles.keys["refused"] != 0).to_numpy()
    found = summarise(courses(profiles.samples, profiles.order, refused), rules)
    curve, _ = under(found, rules)
    curve.area()
    curve.area(0.0, 28.0)
    tails(found, rules, np.zeros(len(found.courses.profile)))


def say(what: str, rate: float, slow: float, wanted: int) -> None:
    """Print one rate beside that of the loop and the one wanted."""
    aim = f" (wanted {wanted:,})" if wanted else ""
    print(f"{what}: {rate:,.0f} profiles/s, {rate / slow:.1f} times the loop{aim}")


def main() -> None:
    """Print the rates."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--profiles", type=int, default=100_000)
    many = options.parse_args().profiles
    table = invent(many)
    shuffled = table.sample(fraction=1, shuffle=True, seed=2)
    doses = table.select("subject").unique().with_columns(time=0.0, amount=1.0)

    some = table.head(len(DAYS) * min(many, 5_000)).sample(fraction=1, shuffle=True, seed=3)
    infused = doses.join(some, on="subject", how="semi")
    rows = some.select("subject", "time", "value").rows()
    rates: dict[bool, float] = {}
    for only_peak, codes in ((True, PEAK), (False, FULL)):
        slow = loop(rows, only_peak)
        agree(parameters(some, infused, only=codes), slow, codes)
        rates[only_peak] = len(slow) / seconds(lambda only_peak=only_peak: loop(rows, only_peak))
    print(
        f"plain Python loop: CMAX and TMAX {rates[True]:,.0f}, eight parameters {rates[False]:,.0f} profiles/s"
    )

    reported = pl.when(pl.col("value") >= LLOQ).then(pl.col("value").round(1).cast(pl.String))
    written = shuffled.with_columns(reported.otherwise(pl.lit("BLQ")).alias("value"))
    profile = np.repeat(np.arange(many), len(DAYS))
    day, level = table["time"].to_numpy(), table["value"].to_numpy()
    level = np.where(level < LLOQ, np.nan, level)
    clean = shuffled.with_columns(pl.when(pl.col("value") >= LLOQ).then("value").alias("value"))
    profiles = read_profiles(shuffled, doses)

    def full(rows: pl.DataFrame) -> pl.DataFrame:
        return parameters(rows, doses, windows=["P0D/P28D"])

    work: list[tuple[str, Callable[[], Any], bool, int]] = [
        ("CMAX and TMAX, sorted arrays", lambda: peaks(profile, day, level), True, 1_000_000),
        ("CMAX and TMAX, shuffled table", lambda: peaks_of(clean), True, 100_000),
        (
            "  from text cells, placed and flagged",
            lambda: parameters(written, doses, only=PEAK),
            True,
            100_000,
        ),
        ("all numbers, from profiles placed", lambda: numbers(profiles), False, 50_000),
        ("  from numbers, placed and flagged", lambda: full(shuffled), False, 50_000),
        ("  from text cells, placed and flagged", lambda: full(written), False, 50_000),
    ]
    for what, run, only_peak, wanted in work:
        say(what, many / seconds(run), rates[only_peak], wanted)


if __name__ == "__main__":
    main()
