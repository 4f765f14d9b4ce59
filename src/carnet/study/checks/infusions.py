"""Were the cells given as the protocol says, and the samples around them drawn in time?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import Values, moment


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about infusions and the samples around them."""
    yield days(values)
    yield infusions(values)
    yield samples(values)


def days(values: Values) -> pl.DataFrame:
    """Return infusions out of order, too close, too soon after lymphodepletion or outside their days."""
    get = values.study.get
    given = values.given.select("subject", "visit", "infusion_number", "start", "stop")
    rows = values.with_day(given, pl.col("start").dt.date())
    number = pl.col("infusion_number")
    hours = ((pl.col("start") - pl.col("start").shift(1).over("subject")).dt.total_minutes() / 60).round(1)
    rows = rows.with_columns(hours=hours, last=number.shift(1).over("subject"))
    wait = (pl.col("start").dt.date() - pl.col("ld_last").dt.date()).dt.total_days()
    low, high = get("interval.ld_to_cells_days", [0, 10**6])
    least = get("interval.spacing_hours", 48)
    spans = {
        float(n): get(f"interval.infusion_{n}_days") for n in (2, 3) if get(f"interval.infusion_{n}_days")
    }
    outside = pl.any_horizontal(
        False, *((number == n) & ~pl.col("day").is_between(*span) for n, span in spans.items())
    )
    span = number.replace_strict(
        {n: f"{a} to {b}" for n, (a, b) in spans.items()}, default=None, return_dtype=pl.String
    )
    ask = asking(rows, "cell_infusion")
    start = "infusion_start"
    return gather(
        [
            ask(
                start,
                pl.col("hours") < 0,
                "Infusion {} began at {}, before infusion {}.",
                number,
                "start",
                "last",
            ),
            ask(
                start,
                pl.col("hours").is_between(0, least, closed="left"),
                "Infusion {} began {} hours after infusion {}; at least {} are needed.",
                number,
                "hours",
                "last",
                least,
            ),
            ask("infusion_number", number == pl.col("last"), "Infusion {} is entered twice.", number),
            ask(
                "infusion_number",
                (number > 1) & pl.col("last").is_null(),
                "Infusion {} is entered without one before it.",
                number,
            ),
            ask(
                start,
                pl.col("ld_first").is_null(),
                "Infusion {} was given, but no dose of lymphodepletion is entered.",
                number,
            ),
            ask(
                start,
                (number == 1) & ~wait.is_between(low, high),
                "The first infusion came {} days after the last lymphodepletion; {} to {} are planned.",
                wait,
                low,
                high,
            ),
            ask(
                start,
                outside,
                "Infusion {} was given on protocol day {}; days {} are allowed.",
                number,
                "day",
                span,
            ),
            ask(
                "infusion_stop",
                pl.col("stop") <= pl.col("start"),
                "Infusion {} ended at {}, not after its start at {}.",
                number,
                "stop",
                "start",
            ),
        ]
    )


def infusions(values: Values) -> pl.DataFrame:
    """Return infusions whose dose, batch or gate speaks against having been given so."""
    rows = values.form("cell_infusion")
    get = values.study.get
    status, number = pl.col("infusion_status"), pl.col("infusion_number")
    given = status != "OMITTED"
    percent = (100 * pl.col("infusion_given") / pl.col("infusion_planned")).round(1)
    low, high = get("dosing.cells_low", 80), get("dosing.cells_high", 120)
    needed = ("infusion_start", "infusion_given", "infusion_lot")
    lacking = pl.any_horizontal(pl.col(name).is_null() for name in needed)
    gates = [name for name in rows.columns if name.startswith("infusion_gate_")]
    labels = {name: values.study.items[name].label for name in gates if name in values.study.items}
    shut = rows.filter(given).unpivot(
        gates, index=["subject", "visit"], variable_name="item", value_name="open"
    )
    met = pl.col("item").replace_strict(labels, default=None, return_dtype=pl.String)
    ask = asking(rows, "cell_infusion")
    return gather(
        [
            ask(
                "infusion_given",
                given & ~percent.is_between(low, high),
                "Infusion {}: {} % of the planned cells were given; {} to {} % are allowed.",
                number,
                percent,
                low,
                high,
            ),
            ask(
                "infusion_start",
                given & lacking,
                "Infusion {} was given; its start, cells and batch are needed.",
                number,
            ),
            ask(
                "infusion_status",
                ~given & pl.col("infusion_start").is_not_null(),
                "Infusion {} is omitted and has a start all the same.",
                number,
            ),
            ask(
                "infusion_reason",
                (status != "GIVEN") & pl.col("infusion_reason").is_null(),
                "Infusion {} was not given as planned ({}); a reason is needed.",
                number,
                status.str.to_lowercase(),
            ),
            findings(
                shut.filter(~pl.col("open")),
                words("The infusion was given although this was not met: {}.", met),
                "cell_infusion",
            ),
        ]
    )


def samples(values: Values) -> pl.DataFrame:
    """Return kinetic samples whose time does not fit their infusion, and cells found before the first one."""
    rows = values.form(
        "kinetics_sample",
        "kinetics_timepoint",
        "kinetics_datetime",
        "kinetics_infusion",
        "car_copies",
        "car_copies_result",
    )
    doses = values.given.select("subject", "start", "stop", kinetics_infusion=pl.col("infusion_number"))
    first = doses.group_by("subject").agg(first=pl.col("start").min())
    rows = rows.join(doses, on=["subject", "kinetics_infusion"], how="left", maintain_order="left")
    rows = rows.join(first, on="subject", how="left", maintain_order="left")
    taken, point, number = (
        moment(pl.col("kinetics_datetime")),
        pl.col("kinetics_timepoint"),
        pl.col("kinetics_infusion"),
    )
    hours = point.str.extract(r"^(\d+) H AFTER END$").cast(pl.Float64)
    late = ((taken - pl.col("stop")).dt.total_minutes() - 60 * hours).round(0)
    early = (taken <= pl.col("first")) & (pl.col("car_copies_result") == "QUANTIFIABLE")
    ask = asking(rows, "kinetics_sample")
    when = "kinetics_datetime"
    return gather(
        [
            ask(
                when,
                (point == "PRE-DOSE") & (taken > pl.col("start")),
                "The sample before infusion {} was drawn at {}, after its start at {}.",
                number,
                taken,
                "start",
            ),
            ask(
                when,
                late.abs() > values.study.get("plausible.sample_minutes", 30),
                "The sample {} of infusion {} was drawn {} minutes off its time.",
                point,
                number,
                late,
            ),
            ask(
                "car_copies",
                early,
                "{} copies/ug before the first infusion: are samples exchanged?",
                "car_copies",
            ),
        ]
    )
