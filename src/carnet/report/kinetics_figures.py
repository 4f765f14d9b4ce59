"""The figures on the cells: their level over time, of all patients and of each, beside B cells and disease activity."""

from __future__ import annotations

import altair as alt
import polars as pl

from carnet.report.chart import ACCENT, ALERT, INK, QUIET, WARM

WIDTH, HEIGHT, PANEL = 620, 270, (166, 110)
COLUMN, BAND = (96, 62), 5
"""Size of a panel of the overlay, and patients side by side."""

STATES = alt.Scale(domain=["quantified", "below LLOQ"], range=[ACCENT, "white"])


def levels(rows: pl.DataFrame, unit: str, given: pl.DataFrame, limits: pl.Series) -> alt.LayerChart:
    """Draw the cell level of every patient over the first weeks, on a log scale; below quantification as open marks.

    `rows` has USUBJID, day, level (drawn value) and state; `given` the day of each infusion; `limits` those of
    quantification.
    """
    base = alt.Chart(rows)
    line = base.mark_line(color=QUIET, strokeWidth=1.2, opacity=0.8)
    line = line.encode(x=_day(), y=_level(unit), detail="USUBJID:N")
    return alt.layer(
        _limits(limits, unit), _infusions(given.select("day").unique(), 0.25), line, _points(base, unit, 28)
    ).properties(width=WIDTH, height=HEIGHT)


def patients(rows: pl.DataFrame, unit: str, given: pl.DataFrame, limits: pl.Series) -> alt.ConcatChart:
    """Draw the same with a panel per patient and his own infusions."""
    panels = []
    for (patient,), some in rows.sort("SUBJID", "day").group_by("SUBJID", maintain_order=True):
        base = alt.Chart(some)
        line = base.mark_line(color=ACCENT, strokeWidth=1.4).encode(x=_day(""), y=_level(None))
        layers = (
            _limits(limits, None),
            _infusions(given.filter(SUBJID=patient), 0.8),
            line,
            _points(base, None, 24),
        )
        size = {"width": PANEL[0], "height": PANEL[1]}
        panels.append(alt.layer(*layers).properties(title=f"{patient}, {unit}", **size))
    return alt.concat(*panels, columns=3, spacing=14).resolve_scale(x="shared", y="shared")


def overlay(
    level: pl.DataFrame, b_cells: pl.DataFrame, activity: pl.DataFrame, given: pl.DataFrame
) -> alt.VConcatChart:
    """Draw cells, B cells and SLEDAI-2K of each patient below one another; each has SUBJID, day and value."""
    names = level["SUBJID"].unique().sort().to_list()
    kinds = (
        ("CAR-NK", level, ACCENT, alt.Scale(type="log")),
        ("B cells", b_cells, WARM, alt.Scale(type="sqrt", nice=False)),
        ("SLEDAI-2K", activity, INK, alt.Scale(nice=True)),
    )
    bands = []
    for start in range(0, len(names), BAND):
        rows = [
            alt.hconcat(
                *(
                    _course(
                        kind, patient, given, title=place == 0, last=number == len(kinds) - 1, top=number == 0
                    )
                    for place, patient in enumerate(names[start : start + BAND])
                ),
                spacing=14,
                bounds="flush",
            ).resolve_scale(y="shared")
            for number, kind in enumerate(kinds)
        ]
        bands.append(alt.vconcat(*rows, spacing=4))
    return alt.vconcat(*bands, spacing=18)


def _course(
    kind: tuple[str, pl.DataFrame, str, alt.Scale],
    patient: str,
    given: pl.DataFrame,
    title: bool,
    last: bool,
    top: bool,
) -> alt.LayerChart:
    """Draw one measure of one patient."""
    name, rows, colour, scale = kind
    ticks = alt.Axis(
        values=[-28, 0, 7, 28, 90, 365],
        labels=last,
        title="days" if last else None,
        grid=False,
        labelOverlap=True,
    )
    x = alt.X("day:Q", scale=alt.Scale(type="symlog", constant=10, domain=[-30, 400], nice=False), axis=ticks)
    labels = {"title": name, "minExtent": 44, "maxExtent": 44} if title else {"title": None, "labels": False}
    y = alt.Y("value:Q", scale=scale, axis=alt.Axis(tickCount=3, format="~s", **labels))
    some = rows.filter(SUBJID=patient).sort("day")
    line = alt.Chart(some).mark_line(
        color=colour, strokeWidth=1.3, point=alt.OverlayMarkDef(color=colour, size=12)
    )
    chart = alt.layer(_infusions(given.filter(SUBJID=patient), 0.6, x), line.encode(x=x, y=y))
    heading = {"title": alt.Title(str(patient), fontSize=12)} if top else {}
    return chart.properties(width=COLUMN[0], height=COLUMN[1], **heading)


def _day(title: str = "days since the first infusion") -> alt.X:
    return alt.X("day:Q", title=title or None, axis=alt.Axis(tickMinStep=1))


def _level(unit: str | None) -> alt.Y:
    return alt.Y("level:Q", title=unit, scale=alt.Scale(type="log"), axis=alt.Axis(tickCount=4, format="~s"))


def _points(base: alt.Chart, unit: str | None, size: int) -> alt.Chart:
    """Draw the samples: filled where quantified, open below quantification."""
    fill = alt.Fill("state:N", scale=STATES, title=None, legend=alt.Legend(symbolStrokeColor=ACCENT))
    marks = base.mark_point(size=size, strokeWidth=1.2)
    return marks.encode(x=_day(), y=_level(unit), fill=fill, color=alt.value(ACCENT))


def _limits(limits: pl.Series, unit: str | None) -> alt.Chart:
    """Draw the limits of quantification."""
    rule = alt.Chart(pl.DataFrame({"level": limits})).mark_rule(color=ALERT, strokeDash=[4, 4])
    return rule.encode(y=_level(unit))


def _infusions(given: pl.DataFrame, opacity: float, x: alt.X | str = "day:Q") -> alt.Chart:
    """Draw a line at every infusion."""
    return alt.Chart(given).mark_rule(color=WARM, strokeDash=[2, 3], opacity=opacity).encode(x=x)
