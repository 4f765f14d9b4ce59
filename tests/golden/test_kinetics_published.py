"""Theophylline and indomethacin, all parameters: the numbers that NonCompart printed, as did Phoenix WinNonlin.

The data are those of R's `Theoph` and `Indometh`. The results of theophylline stand in full precision in
asancpt/edison-NonCompart 46845b7 (result/resultNonCompart.csv); those of indomethacin, to seven decimals and
equal to Phoenix's, in asancpt/NonCompart-tests 87e95ef (validation.md, test 7). Both are linear and start from
0 at time 0; theophylline's level before its dose (subjects 1, 7 and 10) is worth the triangle under it there
and is left out here. An independent computation in plain Python checks the logarithmic rule as well.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from carnet.kinetics.nca import parameters

HERE = Path(__file__).parent
DOSE = {"theophylline": 320.0, "indomethacin": 25.0}
AREAS = ("AUCLST", "AUCALL", "AUCIFO", "AUCIFP")


def data(name: str) -> pl.DataFrame:
    rows = pl.read_csv(
        HERE / f"kinetics_{name}.csv", schema_overrides={"subject": pl.String, "value": pl.Float64}
    )
    return rows.drop("source").with_columns(analyte=pl.lit(name), lloq=pl.lit(0.01), unit=pl.lit("mg/L"))


def numbers(name: str, auc: str) -> dict[tuple[str, str], float | None]:
    conc = data(name)
    doses = conc.select("subject").unique().with_columns(time=0.0, amount=DOSE[name])
    found = parameters(conc, doses, auc=auc).filter(scope="overall")
    return {
        (s, code): value for s, code, value in found.select("subject", "PPTESTCD", "PPSTRESN").iter_rows()
    }


def triangle(name: str, subject: str) -> float:
    """Return the area that a level before the dose is worth."""
    (t0, c0), (t1, _) = data(name).filter(subject=subject).sort("time").select("time", "value").rows()[:2]
    return c0 * t1 / 2 if t0 == 0 else 0.0


@pytest.mark.parametrize("name", DOSE)
def test_every_parameter_is_the_published_one(name: str):
    """To a relative 1e-6, or half of the last digit printed."""
    ours = numbers(name, "linear")
    published = pl.read_csv(
        HERE / "kinetics_published.csv", schema_overrides={"subject": pl.String, "value": pl.String}
    )
    published = published.filter(data=name)
    assert published["PPTESTCD"].n_unique() >= 21
    wrong = []
    for subject, code, text in published.select("subject", "PPTESTCD", "value").iter_rows():
        got, more = ours[subject, code], triangle(name, subject)
        if code in AREAS:
            got += more
        elif code in ("AUCIFOD", "AUCIFPD"):
            got += more / DOSE[name]
        elif code in ("AUCPEO", "AUCPEP"):
            whole = ours[subject, code.replace("AUCPE", "AUCIF")]
            got *= whole / (whole + more)
        rounded = 0.5 * 10 ** -len(text.partition(".")[2]) if name == "indomethacin" else 0.0
        if not math.isclose(got, float(text), rel_tol=1e-6, abs_tol=rounded * 1.01):
            wrong.append((subject, code, got, text))
    assert wrong == []


def oracle(points: list[tuple[float, float]], auc: str) -> dict[str, float]:
    """Work out one profile in plain Python, a sum at a time; every level is quantifiable."""
    points = sorted((t, c) for t, c in points if t > 0)
    top = max(c for _, c in points)
    tmax = next(t for t, c in points if c == top)
    tlst, clst = points[-1]
    area = 0.0
    for (t1, c1), (t2, c2) in pairwise([(0.0, 0.0), *points]):
        bent = 0 < c1 != c2 and (
            (auc == "linear-up-log-down" and c2 < c1) or (auc == "linear-log" and t1 >= tmax)
        )
        area += (t2 - t1) * ((c2 - c1) / math.log(c2 / c1) if bent else (c1 + c2) / 2)
    tail = [(t, math.log(c)) for t, c in points if t > tmax]
    fits = []
    for k in range(3, len(tail) + 1):
        part = tail[-k:]
        mt, my = sum(t for t, _ in part) / k, sum(y for _, y in part) / k
        tt, yy = sum((t - mt) ** 2 for t, _ in part), sum((y - my) ** 2 for _, y in part)
        ty = sum((t - mt) * (y - my) for t, y in part)
        r2 = ty * ty / (tt * yy)
        fits.append((k, -ty / tt, my - ty / tt * mt, r2, 1 - (1 - r2) * (k - 1) / (k - 2)))
    best = max(fit[4] for fit in fits)
    k, rate, height, r2, adjusted = [fit for fit in fits if fit[1] > 0 and fit[4] > best - 1e-4][-1]
    clstp = math.exp(height - rate * tlst)
    ifo, ifp = area + clst / rate, area + clstp / rate
    return {
        "CMAX": top, "TMAX": tmax, "CLST": clst, "TLST": tlst, "TFIRST": points[0][0], "AUCLST": area, "AUCALL": area,
        "AUCIFO": ifo, "AUCIFP": ifp, "AUCPEO": 100 * (1 - area / ifo), "AUCPEP": 100 * (1 - area / ifp),
        "LAMZ": rate, "LAMZHL": math.log(2) / rate, "LAMZNPT": k, "LAMZLL": tail[-k][0], "LAMZUL": tlst,
        "LAMZSPN": (tlst - tail[-k][0]) * rate / math.log(2), "R2": r2, "R2ADJ": adjusted, "CORRXY": -math.sqrt(r2),
        "CLSTP": clstp,
    }  # fmt: skip


@pytest.mark.parametrize("auc", ["linear", "linear-up-log-down", "linear-log"])
@pytest.mark.parametrize("name", DOSE)
def test_a_computation_in_plain_python_agrees(name: str, auc: str):
    ours = numbers(name, auc)
    for (subject,), rows in data(name).group_by("subject"):
        for code, want in oracle(rows.select("time", "value").rows(), auc).items():
            assert ours[str(subject), code] == pytest.approx(want, rel=1e-9), (subject, code)
