"""Cytokine release syndrome by ASTCT 2019: fever, and the worse of hypotension and hypoxia."""

from __future__ import annotations

import polars as pl

from carnet.core.bounds import Bounds, highest, yes
from carnet.core.form import Form
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument
from carnet.core.parameter import read_parameters
from carnet.safety.scale import but_for, counts, items, level, scores

PARAMETERS = read_parameters("carnet.safety", "parameters.csv", "crs")

SIGNS = ("crs_hypotension", "crs_hypoxia")

OPTIONAL = {
    "crs_temp_max": pl.lit(None),
    "crs_present": pl.lit(True),
    "crs_tocilizumab": pl.lit(0),
    "crs_steroid": pl.lit(False),
    "crs_antipyretic": pl.lit(False),
    "crs_other_cause": pl.lit(False),
    "crs_fatal": pl.lit(False),
}
"""What a column that is absent says; an empty cell of one that is there is unknown."""


def crs(**settings: object) -> Instrument:
    """Return the grade of cytokine release syndrome (lee2019), 0 to 5.

    Fever is needed, in words or as the highest temperature. Where it was treated with tocilizumab, glucocorticoid
    or an antipyretic, fever is no longer needed and the two signs decide alone: without either there is no grade.

    >>> row = {"crs_fever": True, "crs_hypotension": "ONE PRESSOR", "crs_hypoxia": "LOW-FLOW"}
    >>> crs().score([row]).select("crs", "crs_by").row(0)
    (3, 'crs_hypotension')
    """
    chosen = PARAMETERS.set(**settings)
    hot = pl.col("crs_temp_max").round(6) >= chosen["fever"]
    said = pl.when(hot).then(True).otherwise(pl.coalesce("crs_fever", hot))
    fever = Bounds(said.fill_null(False), said.fill_null(True))
    treated = (pl.col("crs_tocilizumab") > 0) | pl.col("crs_steroid") | pl.col("crs_antipyretic")
    masked = Bounds(*(treated.fill_null(end) & pl.lit(bool(chosen["masking"])) for end in (False, True)))
    signs = [level("crs", item) for item in SIGNS]
    worse = highest(*signs)
    alone = tuple(
        pl.when(hidden & (sign > 1)).then(sign).otherwise(0)
        for hidden, sign in zip(masked, worse, strict=True)
    )
    grade = Bounds(
        *(
            pl.when(there).then(sign).otherwise(signs_alone)
            for there, sign, signs_alone in zip(fever, worse, alone, strict=True)
        )
    )
    grade = counts(yes("crs_present"), but_for(yes("crs_other_cause"), yes("crs_fatal"), grade))
    hidden = Bounds(*(pl.when(end).then(1).otherwise(0) for end in fever))
    asked = items("crs")
    return Instrument(
        "crs", "Cytokine release syndrome, ASTCT 2019", "lee2019",
        Form("crs", "Cytokine release syndrome", "FA", asked, title_zh="细胞因子释放综合征", log=True),
        scores("crs", "Grade of cytokine release", grade, [("crs_fever", hidden), *zip(SIGNS, signs, strict=True)]),
        Inputs(asked, OPTIONAL), chosen, make=crs,
    )  # fmt: skip


CRS = crs()
