"""Reading a study: the built-in one, a partial one, and what cannot be read."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from carnet.core.errors import DefinitionError
from carnet.core.source import read_sources
from carnet.instruments import CLASI, INSTRUMENTS, SDI
from carnet.study import read
from carnet.study.protocol import STATUSES


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the built-in definition that a test may change."""
    with as_file(files("carnet").joinpath("studies", "carnk_sle")) as built_in:
        shutil.copytree(built_in, tmp_path / "study")
    return tmp_path / "study"


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that stands in a file exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_built_in_study_has_what_the_protocol_has():
    study = read()
    assert (study.id, study["study.registry"], study["study.patients"]) == ("CARNK-SLE", "NCT06421701", 10)
    assert [v.code for v in study.visits if v.num < 90][-8:] == [
        "D28",
        "M2",
        "M3",
        "M4",
        "M5",
        "M6",
        "M9",
        "M12",
    ]
    assert (len(study.visits), len(study.criteria), len(study.windows)) == (28, 38, 10)
    assert [round(30.4375 * m) for m in (2, 3, 4, 5, 6, 9, 12)] == [
        v.day for v in study.visits if v.code[0] == "M"
    ]
    assert str(study.timezone) == "Asia/Shanghai"


def test_every_fact_has_a_status_and_a_source_and_every_assumed_one_is_listed():
    study = read()
    assert [f.name for f in study.facts if f.status not in STATUSES] == []
    assert [f.name for f in study.facts if not f.label] == []
    assert {key for f in study.facts for key in f.source.split()} <= set(read_sources())
    assumed = study.assumed()
    assert set(assumed["status"]) == {"A"}
    assert {f.label for f in study.facts if f.status == "A"} <= set(assumed["label"])
    assert not {f.label for f in study.facts if f.status == "S"} & set(assumed["label"])
    assert assumed.null_count().row(0) == (0, 0, 0, 0)


def test_the_sixteen_outcomes_of_the_public_record_are_each_served_once():
    served = [part for e in read().endpoints for part in e.record.split("; ") if part]
    assert sorted(int(part.split()[0]) for part in served) == list(range(1, 17))


def test_analytes_bring_the_limits_of_their_laboratory():
    form = read().form("haematology")
    ids = [item.id for item in form.items]
    assert ids[ids.index("hgb") : ids.index("hgb") + 3] == ["hgb", "hgb_lln", "hgb_uln"]
    assert form["hgb_uln"].unit == "g/L"
    assert form["hgb_uln"].variable == "LBORNRHI"


def test_every_analyte_with_limits_has_a_reference_range():
    study = read()
    limited = {name.removesuffix("_uln") for name in study.items if name.endswith("_uln")}
    assert limited == set(study.ranges["item"])


def test_scored_items_come_from_the_instrument_with_what_belongs_to_them_beside():
    ids = [item.id for item in read().form("sledai2k").items]
    assert ids[:4] == ["sledai_date", "sledai_assessor", "sledai_seizure", "sledai_seizure_last"]
    at = ids.index("sledai_fever")
    assert ids[at : at + 3] == ["sledai_fever", "sledai_fever_last", "sledai_fever_due"]
    assert ids[-1] == "sledai_total"
    assert len([i for i in read().form("bilag2004").items if i.id.endswith("_due")]) == 13


def test_the_scale_of_the_pga_is_a_fact_of_the_study(copy: Path):
    change(copy / "study.toml", 'pga_scale = { value = "3"', 'pga_scale = { value = "100"')
    assert [item.id for item in read(copy).form("pga").items if item.high == 100] == ["pga_mark"]


def test_an_item_without_a_chinese_label_would_be_shown_in_english_only():
    bare = [i.id for i in read().items.values() if not i.label_zh or (i.choices and not i.choices_zh)]
    assert bare == []


def test_unscheduled_visits_are_numbered_in_their_order():
    study = read()
    assert (study.visit("UNS02").num, study.visit("UNS02").code) == (99.02, "UNS02")
    assert study.visit("D0").study_day == 1
    assert study.visit("LD1").study_day == -5
    with pytest.raises(DefinitionError, match="no visit 'D99'"):
        study.visit("D99")


def test_planned_forms_stand_in_the_order_of_the_forms():
    study = read()
    assert study.planned("D3")["kinetics_sample"] == "K"
    assert list(study.planned("SCR"))[:3] == ["visit", "consent", "eligibility"]
    assert study.planned("LOG")["adverse_event"] == "L"


def test_a_partial_definition_is_enough_for_a_study_that_was_not_captured_here(tmp_path: Path):
    (tmp_path / "study.toml").write_text('[study]\nid = "CDISCPILOT01"\n', encoding="utf-8")
    (tmp_path / "arms.csv").write_text(
        "code,label\nPbo,Placebo\nXan_Hi,High dose\nXan_Lo,Low dose\n", encoding="utf-8"
    )
    (tmp_path / "visits.csv").write_text(
        "num,code,label,day\n3,BASELINE,Baseline,0\n4,WEEK 2,Week 2,14\n", encoding="utf-8"
    )
    (tmp_path / "windows.csv").write_text(
        "avisit,avisitn,target,low,high\nWeek 2,2,14,1,21\n", encoding="utf-8"
    )
    study = read(tmp_path)
    assert [arm.code for arm in study.arms] == ["Pbo", "Xan_Hi", "Xan_Lo"]
    assert (study.forms, study.schedule.height, study.get("dosing.cells")) == ((), 0, None)
    assert str(study.timezone) == "UTC"
    with pytest.raises(DefinitionError, match=r"states no 'dosing\.cells'"):
        study["dosing.cells"]


def test_the_digest_follows_the_content_and_not_the_line_ends(copy: Path):
    before = read(copy).digest
    path = copy / "visits.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(copy).digest == before == read().digest
    change(copy / "forms" / "pga.csv", "Assessor", "Rater")
    assert read(copy).digest != before


def test_a_mark_that_excel_writes_before_a_table_is_no_part_of_it(copy: Path):
    for name in ("visits.csv", "forms/vitals.csv"):
        path = copy / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read(copy).digest != read().digest
    assert [v.code for v in read(copy).visits] == [v.code for v in read().visits]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("visits.csv", "Day 28,第28天,28,", "Day 28,第28天,soon,", r"row 19 \(19\): day is 'soon'"),
        ("visits.csv", "num,code", "number,code", r"visits\.csv has the column number"),
        ("visits.csv", "19,D28,Day 28", "19,,Day 28", r"visits\.csv, row 19: code is empty"),
        (
            "windows.csv",
            "Day 28,第28天,28,28,22,44",
            "Day 28,第28天,28,28,22",
            r"windows\.csv, row 3 has fewer cells",
        ),
        (
            "forms/vitals.csv",
            "beats/min,20,250",
            "beats/min,low,250",
            r"forms/vitals\.csv, row 5 \(hr\): low is 'low'; write a number",
        ),
        (
            "forms/vitals.csv",
            "心率,integer",
            "心率,number",
            r"forms/vitals\.csv, row 5 \(hr\): .*type 'number'",
        ),
        ("forms.csv", ",pga\n", ",pgax\n", r"forms\.csv, row \d+: there is no instrument 'pgax'"),
        (
            "forms.csv",
            "vitals,Vital signs",
            "vitalss,Vital signs",
            r"the form 'vitalss' has no table; make forms/vitalss\.csv",
        ),
        (
            "eligibility.csv",
            "18..65,year",
            "18..65|3,year",
            r"eligibility\.csv, row 2 \(I02\).*different numbers",
        ),
        ("eligibility.csv", "I01,INCLUSION", "I01,IN", r"eligibility\.csv, row 1: id and kind"),
        (
            "reference_ranges.csv",
            "hgb,M,130",
            "hgb,M,low",
            r"reference_ranges\.csv, row 1 \(hgb\): low is 'low'",
        ),
        (
            "study.toml",
            'id = { value = "CARNK-SLE"',
            'id = { valu = "CARNK-SLE"',
            r"study\.toml: \[study\] id has no value",
        ),
        (
            "study.toml",
            '"Asia/Shanghai"',
            '"Asia/Hangzhou"',
            r"timezone is 'Asia/Hangzhou'; write a name such as",
        ),
        ("study.toml", "[study]", "[study", r"study\.toml cannot be read"),
        ("study.toml", "[study]", "x = 1\n[study]", r"x stands outside a table"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_row_and_column(
    copy: Path, file: str, old: str, new: str, message: str
):
    change(copy / file, old, new)
    with pytest.raises(DefinitionError, match=message):
        read(copy)


def test_a_folder_without_a_definition_says_what_to_do(tmp_path: Path):
    with pytest.raises(DefinitionError, match=r"no study\.toml"):
        read(tmp_path)
    with pytest.raises(DefinitionError, match="carnet new"):
        read(tmp_path / "nowhere")
    (tmp_path / "visits.csv").write_bytes("num,code,label\n1,BL,基线\n".encode("gb18030"))
    (tmp_path / "study.toml").write_text('[study]\nid = "X"\n')
    with pytest.raises(DefinitionError, match=r"visits\.csv cannot be read .*UTF-8"):
        read(tmp_path)


def test_the_inputs_of_sle_das_are_collected_and_not_scored():
    """Seventeen inputs on a form of their own; no instrument of that name (its coefficients are not at hand)."""
    form = read().form("sledas")
    assert len([item for item in form.items if item.testcd]) == 17
    assert all(item.points is None for item in form.items)
    assert "sledas" not in {instrument.id for instrument in INSTRUMENTS}


@pytest.mark.parametrize(("form", "instrument"), [("clasi", CLASI), ("damage", SDI)])
def test_the_form_asks_what_the_instrument_scores(form, instrument):
    """One definition: the items of the form are those of the instrument, and each has its own place in SDTM."""
    asked = {item.id: item for item in read().form(form).items}
    assert all(asked[item.id] == item for item in instrument.form.items)
    codes = [item.testcd for item in asked.values() if item.testcd]
    assert len(set(codes)) == len(codes)
