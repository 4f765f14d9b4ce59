"""Enrolment: when each person would have the first infusion, in order of screening."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from carnet.simulate.numbers import Numbers
from carnet.simulate.streams import Booleans, Integers, Streams


def starts(streams: Streams, treated: Booleans, weekday: Integers, numbers: Numbers) -> tuple[date, ...]:
    """Return the date of day 0 of each person: chance gaps, the stagger between patients, the day of the week."""
    n = numbers
    gaps = n["calendar.gap_least"] + streams.gamma("enrolment.gap", 3.0) * n["calendar.gap_scale"]
    current = date(int(n["calendar.year"]), int(n["calendar.month"]), int(n["calendar.day"]))
    last = current - timedelta(days=90)
    before: Integers = np.cumsum(treated) - treated
    found = []
    for gap, here, number, wanted in zip(gaps, treated, before, weekday, strict=True):
        current += timedelta(days=int(gap if here else 0.4 * gap))
        if here:
            least = (
                n["calendar.stagger_next"] if number == n["calendar.stagger_first"] else n["calendar.stagger"]
            )
            current = max(current, last + timedelta(days=int(least)))
        current += timedelta(days=int((wanted - current.weekday()) % 7))
        last = current if here else last
        found.append(current)
    return tuple(found)
