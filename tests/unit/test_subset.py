"""Subsets: one condition makes the filter of an analysis, the where-clause of its results, and the words of a trace."""

from __future__ import annotations

import json

import polars as pl
import pytest

from carnet.analysis import subset
from carnet.analysis.subset import Condition, Own, Subset, both, either, eq, ge, missing, ne, present, within

ROWS = pl.DataFrame(
    {
        "n": [1, 2, 3, 4],
        "TERM": ["a", 'b "c"', None, "d\\e"],
        "GRADE": [3.0000000001, 2.9999999, None, 4.0],
        "POP": "Y",
    }
)


def numbers(clause) -> list[int]:
    """Return which rows a clause chooses, and hold that what is written of it chooses the same."""
    here = Subset("ADXX", "POP", (clause,))
    chosen = here.rows({"adxx": ROWS})["n"].to_list()
    back = subset.read(pl.select(here.text()).item())
    assert ROWS.filter(back.mask(ROWS.schema, "ADXX"))["n"].to_list() == chosen
    return chosen


@pytest.mark.parametrize(
    ("clause", "chosen"),
    [
        (eq("TERM", "a"), [1]),
        (eq("TERM", 'b "c"'), [2]),
        (ne("TERM", "a"), [2, 3, 4]),
        (within("TERM", "a", "d\\e"), [1, 4]),
        (Condition("TERM", "NOTIN", ("a",)), [2, 3, 4]),
        (missing("TERM"), [3]),
        (present("TERM"), [1, 2, 4]),
        (ge("GRADE", 3), [1, 2, 4]),
        (Condition("GRADE", "LT", (4,)), [1, 2]),
        (eq("GRADE", 4), [4]),
        (both(), [1, 2, 3, 4]),
        (either(), []),
        (either(eq("TERM", "a"), both(missing("TERM"), missing("GRADE"))), [1, 3]),
    ],
)
def test_a_clause_chooses_the_same_rows_as_filter_and_as_text(clause, chosen):
    assert numbers(clause) == chosen


def test_each_result_has_the_values_of_its_own():
    results = ROWS.filter(pl.col("TERM").is_not_null())
    texts = results.select(Subset("ADXX", "POP").each(TERM="TERM").text()).to_series().to_list()
    found = [ROWS.filter(subset.read(text).mask(ROWS.schema, "ADXX"))["n"].to_list() for text in texts]
    assert found == [[1], [2], [4]]


def test_several_values_of_a_result_stand_in_one_cell():
    table = pl.DataFrame({"who": [subset.SEVERAL.join(["a", 'b "c"'])]})
    text = table.select(Subset("ADXX", "POP").each(within("TERM", Own("who"))).text()).item()
    assert json.loads(text)["condition"]["value"] == ["a", 'b "c"']


def test_records_are_named_one_by_one():
    events = pl.DataFrame({"USUBJID": ["1", "1", "2"], "AESEQ": [1, 2, 1]})
    clause = subset.records(events.filter(pl.col("AESEQ") == 1), "AESEQ")
    assert events.filter(clause.mask(events.schema))["USUBJID"].to_list() == ["1", "2"]
    assert str(clause) == "(USUBJID is 1 and AESEQ is one of 1) or (USUBJID is 2 and AESEQ is one of 1)"


def test_a_condition_on_another_dataset_chooses_none_of_this_one():
    clause = either(eq("TERM", "a"), subset.among("ADYY", eq("TERM", 'b "c"')))
    assert [ROWS.filter(clause.mask(ROWS.schema, name))["n"].to_list() for name in ("ADXX", "ADYY")] == [
        [1],
        [1, 2],
    ]


def test_a_set_that_a_dataset_does_not_flag_is_looked_up_in_adsl():
    rows = pl.DataFrame({"USUBJID": ["1", "2"], "n": [1, 2]})
    adsl = pl.DataFrame({"USUBJID": ["1", "2"], "LNFL": ["N", "Y"]})
    assert Subset("ADLB", "LNFL").rows({"adlb": rows, "adsl": adsl})["n"].to_list() == [2]
