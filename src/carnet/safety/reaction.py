"""Infusion reactions and infections: the CTCAE grade that what was done about them amounts to."""

from __future__ import annotations

import polars as pl

from carnet.core.bounds import Bounds, highest, yes
from carnet.core.form import Form
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument
from carnet.safety.scale import but_for, counts, items, level, scores, steps

NEVER = Bounds(pl.lit(False), pl.lit(False))


def _by_action(id: str, title: str, title_zh: str, present: str | None) -> Instrument:
    """Return the grade by actions and consequences; a column that is absent says that there was no such consequence."""
    asked = items(id)
    parts = [(item, level(id, item)) for item in steps(id)]
    grade = but_for(NEVER, yes(f"{id}_fatal"), highest(*(part for _, part in parts)))
    consequences = {item.id: pl.lit(False) for item in asked[1:]}
    if present:
        grade = counts(yes(present), grade)
        consequences[present] = pl.lit(True)
    form = Form(id, title, "FA", asked, title_zh=title_zh, log=True)
    return Instrument(
        id, f"{title}, CTCAE v5.0", "ctcae2017", form, scores(id, f"Grade of the {title.lower()}", grade, parts),
        Inputs(asked, consequences),
    )  # fmt: skip


REACTION = _by_action("reaction", "Infusion reaction", "输注反应", "reaction_present")
"""Nothing done is grade 1, interrupted or treated 2, not quickly over 3, life-threatening 4."""

INFECTION = _by_action("infection", "Infection", "感染", None)
"""An anti-infective by vein is grade 3; without one the grade is 1 to 3, for an operation is also 3."""
