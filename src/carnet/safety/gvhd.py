"""Acute graft-versus-host disease by MAGIC: a stage for each organ, and the grade that they give together."""

from __future__ import annotations

import polars as pl

from carnet.core.bounds import Bounds, highest, yes
from carnet.core.form import Form
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score
from carnet.safety.scale import counts, items, level, scores, steps

MEASURED = {"gvhd_skin": "gvhd_rash", "gvhd_liver": "gvhd_bilirubin", "gvhd_lower_gut": "gvhd_stool"}
"""Organs whose stage a measurement gives, with the measurement."""

SEVERE = {"gvhd_skin": "gvhd_bullae", "gvhd_lower_gut": "gvhd_gut_severe"}
"""What is stage 4 of an organ whatever was measured."""

WORST = 4

ORGANS = ("gvhd_skin", "gvhd_liver", "gvhd_upper_gut", "gvhd_lower_gut")

OPTIONAL = {
    "gvhd_present": pl.lit(True),
    **{name: pl.lit(None) for name in MEASURED.values()},
    **{name: pl.lit(False) for name in SEVERE.values()},
}

NUMERALS = ("0", "I", "II", "III", "IV")
"""How the grades are written."""


def _stage(organ: str) -> Bounds:
    """Return the stage of an organ: as judged, else by what was measured of it."""
    judged = pl.col(organ)
    if organ not in MEASURED:
        worst = max(int(row["high"]) for row in steps("gvhd")[organ])
        return Bounds(judged.fill_null(0), judged.fill_null(worst))
    given = level("gvhd_stage", MEASURED[organ])
    # an organ that is not looked at may be at any stage, also at those that no measurement reaches
    open_ = pl.when(pl.col(MEASURED[organ]).is_null()).then(WORST).otherwise(given.most)
    least, most = given.least, open_
    if organ in SEVERE:
        least = pl.when(pl.col(SEVERE[organ]).fill_null(False)).then(WORST).otherwise(least)
        most = pl.when(pl.col(SEVERE[organ]).fill_null(True)).then(WORST).otherwise(most)
    return Bounds(pl.coalesce(judged, least), pl.coalesce(judged, most))


def gvhd() -> Instrument:
    """Return the grade of acute graft-versus-host disease (harris2016), 0 to 4 for 0 to IV.

    >>> row = {"gvhd_skin": 2, "gvhd_liver": 0, "gvhd_upper_gut": 1, "gvhd_lower_gut": 0}
    >>> GVHD.score([row]).select("gvhd", "gvhd_by").row(0)
    (2, 'gvhd_upper_gut')
    """
    parts = []
    for organ in ORGANS:
        stage = _stage(organ)
        parts.append(
            (organ, Bounds(level("gvhd", organ, stage.least).least, level("gvhd", organ, stage.most).most))
        )
    grade = counts(yes("gvhd_present"), highest(*(part for _, part in parts)))
    asked = items("gvhd")
    stages = tuple(
        Score(
            f"{organ}_stage_{end}", f"Stage of {organ.removeprefix('gvhd_').replace('_', ' ')}, bound", bound
        )
        for organ in ORGANS
        for end, bound in zip(("min", "max"), _stage(organ), strict=True)
    )
    return Instrument(
        "gvhd", "Acute graft-versus-host disease, MAGIC", "harris2016",
        Form("gvhd", "Graft-versus-host disease", "FA", asked, title_zh="移植物抗宿主病", log=True),
        (*stages, *scores("gvhd", "Overall grade", grade, parts)), Inputs(asked, OPTIONAL),
    )  # fmt: skip


GVHD = gvhd()
