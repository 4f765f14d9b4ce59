"""SLICC/ACR damage index: forty-one kinds of lasting damage in twelve organ systems, added up."""

from __future__ import annotations

from functools import reduce
from operator import add

import polars as pl

from carnet.core.bounds import Bounds, yes
from carnet.core.form import Form, Item, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score, certain
from carnet.core.parameter import read_parameters

ITEMS = read_items("carnet.instruments", "sdi.csv")
"""The items: yes/no with their points, or how many, of which more than one is two; the group is the organ."""

PARAMETERS = read_parameters("carnet.instruments", "parameters.csv", "sdi")

ORGANS = tuple(dict.fromkeys(organ for item in ITEMS for organ in item.groups))
"""The twelve organ systems, in the order of the form."""

END_STAGE = "sdi_end_stage"
TENDON = "sdi_tendon"


def _points(item: Item) -> Bounds:
    """Return what an item adds, if it is unknown nothing and its most."""
    value, most = pl.col(item.id).cast(pl.Int64), int(item.points or item.high or 0)
    if item.points:
        value = value * item.points
    return Bounds(value.fill_null(0), value.fill_null(most))


def _organ(items: list[Item]) -> Bounds:
    """Return the damage of an organ; end-stage renal disease stands in place of the rest of the kidney."""
    parts = [_points(item) for item in items if item.id != END_STAGE]
    least, most = (reduce(add, (part[end] for part in parts)) for end in (0, 1))
    failed = [item for item in items if item.id == END_STAGE]
    if not failed:
        return Bounds(least, most)
    ends, points = yes(END_STAGE), int(failed[0].points or 0)
    return Bounds(
        pl.when(ends.least).then(points).otherwise(least), pl.when(ends.most).then(points).otherwise(most)
    )


def _scores(items: tuple[Item, ...]) -> tuple[Score, ...]:
    organs = {organ: _organ([item for item in items if organ in item.groups]) for organ in ORGANS}
    total = Bounds(*(reduce(add, (found[end] for found in organs.values())) for end in (0, 1)))
    parts = (
        certain(f"sdi_{organ}", f"Damage, {organ.replace('_', ' ')}", found)[0]
        for organ, found in organs.items()
    )
    return (*parts, *certain("sdi", "SLICC/ACR damage index", total))


def sdi(tendon_rupture: bool | str = PARAMETERS["tendon_rupture"]) -> Instrument:
    """Return the damage index (gladman1996); each organ and the whole, which is held between its ends.

    >>> SDI.score([{"sdi_end_stage": "Y"}]).select("sdi_renal", "sdi", "sdi_min", "sdi_max").row(0)
    (3, None, 3, 47)
    """
    parameters = PARAMETERS.set(tendon_rupture=tendon_rupture)
    asked = tuple(item for item in ITEMS if item.id != TENDON or parameters["tendon_rupture"])
    form = Form("sdi", "SLICC/ACR damage index", "RS", asked, title_zh="SLICC/ACR损伤指数", category="SDI")
    return Instrument(
        "sdi",
        "SLICC/ACR damage index",
        "gladman1996",
        form,
        _scores(asked),
        Inputs(asked),
        parameters,
        make=sdi,
    )


SDI = sdi()
