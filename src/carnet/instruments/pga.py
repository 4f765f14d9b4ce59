"""Physician global assessment: one mark on a line, kept on the scale from 0 to 3."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from carnet.core.form import Form, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument, Score
from carnet.core.parameter import read_parameters

PARAMETERS = read_parameters("carnet.instruments", "parameters.csv", "pga")
(ITEM,) = read_items("carnet.instruments", "pga.csv")


def pga(scale: str | int = PARAMETERS["scale"]) -> Instrument:
    """Return the assessment (piga2022) for a line of length 3, 10 or 100.

    On the 0-3 line the form asks `pga` itself. On another line it asks the mark, `pga_mark`, and the score
    `pga` is the mark converted.

    >>> pga(scale=100).score({"pga_mark": [34]})["pga"].to_list()
    [1.02]
    """
    parameters = PARAMETERS.set(scale=scale)
    length = int(parameters["scale"])
    scores: tuple[Score, ...] = ()
    item = ITEM
    if ITEM.high is not None and length != ITEM.high:
        item = replace(
            ITEM, id="pga_mark", label=f"{ITEM.label}, mark from 0 to {length}", high=float(length)
        )
        scores = (Score("pga", ITEM.label, (pl.col("pga_mark") * ITEM.high / length).round(6)),)
    form = Form("pga", "Physician global assessment", "RS", (item,), title_zh="医师总体评估", category="PGA")
    return Instrument(
        "pga", "Physician global assessment", "piga2022", form, scores, Inputs((item,)), parameters, make=pga
    )


PGA = pga()
