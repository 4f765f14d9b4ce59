"""The profiles as pages: one a patient, that opens without a network and prints on one sheet of A4."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import polars as pl

from carnet.report import axis, profile, profile_tables
from carnet.report.exhibit import Exhibit, Figure
from carnet.report.patient import Datasets, Patient, patients

KEY = (
    "Orange days: lymphodepletion. Blue lines: infusions. Grey at the right: after the end of observation. "
    "Broken lines: the scale of days changes. Circles and bars hold the CTCAE grade of the value by the numbers alone, "
    "or of the event; bands are the limits of the grades; a dot without a number: grade 0, or not graded. "
    "→ goes on. ? not known or visit missed; < below quantification. Beside a course: its highest and lowest value."
)
EFFICACY = (
    "Items: their points, · absent. BILAG: A severe, B moderate, C mild, D inactive, E never involved. "
    "Response: Y yes, N no, ? unknown."
)

FEW = 30
"""The profiles of more patients than this are not written unless they are asked for."""


def pages(
    study: Any, datasets: Datasets, manifest: Mapping[str, Any], banner: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the page of each treated patient, with a name for its file."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    here = files("carnet.report")
    template = environment.from_string(here.joinpath("profile.html.j2").read_text(encoding="utf-8"))
    style = here.joinpath("profile.css").read_text(encoding="utf-8")
    name = _names(datasets)
    for patient, picture in _drawn(datasets):
        yield (
            name[patient.row["USUBJID"]],
            template.render(
                study=study,
                subject=patient.row["SUBJID"],
                facts=profile_tables.facts(patient),
                picture=picture,
                key=f"{KEY} {EFFICACY}",
                tables=list(profile_tables.words(patient)),
                manifest=manifest,
                banner=banner,
                style=style,
            ),
        )


def exhibits(datasets: Datasets, efficacy: bool) -> Iterator[Exhibit]:
    """Yield the profiles as exhibits of a report, a printed page each; the key stands in the chapter."""
    for patient, picture in _drawn(datasets, efficacy):
        said = "; ".join(profile_tables.facts(patient, efficacy))
        told = f"Patient {patient.row['SUBJID']}: {said}."
        yield Exhibit(
            f"P.{patient.row['SUBJID']}",
            f"Patient {patient.row['SUBJID']}",
            figures=(Figure(picture, told, page=True),),
        )


def many(datasets: Datasets) -> int:
    """Return how many patients were treated where they are too many to be drawn unasked, else 0."""
    treated = datasets["adsl"].filter(pl.col("SAFFL") == "Y").height
    return treated if treated > FEW else 0


def _drawn(datasets: Datasets, efficacy: bool = True) -> Iterator[tuple[Patient, str]]:
    scale, visits = axis.shared(datasets), _visits(datasets)
    for patient in patients(datasets):
        yield patient, profile.draw(patient, scale, visits, efficacy)


def _names(datasets: Datasets) -> dict[str, str]:
    """Return a file name for each patient: the number, or where two sites use one number, the whole identifier."""
    adsl = datasets["adsl"]
    column = "USUBJID" if adsl["SUBJID"].is_duplicated().any() else "SUBJID"
    return {
        key: re.sub(r"[^\w-]", "_", name) for key, name in zip(adsl["USUBJID"], adsl[column], strict=True)
    }


def _visits(datasets: Datasets) -> dict[float, str]:
    """Return the analysis visits of the trial by their days."""
    found = [
        datasets[name].select("AVISITN", "AVISIT").drop_nulls().filter(pl.col("AVISITN") > 0)
        for name in ("adrs", "adqs")
        if name in datasets
    ]
    if not found:
        return {}
    return dict(
        pl.concat(found)
        .unique()
        .sort("AVISITN", "AVISIT")
        .unique("AVISITN", keep="first")
        .sort("AVISITN")
        .iter_rows()
    )
