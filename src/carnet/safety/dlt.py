"""Dose-limiting toxicity: which events, and which counts that have not recovered, are dose-limiting."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from carnet.core.form import Item
from carnet.core.inputs import Inputs
from carnet.core.parameter import read_parameters
from carnet.core.rule import Rule, all_of, any_of

PARAMETERS = read_parameters("carnet.safety", "parameters.csv", "dlt")

KINDS = ("CRS", "ICANS", "GVHD", "INFUSION REACTION", "OTHER")
"""What an event is judged as."""

EVENT = Inputs(
    (
        Item("kind", "kind", "choice", choices=KINDS),
        Item(
            "grade", "grade", "integer", "ASTCT or MAGIC (0 to 4) for their kinds, else CTCAE", low=0, high=5
        ),
        Item(
            "day_min", "First day, from the first infusion, on which it may have reached its grade", "integer"
        ),
        Item("day_max", "Last such day", "integer"),
        Item("hours_min", "Least hours at the grade that counts", "decimal"),
        Item("hours_max", "Most hours at that grade; empty: no end in sight", "decimal"),
        Item("related_cells", "Related to the cells", "boolean"),
        Item("related", "Related to any study treatment", "boolean"),
        Item("haematological", "A blood count or a disorder of the blood", "boolean"),
        Item(
            "exempt",
            "Laboratory value alone, fever or chills, or infection put down to lymphodepletion",
            "boolean",
        ),
        Item("fatal", "Death", "boolean"),
    )
)

COUNTS = Inputs(
    (
        Item("neut", "Neutrophils at the day-28 visit", "decimal", unit="10^9/L"),
        Item("plat", "Platelets at the day-28 visit", "decimal", unit="10^9/L"),
        Item("plat_base", "Platelets at baseline", "decimal", unit="10^9/L"),
    )
)


def _within(last: int) -> pl.Expr:
    """Return whether the event came after the first infusion, to the last day of the window."""
    inside = (pl.col("day_min") >= 0) & (pl.col("day_max") <= last)
    outside = (pl.col("day_max") < 0) | (pl.col("day_min") > last)
    return pl.when(inside).then(True).when(outside).then(False)


def _longer(hours: float) -> pl.Expr:
    """Return whether a grade lasted longer than some hours."""
    least, most = pl.col("hours_min").round(6), pl.col("hours_max").round(6)
    return pl.when(least > hours).then(True).when(most <= hours).then(False)


def event_dlt(**settings: object) -> Rule:
    """Return whether an event is dose-limiting (carnet2026), by the set that the study defines.

    `hours_min` and `hours_max` count the hours at grade 3 and above (infusion reactions: until back at grade 1, ICANS:
    at grade 2 and above).

    >>> row = {"kind": "CRS", "grade": 3, "day_min": 2, "day_max": 2}
    >>> print(*EVENT_DLT.explain(EVENT_DLT.judge([row]).row(0, named=True)), sep="\\n")
    yes      dose-limiting event
      yes      after the first infusion, to day 31: 2
      yes      one of the kinds that count
        yes      CRS of grade 3 or more: kind CRS, grade 3
    """
    chosen = PARAMETERS.set(**settings)
    kind, grade = pl.col("kind"), pl.col("grade")

    def of(name: str, condition: pl.Expr) -> pl.Expr:
        return (kind == name) & condition

    days = chosen["icans_lasting_days"]
    other = (
        (grade >= chosen["other"]) & pl.col("related_cells") & ~pl.col("haematological") & ~pl.col("exempt")
    )
    kinds = any_of(
        "dlt_kind", "one of the kinds that count",
        Rule("dlt_crs", f"CRS of grade {chosen['crs']} or more", of("CRS", grade >= chosen["crs"])),
        Rule("dlt_icn", f"ICANS of grade {chosen['icans']} or more", of("ICANS", grade >= chosen["icans"])),
        Rule("dlt_icl", f"ICANS of grade {chosen['icans_lasting']} or more for more than {days} days",
             of("ICANS", (grade >= chosen["icans_lasting"]) & _longer(24 * days))),
        Rule("dlt_gvh", f"acute GvHD of grade {chosen['gvhd']} or more", of("GVHD", grade >= chosen["gvhd"])),
        Rule("dlt_rea", f"infusion reaction of grade {chosen['reaction']} or more, not down to 1 in time",
             of("INFUSION REACTION", (grade >= chosen["reaction"]) & _longer(chosen["reaction_hours"]))),
        Rule("dlt_oth", f"other event of grade {chosen['other']} or more, related to the cells, lasting",
             of("OTHER", other & _longer(chosen["other_hours"]))),
        Rule("dlt_dth", "related death", pl.col("fatal") & pl.col("related")),
    )  # fmt: skip
    window = Rule(
        "dlt_win", f"after the first infusion, to day {chosen['last_day']}", _within(chosen["last_day"])
    )
    whole = all_of("dlt_evt", "dose-limiting event", window, kinds, source="carnet2026")
    return replace(whole, inputs=EVENT, parameters=chosen, make=event_dlt)


def count_dlt(**settings: object) -> Rule:
    """Return whether counts have not recovered at the day-28 visit (carnet2026).

    Neutrophils below 0.5; platelets below 25, or, where baseline was below 50, below half of it.

    >>> COUNT_DLT.judge([{"neut": 2.0, "plat": 20, "plat_base": 45}])["dlt_plt"].to_list()
    [True]
    """
    chosen = PARAMETERS.set(**settings)
    low_base = pl.col("plat_base").round(6) < chosen["low_baseline"]
    half = pl.col("plat").round(6) < (chosen["share"] * pl.col("plat_base")).round(6)
    below = pl.col("plat").round(6) < chosen["platelets"]
    # with a low baseline half of it is the limit; while baseline is unknown, both limits must agree
    least = chosen["share"] * chosen["low_baseline"]
    open_ = pl.when(pl.col("plat").round(6) >= max(chosen["platelets"], least)).then(False)
    platelets = pl.when(low_base).then(half).when(~low_base).then(below).otherwise(open_)
    neutrophils = pl.col("neut").round(6) < chosen["neutrophils"]
    whole = any_of(
        "dlt_cnt", "counts not recovered at the day-28 visit",
        Rule("dlt_anc", f"neutrophils below {chosen['neutrophils']:g}", neutrophils),
        Rule("dlt_plt", f"platelets below {chosen['platelets']:g}, or their share of a low baseline", platelets),
        source="carnet2026",
    )  # fmt: skip
    return replace(whole, inputs=COUNTS, parameters=chosen, make=count_dlt)


EVENT_DLT, COUNT_DLT = event_dlt(), count_dlt()
