# ruff: noqa: E501  (tables are wide)
"""The CDISC pilot study (data: CDISC SDTM/ADaM pilot project, released by CDISC and PHUSE), graded whole.

Beside it a slow grader in plain Python, written from the reference table of intervals and not from ours: it tests
both ends of every interval literally and takes the highest grade met.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict

import polars as pl
import pytest

from carnet.safety.grading import grade_parquet, grade_table

STEP = 7
"""The slow grader looks at every seventh row."""

CODES = {"CA": "CACORR"}
UNITS = {"GI/L": "10^9/L", "C": "degC"}
TO_GRAMS = 1 / 0.06206
"""Haemoglobin from mmol/L to g/L, where v5.0 prints no number in mmol/L."""
PRINTED_IN_MMOL = {"Anemia"}
NEEDS_MORE_THAN_A_NUMBER = {"Hemolysis"}


@pytest.fixture
def pilot(shared):
    """Return a reader of the tables of the pilot study."""
    return lambda name: pl.read_parquet(shared / "data" / "cdiscpilot" / f"{name}.parquet")


def digits(number):
    """Return a number to twelve significant digits."""
    return float(f"{number:.12g}")


def within(value, rule, limits):
    """Return whether a value lies in an interval; None where an end of it is not known."""
    unknown = False
    for end in ("lower", "upper"):
        if not rule[end]:
            continue
        number, ref = float(rule[end]), rule[f"{end}_ref"]
        anchor = {"absolute": 1, "xULN": limits["uln"], "ULN+": limits["uln"], "xLLN": limits["lln"], "xBaseline": limits["base"],
                  "Baseline+": limits["base"], "pctBaseline": limits["base"]}[ref]  # fmt: skip
        if anchor is None:
            unknown = True
            continue
        bound = {
            "absolute": number,
            "ULN+": anchor + number,
            "Baseline+": anchor + number,
            "pctBaseline": anchor * (1 + number / 100),
        }.get(ref, anchor * number)
        value_, bound = digits(value), digits(bound)
        inclusive = rule[f"{end}_inclusive"] == "Y"
        beyond = (
            (value_ < bound or (value_ == bound and not inclusive))
            if end == "lower"
            else (value_ > bound or (value_ == bound and not inclusive))
        )
        if beyond:
            return False
    return None if unknown else True


class Slow:
    """The slow grader: rules of the reference by test, baselines by subject and test (and time point)."""

    def __init__(self, path, rows, prefix):
        with path.open(encoding="utf-8", newline="") as file:
            self.rules = defaultdict(list)
            for rule in csv.DictReader(file):
                self.rules[rule["test"]].append(rule)
        self.prefix = prefix
        self.bases, self.usual = {}, {}
        self.albumin = {
            self.sample(row): row["LBSTRESN"] for row in rows if row.get("LBTESTCD") == "ALB"
        }  # each sample of the study has one
        for row in sorted(rows, key=lambda row: row[f"{prefix}SEQ"]):
            if row[f"{prefix}BLFL"] == "Y":
                key = (row["USUBJID"], row[f"{prefix}TESTCD"])
                self.bases[*key, row.get(f"{prefix}TPTNUM")] = self.usual[key] = row

    @staticmethod
    def sample(row):
        return row["USUBJID"], row["LBDTC"], row["VISITNUM"]

    def grade(self, row):
        """Return grade and worst grade by term and direction; calcium as corrected for albumin (g/L, payne1973)."""
        p = self.prefix
        test, value, unit = (
            row[f"{p}TESTCD"],
            row[f"{p}STRESN"],
            UNITS.get(row[f"{p}STRESU"], row[f"{p}STRESU"]),
        )
        if row.get("LBCAT") == "URINALYSIS":
            return {}
        if test == "CA" and value is not None and self.albumin.get(self.sample(row)) is not None:
            value = digits(value + 0.02 * (40 - self.albumin[self.sample(row)]))
        key = (row["USUBJID"], test)
        base = self.bases.get((*key, row.get(f"{p}TPTNUM"))) or self.usual.get(key)
        baseline_record = row[f"{p}BLFL"] == "Y" or (
            base is not None and row[f"{p}DTC"][:10] < base[f"{p}DTC"][:10]
        )
        base_value = base[f"{p}STRESN"] if base else None
        high = base_value is not None and not baseline_record
        if test in {"SYSBP", "DIABP"}:
            high = high and base_value >= {"SYSBP": 140, "DIABP": 90}[test]
        else:
            high = high and base.get("LBSTNRHI") is not None and digits(base_value) > digits(base["LBSTNRHI"])
        found = {}
        for rule in self.rules[CODES.get(test, test)]:
            term = rule["term"]
            if term in NEEDS_MORE_THAN_A_NUMBER:
                continue
            scale = 1
            if rule["unit"] not in {"any", unit}:
                if not (
                    test == "HGB"
                    and unit == "mmol/L"
                    and rule["unit"] == "g/L"
                    and term not in PRINTED_IN_MMOL
                ):
                    continue
                scale = TO_GRAMS
            kept = found.setdefault((term, rule["direction"]), [])
            condition = rule["condition"]
            if "paediatric" in condition or (value is None):
                continue
            if ("baseline normal" in condition or "within normal" in condition) and high:
                continue
            if "baseline abnormal" in condition and not high:
                continue
            by_change = "aseline" in rule["lower_ref"] + rule["upper_ref"]
            if by_change and (baseline_record or (base_value is None and test != "WEIGHT")):
                continue
            limits = {"lln": row.get(f"{p}STNRLO"), "uln": row.get(f"{p}STNRHI"), "base": base_value}
            limits = {name: limit * scale if limit is not None else None for name, limit in limits.items()}
            met = within(value * scale, rule, limits)
            if met and "> baseline" in condition and base_value is not None and not baseline_record:
                met = digits(value) > digits(base_value)
            numbers_alone = rule["evidence"] == "numeric" or "intervention" in condition
            kept.append((int(rule["grade"]), met, numbers_alone))
        return {key: self.highest(kept) if value is not None else (None, None) for key, kept in found.items()}

    @staticmethod
    def highest(kept):
        def top(rows):
            best = max((grade for grade, met, _ in rows if met), default=0)
            return None if any(met is None and grade > best for grade, met, _ in rows) else best

        return top([row for row in kept if row[2]]), top(kept)


@pytest.mark.parametrize("domain", ["lb", "vs"])
def test_the_slow_grader_agrees(pilot, shared, domain):
    table, dm, prefix = pilot(domain), pilot("dm"), domain.upper()
    rows = table.rows(named=True)
    slow = Slow(shared / "reference" / "ctcae_v5_grading.csv", rows, prefix)
    long, _ = grade_table(table.with_row_index("line"), dm, long=True)
    sample = long.filter(pl.col("line") % STEP == 0, ~pl.col("term").is_in(NEEDS_MORE_THAN_A_NUMBER))
    got = {
        (row["line"], row["term"], row["direction"]): (row["grade"], row["grade_worst"])
        for row in sample.iter_rows(named=True)
    }
    wanted = {
        (line, *key): grades
        for line in range(0, len(rows), STEP)
        for key, grades in slow.grade(rows[line]).items()
    }
    assert {key: (got.get(key), want) for key, want in wanted.items() if got.get(key) != want} == {}
    assert set(got) == set(wanted)
    assert (
        sum(grades[0] is not None and grades[0] > 0 for grades in wanted.values())
        > {"lb": 100, "vs": 1000}[domain]
    )


LABORATORY = {
    # term: rows by grade 0, 1, 2, 3, 4
    "Anemia": (1682, 126, 1), "Hypoalbuminemia": (1738, 70, 6), "Hypocalcemia": (1798, 29, 1), "Hypoglycemia": (1805, 0, 4),
    "Hypokalemia": (1791, 11), "Hyponatremia": (1774, 32, 2), "Hypophosphatemia": (1820, 2),
    "Lymphocyte count decreased": (1787, 0, 19, 2), "Platelet count decreased": (1771, 17),
    "White blood cell decreased": (1771, 32, 6), "Alanine aminotransferase increased": (1760, 52, 2),
    "Alkaline phosphatase increased": (1786, 34, 3, 1), "Aspartate aminotransferase increased": (1754, 58, 2),
    "Blood bilirubin increased": (1755, 47, 3, 4), "CPK increased": (1694, 111, 6, 3), "Cholesterol high": (1788, 10, 30),
    "Creatinine increased": (1744, 84), "Eosinophilia": (1756, 52), "GGT increased": (1799, 26, 2, 1),
    "Hemoglobin increased": (1797, 12), "Hypercalcemia": (1808, 20), "Hyperglycemia": (1791, 18),
    "Hyperkalemia": (1797, 2, 3), "Hypernatremia": (1758, 48, 2), "Hyperphosphatemia": (1816, 6),
    "Hyperuricemia": (1766, 62), "Leukocytosis": (1809,), "Lymphocyte count increased": (1802, 0, 6),
    "Thyroid stimulating hormone increased": (267, 4),
}  # fmt: skip
VITALS = {
    "Fever": (2718, 2), "Hypothermia": (2712, 0, 8), "Hypertension": (6199, 7475, 1881, 855),
    "Weight gain": (1976, 53, 4, 11), "Weight loss": (2000, 43, 0, 1),
}  # fmt: skip


@pytest.mark.parametrize(("domain", "expected"), [("lb", LABORATORY), ("vs", VITALS)])
def test_rows_by_term_and_grade(pilot, domain, expected):
    graded, _ = grade_table(pilot(domain), pilot("dm"))
    counted = defaultdict(Counter)
    for side in ("L", "H"):
        for term, grade in graded.select(f"ATOXDSC{side}", f"ATOXGR{side}").drop_nulls().iter_rows():
            counted[term][grade] += 1
    assert {term: tuple(n[g] for g in range(max(n) + 1)) for term, n in counted.items()} == expected


def test_what_has_no_grade_and_why(pilot):
    """All is said: tests that CTCAE does not know, urine, and the few values that are no numbers."""
    lb, vs = pilot("lb"), pilot("vs")
    graded, said = grade_table(lb, pilot("dm"))
    none = graded.filter(pl.col("ATOXGRL").is_null(), pl.col("ATOXGRH").is_null())
    assert len(none) == 22_137 + 874 + 5 + 1
    assert said.pop(0) == "1,814 rows of calcium graded as corrected for the albumin of the sample"
    assert said[0].startswith(
        "22,137 rows without a grade: no CTCAE v5.0 criterion for the test (ANISO, BASO, BUN,"
    )
    assert said[1:] == [
        "874 rows without a grade: specimen URINALYSIS: the criteria are for blood (PH)",
        "5 rows of BILI without a grade for Blood bilirubin increased: no numeric value",
        "1 row of GLUC without a grade for Hyperglycemia: no numeric value",
        "1 row of GLUC without a grade for Hypoglycemia: no numeric value",
    ]
    _, said = grade_table(vs, pilot("dm"))
    assert said == [
        "8,458 rows without a grade: no CTCAE v5.0 criterion for the test (HEIGHT, PULSE)",
        "2 rows of DIABP without a grade for Hypertension: no numeric value",
        "3 rows of SYSBP without a grade for Hypertension: no numeric value",
        "6 rows of WEIGHT without a grade for Weight gain: baseline missing",
        "6 rows of WEIGHT without a grade for Weight loss: baseline missing",
    ]


def test_acid_urine_is_no_acidosis(pilot):
    """PH of the pilot study is that of urine: 5 to 8."""
    graded, _ = grade_table(pilot("lb").filter(pl.col("LBTESTCD") == "PH"))
    assert graded["ATOXDSCL"].null_count() == graded["ATOXGRL"].null_count() == len(graded) == 874


def test_a_file_graded_in_batches_is_the_table_graded_whole(pilot, shared, tmp_path, monkeypatch):
    monkeypatch.setattr("carnet.safety.grading.BATCH", 7_000)
    for domain in ("lb", "vs"):
        said = grade_parquet(
            shared / "data" / "cdiscpilot" / f"{domain}.parquet", tmp_path / "graded.parquet", pilot("dm")
        )
        whole, says = grade_table(pilot(domain), pilot("dm"))
        assert pl.read_parquet(tmp_path / "graded.parquet").equals(whole)
        assert said == says
    assert [path.name for path in tmp_path.iterdir()] == ["graded.parquet"]
