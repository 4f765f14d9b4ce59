"""What leaves the house: the tables of a trial with their definitions, and its results, in the forms of the field."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from carnet import adam, sdtm
from carnet.core.dataset import Dataset
from carnet.core.describe import describe
from carnet.core.errors import InputError
from carnet.criteria import CRITERIA
from carnet.dossier import refuse_file
from carnet.exchange import package
from carnet.exchange.define_xml import FIXED_TIME, Standard, Submission
from carnet.exchange.terminology import RELEASES, read_codelists
from carnet.instruments import INSTRUMENTS
from carnet.pipeline import Trial, cut_of

FORMATS = (*package.ENDINGS, "define", "ars")
"""What `carnet export` writes."""

GUIDES = {"sdtm": Standard("SDTMIG", "IG", "3.4"), "adam": Standard("ADaMIG", "IG", "1.3")}
FLAGS = ("SCRNFL", "ENRLFL", "SAFFL", "CARFL", "EFFFL", "PPROTFL", "DLTFL", "LNFL", "KINFL")


def parts(trial: Trial) -> dict[str, Submission]:
    """Return what Define-XML says of the SDTM tables and of the ADaM datasets."""
    defined: dict[str, dict[str, Dataset]] = {
        "sdtm": sdtm.definitions(trial.tables),
        "adam": {name: adam.DATASETS[name.upper()] for name in trial.datasets},
    }
    frames = {"sdtm": trial.tables, "adam": trial.datasets}
    study = trial.study
    return {
        kind: Submission(
            study=study.id, title=study.title, protocol=f"{study.id} {study.get('study.protocol_version', '')}".strip(),
            standards=(guide, _terminology(guide.name.removesuffix("IG"))),
            definitions=defined[kind], tables=frames[kind], codelists=read_codelists(),
            methods=_methods() if kind == "adam" else {}, created=cut_of(trial) or FIXED_TIME,
        )
        for kind, guide in GUIDES.items()
    }  # fmt: skip


def _terminology(of: str) -> Standard:
    return Standard("CDISC/NCI", "CT", RELEASES[of], of)


def _methods() -> dict[tuple[str, str], str]:
    """Return how each parameter of response and of an instrument is derived: the words of its definition."""
    of_rules = {
        ("ADRS", part.id.upper()): " ".join(describe(rule) if part is rule else [part.label])
        for rule in CRITERIA.values()
        for part in rule.walk()
    }
    of_scores = {
        ("ADQS", score.id.upper()): f"{score.label}, of {instrument.title} ({instrument.source})"
        for instrument in INSTRUMENTS
        for score in instrument.scores
    }
    return of_rules | of_scores


def refuse_format(format: str) -> None:
    """Refuse a format that there is not, before anything is computed."""
    if format not in FORMATS:
        raise InputError(f"--format {format} is none of {', '.join(FORMATS)}.")


def write(trial: Trial, folder: Path, format: str) -> list[Path]:
    """Write the trial in one format into the folder, all or nothing; return the files written.

    Tables go to `sdtm/` and `adam/`, with define.xml beside in a format of submissions; `define` writes the two
    definitions alone, `ars` the results as `ars.json`.
    """
    refuse_format(format)
    refuse_file(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        made = _write(trial, Path(beside), format)
        written = []
        for path in made:
            place = folder / path.relative_to(beside)
            place.parent.mkdir(parents=True, exist_ok=True)
            written.append(path.replace(place))
    return written


def _write(trial: Trial, folder: Path, format: str) -> list[Path]:
    if format == "ars":
        return [_write_results(trial, folder)]
    made: list[Path] = []
    for kind, part in parts(trial).items():
        (folder / kind).mkdir()
        if format == "define":
            made.append(package.write_define(part, folder / kind))
        else:
            made += package.write(part, folder / kind, format)
    return made


def _write_results(trial: Trial, folder: Path) -> Path:
    from carnet import report
    from carnet.exchange.ars import reporting_event

    flags = {v.name: v.label for v in adam.DATASETS["ADSL"].variables if v.name in FLAGS}
    titles = report.titles(trial.study, trial.datasets, trial.results)
    event = reporting_event(trial.study.id, trial.study.title, trial.results, titles, flags)
    path = folder / "ars.json"
    path.write_text(json.dumps(event, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
