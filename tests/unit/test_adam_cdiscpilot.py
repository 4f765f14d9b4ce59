"""The analysis datasets of a real trial of another disease, held against counts made in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from carnet import adam
from carnet.study import read

STUDY = read(Path(__file__).parents[1] / "cdiscpilot_study")
DOMAINS = ("dm", "ex", "ds", "sv", "ae", "vs", "lb")


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """Return the SDTM of CDISC's pilot study."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdiscpilot"
    if not folder.is_dir():
        pytest.skip("the reference data folder ../shared is not on this machine")
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in DOMAINS}


@pytest.fixture(scope="module")
def made(tables) -> dict[str, pl.DataFrame]:
    """Return its analysis datasets."""
    return adam.derive(STUDY, tables)


@pytest.fixture(scope="module")
def first_dose(tables) -> dict[str, date]:
    """Return the day of the first dose of each subject; placebo is a dose of 0."""
    first: dict[str, date] = {}
    for row in tables["ex"].iter_rows(named=True):
        day = date.fromisoformat(row["EXSTDTC"])
        first[row["USUBJID"]] = min(first.get(row["USUBJID"], day), day)
    return first


def test_what_has_no_data_is_left_out(made):
    """No medication, no lupus, no cells; and not an empty dataset in their place."""
    assert list(made) == ["adsl", "adae", "adlb", "adtox", "advs", "adex"]
    assert {name: len(table) for name, table in made.items()} == {
        "adsl": 306, "adae": 1191, "adlb": 59580 + 1814, "adtox": 247 * 7, "advs": 29635 + 8205, "adex": 591,
    }  # fmt: skip


def test_what_two_rows_make(made, tables):
    """Calcium with the albumin of its sample; the two pressures of a moment."""
    albumin = {
        (r["USUBJID"], r["LBDTC"], r["VISITNUM"]): r["LBSTRESN"] for r in tables["lb"].iter_rows(named=True)
        if r["LBTESTCD"] == "ALB"
    }  # fmt: skip
    want = {
        (r["USUBJID"], r["LBSEQ"]): r["LBSTRESN"] + 0.02 * (40 - albumin[r["USUBJID"], r["LBDTC"], r["VISITNUM"]])
        for r in tables["lb"].iter_rows(named=True)
        if r["LBTESTCD"] == "CA" and albumin.get((r["USUBJID"], r["LBDTC"], r["VISITNUM"])) is not None
    }  # fmt: skip
    rows = made["adlb"].filter(pl.col("PARAMCD") == "CACORR")
    assert {(u, s): v for u, s, v in rows.select("USUBJID", "SRCSEQ", "AVAL").iter_rows()} == pytest.approx(
        want
    )
    moments = {
        (r["USUBJID"], r["VSDTC"], r["VISITNUM"], r["VSTPT"]) for r in tables["vs"].iter_rows(named=True)
        if r["VSTESTCD"] in ("SYSBP", "DIABP") and r["VSSTRESC"]
    }  # fmt: skip
    assert made["advs"].filter(pl.col("PARAMCD") == "BP").height == len(moments)


def test_subjects(made, tables, first_dose):
    """Treated is who had a dose; no cells, so nobody is in a set of the infused."""
    adsl = made["adsl"]
    assert dict(adsl.filter(pl.col("SAFFL") == "Y").select("USUBJID", "TRTSDT").iter_rows()) == first_dose
    assert adsl["CARSDT"].null_count() == 306
    for flag in ("CARFL", "EFFFL", "PPROTFL", "DLTFL", "LNFL", "KINFL"):
        assert adsl[flag].unique().to_list() == ["N"]
    arms = Counter(
        row["ACTARM"] for row in tables["dm"].iter_rows(named=True) if row["USUBJID"] in first_dose
    )
    assert dict(adsl.drop_nulls("TRT01A").group_by("TRT01A").len().iter_rows()) == arms
    assert arms == {"Placebo": 86, "Xanomeline Low Dose": 96, "Xanomeline High Dose": 72}


def test_how_subjects_left(made, tables, first_dose):
    """By the disposition event of each."""
    ended = {
        row["USUBJID"]: row["DSDECOD"] for row in tables["ds"].iter_rows(named=True)
        if row["DSCAT"] == "DISPOSITION EVENT" and row["USUBJID"] in first_dose
    }  # fmt: skip
    adsl = made["adsl"].drop_nulls("EOSSTT")
    said = {
        u: s if s == "COMPLETED" else r for u, s, r in adsl.select("USUBJID", "EOSSTT", "DCSREAS").iter_rows()
    }
    assert said == ended
    assert Counter(adsl["EOSSTT"]) == {"COMPLETED": 110, "DISCONTINUED": 144}


def test_last_known_alive(made, tables):
    """The last complete date of any table."""
    last: dict[str, str] = defaultdict(str)
    for table in tables.values():
        names = [name for name in table.columns if name.endswith("DTC")]
        for row in table.select("USUBJID", *names).iter_rows():
            days = [text[:10] for text in row[1:] if text and len(text) >= 10]
            last[row[0]] = max([last[row[0]], *days])
    death = {r["USUBJID"]: r["DTHDTC"] for r in tables["dm"].iter_rows(named=True) if r["DTHDTC"]}
    want = {subject: min(day, death.get(subject, day)) for subject, day in last.items()}
    assert {u: str(d) for u, d in made["adsl"].select("USUBJID", "LSTALVDT").iter_rows()} == want


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def may_mean(text: str) -> tuple[date, date]:
    """Return the first and the last day that a date, complete or not, may mean."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    if len(parts) == 2:
        return date(*parts, 1), month_end(*parts)
    return date(parts[0], 1, 1), date(parts[0], 12, 31)


def test_emergence_and_imputed_starts(made, tables, first_dose):
    """Emergent is what may have begun on the day of the first dose or later."""
    adae = {
        (u, n): (e, d)
        for u, n, e, d in made["adae"].select("USUBJID", "AESEQ", "TRTEMFL", "ASTDT").iter_rows()
    }
    count = 0
    for row in tables["ae"].iter_rows(named=True):
        start, (first, last) = first_dose[row["USUBJID"]], may_mean(row["AESTDTC"])
        day = start if first <= start <= last else first
        if row["AEENDTC"] and first != last:
            day = min(day, date.fromisoformat(row["AEENDTC"]))
        flag = (
            "Y"
            if last >= start and not (row["AEENDTC"] and date.fromisoformat(row["AEENDTC"]) < start)
            else None
        )
        count += flag == "Y"
        assert adae[row["USUBJID"], row["AESEQ"]] == (flag, day), row
    assert count == 1126


def test_severity_stands_where_there_is_no_grade(made, tables):
    """MILD, MODERATE, SEVERE as 1, 2, 3."""
    assert made["adae"]["ATOXGRN"].null_count() == 1191
    number = {"MILD": 1, "MODERATE": 2, "SEVERE": 3}
    assert Counter(made["adae"]["ASEVN"]) == Counter(number[s] for s in tables["ae"]["AESEV"])
    first = made["adae"].filter(pl.col("AOCCIFL") == "Y")
    worst: dict[str, int] = defaultdict(int)
    for subject, severity in (
        made["adae"].filter(pl.col("TRTEMFL") == "Y").select("USUBJID", "ASEVN").iter_rows()
    ):
        worst[subject] = max(worst[subject], severity)
    assert dict(first.select("USUBJID", "ASEVN").iter_rows()) == worst


def laboratory_baselines(tables, first_dose) -> dict[tuple[str, str], tuple[str, int]]:
    """Return the record of each baseline: the last with a result on or before the day of the first dose."""
    last: dict[tuple[str, str], tuple[str, int]] = {}
    for row in tables["lb"].iter_rows(named=True):
        if row["LBSTRESC"] is None or date.fromisoformat(row["LBDTC"][:10]) > first_dose[row["USUBJID"]]:
            continue
        urine = (row["LBCAT"] or "").startswith("URIN")
        key = row["USUBJID"], (f"U{row['LBTESTCD']}"[:8] if urine else row["LBTESTCD"])
        last[key] = max(last.get(key, ("", 0)), (row["LBDTC"], row["LBSEQ"]))
    return last


def test_laboratory_baseline_and_change(made, tables, first_dose):
    """In 423 of 4,568 subject-tests the baseline is not the record that LBBLFL marks."""
    want = laboratory_baselines(tables, first_dose)
    flagged = made["adlb"].filter(pl.col("ABLFL") == "Y", pl.col("PARAMCD") != "CACORR")
    assert {(u, p): n for u, p, n in flagged.select("USUBJID", "PARAMCD", "SRCSEQ").iter_rows()} == {
        key: seq for key, (_, seq) in want.items()
    }
    value = {(r["USUBJID"], r["LBSEQ"]): r["LBSTRESN"] for r in tables["lb"].iter_rows(named=True)}
    rows = made["adlb"].filter(pl.col("PARAMCD") != "CACORR")
    rows = rows.select("USUBJID", "PARAMCD", "AVAL", "BASE", "CHG", "ADT")
    for subject, code, aval, base, change, day in rows.iter_rows():
        at = want.get((subject, code))
        assert base == (value[subject, at[1]] if at else None)
        if day > first_dose[subject] and aval is not None and base is not None:
            assert change == pytest.approx(aval - base, abs=1e-9)
        elif day <= first_dose[subject]:
            assert change is None


def test_ranges(made, tables):
    """Each value against the limits of its own record."""
    counts: Counter[str | None] = Counter()
    for row in tables["lb"].iter_rows(named=True):
        value, low, high = row["LBSTRESN"], row["LBSTNRLO"], row["LBSTNRHI"]
        if value is not None and low is not None and value < low:
            counts["LOW"] += 1
        elif value is not None and high is not None and value > high:
            counts["HIGH"] += 1
        elif value is None or low is None or high is None:
            counts[row["LBNRIND"]] += 1
        else:
            counts["NORMAL"] += 1
    assert Counter(made["adlb"].filter(pl.col("PARAMCD") != "CACORR")["ANRIND"]) == counts


def test_one_record_per_visit(made):
    """And the grades agree with the numbers for a test that can be graded by hand: platelets."""
    chosen = made["adlb"].filter(pl.col("ANL01FL") == "Y", pl.col("AVISIT") != "Baseline")
    assert not chosen.select(pl.struct("USUBJID", "PARAMCD", "AVISIT").is_duplicated()).to_series().any()
    assert (chosen["AWTDIFF"] >= 0).all()
    rows = made["adlb"].filter(pl.col("PARAMCD") == "PLAT").select("AVAL", "A1LO", "ATOXGRL")
    for value, low, grade in rows.iter_rows():
        by_hand = 4 if value < 25 else 3 if value < 50 else 2 if value < 75 else 1 if value < low else 0
        assert grade == str(by_hand)


def test_vital_signs_keep_their_time_points(made, tables, first_dose):
    """Lying, standing for one minute and for three: each with its own baseline."""
    rows = made["advs"].filter(pl.col("PARAMCD") == "SYSBP")
    last: dict[tuple[str, str], tuple[str, int, float]] = {}
    for row in tables["vs"].iter_rows(named=True):
        if (
            row["VSTESTCD"] == "SYSBP"
            and row["VSSTRESC"]
            and date.fromisoformat(row["VSDTC"]) <= first_dose[row["USUBJID"]]
        ):
            key = row["USUBJID"], row["VSTPT"]
            last[key] = max(last.get(key, ("", 0, 0.0)), (row["VSDTC"], row["VSSEQ"], row["VSSTRESN"]))
    for subject, point, base in rows.select("USUBJID", "ATPT", "BASE").iter_rows():
        assert base == last[subject, point][2]
    assert len(last) == 762
