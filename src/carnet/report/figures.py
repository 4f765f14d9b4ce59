"""The figures of the report: each takes a dataset or results and returns an Altair chart."""

from __future__ import annotations

import json

import altair as alt
import polars as pl

from carnet.report.chart import ACCENT, INK, QUIET, WARM

WIDTH, HEIGHT = 620, 230

LABELS = {"Baseline": "BL"}


def visits(rows: pl.DataFrame) -> alt.X:
    """Return the axis of visits, each at its day; `rows` has AVISIT and AVISITN, the day."""
    days = dict(rows.select("AVISITN", "AVISIT").unique().sort("AVISITN").iter_rows())
    names = json.dumps({f"{day:g}": short(visit) for day, visit in days.items()})
    last = max(days)
    axis = alt.Axis(
        values=list(days),
        labelExpr=f"{names}[datum.value]",
        labelAngle=0,
        labelFontSize=11,
        labelOverlap=False,
    )
    return alt.X(
        "AVISITN:Q", title=None, axis=axis, scale=alt.Scale(domain=[-0.02 * last, 1.03 * last], nice=False)
    )


def short(visit: str) -> str:
    """Return the visit as an axis prints it: BL, D28, M3."""
    return LABELS.get(visit) or visit.replace("Month ", "M").replace("Day ", "D")


def rates(results: pl.DataFrame, title: str) -> alt.LayerChart:
    """Draw the proportion of responders by visit with its exact interval.

    `results` has AVISIT, AVISITN (the day), proportion, lower, upper and label (responders / n).
    """
    base = alt.Chart(results).encode(x=visits(results))
    y = alt.Y(
        "proportion:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=5),
        title="responders",
    )
    interval = base.mark_rule(color=ACCENT, strokeWidth=2).encode(
        y=alt.Y("lower:Q", title="responders"), y2="upper:Q"
    )
    point = base.mark_point(color=ACCENT, filled=True, size=70, opacity=1).encode(y=y)
    text = base.mark_text(dy=-9, dx=4, align="left", color=INK, fontSize=11).encode(y=y, text="label:N")
    return (interval + point + text).properties(width=WIDTH, height=HEIGHT - 40, title=title)


def courses(
    rows: pl.DataFrame, unit: str, log: bool = False, limit: pl.DataFrame | None = None
) -> alt.LayerChart:
    """Draw a thin line per patient and the median over time.

    `rows` has USUBJID, AVISIT, AVISITN (the day) and AVAL; `limit`, if given, has `y` and `label` of a line across.
    """
    x = visits(rows)
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False, nice=True)
    y = alt.Y("AVAL:Q", title=unit, scale=scale, axis=alt.Axis(tickCount=5))
    base = alt.Chart(rows)
    patients = base.mark_line(
        color=QUIET, strokeWidth=1.2, opacity=0.75, point=alt.OverlayMarkDef(color=QUIET, size=14)
    ).encode(x=x, y=y, detail="USUBJID:N")
    median = (
        base.transform_aggregate(AVAL="median(AVAL)", groupby=["AVISITN"])
        .mark_line(color=ACCENT, strokeWidth=3, point=alt.OverlayMarkDef(color=ACCENT, size=55))
        .encode(x=x, y=y)
    )
    layers = [patients, median]
    if limit is not None and not limit.is_empty():
        line = alt.Chart(limit)
        layers.append(line.mark_rule(color=WARM, strokeDash=[4, 4]).encode(y="y:Q"))
        layers.append(
            line.mark_text(align="right", dx=-4, dy=-6, color=WARM, fontSize=11, x="width").encode(
                y="y:Q", text="label:N"
            )
        )
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
