"""What unknown verdicts could change: by hand, on ten patients."""

from __future__ import annotations

import polars as pl
import pytest

from carnet.analysis import sensitivity
from carnet.study import read


def results(responders: int, unknown: int, of: int = 10) -> pl.DataFrame:
    """Return the results for so many responders and unknown verdicts of SRI-4 at month 6."""
    met = [1.0] * responders + [None] * unknown + [0.0] * (of - responders - unknown)
    about = {"CARFL": "Y", "ANL02FL": "Y", "PARAMCD": "SRI4", "ESTIMAND": "REGISTERED", "AVISIT": "Month 6",
             "AVISITN": 183.0, "TRTA": "CELLS"}  # fmt: skip
    adrs = pl.DataFrame([about | {"AVAL": value} for value in met], schema_overrides={"AVAL": pl.Float64})
    return pl.concat(sensitivity.estimate(read(), {"adrs": adrs}))


def numbers(found: pl.DataFrame, id: str) -> dict[str, float | None]:
    """Return the numbers of one analysis."""
    return dict(found.filter(pl.col("analysis_id") == id).select("statistic", "value").iter_rows())


def test_worst_best_and_tipping_point() -> None:
    """7 of 10 has the lower limit 0.3475, 8 of 10 has 0.4439: one of the two unknown is enough to exceed 0.401."""
    found = results(7, 2)
    at = "14.2.19/SRI4/REGISTERED/Month 6"
    assert numbers(found, f"{at}/worst case")["lower"] == pytest.approx(0.3475, abs=5e-5)
    assert numbers(found, f"{at}/best case")["lower"] == pytest.approx(0.5550, abs=5e-5)
    assert numbers(found, f"{at}/1 of 2 unknown respond")["n"] == 8
    assert numbers(found, f"{at}/tipping point") == {"benchmark": 0.401, "unknown": 2, "tipping": 1}
    drawn = numbers(found, f"{at}/multiple imputation")
    assert 0.7 < (drawn["proportion"] or 0) < 0.9


def test_what_cannot_tip_says_so() -> None:
    found = results(2, 1).filter(pl.col("statistic") == "tipping")
    assert found.select("value", "reason").row(0) == (None, "not even if all responded")


def test_posterior_takes_the_prior_of_the_study() -> None:
    """Beta(0.4, 0.6) and 8 of 10: Beta(8.4, 2.6), mean 8.4 / 11."""
    found = numbers(results(8, 0), "14.2.6/SRI4/REGISTERED/Month 6")
    assert (found["a"], found["b"]) == (pytest.approx(8.4), pytest.approx(2.6))
    assert found["mean"] == pytest.approx(8.4 / 11)
    assert (found["above"] or 0) > 0.99
