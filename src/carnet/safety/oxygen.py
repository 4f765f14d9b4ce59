"""Oxygen: what a device and its flow say about hypoxia on the scale of cytokine release."""

from __future__ import annotations

import polars as pl

from carnet.core.table import read_rows


def hypoxia(device: pl.Expr, flow: pl.Expr) -> pl.Expr:
    """Return the answer on hypoxia that the oxygen given amounts to (lee2019); null where the flow could decide.

    >>> given = pl.DataFrame({"device": ["NASAL CANNULA"] * 3, "flow": [6.0, 6.1, None]})
    >>> given.select(hypoxia(pl.col("device"), pl.col("flow"))).to_series().to_list()
    ['LOW-FLOW', 'HIGH-FLOW', None]
    """
    found = []
    for row in read_rows("carnet.safety", "oxygen.csv"):
        here = device == row["device"]
        if row["above"]:
            here = here & (flow.round(6) > float(row["above"]))
        if row["to"]:
            here = here & (flow.round(6) <= float(row["to"]))
        found.append(pl.when(here).then(pl.lit(row["hypoxia"])))
    return pl.coalesce(found)
