"""Infections: when they come, which they are, how severe and whether with fever."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carnet.simulate.numbers import Numbers, column, table
from carnet.simulate.people import People
from carnet.simulate.streams import Booleans, Floats, Integers, choose

MOST = 5
"""Infections that one period of follow-up can hold."""
PERIODS = ("early", "middle", "late")
URINARY = table("infections")["site"].to_list().index("URINARY")
"""The kind that shows in the urine."""


@dataclass(frozen=True)
class Infections:
    """Infections of each person, a column per infection; `start` is not a number where there is none."""

    start: Floats
    stop: Floats
    kind: Integers
    grade: Integers
    fever: Booleans
    hospital: Booleans


def infections(people: People, numbers: Numbers) -> Infections:
    """Return the infections from the first day of lymphodepletion to the end of month 12."""
    n, streams = numbers, people.streams
    starts = []
    for period in PERIODS:
        low, high = n[f"infection.{period}_from"], n[f"infection.{period}_to"]
        count = streams.poisson(
            f"infections.count_{period}", n[f"infection.{period}_rate"] / 100 * (high - low)
        )
        moment = low + streams.uniform(f"infections.start_{period}", MOST) * (high - low)
        starts.append(np.where(np.arange(MOST) < count[:, None], moment, np.nan))
    start = np.concatenate(starts, axis=1)
    slots = start.shape[1]
    kind = choose(streams.uniform("infections.kind", slots), column("infections", "weight"))
    worst = column("infections", "worst_low")[kind]
    severe = streams.uniform("infections.severe", slots) < np.where(
        worst >= 3, n["infection.severe_lung"], n["infection.severe"]
    )
    grade = np.where(severe, 3, 2)
    spread = np.exp(n["infection.days_log_sd"] * streams.normal("infections.days", slots))
    days = np.maximum(np.round(column("infections", "days")[kind] * spread), 3)
    fever = severe | (streams.uniform("infections.fever", slots) < column("infections", "fever")[kind])
    return Infections(start, start + days, kind, grade, fever, severe)
