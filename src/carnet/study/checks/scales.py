"""Do the grades entered agree with the answers beside them, and with the vital signs of the time?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.core.bounds import Bounds
from carnet.core.form import Item
from carnet.safety.gvhd import NUMERALS
from carnet.safety.oxygen import hypoxia
from carnet.safety.scale import level
from carnet.safety.scales import SCALES
from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import ROW, Values, moment

ENTERED = {
    "crs": ("crs", "crs_grade"),
    "icans": ("icans", "icans_grade"),
    "gvhd": ("gvhd", "gvhd_grade"),
    "infusion_reaction": ("reaction", "reaction_grade"),
    "infection": ("infection", "infection_grade"),
}
"""The scale and the item of the grade as judged, by form."""

OUTCOME = "crs_outcome"


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about grades of syndromes."""
    for form in ENTERED:
        yield grades(values, form)
    yield signs(values)


def grades(values: Values, form: str) -> pl.DataFrame:
    """Return grades entered that lie outside what the answers of their page make possible."""
    id, item = ENTERED[form]
    scale = next(scale for scale in SCALES if scale.id == id)
    asked = [i for i in scale.inputs.items if i.id in values.study.items]
    rows = values.form(form, *(i.id for i in asked), item, *([OUTCOME] if form == "crs" else []))
    rows = rows.with_columns(pl.when(_readable(i)).then(i.id).alias(i.id) for i in asked)
    if form == "crs":
        rows = rows.with_columns(crs_fatal=pl.col(OUTCOME).eq_missing("FATAL"))
    rows = scale.score(rows.filter(pl.col(item).is_not_null()))
    numeral = {name: str(number) for number, name in enumerate(NUMERALS)}
    entered = pl.col(item).replace(numeral).cast(pl.Int64, strict=False)
    low, high = pl.col(f"{id}_min"), pl.col(f"{id}_max")
    written = [end.cast(pl.Int64).cast(pl.String) for end in (low, high)]
    possible = pl.when(low == high).then(written[0]).otherwise(pl.format("{} to {}", *written))
    ask = asking(rows, form)
    return ask(
        item, (entered < low) | (entered > high),
        "The answers of this page make grade {}; grade {} is entered.", possible, item,
    )  # fmt: skip


def _readable(item: Item) -> pl.Expr:
    """Return whether a scale takes an answer; one that it does not take is a finding of its own, and unknown here."""
    value, takes = pl.col(item.id), pl.lit(True)
    if item.choices:
        takes = value.is_in(item.choices)
    if item.type == "integer":
        takes = takes & (value == value.floor())
    if item.low is not None:
        takes = takes & (value >= item.low)
    if item.high is not None:
        takes = takes & (value <= item.high)
    return takes


def signs(values: Values) -> pl.DataFrame:
    """Return vital signs inside an episode of CRS with more oxygen or pressors than its page tells."""
    pages = values.form("crs", "crs_present", "crs_onset", "crs_stop", "crs_hypoxia", "crs_hypotension")
    pages = pages.filter("crs_present").select(
        "subject", "crs_hypoxia", "crs_hypotension", begins=moment(pl.col("crs_onset")), ends=moment(pl.col("crs_stop"))
    )  # fmt: skip
    rows = values.form("vitals", "vitals_datetime", "oxygen_device", "oxygen_flow", "vasopressor")
    rows = rows.with_columns(taken=moment(pl.col("vitals_datetime"))).join(pages, on="subject", how="inner")
    rows = rows.filter(pl.col("taken").is_between("begins", "ends")).unique(
        ROW, keep="first", maintain_order=True
    )
    pressors = {"ONE": "ONE PRESSOR", "MULTIPLE": "MULTIPLE PRESSORS"}
    seen = {
        "crs_hypoxia": hypoxia(pl.col("oxygen_device"), pl.col("oxygen_flow")),
        "crs_hypotension": pl.col("vasopressor").replace_strict(
            pressors, default=None, return_dtype=pl.String
        ),
    }
    about = {"crs_hypoxia": "oxygen_device", "crs_hypotension": "vasopressor"}
    text = "Within an episode of CRS this is {}; its page tells {}."
    return gather(
        findings(
            rows.filter(_more(item, shown)), words(text, shown, item), "vitals", about[item]
        )
        for item, shown in seen.items()
    )  # fmt: skip


def _more(item: str, shown: pl.Expr) -> pl.Expr:
    """Return whether a sign that was measured is worse than the answer on the page."""
    measured: Bounds = level("crs", item, shown)
    told = level("crs", item)
    return shown.is_not_null() & (measured.least > told.most)
