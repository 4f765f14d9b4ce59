"""The answer: the parameters of all profiles as rows, in one order, with their units and flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from polars import col

from carnet.kinetics import durations, flags
from carnet.kinetics.blocks import Block, Numbers, tell
from carnet.kinetics.courses import Whole
from carnet.kinetics.definitions import UNITS, Definition, table
from carnet.kinetics.scopes import OVERALL

COLUMNS = ("subject", "analyte", "scope", "PPTESTCD", "PPSTRESN", "PPSTRESU", "PPSTINT", "PPENINT", "flags")
START = "P0D"
"""A scope starts with its infusion, a window where it says."""

Part = tuple[pl.DataFrame, Sequence[Block]]
"""A summary and what is told of each of its rows."""


def answer(
    keys: pl.DataFrame,
    frames: Sequence[pl.DataFrame],
    spans: Sequence[tuple[float, float]],
    told: Mapping[str, Definition],
) -> pl.DataFrame:
    """Return one row per profile, scope, parameter and window.

    `frames` are the summaries, each sorted by profile and scope: over the whole time, of each infusion, and
    of each window. The texts of a row stand in a table of the few there are, `lines`; a row holds its place.
    """
    overall, each, *_ = frames
    parts = _parts(frames, spans, told)
    units, unit = _units(keys, overall)
    profile, places = _laid(parts, len(keys))
    line, code = np.empty(len(profile), np.uint32), np.empty(len(profile), np.uint32)
    value = np.empty(len(profile))
    lines: list[pl.DataFrame] = []
    marks: list[pl.Series] = []
    for (frame, blocks), place in zip(parts, places, strict=True):
        scope, said = frame["scope"].to_numpy(), tell(frame, blocks)
        row = scope * len(units) + unit[frame["profile"]]
        line[place] = sum(map(len, lines)) + row[:, None] * len(blocks) + np.arange(len(blocks))
        code[place] = sum(map(len, marks)) + said.code
        value[place] = said.value
        lines.append(_lines(int(scope.max(initial=OVERALL)), units, blocks))
        marks.append(said.marks)
    texts, of, number = pl.concat(lines, rechunk=True), pl.Series(profile), pl.Series(line)
    return pl.DataFrame(
        [
            keys["subject"].gather(of),
            keys["analyte"].replace("", None).gather(of),
            *(texts[name].gather(number) for name in ("scope", "PPTESTCD")),
            pl.Series("PPSTRESN", value, nan_to_null=True),
            *(texts[name].gather(number) for name in ("PPSTRESU", "PPSTINT")),
            _ends(texts["PPENINT"], line, each["end"], places[1]),
            _flags(pl.concat(marks, rechunk=True), pl.Series(code), keys["apart"], of),
        ]
    )


def _parts(
    frames: Sequence[pl.DataFrame], spans: Sequence[tuple[float, float]], told: Mapping[str, Definition]
) -> tuple[Part, Part]:
    """Return what is told over the whole time and in its windows, and what of each infusion."""
    overall, each, *windows = frames
    within = [_texts(span) for span in spans]
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
            whole += [Block(code, kind, told[code], f, *end) for f, end in zip(windows, within, strict=True)]
    return (overall, whole), (each, own)


def _texts(span: tuple[float, float]) -> tuple[str, str]:
    start, end = pl.DataFrame({"d": span}).select(durations.text(col("d"))).to_series()
    return start, end


def _laid(parts: Sequence[Part], profiles: int) -> tuple[Numbers, list[Whole]]:
    """Return the profile of each row of the answer, and the place of each block of each row of the summaries.

    The rows of a profile stand together, those of the first summary first.
    """
    lengths = [np.bincount(frame["profile"], minlength=profiles) * len(blocks) for frame, blocks in parts]
    total = np.sum(lengths, axis=0)
    offset = np.cumsum(total) - total
    places = []
    for (frame, blocks), length in zip(parts, lengths, strict=True):
        profile = frame["profile"].to_numpy()
        within = np.arange(len(frame)) * len(blocks) - (np.cumsum(length) - length)[profile]
        places.append((offset[profile] + within)[:, None] + np.arange(len(blocks)))
        offset = offset + length
    return np.repeat(np.arange(profiles, dtype=np.uint32), total), places


def _lines(scopes: int, units: pl.DataFrame, blocks: Sequence[Block]) -> pl.DataFrame:
    """Return the texts of each block, in each pair of units, of each scope up to so many."""
    names = ["overall", *(f"infusion {number}" for number in range(OVERALL + 1, scopes + 1))]
    schema = dict.fromkeys(("PPTESTCD", "kind", "PPSTINT", "PPENINT"), pl.String)
    told = pl.DataFrame([(b.code, b.kind, b.start, b.end) for b in blocks], schema=schema, orient="row")
    every = pl.DataFrame({"scope": names}).join(units, how="cross").join(told, how="cross")
    unit = pl.coalesce(pl.when(col("kind") == kind).then(text) for kind, text in UNITS.items())
    return every.select("scope", "PPTESTCD", unit.alias("PPSTRESU"), "PPSTINT", "PPENINT")


def _units(keys: pl.DataFrame, overall: pl.DataFrame) -> tuple[pl.DataFrame, Whole]:
    """Return the pairs of the units of level and dose that there are, and the pair of each profile."""
    theirs = keys.select("profile", "unit").join(overall.select("profile", "per"), on="profile", how="left")
    pairs = theirs.select("unit", "per").unique(maintain_order=True)
    numbered = pairs.with_row_index("pair")
    theirs = theirs.join(numbered, on=["unit", "per"], how="left", nulls_equal=True, maintain_order="left")
    return pairs, theirs["pair"].cast(pl.Int64).to_numpy()


def _ends(told: pl.Series, line: Numbers, days: pl.Series, places: Whole) -> pl.Series:
    """Return the ends of the rows: those of their lines, or of infusions at these places that another follows."""
    known = days.is_not_null().to_numpy()
    if not known.any():
        return told.gather(line)
    distinct = days.drop_nulls().unique().sort().to_frame("days")
    texts = distinct.select(durations.text(col("days"))).to_series()
    at = line.copy()
    at[places[known]] = len(told) + distinct["days"].search_sorted(days.drop_nulls()).to_numpy()[:, None]
    return pl.concat([told, texts.alias(told.name)], rechunk=True).gather(at)


def _flags(marks: pl.Series, code: pl.Series, apart: pl.Series, of: pl.Series) -> pl.Series:
    """Return the codes of each row; the unit of its profile, which ends them, where its analyte has several."""
    texts = flags.text(marks).alias("flags").gather(code)
    if apart.null_count() == len(apart):
        return texts
    named = (marks & flags.bit(flags.UNIT) != 0).gather(code)  # UNIT: is the last code beside a number
    return pl.select(
        pl.when(named).then(texts + apart.gather(of)).otherwise(texts).alias("flags")
    ).to_series()
