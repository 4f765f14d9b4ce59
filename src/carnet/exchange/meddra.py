"""MedDRA as its licence holders receive it: the ASCII files of a release, read into one row per lowest level term."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from carnet.core.errors import InputError
from carnet.safety.coding import LEVELS

FILES: dict[str, tuple[str, ...]] = {
    "llt.asc": ("llt_code", "llt_name", "pt_code", "", "", "", "", "", "", "current"),
    "pt.asc": ("pt_code", "pt_name"),
    "mdhier.asc": (
        "pt_code", "hlt_code", "hlgt_code", "soc_code", "pt_name", "hlt_name", "hlgt_name", "soc_name", "", "",
        "pt_soc_code", "primary",
    ),
    "hlt.asc": ("hlt_code", "hlt_name"),
    "hlgt.asc": ("hlgt_code", "hlgt_name"),
    "soc.asc": ("soc_code", "soc_name"),
}  # fmt: skip
"""The columns that are read of each file, by their place; cells are parted by $."""


def read(folder: str | Path, encoding: str = "utf-8") -> pl.DataFrame:
    """Return the lowest level terms of a release with their primary path up to the class, and whether each is current.

    The columns are `coding.LEVELS` and `current`. MedDRA is licensed by its maintenance organisation: the
    files are the user's own, and no term of them is part of carnet.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{place} is no folder; name the one that holds llt.asc, pt.asc and mdhier.asc.")
    tables = {name: _read(place, name, encoding) for name in FILES}
    path = (
        tables["mdhier.asc"]
        .filter(pl.col("primary") == "Y")
        .drop("pt_name", "hlt_name", "hlgt_name", "soc_name")
    )
    if len(twice := path.filter(pl.col("pt_code").is_duplicated())):
        raise InputError(
            f"mdhier.asc gives {twice['pt_code'][0]} two primary classes; is the release complete?"
        )
    terms = tables["llt.asc"].join(tables["pt.asc"], on="pt_code", how="left", maintain_order="left")
    terms = terms.join(path, on="pt_code", how="left", maintain_order="left")
    for level in ("hlt", "hlgt", "soc"):
        terms = terms.join(tables[f"{level}.asc"], on=f"{level}_code", how="left", maintain_order="left")
    if (lost := terms["soc_name"].is_null() | terms["pt_name"].is_null()).any():
        name = terms["llt_name"][lost.arg_true()[0]]
        raise InputError(f"{place}: {name!r} leads to no preferred term or class; is the release complete?")
    levels = ("llt", "pt", "hlt", "hlgt", "soc")
    columns = [f"{level}_{part}" for level in levels for part in ("name", "code")]
    named = dict(zip(LEVELS, columns, strict=True))
    return terms.select(
        *(pl.col(column).alias(name) for name, column in named.items()), current=pl.col("current") == "Y"
    )


def _read(folder: Path, file: str, encoding: str) -> pl.DataFrame:
    """Return the columns of one file of a release; a line that is too short is refused by its number."""
    path = next((p for p in folder.iterdir() if p.name.lower() == file), None)
    if path is None:
        raise InputError(f"{folder} has no {file}; name the folder with the ASCII files of a MedDRA release.")
    try:
        lines = path.read_bytes().decode(encoding).splitlines()
    except (UnicodeDecodeError, LookupError):
        raise InputError(
            f"{path} is no {encoding} text; say --encoding, such as gb18030 or latin-1."
        ) from None
    names = FILES[file]
    rows = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("$")]
        if len(cells) < len(names):
            raise InputError(
                f"{path}, line {number}: {len(names)} cells parted by $ are due, there are {len(cells)}."
            )
        rows.append([cell for cell, name in zip(cells, names, strict=False) if name])
    kept = [name for name in names if name]
    return pl.DataFrame(rows, schema=dict.fromkeys(kept, pl.String), orient="row")
