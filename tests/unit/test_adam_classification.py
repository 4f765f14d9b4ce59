"""Who the patients are, and who flares after a response, in ADRS."""

from __future__ import annotations

import polars as pl
import pytest

from carnet import adam, sdtm, simulate, study
from carnet.adam.adrs import RESPONDED, criterion, flared_again

STUDY = study.read()


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return sdtm.tabulate(STUDY, simulate.trial(STUDY, seed=1).entries)


def verdicts(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    adrs = adam.derive(STUDY, tables)["adrs"]
    return adrs.filter(PARENT="EULARACR").sort("SUBJID", "PARAMCD")


def test_every_treated_patient_is_classified_once_from_the_history(tables):
    rows = verdicts(tables)
    assert rows["PARAMCD"].unique().sort().to_list() == ["EULARACR", "EULA_ANA", "EULA_CLI", "EULA_PTS"]
    assert rows.filter(PARAMCD="EULARACR")["AVALC"].to_list() == ["Y"] * 10
    assert rows.select("AVISIT", "SRCDOM", "ESTIMAND").unique().rows() == [("Baseline", "FA", "REGISTERED")]


def test_a_missing_answer_is_unknown_and_never_imputed(tables):
    subject = tables["dm"]["USUBJID"][0]
    fa = tables["fa"].filter(~((pl.col("USUBJID") == subject) & (pl.col("FATESTCD") == "EULAR00")))
    rows = verdicts({**tables, "fa": fa}).filter(pl.col("USUBJID") == subject, PARAMCD="EULARACR")
    assert rows.select("AVAL", "DTYPE", "ANL01FL", "ANL02FL", "NRIREAS").rows() == [
        (None, None, None, "Y", "ITEM MISSING")
    ]


def test_a_renal_flare_comes_after_a_response_and_is_held_against_its_level():
    """AURORA 2: above 1 after less than 0.2, above 2 after 0.2 to 1.0; before a response there is none."""
    response = criterion(STUDY, RESPONDED)
    rows = pl.DataFrame(
        {
            "USUBJID": ["1"] * 4 + ["2"] * 4,
            "AVISITN": [1.0, 2.0, 3.0, 4.0] * 2,
            "proteinuria": [3.0, 0.1, 1.1, 1.0, 3.0, 0.4, 2.0, 2.1],
            "ELIGFL": ["Y"] * 8,
        }
    ).with_columns(
        *(pl.lit(None, pl.Boolean).alias(id) for id in response.ids() if id != RESPONDED),
        (pl.col("proteinuria") <= 0.5).alias(RESPONDED),
    )
    flare, judged = flared_again(criterion(STUDY, "rnflare"), [(response, rows)])
    assert judged[flare.id].to_list() == [False, False, True, False, False, False, False, True]
    assert judged["ELIGFL"].to_list() == ["N", "N", "Y", "Y"] * 2


def test_where_an_earlier_response_is_unknown_so_is_a_flare_that_may_follow_it():
    """Proteinuria of 1 or less is no flare whatever came before; above it the missing visit decides."""
    response = criterion(STUDY, RESPONDED)
    rows = pl.DataFrame(
        {
            "USUBJID": ["1"] * 3,
            "AVISITN": [1.0, 2.0, 3.0],
            "proteinuria": [None, 3.0, 0.9],
            "ELIGFL": ["Y"] * 3,
            RESPONDED: [None, False, False],
        }
    ).with_columns(pl.lit(None, pl.Boolean).alias(id) for id in response.ids() if id != RESPONDED)
    flare, judged = flared_again(criterion(STUDY, "rnflare"), [(response, rows)])
    assert judged[flare.id].to_list() == [False, None, False]
    assert judged["ELIGFL"].to_list() == ["N", None, None]
