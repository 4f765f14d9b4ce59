"""Tables go out and come back the same, in every format; the same table is the same bytes."""

from __future__ import annotations

from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.core.errors import InputError
from carnet.exchange import read, write
from carnet.exchange.tables import whole

TABLE = pl.DataFrame({"id": ["01", "02"], "x": [1.5, None], "n": [1, 2], "text": ["a, b", None]})


@pytest.mark.parametrize("ending", ["parquet", "xlsx", "json", "ndjson"])
def test_a_typed_format_gives_back_what_was_written(tmp_path, ending):
    write(TABLE, tmp_path / f"t.{ending}")
    assert read(tmp_path / f"t.{ending}").equals(TABLE)


def test_csv_gives_text_and_keeps_it_as_typed(tmp_path):
    (tmp_path / "t.csv").write_bytes("\ufeffid,x\r\n01,2.30\r\n02,\r\n".encode())
    assert read(tmp_path / "t.csv").to_dicts() == [{"id": "01", "x": "2.30"}, {"id": "02", "x": None}]


def test_a_transport_file_gives_numbers_as_numbers(tmp_path):
    write(TABLE, tmp_path / "t.xpt")
    assert read(tmp_path / "t.xpt").to_dicts() == TABLE.cast({"n": pl.Float64}).to_dicts()


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "xpt", "json", "ndjson"])
def test_the_same_table_is_the_same_bytes(tmp_path, ending):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(TABLE, tmp_path / name / f"t.{ending}")
    assert (tmp_path / "a" / f"t.{ending}").read_bytes() == (tmp_path / "b" / f"t.{ending}").read_bytes()


def test_gb18030_is_read_when_told(tmp_path):
    (tmp_path / "t.csv").write_bytes("姓名,值\n张,1\n".encode("gb18030"))
    assert read(tmp_path / "t.csv", "gb18030").columns == ["姓名", "值"]
    with pytest.raises(InputError, match="--encoding gb18030"):
        read(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"longer_than_8": [1]}, "longer_than_8"),
        ({"x": ["红斑"]}, "row 1"),
        ({"x": ["a" * 201]}, "200 bytes"),
    ],
)
def test_a_transport_file_refuses_what_it_cannot_hold(tmp_path, table, says):
    with pytest.raises(InputError, match=says):
        write(pl.DataFrame(table), tmp_path / "t.xpt")
    assert not list(tmp_path.iterdir())


def test_cdisc_own_samples_are_read(shared):
    examples = shared / "standards" / "dataset-json" / "examples"
    as_json, as_xpt = read(examples / "adam_adsl.json"), read(examples / "adam_adsl.xpt")
    assert as_json.columns == as_xpt.columns
    assert len(as_json) == len(as_xpt) > 0
    assert as_json["USUBJID"].to_list() == as_xpt["USUBJID"].to_list()


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "t.csv"
    target.write_text("before")

    def fail() -> None:
        with whole(target) as beside:
            beside.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


CSV_TEXTS = st.text(st.sampled_from("ab1.,\"\n\r 'é"), max_size=30)


@given(CSV_TEXTS)
def test_a_long_csv_is_read_as_a_short_one_is(text):
    """The standard library reads short texts, Arrow long ones: the same table, or both refuse."""
    from carnet.exchange import delimited

    made = []
    for small in (1 << 20, 0):
        with patch.object(delimited, "SMALL", small):
            try:
                made.append(delimited.read(f"a,b\n1,2\n{text}".encode(), "t.csv", "utf-8").rows())
            except InputError:
                made.append("refused")
    assert made[0] == made[1]
