"""Low counts in the report: spells of cytopenia and of low IgG, whether they ended, and grades of haematotoxicity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet.report import tables
from carnet.report.exhibit import Exhibit, Row, Table, rows
from carnet.report.queries import items_of, open_questions
from carnet.safety.icaht import LABELS, TOP
from carnet.safety.recovery import LOW_IGG, Limit, limits

OUTPUT, IMMUNOGLOBULINS = "14.3.4.4", "14.3.4.6"

TITLES = {
    OUTPUT: "Cytopenia: duration, recovery and haematotoxicity (ICAHT)",
    IMMUNOGLOBULINS: "Immunoglobulins: low IgG",
}

STEMS = {scale.upper(): label for scale, label in LABELS.items()}
GRADES = range(TOP + 1)

READINGS = {
    "certain": "certain",
    "lowest": "lowest possible",
    "highest": "highest possible",
    "published": "published reading of gaps",
}

SPARSE = (
    "A spell lasts from its first low value to the first that is not low. Where days between have no value its length "
    "lies between the least and the most that they allow; without a seen beginning or end there is no most. Of a "
    "patient with several spells the longest counts."
)
UNSEEN = "A spell between two samples is not seen."
HAEMATOTOXICITY = (
    "ICAHT and T-ICAHT count days from the first infusion, early to day 30 and late from day 31 to 100. The lowest "
    "takes every day without a count as not low, the highest as low; the published reading draws straight lines over "
    "gaps of up to a week. The scales were made for one infusion of T cells: their use here is an extrapolation."
)


def exhibits(
    study: Any, results: pl.DataFrame, datasets: Mapping[str, pl.DataFrame], findings: pl.DataFrame | None
) -> Iterator[Exhibit]:
    """Yield cytopenia and low IgG; nothing of either where the trial did not test for it."""
    asked = open_questions(findings, items_of(study, "LB"))
    labels = {limit.paramcd: _words(limit) for limit in limits(study.get("response.low_igg"))}
    for output, title in TITLES.items():
        found = tables.pick(results, output)
        if found.is_empty():
            continue
        codes = [code for code in labels if (code == LOW_IGG) == (output == IMMUNOGLOBULINS)]
        of_spells = pl.col("paramcd").is_in(codes)
        shown, said = _spells(found.filter(of_spells), labels)
        graded, none = _grades(found.filter(~of_spells))
        listed = _listing(datasets["adtox"].filter(pl.col("PARAMCD").is_in(codes)), labels)
        notes = (
            *((SPARSE,) if shown else ()),
            UNSEEN,
            *((HAEMATOTOXICITY,) if graded else ()),
            *said,
            *none,
            *asked,
        )
        yield Exhibit(output, title, (*shown, *listed, *graded), notes=notes)


def _words(limit: Limit) -> str:
    """Return `neutrophils below 0.5 x 10^9/L` of the days that a limit counts."""
    return limit.param.removeprefix("Days with ")


def _spells(found: pl.DataFrame, labels: Mapping[str, str]) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Return the spells below each limit that somebody was seen below, and the words for the others."""
    if found.is_empty():
        return (), ()
    arms = found["group"].n_unique() > 1
    header = (
        "Below the limit", *(("Arm",) if arms else ()), "Patients of those tested", "Exact 95 % CI", "Not tested",
        "Spells", "Recovered", "Not seen to recover", "Longest spell in days: median, least to most",
        "Range, least to most", "Lowest value",
    )  # fmt: skip
    lines: list[Row] = []
    for row in found.filter(pl.col("n") != "0").iter_rows(named=True):
        label = labels[row["paramcd"]]
        cells = (
            label[0].upper() + label[1:], *((row["group"],) if arms else ()), tables.share(row),
            tables.between(row), tables.quiet(row["untested"]), row["spells"], tables.quiet(row["recovered"]),
            tables.quiet(row["not_recovered"]), _span(row["least_median"], row["most_median"]),
            _span(row["least"], row["most"]), row["nadir"],
        )  # fmt: skip
        lines += rows([cells], of=tables.asked(row))
    kind = pl.format("spell with {}", pl.col("paramcd").replace_strict(labels, return_dtype=pl.String))
    none = found.filter((pl.col("n") == "0") & (pl.col("N") != "0")).with_columns(kind=kind)
    shown = (
        (Table("Patients with a spell, all treated who were tested", header, tuple(lines)),) if lines else ()
    )
    return shown, tables.nobody(none, "kind", "treated and tested")


def _span(least: str, most: str) -> str:
    """Return `2 to 6`, one number where both are the same, and `2 or more` where there is no most."""
    if not most:
        return f"{least} or more"
    return least if least == most else f"{least} to {most}"


def _listing(adtox: pl.DataFrame, labels: Mapping[str, str]) -> tuple[Table, ...]:
    """Return the spells one by one; nothing where there was none."""
    spells = adtox.filter(pl.col("SAFFL") == "Y")
    if spells.is_empty():
        return ()
    number = {name: pl.format("{}", pl.col(name).cast(pl.Int64)) for name in ("AVALMIN", "AVALMAX")}
    length = (
        pl.when(pl.col("AVALMAX").is_null())
        .then(pl.format("{} or more", number["AVALMIN"]))
        .when(pl.col("AVALMAX") == pl.col("AVALMIN"))
        .then(number["AVALMIN"])
        .otherwise(pl.format("{} to {}", number["AVALMIN"], number["AVALMAX"]))
    )
    told = spells.sort("SUBJID", "ADT", "PARAMCD").with_columns(
        kind=pl.col("PARAMCD").replace_strict(labels, return_dtype=pl.String),
        length=length,
        ended=pl.col("AENDT").cast(pl.String).fill_null("not seen"),
    )
    columns = {
        "SUBJID": "Patient", "kind": "Spell with", "ADT": "First seen low", "ADY": "Study day",
        "ended": "First seen recovered", "length": "Days", "NADIR": "Lowest value",
    }  # fmt: skip
    caption = "Spells, one by one"
    return (tables.listing(told, caption, tuple(columns.values()), columns, folded=len(told) > 20),)


def _grades(found: pl.DataFrame) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Return patients by grade of each scale in every reading, and the words for a scale that nobody can have had."""
    if found.is_empty():
        return (), ()
    arms = found["group"].n_unique() > 1
    header = (
        "Scale, reading", *(("Arm",) if arms else ()), "Patients with a grade", *(f"Grade {g}" for g in GRADES),
        "Not certain, or no counts",
    )  # fmt: skip
    parts = pl.col("analysis_id").str.split("/")
    told = found.with_columns(
        scale=pl.format(
            "{}, {}", parts.list.get(1).replace_strict(STEMS, return_dtype=pl.String), parts.list.get(2)
        ),
        reading=parts.list.get(3).replace_strict(READINGS, return_dtype=pl.String),
    )
    lines: list[Row] = []
    for (scale,), part in told.group_by("scale", maintain_order=True):
        lines += rows([(scale, *("" for _ in header[1:]))], "group")
        for row in part.iter_rows(named=True):
            counts = (tables.quiet(row[f"grade{grade}"]) for grade in GRADES)
            cells = (
                row["reading"].capitalize(), *((row["group"],) if arms else ()), row["N"], *counts,
                tables.quiet(row["ungraded"]),
            )  # fmt: skip
            lines += rows([cells], "indent", tables.asked(row))
    none = told.filter(pl.col("bound").fill_null("") != "").with_columns(
        kind=pl.col("scale").str.slice(0, 1).str.to_lowercase() + pl.col("scale").str.slice(1)
    )
    shown = Table("Patients by grade of haematotoxicity, all infused", header, tuple(lines))
    return (shown,), tables.nobody(none, "kind", "infused, at the highest possible grade")
