"""Spells of low counts and grades of haematotoxicity are counted right where sampling leaves them open."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from carnet.analysis import cytopenia
from carnet.report import cytopenia as exhibits

ZERO = date(2026, 1, 6)


class Study:
    """A study that chooses nothing and has no forms."""

    forms = ()

    def get(self, key, default=None):
        return default


def adsl() -> pl.DataFrame:
    """Return four treated patients, the last of them without cells."""
    return pl.DataFrame(
        {"USUBJID": list("1234"), "TRT01A": "CARNK", "SAFFL": "Y", "CARFL": ["Y", "Y", "Y", "N"]}
    )


def adlb(test: str = "NEUT", unit: str = "10^9/L", patients: str = "123") -> pl.DataFrame:
    """Return a value on treatment of each of these patients."""
    return pl.DataFrame({"USUBJID": list(patients)}).with_columns(
        TRTA=pl.lit("CARNK"), SAFFL=pl.lit("Y"), ONTRTFL=pl.lit("Y"), PARAMCD=pl.lit(test), AVAL=2.0,
        AVALU=pl.lit(unit),
    )  # fmt: skip


def adtox(*told: dict) -> pl.DataFrame:
    """Return spells and grades; what one does not say is of patient 1."""
    quiet = {
        "USUBJID": "1", "PARAMCD": "NEUTSPL", "ADT": ZERO, "AENDT": None, "AVAL": None, "AVALMIN": None,
        "AVALMAX": None, "NADIR": None,
    }  # fmt: skip
    schema = {"USUBJID": pl.String, "PARAMCD": pl.String, "ADT": pl.Date, "AENDT": pl.Date}
    schema |= dict.fromkeys(("AVAL", "AVALMIN", "AVALMAX", "NADIR"), pl.Float64)
    made = pl.DataFrame([quiet | row for row in told], schema=schema)
    return made.with_columns(
        SUBJID="USUBJID", TRTA=pl.lit("CARNK"), SAFFL=pl.lit("Y"), CARFL=pl.lit("Y"), ADY=pl.lit(1),
    )  # fmt: skip


def spell(patient: str, least: float, most: float | None, ended: bool = True, **more) -> dict:
    end = ZERO + timedelta(days=9) if ended else None
    return {"USUBJID": patient, "AVALMIN": least, "AVALMAX": most, "AENDT": end, "NADIR": 0.3, **more}


def grade(patient: str, code: str, least: float, most: float) -> dict:
    own = least if least == most else None
    return {"USUBJID": patient, "PARAMCD": code, "AVAL": own, "AVALMIN": least, "AVALMAX": most}


def estimated(
    *told: dict, values: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    datasets = {"adsl": adsl(), "adlb": adlb() if values is None else values, "adtox": adtox(*told)}
    return pl.concat(cytopenia.estimate(Study(), datasets)), datasets


def row(found: pl.DataFrame, analysis: str) -> dict[str, float]:
    """Return the statistics of one analysis by name."""
    picked = found.filter(pl.col("analysis_id") == analysis)
    assert not picked.select("statistic").is_duplicated().any()
    return dict(picked.select("statistic", "value").iter_rows())


def shown(*told: dict, values: pl.DataFrame | None = None) -> dict:
    found, datasets = estimated(*told, values=values)
    return {exhibit.number: exhibit for exhibit in exhibits.exhibits(Study(), found, datasets, None)}


def test_a_patient_counts_once_by_the_longest_spell_of_those_who_were_tested():
    found, _ = estimated(spell("1", 1, 2), spell("1", 3, 6), spell("2", 5, 5))
    own = row(found, "14.3.4.4/NEUTSPL")
    assert [own[name] for name in ("n", "N", "untested", "spells")] == [2, 3, 1, 3]
    assert [own[name] for name in ("least_median", "most_median", "least", "most")] == [4, 5.5, 3, 6]
    assert own["lower"] == pytest.approx(0.0943, abs=5e-5)  # Clopper-Pearson, 2 of 3


def test_a_spell_without_a_seen_end_has_no_most_and_is_not_called_recovered():
    found, datasets = estimated(spell("1", 8, None, ended=False), spell("1", 1, 1), spell("2", 2, 4))
    own = row(found, "14.3.4.4/NEUTSPL")
    assert [own[name] for name in ("recovered", "not_recovered")] == [1, 1]
    assert [own[name] for name in ("least", "most", "least_median", "most_median")] == [2, None, 5, None]
    [why] = found.filter(pl.col("statistic") == "most", pl.col("paramcd") == "NEUTSPL")["reason"]
    assert why == "a spell without a seen beginning or end"
    made = {e.number: e for e in exhibits.exhibits(Study(), found, datasets, None)}["14.3.4.4"]
    cells = made.tables[0].rows[0].cells
    assert cells[-3:-1] == ("5.0 or more", "2 or more")
    assert [line.cells[-2] for line in made.tables[1].rows] == ["8 or more", "1", "2 to 4"]


def test_a_median_may_be_known_though_one_spell_has_no_end():
    found, _ = estimated(spell("1", 9, None, ended=False), spell("2", 2, 4), spell("3", 3, 5))
    own = row(found, "14.3.4.4/NEUTSPL")
    assert [own[name] for name in ("least_median", "most_median", "most")] == [3, 5, None]


def test_a_value_in_another_unit_is_no_test():
    datasets = {"adsl": adsl(), "adlb": adlb(unit="mg/L"), "adtox": adtox()}
    assert not list(cytopenia.estimate(Study(), datasets))


def test_grades_stand_where_they_are_certain_and_between_their_bounds():
    found, _ = estimated(
        grade("1", "ICAHTE", 1, 4), grade("2", "ICAHTE", 2, 2), grade("1", "ICAHTEP", 1, 1),
        grade("2", "ICAHTEP", 2, 2),
    )  # fmt: skip
    grades = lambda reading: [  # noqa: E731
        row(found, f"14.3.4.4/ICAHT/early/{reading}")[name]
        for name in ("grade0", "grade1", "grade2", "grade3", "grade4", "ungraded")
    ]
    assert grades("certain") == [0, 0, 1, 0, 0, 2]  # of three infused one has no count at all
    assert grades("lowest") == [0, 1, 1, 0, 0, 1]
    assert grades("highest") == [0, 0, 1, 0, 1, 1]
    assert grades("published") == [0, 1, 1, 0, 0, 1]
    assert found.filter(pl.col("analysis_id").str.contains("late")).is_empty()


def test_that_nobody_had_a_grade_is_said_only_where_nobody_can_have_had_it():
    late = [grade(p, code, 0, 0) for p in "123" for code in ("ICAHTL", "ICAHTLP")]
    open_ = [grade(p, "TICAHTL", 0, 4) for p in "123"] + [grade(p, "TICAHTLP", 0, 0) for p in "123"]
    notes = " ".join(shown(*late, *open_)["14.3.4.4"].notes)
    assert "No neutropenia (ICAHT), late in 3 patients (infused, at the highest possible grade)" in notes
    assert "hrombocytopenia (T-ICAHT), late" not in notes


def test_no_spell_is_a_sentence_with_the_bound_that_those_tested_leave():
    made = shown(values=adlb("IGG", "g/L", "12"))
    assert list(made) == ["14.3.4.6"]
    assert made["14.3.4.6"].tables == ()
    assert made["14.3.4.6"].notes == (
        "A spell between two samples is not seen.",
        "No spell with IgG below 4 g/L in 2 patients (treated and tested): a true rate above 77.6 % is excluded "
        "(exact one-sided 95 % bound).",
    )
