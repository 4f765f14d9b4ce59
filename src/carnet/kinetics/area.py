"""Area under a level over time, segment by segment, inside any window."""

from __future__ import annotations

import polars as pl

METHODS = ("linear-up-log-down", "linear", "linear-log")
"""How the level runs between two samples: straight; or logarithmic while it falls; or after the peak."""

SMALL = 1e-5
"""Below this fall of the logarithm over a piece, straight and logarithmic areas agree to all their digits."""


def areas(points: pl.DataFrame, windows: pl.DataFrame, method: str = METHODS[0]) -> pl.DataFrame:
    """Return the area for each profile and window, in day x unit (denney2015, kim2018).

    `points` has profile, time, level and tmax, one row per level used; before the first the level runs from
    0 at time 0, and after the last there is none. `windows` has window, from, to. A profile without points
    has no row.

    >>> one = pl.DataFrame({"profile": [1, 1], "time": [1.0, 3.0], "level": [8.0, 2.0], "tmax": [1.0, 1.0]})
    >>> whole = pl.DataFrame({"window": [0], "from": [0.0], "to": [3.0]})
    >>> round(areas(one, whole)["area"].item(), 4), areas(one, whole, "linear")["area"].item()
    (12.6562, 14.0)
    """
    points = points.sort("profile", "time").with_columns(
        pl.col("time").shift(1).over("profile").fill_null(0.0).alias("t1"),
        pl.col("level").shift(1).over("profile").fill_null(0.0).alias("c1"),
    )
    t1, t2, c1, c2 = pl.col("t1"), pl.col("time"), pl.col("c1"), pl.col("level")
    curved = {
        "linear-up-log-down": c2 < c1,
        "linear": pl.lit(False),
        "linear-log": t1 >= pl.col("tmax"),
    }[method]
    falls = pl.when(curved & (c1 > 0) & (c2 > 0)).then((c1 / c2).log() / (t2 - t1)).otherwise(0.0)
    pieces = points.with_columns(falls.alias("falls"), ((c2 - c1) / (t2 - t1)).alias("slope"))
    pieces = pieces.join(windows, how="cross").with_columns(
        pl.max_horizontal(t1, "from").alias("lo"), pl.min_horizontal(t2, "to").alias("hi")
    )
    pieces = pieces.filter(pl.col("hi") > pl.col("lo"))
    k, width, into = pl.col("falls"), pl.col("hi") - pl.col("lo"), pl.col("lo") - t1
    start = pl.when(k != 0).then(c1 * (-k * into).exp()).otherwise(c1 + pl.col("slope") * into)
    end = pl.when(k != 0).then(start * (-k * width).exp()).otherwise(start + pl.col("slope") * width)
    area = pl.when((k * width).abs() > SMALL).then((start - end) / k).otherwise((start + end) / 2 * width)
    return pieces.group_by("profile", "window").agg(area.sum().alias("area"))
