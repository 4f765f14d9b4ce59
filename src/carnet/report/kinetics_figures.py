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


def patients(rows: pl.DataFrame, unit: str, given: pl.DataFrame, limits: pl.Series) -> alt.FacetChart:
    """Draw the same with a panel per patient and his own infusions."""
    names = rows.select("SUBJID").unique().sort("SUBJID")
    drawn = pl.concat(
        [
            rows.select("SUBJID", "day", "level", "state", mark=pl.lit("level")),
            given.join(names, on="SUBJID", how="semi").select("SUBJID", "day", mark=pl.lit("infusion")),
            names.join(pl.DataFrame({"level": limits}), how="cross").with_columns(mark=pl.lit("limit")),
        ],
        how="diagonal_relaxed",
    )
    base = alt.Chart()
    limit = base.transform_filter("datum.mark == 'limit'").mark_rule(color=ALERT, strokeDash=[4, 4])
    level = base.transform_filter("datum.mark == 'level'")
    line = level.mark_line(color=ACCENT, strokeWidth=1.4).encode(x=_day(""), y=_level(unit))
    layers = (limit.encode(y=_level(unit)), _dosed(base, 0.8, _day("")), line, _points(level, unit, 24))
    panel = alt.layer(*layers, data=drawn).properties(width=PANEL[0], height=PANEL[1])
    return panel.facet(facet=alt.Facet("SUBJID:N", title=None), columns=3, spacing=14)


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
    bands = [
        alt.vconcat(
            *(
                _row(kind, names[start : start + BAND], given, top=number == 0, last=number == len(kinds) - 1)
                for number, kind in enumerate(kinds)
            ),
            spacing=4,
        )
        for start in range(0, len(names), BAND)
    ]
    return alt.vconcat(*bands, spacing=18)


def _row(
    kind: tuple[str, pl.DataFrame, str, alt.Scale],
    names: list[str],
    given: pl.DataFrame,
    top: bool,
    last: bool,
) -> alt.FacetChart:
    """Draw one measure of some patients side by side: one table and one facet, which Altair copies least."""
    name, rows, colour, scale = kind
    axis = alt.Axis(
        values=[-28, 0, 7, 28, 90, 365],
        labels=last,
        title="days" if last else None,
        grid=False,
        labelOverlap=True,
    )
    x = alt.X("day:Q", scale=alt.Scale(type="symlog", constant=10, domain=[-30, 400], nice=False), axis=axis)
    y_axis = alt.Axis(tickCount=3, format=",~g", title=name, minExtent=44, maxExtent=44)
    drawn = pl.concat(
        [
            rows.filter(pl.col("SUBJID").is_in(names)).sort("day").with_columns(mark=pl.lit("level")),
            given.filter(pl.col("SUBJID").is_in(names)).select("SUBJID", "day", mark=pl.lit("infusion")),
        ],
        how="diagonal_relaxed",
    )
    base = alt.Chart()
    line = base.transform_filter("datum.mark == 'level'").mark_line(
        color=colour, strokeWidth=1.3, point=alt.OverlayMarkDef(color=colour, size=12)
    )
    course = line.encode(x=x, y=alt.Y("value:Q", scale=scale, axis=y_axis))
    header = alt.Header(title=None, labels=top, labelFontSize=12, labelFontWeight="bold")
    panel = alt.layer(_dosed(base, 0.6, x), course, data=drawn).properties(width=COLUMN[0], height=COLUMN[1])
    return panel.facet(column=alt.Column("SUBJID:N", sort=names, header=header), spacing=14)


def _dosed(base: alt.Chart, opacity: float, x: alt.X) -> alt.Chart:
    """Draw a line at every infusion of a table that marks them."""
    rule = base.transform_filter("datum.mark == 'infusion'")
    return rule.mark_rule(color=WARM, strokeDash=[2, 3], opacity=opacity).encode(x=x)


def _day(title: str = "days since the first infusion") -> alt.X:
    return alt.X("day:Q", title=title or None, axis=alt.Axis(tickMinStep=1))


def _level(unit: str | None) -> alt.Y:
    return alt.Y("level:Q", title=unit, scale=alt.Scale(type="log"), axis=alt.Axis(tickCount=4, format=",~g"))


def _points(base: alt.Chart, unit: str | None, size: int) -> alt.Chart:
    """Draw the samples: filled where quantified, open below quantification."""
    fill = alt.Fill("state:N", scale=STATES, title=None, legend=alt.Legend(symbolStrokeColor=ACCENT))
    marks = base.mark_point(size=size, strokeWidth=1.2)
    return marks.encode(x=_day(), y=_level(unit), fill=fill, color=alt.value(ACCENT))


def _limits(limits: pl.Series, unit: str | None) -> alt.Chart:
    """Draw the limits of quantification."""
    rule = alt.Chart(pl.DataFrame({"level": limits})).mark_rule(color=ALERT, strokeDash=[4, 4])
    return rule.encode(y=_level(unit))


def _infusions(given: pl.DataFrame, opacity: float) -> alt.Chart:
    """Draw a line at every infusion."""
    return alt.Chart(given).mark_rule(color=WARM, strokeDash=[2, 3], opacity=opacity).encode(x="day:Q")
