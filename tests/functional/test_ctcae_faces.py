"""CTCAE and coding on the command line: terms described, events graded and coded, parameters set."""

from __future__ import annotations

from unit.test_coding import INVENTED, workbook


def test_a_term_is_described_by_name_and_by_code(carnet, tmp_path):
    for name in ("hypoalbuminemia", "10020943"):
        done = carnet("describe", name)
        assert done.code == 0, done.err
        assert done.out.startswith(
            "Hypoalbuminemia: CTCAE v5.0 term 10020943, Metabolism and nutrition disorders"
        )
        assert "  grade 2: ALB (g/L) >= 20 and < 30\n" in done.out
        assert "Grades: 1, 2, 3, 4, 5" in done.out
    done = carnet("describe", "Anemia", "--definitions", workbook(tmp_path / "words.xlsx"))
    assert "  Grade 5: words 5 of 10002272" in done.out


def test_what_is_nearly_a_term_is_suggested(carnet):
    done = carnet("describe", "Anaemia")
    assert (done.code, "Terms of CTCAE v5.0 like it: Anemia" in done.err) == (2, True), done


def test_the_parameters_of_grading_are_listed_and_set(carnet):
    assert "normal_systolic = 140.0" in carnet("describe", "ctcae").out
    text = "test,value,unit,base,age\nSYSBP,145,mmHg,130,40\n"
    grades = [
        carnet("grade", "-", *options, stdin=text).out.splitlines()[1].split(",")[8]
        for options in ([], ["--set", "normal_systolic=120"])
    ]
    assert grades == ["2", "1"]
    wrong = carnet("grade", "-", "--set", "normal=1", stdin=text)
    assert (wrong.code, "normal_systolic" in wrong.err) == (2, True), wrong


def test_events_are_held_against_their_terms(carnet):
    done = carnet("grade", "-", stdin="USUBJID,AETERM,AETOXGR\n01,Alopecia,2\n02,Hair lost,1\n")
    assert done.out.splitlines()[1:] == [
        "01,Alopecia,2,Alopecia,10001760,Skin and subcutaneous tissue disorders",
        "02,Hair lost,1,,,",
    ]
    assert "1 event is no term of CTCAE v5.0: Hair lost" in done.err
    refused = carnet("grade", "-", stdin="USUBJID,AETERM,AETOXGR\n01,Alopecia,4\n")
    assert (refused.code, refused.out) == (2, "")
    assert "row 1 (USUBJID 01): AETOXGR is '4'; Alopecia has the grades 1, 2" in refused.err


def test_events_are_coded(carnet, tmp_path):
    for name, text in INVENTED.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "own.csv").write_text("verbatim,llt\npurple nose,Mauve nose\n", encoding="utf-8")
    text = "USUBJID,AETERM\n01,Humming ear\n02,Purple nose\n03,Green nose\n"
    done = carnet("code", "-", "--meddra", tmp_path, "--synonyms", tmp_path / "own.csv", stdin=text)
    assert [line.split(",")[2:6] for line in done.out.splitlines()[1:]] == [
        ["Humming ear", "904", "Humming ear", "802"],
        ["Mauve nose", "901", "Mauve nose", "801"],
        ["", "", "", ""],
    ]
    assert "1 event is not coded: Green nose (no such term)" in done.err
    nowhere = carnet("code", "-", "--meddra", tmp_path / "none", stdin=text)
    assert (nowhere.code, "is no folder" in nowhere.err) == (2, True), nowhere
