"""`carnet run` on the CDISC pilot study (data: CDISC SDTM/ADaM pilot project, released by CDISC and PHUSE).

The tables it makes are held against counts by hand: a few lines of plain Python over the raw files, that know nothing
of carnet.
"""

from __future__ import annotations

import calendar
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdiscpilot"
STUDY = Path(__file__).resolve().parents[1] / "cdiscpilot_study"
ARMS = ("Placebo", "Xanomeline Low Dose", "Xanomeline High Dose")


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """Return what `carnet run` writes, run as a user runs it."""
    if not DATA.is_dir():
        pytest.skip("the reference data folder ../shared is not on this machine")
    folder = tmp_path_factory.mktemp("pilot") / "out"
    call = ["carnet", "run", "--study", STUDY, "--data", DATA, "-o", folder, "--only", "html"]
    done = subprocess.run([sys.executable, "-m", *map(str, call)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def results(out) -> pl.DataFrame:
    return pl.read_parquet(out / "results.parquet")


def raw(name: str) -> list[dict]:
    """Return the rows of a table as they stand in the file."""
    return pl.read_parquet(DATA / f"{name}.parquet").rows(named=True)


def treated() -> tuple[dict[str, str], dict[str, str]]:
    """Return the first day of dosing, and the arm, of whoever had a dose."""
    first: dict[str, str] = {}
    for row in raw("ex"):
        day = row["EXSTDTC"][:10]
        first[row["USUBJID"]] = min(first.get(row["USUBJID"], day), day)
    return first, {row["USUBJID"]: row["ACTARM"] for row in raw("dm") if row["USUBJID"] in first}


def last_day(text: str) -> str:
    """Return the last day that a date may mean: that of its month, or of its year."""
    if len(text) == 4:
        return f"{text}-12-31"
    if len(text) == 7:
        return f"{text}-{calendar.monthrange(int(text[:4]), int(text[5:]))[1]:02}"
    return text[:10]


def emergent() -> Iterator[dict]:
    """Yield the adverse events that may have begun, and had not ended, when treatment began."""
    first, _ = treated()
    for row in raw("ae"):
        subject = row["USUBJID"]
        if subject not in first or last_day(row["AESTDTC"]) < first[subject]:
            continue
        if row["AEENDTC"] and row["AEENDTC"][:10] < first[subject]:
            continue
        yield row


def by_hand() -> tuple[Counter, Counter]:
    """Return patients and events by arm, organ class and term; an empty class or term is the whole."""
    _, arm = treated()
    patients: dict[tuple, set] = defaultdict(set)
    events: Counter = Counter()
    for row in emergent():
        subject = row["USUBJID"]
        for key in (("", ""), (row["AESOC"], ""), (row["AESOC"], row["AEDECOD"])):
            patients[arm[subject], *key].add(subject)
            events[arm[subject], *key] += 1
    return Counter({key: len(who) for key, who in patients.items()}), events


def test_adverse_events_by_class_term_and_arm(results):
    patients, events = by_hand()
    table = results.filter(pl.col("output_id") == "14.3.1.2", pl.col("population") == "SAFFL")
    for statistic, counted in (("n", patients), ("events", events)):
        made = Counter()
        rows = table.filter(pl.col("statistic") == statistic).select("analysis_id", "group", "value")
        for analysis, group, value in rows.iter_rows():
            soc, _, term = analysis.removeprefix("14.3.1.2/").partition("/")
            made[group, soc, term] += int(value)
        assert +made == +counted
    assert [patients[arm, "", ""] for arm in ARMS] == [65, 84, 69]
    assert sum(events[arm, "", ""] for arm in ARMS) == 1126
    assert len({key[1:] for key in patients}) > 240


def test_a_patient_counts_at_the_worst_severity(results):
    """Mild, moderate and severe stand for grades 1 to 3 in a trial that has no grades."""
    _, arm = treated()
    worst: dict[tuple, int] = defaultdict(int)
    for row in emergent():
        severity = ("MILD", "MODERATE", "SEVERE").index(row["AESEV"]) + 1
        for key in ("/", f"{row['AESOC']}/", f"{row['AESOC']}/{row['AEDECOD']}"):
            place = arm[row["USUBJID"]], key, row["USUBJID"]
            worst[place] = max(worst[place], severity)
    counted = Counter((group, key, severity) for (group, key, _), severity in worst.items())
    made: Counter = Counter()
    table = results.filter(
        pl.col("output_id") == "14.3.1.2",
        pl.col("population") == "SAFFL",
        pl.col("statistic").str.starts_with("grade"),
    )
    for analysis, group, statistic, value in table.select(
        "analysis_id", "group", "statistic", "value"
    ).iter_rows():
        made[group, analysis.removeprefix("14.3.1.2/"), int(statistic.removeprefix("grade"))] += int(value)
    assert +made == counted


def test_the_report_prints_the_table(out):
    page = (out / "report.html").read_text(encoding="utf-8")
    for words in ("APPLICATION SITE PRURITUS", "Adverse events by organ class, term and worst grade", *ARMS):
        assert words in page


def alt(value: float, uln: float, base: float | None, base_uln: float | None) -> int:
    """Return the grade of ALT: multiples of the limit, or of a baseline that was above its own."""
    if base is not None and base_uln is not None and base > base_uln:
        return 0 if value < 1.5 * base else 1 + sum(value > m * base for m in (3, 5, 20))
    return sum(value > m * uln for m in (1, 3, 5, 20))


def platelets(value: float, lln: float) -> int:
    return 4 if value < 25 else 3 if value < 50 else 2 if value < 75 else int(value < lln)


@pytest.mark.parametrize(
    ("code", "direction"),
    [("ALT", "H"), ("PLAT", "L"), ("WBC", "L"), ("ALB", "L"), ("K", "H"), ("GLUC", "L")],
)
def test_graded_laboratory_shifts(results, code, direction):
    """Baseline: the last value up to the first day of dosing; beside it the worst grade of every later record."""
    first, arm = treated()

    def grade(row: dict, base: dict | None) -> int | None:
        value, low, high = row["LBSTRESN"], row["LBSTNRLO"], row["LBSTNRHI"]
        if value is None:
            return None
        if code == "ALT":
            return alt(value, high, base and base["LBSTRESN"], base and base["LBSTNRHI"])
        if code == "PLAT":
            return platelets(value, low)
        if code == "WBC":
            return 4 if value < 1 else 3 if value < 2 else 2 if value < 3 else int(value < low)
        if code == "ALB":
            return 3 if value < 20 else 2 if value < 30 else int(value < low)
        if code == "K":
            return 4 if value > 7 else 3 if value > 6 else 2 if value > 5.5 else int(value > high)
        return 4 if value < 1.7 else 3 if value < 2.2 else 2 if value < 3 else int(value < low)

    records: dict[str, list[dict]] = defaultdict(list)
    for row in raw("lb"):
        blood = row["LBCAT"] != "URINALYSIS" and row["LBSTRESC"] is not None
        if row["LBTESTCD"] == code and row["USUBJID"] in first and blood:
            records[row["USUBJID"]].append(row)
    counted: Counter = Counter()
    for subject, rows in records.items():
        before = [row for row in rows if row["LBDTC"][:10] <= first[subject]]
        base = max(before, key=lambda row: (row["LBDTC"], row["LBSEQ"]), default=None)
        after = [grade(row, base) for row in rows if row["LBDTC"][:10] > first[subject]]
        known = [grade for grade in after if grade is not None]
        if known:
            was = "missing" if base is None else str(grade(base, None))
            counted[arm[subject], was, max(known)] += 1
    made: Counter = Counter()
    table = results.filter(pl.col("output_id") == "14.3.4.2", pl.col("paramcd") == code)
    for analysis, group, statistic, value in table.select(
        "analysis_id", "group", "statistic", "value"
    ).iter_rows():
        *_, side, was = analysis.split("/")
        if side == direction and statistic.startswith("grade"):
            made[group, was, int(statistic.removeprefix("grade"))] += int(value)
    assert +made == counted
    assert sum(counted.values()) > 220
