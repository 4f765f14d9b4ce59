"""A package of tables for a statistician or a regulator: one file a table, with the definitions beside."""

from __future__ import annotations

from pathlib import Path

from carnet.core.dataset import Dataset
from carnet.core.errors import InputError
from carnet.exchange import dataset_json, tables, xpt
from carnet.exchange.define_xml import Submission, define

ENDINGS = {"csv": "csv", "parquet": "parquet", "dataset-json": "json", "xpt": "xpt"}
"""The formats of tables, and how their files end."""

DEFINED = ("dataset-json", "xpt")
"""The formats of a submission: a Define-XML stands beside the tables."""


def write(package: Submission, folder: Path, format: str) -> list[Path]:
    """Write the tables in a format, and for a submission define.xml; return the files in order.

    A table that the format cannot hold is refused, by its name, its subject and the way out.
    """
    if format == "xpt":
        _refuse_unfit(package)
    ending = ENDINGS[format]
    written = []
    for key, frame in package.tables.items():
        path, dataset = folder / f"{key}.{ending}", package.definitions[key]
        if format == "xpt":
            xpt.write(frame, path, dataset.name, dataset.label, _labels(dataset))
        elif format == "dataset-json":
            dataset_json.write(
                frame, path, dataset.name, {**dataset_json.header(frame, dataset), **_told(package, dataset)}
            )
        else:
            tables.write(frame, path)
        written.append(path)
    if format in DEFINED:
        written.append(write_define(package, folder, ending))
    return written


def _labels(dataset: Dataset) -> dict[str, str]:
    return {variable.name: variable.label for variable in dataset.variables}


def _refuse_unfit(package: Submission) -> None:
    """Refuse a package that SAS transport cannot hold, with everything that stands in the way."""
    unfit = [
        f"  {key.upper()}: {told}"
        for key, frame in package.tables.items()
        for told in xpt.refusals(frame, _labels(package.definitions[key]))
    ]
    if unfit:
        raise InputError(
            "SAS transport cannot hold these; export Dataset-JSON, which can, or enter an English text:\n"
            + "\n".join(unfit)
        )


def _told(package: Submission, dataset: Dataset) -> dict[str, str]:
    """Return the attributes of Dataset-JSON that tie a table to its study and its Define-XML."""
    return {
        "datasetJSONCreationDateTime": package.created[:19],
        "fileOID": f"{package.study}.{dataset.name}",
        "dbLastModifiedDateTime": package.created[:19],
        "originator": "carnet",
        "studyOID": f"ST.{package.study}",
        "metaDataVersionOID": f"MDV.{package.standards[0].name}",
    }


def write_define(package: Submission, folder: Path, ending: str = "json") -> Path:
    """Write define.xml; `ending` is that of the files it points at."""
    path = folder / "define.xml"
    path.write_text(define(package, ending), encoding="utf-8")
    return path
