"""Damaged inputs: each command says what is wrong and where, with exit code 2, no traceback and no file left."""

from __future__ import annotations

import polars as pl
import pytest

SCORE = "subject,sledai_arthritis,sledai_rash\n01,1,0\n02,0,1\n"
JUDGE = "subject,sledai2k_clinical,pga,prednisone,stable_treatment\n01,0,0.3,5,Y\n02,0,0.5,5,Y\n"
GRADE = "subject,test,specimen,value,unit,lln,uln\n01,HGB,BLOOD,78,g/L,120,160\n02,ALT,SERUM,90,U/L,5,40\n"
KINETICS = "subject,analyte,time,value,lloq,unit\n01,CAR,1,500,50,copies/ug\n01,CAR,7,<50,50,copies/ug\n"

CSV_DAMAGES = {
    "empty": ("", "empty"),
    "only blanks": ("\n \n", "empty"),
    "ragged row": ("{0}03\n", "row 3"),
    "extra cell": ("{0}03,1,1,1,1,1,1,1,1,1\n", "row 3"),
    "not utf-8": (b"\xff\xfe\x00", "encoding"),
    "nul byte": ("{0}\0", "NUL"),
    "open quote": ('{0}"', "row"),
}
"""What can happen to any CSV file: the damage done to a good one, and what the message must say."""

CELL_DAMAGES = {
    "score": (
        SCORE,
        ["score", "sledai2k"],
        [("1,0", "often,0", "sledai_arthritis"), ("0,1", "0,2", "sledai_rash")],
    ),
    "judge": (
        JUDGE,
        ["judge", "doris"],
        [("0.3", "O.3", "pga"), ("0.5,5", "34,5", "pga"), ("0.3,5,Y", "0.3,5,maybe", "stable_treatment")],
    ),
    "grade": (GRADE, ["grade"], [("78", "seventy", "value"), ("120", "low", "lln")]),
    "kinetics": (KINETICS, ["kinetics"], [(",500,", ",lots,", "value"), (",7,", ",seven,", "time")]),
}
"""For each command on a table: a good table, the call, and cells that cannot be read, with the column to name."""


def outcome(carnet, tmp_path, call, data, ending="csv"):
    source, target = tmp_path / f"in.{ending}", tmp_path / "out.csv"
    source.write_bytes(data if isinstance(data, bytes) else data.encode())
    before = set(tmp_path.iterdir())
    done = carnet(*call, source, "-o", target)
    assert set(tmp_path.iterdir()) == before, "a file was left"
    return done


@pytest.mark.parametrize("damage", CSV_DAMAGES)
@pytest.mark.parametrize("command", CELL_DAMAGES)
def test_a_damaged_csv_is_refused(carnet, tmp_path, command, damage):
    good, call, _ = CELL_DAMAGES[command]
    text, says = CSV_DAMAGES[damage]
    done = outcome(carnet, tmp_path, call, text.format(good) if isinstance(text, str) else text)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", CELL_DAMAGES)
def test_an_unreadable_cell_names_row_column_and_value(carnet, tmp_path, command):
    good, call, damages = CELL_DAMAGES[command]
    for cell, bad, column in damages:
        assert good.count(cell) == 1
        done = outcome(carnet, tmp_path, call, good.replace(cell, bad))
        assert done.code == 2, done
        assert "row" in done.err
        assert column in done.err


@pytest.mark.parametrize("ending", ["parquet", "xlsx", "xpt", "json", "ndjson", "txt"])
@pytest.mark.parametrize("command", CELL_DAMAGES)
def test_a_file_that_is_not_what_its_ending_says_is_refused(carnet, tmp_path, command, ending):
    done = outcome(carnet, tmp_path, CELL_DAMAGES[command][1], b"no such thing", ending)
    assert done.code == 2
    assert "in." + ending in done.err


@pytest.mark.parametrize("command", CELL_DAMAGES)
def test_an_absent_file_and_an_absent_folder_are_named(carnet, tmp_path, command):
    good, call, _ = CELL_DAMAGES[command]
    done = carnet(*call, tmp_path / "nowhere.csv")
    assert (done.code, "nowhere.csv" in done.err) == (2, True)
    (tmp_path / "in.csv").write_text(good)
    done = carnet(*call, tmp_path / "in.csv", "-o", tmp_path / "no" / "folder.csv")
    assert (done.code, "no" in done.err) == (2, True)


def test_a_column_that_would_be_added_is_an_error(carnet):
    for call, column in (
        (["score", "sledai2k"], "sledai2k"),
        (["judge", "doris"], "doris_nri"),
        (["grade"], "ATOXGRL"),
    ):
        done = carnet(*call, "-", stdin=f"{column},test\n1,HGB\n")
        assert done.code == 2
        assert column in done.err


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (["score", "sledai3"], "sledai2k"),
        (["judge", "sri9"], "sri4"),
        (["describe", "nothing"], "nothing"),
        (["judge", "sri4", "--set", "pga"], "--set"),
        (["judge", "sri4", "--set", "pgx=1"], "pgx"),
        (["judge", "sri4", "--set", "pga=much"], "pga"),
        (["score", "bilag2004", "--set", "haematology=H-new"], "H-counts"),
        (["judge", "sri4", "--subject", "nobody", "--order", "day"], "nobody"),
        (["judge", "sri4", "--order", "day"], "--subject"),
        (["kinetics", "--tmax", "middle"], "middle"),
        (["kinetics", "--auc", "magic"], "magic"),
        (["kinetics", "--blq", "guess"], "guess"),
        (["kinetics", "--window", "28 days"], "28 days"),
        (["score", "sledai2k", "--encoding", "klingon"], "klingon"),
    ],
)
def test_a_wrong_call_says_what_there_is(carnet, tmp_path, call, says):
    files = [] if call[0] == "describe" else ["-"]
    done = carnet(*call, *files, stdin=KINETICS if call[0] == "kinetics" else "day\n1\n")
    assert done.code == 2
    assert says in done.err
    assert not list(tmp_path.iterdir())


def test_damaged_binary_tables_leave_nothing(carnet, tmp_path):
    """A Parquet file cut in half is refused by each command, also where output is Parquet."""
    source = tmp_path / "in.parquet"
    pl.DataFrame({"test": ["HGB"] * 1000, "value": list(range(1000))}).write_parquet(source)
    source.write_bytes(source.read_bytes()[:300])
    for call in (["score", "sledai2k"], ["judge", "sri4"], ["grade"], ["kinetics"]):
        done = carnet(*call, source, "-o", tmp_path / "out.parquet")
        assert done.code == 2
        assert "in.parquet" in done.err
        assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


@pytest.mark.parametrize("value", ["nan", "1e999", "-1", "much"])
def test_a_limit_that_is_no_limit_is_refused(carnet, value):
    done = carnet("judge", "sri4", "-", "--set", f"pga={value}", stdin="sledai2k\n1\n")
    assert (done.code, "pga" in done.err) == (2, True), done


def test_another_number_of_points_is_another_index(carnet):
    done = carnet("judge", "sri4", "-", "--set", "n=5", stdin="sledai2k,sledai2k_base\n8,12\n7,12\n")
    assert done.code == 0, done.err
    header, first, second = (line.split(",") for line in done.out.splitlines())
    assert (first[header.index("sri5_sle")], second[header.index("sri5_sle")]) == ("false", "true")
    kept = carnet("judge", "sri6", "-", "--set", "pga=0.2", stdin="sledai2k,sledai2k_base\n8,12\n")
    assert "sri6" in kept.out.splitlines()[0]


def test_a_table_parted_by_semicolons_is_refused(carnet):
    done = carnet("score", "sledai2k", "-", stdin="id;sledai_rash\n1;1\n")
    assert (done.code, "';'" in done.err) == (2, True), done


def test_an_error_cell_of_excel_is_named_and_not_taken_for_empty(carnet, tmp_path):
    """A formula that went wrong is no missing value; in a column that nothing reads it passes through as it is."""
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "in.xlsx") as book:
        sheet = book.add_worksheet()
        for column, name in enumerate(("test", "specimen", "value", "unit", "lln", "at_rest", "note")):
            sheet.write(2, column + 1, name)  # a table need not begin in the corner
        for row, cells in enumerate(
            (["HGB", "BLOOD", 78, "g/L", 120, True], ["HGB", "BLOOD", 90, "g/L", 120]), 3
        ):
            sheet.write_row(row, 1, cells)
        sheet.write_formula(4, 7, "=NA()", None, "#N/A")
    done = carnet("grade", tmp_path / "in.xlsx")
    assert done.code == 0, done.err
    assert [line.split(",")[6:9] for line in done.out.splitlines()[1:]] == [
        ["", "Anemia", "3"],
        ["#N/A", "Anemia", "2"],
    ]
    assert "falling back" not in done.err
    for column, name in ((3, "value"), (6, "at_rest")):
        with xlsxwriter.Workbook(tmp_path / "in.xlsx") as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["test", "specimen", "lln", "value", "unit", "uln", "at_rest"])
            sheet.write_row(1, 0, ["HGB", "BLOOD", 120, 78, "g/L", 160, True])
            sheet.write_row(2, 0, ["HGB", "BLOOD", 120, 79, "g/L", 160, True])
            sheet.write_formula(2, column, "=1/0", None, "#DIV/0!")
        done = carnet("grade", tmp_path / "in.xlsx")
        assert (done.code, f"row 2: {name} is '#DIV/0!'" in done.err) == (2, True), done


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ([], "is empty"),
        (["test", "value", "test"], "two columns called test"),
        (["test", "", "value"], "column 2 has no name"),
    ],
)
def test_a_workbook_without_a_plain_header_is_refused(carnet, tmp_path, header, says):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "in.xlsx") as book:
        book.add_worksheet().write_row(0, 0, header)
    done = carnet("grade", tmp_path / "in.xlsx")
    assert (done.code, says in done.err) == (2, True), done


def test_nan_is_unknown_and_said(carnet, tmp_path):
    rows = pl.DataFrame(
        {"test": ["OXYSAT"] * 2, "value": [86.0, 86.0], "unit": ["%"] * 2, "at_rest": [1.0, float("nan")]}
    )
    rows.write_parquet(tmp_path / "in.parquet")
    done = carnet("grade", tmp_path / "in.parquet")
    assert (done.code, "at_rest is NaN in 1 row: unknown there" in done.err) == (0, True), done


JSON_DAMAGES = {
    '{"a": 1}': "columns",
    "[1, 2]": "columns",
    '{"columns": [{"name": "test", "dataType": "colour"}], "rows": []}': "dataType",
    '{"columns": [{"name": "x", "dataType": "string"}, {"name": "x", "dataType": "string"}], "rows": []}': "two",
    '{"columns": [{"name": "value", "dataType": "integer"}], "rows": [[1], [12.7]]}': "row 2: value is 12.7",
    '{"columns": [{"name": "value", "dataType": "double"}], "rows": [["12"]]}': "row 1: value is '12'",
    '{"columns": [{"name": "value", "dataType": "decimal"}], "rows": [["much"]]}': "row 1: value is 'much'",
    '{"columns": [{"name": "value", "dataType": "double"}], "rows": [[{"a": 1}]]}': "row 1: value is",
    '{"columns": [{"name": "value", "dataType": "double"}], "rows": [[NaN]]}': "row 1: value is nan",
    '{"columns": [{"name": "value", "dataType": "double"}], "rows": 5}': "rows",
    '{"columns": [{"name": "value"': "line 1",
}


@pytest.mark.parametrize("text", JSON_DAMAGES)
def test_a_damaged_dataset_json_is_refused_in_words(carnet, tmp_path, text):
    (tmp_path / "in.json").write_text(text)
    done = carnet("grade", tmp_path / "in.json")
    assert (done.code, JSON_DAMAGES[text] in done.err) == (2, True), done
    assert not any(word in done.err for word in ("Error", "schema", "builder", "dtype", "f64"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('test,value\nHGB,78\nHGB,"79\nHGB,80\n', "row 2: a cell cannot be read"),
        ('test,value\nHGB,5" tube\n', ""),
        ("test,,\nHGB,1,2\n", "without a name"),
        ("\n\ntest,value\nHGB,78\n", ""),
    ],
)
def test_quotes_and_names_of_a_csv(carnet, text, says):
    done = carnet("grade", "-", stdin=text)
    assert says in done.err
    assert done.code == (2 if says or "tube" in text else 0), done


def test_a_baseline_in_the_file_beside_a_marked_row_is_refused(carnet):
    text = "id,day,base,pga,pga_base\n1,0,Y,2.0,2.9\n1,28,N,1.0,2.9\n"
    done = carnet("judge", "sri4", "-", "--subject", "id", "--order", "day", "--baseline", "base", stdin=text)
    assert (done.code, "pga_base" in done.err) == (2, True), done
    assert carnet("judge", "sri4", "-", stdin=text).code == 0
