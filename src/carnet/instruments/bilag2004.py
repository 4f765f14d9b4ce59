"""BILAG-2004: ninety-seven items in nine systems, each system graded A to E."""

from __future__ import annotations

from carnet.core.form import Form, read_items
from carnet.core.inputs import Inputs
from carnet.core.instrument import Instrument

ITEMS = read_items("carnet.instruments", "bilag2004.csv")

BILAG2004 = Instrument(
    "bilag2004",
    "BILAG-2004 index",
    source="isenberg2005",
    form=Form("bilag2004", "BILAG-2004", "RS", ITEMS, title_zh="BILAG-2004 指数", category="BILAG-2004"),
    scores=(),
    inputs=Inputs(ITEMS),
)
