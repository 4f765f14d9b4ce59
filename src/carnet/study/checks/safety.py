"""Do adverse events, their seriousness and their reports agree with each other?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from carnet.study.checks.findings import asking, findings, gather, words
from carnet.study.checks.values import Values, earliest, latest, moment

FORM = "adverse_event"
CRITERIA = ("death", "life", "hospital", "disability", "congenital", "important")
ENDED = ("RECOVERED/RESOLVED", "RECOVERED/RESOLVED WITH SEQUELAE", "FATAL")
OPEN = ("NOT RECOVERED/NOT RESOLVED", "RECOVERING/RESOLVING")


def check(values: Values) -> Iterator[pl.DataFrame]:
    """Yield findings about adverse events."""
    events = adverse(values)
    yield dates(events)
    yield seriousness(values, events)
    yield reports(values, events)
    yield links(values)


def adverse(values: Values) -> pl.DataFrame:
    """Return the adverse events; other forms name one by its row in the log, `number`."""
    rows = values.form(FORM)
    rows = rows.with_columns(
        number=pl.col("repeat").cast(pl.Float64),
        start=earliest(pl.col("ae_start")),
        start_last=latest(pl.col("ae_start")),
        stop=latest(pl.col("ae_stop")),
    )
    return rows.join(values.anchors, on="subject", how="left", maintain_order="left")


def dates(events: pl.DataFrame) -> pl.DataFrame:
    """Return adverse events whose dates cannot be, or whose end and outcome contradict each other."""
    ongoing, no_stop = pl.col("ae_ongoing").fill_null(False), pl.col("ae_stop").is_null()
    outcome, term, stop = pl.col("ae_outcome"), "ae_term", "ae_stop"
    early = pl.col("start_last") < pl.col("consent")
    ask = asking(events, FORM)
    return gather(
        [
            ask(
                stop,
                pl.col("stop") < pl.col("start"),
                "{} ends on {}, before it starts on {}.",
                term,
                stop,
                "ae_start",
            ),
            ask(
                "ae_start",
                early,
                "{} starts on {}, before consent ({}); is it medical history?",
                term,
                "ae_start",
                "consent",
            ),
            ask("ae_ongoing", ~no_stop & ongoing, "{} is ongoing and ends on {}.", term, stop),
            ask(stop, no_stop & ~ongoing, "{} has no end and is not said to be ongoing.", term),
            ask(stop, outcome.is_in(ENDED) & no_stop, "{} has the outcome {} but no end.", term, outcome),
            ask(
                "ae_outcome",
                outcome.is_in(OPEN) & ~no_stop,
                "{} has the outcome {} and ends on {}.",
                term,
                outcome,
                stop,
            ),
        ]
    )


def seriousness(values: Values, events: pl.DataFrame) -> pl.DataFrame:
    """Return events whose seriousness, grade 5 and fatal outcome do not go together."""
    term, serious = "ae_term", pl.col("ae_serious")
    marked = pl.any_horizontal(pl.col(f"ae_serious_{name}").fill_null(False) for name in CRITERIA)
    fatal = (pl.col("ae_grade") == "5", pl.col("ae_outcome") == "FATAL", pl.col("ae_serious_death"))
    signs = pl.sum_horizontal(sign.fill_null(False).cast(pl.Int64) for sign in fatal)
    alive = (signs > 0) & pl.col("death").is_null()
    infected = values.form("infection", "infection_ae", "infection_hospital").filter("infection_hospital")
    infected = infected.select("subject", number="infection_ae")
    stayed = events.join(infected, on=["subject", "number"], how="semi")
    unmarked = ~pl.col("ae_serious_hospital").fill_null(False)
    ask, hospital = asking(events, FORM), asking(stayed, FORM)
    together = "{}: grade 5, the outcome FATAL and death as criterion go together; {} of the three are given."
    return gather(
        [
            ask(
                "ae_serious",
                serious & ~marked,
                "{} is serious, but no criterion of seriousness is marked.",
                term,
            ),
            ask(
                "ae_serious",
                ~serious & marked,
                "{} is not serious, but a criterion of seriousness is marked.",
                term,
            ),
            ask("ae_outcome", signs.is_between(1, 2), together, term, signs),
            ask("ae_outcome", alive, "{} was fatal, but no form of death is entered.", term),
            hospital(
                "ae_serious_hospital",
                unmarked,
                "{} is an infection treated in hospital, but not marked so.",
                term,
            ),
        ]
    )


def reports(values: Values, events: pl.DataFrame) -> pl.DataFrame:
    """Return serious events without a report, and first reports that came too late."""
    if not values.has("serious_event"):
        return gather([])
    said = values.form("serious_event", "sae_ae", "sae_kind", "sae_aware", "sae_sponsor", "sae_ethics")
    said = said.with_columns(number=pl.col("sae_ae"))
    silent = events.filter("ae_serious").join(
        said, on=["subject", "number"], how="anti", maintain_order="left"
    )
    allowed = values.study.get("adverse_events.sae_hours", 24)
    first = asking(said.filter(pl.col("sae_kind") == "INITIAL"), "serious_event")
    late = []
    for name, whom in (("sae_sponsor", "sponsor"), ("sae_ethics", "ethics committee")):
        took = ((moment(pl.col(name)) - moment(pl.col("sae_aware"))).dt.total_minutes() / 60).round(1)
        text = (
            f"The report of event {{}} reached the {whom} {{}} hours after the site knew; {{}} are allowed."
        )
        late.append(first(name, took > allowed, text, "number", took, allowed))
    text = "{} is serious, but no report of it is entered."
    return gather([findings(silent, words(text, "ae_term"), FORM, "ae_serious"), *late])


def links(values: Values) -> pl.DataFrame:
    """Return forms that name an adverse event which the log does not have."""
    named = [
        item.id
        for form in values.study.forms
        for item in form.items
        if item.id.endswith("_ae") and item.type == "integer" and form.id != FORM
    ]
    rows = values.cells.filter(pl.col("item").is_in(named))
    log = values.now.filter(pl.col("form") == FORM)
    there = log.select("subject", number=pl.col("repeat").cast(pl.Float64)).unique()
    lost = rows.join(there, on=["subject", "number"], how="anti", maintain_order="left")
    return findings(lost, words("Adverse event {} is named here, but the log has no such row.", "number"))
