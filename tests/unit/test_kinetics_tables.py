"""Large tables of levels: what is read once for many rows, numbered and looked up says of each row what it said."""

import polars as pl
import pytest

from carnet.core.errors import InputError
from carnet.kinetics.nca import parameters
from carnet.kinetics.profiles import read_profiles
from carnet.kinetics.usage import usage

SAMPLES = pl.DataFrame(
    {
        "subject": ["02", " 01", "02 ", "01", "02"],
        "analyte": ["CARTG", "CARTG", None, "CARTG ", ""],
        "time": [3.0, 1.0, 1.0, 3.0, 7.0],
        "value": [" 900", "BLQ", "80", "4E2 ", " < 50"],
        "lloq": [50.0] * 5,
        "unit": ["copies/ug", None, "copies/ug", "copies/ug", None],
    }
)


def test_cells_with_spaces_are_read_like_those_without():
    samples = read_profiles(SAMPLES).samples
    assert samples["subject"].to_list() == ["02", "01", "02", "01", "02"]
    assert samples["level"].to_list() == [900.0, None, 80.0, 400.0, None]
    assert samples["state"].to_list()[1::3] == ["below", "below"]


def test_a_result_without_a_unit_joins_the_profile_of_its_analyte():
    profiles = read_profiles(SAMPLES)
    assert profiles.keys.select("subject", "analyte", "measure").rows() == [
        ("01", "CARTG", "copies/ug"),
        ("02", "", "copies/ug"),
        ("02", "CARTG", "copies/ug"),
    ]
    assert profiles.samples["profile"].to_list() == [2, 0, 1, 0, 1]


def test_an_unreadable_cell_is_named_by_its_first_row():
    wrong = SAMPLES.with_columns(value=pl.Series(["900", "80", "lots", "x", "lots"]))
    with pytest.raises(InputError, match=r"row 3 \(subject 02\): value is 'lots'"):
        read_profiles(wrong)


def test_samples_at_one_time_stand_in_the_order_of_their_rows():
    rows = {"subject": ["01"] * 6, "time": [3.0, 1.0, 3.0, 1.0, 3.0, 2.0], "value": ["ND"] * 6}
    profiles = read_profiles(rows)
    assert profiles.order.tolist() == [1, 3, 5, 0, 2, 4]
    assert usage(profiles)["reason"].unique().to_list() == ["NOT_DONE"]


def test_the_cells_of_each_infusion_add_up_until_one_is_unknown():
    doses = {
        "subject": ["01"] * 3 + ["02"] * 3,
        "time": [0.0, 3.0, 6.0] * 2,
        "amount": [1.0, 0.5, 0.25, 1.0, None, 1.0],
    }
    infusions = read_profiles(SAMPLES, doses).infusions
    assert infusions["cells"].to_list() == [1.0, 1.5, 1.75, 1.0, None, None]
    assert infusions["end"].to_list() == [3.0, 6.0, None] * 2


def test_each_row_of_the_answer_has_the_texts_of_its_own_scope_and_window():
    doses = {"subject": ["01", "02", "02"], "time": [0.0, 0.0, 2.0], "amount": [1.0] * 3}
    rows = parameters(SAMPLES, doses, only=["CMAX", "AUCINT"], windows=["P1D/P3D"]).filter(analyte="CARTG")
    said = rows.select("subject", "scope", "PPTESTCD", "PPSTRESU", "PPSTINT", "PPENINT").rows()
    assert said == [
        ("01", "overall", "CMAX", "copies/ug", "P0D", None),
        ("01", "overall", "AUCINT", "day*copies/ug", "P1D", "P3D"),
        ("01", "infusion 1", "CMAX", "copies/ug", "P0D", None),
        ("02", "overall", "CMAX", "copies/ug", "P0D", None),
        ("02", "overall", "AUCINT", "day*copies/ug", "P1D", "P3D"),
        ("02", "infusion 1", "CMAX", "copies/ug", "P0D", "P2D"),
        ("02", "infusion 2", "CMAX", "copies/ug", "P0D", None),
    ]


def test_a_number_beyond_every_computer_is_empty_and_says_so():
    rows = {"subject": ["01"] * 2, "time": [1.0, 3e6], "value": [1e308, 1e308], "lloq": [1.0] * 2}
    found = parameters(rows, only=["CMAX", "AUCLST"]).filter(scope="overall")
    assert found["PPSTRESN"].to_list() == [1e308, None]
    assert ["OVERFLOW" in codes for codes in found["flags"]] == [False, True]
