"""The page of a patient and the report to the monitoring board: all there, nothing missing passed over, one sheet."""

from __future__ import annotations

import html
import json
import os
import re
import shutil

import polars as pl
import pytest

from carnet import study
from carnet.exchange import read
from carnet.report import axis, patient, profile_laboratory, profile_page

SAID = {"Y": "yes", "N": "no", None: "unknown"}


@pytest.fixture(scope="module")
def folder(demo_folder, tmp_path_factory):
    """Return the folder of a run that wrote profiles and the report to the board."""
    from carnet import dossier, pipeline

    out = tmp_path_factory.mktemp("profiles") / "out"
    made = {path.stem: read(path) for path in (demo_folder / "adam").glob("*.parquet")}
    entries = pipeline.read_entries(str(demo_folder / "carnet.sqlite3"))
    trial = pipeline.Trial(study.read(), entries, {}, made, read(demo_folder / "results.parquet"))
    dossier.write(trial, out, pipeline.findings_of(trial), only=("profiles", "dsmb"))
    return out


@pytest.fixture(scope="module")
def datasets(folder):
    return {path.stem: read(path) for path in (folder / "adam").glob("*.parquet")}


@pytest.fixture(scope="module")
def treated(datasets):
    return datasets["adsl"].filter(pl.col("SAFFL") == "Y")["SUBJID"].sort().to_list()


def page(folder, subject: str) -> str:
    return (folder / "profiles" / f"{subject}.html").read_text(encoding="utf-8")


def cells(text: str) -> list[tuple[str, ...]]:
    """Return the rows of all tables of a page as a reader sees them."""
    return [
        tuple(html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL))
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.DOTALL)
    ]


def drawn(text: str) -> list[str]:
    """Return the words of the picture."""
    return [html.unescape(word) for word in re.findall(r"<text[^>]*>(.*?)</text>", text, re.DOTALL)]


def test_every_treated_patient_has_a_page_and_nobody_else(folder, treated):
    assert sorted(path.stem for path in (folder / "profiles").iterdir()) == treated
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["report"]
    assert {f"profiles/{subject}.html" for subject in treated} | {"dsmb.html"} <= set(told)


def test_every_dose_is_in_words_and_in_the_picture(folder, datasets, treated):
    for subject in treated:
        text = page(folder, subject)
        rows, words = cells(text), " ".join(drawn(text))
        given = datasets["adex"].filter(pl.col("SUBJID") == subject)
        assert len(given) >= 3
        for row in given.iter_rows(named=True):
            dose = f"{row['EXDOSE']:g}"
            assert any(
                dose == shown[1] and str(row["ASTDT"]) == shown[4] for shown in rows if len(shown) == 6
            )
            assert dose in words


def test_every_event_is_in_words_and_in_the_picture_with_its_grade(folder, datasets, treated):
    for subject in treated:
        text = page(folder, subject)
        rows, words = cells(text), drawn(text)
        events = datasets["adae"].filter(pl.col("SUBJID") == subject)
        for (term, start), own in events.group_by("AEDECOD", "ASTDT"):
            shown = [line for line in rows if line[0] == term and str(start) in line[4]]
            told = [(row["AETOXGR"], SAID[row["AESER"]]) for row in own.iter_rows(named=True)]
            assert sorted(line[1:3] for line in shown) == sorted(told), (subject, term)
            assert term in words
        stars = events.with_columns(
            star=pl.when(pl.col("AESER") == "Y").then(pl.lit("*")).otherwise(pl.lit(""))
        )
        for grade, star in stars.select("AETOXGR", "star").iter_rows():
            assert grade + star in words


def test_every_verdict_is_in_words_as_observed_and_as_counted(folder, datasets, treated):
    for subject in treated:
        rows = cells(page(folder, subject))
        own = datasets["adrs"].filter(pl.col("SUBJID") == subject)
        for paramcd, estimand, name in patient.VERDICTS:
            some = own.filter((pl.col("PARAMCD") == paramcd) & (pl.col("ESTIMAND") == estimand))
            for flag, column in (("ANL02FL", 3), ("ANL01FL", 4)):
                for visit, verdict in some.filter(pl.col(flag) == "Y").select("AVISIT", "AVALC").iter_rows():
                    [shown] = [line for line in rows if line[:2] == (name, visit)]
                    assert shown[column] == SAID[verdict], (subject, name, visit)


def test_a_missed_visit_is_unknown_and_says_what_it_counts_as(folder):
    shown = [line for line in cells(page(folder, "1001")) if line[:2] == ("SRI-4", "Month 6")]
    assert shown == [("SRI-4", "Month 6", "–", "unknown", "no", "missed visit")]


def test_the_picture_marks_as_many_visits_as_were_judged(folder, datasets, treated):
    for subject in treated:
        seen = datasets["adrs"].filter(
            (pl.col("SUBJID") == subject) & (pl.col("ANL02FL") == "Y"),
            pl.concat_str("PARAMCD", "ESTIMAND", separator=" ").is_in(
                [f"{paramcd} {estimand}" for paramcd, estimand, _ in patient.VERDICTS]
            ),
        )
        words = drawn(page(folder, subject))
        assert words.count("Y") == seen.filter(pl.col("AVALC") == "Y").height
        assert words.count("N") == seen.filter(pl.col("AVALC") == "N").height


def test_a_page_needs_no_network_and_no_script(folder, treated):
    for subject in treated:
        text = page(folder, subject)
        assert "<script" not in text
        assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]+"', text)
        assert len(text) < 600_000


def few(datasets, *subjects):
    return {
        name: rows.filter(pl.col("SUBJID").is_in(subjects))
        for name, rows in datasets.items()
        if "SUBJID" in rows.columns
    }


def test_the_same_patient_gives_the_same_bytes(datasets, folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    some = few(datasets, "1001", "1012")
    first, second = (dict(profile_page.pages(study.read(), some, manifest)) for _ in range(2))
    assert first == second
    assert sorted(first) == ["1001", "1012"]


def test_a_patient_never_infused_has_a_page_that_says_so(datasets):
    some = few(datasets, "1001")
    never = {
        name: rows.with_columns(
            pl.lit(None, dtype=rows.schema[column]).alias(column)
            for column in ("CARSDT", "INF1DTM", "NINF", "CUMCELLS")
            if column in rows.columns
        )
        for name, rows in some.items()
        if name not in ("adpc", "adrs", "adqs")
    }
    never["adex"] = never["adex"].filter(pl.col("INFNUM").is_null())
    manifest = {"carnet": "0", "study_digest": "0" * 12, "data_cut": None}
    [(_, text)] = profile_page.pages(study.read(), never, manifest)
    assert "no cells infused; day 0 is the first study treatment, 2024-09-18" in text
    assert "data cut not entered here" in text
    assert "Fludarabine" in drawn(text)
    assert "SRI-4" not in drawn(text)


def test_an_event_without_dates_or_grade_is_shown_as_unknown(datasets):
    some = few(datasets, "1001")
    lost = ("ASTDT", "AENDT", "ATOXGRN", "ASEVN", "AETOXGR", "AESEV", "AESER", "AEENDTC")
    event = some["adae"].head(1)
    event = event.with_columns(pl.lit(None, dtype=event.schema[name]).alias(name) for name in lost)
    manifest = {"carnet": "0", "study_digest": "0" * 12, "data_cut": None}
    [(_, text)] = profile_page.pages(study.read(), some | {"adae": event}, manifest)
    [shown] = [line for line in cells(text) if line[0] == event["AEDECOD"][0]]
    assert shown[1:7] == ("–", "unknown", "", "–", "–", "goes on or unknown")
    words = drawn(text)
    assert words.count(event["AEDECOD"][0]) == 1
    assert "→" in words


def test_two_sites_with_one_number_have_two_pages(datasets):
    adsl = datasets["adsl"].filter(pl.col("SUBJID").is_in(["1001", "1002"]))
    names = profile_page._names({"adsl": adsl.with_columns(SUBJID=pl.lit("7/1"))})
    assert sorted(names.values()) == ["CARNK-SLE-1001", "CARNK-SLE-1002"]
    assert profile_page._names({"adsl": adsl.head(1).with_columns(SUBJID=pl.lit("../7"))}) == {
        "CARNK-SLE-1001": "___7"
    }


def test_the_profiles_of_very_many_patients_are_written_when_asked(datasets, folder):
    from carnet.report import board

    rows = datasets["adsl"].filter(pl.col("SAFFL") == "Y")
    many = {"adsl": pl.concat([rows] * 4)}
    assert profile_page.many(many) == 40
    assert profile_page.many(datasets) == 0
    section = board._profiles(many)
    assert not section.exhibits
    assert "--only profiles" in section.lead


def test_bands_are_the_limits_of_the_grades(datasets):
    """Neutrophils of a patient whose lower limit is 1.8: below 0.5 grade 4, to 1 grade 3, to 1.5 grade 2."""
    adlb = (
        datasets["adlb"].filter(pl.col("SUBJID") == "1001").with_columns(day=pl.col("ADY").cast(pl.Float64))
    )
    bands = profile_laboratory.bands(adlb.filter(pl.col("PARAMCD") == "NEUT"))
    assert sorted(bands, key=lambda band: band[0]) == [
        (1, 1.5, 1.8), (2, 1.0, 1.5), (3, 0.5, 1.0), (4, None, 0.5)
    ]  # fmt: skip


def test_days_keep_their_order_along_the_axis(datasets):
    scale = axis.shared(datasets)
    days = pl.DataFrame({"day": [-40.0, -30.0, -9.0, -5.0, 0.0, 6.0, 35.0, 36.0, 365.0, 900.0]})
    places = days.select(x=scale.place(pl.col("day")))["x"].to_list()
    assert places == sorted(places)
    assert (places[0], places[-1]) == (axis.GUTTER, scale.width - axis.EDGE)


def test_the_board_gets_its_list_with_the_cut_and_no_other_efficacy(folder, datasets, treated):
    from carnet.core.table import read_rows

    text = (folder / "dsmb.html").read_text(encoding="utf-8")
    cut = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["data_cut"]
    assert f"Data cut: {cut}" in text
    for row in read_rows("carnet.report", "board.csv"):
        assert f'<span class="number">{row["number"]}</span>' in text
    for subject in treated:
        assert f">P.{subject}</span> Patient {subject}<" in text
    words = drawn(text)
    assert not {"SRI-4", "LLDAS", "DORIS remission", "SLEDAI-2K", "BILAG-2004 systems"} & set(words)
    assert not re.search(r"<(?:h3|caption)[^>]*>[^<]*(SRI-4|LLDAS|DORIS|BILAG|PGA)", text)


def test_the_board_sees_every_sledai_and_every_open_query(folder, datasets, demo_folder):
    from carnet import pipeline

    text = (folder / "dsmb.html").read_text(encoding="utf-8")
    rows = cells(text)
    seen = datasets["adqs"].filter(
        (pl.col("PARAMCD") == "SLEDAI2K") & (pl.col("ANL01FL") == "Y") & (pl.col("SUBJID") == "1001")
    )
    [line] = [line for line in rows if line[0] == "1001" and len(line) == 11]
    told = [
        f"{row['AVAL']:g}" if row["AVAL"] is not None else f"{row['AVALMIN']:g} to {row['AVALMAX']:g}"
        for row in seen.sort("AVISITN").iter_rows(named=True)
    ]
    assert [cell for cell in line[1:] if cell != "–"] == told
    findings = pipeline.check_source(study.read(), str(demo_folder / "carnet.sqlite3"))
    assert len(findings) > 0
    for message in findings["message"]:
        assert message in html.unescape(text)


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CARNET_REQUIRE_BROWSER"):
            pytest.fail("chromium is required here and is not installed")
        pytest.skip("no chromium on this machine (Debian package chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.browser
def test_every_profile_prints_on_one_sheet(browser, folder, treated):
    page = browser.new_page()
    for subject in treated:
        page.goto((folder / "profiles" / f"{subject}.html").as_uri())
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, subject
        assert b"/MediaBox [0 0 84" in printed, "not A4 landscape"
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["profiles/1012.html", "dsmb.html"])
def test_the_pages_fit_a_phone_and_are_accessible(browser, folder, name):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 380, "height": 800})
    page.goto((folder / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.evaluate("document.querySelector('meta[http-equiv]').remove()")
    page.evaluate("document.querySelectorAll('details').forEach(folded => folded.open = true)")
    rules = (
        {"runOnly": ["scrollable-region-focusable"]} if name == "dsmb.html" else None
    )  # the rest: as the report
    found = Axe().run(page, options=rules).response["violations"]
    page.close()
    assert [(v["id"], len(v["nodes"]), v["nodes"][0]["html"][:120]) for v in found] == []
