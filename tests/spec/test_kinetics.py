"""What cellular kinetics mean: which sample counts, what a limit hides, what cannot be computed."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.core.errors import CarnetError, InputError
from carnet.kinetics.answer import COLUMNS
from carnet.kinetics.definitions import definitions, table
from carnet.kinetics.flags import codes
from carnet.kinetics.limits import read_results
from carnet.kinetics.nca import estimate, parameters, settled
from carnet.kinetics.profiles import read_profiles
from conftest import read_table

THREE = "time | amount \n 0 | 1 \n 3 | 1 \n 6 | 1"


def frame(text: str, **quiet: object) -> pl.DataFrame:
    """Return a table drawn with | signs as text columns; a column left out takes its quiet value."""
    header, cells = read_table(text)
    given = pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String), orient="row")
    return given.with_columns(
        pl.lit(value).alias(name) for name, value in quiet.items() if name not in header
    )


def samples(text: str) -> pl.DataFrame:
    return frame(text, subject="01", analyte="CARTG", lloq="50", unit="copies/ug")


def doses(text: str | None) -> pl.DataFrame | None:
    return None if text is None else frame(text, subject="01")


@pytest.fixture
def comes_to():
    """Return the check of one profile: samples drawn, rows of parameters expected, doses."""

    def check(
        drawn: str, expected: str, given: str | None = "time | amount \n 0 | 1", **choices: object
    ) -> None:
        found = parameters(samples(drawn), doses(given), **choices)
        header, rows = read_table(expected)
        for row in rows:
            want = dict(zip(header, row, strict=True))
            key = {name: want.get(name) for name in ("subject", "scope", "PPTESTCD", "PPENINT")}
            key["scope"] = key["scope"] or "overall"
            got = found.filter(pl.col(name) == value for name, value in key.items() if value)
            assert len(got) == 1, f"{key}: {len(got)} rows"
            value = got["PPSTRESN"].item()
            assert ("" if value is None else f"{value:.7g}") == want["PPSTRESN"], f"{key}: {value}"
            if "flags" in want:
                assert sorted(filter(None, got["flags"].item().split(";"))) == sorted(
                    want["flags"].split()
                ), key

    return check


def test_what_a_result_says():
    """Quantifiable, below, detected, not detected and not done stay apart; an empty cell says nothing."""
    drawn = frame(
        """
        value               | lloq | state
        120                 | 50   | quantifiable
        50                  | 50   | quantifiable
        49.99               | 50   | below
        0                   | 50   | below
        0                   |      | below
        120                 |      | quantifiable
        BLQ                 | 50   | below
        <50                 | 50   | below
        < 80                | 50   | below
        <LLOQ               | 50   | below
        ＜LLOQ              | 50   | below
        det                 | 50   | detected
        Detected below LLOQ | 50   | detected
        NEG                 | 50   | not detected
        not detected        | 50   | not detected
        ND                  | 50   | not done
        not  done           | 50   | not done
        -3                  | 50   | impossible
                            | 50   |
        """,
        subject="01",
    )
    read = read_results(drawn.with_columns(pl.col("lloq").replace("", None).cast(pl.Float64)))
    expected = [word or None for word in frame_states(drawn)]
    assert read["state"].to_list() == expected


def frame_states(drawn: pl.DataFrame) -> list[str]:
    return drawn["state"].to_list()


def test_highest_level_wherever_it_is(comes_to):
    """Draws within 24 h after an infusion count for CMAX; CMAX_EXPANSION leaves them out."""
    comes_to(
        """
        time | value
        0.04 | 9000
        1    | 2500
        2    | 3000
        7    | 400
        """,
        """
        PPTESTCD       | PPSTRESN | flags
        CMAX           | 9000     | TMAX_AT_FIRST_SAMPLE
        TMAX           | 0.04     | TMAX_AT_FIRST_SAMPLE
        CMAX_EXPANSION | 3000     |
        TMAX_EXPANSION | 2        |
        """,
    )


@pytest.mark.parametrize(
    ("results", "cmax", "flags"),
    [
        ("100 200 <500 60", "200", "MAX_MAY_BE_HIGHER"),
        ("100 200 <201 60", "200", "MAX_MAY_BE_HIGHER"),
        ("100 200 <200 60", "200", ""),
        ("100 200 BLQ 60", "200", ""),
        ("100 200 NEG 60", "200", ""),
        ("BLQ <50 BLQ BLQ", "0", "ALL_BLQ"),
        ("BLQ <500 BLQ BLQ", "0", "ALL_BLQ MAX_MAY_BE_HIGHER"),
    ],
)
def test_what_a_result_below_may_hide_above_the_maximum(comes_to, results, cmax, flags):
    """Beside a limit of 50, <500 is below quantification; with a maximum of 200, the true one may be up to 500."""
    rows = "\n".join(f"{day} | {value}" for day, value in enumerate(results.split(), start=2))
    found = {"CMAX": cmax, "CMAX_EXPANSION": cmax}
    expected = "\n".join(f"{code} | {value} | {flags}" for code, value in found.items())
    comes_to(f"time | value \n {rows}", f"PPTESTCD | PPSTRESN | flags \n {expected}")


def test_a_higher_limit_hides_as_much_as_a_higher_x():
    told = {
        "subject": ["01"] * 3,
        "time": [1.0, 2.0, 3.0],
        "value": ["60", "200", "BLQ"],
        "lloq": [50.0, 50.0, 300.0],
    }
    found = parameters(told).filter(pl.col("PPTESTCD").is_in(["CMAX", "TMAX"]), scope="overall")
    assert found["flags"].to_list() == ["MAX_MAY_BE_HIGHER", "MAX_MAY_BE_HIGHER"]


def test_later_than_24_h_is_after_each_infusion(comes_to):
    """The draw at 3 d stands 3 d after infusion 1; the one at 4 d is 24 h after infusion 2, still within."""
    comes_to(
        """
        time | value
        2    | 100
        3    | 300
        4    | 900
        5    | 200
        """,
        """
        PPTESTCD       | PPSTRESN
        CMAX           | 900
        CMAX_EXPANSION | 300
        TMAX_EXPANSION | 3
        """,
        THREE,
    )


def test_no_sample_later_than_24_h(comes_to):
    comes_to(
        "time | value \n 0.5 | 100",
        """
        PPTESTCD       | PPSTRESN | flags
        CMAX_EXPANSION |          | NO_DATA
        TMAX_EXPANSION |          | NO_DATA
        """,
    )


def test_below_later_than_24_h(comes_to):
    comes_to(
        "time | value \n 0.5 | 100 \n 2 | BLQ",
        """
        PPTESTCD       | PPSTRESN | flags
        CMAX_EXPANSION | 0        | ALL_BLQ
        TMAX_EXPANSION |          | ALL_BLQ
        """,
    )


@pytest.mark.parametrize(("tmax", "time"), [("first", "3"), ("last", "7")])
def test_tie_for_the_maximum(comes_to, tmax, time):
    """The earliest of equal maxima, or by option the last; the infusion follows the one taken."""
    comes_to(
        """
        time | value
        1    | 100
        3    | 400
        7    | 400
        9    | 100
        """,
        f"""
        PPTESTCD                 | PPSTRESN
        CMAX                     | 400
        TMAX                     | {time}
        PEAK_INFUSION            | {1 if tmax == "first" else 3}
        TMAX_SINCE_LAST_INFUSION | {3 if tmax == "first" else 1}
        """,
        THREE,
        tmax=tmax,
    )


def test_all_below(comes_to):
    """Nothing quantifiable is a level of 0 at no time: the patient stays in, and persistence is 0."""
    comes_to(
        """
        time | value
        1    | BLQ
        7    | <50
        14   | 20
        """,
        """
        PPTESTCD                 | PPSTRESN | flags
        CMAX                     | 0        | ALL_BLQ
        TMAX                     |          | ALL_BLQ
        CLST                     |          | ALL_BLQ
        TLST                     |          | ALL_BLQ
        TFIRST                   |          | ALL_BLQ
        AUCLST                   | 0        | ALL_BLQ
        AUCINT                   | 0        | ALL_BLQ
        AUCINT_COVERAGE          | 0.5      | ALL_BLQ
        CMAXD                    | 0        | ALL_BLQ
        PEAK_INFUSION            |          | ALL_BLQ
        TMAX_SINCE_LAST_INFUSION |          | ALL_BLQ
        PERSIST_DUR              | 0        | ALL_BLQ
        PERSIST_END              | 1        | ALL_BLQ
        PERSIST_CNSR             | 0        | ALL_BLQ
        """,
        windows=["P0D/P28D"],
    )


def test_nothing_measured(comes_to):
    """All missing, or only samples before the infusion: every parameter is missing."""
    for drawn in ("time | value \n 1 | ND \n 7 |", "time | value \n -1 | BLQ \n 0 | BLQ"):
        found = parameters(samples(drawn), doses(THREE), windows=["P0D/P28D"])
        assert found["PPSTRESN"].null_count() == len(found)
        assert found["flags"].str.contains("NO_DATA").all()


def test_infused_and_never_sampled():
    """A patient with an infusion and no row of samples is listed, with nothing."""
    found = parameters(
        samples("time | value \n 1 | 100"), frame("subject | time | amount \n 01 | 0 | 1 \n 02 | 0 | 1")
    )
    theirs = found.filter(pl.col("subject") == "02")
    assert theirs["flags"].unique().to_list() == ["NO_DATA"]
    assert theirs["PPSTRESN"].null_count() == len(theirs) > 0


def test_one_quantifiable_value(comes_to):
    """First, highest and last at once; the area is the triangle from 0."""
    comes_to(
        "time | value \n 1 | BLQ \n 4 | 100 \n 7 | BLQ",
        """
        PPTESTCD | PPSTRESN | flags
        CMAX     | 100      |
        TMAX     | 4        |
        TFIRST   | 4        |
        TLST     | 4        |
        CLST     | 100      |
        AUCLST   | 150      |
        """,
    )


def test_peak_sample_missing(comes_to):
    """A sample not done is passed over and flagged; it is never 0."""
    for word in ("ND", ""):
        comes_to(
            f"time | value \n 1 | 100 \n 3 | {word} \n 7 | 200 \n 14 | 60",
            """
            PPTESTCD | PPSTRESN | flags
            CMAX     | 200      | SAMPLE_MISSING
            TMAX     | 7        | SAMPLE_MISSING
            AUCLST   | 1763.972 | SAMPLE_MISSING
            """,
        )


def test_missing_sample_flags_its_own_infusion(comes_to):
    comes_to(
        "time | value \n 1 | 100 \n 4 | ND \n 5 | 200 \n 7 | 50",
        """
        scope      | PPTESTCD | PPSTRESN | flags
        infusion 1 | CMAX     | 100      | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE
        infusion 2 | CMAX     | 200      | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE SAMPLE_MISSING
        """,
        THREE,
    )


def test_peak_at_an_end(comes_to):
    comes_to(
        "time | value \n 1 | 300 \n 3 | 200",
        """
        PPTESTCD | PPSTRESN | flags
        CMAX     | 300      | TMAX_AT_FIRST_SAMPLE
        TMAX     | 1        | TMAX_AT_FIRST_SAMPLE
        TLST     | 3        |
        """,
    )
    comes_to(
        "time | value \n 1 | 300 \n 3 | 400",
        """
        PPTESTCD | PPSTRESN | flags
        CMAX     | 400      | TMAX_AT_LAST_SAMPLE
        TMAX     | 3        | TMAX_AT_LAST_SAMPLE
        """,
    )


def test_number_below_the_limit_is_no_maximum(comes_to):
    """A number below its own LLOQ is below quantification; the value at the limit is quantifiable."""
    comes_to(
        """
        time | value | lloq
        1    | 50    | 50
        3    | 80    | 100
        7    | <50   | 50
        """,
        """
        PPTESTCD | PPSTRESN | flags
        CMAX     | 50       | TMAX_AT_FIRST_SAMPLE MAX_MAY_BE_HIGHER
        TLST     | 1        |
        """,
    )


def test_quantifiable_baseline(comes_to):
    """A level before or at the first start is a query: outside CMAX, TMAX and the area."""
    for time in ("-0.1", "0"):
        comes_to(
            f"time | value \n {time} | 5000 \n 1 | 100 \n 3 | 400 \n 7 | BLQ",
            """
            PPTESTCD | PPSTRESN | flags
            CMAX     | 400      | BASELINE_QUANTIFIABLE
            TMAX     | 3        | BASELINE_QUANTIFIABLE
            AUCLST   | 550      | BASELINE_QUANTIFIABLE
            """,
        )
    _, notes = estimate(samples("time | value \n 1 | 100 \n -0.1 | 5000"), doses(THREE))
    assert notes == [
        "Subject 01, row 2: 5000.0 is quantifiable before the first infusion; it is left out, ask the site."
    ]


def test_area_inside_a_window(comes_to):
    """Linear up, logarithmic down; at an end of the window by the rule of the segment; 0 after TLST."""
    comes_to(
        """
        time | value
        1    | 100
        3    | 400
        7    | 100
        21   | BLQ
        25   | BLQ
        """,
        """
        PPTESTCD        | PPENINT | PPSTRESN | flags
        AUCLST          |         | 1415.617 |
        AUCINT          | P28D    | 1415.617 |
        AUCINT_COVERAGE | P28D    | 0.75     |
        AUCINT          | P5D     | 1127.078 |
        AUCINT          | P2D     | 225      |
        AUCINT_COVERAGE | P2D     | 1        |
        """,
        windows=["P0D/P28D", "P0D/P5D", "PT0H/PT48H"],
    )


def test_window_that_starts_later(comes_to):
    comes_to(
        "time | value \n 1 | 100 \n 3 | 400 \n 7 | 100 \n 21 | BLQ",
        """
        PPTESTCD | PPENINT | PPSTRESN | flags
        AUCINT   | P7D     | 288.539  |
        AUCINT   | P28D    | 0        |
        """,
        windows=["P5D/P7D", "P14D/P28D"],
    )


def test_drop_out_while_quantifiable(comes_to):
    """The area goes to the last level; how much of the window was seen stands beside, flagged."""
    comes_to(
        "time | value \n 1 | 100 \n 3 | 400 \n 7 | 100",
        """
        PPTESTCD        | PPENINT | PPSTRESN | flags
        AUCINT          | P28D    | 1415.617 | AUCINT_INCOMPLETE
        AUCINT_COVERAGE | P28D    | 0.25     | AUCINT_INCOMPLETE
        AUCINT          | P90D    |          | AUCINT_INCOMPLETE
        AUCINT_COVERAGE | P90D    | 0        | AUCINT_INCOMPLETE
        AUCINT          | P7D     | 1415.617 |
        """,
        windows=["P0D/P28D", "P14D/P90D", "P0D/P7D"],
    )


@pytest.mark.parametrize(
    ("auc", "area"),
    [("linear-up-log-down", "1415.617"), ("linear", "1550"), ("linear-log", "1415.617")],
)
def test_how_the_level_runs_between_samples(comes_to, auc, area):
    comes_to(
        "time | value \n 1 | 100 \n 3 | 400 \n 7 | 100",
        f"PPTESTCD | PPSTRESN \n AUCLST | {area}",
        auc=auc,
    )


def test_linear_log_is_logarithmic_after_the_peak_and_straight_before(comes_to):
    drawn = "time | value \n 1 | 400 \n 2 | 100 \n 3 | 800 \n 5 | 200 \n 6 | 400"
    comes_to(drawn, "PPTESTCD | PPSTRESN \n AUCLST | 2054.156", auc="linear-log")
    comes_to(drawn, "PPTESTCD | PPSTRESN \n AUCLST | 2032.021", auc="linear-up-log-down")


@pytest.mark.parametrize(("blq", "area"), [("drop", "965.617"), ("zero", "600"), ("half", "495.5053")])
def test_below_between_quantifiable_levels(comes_to, blq, area):
    """Dropped, 0, or half of the limit; before the first level it is 0, after the last it is ignored."""
    comes_to(
        """
        time | value
        0.5  | BLQ
        1    | 400
        3    | BLQ
        5    | 100
        9    | BLQ
        """,
        f"PPTESTCD | PPSTRESN \n AUCLST | {area} \n CMAX | 400 \n TLST | 5",
        blq=blq,
    )


def test_half_of_an_unknown_limit_is_unknown(comes_to):
    comes_to(
        "time | value | lloq \n 1 | 400 | 50 \n 3 | BLQ | \n 5 | 100 | 50",
        "PPTESTCD | PPSTRESN | flags \n AUCLST | | LLOQ_MISSING \n CMAX | 400 | TMAX_AT_FIRST_SAMPLE",
        blq="half",
    )


def test_tie_across_infusions(comes_to):
    comes_to(
        "time | value \n 1 | 400 \n 2 | 100 \n 4 | 400 \n 8 | 100",
        """
        PPTESTCD                 | PPSTRESN
        TMAX                     | 1
        PEAK_INFUSION            | 1
        TMAX_SINCE_LAST_INFUSION | 1
        """,
        THREE,
    )


def test_draw_before_an_infusion_belongs_to_the_one_before(comes_to):
    """start(i) < t <= start(i + 1): the draw at the very start of infusion 2 stands 3 d after infusion 1."""
    comes_to(
        """
        time   | value
        1      | 100
        3      | 900
        3.0001 | 200
        7      | 300
        """,
        """
        scope      | PPTESTCD                 | PPSTRESN | flags
        overall    | TMAX                     | 3        |
        overall    | PEAK_INFUSION            | 1        |
        overall    | TMAX_SINCE_LAST_INFUSION | 3        |
        infusion 1 | CMAX                     | 900      | TMAX_AT_LAST_SAMPLE
        infusion 1 | TMAX                     | 3        | TMAX_AT_LAST_SAMPLE
        infusion 2 | CMAX                     | 200      | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE
        infusion 2 | TMAX                     | 0.0001   | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE
        infusion 3 | CMAX                     | 300      | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE
        infusion 3 | TMAX                     | 1        | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE
        """,
        THREE,
    )


def test_interval_without_a_sample(comes_to):
    """No draw after an infusion: missing, not 0."""
    comes_to(
        "time | value \n 1 | 100 \n 7 | 300 \n 9 | 100",
        """
        scope      | PPTESTCD | PPSTRESN | flags
        infusion 2 | CMAX     |          | NO_DATA
        infusion 2 | TMAX     |          | NO_DATA
        """,
        THREE,
    )


@pytest.mark.parametrize("amount", ["0", ""])
def test_infusion_withheld(comes_to, amount):
    """Infusions actually given make the intervals and their numbers; the day that was skipped makes none."""
    comes_to(
        "time | value \n 1 | 100 \n 5 | 300 \n 7 | 200 \n 9 | BLQ",
        """
        scope      | PPTESTCD | PPSTRESN | PPENINT | flags
        overall    | CMAX     | 300      |         | INFUSION_WITHHELD
        infusion 1 | CMAX     | 300      | P6D     | TMAX_AT_LAST_SAMPLE INFUSION_WITHHELD
        infusion 2 | TMAX     | 1        |         | TMAX_AT_FIRST_SAMPLE INFUSION_WITHHELD
        """,
        f"time | amount \n 0 | 1 \n {'3' if amount else ''} | {amount} \n 6 | 1",
    )


def test_infusion_partial(comes_to):
    """The interval stays; the cells really given divide CMAX."""
    comes_to(
        "time | value \n 1 | 100 \n 4 | 300 \n 7 | 200",
        """
        scope      | PPTESTCD | PPSTRESN | flags
        overall    | CMAXD    | 200      | INFUSION_PARTIAL
        infusion 1 | CMAX     | 100      | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE
        infusion 2 | CMAX     | 300      | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE INFUSION_PARTIAL
        """,
        "time | amount | planned_amount \n 0 | 1 | 1 \n 3 | 0.5 | 1 \n 6 | 1 | 1",
    )


def test_infusion_delayed(comes_to):
    """Actual times rule; a start more than a day after its planned time is flagged."""
    comes_to(
        "time | value \n 1 | 100 \n 4 | 300 \n 7 | 200",
        """
        scope      | PPTESTCD | PPSTRESN | flags
        infusion 1 | CMAX     | 300      | TMAX_AT_LAST_SAMPLE
        infusion 2 | TMAX     | 2        | TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE INFUSION_DELAYED
        """,
        "time | amount | planned_time \n 0 | 1 | 0 \n 5 | 1 | 3",
    )


def test_cells_given_up_to_the_peak(comes_to):
    """CMAX by dose divides by the infusions begun before its sample, not by all of them."""
    comes_to("time | value \n 4 | 300 \n 7 | 200", "PPTESTCD | PPSTRESN \n CMAXD | 150", THREE)
    comes_to("time | value \n 3 | 300 \n 7 | 200", "PPTESTCD | PPSTRESN \n CMAXD | 300", THREE)


def test_amounts_in_cells_are_told_per_billion():
    given = frame(
        "time | amount | unit \n 0 | 500 | 10^6 Therapeutic Cells \n 3 | 2 | 10^9 cells", subject="01"
    )
    found = parameters(samples("time | value \n 1 | 300 \n 4 | 500"), given).filter(
        pl.col("PPTESTCD") == "CMAXD"
    )
    assert found.select("PPSTRESN", "PPSTRESU").rows() == [(200.0, "copies/ug/10^9 cells")]


@pytest.mark.parametrize(
    "given",
    [
        "time | amount \n 0 | 1 \n 3 |",
        "time | amount | unit \n 0 | 1 | 10^9 cells \n 3 | 1 | 10^6/kg",
        None,
    ],
)
def test_unknown_amounts_divide_nothing(comes_to, given):
    comes_to(
        "time | value \n 4 | 300 \n 7 | 200",
        "PPTESTCD | PPSTRESN | flags \n CMAXD | | INFUSION_AMOUNT_MISSING",
        given,
    )


def test_order_of_rows_and_unit_of_time():
    """Unsorted rows and hours give the same answer as sorted rows in days."""
    days = samples("time | value \n 0.04 | 900 \n 1 | 1200 \n 3 | 4000 \n 7 | 100 \n 28 | BLQ")
    given = doses(THREE)
    hours = pl.col("time").cast(pl.Float64) * 24
    answer = parameters(days, given, windows=["P0D/P28D"])
    assert parameters(days.reverse(), given.reverse(), windows=["P0D/P28D"]).equals(answer)
    in_hours = parameters(
        days.with_columns(hours), given.with_columns(hours), windows=["P0D/P28D"], time_unit="h"
    )
    assert in_hours.drop("PPSTRESN").equals(answer.drop("PPSTRESN"))
    difference = (in_hours["PPSTRESN"] - answer["PPSTRESN"]).abs().max()
    assert difference < 1e-6


def test_clock_starts_with_the_first_infusion_given():
    """A table that counts study days from 1, or a first infusion withheld, shifts no answer."""
    drawn = samples("time | value \n 1.5 | 100 \n 4 | 400 \n 8 | 100")
    given = doses("time | amount \n 1 | 1 \n 4 | 1")
    found, notes = estimate(drawn, given)
    assert found.filter(PPTESTCD="TMAX")["PPSTRESN"].to_list() == [3.0, 3.0, 4.0]
    assert notes == ["Subject 01: the first infusion given starts at 1.0 days; times count from there."]


def test_two_results_at_one_time_refuse_the_profile_and_no_other():
    drawn = samples(
        """
        subject | time | value
        01      | 1    | 100
        01      | 3    | 400
        02      | 1    | 100
        01      | 3    | BLQ
        02      | 3    | ND
        02      | 3    | 200
        """
    )
    found, notes = estimate(drawn)
    assert notes[1:] == [
        "Subject 01, CARTG, rows 2 and 4: more than one result at 3.0 days; keep the valid one. "
        "No parameter is given."
    ]
    refused = found.filter(pl.col("subject") == "01")
    assert refused["PPSTRESN"].null_count() == len(refused) > 0
    assert refused["flags"].unique().to_list() == ["DUPLICATE_TIME"]
    assert found.filter(subject="02", scope="overall", PPTESTCD="CMAX")["PPSTRESN"].item() == 200


def test_times_within_a_tenth_of_a_second_are_one_time():
    """3 days and 72 h x 1/24 are the same moment, whatever the last binary digit says."""
    found = parameters(samples("time | value \n 3 | 100 \n 3.0000000004 | 400"))
    assert found["flags"].unique().to_list() == ["DUPLICATE_TIME"]


def test_negative_level_refuses_the_profile_and_no_other():
    drawn = samples("subject | time | value \n 01 | 1 | 100 \n 02 | 1 | -5 \n 02 | 2 | 100")
    found, notes = estimate(drawn)
    assert notes[1:] == ["Subject 02, CARTG, rows 2: a level below 0; correct it. No parameter is given."]
    assert found.filter(subject="02")["flags"].unique().to_list() == ["NEGATIVE_VALUE"]
    assert found.filter(subject="02")["PPSTRESN"].null_count() == found.filter(subject="02").height
    assert found.filter(subject="01", scope="overall", PPTESTCD="CMAX")["PPSTRESN"].item() == 100


@pytest.mark.parametrize(
    ("given", "flag"),
    [
        ("subject | time | amount \n 02 | 0 | 1", "NO_INFUSION"),
        ("subject | time | amount \n 01 | 0 | 0 \n 02 | 0 | 1", "NO_INFUSION"),
        ("subject | time | amount \n 01 | 0 | 1 \n 01 | 0 | 1 \n 02 | 0 | 1", "DUPLICATE_INFUSION"),
        ("subject | time | amount \n 01 | 0 | 1 \n 01 | | 1 \n 02 | 0 | 1", "INFUSION_TIME_MISSING"),
    ],
)
def test_infusions_that_make_no_intervals(given, flag):
    drawn = samples("subject | time | value \n 01 | 1 | 100 \n 02 | 1 | 200")
    found, notes = estimate(drawn, frame(given))
    assert found.filter(subject="01")["flags"].unique().to_list() == [flag]
    assert found.filter(subject="01")["PPSTRESN"].null_count() == found.filter(subject="01").height
    assert found.filter(subject="02", scope="overall", PPTESTCD="CMAX")["PPSTRESN"].item() == 200
    assert [line for line in notes if line.startswith("Subject 01")]


def test_reappearance_and_persistence(comes_to):
    """The last quantifiable level counts, after however many below; the next result below it is the end."""
    comes_to(
        """
        time | value
        1    | 400
        7    | BLQ
        14   | BLQ
        21   | 60
        28   | DET
        61   | NEG
        """,
        """
        PPTESTCD             | PPSTRESN | flags
        TLST                 | 21       |
        PERSIST_DUR          | 21       |
        PERSIST_END          | 28       |
        PERSIST_CNSR         | 0        |
        PERSIST_DETECTED_DUR | 28       |
        """,
    )


def test_still_quantifiable_at_the_last_visit(comes_to):
    comes_to(
        "time | value \n 1 | 400 \n 28 | 100 \n 61 | ND",
        """
        PPTESTCD     | PPSTRESN | flags
        PERSIST_DUR  | 28       | SAMPLE_MISSING
        PERSIST_END  |          | SAMPLE_MISSING STILL_QUANTIFIABLE
        PERSIST_CNSR | 1        | SAMPLE_MISSING
        """,
    )


def test_detection_that_is_not_stated(comes_to):
    """BLQ does not say whether cells were detected: the last known detection is a lower bound, flagged."""
    comes_to(
        "time | value \n 1 | 400 \n 7 | DET \n 14 | BLQ",
        "PPTESTCD | PPSTRESN | flags \n PERSIST_DETECTED_DUR | 7 | DETECTION_NOT_STATED",
    )


def test_units_are_never_pooled():
    """Two units of one analyte are two profiles; spellings of one unit are one."""
    drawn = samples(
        """
        time | value | unit
        1    | 900   | copies/ug
        3    | 100   | copies/µg
        1    | 2     | copies/uL
        3    | 7     | copies/uL
        """
    ).with_columns(lloq=pl.lit("1"))
    found, notes = estimate(drawn)
    highest = found.filter(scope="overall", PPTESTCD="CMAX").select("PPSTRESN", "PPSTRESU", "flags")
    assert highest.rows() == [
        (7.0, "copies/uL", "TMAX_AT_LAST_SAMPLE;UNIT:copies/uL"),
        (900.0, "copies/ug", "TMAX_AT_FIRST_SAMPLE;UNIT:copies/ug"),
    ]
    assert notes[-1] == "CARTG comes in copies/uL and copies/ug: one profile each, never pooled."


def test_number_without_a_unit_beside_others():
    """It can join no profile nor be left out of one: both are refused. A word needs no unit."""
    found, notes = estimate(samples("time | value | unit \n 1 | 100 | copies/ug \n 3 | 400 | "))
    assert found["flags"].unique().to_list() == ["UNIT_MISSING"]
    assert "rows 2" in notes[1]
    found = parameters(samples("time | value | unit \n 1 | 100 | copies/ug \n 3 | BLQ | \n 9 | ND | "))
    assert found.filter(scope="overall", PPTESTCD="PERSIST_END")["PPSTRESN"].to_list() == [3.0]


def test_result_without_a_time(comes_to):
    """It is left out and flagged; a planned time stands in where there is one."""
    comes_to(
        "time | value \n 1 | 100 \n | 900",
        "PPTESTCD | PPSTRESN | flags \n CMAX | 100 | TIME_MISSING TMAX_AT_FIRST_SAMPLE TMAX_AT_LAST_SAMPLE",
    )
    comes_to(
        "time | nominal_time | value \n 1 | 1 | 100 \n | 3 | 900 \n 7 | 7 | 100",
        "PPTESTCD | PPSTRESN | flags \n TMAX | 3 | TIME_NOMINAL",
    )


def test_number_without_a_limit(comes_to):
    """It is read as quantifiable, and said so."""
    comes_to(
        "time | value | lloq \n 1 | 100 | \n 3 | 900 | 50 \n 7 | 100 | 50",
        "PPTESTCD | PPSTRESN | flags \n CMAX | 900 | LLOQ_MISSING",
    )


def test_without_doses_one_infusion_is_assumed_and_said():
    found, notes = estimate(samples("time | value \n 1 | 100"))
    assert notes == ["No doses were given: one infusion at time 0 is assumed for every subject."]
    assert found["scope"].unique().sort().to_list() == ["infusion 1", "overall"]


def test_columns_and_intervals():
    found = parameters(samples("time | value \n 1 | 100"), doses(THREE), windows=["P0D/P28D", "P0D/P28D"])
    assert tuple(found.columns) == COLUMNS
    assert found["PPSTINT"].unique().to_list() == ["P0D"]
    ends = found.filter(PPTESTCD="CMAX").select("scope", "PPENINT").rows()
    assert ends == [("overall", None), ("infusion 1", "P3D"), ("infusion 2", "P3D"), ("infusion 3", None)]
    units = dict(found.filter(scope="overall").select("PPTESTCD", "PPSTRESU").rows())
    kinds = {"level": "copies/ug", "time": "day", "area": "day*copies/ug", "rate": "/day", "percent": "%"}
    kinds |= {"level by dose": "copies/ug/amount", "area by dose": "day*copies/ug/amount"}
    assert units == {code: kinds.get(kind) for code, kind in table().select("PPTESTCD", "kind").iter_rows()}


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("time | value \n 1 | 100 \n 2 | lots", "row 2 (subject 01): value is 'lots'"),
        ("time | value \n 1 | >100", "row 1 (subject 01): value is '>100'"),
        ("time | value \n 1 | inf", "row 1 (subject 01): value is 'inf'"),
        ("time | value \n 1 | NaN", "row 1 (subject 01): value is 'NaN'"),
        ("time | value \n 1 | 1,200", "row 1 (subject 01): value is '1,200'"),
        ("time | value \n day 1 | 100", "row 1 (subject 01): time is 'day 1'"),
        ("time | value | lloq \n 1 | 100 | -5", "row 1 (subject 01): lloq is -5"),
        ("subject | time | value \n | 1 | 100", "row 1: the subject is empty"),
        ("value \n 100", "no column time"),
    ],
)
def test_what_cannot_be_read_names_its_row(drawn, said):
    with pytest.raises(InputError) as refusal:
        estimate(samples(drawn))
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("time | amount \n 0 | many", "Doses, row 1 (subject 01): amount is 'many'"),
        ("time | amount \n 0 | -1", "Doses, row 1 (subject 01): amount is -1"),
        ("time | amount \n soon | 1", "Doses, row 1 (subject 01): time is 'soon'"),
        ("subject | time \n | 0", "Doses, row 1: the subject is empty"),
        ("amount \n 1", "doses has no column time"),
    ],
)
def test_doses_that_cannot_be_read_name_their_row(given, said):
    with pytest.raises(InputError) as refusal:
        estimate(samples("time | value \n 1 | 100"), frame(given, subject="01"))
    assert said in str(refusal.value)


def test_dates_are_no_times():
    """Plain tables count days; a date in their time is refused, not read as a number."""
    drawn = samples("time | value \n 1 | 100").with_columns(time=pl.lit("2025-03-01").str.to_date())
    with pytest.raises(InputError, match=r"row 1 \(subject 01\): time is datetime"):
        estimate(drawn)


def test_columns_of_its_own_pass_by():
    """Columns that the table brings along, whatever their names, change nothing."""
    drawn = samples("time | value \n 1 | 100 \n 3 | 400")
    given = doses(THREE)
    more = {name: pl.lit("x") for name in ("row", "order", "state", "level", "limit", "infusion", "profile")}
    assert parameters(drawn.with_columns(**more), given.with_columns(**more)).equals(parameters(drawn, given))


@pytest.mark.parametrize("number", [float("inf"), float("-inf")])
def test_infinite_levels_are_refused(number):
    with pytest.raises(InputError, match="row 1"):
        estimate({"subject": ["01"], "time": [1.0], "value": [number]})


@pytest.mark.parametrize(
    "choice",
    [{"tmax": "middle"}, {"auc": "spline"}, {"blq": "LLOQ"}, {"windows": ["P28D"]}, {"windows": ["P0D/P1M"]},
     {"windows": ["P28D/P0D"]}, {"time_unit": "furlong"}, {"time_unit": "kg"}],
)  # fmt: skip
def test_unknown_choices_are_refused(choice):
    with pytest.raises(CarnetError):
        estimate(samples("time | value \n 1 | 100"), **choice)


def test_a_number_or_a_reason():
    """No empty value without a code, and no code that `flags.csv` does not explain."""
    drawn = samples(
        """
        subject | time | value | unit
        01      | 1    | 100   | copies/ug
        01      | 4    | ND    | copies/ug
        02      | 1    | BLQ   | copies/ug
        03      | 1    | -1    | copies/ug
        04      | 1    | 10    | copies/uL
        05      | -1   | 900   | copies/ug
        06      |      | 900   | copies/ug
        07      | 2    | DET   | copies/ug
        """
    )
    given = frame(
        "subject | time | amount \n" + "\n".join(f"0{i} | {t} | 1" for i in range(1, 9) for t in (0, 3))
    )
    found = parameters(drawn, given, windows=["P0D/P28D", "P7D/P28D"])
    assert found.filter(pl.col("PPSTRESN").is_null(), pl.col("flags") == "").is_empty()
    said = found["flags"].str.split(";").explode().str.replace(":.*", ":").unique()
    assert set(said) - {""} <= set(codes()["code"])


def test_every_definition_is_listed_once():
    listed = table()["PPTESTCD"]
    assert listed.to_list() == list(dict.fromkeys(listed))
    assert set(listed) == set(definitions(settled({})))
    assert table()["paramcd"].str.len_chars().max() <= 8
    assert table()["paramcd"].is_unique().all()


def test_every_sample_keeps_its_row():
    """The samples come back in their order with what was read of them."""
    drawn = samples("time | value \n 7 | 100 \n 1 | BLQ \n -1 | NEG \n 4 | ND")
    placed = read_profiles(drawn, doses(THREE)).samples
    assert placed.select("row", "state", "infusion", "since").rows() == [
        (1, "quantifiable", 3, 1.0),
        (2, "below", 1, 1.0),
        (3, "not detected", None, None),
        (4, "not done", 2, 1.0),
    ]
