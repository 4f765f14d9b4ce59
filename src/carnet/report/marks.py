"""Marks placed in pixels as one picture: what lies on the ground first, what is written last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import polars as pl

from carnet.report.chart import QUIET

LAYERS = ("ground", "rules", "boxes", "lines", "dots", "heads", "left", "middle", "right")
"""The kinds of marks in the order in which they are drawn; the last four are words by how they are set."""

SET = {"heads": "left", "left": "left", "middle": "center", "right": "right"}

SMALL = 10
"""The size of letters."""


def picture(marks: Mapping[str, Sequence[pl.DataFrame]], wide: float, tall: float) -> alt.LayerChart:
    """Return the picture of these marks.

    Every mark has `x` and `y`, an area `x2` and `y2`; `fill`, `edge` and `colour` are colours as they are printed.
    """
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, wide], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[tall, 0], nice=False))
    layers = []
    for layer in LAYERS:
        frames = [frame for frame in marks[layer] if not frame.is_empty()]
        if frames:
            base = alt.Chart(pl.concat(frames, how="diagonal_relaxed")).encode(x=x, y=y)
            layers.append(_words(base, layer) if layer in SET else _shapes(base, layer))
    return alt.layer(*layers).properties(width=wide, height=tall)


def _words(base: alt.Chart, layer: str) -> alt.Chart:
    weight = "bold" if layer == "heads" else "normal"
    words = base.mark_text(align=SET[layer], baseline="middle", fontSize=SMALL, fontWeight=weight)
    return words.encode(text="text:N", color=alt.Color("colour:N", scale=None, legend=None))


def _shapes(base: alt.Chart, layer: str) -> alt.Chart:
    fill = alt.Fill("fill:N", scale=None, legend=None)
    edge = alt.Stroke("edge:N", scale=None, legend=None)
    if layer == "ground":
        shade = alt.FillOpacity("shade:Q", scale=None, legend=None)
        return base.mark_rect().encode(x2="x2:Q", y2="y2:Q", fill=fill, fillOpacity=shade)
    if layer == "rules":
        return base.mark_rule().encode(
            y2="y2:Q",
            color=alt.Color("colour:N", scale=None, legend=None),
            strokeWidth=alt.StrokeWidth("weight:Q", scale=None, legend=None),
            strokeDash=alt.condition("datum.dashed", alt.value([4, 3]), alt.value([1, 0])),
        )
    if layer == "boxes":
        return base.mark_rect(strokeWidth=0.7).encode(x2="x2:Q", y2="y2:Q", fill=fill, stroke=edge)
    if layer == "lines":
        return base.mark_line(color=QUIET, strokeWidth=1.3).encode(detail="part:N")
    size = alt.Size("size:Q", scale=None, legend=None)
    return base.mark_point(opacity=1, strokeWidth=0.8).encode(fill=fill, stroke=edge, size=size)
