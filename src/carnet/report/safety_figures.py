"""The figures on safety: timelines, worst grades, counts, the liver, toxicity against its boundary."""

from __future__ import annotations

import altair as alt
import polars as pl

from carnet.report.chart import ACCENT, ALERT, GRADES, INK, QUIET, WARM

WIDTH, HEIGHT = 620, 230
LANE, GAP = 7, 9
"""Height of a bar with its distance to the next, and the space between two patients, in pixels."""


def timeline(bars: pl.DataFrame, doses: pl.DataFrame, days: tuple[int, int]) -> alt.LayerChart:
    """Draw every adverse event as a bar from its start to its end, a band per patient, coloured by grade.

    `bars` has SUBJID, start, end (study days), lane, grade and open (goes on); `doses` SUBJID, day and cells.
    """
    height = bars.group_by("SUBJID").agg(lanes=pl.col("lane").max() + 1).sort("SUBJID")
    tall = pl.col("lanes") * LANE + GAP
    bands = height.with_columns(
        top=(tall.cum_sum() - tall).cast(pl.Float64), bottom=tall.cum_sum().cast(pl.Float64)
    )
    total = int(bands["bottom"][-1])
    bands = bands.with_columns(
        odd=pl.int_range(pl.len()) % 2 == 1, middle=(pl.col("top") + pl.col("bottom")) / 2
    )
    lane = pl.col("top") + GAP / 2 + pl.col("lane") * LANE
    at = bars.join(bands.select("SUBJID", "top"), on="SUBJID").with_columns(
        y=lane, y2=lane + LANE - 2, middle=lane + LANE / 2 - 1, end=pl.col("end") + 1
    )
    marks = doses.join(bands.select("SUBJID", "top", "bottom"), on="SUBJID").with_columns(pl.col("day") + 0.5)
    axis = alt.Axis(tickCount=12, format="d", grid=True)
    scale = alt.Scale(domain=[days[0], days[1] + 3], nice=False)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title="study day", scale=scale, axis=axis)

    def y(name: str) -> alt.Y:
        return alt.Y(
            f"{name}:Q", title=None, axis=None, scale=alt.Scale(domain=[0, total], reverse=True, nice=False)
        )

    colour = alt.Color(
        "grade:O", title="worst grade", scale=alt.Scale(domain=list(GRADES), range=list(GRADES.values()))
    )
    shade = alt.Chart(bands.filter("odd")).mark_rect(color="#eef2f4").encode(y=y("top"), y2="bottom:Q")
    names = alt.Chart(bands).mark_text(align="right", x=-6, color=INK, fontSize=12)
    drugs, cells = (alt.Chart(marks.filter(kind)) for kind in (~pl.col("cells"), pl.col("cells")))
    tick = drugs.mark_rule(color=QUIET, strokeWidth=2.5).encode(x=x("day"), y=y("top"), y2="bottom:Q")
    line = cells.mark_rule(color=ACCENT, strokeWidth=1.6).encode(x=x("day"), y=y("top"), y2="bottom:Q")
    bar = (
        alt.Chart(at)
        .mark_rect(stroke="white", strokeWidth=0.4)
        .encode(x=x("start"), x2="end:Q", y=y("y"), y2="y2:Q", color=colour)
    )
    arrow = (
        alt.Chart(at.filter("open"))
        .mark_point(shape="triangle-right", filled=True, size=26, opacity=1, xOffset=4)
        .encode(x=x("end"), y=y("middle"), color=colour)
    )
    names = names.encode(y=y("middle"), text="SUBJID:N")
    return alt.layer(shade, tick, line, bar, arrow, names).properties(width=WIDTH, height=total)


def worst(rows: pl.DataFrame) -> alt.LayerChart:
    """Draw the worst grade after treatment of each patient and term: a cell per patient, darker is worse.

    `rows` has term, SUBJID and grade (0 to 4, null where no value could be graded).
    """
    base = alt.Chart(rows).encode(
        x=alt.X("SUBJID:N", title="patient", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("term:N", title=None, sort=None, axis=alt.Axis(labelLimit=300)),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=1.5).encode(
        color=alt.Color(
            "grade:O",
            title="worst grade",
            scale=alt.Scale(domain=[0, 1, 2, 3, 4], range=["#eef2f4", *(GRADES[g] for g in (1, 2, 3, 4))]),
        )
    )
    light = alt.condition("datum.grade >= 3", alt.value("white"), alt.value(INK))
    numbers = (
        base.transform_filter("datum.grade > 0").mark_text(fontSize=11).encode(text="grade:O", color=light)
    )
    return (cells + numbers).properties(width=400, height=alt.Step(18))


def grade_limit(test: str, unit: str) -> tuple[int, float] | None:
    """Return the worst grade that falls below one number in this unit, and the number (ctcae2017)."""
    from carnet.safety.interval import read_rows

    found = [
        (int(row["grade"]), float(row["upper"]))
        for row in read_rows("ctcae_v5.csv")
        if row["test"] == test and row["unit"] == unit and row["direction"] == "L"
        and row["upper_ref"] == "absolute" and row["upper"] and not row["condition"]
    ]  # fmt: skip
    return max(found) if found else None


def counts(
    rows: pl.DataFrame, title: str, doses: pl.DataFrame, log: bool, limit: tuple[int, float] | None
) -> alt.LayerChart:
    """Draw a blood count of every patient by study day, the median in bold, with lymphodepletion and infusions.

    `rows` has USUBJID, visit, day and AVAL; `doses` has day, end and cells; `limit` is a grade and the number that it
    is below.
    """
    x = alt.X(
        "day:Q", title="study day", scale=alt.Scale(nice=False), axis=alt.Axis(tickCount=12, format="d")
    )
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False, nice=True)
    y = alt.Y("AVAL:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5))
    patients = (
        alt.Chart(rows)
        .mark_line(color=QUIET, strokeWidth=1.1, opacity=0.8)
        .encode(x=x, y=y, detail="USUBJID:N")
    )
    half = rows["USUBJID"].n_unique() / 2
    middle = (
        rows.group_by("visit")
        .agg(pl.col("day", "AVAL").median(), n=pl.col("USUBJID").n_unique())
        .filter(pl.col("n") >= half)
        .sort("day")
    )
    median = alt.Chart(middle).mark_line(color=ACCENT, strokeWidth=2.5).encode(x=x, y=y)
    shade = (
        alt.Chart(doses.filter(~pl.col("cells")))
        .mark_rect(color=WARM, opacity=0.16)
        .encode(x="day:Q", x2="end:Q")
    )
    given = (
        alt.Chart(doses.filter("cells"))
        .mark_rule(color=WARM, strokeDash=[3, 3], strokeWidth=1.5)
        .encode(x="day:Q")
    )
    layers = [shade, given, patients, median]
    if limit is not None:
        line = alt.Chart(pl.DataFrame({"y": [limit[1]], "label": [f"grade {limit[0]} below"]}))
        layers.append(line.mark_rule(color=ALERT, strokeDash=[6, 3]).encode(y="y:Q"))
        layers.append(
            line.mark_text(align="right", dx=-4, dy=-6, color=ALERT, fontSize=11, x="width").encode(
                y="y:Q", text="label:N"
            )
        )
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT - 60, title=title)


def edish(peaks: pl.DataFrame) -> alt.LayerChart:
    """Draw peak bilirubin against peak transaminase of each patient on log scales, with the limits of Hy's law.

    `peaks` has SUBJID, x (transaminase) and y (bilirubin), in multiples of the upper limit of normal.
    """
    from carnet.safety.hys_law import PARAMETERS

    enzyme, bilirubin = PARAMETERS["transaminase"], PARAMETERS["bilirubin"]
    ends = [[min(0.1, *peaks[name]) * 0.9, max(10.0, *peaks[name]) * 1.1] for name in ("x", "y")]
    marks = [0.1, 0.3, 1, 3, 10, 30, 100]
    axis = alt.Axis(values=marks, format="~g")
    across_, up = (alt.Scale(type="log", domain=domain, nice=False) for domain in ends)
    x = alt.X("x:Q", title="peak ALT or AST, x ULN (log scale)", scale=across_, axis=axis)
    y = alt.Y("y:Q", title="peak bilirubin, x ULN (log scale)", scale=up, axis=axis)
    lines = alt.Chart(pl.DataFrame({"x": [enzyme], "y": [bilirubin]}))
    across = lines.mark_rule(color=ALERT, strokeDash=[5, 4]).encode(y="y:Q")
    along = lines.mark_rule(color=ALERT, strokeDash=[5, 4]).encode(x="x:Q")
    corners = pl.DataFrame(
        {
            "x": [ends[0][1], ends[0][0], ends[0][1]],
            "y": [ends[1][1], ends[1][1], ends[1][0]],
            "label": ["Hy's law range", "cholestasis", "Temple's corollary"],
            "dx": [-6, 6, -6],
        }
    )
    words = [
        alt.Chart(corners[i : i + 1])
        .mark_text(align=align, baseline=base, dx=dx, dy=dy, color=ALERT, fontSize=12)
        .encode(x=x, y=y, text="label:N")
        for i, (align, base, dx, dy) in enumerate(
            [("right", "top", -6, 6), ("left", "top", 6, 6), ("right", "bottom", -6, -6)]
        )
    ]
    points = alt.Chart(peaks).mark_point(color=ACCENT, filled=True, size=60, opacity=0.85).encode(x=x, y=y)
    beyond = peaks.filter((pl.col("x") >= enzyme) | (pl.col("y") > bilirubin))
    names = alt.Chart(beyond).mark_text(dy=-11, color=INK, fontSize=11).encode(x=x, y=y, text="SUBJID:N")
    return alt.layer(across, along, *words, points, names).properties(width=460, height=320)


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
