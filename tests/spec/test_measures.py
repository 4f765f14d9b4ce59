# ruff: noqa: E501  (tables are wide)
"""Measured outcomes: titres, proteinuria, complement, anti-dsDNA, glucocorticoid dose, on a plain table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.measures import (
    current_dose,
    method_at_baseline,
    with_antibody,
    with_complement,
    with_proteinuria,
    with_proteinuria_change,
    with_titre,
    with_titre_change,
)
from conftest import read_table

NUMBERS = {
    "screen", "uln", "lln", "uln_base", "lln_base", "value", "value_base", "protein", "protein_base", "limit",
    "limit_base", "titre", "step", "titre_base", "step_base", "upcr", "day",
}  # fmt: skip
MADE = {
    with_titre: {"titre", "step", "series", "censored", "limit", "intensity", "patterns"},
    with_titre_change: {"log2_change", "steps_change", "titre_category"},
    with_proteinuria: {"protein", "censored", "limit", "reason"},
    with_proteinuria_change: {"change", "ratio", "ratio_min", "ratio_max", "percent_change"},
    with_complement: {"complement", "low", "lln_ratio", "normalised", "complement_change", "reason"},
    with_antibody: {"level", "positive", "uln_ratio", "turned_normal", "ratio", "ratio_min", "ratio_max"},
}
SAY = {None: "", True: "yes", False: "no"}


def check(work: Callable[..., pl.DataFrame], table: str, given: tuple[str, ...] = (), **quiet: Any) -> None:
    """Hold a table against what a function makes of its columns; an empty cell is null."""
    header, cells = read_table(table)
    made = MADE[work] - set(given)
    columns = {
        name: pl.Series([row[place] or None for row in cells], dtype=pl.String).cast(
            pl.Float64 if name in NUMBERS else pl.String
        )
        for place, name in enumerate(header)
        if name not in made
    }
    frame = pl.DataFrame(columns).with_columns(pl.lit(value).alias(name) for name, value in quiet.items())
    done = work(frame)
    for name in (name for name in header if name in made):
        for number, (row, got) in enumerate(zip(cells, done[name].to_list(), strict=True), start=1):
            said = (
                SAY[got]
                if got is None or isinstance(got, bool)
                else f"{got:g}"
                if isinstance(got, float)
                else str(got)
            )
            assert said == row[header.index(name)], f"row {number}, {name}: {said!r}, {row}"


def test_a_titre_as_laboratories_print_it() -> None:
    """Colon or slash, full width or not, bare, with intensity and pattern; words for negative; signs for censoring."""
    check(with_titre, """
        result                       | titre | censored | limit | intensity | patterns
        1:640                        | 640   |          |       |           |
        1/640                        | 640   |          |       |           |
        1 : 640                      | 640   |          |       |           |
        １：６４０                     | 640   |          |       |           |
        640                          | 640   |          |       |           |
        1:1,280                      | 1280  |          |       |           |
        <1:80                        | 40    | LEFT     | 80    |           |
        ＜1：80                       | 40    | LEFT     | 80    |           |
        <=1:80                       | 40    | LEFT     | 80    |           |
        ≤1:80                        | 40    | LEFT     | 80    |           |
        <80                          | 40    | LEFT     | 80    |           |
        >1:1280                      | 1280  | RIGHT    | 1280  |           |
        NEGATIVE                     | 40    | LEFT     | 80    |           |
        neg                          | 40    | LEFT     | 80    |           |
        阴性                          | 40    | LEFT     | 80    |           |
        阴性(<1:160)                  | 80    | LEFT     | 160   |           |
        1:80 negative                | 40    | LEFT     | 80    |           |
        1:100(-)                     | 32    | LEFT     | 100   |           |
        1:80 阴性                     | 40    | LEFT     | 80    |           |
        ANA阴性(1:80)                 | 40    | LEFT     | 80    |           |
        ANA-HEp2 1:320               | 320   |          |       |           |
        1:640 - homogeneous          | 640   |          |       |           |
        1:640 cytoplasm negative     | 640   |          |       |           |
        1∶640                        | 640   |          |       |           |
        1﹕640                        | 640   |          |       |           |
        1:1                          |       |          |       |           |
        1.5                          |       |          |       |           |
        12 U/mL                      |       |          |       |           |
        1:320 2+                     | 320   |          |       | 2         |
        1:320（+++）                  | 320   |          |       | 3         |
        1:320 homogeneous AC-1       | 320   |          |       |           | AC-1
        1:320 AC-4, AC-21            | 320   |          |       |           | AC-21,AC-4
        AC-99 1:80                   | 80    |          |       |           |
        positive                     |       |          |       |           |
                                     |       |          |       |           |
    """)  # fmt: skip


def test_of_several_titres_the_highest_nuclear_one_stands() -> None:
    """A cytoplasmic titre above it is listed, not taken."""
    check(
        with_titre,
        """
        result                       | titre | patterns
        1:160 AC-1; 1:640 AC-4       | 640   | AC-1,AC-4
        1:640 AC-1; 1:1280 AC-21     | 640   | AC-1,AC-21
        1:320 AC-19                  | 320   | AC-19
    """,
    )


def test_the_ladder_of_the_laboratory() -> None:
    """The series that the report names; else a dilution that stands on the half-log series alone betrays it."""
    check(
        with_titre,
        """
        result  | screen | series   | titre | step
        1:320   | 80     |          | 320   | 3
        1:1000  |        |          | 1000  | 3
        1:320   | 100    | HALF-LOG | 320   | 2
        <1:100  |        |          | 32    | 0
        neg     | 100    |          | 32    | 0
        neg     | 80     | TWOFOLD  | 40    | 0
        neg     | 40     | TWOFOLD  | 20    | -1
        neg     |        |          | 40    | 0
        1:300   |        |          | 300   |
    """,
        given=("series",),
    )


def test_what_became_of_a_titre() -> None:
    """Two steps of its own ladder or more are a fall or a rise; one is the noise of the assay."""
    check(with_titre_change, """
        titre | step | series   | censored | titre_base | step_base | series_base | log2_change | steps_change | titre_category
        320   | 3    | TWOFOLD  |          | 640        | 4         | TWOFOLD     | -1          | -1           | STABLE
        160   | 2    | TWOFOLD  |          | 640        | 4         | TWOFOLD     | -2          | -2           | FALL
        2560  | 6    | TWOFOLD  |          | 640        | 4         | TWOFOLD     | 2           | 2            | RISE
        40    | 0    | TWOFOLD  | LEFT     | 80         | 1         | TWOFOLD     | -1          | -1           | NEGATIVE CONVERSION
        40    | 0    | TWOFOLD  | LEFT     | 40         | 0         | HALF-LOG    | 0           |              | NEGATIVE CONVERSION
        100   | 1    | HALF-LOG |          | 1000       | 3         | HALF-LOG    | -3.32193    | -2           | FALL
        320   | 3    | TWOFOLD  |          | 1000       | 3         | HALF-LOG    | -1.64386    |              |
              |      | TWOFOLD  |          | 640        | 4         | TWOFOLD     |             |              |
    """, given=("series", "censored", "titre", "step", "limit"), method="IIF", method_base="IIF",
    censored_base=None)  # fmt: skip


def test_a_titre_by_another_method_is_not_compared() -> None:
    made = with_titre_change({
        "titre": [40.0], "step": [0.0], "series": ["TWOFOLD"], "censored": ["LEFT"], "method": ["ELISA"],
        "titre_base": [640.0], "step_base": [4.0], "series_base": ["TWOFOLD"], "censored_base": [None], "method_base": ["IIF"],
    })  # fmt: skip
    assert made.select("log2_change", "steps_change", "titre_category").row(0) == (None, None, None)


def test_protein_in_urine_in_the_unit_of_its_method() -> None:
    """mg/g is mg/mmol x 8.84 exactly; a unit is never guessed; below a limit is half of it; a typed 0 is asked about."""
    check(with_proteinuria, """
        method | result | unit     | protein | censored | limit | reason
        UPCR   | 0.5    | g/g      | 0.5     |          |       |
        UPCR   | 500    | mg/g     | 0.5     |          |       |
        UPCR   | 0.5    | mg/mg    | 0.5     |          |       |
        UPCR   | 52     | mg/mmol  | 0.45968 |          |       |
        UPCR   | 56.56  | mg/mmol  | 0.49999 |          |       |
        UPCR   | 100    | mg/mmol  | 0.884   |          |       |
        24H    | 500    | mg/24h   | 0.5     |          |       |
        24H    | 0.5    | g/24h    | 0.5     |          |       |
        24H    | 0.5    | g/g      |         |          |       | unit does not fit the method
        UPCR   | 0.5    | g/24h    |         |          |       | unit does not fit the method
        UPCR   | <0.1   | g/g      | 0.05    | LEFT     | 0.1   |
        UPCR   | <100   | mg/g     | 0.05    | LEFT     | 0.1   |
        24H    | 0      | g/24h    |         |          |       | zero: ask for the limit
        UPCR   | 30     | g/g      | 30      |          |       |
        UPCR   | 30.1   | g/g      |         |          |       | beyond what is plausible: ask for the unit
        UPCR   | 0.5    |          |         |          |       | unit missing
        SPOT   | 0.5    | g/g      |         |          |       | method unknown
        UPCR   | trace  | g/g      |         |          |       | no number
        UPCR   |        | g/g      |         |          |       |
    """)  # fmt: skip


def test_change_of_protein_within_its_method() -> None:
    """Never from the ratio to 24 hours; a value below its limit bounds the ratio."""
    check(with_proteinuria_change, """
        method | protein | censored | limit | method_base | protein_base | censored_base | limit_base | change | ratio | ratio_min | ratio_max | percent_change
        UPCR   | 0.5     |          |       | UPCR        | 2.0          |               |            | -1.5   | 0.25  | 0.25      | 0.25      | -75
        24H    | 0.5     |          |       | UPCR        | 2.0          |               |            |        |       |           |           |
        UPCR24 | 0.5     |          |       | UPCR        | 2.0          |               |            |        |       |           |           |
        UPCR   | 0.05    | LEFT     | 0.1   | UPCR        | 2.0          |               |            | -1.95  | 0.025 |           | 0.05      | -97.5
        UPCR   | 1.0     |          |       | UPCR        | 0.05         | LEFT          | 0.1        | 0.95   | 20    | 10        |           | 1900
        UPCR   |         |          |       | UPCR        | 2.0          |               |            |        |       |           |           |
    """, given=("censored", "limit", "protein"))  # fmt: skip
    both = pl.DataFrame({"upcr": [1.0, 1.0, None, None], "day": [None, 2.0, 2.0, None]})
    chosen = both.select(method_at_baseline(pl.col("upcr"), pl.col("day"))).to_series().to_list()
    assert chosen == ["UPCR", "UPCR", "24H", None]


def test_complement_against_the_limit_of_its_own_result() -> None:
    """At the limit is normal; a limit that moved is the one that came with the result; without one it is unknown."""
    check(with_complement, """
        test | value | unit  | lln  | value_base | unit_base | lln_base | complement | low | lln_ratio | normalised | complement_change | reason
        C3   | 0.90  | g/L   | 0.90 | 0.60       | g/L       | 0.76     | 0.9        | no  | 1         | yes        | 0.3               |
        C3   | 0.89  | g/L   | 0.90 | 0.60       | g/L       | 0.76     | 0.89       | yes | 0.988889  | no         | 0.29              |
        C3   | 0.80  | g/L   | 0.76 | 0.80       | g/L       | 0.76     | 0.8        | no  | 1.05263   |            | 0                 |
        C3   | 89    | mg/dL | 90   | 60         | mg/dL     | 90       | 0.89       | yes | 0.988889  | no         | 0.29              |
        C4   | 90    | mg/L  | 100  | 0.08       | g/L       | 0.10     | 0.09       | yes | 0.9       | no         | 0.01              |
        C4   | 0.12  | g/L   |      | 0.08       | g/L       | 0.10     | 0.12       |     |           |            | 0.04              | no lower limit with the result
        C3   | 52    | g/L   | 0.90 | 0.60       | g/L       | 0.90     |            |     |           |            |                   | beyond what is plausible: ask for the unit
        C3   | 0.52  |       | 0.90 | 0.60       | g/L       | 0.90     |            |     |           |            |                   | unit missing or unknown
        C3   |       | g/L   | 0.90 | 0.60       | g/L       | 0.90     |            |     |           |            |                   |
    """)  # fmt: skip


def test_antibodies_to_dna_by_method() -> None:
    """Positive is above the limit; compared within one method and unit alone; kU/L is IU/mL."""
    check(with_antibody, """
        result | unit  | method | uln | result_base | unit_base | method_base | uln_base | level | positive | uln_ratio | turned_normal | ratio | ratio_max
        30     | IU/mL | CLIA   | 30  | 120         | IU/mL     | CLIA        | 30       | 30    | no       | 1         | yes           | 0.25  | 0.25
        30.1   | IU/mL | CLIA   | 30  | 120         | kU/L      | CLIA        | 30       | 30.1  | yes      | 1.00333   | no            | 0.250833 | 0.250833
        <10    | IU/mL | CLIA   | 30  | 100         | IU/mL     | CLIA        | 30       | 5     | no       | 0.166667  | yes           | 0.05  | 0.1
        <50    | IU/mL | CLIA   | 30  | 100         | IU/mL     | CLIA        | 30       | 25    |          | 0.833333  |               | 0.25  | 0.5
        >200   | IU/mL | CLIA   | 30  | 100         | IU/mL     | CLIA        | 30       | 200   | yes      | 6.66667   | no            | 2     |
        20     | %     | FARR   | 25  | 100         | IU/mL     | CLIA        | 30       | 20    | no       | 0.8       |               |       |
        20     | IU/mL | ELISA  | 30  | 100         | IU/mL     | CLIA        | 30       | 20    | no       | 0.666667  |               |       |
        20     | IU/mL | CLIA   |     | 100         | IU/mL     | CLIA        | 30       | 20    |          |           |               | 0.2   | 0.2
    """)  # fmt: skip


LOG = {"subject": "1", "drug": "prednisone", "dose": 5.0, "unit": "mg", "frequency": "QD", "route": "ORAL",
       "start": "2025-01-01", "end": None, "ongoing": "Y"}  # fmt: skip


def dose(*rows: dict[str, Any], date: str = "2025-03-01", **visit: Any) -> dict[str, Any]:
    log = pl.DataFrame([LOG | row for row in rows], infer_schema_length=None)
    return current_dose({"subject": ["1"], "date": [date], **{k: [v] for k, v in visit.items()}}, log).row(
        0, named=True
    )


@pytest.mark.parametrize(
    ("drug", "amount", "prednisone"),
    [
        ("prednisone", 5, 5), ("prednisolone", 5, 5), ("methylprednisolone", 4, 5), ("triamcinolone", 4, 5),
        ("dexamethasone", 0.75, 5), ("betamethasone", 0.75, 5), ("hydrocortisone", 20, 5), ("cortisone", 25, 5),
        ("deflazacort", 6, 5), ("Methylprednisolone sodium succinate", 8, 10), ("醋酸泼尼松片", 5, 5), ("泼尼松龙", 5, 5),
        ("甲泼尼龙", 4, 5), ("氢化可的松", 20, 5), ("地塞米松", 0.75, 5),
    ],
)  # fmt: skip
def test_five_milligrams_of_prednisone(drug: str, amount: float, prednisone: float) -> None:
    """Replacement hydrocortisone counts as it is."""
    assert dose({"drug": drug, "dose": float(amount)})["prednisone"] == prednisone


@pytest.mark.parametrize(
    ("route", "prednisone"), [("PO", 5), ("iv", 5), ("口服", 5), ("", 5), ("TOPICAL", 0), ("OTHER", None)]
)
def test_a_dose_by_a_route_that_is_not_known_is_not_known(route: str, prednisone: float | None) -> None:
    """Never 0: a remission would stand on it."""
    assert dose({"route": route}, log_complete="Y")["prednisone"] == prednisone


def test_a_mineralocorticoid_is_no_glucocorticoid() -> None:
    assert dose({"drug": "Fludrocortisone", "dose": 0.1}, log_complete="Y")["prednisone"] == 0


def test_the_dose_on_the_day() -> None:
    """Alternate days are averaged, drugs add up, skin and airways do not count, a new row ends the one before."""
    assert dose({"dose": 10.0, "frequency": "QOD"})["prednisone"] == 5
    assert dose({"dose": 2.5, "frequency": "BID"})["prednisone"] == 5
    assert dose({}, {"drug": "hydrocortisone", "dose": 20.0})["prednisone"] == 10
    assert dose({}, {"route": "TOPICAL", "dose": 50.0}, {"route": "INHALED", "dose": 50.0})["prednisone"] == 5
    reasons = ({"drug": "dexamethasone", "dose": 0.25, "reason": why} for why in ("SLE", "CRS", "OTHER"))
    assert dose(*reasons)["prednisone"] == 5, "the sum is rounded, not what it is made of"
    assert dose({}, {"dose": 7.5, "start": "2025-02-20"})["prednisone"] == 7.5
    assert dose({}, {"dose": 7.5, "start": "2025-03-01"})["prednisone"] == 7.5
    assert dose({}, {"dose": 7.5, "start": "2025-03-02"})["prednisone"] == 5


def test_missing_is_unknown_and_not_taking_is_none() -> None:
    ended = {"end": "2025-02-01", "ongoing": None}
    assert dose(ended)["prednisone"] is None
    assert dose(ended)["dose_reason"] == "no row of the log, and not told that none is taken"
    assert dose(ended, not_taking="Y")["prednisone"] == 0
    assert dose(ended, not_taking="N")["prednisone"] is None
    assert dose(ended, log_complete="Y")["prednisone"] == 0
    assert dose({"dose": None})["dose_reason"] == "dose or dates of the log not certain"
    assert dose({"dose": None}, log_complete="Y")["prednisone"] is None
    assert dose({"unit": "TABLET"})["prednisone"] is None
    assert dose({"start": "2025-03"}, date="2025-03-15")["prednisone"] is None
    assert dose({"dose": 1250.0})["prednisone"] == 1250
    assert dose({"dose": 1250.5})["dose_reason"] == "above 1250 mg/day: ask for dose and unit"
    with pytest.raises(InputError, match="no subject or no start"):
        dose({"start": None})


def test_a_pulse_is_marked_for_28_days_and_the_mean_is_of_seven() -> None:
    pulse = {
        "drug": "methylprednisolone",
        "dose": 200.0,
        "frequency": "ONCE",
        "route": "INTRAVENOUS",
        "ongoing": None,
    }
    for start, marked in (("2025-02-01", False), ("2025-02-02", True), ("2025-03-01", True)):
        assert dose({}, pulse | {"start": start}, log_complete="Y")["pulse"] is marked, start
    assert dose({}, pulse | {"start": "2025-02-20", "dose": 199.9 - 4}, log_complete="Y")["pulse"] is False
    assert dose({}, pulse | {"start": "2025-03-01"})["prednisone"] == 255
    assert dose({}, pulse | {"start": "2025-02-23"})["prednisone_mean"] == round(5 + 250 / 7, 6)
    assert dose({}, pulse | {"start": "2025-02-22"})["prednisone_mean"] == 5
    assert dose({"start": "2025-02-27"})["prednisone_mean"] is None
    assert dose({"start": "2025-02-27"}, log_complete="Y")["prednisone_mean"] == round(15 / 7, 6)
