"""A sheet: strips one below the other on a common axis of days, drawn as one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import altair as alt
import polars as pl

from carnet.report.axis import EDGE, GUTTER, Axis
from carnet.report.chart import ACCENT, GRADES, INK
from carnet.report.marks import LAYERS, picture

ROW, STRIP, CELL, DOT = 12.0, 28.0, 17.0, 5.2
"""Height of a row and of a course, width of a cell, radius of a graded point."""

HEAD = 12.0
"""Room above a course whose values are written out."""

PALE = "#eef2f4"
FILLS = {
    **{str(grade): colour for grade, colour in GRADES.items()},
    "h4": "#5b1a0f", "h3": "#b4512a", "h2": "#f0bd8d", "h1": "#e9eef1", "h0": "#ffffff",
    "yes": ACCENT, "no": "#ffffff", "open": "#ffffff",
}  # fmt: skip
"""How a cell or bar is filled: by CTCAE grade, by activity as in the heat maps, by verdict; open is not known."""

Down = Callable[[pl.Expr], pl.Expr]

LIGHT = ("3", "4", "5", "h4", "h3", "yes")
"""What is filled so darkly that its letter is white."""


@dataclass
class Sheet:
    """What is drawn so far, and where the next strip begins."""

    axis: Axis
    top: float = 0
    marks: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {layer: [] for layer in LAYERS})

    def heading(self, text: str) -> None:
        """Begin a group of strips with its name."""
        self.top += 3
        self.write("heads", [(0.0, self.top + ROW / 2, text, INK)])
        self.top += ROW

    def name(self, text: str, height: float, colour: str = INK) -> None:
        """Name the strip that begins here, cut to what has room; the tables have the name whole."""
        most = 37
        shown = text if len(text) <= most else text[: most - 1].rstrip() + "…"
        self.write("left", [(0.0, self.top + height / 2, shown, colour)])

    def write(self, layer: str, words: list[tuple[float, float, str, str]]) -> None:
        """Write words: place across, place down, text and colour of each."""
        self.marks[layer].append(pl.DataFrame(words, schema=["x", "y", "text", "colour"], orient="row"))

    def letters(self, rows: pl.DataFrame) -> None:
        """Write a text in the middle of each row: x, y, text and kind, which says the colour below it."""
        light = pl.col("kind").is_in(LIGHT)
        self.marks["middle"].append(
            rows.select(
                pl.col("x").cast(pl.Float64), pl.col("y").cast(pl.Float64), "text",
                colour=pl.when(light).then(pl.lit("#ffffff")).otherwise(pl.lit(INK)),
            )
        )  # fmt: skip

    def cells(self, name: str, rows: pl.DataFrame, width: float = CELL) -> None:
        """Draw a row of cells: day, text and kind of each; a later one never covers an earlier one's letter."""
        self.name(name, ROW)
        if not rows.is_empty():
            placed = rows.select(
                x=self.axis.place(pl.col("day")), y=pl.lit(self.top + ROW / 2), text="text", kind="kind"
            )
            self._boxes(placed.with_columns(pl.col("x") - width / 2, x2=pl.col("x") + width / 2))
            self.letters(placed)
        self.top += ROW

    def bars(self, name: str, rows: pl.DataFrame) -> None:
        """Draw bars from start to the end of the last day: start, end, text, kind, and whether it goes on."""
        self.name(name, ROW)
        placed = rows.select(
            x=self.axis.place(pl.col("start")),
            x2=self.axis.place(pl.col("end") + 1),
            y=pl.lit(self.top + ROW / 2),
            text="text",
            kind="kind",
            goes_on="goes_on",
        ).with_columns(
            x2=pl.max_horizontal(pl.col("x2"), pl.col("x") + 4 + 6 * pl.col("text").str.len_chars())
        )
        self._boxes(placed)
        self.letters(placed.with_columns(pl.col("x") + 2 + 3 * pl.col("text").str.len_chars()))
        on = placed.filter("goes_on").select(x=pl.col("x2") + 5, y="y", text=pl.lit("→"), kind=pl.lit("open"))
        self.letters(on)
        self.top += ROW

    def _boxes(self, rows: pl.DataFrame) -> None:
        kind = pl.col("kind")
        self.marks["boxes"].append(
            rows.select(
                "x", "x2", y=pl.col("y") - ROW / 2 + 0.5, y2=pl.col("y") + ROW / 2 - 0.5,
                fill=kind.replace_strict(FILLS, default=PALE, return_dtype=pl.String),
                edge=pl.when(kind.is_in(["h0", "h1", "no"])).then(pl.lit("#cfd9df"))
                .when(kind == "open").then(pl.lit(INK)).otherwise(pl.lit("#ffffff")),
            )
        )  # fmt: skip

    def curve(
        self,
        name: str,
        rows: pl.DataFrame,
        *,
        log: bool = False,
        floor: float | None = None,
        bands: list[tuple[int, float | None, float | None]] | None = None,
        figures: bool = False,
    ) -> None:
        """Draw a course over time: day, value, text and kind of each point; a missing value breaks the line.

        `kind` is a grade or null; `text` stands in a graded point, and in place of a missing value. `bands` are the
        intervals of the grades; `floor` is where the axis begins unless a value is lower; with `figures` every
        value stands above its point, else the highest and the lowest beside the strip.
        """
        self.name(name, STRIP)
        rows = rows.drop_nulls("day")
        self.marks["ground"].append(
            pl.DataFrame({
                "x": [float(GUTTER)], "x2": [self.axis.width - EDGE], "y": [self.top], "y2": [self.top + 0.7],
                "fill": ["#dfe6ea"], "shade": [1.0],
            })
        )  # fmt: skip
        known = rows.filter(pl.col("value").is_not_null() & (pl.lit(not log) | (pl.col("value") > 0)))
        lost = rows.join(known.select("day", "value"), on=["day", "value"], how="anti", nulls_equal=True)
        low, high = self._span(known, floor)

        def down(value: pl.Expr) -> pl.Expr:
            a, b = (pl.lit(low), pl.lit(high))
            part = (value.log() - a.log()) / (b.log() - a.log()) if log else (value - a) / (b - a)
            head = HEAD if figures else 5.0
            return self.top + STRIP - 5 - part.clip(0, 1) * (STRIP - 5 - head)

        self._bands(bands or [], (low, high), down)
        placed = rows.sort("day").with_columns(
            x=self.axis.place(pl.col("day")),
            y=down(pl.when(pl.lit(log) & (pl.col("value") <= 0)).then(None).otherwise(pl.col("value"))),
        )
        course = placed.with_columns(
            part=pl.format("{}.{}", pl.lit(round(self.top)), pl.col("y").is_null().cum_sum())
        ).drop_nulls("y")
        self.marks["lines"].append(course.select("x", "y", "part"))
        graded = pl.col("kind").is_in([str(grade) for grade in GRADES])
        self.marks["dots"].append(
            course.select(
                "x", "y", size=pl.when(graded).then(DOT**2 * 3.14).otherwise(14.0),
                fill=pl.col("kind").replace_strict(FILLS, default=ACCENT, return_dtype=pl.String),
                edge=pl.when(graded).then(pl.lit(INK)).otherwise(pl.lit(ACCENT)),
            )
        )  # fmt: skip
        self.letters(course.filter(graded))
        unknown = lost.with_columns(
            x=self.axis.place(pl.col("day")),
            y=pl.lit(self.top + STRIP - 6),
            text=pl.coalesce("text", pl.lit("?")),
        )
        self.letters(unknown.with_columns(kind=pl.lit("open")))
        if figures:
            written = course.select(
                "x",
                y=pl.col("y") - 7,
                text=pl.col("value").map_elements("{:g}".format, return_dtype=pl.String),
            )
            self.letters(written.with_columns(kind=pl.lit(None, dtype=pl.String)))
        else:
            self._ends(known, down)
        self.top += STRIP

    def _span(self, known: pl.DataFrame, floor: float | None) -> tuple[float, float]:
        values = known["value"].to_list() + ([] if floor is None else [floor])
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        return (float(low), float(high)) if high > low else (float(low), float(low) + 1.0)

    def _bands(
        self,
        bands: list[tuple[int, float | None, float | None]],
        span: tuple[float, float],
        down: Down,
    ) -> None:
        low, high = (pl.lit(end) for end in span)
        table = pl.DataFrame(
            bands, schema={"grade": pl.Int64, "a": pl.Float64, "b": pl.Float64}, orient="row"
        )
        drawn = table.with_columns(
            below=(pl.col("a") < low).fill_null(True), above=(pl.col("b") > high).fill_null(True),
            a=pl.max_horizontal("a", low), b=pl.min_horizontal("b", high),
            fill=pl.col("grade").replace_strict(GRADES, return_dtype=pl.String),
        ).filter(pl.col("a") < pl.col("b"))  # fmt: skip
        if drawn.is_empty():
            return
        self.marks["ground"].append(
            drawn.select(
                x=pl.lit(float(GUTTER)), x2=pl.lit(self.axis.width - EDGE),
                y=pl.when("above").then(pl.lit(self.top)).otherwise(down(pl.col("b"))),
                y2=pl.when("below").then(pl.lit(self.top + STRIP)).otherwise(down(pl.col("a"))),
                fill="fill", shade=pl.lit(0.28),
            )
        )  # fmt: skip

    def _ends(self, known: pl.DataFrame, down: Down) -> None:
        """Write the highest and the lowest value beside the strip, at their heights."""
        if known.is_empty():
            return
        ends = pl.DataFrame(
            {"value": [known["value"].max(), known["value"].min()]}, schema={"value": pl.Float64}
        )
        placed = ends.unique(maintain_order=True).select("value", y=down(pl.col("value")))
        apart = zip(placed.iter_rows(), (2.0, -2.0), strict=False)
        self.write("right", [(GUTTER - 5.0, y + away, f"{value:g}", INK) for (value, y), away in apart])

    def across(self, days: Iterable[float], colour: str, weight: float, dashed: bool = False) -> None:
        """Draw a line down the whole sheet at each of these days; call it when the last strip stands."""
        placed = pl.DataFrame({"day": list(days)}, schema={"day": pl.Float64})
        self.marks["rules"].append(
            placed.select(
                x=self.axis.place(pl.col("day")), y=pl.lit(float(ROW)), y2=pl.lit(self.top),
                colour=pl.lit(colour), weight=pl.lit(float(weight)), dashed=pl.lit(dashed),
            )
        )  # fmt: skip

    def days(self, ticks: Mapping[float, str]) -> None:
        """Write the names of days in a row."""
        placed = pl.DataFrame(
            list(ticks.items()), schema={"day": pl.Float64, "text": pl.String}, orient="row"
        )
        self.letters(
            placed.select(
                "text", x=self.axis.place(pl.col("day")), y=pl.lit(self.top + ROW / 2), kind=pl.lit("no")
            )
        )
        self.top += ROW

    def shade(self, first: float, last: float, colour: str, depth: float) -> None:
        """Shade the days from first to last down the whole sheet."""
        span = pl.DataFrame({"a": [float(first)], "b": [float(last)]})
        self.marks["ground"].insert(
            0,
            span.select(
                x=self.axis.place(pl.col("a")), x2=self.axis.place(pl.col("b")), y=pl.lit(float(ROW)),
                y2=pl.lit(float(self.top)), fill=pl.lit(colour), shade=pl.lit(float(depth)),
            ),
        )  # fmt: skip

    def chart(self) -> alt.LayerChart:
        """Return the picture."""
        return picture(self.marks, self.axis.width, self.top)
