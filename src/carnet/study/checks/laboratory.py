"""Are laboratory values possible: limits in order, urine protein by both methods, titres on the ladder?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.findings import asking, gather
from carnet.study.checks.values import ROW, Values, moment


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about laboratory values."""
    yield limits(values)
    yield urine(values)
    yield titres(values)


def limits(values: Values) -> pl.DataFrame:
    """Return laboratory limits that are exchanged, and values whose limits are missing."""
    items = values.study.items
    limited = [name for name in items if f"{name}_uln" in items]
    cells = values.cells.select(*ROW, "form", "item", "number").filter(pl.col("number").is_not_null())
    ends = cells.with_columns(of=pl.col("item").str.replace("_(lln|uln)$", "")).filter(
        pl.col("of").is_in(limited)
    )
    lower, upper = (ends.filter(pl.col("item") == pl.col("of") + end) for end in ("_lln", "_uln"))
    pairs = lower.drop("item").join(
        upper.drop("item"), on=[*ROW, "form", "of"], suffix="_upper", maintain_order="left"
    )
    measured = cells.filter(pl.col("item").is_in(limited))
    given = ends.filter(pl.col("item") != pl.col("of")).select(*ROW, item="of").unique()
    bare = measured.join(given, on=[*ROW, "item"], how="anti", maintain_order="left")
    crossed = pl.col("number") > pl.col("number_upper")
    text = "The lower limit of {} ({}) is above its upper limit ({})."
    return gather(
        [
            asking(pairs.rename({"of": "item"}))(None, crossed, text, "item", "number", "number_upper"),
            asking(bare)(
                None,
                pl.lit(True),
                "{} has no limits of its laboratory; it can be graded only in part.",
                "item",
            ),
        ]
    )


def urine(values: Values) -> pl.DataFrame:
    """Return 24-hour collections with an improbable volume, and methods that contradict each other."""
    get = values.study.get
    names = ("upcr", "prot24", "urine_volume_24h", "urine_24h_start", "urine_24h_stop")
    rows = values.form("proteinuria", *names)
    taken = moment(pl.col("urine_24h_stop")) - moment(pl.col("urine_24h_start"))
    hours = (taken.dt.total_minutes() / 60).round(1)
    short, long = get("plausible.hours_24h", [0, 10**6])
    low, high = get("plausible.volume_24h", [0, 10**6])
    least, most = get("plausible.upcr_to_24h", [0, 10**6])
    enough = pl.max_horizontal("upcr", "prot24") >= get("plausible.upcr_to_24h_from", 0)
    ratio = (pl.col("prot24") / pl.col("upcr")).round(2)
    volume = pl.col("urine_volume_24h")
    nothing = (pl.col("upcr") == 0) | (pl.col("prot24") == 0)
    ask = asking(rows, "proteinuria")
    text = "The 24-hour urine is {} mL; {} to {} are expected. Was it collected whole?"
    return gather(
        [
            ask("urine_volume_24h", ~volume.is_between(low, high), text, volume, low, high),
            ask(
                "urine_24h_stop",
                ~hours.is_between(short, long),
                "The 24-hour collection lasted {} hours; {} to {} are expected.",
                hours,
                short,
                long,
            ),
            ask(
                "prot24",
                enough & ~ratio.is_between(least, most),
                "24-hour protein {} g and UPCR {} g/g do not fit (ratio {}).",
                "prot24",
                "upcr",
                ratio,
            ),
            ask(None, nothing, "Urine protein is 0; was it below the limit of the method?"),
        ]
    )


def titres(values: Values) -> pl.DataFrame:
    """Return ANA titres that cannot be read, or that are no step of their series of dilutions."""
    rows = values.form("antibodies", "ana", "ana_series")
    text = pl.col("ana").str.strip_chars().str.to_uppercase()
    titre = text.str.extract(r"^[<>]?=?1[:/](\d+)$").cast(pl.Int64, strict=False)
    series = pl.col("ana_series").fill_null("TWOFOLD")
    ladders = {"TWOFOLD": "ana_ladder", "HALF-LOG": "ana_ladder_half_log"}
    steps = {name: values.study.get(f"response.{key}", []) for name, key in ladders.items()}
    stray = pl.any_horizontal(
        False, *((series == name) & ~titre.is_in(on) for name, on in steps.items() if on)
    )
    unread = titre.is_null() & (text != "NEGATIVE")
    ask = asking(rows, "antibodies")
    return gather(
        [
            ask("ana", unread, "The ANA is {}; write it as 1:320, <1:80, >1:10240 or NEGATIVE.", "ana"),
            ask(
                "ana", stray, "The ANA is {}, no step of the {} dilutions.", "ana", series.str.to_lowercase()
            ),
        ]
    )
