"""Labels: the texts of a column as numbers, so that rows are grouped and sorted without reading them again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Places = npt.NDArray[np.int64]
"""Positions of rows in their table."""


class Labels(NamedTuple):
    """The distinct texts of a column, sorted, and the number of each row's among them."""

    texts: pl.Series
    number: Places

    def column(self, empty: str | None = "") -> pl.Series:
        """Return the text of each row, and what is to stand for the empty one."""
        return self.texts.replace("", empty).gather(self.number)

    def among(self, texts: pl.Series) -> Labels:
        """Return the same rows, numbered among these distinct texts, which hold all of theirs."""
        number = self.texts.cast(pl.Enum(texts)).to_physical().cast(pl.Int64).to_numpy()
        return Labels(texts, number[self.number])

    def renamed(self, texts: pl.Series) -> Labels:
        """Return the same rows under other names, one for each of the texts."""
        return Labels(texts, self.number).among(texts.unique().sort())


def labels(column: pl.Series) -> Labels:
    """Return the labels of a column, without spaces at their ends; an empty cell has the empty text.

    >>> found = labels(pl.Series([" b", None, "a", "b "]))
    >>> found.texts.to_list(), found.number.tolist()
    (['', 'a', 'b'], [2, 0, 1, 2])
    """
    written = column.cast(pl.String).fill_null("")
    if (written == written.head(1)).all():  # as the analyte and the unit of most tables
        return Labels(written.head(1).str.strip_chars(), np.zeros(len(written), np.int64))
    code = written.cast(pl.Categorical).to_physical().to_numpy()
    row = np.full(int(code.max()) + 1, -1)
    row[code] = np.arange(len(code))  # of the rows of one text the last stays
    number = np.cumsum(row >= 0) - 1
    told = written.gather(row[row >= 0])
    return Labels(told, number[code]).renamed(told.str.strip_chars())
