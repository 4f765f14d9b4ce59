"""How every figure looks, and how it becomes a picture in the page: a drawing without a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

INK, QUIET, ACCENT, WARM, ALERT = "#1d2b36", "#9fb0bd", "#0b6e8c", "#c9761d", "#b3261e"
"""Text; one patient among others; the summary; a second series; what must be seen."""

GRADES = {1: "#f3d9a4", 2: "#e8a04c", 3: "#cf5a2b", 4: "#9c1c1c", 5: "#3a0a0a"}
"""The colour of each CTCAE grade."""

FONT = (
    "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
)

CONFIG = {
    "font": "sans-serif",
    "background": "transparent",
    "padding": {
        "left": 28,
        "right": 8,
        "top": 6,
        "bottom": 6,
    },  # a reader's font may be wider than the one measured
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "#e7ecef",
        "domainColor": QUIET,
        "tickColor": QUIET,
    },
    "legend": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
    },
    "header": {"labelFontSize": 12, "labelColor": INK, "titleColor": INK},
    "title": {"anchor": "start", "fontSize": 13, "fontWeight": "bold", "color": INK},
}


def svg(chart: alt.TopLevelMixin) -> str:
    """Return the chart as an SVG element that scales with the page."""
    import vl_convert

    drawn = vl_convert.vegalite_to_svg({**chart.to_dict(validate=False), "config": CONFIG})
    drawn = re.sub(
        r'<svg ([^>]*?)width="([\d.]+)" height="[\d.]+"', r'<svg \1style="max-width:\2px"', drawn, count=1
    )
    drawn = re.sub(r'version="1\.1"', 'aria-hidden="true" focusable="false"', drawn, count=1)
    return drawn.replace('font-family="sans-serif"', f'font-family="{FONT.replace(chr(34), chr(39))}"')
