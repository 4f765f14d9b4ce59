"""Neurotoxicity (ICANS) by ASTCT 2019: the worst of the ICE score, consciousness, seizure, weakness and oedema."""

from __future__ import annotations

import polars as pl

from carnet.core.bounds import Bounds, highest, yes
from carnet.core.form import Form
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument
from carnet.safety.ice import ICE, TASKS
from carnet.safety.scale import but_for, items, level, scores

DOMAINS = ("icans_consciousness", "icans_seizure", "icans_motor", "icans_oedema")

OPTIONAL = {
    **{task.id: pl.lit(None) for task in TASKS},
    "ice_total": pl.lit(None),
    "icans_other_cause": pl.lit(False),
    "icans_fatal": pl.lit(False),
}


def _orientation() -> Bounds:
    """Return the grade by the ICE score: of the total, else of the tasks as far as they are known."""
    least, most = (score.expr for score in ICE.scores[:2])
    best, worst = (pl.coalesce("ice_total", points) for points in (most, least))
    return Bounds(level("icans", "ice_total", best).least, level("icans", "ice_total", worst).most)


def icans() -> Instrument:
    """Return the grade of neurotoxicity (lee2019), 0 to 5.

    An ICE score of 0 is grade 3 in a patient who is awake; whoever cannot be roused is grade 4 by consciousness.

    >>> row = {"ice_total": 0, "icans_consciousness": "AWAKE", "icans_seizure": "NONE", "icans_motor": "NONE",
    ...        "icans_oedema": "NONE"}
    >>> ICANS.score([row]).select("icans", "icans_by").row(0)
    (3, 'ice_total')
    """
    parts = [("ice_total", _orientation()), *((item, level("icans", item)) for item in DOMAINS)]
    grade = but_for(yes("icans_other_cause"), yes("icans_fatal"), highest(*(part for _, part in parts)))
    asked = items("icans")
    return Instrument(
        "icans", "Immune effector cell-associated neurotoxicity syndrome (ICANS), ASTCT 2019", "lee2019",
        Form("icans", "ICANS", "FA", asked, title_zh="ICANS", log=True),
        scores("icans", "Grade of neurotoxicity", grade, parts), Inputs((*asked, *TASKS), OPTIONAL),
    )  # fmt: skip


ICANS = icans()
