"""The figures of the report: each takes a dataset or results and returns an Altair chart."""

from __future__ import annotations

import altair as alt
import polars as pl

from carnet.report.chart import ACCENT, ALERT, GRADES, INK, QUIET, WARM

WIDTH, HEIGHT = 620, 230


def rates(results: pl.DataFrame, title: str) -> alt.LayerChart:
    """Draw the proportion of responders by visit with its exact interval.

    `results` has AVISIT, AVISITN, proportion, lower, upper and label (responders / n).
    """
    base = alt.Chart(results).encode(
        x=alt.X("AVISIT:N", sort=alt.SortField("AVISITN"), title=None, axis=alt.Axis(labelAngle=0))
    )
    y = alt.Y(
        "proportion:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=5),
        title="responders",
    )
    interval = base.mark_rule(color=ACCENT, strokeWidth=2).encode(
        y=alt.Y("lower:Q", title="responders"), y2="upper:Q"
    )
    point = base.mark_point(color=ACCENT, filled=True, size=90, opacity=1).encode(y=y)
    text = base.mark_text(dy=-12, dx=20, color=INK, fontSize=12).encode(y=y, text="label:N")
    return (interval + point + text).properties(width=WIDTH, height=HEIGHT - 40, title=title)


def courses(
    rows: pl.DataFrame, unit: str, log: bool = False, limit: pl.DataFrame | None = None
) -> alt.LayerChart:
    """Draw a thin line per patient and the median over time.

    `rows` has USUBJID, AVISIT, AVISITN and AVAL; `limit`, if given, has `y` and `label` of a line across.
    """
    x = alt.X("AVISIT:N", sort=alt.SortField("AVISITN"), title=None, axis=alt.Axis(labelAngle=0))
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False, nice=True)
    y = alt.Y("AVAL:Q", title=unit, scale=scale, axis=alt.Axis(tickCount=5))
    base = alt.Chart(rows)
    patients = base.mark_line(
        color=QUIET, strokeWidth=1.2, opacity=0.75, point=alt.OverlayMarkDef(color=QUIET, size=14)
    ).encode(x=x, y=y, detail="USUBJID:N")
    median = (
        base.transform_aggregate(AVAL="median(AVAL)", groupby=["AVISIT", "AVISITN"])
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


def levels(rows: pl.DataFrame, unit: str, infusions: pl.DataFrame, lloq: float | None) -> alt.LayerChart:
    """Draw the cell level of every patient over the first weeks, on a log scale; below quantification as open marks.

    `rows` has USUBJID, day, level (drawn value) and state; `infusions` has the `day` of each planned infusion.
    """
    x = alt.X("day:Q", title="days since the first infusion", axis=alt.Axis(tickMinStep=1))
    y = alt.Y("level:Q", title=unit, scale=alt.Scale(type="log"))
    base = alt.Chart(rows)
    line = base.mark_line(color=QUIET, strokeWidth=1.2, opacity=0.8).encode(x=x, y=y, detail="USUBJID:N")
    points = base.mark_point(size=28, strokeWidth=1.2).encode(
        x=x,
        y=y,
        detail="USUBJID:N",
        fill=alt.Fill(
            "state:N",
            scale=alt.Scale(domain=["quantified", "below LLOQ"], range=[ACCENT, "white"]),
            title=None,
        ),
        color=alt.value(ACCENT),
    )
    given = alt.Chart(infusions).mark_rule(color=WARM, strokeDash=[2, 3]).encode(x="day:Q")
    layers = [given, line, points]
    if lloq:
        layers.insert(
            0,
            alt.Chart(pl.DataFrame({"y": [lloq]})).mark_rule(color=ALERT, strokeDash=[4, 4]).encode(y="y:Q"),
        )
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT + 40)


def timeline(rows: pl.DataFrame, infusions: pl.DataFrame) -> alt.LayerChart:
    """Draw every adverse event as a bar from its start to its end, a row per patient, coloured by grade.

    `rows` has SUBJID, start, end (study days) and grade; a bar that ends on the day it starts is a mark.
    """
    x = alt.X("start:Q", title="study day", scale=alt.Scale(nice=False))
    y = alt.Y("SUBJID:N", title="patient")
    colour = alt.Color(
        "grade:O", title="CTCAE grade", scale=alt.Scale(domain=list(GRADES), range=list(GRADES.values()))
    )
    base = alt.Chart(rows)
    bars = base.mark_bar(height=5, opacity=0.9).encode(x=x, x2="end:Q", y=y, yOffset="lane:O", color=colour)
    starts = base.mark_tick(thickness=3, height=5).encode(x=x, y=y, yOffset="lane:O", color=colour)
    given = alt.Chart(infusions).mark_rule(color=ACCENT, strokeDash=[2, 3]).encode(x="day:Q")
    return (given + bars + starts).properties(width=WIDTH, height=alt.Step(9))


def shifts(rows: pl.DataFrame) -> alt.Chart:
    """Draw the worst grade after treatment of each patient and test: a cell per patient, darker is worse.

    `rows` has term, SUBJID and grade (0 to 4, null where no value could be graded).
    """
    return (
        alt.Chart(rows)
        .mark_rect(stroke="white", strokeWidth=1.5)
        .encode(
            x=alt.X("SUBJID:N", title="patient", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("term:N", title=None, sort=None, axis=alt.Axis(labelLimit=260)),
            color=alt.Color(
                "grade:O",
                title="worst grade",
                scale=alt.Scale(
                    domain=[0, 1, 2, 3, 4], range=["#eef2f4", *(GRADES[g] for g in (1, 2, 3, 4))]
                ),
            ),
        )
        .properties(width=360, height=alt.Step(17))
    )


def early(rows: pl.DataFrame, unit: str, infusions: pl.DataFrame) -> alt.LayerChart:
    """Draw a measure of every patient by study day around the infusions; `rows` has USUBJID, day and AVAL."""
    x = alt.X("day:Q", title="study day", axis=alt.Axis(tickCount=9, labelOverlap=True))
    lines = (
        alt.Chart(rows)
        .mark_line(color=ACCENT, strokeWidth=1.2, opacity=0.55)
        .encode(x=x, y=alt.Y("AVAL:Q", title=unit, axis=alt.Axis(tickCount=5)), detail="USUBJID:N")
    )
    given = alt.Chart(infusions).mark_rule(color=WARM, strokeDash=[2, 3]).encode(x="day:Q")
    return (given + lines).properties(width=WIDTH, height=HEIGHT - 90)


def path(looks: pl.DataFrame, limits: pl.DataFrame, event: str) -> alt.LayerChart:
    """Draw the number of events after each patient against the boundary that pauses the trial.

    `looks` has n and events, `limits` n and limit; the first look stands at no patients and no events.
    """
    last = int(max(1.0, *limits["n"], *looks["n"]))
    top = int(max(1.0, *limits["limit"], *looks["events"])) + 1
    x = alt.X(
        "n:Q",
        title="patients known",
        scale=alt.Scale(domain=[0, last]),
        axis=alt.Axis(tickCount=last, format="d"),
    )
    whole = alt.Axis(tickCount=top, format="d")
    y = alt.Y("limit:Q", title=f"patients with {event}", scale=alt.Scale(domain=[0, top]), axis=whole)
    pause = limits.with_columns(top=pl.lit(float(top)), label=pl.lit("pause"))
    area = (
        alt.Chart(pause).mark_area(color=ALERT, opacity=0.1, interpolate="step").encode(x=x, y=y, y2="top:Q")
    )
    edge = (
        alt.Chart(pause)
        .mark_point(shape="square", filled=True, color=ALERT, size=60, opacity=1)
        .encode(x=x, y=y)
    )
    word = (
        alt.Chart(pause.tail(1)).mark_text(align="right", dx=-8, dy=-12, color=ALERT, fontSize=12)
        .encode(x=x, y=y, text="label:N")
    )  # fmt: skip
    start = pl.DataFrame({"n": [0.0], "events": [0.0]})
    seen = alt.Chart(pl.concat([start, looks.select("n", "events")])).encode(x=x, y="events:Q")
    line = seen.mark_line(color=ACCENT, strokeWidth=2.5, interpolate="step-after")
    points = seen.mark_point(color=ACCENT, filled=True, size=55, opacity=1)
    return (area + edge + word + line + points).properties(width=WIDTH, height=HEIGHT - 50)
