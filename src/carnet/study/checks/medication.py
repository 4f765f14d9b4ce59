"""Do the logs of glucocorticoid and other medication hold together, and is it what the protocol allows?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.findings import asking, findings, gather
from carnet.study.checks.values import ROW, Values, day, earliest, latest

FOR_LUPUS = ("SLE", "RESCUE")
"""Reasons whose courses follow one another without a gap: a rescue interrupts the taper, it does not leave a hole."""


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about medication."""
    yield steroid(values)
    yield reviewed(values)
    yield drugs(values)
    yield prophylaxis(values)


def steroid(values: Values) -> pl.DataFrame:
    """Return gaps, overlaps and impossible ends in the glucocorticoid log."""
    rows = values.form("glucocorticoid", "gc_drug", "gc_reason", "gc_start", "gc_stop", "gc_ongoing")
    rows = rows.with_columns(start=earliest(pl.col("gc_start")), stop=latest(pl.col("gc_stop")))
    course = rows.filter(pl.col("gc_reason").is_in(FOR_LUPUS), pl.col("start").is_not_null()).sort(
        "subject", "start", "repeat"
    )
    course = course.with_columns(ended=pl.col("stop").shift(1).over("subject"))
    course = course.with_columns(gap=(pl.col("start") - pl.col("ended")).dt.total_days() - 1)
    none = _none_taken(values).select("subject", "seen")
    said = course.join(none, on="subject", how="inner").filter(pl.col("seen").is_between("ended", "start"))
    course = course.join(said, on=ROW, how="anti", maintain_order="left")
    gap, drug, no_stop = pl.col("gap"), "gc_drug", pl.col("gc_stop").is_null()
    ongoing = pl.col("gc_ongoing").fill_null(False)
    ask, between = asking(rows, "glucocorticoid"), asking(course, "glucocorticoid")
    return gather(
        [
            ask(
                "gc_stop",
                pl.col("stop") < pl.col("start"),
                "{} stops on {}, before it starts on {}.",
                drug,
                "gc_stop",
                "gc_start",
            ),
            ask("gc_ongoing", ~no_stop & ongoing, "{} is ongoing and stops on {}.", drug, "gc_stop"),
            ask(
                "gc_stop",
                no_stop & ~ongoing,
                "{} from {} has no end and is not said to be ongoing.",
                drug,
                "gc_start",
            ),
            between(
                "gc_start",
                gap > values.study.get("plausible.steroid_gap_days", 1),
                "The log has {} days without an entry between {} and {}; was none taken?",
                gap,
                "ended",
                "start",
            ),
            between(
                "gc_start",
                gap < -1,
                "The doses for lupus from {} and the one before it, to {}, overlap.",
                "gc_start",
                "ended",
            ),
        ]
    )


def reviewed(values: Values) -> pl.DataFrame:
    """Return reviews that say no glucocorticoid is taken on a day for which the log has one."""
    logged = values.form("glucocorticoid", "gc_drug", "gc_dose", "gc_start", "gc_stop")
    rows = _none_taken(values)
    rows = rows.join(logged.drop("visit", "repeat"), on="subject", how="inner", maintain_order="left")
    rows = rows.filter(pl.col("gc_dose") > 0)
    surely = (latest(pl.col("gc_start")) <= pl.col("seen")) & (
        pl.col("gc_stop").is_null() | (earliest(pl.col("gc_stop")) > pl.col("seen"))
    )
    text = "No glucocorticoid is said to be taken on {}, but the log has {} {} mg from {}."
    return asking(rows, "treatment_review")(
        "glucocorticoid_none", surely, text, "seen", "gc_drug", "gc_dose", "gc_start"
    )


def _none_taken(values: Values) -> pl.DataFrame:
    """Return the reviews that found no systemic glucocorticoid, and the day of each."""
    rows = values.form("treatment_review", "treatment_review_date", "glucocorticoid_none")
    return rows.filter("glucocorticoid_none").with_columns(seen=day(pl.col("treatment_review_date")))


def drugs(values: Values) -> pl.DataFrame:
    """Return medication that ends before it begins, and drugs that the protocol prohibits."""
    rows = values.form("medication", "med_drug", "med_class", "med_start", "med_stop", "med_ongoing")
    rows = values.with_day(rows, earliest(pl.col("med_start")))
    stop, ongoing = latest(pl.col("med_stop")), pl.col("med_ongoing").fill_null(False)
    prohibited = pl.col("med_class").is_in(values.study.get("medication.prohibited", []))
    started = pl.col("on") >= pl.col("first_infusion").dt.date()
    ask = asking(rows, "medication")
    return gather(
        [
            ask(
                "med_stop",
                stop < pl.col("on"),
                "{} stops on {}, before it starts on {}.",
                "med_drug",
                "med_stop",
                "med_start",
            ),
            ask(
                "med_ongoing",
                pl.col("med_stop").is_not_null() & ongoing,
                "{} is ongoing and stops on {}.",
                "med_drug",
                "med_stop",
            ),
            ask(
                "med_class",
                prohibited & started,
                "{} ({}) was started on {}; the protocol prohibits it after the first infusion.",
                "med_drug",
                "med_class",
                "med_start",
            ),
        ]
    )


def prophylaxis(values: Values) -> pl.DataFrame:
    """Return treated subjects whose log shows no prophylaxis of infection."""
    get = values.study.get
    treated = values.anchors.filter(pl.col("first_infusion").is_not_null()).select("subject")
    log = values.form("medication", "med_drug").with_columns(drug=pl.col("med_drug").str.to_lowercase())
    kinds = zip(get("medication.prophylaxis", []), get("medication.prophylaxis_names", []), strict=False)
    found = []
    for label, names in kinds:
        taken = log.filter(pl.col("drug").str.contains_any([name.lower() for name in names]))
        without = treated.join(taken, on="subject", how="anti", maintain_order="left")
        message = pl.lit(f"The medication log has no prophylaxis with {label}.")
        found.append(findings(without, message, "medication", "med_drug"))
    return gather(found if values.has("medication") else [])
