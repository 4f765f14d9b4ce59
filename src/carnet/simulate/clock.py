"""The clock: protocol days and minutes as the dates that people write, and values as the text that they type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from carnet.simulate.streams import Booleans, Floats, Integers

Text = npt.NDArray[np.str_]
DAY = 1440


@dataclass(frozen=True)
class Clock:
    """The date of protocol day 0 of each person."""

    start: npt.NDArray[np.datetime64]

    @classmethod
    def of(cls, starts: tuple[date, ...]) -> Clock:
        """Return the clock of people whose day 0 are these dates."""
        return cls(np.array(starts, "datetime64[D]"))

    def date(self, person: Integers, day: Floats | Integers) -> Text:
        """Return dates such as 2025-03-01; empty where the day is not a number."""
        known = ~np.isnan(np.asarray(day, float))
        days = np.where(known, day, 0).astype(int)
        return np.where(known, np.datetime_as_string(self.start[person] + days, unit="D"), "")

    def moment(self, person: Integers, minute: Floats | Integers) -> Text:
        """Return moments such as 2025-03-01T08:30 from minutes since midnight of day 0; empty where not a number."""
        known = ~np.isnan(np.asarray(minute, float))
        minutes = np.floor(np.where(known, minute, 0)).astype(int)
        whole = self.start[person].astype("datetime64[m]") + minutes
        return np.where(known, np.datetime_as_string(whole, unit="m"), "")


def number(values: Floats, decimals: int | None) -> Text:
    """Return numbers with their decimals; empty where not a number.

    >>> number(np.array([2.3, float("nan")]), 2).tolist()
    ['2.30', '']
    """
    known = ~np.isnan(values)
    said = np.char.mod(f"%.{decimals or 0}f", np.where(known, values, 0.0) + 0.0)
    return np.where(known, said, "")


def yes(answers: Booleans) -> Text:
    """Return Y or N."""
    return np.where(answers, "Y", "N")


def pick(words: tuple[str, ...] | list[str], which: Integers) -> Text:
    """Return the word at each position; empty for a negative one."""
    return np.where(which >= 0, np.array([*words, ""])[which], "")
