"""From a printed number back to what was typed: every step is there, and holds what the number was made of."""

from __future__ import annotations

import json

import polars as pl
import pytest

from carnet.core.entry import CELL


def steps(carnet, folder, *args) -> dict[str, dict]:
    """Return the steps of a trace by name."""
    found = carnet("trace", *args, "--data", folder, "--json")
    assert found.code == 0, found.err
    return {step["name"]: step for step in json.loads(found.out)["steps"]}


def test_a_response_is_traced_to_what_was_typed(carnet, demo_folder):
    found = steps(
        carnet,
        demo_folder,
        "14.2.1/SRI4/REGISTERED",
        "--visit",
        "M3",
        "--subject",
        "1001",
        "--statistic",
        "n",
    )
    [result] = found["results"]["rows"]
    assert (result["avisit"], result["statistic"]) == ("Month 3", "n")
    [verdict] = found["ADRS"]["rows"]
    assert (verdict["SUBJID"], verdict["PARAMCD"], verdict["ESTIMAND"]) == ("1001", "SRI4", "REGISTERED")
    scores = found["ADQS read by these"]["rows"]
    assert {row["AVISIT"] for row in scores} == {"Baseline", "Month 3"}
    assert {"SLEDAI2K", "PGA", "BLG4REN"} <= {row["PARAMCD"] for row in scores}
    origins = {row["RSSPID"] for row in found["RS in SDTM"]["rows"]}
    assert {"sledai2k/M3/1/sledai_arthritis", "sledai2k/BL/1/sledai_arthritis"} <= origins
    typed = {
        "/".join(str(row[name]) for name in ("form", "visit", "repeat", "item"))
        for row in found["entries"]["rows"]
    }
    assert typed == origins
    assert all(row["by"] and row["at"] for row in found["entries"]["rows"])


def test_every_correction_is_told_with_its_reason(carnet, demo_folder):
    found = steps(carnet, demo_folder, "14.2.21", "--statistic", "n")
    rows = found["entries"]["rows"]
    cells = [tuple(row[name] for name in CELL) for row in rows]
    again = [row for number, row in enumerate(rows) if cells[number] in cells[:number]]
    assert again
    assert all(row["reason"] for row in again)


def test_the_text_counts_each_step_and_shows_twenty_rows_at_most(carnet, demo_folder):
    out = carnet("trace", "14.3.4.2", "--data", demo_folder).out
    assert [part.split(":")[0] for part in out.split("\n\n")[1:]] == [
        "1. results", "2. ADLB", "3. LB in SDTM", "4. entries",
    ]  # fmt: skip
    rows = out.split("\n\n")[2].splitlines()
    assert len(rows) == 1 + 1 + 20 + 1  # the count, the header, the rows, and how many more there are
    assert rows[-1].endswith("more (--all shows them)")
    whole = carnet("trace", "14.3.5.2", "--statistic", "n", "--data", demo_folder, "--all").out
    assert "--all" not in whole


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("14.2.99",), "There is no result 14.2.99; near it are 14.2."),
        (("14.2.1", "--visit", "M99"), "no result with visit M99; it has Day 28"),
        (("14.2.1", "--statistic", "mode"), "no result with statistic mode; it has n, N"),
        (("14.2.1", "--subject", "9"), "There is no subject 9"),
        (("14.2.1", "--analysis", "DORIS"), "14.2.1 has no analysis DORIS; it has 14.2.1/SRI4/REGISTERED"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(carnet, demo_folder, args, says):
    found = carnet("trace", *args, "--data", demo_folder)
    assert found.code == 2
    assert says in found.err


def test_a_number_of_the_design_rests_on_no_patient(carnet, demo_folder):
    found = steps(carnet, demo_folder, "14.3.1.16", "--analysis", "/boundary/")
    assert found["results"]["notes"] == ["a number of the design: it rests on no patient"]
    assert found["entries"]["count"] == 0


def test_the_rows_of_every_count_are_as_many_as_it_says(demo_folder):
    """The rows that a result names are read from the files, and its number is counted again from them."""
    from carnet.trace import _frames, _rested

    results, datasets = pl.read_parquet(demo_folder / "results.parquet"), _frames(demo_folder / "adam")
    named = results.filter(pl.col("subset") != "")

    def counts(output: str, statistic: str, how) -> None:
        some = named.filter(pl.col("output_id") == output, pl.col("statistic") == statistic)
        assert len(some), (output, statistic)
        for row in some.sample(min(len(some), 25), seed=1).partition_by(
            "analysis_id", "avisit", "population", "estimand"
        ):
            rests, _ = _rested(row, datasets, "")
            [(name, rows)] = rests.items()
            assert name == row["dataset"][0]
            assert how(rows) == row["value"][0], row.to_dicts()

    patients = lambda rows: rows["USUBJID"].n_unique()  # noqa: E731
    for output in ("14.3.1.2", "14.3.1.4", "14.3.1.7", "14.3.1.10", "14.3.1.13", "14.3.1.14", "14.3.1.15"):
        counts(output, "n", patients)
        counts(output, "N", patients)
        counts(output, "events", len)
    for output in ("14.2.1", "14.2.3", "14.2.5"):
        counts(output, "N", len)
        counts(output, "n", lambda rows: (rows["AVAL"] == 1).sum())
        counts(output, "unknown", lambda rows: rows["AVAL"].null_count())
        counts(output, "observed_n", lambda rows: (rows["AVAL"] == 1).sum())
        counts(output, "best", lambda rows: (rows["AVAL"] == 1).sum())
    counts("14.2.7", "median", lambda rows: rows["AVAL"].median())
    counts("14.2.7", "change_max", lambda rows: rows["CHG"].max())
    counts("14.2.9", "n", len)
    counts("14.2.14", "N", len)
    counts("14.2.21", "n", lambda rows: rows["AVAL"].count())
    counts("16.2.5.4", "number", lambda rows: rows["AVAL"].item())
    counts("14.3.4.2", "n", patients)
    counts("14.3.4.3", "N", patients)
    counts("14.1.1", "n", len)
    counts("14.1.2", "n", len)
    counts("14.1.4", "n", len)
