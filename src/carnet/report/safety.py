"""The chapter on safety: adverse events, graded laboratory values and vital signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from carnet.report import figures, monitoring, tables
from carnet.report.chart import svg
from carnet.report.exhibit import Exhibit, Figure, Section, Table
from carnet.report.queries import open_questions

PERIODS = {
    "SAFFL": "since the first study treatment, all treated",
    "CARFL": "since the first infusion, all infused",
}
SHIFTS = (
    ("14.3.4.2", "adlb", "Laboratory values by CTCAE v5.0"),
    ("14.3.5.2", "advs", "Vital signs by CTCAE v5.0"),
)
COUNTS = (("NEUT", "Neutrophils"), ("PLAT", "Platelets"), ("HGB", "Haemoglobin"), ("LYM", "Lymphocytes"))


def safety(
    study: Any, results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame], findings: pl.DataFrame | None
) -> Section:
    """Return the adverse events and the graded values: overview, by term, serious, timeline, shifts."""
    severity = _severity(datasets)
    exhibits = []
    overview = tables.pick(results, "14.3.1.1")
    if overview.is_empty():
        exhibits.append(Exhibit("14.3.1.1", "Adverse events", absent="No data on adverse events."))
    else:
        shown = [
            tables.overview_table(part, f"Adverse events {words}")
            for population, words in PERIODS.items()
            if not (part := overview.filter(pl.col("population") == population)).is_empty()
        ]
        drawn = _timeline(datasets)
        exhibits.append(
            Exhibit(
                "14.3.1.1",
                "Adverse events: overview",
                tuple(shown),
                drawn,
                (
                    "An event whose partial date leaves it open counts as treatment-emergent. "
                    "CI: Clopper-Pearson; rates: exact Poisson.",
                    *open_questions(findings, _items(study, "AE")),
                ),
            )
        )
        exhibits.append(
            Exhibit(
                "14.3.1.2",
                "Adverse events by organ class, term and worst grade",
                _terms(results, "14.3.1.2", severity),
            )
        )
        serious = (*_terms(results, "14.3.1.8", severity), *_serious(datasets["adae"]))
        none = () if serious else ("No serious adverse event was reported.",)
        exhibits.append(Exhibit("14.3.1.8", "Serious adverse events", serious, notes=none))
        exhibits.append(monitoring.stopping(study, results))
    for output, name, title in SHIFTS:
        asked = open_questions(findings, _items(study, name.removeprefix("ad").upper()))
        exhibits.append(_shift(results, datasets, output, name, title, asked))
    if "adlb" in datasets and (drawn := _counts(datasets)):
        exhibits.append(Exhibit("14.3.4.1", "Blood counts over time", figures=drawn))
    return Section(
        "safety",
        "Safety",
        tuple(exhibits),
        "The registered primary outcome: adverse events, laboratory values and vital signs, graded by CTCAE v5.0.",
    )


def _items(study: Any, domain: str) -> list[str]:
    """Return the items of the forms of a domain."""
    return [item.id for form in study.forms if form.domain == domain for item in form.items]


def _severity(datasets: Mapping[str, pl.DataFrame]) -> str:
    """Return what the worst column counts: CTCAE grade, or severity where a trial has no grades."""
    adae = datasets.get("adae")
    return "Severity" if adae is not None and len(adae) and adae["ATOXGRN"].is_null().all() else "Grade"


def _terms(results: pl.DataFrame, output: str, severity: str) -> tuple[Table, ...]:
    return tuple(
        tables.term_table(part, f"Patients {words}", severity, folded=population != "SAFFL" or len(part) > 80)
        for population, words in PERIODS.items()
        if not (part := tables.pick(results, output, population=population)).is_empty()
    )


def _serious(adae: pl.DataFrame) -> tuple[Table, ...]:
    """Return the serious events one by one; nothing where there was none."""
    events = adae.filter((pl.col("AESER") == "Y") & (pl.col("TRTEMFL") == "Y"))
    if events.is_empty():
        return ()
    events = events.with_columns(pl.coalesce("AEDECOD", "AETERM").alias("term"))
    columns = {
        "SUBJID": "Patient", "term": "Event", "AETOXGR": "Grade", "ASTDY": "Start day", "AENDY": "End day",
        "AREL": "Related", "AEOUT": "Outcome",
    }  # fmt: skip
    header = tuple(columns.values())
    return (
        tables.listing(
            events, "Serious adverse events, one by one", header, columns, folded=len(events) > 20
        ),
    )


def _timeline(datasets: Mapping[str, pl.DataFrame]) -> tuple[Figure, ...]:
    adae, adsl = datasets["adae"], datasets["adsl"]
    rows = adae.filter((pl.col("TRTEMFL") == "Y") & pl.col("ASTDY").is_not_null())
    if rows.is_empty() or adsl.filter(pl.col("SAFFL") == "Y").height > 30:
        return ()
    last = pl.col("ASTDY").max()
    drawn = rows.sort("SUBJID", "ASTDY", "AESEQ").select(
        "SUBJID",
        pl.col("ASTDY").alias("start"),
        pl.coalesce("AENDY", last).alias("end"),
        pl.col("ATOXGRN").alias("grade"),
    )
    drawn = drawn.filter(pl.col("start") <= 60).with_columns(
        pl.col("end").clip(upper_bound=60), (pl.col("start").rank("ordinal").over("SUBJID") % 7).alias("lane")
    )
    days = _infusion_days(adsl)
    return (
        Figure(
            svg(figures.timeline(drawn, days)),
            "Adverse events that began up to study day 60, a row per patient, coloured by worst grade; "
            "dashed lines are the infusions.",
        ),
    )


def _infusion_days(adsl: pl.DataFrame) -> pl.DataFrame:
    """Return the usual study day of each infusion: the median over patients."""
    days = [
        (pl.col(f"INF{i}DTM").dt.date() - pl.col("CARSDT")).dt.total_days().median().alias(str(i))
        for i in (1, 2, 3)
    ]
    found = adsl.select(days).unpivot(value_name="day").drop_nulls("day")
    return found.select(pl.col("day") + 1)


def _shift(
    results: pl.DataFrame,
    datasets: Mapping[str, pl.DataFrame],
    output: str,
    name: str,
    title: str,
    asked: tuple[str, ...],
) -> Exhibit:
    found = tables.pick(results, output)
    if found.is_empty():
        return Exhibit(output, title, absent=f"No data for {title.lower()}.")
    drawn: tuple[Figure, ...] = ()
    rows = datasets[name].filter((pl.col("SAFFL") == "Y") & (pl.col("ONTRTFL") == "Y"))
    if rows["USUBJID"].n_unique() <= 30:
        cells = pl.concat(
            rows.filter(pl.col(f"ATOXDSC{d}").is_not_null())
            .group_by(pl.col(f"ATOXDSC{d}").alias("term"), "SUBJID")
            .agg(pl.col(f"ATOXGR{d}").cast(pl.Int64).max().alias("grade"))
            for d in "LH"
        )
        worst = cells.filter(pl.col("grade").max().over("term") >= 1).sort("term", "SUBJID")
        if not worst.is_empty():
            drawn = (
                Figure(
                    svg(figures.shifts(worst)),
                    f"{title}: worst grade after treatment began, by patient; terms with any grade of 1 or more.",
                ),
            )
    note = (
        "Every record after the first study treatment counts, unscheduled ones too. "
        "Grades are by the numbers alone; symptoms can raise them. A missing baseline grade counts as 0."
    )
    return Exhibit(
        output,
        title,
        (tables.shift_table(found, f"{title}: baseline grade and worst later grade", folded=True),),
        drawn,
        (note, *asked),
    )


def _counts(datasets: Mapping[str, pl.DataFrame]) -> tuple[Figure, ...]:
    adlb = datasets["adlb"]
    if adlb["USUBJID"].n_unique() > 30 or adlb["CARSDT"].is_null().all():
        return ()
    made = []
    for paramcd, title in COUNTS:
        rows = adlb.filter(
            (pl.col("PARAMCD") == paramcd)
            & (pl.col("SAFFL") == "Y")
            & pl.col("AVAL").is_not_null()
            & pl.col("ADY").is_between(-10, 35)
        )
        if not rows.is_empty():
            drawn = rows.select("USUBJID", pl.col("ADY").alias("day"), "AVAL")
            made.append(
                Figure(
                    svg(
                        figures.early(drawn, f"{title}, {rows['AVALU'][0]}", _infusion_days(datasets["adsl"]))
                    ),
                    f"{title} from lymphodepletion to study day 35, a line per patient.",
                )
            )
    return tuple(made)
