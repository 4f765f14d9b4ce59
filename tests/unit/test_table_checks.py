"""What the checks of SDTM tables from elsewhere find, and what they leave in peace."""

from __future__ import annotations

import polars as pl

from carnet import sdtm, simulate, study
from carnet.study.checks import check_tables


def test_a_relation_of_whole_tables_is_of_no_subject():
    relations = pl.DataFrame({"USUBJID": [None, "1", "9"]}, schema={"USUBJID": pl.String})
    dm = ex = pl.DataFrame({"USUBJID": ["1"]})
    found = check_tables({"dm": dm, "ex": ex, "relrec": relations})
    assert found["message"].to_list() == ["RELREC has 1 rows of a subject that DM lacks; they are left out."]


def test_our_own_tables_have_no_findings():
    definition = study.read()
    tables = sdtm.tabulate(definition, simulate.trial(definition, seed=1).entries)
    assert check_tables(tables).rows() == []
