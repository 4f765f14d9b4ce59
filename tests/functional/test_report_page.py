"""The report as a reader meets it: every outcome there, on a phone, without a network, for every eye."""

from __future__ import annotations

import os
import re
import shutil

import pytest

OUTCOMES = (
    "adverse events",
    "serious",
    "Laboratory values",
    "Vital signs",
    "SRI-4",
    "DORIS",
    "LLDAS",
    "SLEDAI-2K",
    "Physician global assessment",
    "24-hour urine protein",
    "protein/creatinine",
    "Antinuclear antibody",
    "Complement C3",
    "Complement C4",
    "Cmax",
    "Tmax",
)


@pytest.fixture(scope="module")
def page_path(demo_folder):
    return demo_folder / "report.html"


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CARNET_REQUIRE_BROWSER"):
            pytest.fail("chromium is required here and is not installed")
        pytest.skip("no chromium on this machine (Debian package chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield opened
        opened.close()


def test_every_outcome_of_the_public_record_has_its_place(page_path):
    text = page_path.read_text(encoding="utf-8")
    headings = " ".join(re.findall(r"<(?:h3|caption)[^>]*>(.*?)</(?:h3|caption)>", text, re.DOTALL)).lower()
    missing = [outcome for outcome in OUTCOMES if outcome.lower() not in headings]
    assert missing == []
    assert 'class="absent"' not in text, "an outcome of the demonstration has no data"


def test_no_cell_prints_what_the_program_calls_nothing(page_path):
    """A number of an analysis that got lost on the way to its row would be printed as one of these."""
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page_path.read_text(encoding="utf-8"), re.DOTALL)
    assert len(cells) > 1000
    assert [
        cell for cell in cells if re.search(r"None[/,;)]|/None|: None|\bnan\b|\binf\b|\bnull\b", cell)
    ] == []


def test_every_analysis_is_one_row_of_results(demo_folder):
    """One estimand each, so that its statistics stand side by side."""
    import polars as pl

    results = pl.read_parquet(demo_folder / "results.parquet")
    by = ["output_id", "analysis_id", "population", "paramcd", "avisit", "group"]
    several = results.group_by(by).agg(several=pl.col("estimand").n_unique()).filter(pl.col("several") > 1)
    assert several.rows() == []


def test_the_page_needs_no_network_and_no_script(page_path):
    text = page_path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]+"', text)
    assert len(text) < 2_500_000


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_the_screen(browser, page_path, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(page_path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("figure svg").count() >= 10
    assert [url for url in requests if not url.startswith("file:")] == []
    assert problems == []
    page.close()


@pytest.mark.browser
def test_the_page_is_accessible(browser, page_path):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page()
    page.goto(page_path.as_uri())
    page.evaluate("document.querySelector('meta[http-equiv]').remove()")
    found = Axe().run(page).response["violations"]
    page.close()
    assert [(v["id"], len(v["nodes"]), v["nodes"][0]["html"][:120]) for v in found] == []


def test_a_severe_grade_from_a_value_under_query_says_so(page_path):
    """365 degC is a fever of grade 3 until the site answers; the table of severe grades says which those are."""
    parts = re.split("<h3", page_path.read_text(encoding="utf-8"))
    severe = next(part for part in parts if "14.3.4.3" in part[:200])
    assert "Under query" in severe
    assert "365 degC" in severe
