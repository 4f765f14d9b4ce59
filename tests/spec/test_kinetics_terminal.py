"""What the terminal rate means: which levels make its line, when there is none, when it is doubtful."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.kinetics.nca import estimate, parameters
from carnet.kinetics.sensitivity import compare
from conftest import read_table

DAY_0_AND_3 = "time | amount \n 0 | 1 \n 3 | 1"


def frame(text: str, **quiet: str) -> pl.DataFrame:
    header, cells = read_table(text)
    given = pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String), orient="row")
    return given.with_columns(
        pl.lit(value).alias(name) for name, value in quiet.items() if name not in header
    )


def samples(text: str) -> pl.DataFrame:
    return frame(text, subject="01", analyte="CARTG", lloq="50", unit="copies/ug")


def check(drawn: str, expected: str, given: str = "time | amount \n 0 | 1", **choices: object) -> None:
    """Compare the parameters of one profile, over all infusions, with a table of them."""
    found = parameters(samples(drawn), frame(given, subject="01"), **choices).filter(scope="overall")
    header, rows = read_table(expected)
    for row in rows:
        want = dict(zip(header, row, strict=True))
        value, flags = found.filter(PPTESTCD=want["PPTESTCD"]).select("PPSTRESN", "flags").row(0)
        assert ("" if value is None else f"{value:.6g}") == want["PPSTRESN"], want
        if "flags" in want:
            assert sorted(filter(None, flags.split(";"))) == sorted(want["flags"].split()), want


HALVES = """
    time | value
    1    | 100
    3    | 6400
    5    | 3200
    7    | 1600
    9    | 800
    11   | 400
    28   | BLQ
"""


def test_levels_after_the_peak_make_the_line():
    """The peak itself never enters; a level that halves every two days has a half-life of two days."""
    check(
        HALVES,
        """
        PPTESTCD | PPSTRESN | flags
        LAMZHL   | 2        |
        LAMZ     | 0.346574 |
        LAMZNPT  | 4        |
        LAMZLL   | 5        |
        LAMZUL   | 11       |
        LAMZSPN  | 3        |
        R2       | 1        |
        R2ADJ    | 1        |
        CORRXY   | -1       |
        CLSTP    | 400      |
        """,
    )


def test_area_to_infinity():
    """AUCALL ends at the first result below; the areas to infinity go on by the terminal rate."""
    check(
        "time | value \n 1 | 800 \n 3 | 400 \n 5 | 200 \n 7 | 100 \n 9 | BLQ",
        """
        PPTESTCD | PPSTRESN | flags
        AUCLST   | 2419.77  |
        AUCALL   | 2519.77  |
        AUCIFO   | 2708.31  |
        AUCIFP   | 2708.31  |
        AUCPEO   | 10.6538  |
        AUCPEP   | 10.6538  |
        AUCLSTD  | 2419.77  |
        AUCIFOD  | 2708.31  |
        """,
    )


def test_levels_before_the_last_infusion_do_not_enter():
    """A second infusion on day 3: only what is drawn after it can make a line, here too little."""
    drawn = "time | value \n 1 | 6400 \n 2 | 3200 \n 3 | 1600 \n 4 | 800 \n 5 | 400"
    check(drawn, "PPTESTCD | PPSTRESN | flags \n LAMZNPT | | LAMZ_FEW_LEVELS", DAY_0_AND_3)
    check(drawn, "PPTESTCD | PPSTRESN \n LAMZNPT | 4")


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [
        ("time | value \n 1 | 900 \n 3 | 400 \n 7 | 100", "LAMZ_FEW_LEVELS"),
        ("time | value \n 1 | 900 \n 3 | 400 \n 7 | BLQ \n 9 | DET \n 14 | 60", "LAMZ_FEW_LEVELS"),
        ("time | value \n 1 | 900 \n 3 | 100 \n 7 | 100 \n 9 | 100 \n 14 | 100", "LAMZ_FLAT"),
        ("time | value \n 1 | 900 \n 3 | 100 \n 7 | 200 \n 9 | 300 \n 14 | 500", "LAMZ_RISING"),
    ],
)
def test_no_line_is_a_reason(drawn, reason):
    """Fewer than three levels, a flat tail, a rising tail: no number, and why, wherever the rate is needed."""
    found = parameters(samples(drawn)).filter(scope="overall")
    for code in ("LAMZ", "LAMZHL", "R2ADJ", "CLSTP", "AUCIFO", "AUCPEO"):
        value, flags = found.filter(PPTESTCD=code).select("PPSTRESN", "flags").row(0)
        assert value is None
        assert reason in flags.split(";")


def test_constant_level_has_no_half_life_whatever_rounding_says():
    drawn = "time | value \n 1 | 900 \n" + "\n".join(f"{t} | 0.1" for t in (2.1, 3.7, 9.3, 17.9))
    found = parameters(samples(drawn).with_columns(lloq=pl.lit("0.05")))
    assert found.filter(PPTESTCD="LAMZHL").select("PPSTRESN", "flags").row(0) == (None, "LAMZ_FLAT")


def test_doubtful_line_is_given_and_flagged():
    """A poor fit over less than two half-lives, with much of the area beyond it."""
    check(
        "time | value \n 1 | 900 \n 3 | 500 \n 5 | 700 \n 7 | 420 \n 9 | 480",
        """
        PPTESTCD | PPSTRESN | flags
        LAMZNPT  | 3        | LAMZ_R2_LOW LAMZ_SPAN_SHORT
        AUCPEO   | 50.4039  | LAMZ_R2_LOW LAMZ_SPAN_SHORT EXTRAPOLATED
        """,
    )


def test_more_levels_win_when_nearly_as_good():
    """A tolerance of 1 makes every falling line good enough: the one through most levels is taken."""
    drawn = "time | value \n 1 | 900 \n 3 | 700 \n 5 | 650 \n 7 | 400 \n 9 | 200 \n 11 | 100"
    check(drawn, "PPTESTCD | PPSTRESN \n LAMZNPT | 3")
    check(drawn, "PPTESTCD | PPSTRESN \n LAMZNPT | 5", lamz_tolerance=1)


def test_time_before_the_first_level():
    check("time | value \n 1 | BLQ \n 2 | BLQ \n 4 | 100", "PPTESTCD | PPSTRESN \n TLAG | 2 \n TFIRST | 4")
    check("time | value \n 1 | 100 \n 2 | BLQ", "PPTESTCD | PPSTRESN \n TLAG | 0 \n TFIRST | 1")


def test_two_below_in_a_row_end_the_profile_where_a_study_says_so():
    """By default a level that reappears counts; with blq_stop it is left out and said so."""
    drawn = "time | value \n 1 | 400 \n 7 | BLQ \n 14 | BLQ \n 21 | 60 \n 28 | BLQ"
    check(drawn, "PPTESTCD | PPSTRESN | flags \n TLST | 21 |")
    check(
        drawn,
        "PPTESTCD | PPSTRESN | flags \n TLST | 1 | BLQ_STOPPED \n PERSIST_END | 7 | BLQ_STOPPED",
        blq_stop=2,
    )
    check(drawn, "PPTESTCD | PPSTRESN | flags \n TLST | 21 |", blq_stop=3)


def test_results_below_at_the_ends():
    """Before the first level they may be dropped; after the last they may count as not drawn."""
    drawn = "time | value \n 2 | BLQ \n 4 | 100 \n 6 | BLQ"
    check(drawn, "PPTESTCD | PPSTRESN \n AUCLST | 100 \n AUCALL | 200")
    check(drawn, "PPTESTCD | PPSTRESN \n AUCLST | 200 \n AUCALL | 300", blq_before="drop")
    check(drawn, "PPTESTCD | PPSTRESN \n AUCLST | 100 \n AUCALL | 100", blq_after="drop")


def test_windows_divide_by_the_cells_given_before_they_end():
    drawn = "time | value \n 1 | 100 \n 2 | 100 \n 4 | 100 \n 6 | BLQ"
    found = parameters(samples(drawn), frame(DAY_0_AND_3, subject="01"), windows=["P0D/P2D", "P0D/P6D"])
    per_dose = found.filter(PPTESTCD="AUCINTD").select("PPENINT", "PPSTRESN").rows()
    assert per_dose == [("P2D", 150.0), ("P6D", 175.0)]


def test_sensitivity_to_the_rule_in_one_call():
    found, notes = compare(samples("time | value \n 1 | 400 \n 3 | BLQ \n 5 | 100"))
    maximum = found.filter(PPTESTCD="CMAX").select("drop", "zero", "half", "limit", "spread").row(0)
    assert maximum == (400.0, 400.0, 400.0, 400.0, 0.0)
    area = found.filter(PPTESTCD="AUCLST").row(0, named=True)
    assert (area["zero"], round(area["drop"], 1), round(area["spread"], 1)) == (700.0, 1065.6, 470.1)
    assert notes == ["No doses were given: one infusion at time 0 is assumed for every subject."]


def test_number_that_no_computer_holds():
    """Levels near 1e308 have an area beyond all numbers: empty and flagged, never infinite; others stay."""
    drawn = samples(
        "subject | time | value \n 01 | 1 | 1e308 \n 01 | 9 | 1.7e308 \n 02 | 1 | 100 \n 02 | 2 | BLQ"
    )
    found = parameters(drawn)
    assert not found["PPSTRESN"].is_infinite().any()
    assert found.filter(subject="01", PPTESTCD="AUCLST").select("PPSTRESN", "flags").row(0) == (
        None,
        "OVERFLOW",
    )
    assert found.filter(subject="02", PPTESTCD="AUCLST")["PPSTRESN"].item() == 50.0


@pytest.mark.parametrize("time", ["1e9", "-1e300"])
def test_time_beyond_any_calendar_names_its_row(time):
    with pytest.raises(InputError, match=r"row 2 \(subject 01\): time is"):
        estimate(samples(f"time | value \n 1 | 100 \n {time} | 100"))


@pytest.mark.parametrize("choice", [{"lamz_points": 2}, {"blq": "-1"}, {"blq": "inf"}, {"only": ["CMAXX"]}])
def test_impossible_choices_are_refused(choice):
    with pytest.raises(InputError):
        estimate(samples("time | value \n 1 | 100"), **choice)


def test_only_what_is_wanted():
    found = parameters(samples("time | value \n 1 | 100"), only=["TMAX", "CMAX"])
    assert found["PPTESTCD"].unique().sort().to_list() == ["CMAX", "TMAX"]
