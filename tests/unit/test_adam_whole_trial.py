"""The analysis datasets of an invented trial: the datasets agree with one another and with plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest

from carnet import adam, sdtm, simulate
from carnet.instruments.sledai2k import ITEMS
from carnet.study import read

STUDY = read()
POINTS = {item.testcd: item.points for item in ITEMS}
SYSTEMS = ("CON", "MUC", "NEU", "MSK", "CAR", "GAS", "OPH", "REN", "HAE")


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """Return the SDTM of a trial that goes badly, so that there are rescues, dropouts and gaps."""
    return sdtm.tabulate(STUDY, simulate.trial(STUDY, seed=3, preset="pessimistic").entries)


@pytest.fixture(scope="module")
def made(tables) -> dict[str, pl.DataFrame]:
    """Return its analysis datasets."""
    return adam.derive(STUDY, tables)


def chosen(made, name: str, *columns: str) -> dict[tuple, dict]:
    """Return the rows analysed after baseline, by subject, parameter and visit."""
    rows = made[name].filter(pl.col("ANL01FL") == "Y", pl.col("AVISIT") != "Baseline")
    return {(r["USUBJID"], r["PARAMCD"], r["AVISIT"]): r for r in rows.iter_rows(named=True)}


def verdicts(made, paramcd: str) -> dict[tuple[str, str], float | None]:
    """Return the observed verdicts of a registered criterion or part."""
    rows = made["adrs"].filter(
        pl.col("PARAMCD") == paramcd, pl.col("ESTIMAND") == "REGISTERED", pl.col("ANL02FL") == "Y"
    )
    return {(u, v): a for u, v, a in rows.select("USUBJID", "AVISIT", "AVAL").iter_rows()}


def test_every_dataset_is_made_and_every_row_is_of_somebody(made):
    """Thirteen datasets; nobody but those screened."""
    assert list(made) == [name.lower() for name in adam.DATASETS]
    people = set(made["adsl"]["USUBJID"])
    for name, rows in made.items():
        assert set(rows["USUBJID"]) <= people, name
        assert len(rows), name


def test_no_baseline_is_after_the_first_treatment(made):
    """In any dataset."""
    for name in ("adlb", "advs", "adis", "adcp", "adqs"):
        rows = made[name].filter(pl.col("ABLFL") == "Y")
        assert (rows["ADT"] <= rows["TRTSDT"]).all(), name
        untimed = rows if "ADTM" not in rows.columns else rows.filter(pl.col("ADTM").is_null())
        assert (untimed["ADT"] < untimed["TRTSDT"]).all(), name
        assert not rows.select(pl.struct("USUBJID", "PARAMCD").is_duplicated()).to_series().any(), name


def test_the_total_is_the_sum_of_its_items(made):
    """Points of the items present; unknown while one of them is unknown, and then inside its bounds."""
    items: dict[tuple, dict[str, float | None]] = defaultdict(dict)
    totals = {}
    for row in made["adqs"].iter_rows(named=True):
        key = row["USUBJID"], row["VISITNUM"], row["ADT"]
        if row["PARAMCD"] in POINTS:
            items[key][row["PARAMCD"]] = row["AVAL"]
        elif row["PARAMCD"] == "SLEDAI2K":
            totals[key] = row["AVAL"], row["AVALMIN"], row["AVALMAX"]
    assert len(totals) > 100
    for key, (total, low, high) in totals.items():
        known = [items[key].get(code) for code in POINTS]
        least = sum(points * (items[key].get(code) or 0) for code, points in POINTS.items())
        most = sum(
            points * (1 if items[key].get(code) is None else items[key][code])
            for code, points in POINTS.items()
        )
        assert (low, high) == (least, most)
        assert total == (None if None in known else least)


def test_response_follows_from_the_scores(made):
    """SRI-4 by its three parts, DORIS by its values, each from the rows of ADQS."""
    scores = chosen(made, "adqs")
    sle, bil, pga, sri = (verdicts(made, f"SRI4{part}") for part in ("_SLE", "_BIL", "_PGA", ""))
    whole = 0
    for key, verdict in sri.items():
        subject, visit = key
        parts = (sle[key], bil[key], pga[key])
        assert verdict == (0 if 0 in parts else None if None in parts else 1)
        one = {
            code: scores.get((subject, code, visit))
            for code in ("SLEDAI2K", "PGA", *(f"BLG4{s}" for s in SYSTEMS))
        }
        if any(row is None or row["AVALC"] is None or row["BASEC"] is None for row in one.values()):
            continue
        whole += 1
        assert sle[key] == (one["SLEDAI2K"]["CHG"] <= -4)
        assert pga[key] == (round(one["PGA"]["CHG"], 6) < 0.3)
        grades = [(one[f"BLG4{s}"]["BASEC"], one[f"BLG4{s}"]["AVALC"]) for s in SYSTEMS]
        new_a = sum(now == "A" and was != "A" for was, now in grades)
        new_b = sum(now == "B" and was not in "AB" for was, now in grades)
        assert bil[key] == (new_a == 0 and new_b <= 1)
    assert whole > 30
    for (subject, visit), verdict in verdicts(made, "DORIS").items():
        clinical, mark, dose = (scores.get((subject, code, visit)) for code in ("SLEDCLIN", "PGA", "PREDEQ"))
        if verdict == 1:
            assert clinical["AVAL"] == 0
            assert mark["AVAL"] < 0.5
            assert dose["AVAL"] <= 5


def test_every_treated_patient_has_every_due_visit_once(made):
    """Under each estimand; the imputed rows are those unknown, and are no response."""
    rows = made["adrs"].filter(pl.col("PARAMCD") == "SRI4")
    treated = made["adsl"].filter(pl.col("SAFFL") == "Y").height
    used = rows.filter(pl.col("ANL01FL") == "Y")
    assert used.group_by("ESTIMAND").len()["len"].to_list() == [treated * 8] * 2
    assert not used.select(pl.struct("USUBJID", "ESTIMAND", "AVISIT").is_duplicated()).to_series().any()
    imputed = rows.filter(pl.col("DTYPE") == "NRI")
    assert set(imputed["AVAL"]) == {0.0}
    assert imputed["NRIREAS"].null_count() == 0
    assert len(imputed) == rows.filter(pl.col("AVAL").is_null()).height > 0


def test_the_dose_of_each_assessment_by_hand(made, tables):
    """What the glucocorticoid log says of the day, added up in plain Python."""
    factor = {
        "PREDNISONE": 1,
        "PREDNISOLONE": 1,
        "METHYLPREDNISOLONE": 5 / 4,
        "DEXAMETHASONE": 5 / 0.75,
        "HYDROCORTISONE": 0.25,
    }
    log = defaultdict(list)
    for row in tables["cm"].filter(pl.col("CMCAT") == "GLUCOCORTICOID").iter_rows(named=True):
        whole = all(len(d or "2000-01-01") >= 10 for d in (row["CMSTDTC"], row["CMENDTC"]))
        if whole and (row["CMENDTC"] or row["CMENRTPT"] == "ONGOING"):
            log[row["USUBJID"]].append(
                (
                    row["CMSTDTC"][:10],
                    (row["CMENDTC"] or "9999")[:10],
                    row["CMDOSE"] * factor[row["CMTRT"].upper()],
                )
            )
        else:
            log[row["USUBJID"]].append(None)
    seen = 0
    for row in made["adqs"].filter(pl.col("PARAMCD") == "PREDEQ").drop_nulls("AVAL").iter_rows(named=True):
        rows, day = log[row["USUBJID"]], str(row["ADT"])
        if None in rows or not rows:
            continue
        on_the_day = [dose for start, end, dose in rows if start <= day <= end]
        if len(on_the_day) <= 1:
            seen += 1
            assert row["AVAL"] == pytest.approx(sum(on_the_day), abs=1e-5)
    assert seen > 50


def test_a_rescue_by_dose_is_eight_days_above_the_limit(made):
    """Each first rescue by dose stands on days of the log that add up to more than 10 mg, or more than at baseline."""
    people = made["adsl"].filter(pl.col("RESCREAS") == "DOSE ABOVE LIMIT")
    assert len(people)
    for person in people.iter_rows(named=True):
        rows = made["adcm"].filter(
            pl.col("USUBJID") == person["USUBJID"],
            pl.col("CMCAT") == "GLUCOCORTICOID",
            pl.col("CMINDC").is_in(["SLE", "RESCUE"]),
        )
        limit = min(10, person["BPREDEQ"])
        for extra in range(8):
            day = person["RESCDT"] + timedelta(days=extra)
            taken = rows.filter(pl.col("ASTDT") <= day, pl.col("AENDT").fill_null(date.max) >= day)
            assert taken["PREDEQ"].sum() > limit
        assert (person["RESCDT"] - person["RFSTDT"]).days > 28
        assert rows.filter(pl.col("RESCFL") == "Y").height


def test_traceability(made, tables):
    """A source row for each value of a findings dataset."""
    for name, domain in (("adlb", "lb"), ("advs", "vs"), ("adis", "is"), ("adcp", "cp"), ("adpc", "pc")):
        keys = {(u, s) for u, s in tables[domain].select("USUBJID", f"{domain.upper()}SEQ").iter_rows()}
        rows = made[name].select("USUBJID", "SRCSEQ", "SRCDOM")
        assert {(u, s) for u, s, _ in rows.iter_rows()} <= keys
        assert rows["SRCDOM"].unique().to_list() == [domain.upper()]


def test_the_order_of_the_tables_does_not_matter(made, tables):
    """Nor that of their rows."""
    mixed = {name: table.sample(fraction=1, shuffle=True, seed=1) for name, table in reversed(tables.items())}
    again = adam.derive(STUDY, mixed)
    for name, rows in made.items():
        assert again[name].equals(rows), name


def test_tables_read_from_csv_or_sas_make_the_same_datasets(made, tables):
    """All text and names in capitals; or an empty text where nothing is."""
    as_text = {name.upper(): table.cast(pl.String) for name, table in tables.items()}
    as_sas = {name: table.with_columns(pl.col(pl.String).fill_null("")) for name, table in tables.items()}
    for name, rows in adam.derive(STUDY, as_text).items():
        assert rows.equals(made[name]), name
    for name, rows in adam.derive(STUDY, as_sas).items():
        assert rows.equals(made[name]), name
