"""Every number that the report prints in a table of results is a result, and a result is what its rows give."""

from __future__ import annotations

import re
import shlex
import statistics
from html.parser import HTMLParser

import polars as pl
import pytest

NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Cells(HTMLParser):
    """The cells of the tables of numbers, each with the command that its row or its table names."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.table = self.row = ""
        self.numbers = self.cell = False

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "table":
            self.numbers, self.table = told.get("class") == "numbers", told.get("title", "")
        elif tag == "tr":
            self.row = told.get("title", "")
        self.cell = tag == "td" and self.numbers

    def handle_endtag(self, tag):
        self.cell = False

    def handle_data(self, data):
        if self.cell and NUMBER.search(data):
            self.found.append((self.row or self.table, data))


@pytest.fixture(scope="module")
def results(demo_folder) -> pl.DataFrame:
    return pl.read_parquet(demo_folder / "results.parquet")


def test_every_number_of_a_table_is_that_of_the_results_that_it_names(demo_folder, results):
    page = Cells()
    page.feed((demo_folder / "report.html").read_text(encoding="utf-8"))
    assert len(page.found) > 3000
    known: dict[str, set[str]] = {}
    for command, text in page.found:
        assert command, f"{text!r} names no result"
        if command not in known:
            _, _, id, *more = shlex.split(command)
            own = results.filter((pl.col("output_id") == id) | (pl.col("analysis_id") == id))
            if more[0] == "--visit":
                own = own.filter(pl.col("avisit") == more[1])
            known[command] = {number for printed in own["formatted"] for number in NUMBER.findall(printed)}
        strange = [number for number in NUMBER.findall(text) if number not in known[command]]
        assert not strange, f"{text!r}: {strange} is no result of {command}"


def test_a_sample_of_the_numbers_is_counted_again_from_the_analysis_datasets(demo_folder, results):
    """In plain Python, without the code that made them."""

    def rows(name: str) -> list[dict]:
        return pl.read_parquet(demo_folder / "adam" / f"{name}.parquet").to_dicts()

    def printed(analysis: str, statistic: str, **where: str) -> str:
        own = results.filter(
            pl.col("analysis_id") == analysis,
            pl.col("statistic") == statistic,
            *(pl.col(name) == value for name, value in where.items()),
        )
        return own["formatted"].item()

    verdicts = [
        r for r in rows("adrs")
        if r["PARAMCD"] == "SRI4" and r["ESTIMAND"] == "REGISTERED" and r["AVISIT"] == "Month 6" and r["CARFL"] == "Y"
    ]  # fmt: skip
    counted = [r["AVAL"] for r in verdicts if r["ANL01FL"] == "Y"]
    sri4 = "14.2.1/SRI4/REGISTERED"
    assert printed(sri4, "N", avisit="Month 6") == str(len(counted))
    assert printed(sri4, "n", avisit="Month 6") == str(sum(v == 1 for v in counted))
    assert printed(sri4, "proportion", avisit="Month 6") == f"{100 * sum(counted) / len(counted):.1f} %"

    changes = [
        r["CHG"] for r in rows("adqs")
        if r["PARAMCD"] == "SLEDAI2K" and r["AVISIT"] == "Month 3" and r["ANL01FL"] == "Y" and r["CHG"] is not None
    ]  # fmt: skip
    assert printed("14.2.7/SLEDAI2K", "change_n", avisit="Month 3") == str(len(changes))
    assert (
        printed("14.2.7/SLEDAI2K", "change_median", avisit="Month 3") == f"{statistics.median(changes):.1f}"
    )

    events = [r for r in rows("adae") if r["SAFFL"] == "Y" and r["TRTEMFL"] == "Y"]
    severe = {r["USUBJID"] for r in events if (r["ATOXGRN"] or 0) >= 3}
    assert printed("14.3.1.1/Grade 3 or worse", "n", population="SAFFL") == str(len(severe))
    assert printed("14.3.1.1/Any adverse event", "events", population="SAFFL") == str(len(events))
    term = next(r for r in events if r["AEDECOD"])
    same = {
        r["USUBJID"]
        for r in events
        if (r["AESOC"] or r["AEBODSYS"], r["AEDECOD"]) == (term["AESOC"] or term["AEBODSYS"], term["AEDECOD"])
    }
    named = f"14.3.1.2/{term['AESOC'] or term['AEBODSYS']}/{term['AEDECOD']}"
    assert printed(named, "n", population="SAFFL") == str(len(same))

    people = rows("adsl")
    treated = [r for r in people if r["SAFFL"] == "Y"]
    assert printed("14.1.1/Screened", "n") == str(len(people))
    assert printed("14.1.4/AGE", "median") == f"{statistics.median(r['AGE'] for r in treated):.0f}"

    anaemia: dict[str, int] = {}
    for r in rows("adlb"):
        if (
            r["SAFFL"] == "Y"
            and r["ONTRTFL"] == "Y"
            and r["ATOXDSCL"] == "Anemia"
            and r["ATOXGRL"] is not None
        ):
            anaemia[r["USUBJID"]] = max(anaemia.get(r["USUBJID"], 0), int(r["ATOXGRL"]))
    bad = next(id for id in results["analysis_id"] if id.startswith("14.3.4.3/") and id.endswith("/Anemia/L"))
    assert printed(bad, "N") == str(len(anaemia))
    assert printed(bad, "n") == str(sum(grade >= 3 for grade in anaemia.values()))

    peaks = [
        r["AVAL"]
        for r in rows("adpp")
        if r["PARAMCD"] == "CMAX" and r["ANALYTE"] == "CARNKFC" and r["SCOPE"] == "overall"
    ]
    peak = next(id for id in results["analysis_id"] if id.startswith("14.2.21/CMAX/overall/CARNKFC"))
    assert printed(peak, "median") == f"{statistics.median(v for v in peaks if v is not None):.2f}"
