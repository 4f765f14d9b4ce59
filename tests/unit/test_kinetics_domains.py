"""SDTM PC and EX as plain columns: clocks, partial dates, units, methods, rows that are no infusion."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.kinetics.domains import plain
from carnet.kinetics.nca import estimate, parameters
from carnet.kinetics.profiles import read_profiles


def pc(*rows: tuple[str, str | None, str | None, float | None], **more: object) -> pl.DataFrame:
    """Return PC from USUBJID, PCDTC, PCSTRESC and PCSTRESN."""
    frame = pl.DataFrame(
        rows,
        schema={"USUBJID": pl.String, "PCDTC": pl.String, "PCSTRESC": pl.String, "PCSTRESN": pl.Float64},
        orient="row",
    )
    quiet = {"PCTESTCD": "CARTG", "PCLLOQ": 50.0, "PCSTRESU": "copies/ug", **more}
    return frame.with_columns(
        value.alias(name) if isinstance(value, pl.Series) else pl.lit(value).alias(name)
        for name, value in quiet.items()
    )


def ex(*rows: tuple[str, str | None, float | None], category: str = "CAR-NK INFUSION") -> pl.DataFrame:
    frame = pl.DataFrame(
        rows, schema={"USUBJID": pl.String, "EXSTDTC": pl.String, "EXDOSE": pl.Float64}, orient="row"
    )
    return frame.with_columns(EXCAT=pl.lit(category), EXDOSU=pl.lit("10^6 Therapeutic Cells"))


FLU = ex(("S-1", "2025-02-24T09:00", 40.0), category="LYMPHODEPLETION")
THREE = pl.concat([FLU, ex(*((f"S-{i}", f"2025-03-0{d}T09:00", 1000.0) for i in (1, 2) for d in (1, 4, 7)))])


def overall(found: pl.DataFrame, code: str, subject: str = "S-1") -> tuple[float | None, str]:
    return found.filter(subject=subject, scope="overall", PPTESTCD=code).select("PPSTRESN", "flags").row(0)


def test_pc_and_ex_make_days_from_the_first_infusion():
    conc = pc(
        ("S-1", "2025-03-01T07:30", "<50", None),
        ("S-1", "2025-03-01T10:00", "810", 810.0),
        ("S-1", "2025-03-04T21:00:30", "4200", 4200.0),
        ("S-1", "2025-03-29T09:00", "NOT DETECTED", None),
    )
    found, notes = estimate(conc, THREE, windows=["P0D/P28D"])
    assert notes == []
    assert overall(found, "CMAX") == (4200.0, "")
    assert overall(found, "TMAX")[0] == pytest.approx(3.5 + 30 / 86400, abs=1e-9)
    assert overall(found, "PEAK_INFUSION") == (2.0, "")
    assert overall(found, "CMAXD") == (2100.0, "")
    assert overall(found, "PERSIST_END") == (28.0, "")
    assert found.filter(subject="S-2")["flags"].unique().to_list() == ["NO_DATA"]


def test_unit_of_time_is_that_of_plain_tables():
    """Dates make days, whatever unit the plain table beside them counts in."""
    conc = pc(("S-1", "2025-03-03T09:00", "80", 80.0))
    assert overall(parameters(conc, THREE, time_unit="h"), "TMAX")[0] == 2.0
    drawn = {
        "subject": ["S-1"],
        "analyte": ["CARTG"],
        "time": [84],
        "value": [90],
        "lloq": [50],
        "unit": ["u"],
    }
    assert overall(parameters(drawn, THREE, time_unit="h"), "TMAX_SINCE_LAST_INFUSION")[0] == 0.5


def test_lymphodepletion_is_no_infusion():
    _, notes = estimate(pc(("S-1", "2025-03-02T09:00", "80", 80.0)), FLU)
    assert notes[0] == "EX has no row whose EXCAT is CAR-NK INFUSION; it has LYMPHODEPLETION."
    assert "no infusion" in notes[1]
    _, notes = estimate(pc(("S-1", "2025-03-02T09:00", "80", 80.0)), THREE.drop("EXCAT"))
    assert notes[0] == "EX has no column EXCAT: every row of it is read as an infusion of cells."


def test_rows_are_counted_in_the_table_given():
    """A refusal names the row of EX as it stands in the file, lymphodepletion included."""
    twice = pl.concat([FLU, ex(("S-1", "2025-03-01T09:00", 1.0), ("S-1", "2025-03-01T09:00", 1.0))])
    _, notes = estimate(pc(("S-1", "2025-03-02T09:00", "80", 80.0)), twice)
    assert "rows 2 and 3" in notes[0]


def test_withheld_infusion():
    given = ex(("S-1", "2025-03-01T09:00", 1000.0), ("S-1", None, 0.0), ("S-1", "2025-03-07T09:00", 1000.0))
    found = parameters(pc(("S-1", "2025-03-06T09:00", "80", 80.0)), given)
    assert found["scope"].unique().sort().to_list() == ["infusion 1", "infusion 2", "overall"]
    assert "INFUSION_WITHHELD" in overall(found, "CMAX")[1]


def test_first_infusion_withheld():
    """A dated row without cells starts no clock: days count from the first infusion given."""
    given = ex(("S-1", "2025-03-01T09:00", 0.0), ("S-1", "2025-03-04T09:00", 1000.0))
    found, notes = estimate(pc(("S-1", "2025-03-06T09:00", "80", 80.0)), given)
    assert overall(found, "TMAX")[0] == 2.0
    assert notes == []


def test_sample_not_done():
    conc = pc(
        ("S-1", "2025-03-02T09:00", "80", 80.0),
        ("S-1", None, None, None),
        PCSTAT=pl.Series([None, "NOT DONE"]),
    )
    assert overall(parameters(conc, THREE), "CMAX")[1].split(";")[-1] == "SAMPLE_MISSING"


def test_dates_without_a_clock():
    """Whole days stand in and are flagged; on the date of an infusion the order is unknown unless planned."""
    conc = pc(
        ("S-1", "2025-03-03", "80", 80.0),
        ("S-1", "2025-03-04", "4200", 4200.0),
        ("S-1", "2025-03", "9000", 9000.0),
        ("S-1", "2025-03-02T08", "60", 60.0),
    )
    read = read_profiles(conc, THREE).samples
    assert read.select("elapsed", "nominal").rows() == [
        (2.0, True),
        (None, False),
        (None, False),
        (1.0, True),
    ]
    planned = conc.with_columns(
        PCELTM=pl.Series([None, "-PT15M", None, None]), PCRFTDTC=pl.lit("2025-03-04T09:00")
    )
    read = read_profiles(planned, THREE).samples
    assert read["elapsed"].to_list() == pytest.approx([2.0, 3.0 - 15 / 1440, None, 1.0])
    found, notes = estimate(planned, THREE)
    assert overall(found, "CMAX") == (4200.0, "TMAX_AT_LAST_SAMPLE;TIME_MISSING;TIME_NOMINAL")
    assert notes == ["Subject S-1, row 3: the time of the draw is unknown; the result is left out."]


def test_infusion_without_a_clock():
    found = parameters(
        pc(("S-1", "2025-03-01T10:00", "9000", 9000.0), ("S-1", "2025-03-03T10:00", "80", 80.0)),
        ex(("S-1", "2025-03-01", 1000.0)),
    )
    value, flags = overall(found, "TMAX")
    assert value == 2.0
    assert {"INFUSION_TIME_NOMINAL", "TIME_NOMINAL", "TIME_MISSING"} <= set(flags.split(";"))


def test_pc_alone_counts_from_its_reference_time():
    conc = pc(
        ("S-1", "2025-03-02T09:00", "80", 80.0),
        ("S-1", "2025-03-05T09:00", "90", 90.0),
        PCRFTDTC=pl.Series(["2025-03-01T09:00", "2025-03-04T09:00"]),
    )
    found, notes = estimate(conc)
    assert overall(found, "TMAX")[0] == 4.0
    assert notes == ["No doses were given: one infusion at time 0 is assumed for every subject."]
    with pytest.raises(InputError, match="EX"):
        estimate(conc.drop("PCRFTDTC"))


def test_plain_samples_with_ex_and_pc_with_plain_doses():
    drawn = {
        "subject": ["S-1"],
        "analyte": ["CARTG"],
        "time": [4.0],
        "value": [90],
        "lloq": [50],
        "unit": ["u"],
    }
    assert overall(parameters(drawn, THREE), "PEAK_INFUSION")[0] == 2.0
    conc = pc(("S-1", "2025-03-05T09:00", "90", 90.0), PCRFTDTC="2025-03-01T09:00")
    given = {"subject": ["S-1", "S-1"], "time": [0, 3], "amount": [1, 1]}
    assert overall(parameters(conc, given), "PEAK_INFUSION")[0] == 2.0


def test_methods_and_specimens_are_analytes_of_their_own():
    conc = pc(
        ("S-1", "2025-03-02T09:00", "80", 80.0),
        ("S-1", "2025-03-02T09:00", "900", 900.0),
        ("S-1", "2025-03-03T09:00", None, None),
        PCMETHOD=pl.Series(["QPCR", "DDPCR", "QPCR"]),
        PCSPEC="BLOOD",
        PCSTAT=pl.Series([None, None, "NOT DONE"]),
    )
    found = parameters(conc, THREE)
    assert found["analyte"].unique().sort().to_list() == ["CARTG DDPCR", "CARTG QPCR"]


def test_original_result_where_no_standard_one_is_told():
    """PCORRES with its own unit; a result written `<x` is below, whatever number stands beside."""
    conc = pc(
        ("S-1", "2025-03-02T09:00", None, None),
        ("S-1", "2025-03-03T09:00", "<50", 50.0),
        PCORRES=pl.Series(["0.09", "<50"]),
        PCORRESU="copies/ng",
    )
    read = plain(conc, THREE).conc
    assert read.select("value", "unit").rows() == [("0.09", "copies/ng"), ("<50", "copies/ug")]


def test_all_below_without_units_joins_the_unit_of_the_analyte():
    conc = pc(
        ("S-1", "2025-03-02T09:00", "80", 80.0),
        ("S-2", "2025-03-02T09:00", "BLQ", None),
        PCSTRESU=pl.Series(["copies/ug", None]),
    )
    found, notes = estimate(conc, THREE)
    assert notes == []
    assert found.filter(subject="S-2", scope="overall", PPTESTCD="CMAX").select(
        "PPSTRESN", "PPSTRESU"
    ).rows() == [(0.0, "copies/ug")]


def test_dates_as_dates_and_empty_tables():
    conc = pc(("S-1", None, "80", 80.0)).with_columns(PCDTC=pl.lit(datetime(2025, 3, 2, 9)))
    given = THREE.filter(pl.col("EXCAT") == "CAR-NK INFUSION").with_columns(EXSTDTC=pl.lit(date(2025, 3, 1)))
    assert read_profiles(conc, given.head(1)).samples["elapsed"].to_list() == [1.0]
    empty = parameters(conc.clear(), THREE.clear())
    assert len(empty) == 0
    assert empty.schema == parameters(conc, THREE).schema


@pytest.mark.parametrize("written", ["1 March 2025", "2025-03-01T08:30+08:00", "2025-13-01"])
def test_what_is_no_date_names_its_row(written):
    conc = pc(("S-1", "2025-03-02T09:00", "80", 80.0), ("S-1", written, "80", 80.0))
    with pytest.raises(InputError) as refusal:
        estimate(conc, THREE)
    assert "row 2 (USUBJID S-1): PCDTC is" in str(refusal.value)
    assert written in str(refusal.value)


def test_tables_without_subjects_are_refused():
    with pytest.raises(InputError, match="PC has no column USUBJID"):
        estimate(pc(("S-1", None, None, None)).drop("USUBJID"), THREE)
    with pytest.raises(InputError, match="EX has no column USUBJID"):
        estimate(pc(("S-1", None, None, None)), THREE.drop("USUBJID"))
