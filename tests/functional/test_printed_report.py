"""The report to print and to paste: RTF tables with all their cells, and a PDF/A, the same bytes each time."""

from __future__ import annotations

import json
import re

import pytest

from carnet import report, study
from carnet.core.errors import FontError
from carnet.exchange import read
from carnet.report import pdf, rtf


@pytest.fixture(scope="module")
def parts(demo_folder):
    """Return the study, the sections of the report, the results and the manifest of the demonstration."""
    definition = study.read()
    datasets = {path.stem: read(path) for path in (demo_folder / "adam").glob("*.parquet")}
    results = read(demo_folder / "results.parquet")
    manifest = json.loads((demo_folder / "manifest.json").read_text(encoding="utf-8"))
    return definition, report.sections(definition, datasets, results, None, manifest), results, manifest


@pytest.fixture(scope="module")
def tables(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rtf")
    _, sections, results, manifest = parts
    rtf.write(sections, results, manifest, folder)
    return folder


def plain(text: str) -> str:
    """Return what an RTF document prints: its characters by number, without control words."""
    text = re.sub(r"\\uc1\\u(-?\d+)\*", lambda found: chr(int(found[1]) % 65536), text)
    return re.sub(r"\s+", " ", re.sub(r"\\[a-z]+-?\d*|[{}]", " ", text))


def test_every_table_of_the_report_is_a_file_with_all_its_cells(parts, tables):
    _, sections, *_ = parts
    for section in sections:
        for exhibit in section.exhibits:
            rows = [row for table in exhibit.tables for row in table.rows]
            if not rows:
                continue
            printed = plain(
                (tables / f"t-{exhibit.number.replace('.', '-')}.rtf").read_text(encoding="ascii")
            )
            assert f"Table {exhibit.number}" in printed
            for cell in {cell for row in rows for cell in row.cells if cell.strip()}:
                assert " ".join(cell.split()) in printed, (exhibit.number, cell)


def test_a_long_table_breaks_into_pages_that_repeat_its_header(tables):
    long = (tables / "t-14-3-1-2.rtf").read_text(encoding="ascii")
    assert long.count("\\page{") >= 2
    assert plain(long).count("Organ class, term") >= 3


def test_a_table_says_on_whom_from_what_until_when_and_by_which_version(tables):
    printed = plain((tables / "t-14-2-1.rtf").read_text(encoding="ascii"))
    assert "Population: patients infused with cells." in printed
    assert re.search(r"Source: ADRS\. Data cut: 20\d\d-.* carnet \d", printed)


def test_a_character_beyond_15_bits_is_written_as_a_negative_number():
    assert rtf._ascii("\\uc1\\u40845*é") == "\\uc1\\u-24691*\\uc1\\u233*"


def test_the_pdf_is_an_archive_format_and_the_same_bytes_each_time(parts, tmp_path):
    definition, sections, results, manifest = parts
    for name in ("a.pdf", "b.pdf"):
        pdf.write(definition, sections, results, manifest, tmp_path / name, "An invented trial")
    made = (tmp_path / "a.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert b"pdfaid:part" in made
    assert made == (tmp_path / "b.pdf").read_bytes()


def test_without_a_chinese_font_nothing_is_printed_as_boxes(parts, tmp_path, monkeypatch):
    definition, sections, results, manifest = parts
    monkeypatch.setattr(pdf, "CHINESE_FONTS", ("No Such Font",))
    with pytest.raises(FontError, match="No Such Font"):
        pdf.write(definition, sections, results, manifest, tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_a_form_that_there_is_not_is_refused(carnet, demo_folder, tmp_path):
    said = carnet("run", "--data", demo_folder / "carnet.sqlite3", "-o", tmp_path / "out", "--only", "docx")
    assert (said.code, said.err) == (2, "carnet: --only docx is none of html, rtf, pdf, profiles, dsmb.\n")


def test_a_run_leaves_out_what_cannot_be_printed_and_says_so(carnet, demo_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "CHINESE_FONTS", ("No Such Font",))
    said = carnet(
        "run", "--data", demo_folder / "sdtm", "-o", tmp_path / "out", "--only", "html", "--only", "pdf"
    )
    assert said.code == 0
    assert "no report.pdf" in said.err
    assert (tmp_path / "out" / "report.html").is_file()
    assert not (tmp_path / "out" / "report.pdf").exists()
