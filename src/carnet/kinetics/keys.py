"""Keys: the profiles that samples and infusions make, in order of subject, analyte and unit, numbered."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from carnet.kinetics.labels import Labels, Places
from carnet.kinetics.samples import PROFILE, Samples

WIDEST = 2**25
"""So many possible profiles are held in a table, one place each; of more, those that occur are searched."""


def keyed(read: Samples, infusions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the samples with the number of their profile, and the profiles in order.

    Profiles are those with samples, and those of subjects infused and never sampled. Each has its unit, that
    unit again where its analyte has several (`apart`), the `origin` of its clock, the place of its `first`
    infusion, and how many were `given`.
    """
    labels = {**read.labels, "subject": _with_infused(read.labels["subject"], infusions["subject"])}
    sizes = tuple(len(labels[name].texts) for name in PROFILE)
    profile, every = _numbered([labels[name].number for name in PROFILE], sizes)
    texts = {
        name: labels[name].texts.gather(number)
        for name, number in zip(PROFILE, np.unravel_index(every, sizes), strict=True)
    }
    keys = pl.DataFrame({"profile": np.arange(len(every)), **texts})
    several = pl.col("measure").n_unique().over("subject", "analyte") > 1 if sizes[2] > 1 else pl.lit(False)
    keys = keys.with_columns(
        pl.col("measure").replace("", None).replace(read.spelt).alias("unit"),
        pl.when(several).then("measure").alias("apart"),
    )
    subjects = infusions.with_row_index("first").group_by("subject", maintain_order=True)
    theirs = subjects.agg(pl.col("origin").first(), pl.col("first").first(), pl.len().alias("given"))
    keys = keys.join(theirs, on="subject", how="left", maintain_order="left")
    keys = keys.with_columns(pl.col("first", "given").fill_null(0).cast(pl.Int64))
    return read.rows.with_columns(profile=pl.Series(profile)), keys


def _with_infused(subject: Labels, infused: pl.Series) -> Labels:
    """Return the labels of the subjects among all: those sampled and those infused."""
    every = pl.concat([subject.texts, infused.unique()]).unique().sort()
    return subject if len(every) == len(subject.texts) else subject.among(every)


def _numbered(numbers: list[Places], sizes: tuple[int, ...]) -> tuple[Places, Places]:
    """Return the number of each sample's profile, and the code of every profile, in order."""
    subjects, *others = sizes
    kinds = math.prod(others)
    code = np.ravel_multi_index(numbers, sizes)
    narrow = subjects * kinds <= WIDEST
    sampled = np.flatnonzero(np.bincount(code)) if narrow else np.unique(code)
    never = np.bincount(sampled // kinds, minlength=subjects) == 0
    there = np.flatnonzero(np.bincount(sampled % kinds))
    unsampled = (np.flatnonzero(never)[:, None] * kinds + there).ravel()
    every = np.sort(np.concatenate([sampled, unsampled]))
    if not narrow:
        return np.searchsorted(every, code), every
    number = np.empty(subjects * kinds, np.int64)
    number[every] = np.arange(len(every))
    return number[code], every
