"""The answer: the parameters of all profiles as rows, in one order, with their units and flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from polars import col

from carnet.kinetics import durations, flags
from carnet.kinetics.courses import Floats, Whole
from carnet.kinetics.definitions import OF_SCOPE, UNITS, Definition, table
from carnet.kinetics.scopes import OVERALL

COLUMNS = ("subject", "analyte", "scope", "PPTESTCD", "PPSTRESN", "PPSTRESU", "PPSTINT", "PPENINT", "flags")
START = "P0D"
"""A scope starts with its infusion, a window where it says."""

KINDS = {kind: number for number, kind in enumerate(UNITS)}


class Block(NamedTuple):
    """One parameter of one summary: its code, kind, definition, and the ends of its window."""

    code: str
    kind: str
    definition: Definition
    frame: pl.DataFrame
    start: str
    end: str | None


def answer(
    keys: pl.DataFrame,
    frames: Sequence[pl.DataFrame],
    spans: Sequence[tuple[float, float]],
    told: Mapping[str, Definition],
) -> pl.DataFrame:
    """Return one row per profile, scope, parameter and window.

    `frames` are the summaries, each sorted by profile and scope: over the whole time, of each infusion, and
    of each window.
    """
    overall, each, *windows = frames
    whole: list[Block] = []
    own: list[Block] = []
    for code, kind, where in table().select("PPTESTCD", "kind", "scopes").iter_rows():
        if code not in told:
            continue
        if "overall" in where:
            whole.append(Block(code, kind, told[code], overall, START, None))
        if "infusion" in where:
            own.append(Block(code, kind, told[code], each, START, None))
        if "window" in where:
            within = (_texts(span) for span in spans)
            whole += [Block(code, kind, told[code], f, *end) for f, end in zip(windows, within, strict=True)]
    blocks = pl.DataFrame(
        [(b.code, KINDS[b.kind], b.start, b.end) for b in (*whole, *own)], schema=BLOCK, orient="row"
    )
    rows = _rows(keys, [(overall, whole), (each, own)])
    said = blocks[rows["block"]]
    profile = rows["profile"]
    texts = flags.text(rows["marks"])
    if keys["apart"].null_count() < len(keys):  # UNIT: is the last of the codes that stand beside a number
        named = rows["marks"] & flags.bit(flags.UNIT) != 0
        texts = pl.select(
            pl.when(named).then(texts + keys["apart"].gather(profile)).otherwise(texts)
        ).to_series()
    ends = (
        each["end"].unique().sort().to_frame("days").with_columns(durations.text(col("days")).alias("text"))
    )
    own_end = rows["end"].replace_strict(ends["days"], ends["text"], return_dtype=pl.String)
    return pl.DataFrame(
        {
            "subject": keys["subject"].gather(profile),
            "analyte": keys["analyte"].replace("", None).gather(profile),
            "scope": _scopes(rows["scope"]),
            "PPTESTCD": said["code"],
            "PPSTRESN": rows["value"],
            "PPSTRESU": _units(keys, overall, profile, said["kind"]),
            "PPSTINT": said["start"],
            "PPENINT": said["end"].zip_with(said["end"].is_not_null(), own_end),
            "flags": texts,
        }
    )


BLOCK = {"code": pl.String, "kind": pl.Int64, "start": pl.String, "end": pl.String}


def _texts(span: tuple[float, float]) -> tuple[str, str]:
    start, end = pl.DataFrame({"d": span}).select(durations.text(col("d"))).to_series()
    return start, end


def _rows(keys: pl.DataFrame, parts: Sequence[tuple[pl.DataFrame, Sequence[Block]]]) -> pl.DataFrame:
    """Return a row per row of a summary and block, those of a profile together, blocks numbered through."""
    many = [len(blocks) for _, blocks in parts]
    rows = [np.bincount(frame["profile"], minlength=len(keys)) for frame, _ in parts]
    lengths = [of * n for of, n in zip(rows, many, strict=True)]
    total = np.sum(lengths, axis=0)
    offset, size = np.cumsum(total) - total, int(total.sum())
    made: dict[str, npt.NDArray[Any]] = {
        name: np.empty(size, np.int64) for name in ("profile", "scope", "block", "marks")
    }
    made |= {name: np.empty(size) for name in ("end", "value")}
    first = 0
    for (frame, blocks), n, length in zip(parts, many, lengths, strict=True):
        profile = frame["profile"].to_numpy()
        within = np.arange(len(frame)) * n - (np.cumsum(length) - length)[profile]
        place = ((offset[profile] + within)[:, None] + np.arange(n)).ravel()
        for name in ("profile", "scope", "end"):
            made[name][place] = np.repeat(frame[name].to_numpy(), n)
        made["block"][place] = np.tile(np.arange(first, first + n), len(frame))
        values, marks = _numbers(frame, blocks)
        made["value"][place], made["marks"][place] = values.ravel(), marks.ravel()
        offset, first = offset + length, first + n
    return pl.DataFrame({name: pl.Series(name, column, nan_to_null=True) for name, column in made.items()})


def _numbers(frame: pl.DataFrame, blocks: Sequence[Block]) -> tuple[Floats, Whole]:
    """Return the value and the marks of each block for each row of a summary; frames of windows stand for it."""
    values, marks = np.empty((len(frame), len(blocks))), np.empty((len(frame), len(blocks)), np.int64)
    by_frame: dict[int, list[int]] = {}
    for place, block in enumerate(blocks):
        by_frame.setdefault(id(block.frame), []).append(place)
    for places in by_frame.values():
        columns = []
        for place in places:
            definition = blocks[place].definition
            lost = (definition.value.is_infinite() | definition.value.is_nan()).fill_null(False)
            said = flags.mark(**{**OF_SCOPE, **definition.flags}, OVERFLOW=lost) | col("held")
            number = pl.when(~col("refused"), ~lost).then(definition.value).cast(pl.Float64)
            held = pl.when("refused").then("held").otherwise(said)
            columns += [number.alias(f"value {place}"), held.alias(f"{place}")]
        made = blocks[places[0]].frame.select(columns)
        for place in places:
            values[:, place], marks[:, place] = made[f"value {place}"].to_numpy(), made[f"{place}"].to_numpy()
    return values, marks


def _scopes(scope: pl.Series) -> pl.Series:
    """Return the names of scopes."""
    names = {OVERALL: "overall"} | {
        number: f"infusion {number}" for number in scope.unique() if number != OVERALL
    }
    return scope.replace_strict(names, return_dtype=pl.String)


def _units(keys: pl.DataFrame, overall: pl.DataFrame, profile: pl.Series, kind: pl.Series) -> pl.Series:
    """Return the unit of each row: of its kind, in the unit of its profile and dose."""
    theirs = keys.select("profile", "unit").join(overall.select("profile", "per"), on="profile", how="left")
    pairs = theirs.select("unit", "per").unique(maintain_order=True).with_row_index("pair")
    theirs = theirs.join(pairs, on=["unit", "per"], how="left", nulls_equal=True, maintain_order="left")
    names = pl.concat([pairs.with_columns(expr.alias("unit"))["unit"] for expr in UNITS.values()])
    return names.gather(kind * len(pairs) + theirs["pair"].cast(pl.Int64).gather(profile))
