"""The safety tables of CDISC's pilot study, side by side with counts made by hand in plain Python from its tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from carnet import adam
from carnet.analysis import incidence, shift
from carnet.study import read

STUDY = read(Path(__file__).parents[1] / "cdiscpilot_study")
ARMS = {"Placebo": 86, "Xanomeline High Dose": 72, "Xanomeline Low Dose": 96}
SEVERITY = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """Return the SDTM of the pilot study."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdiscpilot"
    if not folder.is_dir():
        pytest.skip("the reference data folder ../shared is not on this machine")
    names = ("dm", "ex", "ds", "sv", "ae", "vs", "lb")
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in names}


@pytest.fixture(scope="module")
def datasets(tables) -> dict[str, pl.DataFrame]:
    """Return its analysis datasets."""
    return adam.derive(STUDY, tables)


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@pytest.fixture(scope="module")
def emergent(tables, datasets) -> list[dict]:
    """Return the adverse events that may have begun on the day of the first dose or later, with their arm."""
    first: dict[str, date] = {}
    for row in tables["ex"].iter_rows(named=True):
        day = date.fromisoformat(row["EXSTDTC"])
        first[row["USUBJID"]] = min(first.get(row["USUBJID"], day), day)
    arm = {row["USUBJID"]: row["ACTARM"] for row in tables["dm"].iter_rows(named=True)}
    end = dict(datasets["adsl"].select("USUBJID", "SAFEDT").iter_rows())
    found = []
    for row in tables["ae"].iter_rows(named=True):
        subject, start = row["USUBJID"], row["AESTDTC"]
        parts = [int(part) for part in start.split("-")]
        earliest = date(*[*parts, 1, 1][:3])
        latest = date(*[*parts, 12, 31][:3]) if len(parts) != 2 else month_end(*parts)
        ended = date.fromisoformat(row["AEENDTC"]) if row["AEENDTC"] else date.max
        if latest >= first[subject] and ended >= first[subject] and earliest <= end[subject]:
            found.append({**row, "arm": arm[subject]})
    return found


def test_events_by_class_term_and_arm(emergent, datasets):
    """Patients once per term, every event once, each patient at the worst severity."""
    by_hand: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    events: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in emergent:
        for key in (("", ""), (row["AESOC"], ""), (row["AESOC"], row["AEDECOD"])):
            worst = by_hand[(row["arm"], *key)]
            worst[row["USUBJID"]] = max(worst[row["USUBJID"]], SEVERITY.get(row["AESEV"], 0))
            events[(row["arm"], *key)] += 1
    found = pl.concat(incidence.estimate({"adsl": datasets["adsl"], "adae": datasets["adae"]}))
    table = found.filter((pl.col("output_id") == "14.3.1.2") & (pl.col("population") == "SAFFL")).pivot(
        "statistic", index=["analysis_id", "group", "paramcd"], values="value"
    )
    seen = {}
    for row in table.iter_rows(named=True):
        soc = row["analysis_id"].removeprefix("14.3.1.2/").removesuffix(f"/{row['paramcd']}")
        seen[(row["group"], soc, row["paramcd"])] = row
        assert row["N"] == ARMS[row["group"]]
    assert set(seen) == set(by_hand)
    for key, worst in by_hand.items():
        row = seen[key]
        assert (row["n"], row["events"]) == (len(worst), events[key]), key
        assert [row[f"grade{g}"] for g in (1, 2, 3)] == [list(worst.values()).count(g) for g in (1, 2, 3)], (
            key
        )
    assert sum(len(worst) for (_, soc, _), worst in by_hand.items() if soc == "") == 218


def test_shifts_of_laboratory_values(datasets):
    """Patients by baseline grade and worst later grade, from the graded records one by one."""
    rows = datasets["adlb"].filter((pl.col("SAFFL") == "Y") & (pl.col("ONTRTFL") == "Y"))
    for direction in "LH":
        worst: dict[tuple[str, str, str], list[int | None]] = {}
        names = (f"ATOXDSC{direction}", "TRTA", "USUBJID", f"ATOXGR{direction}", f"BTOXGR{direction}")
        for term, arm, subject, grade, base in rows.select(names).iter_rows():
            if term is None:
                continue
            known = worst.setdefault((term, arm, subject), [None, None])
            for place, text in enumerate((grade, base)):
                if text is not None:
                    known[place] = max(int(text), known[place] if known[place] is not None else 0)
        by_hand: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * 5)
        for (term, arm, _), (grade, base) in worst.items():
            if grade is not None:
                by_hand[(term, arm, "missing" if base is None else str(base))][grade] += 1
        found = pl.concat(shift.estimate({"adlb": datasets["adlb"]})).filter(
            (pl.col("output_id") == "14.3.4.2") & pl.col("analysis_id").str.contains(f"/{direction}/")
        )
        table = found.pivot("statistic", index=["analysis_id", "group"], values="value")
        seen = {}
        for row in table.iter_rows(named=True):
            *rest, _, base = row["analysis_id"].split("/")
            seen[("/".join(rest[2:]), row["group"], base)] = [row[f"grade{g}"] for g in range(5)]
        assert {key: counts for key, counts in seen.items() if sum(counts)} == dict(by_hand)
        assert len(by_hand) > 40
