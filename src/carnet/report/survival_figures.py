"""The curve of a time to an event, drawn from its results."""

from __future__ import annotations

import altair as alt
import polars as pl

from carnet.report.chart import ACCENT, INK

WIDTH, HEIGHT = 620, 200


def curve(results: pl.DataFrame, shown: str, title: str) -> alt.VConcatChart:
    """Draw the steps with their limits, a tick for each censoring, and the patients at risk at the planned visits.

    `results` are those of one event and estimand; `shown` is `without` or `having`.
    """
    steps = results.filter(pl.col("avisit") == "", pl.col("analysis_id").str.contains("/day "))
    wide = steps.pivot("statistic", index=["analysis_id", "group"], values="value", maintain_order=True)
    start = wide.select("group").unique(maintain_order=True).with_columns(
        time=0.0, value=1.0 if shown == "without" else 0.0, low=None, high=None, censored=0.0
    )  # fmt: skip
    drawn = wide.select(
        "group", "time", value=shown, low=f"{shown}_lower", high=f"{shown}_upper", censored="censored"
    )
    drawn = pl.concat([start.cast(drawn.schema), drawn]).sort("group", "time")
    last = float(drawn["time"].max())  # type: ignore[arg-type]
    x = alt.X("time:Q", title="days", scale=alt.Scale(domain=[0, last], nice=False))
    y = alt.Y(
        "value:Q", title=WORDS[shown], scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5)
    )
    base = alt.Chart(drawn)
    arms = {"detail": "group:N"} if drawn["group"].n_unique() > 1 else {}
    band = base.transform_filter("isValid(datum.low)").mark_area(
        interpolate="step-after", color=ACCENT, opacity=0.14
    ).encode(x=x, y=alt.Y("low:Q", title=WORDS[shown]), y2="high:Q", **arms)  # fmt: skip
    line = base.mark_line(interpolate="step-after", color=ACCENT, strokeWidth=2.2).encode(x=x, y=y, **arms)
    ticks = base.transform_filter("datum.censored > 0").mark_tick(
        orient="vertical", thickness=1.6, size=12, color=INK
    ).encode(x=x, y=y)  # fmt: skip
    above = alt.layer(band, line, ticks).properties(width=WIDTH, height=HEIGHT, title=title)
    return alt.vconcat(above, _at_risk(results, last), spacing=4)


WORDS = {"without": "still without it", "having": "with it"}


def _at_risk(results: pl.DataFrame, last: float) -> alt.Chart:
    """Draw the number of patients at risk as a line of figures at the start and at the planned visits."""
    held = results.filter(pl.col("avisit") != "")
    wide = held.pivot("statistic", index=["avisit", "group"], values="value", maintain_order=True)
    whole = results.filter(pl.col("statistic") == "N").select("group", time=0.0, at_risk="value")
    shown = pl.concat([whole, wide.select("group", "time", "at_risk")]) if wide.height else whole
    x = alt.X("time:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=None)
    row = alt.Y(
        "group:N",
        title=None,
        axis=alt.Axis(labelExpr="'at risk'", labelPadding=12, ticks=False, domain=False, grid=False),
    )
    if shown["group"].n_unique() > 1:
        row = alt.Y(
            "group:N", title="at risk", axis=alt.Axis(labelPadding=12, ticks=False, domain=False, grid=False)
        )
    text = alt.Text("at_risk:Q", format=".0f")
    return alt.Chart(shown).mark_text(color=INK, fontSize=11).encode(x=x, y=row, text=text).properties(
        width=WIDTH, height={"step": 16}
    )  # fmt: skip
