"""A table in a file: CSV, Excel, Parquet, SAS transport or Dataset-JSON, told by its ending."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from carnet.core.errors import InputError
from carnet.exchange import delimited

ENDINGS = {
    ".csv": "csv",
    ".xlsx": "excel",
    ".parquet": "parquet",
    ".xpt": "xpt",
    ".json": "json",
    ".ndjson": "ndjson",
}
"""The formats by file ending."""


def _format(path: Path) -> str:
    try:
        return ENDINGS[path.suffix.lower()]
    except KeyError:
        raise InputError(
            f"{path.name} ends in {path.suffix or 'nothing'}; a format is told by its ending: {', '.join(ENDINGS)}."
        ) from None


def read(path: str | Path, encoding: str = "utf-8") -> pl.DataFrame:
    """Return the table in a file; `-` is CSV on standard input.

    CSV cells come as text, exactly as typed; the other formats carry their own types. A file that is absent,
    empty or damaged is an `InputError` that names it and, where there is one, the row.
    """
    if str(path) == "-":
        return delimited.read(sys.stdin.buffer.read(), "standard input", encoding)
    path = Path(path)
    reader = READERS[_format(path)]
    with refused(path):
        if reader is delimited.read:
            return delimited.read(path.read_bytes(), path.name, encoding)
        return reader(path)


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """Turn whatever a library says of a damaged file into an `InputError` that names the file."""
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # each library refuses a damaged file with an error, and in words, of its own
        reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
        raise InputError(
            f"{path} cannot be read as {path.suffix}{reason}. Is it complete, and is its ending right?"
        ) from error


def _read_excel(path: Path) -> pl.DataFrame:
    from carnet.exchange import excel

    return excel.read(path)


def _read_xpt(path: Path) -> pl.DataFrame:
    import pyreadstat

    frame = pyreadstat.read_xport(str(path), output_format="polars")[0]
    return frame.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)))  # v5 has no null text


def _read_json(path: Path) -> pl.DataFrame:
    from carnet.exchange import dataset_json

    return dataset_json.read(path)


READERS: dict[str, Callable[..., pl.DataFrame]] = {
    "csv": delimited.read,
    "excel": _read_excel,
    "parquet": pl.read_parquet,
    "xpt": _read_xpt,
    "json": _read_json,
    "ndjson": _read_json,
}


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Yield a path beside the wanted one and rename it into place at the end: the file appears whole or not at all."""
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} to write {path.name} in.")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        beside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write(frame: pl.DataFrame, path: str | Path | None, name: str = "") -> None:
    """Write the table to a file in the format of its ending, whole or not at all; None is CSV on standard output."""
    if nested := [name for name, dtype in frame.schema.items() if dtype.is_nested()]:
        raise InputError(
            f"The column {', '.join(nested)} holds lists; drop it or spread it over columns of its own."
        )
    if path is None:
        sys.stdout.write(frame.write_csv())
        sys.stdout.flush()
        return
    path = Path(path)
    kind = _format(path)
    with whole(path) as beside:
        WRITERS[kind](frame, beside, name or path.stem)


def _write_csv(frame: pl.DataFrame, path: Path, name: str) -> None:
    frame.write_csv(path)


def _write_excel(frame: pl.DataFrame, path: Path, name: str) -> None:
    from carnet.exchange import excel

    excel.write(frame, path, name)


def _write_parquet(frame: pl.DataFrame, path: Path, name: str) -> None:
    frame.write_parquet(path, compression="zstd")


def _write_xpt(frame: pl.DataFrame, path: Path, name: str) -> None:
    from carnet.exchange import xpt

    xpt.write(frame, path, name)


def _write_json(frame: pl.DataFrame, path: Path, name: str) -> None:
    from carnet.exchange import dataset_json

    dataset_json.write(frame, path, name)


WRITERS: dict[str, Callable[[pl.DataFrame, Path, str], None]] = {
    "csv": _write_csv,
    "excel": _write_excel,
    "parquet": _write_parquet,
    "xpt": _write_xpt,
    "json": _write_json,
    "ndjson": _write_json,
}
