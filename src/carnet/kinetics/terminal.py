"""The terminal rate: a line through the logarithm of the last levels, of all profiles at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from carnet.kinetics.courses import Floats, Runs, Truths, Whole

COLUMNS = ("lamz", "lamz_n", "lamz_first", "lamz_last", "r2", "r2adj", "clstp", "lamz_levels", "lamz_range")
"""What a fit says; the last two stand also where there is none: levels there were, and how they differ."""


def fit(
    profile: Whole, time: Floats, level: Floats, rules: Mapping[str, Any]
) -> tuple[Whole, dict[str, Floats]]:
    """Return profiles and their best line, from the levels that may enter it, in order of time (denney2015).

    Lines through the last k levels are drawn for every k from `lamz_points`; among those that fall and whose
    adjusted R squared is less than `lamz_tolerance` below the best, the one through most levels is taken.
    Walks back from the last level of every profile at once, so the work is one step per level of the longest.

    >>> t = np.array([1.0, 2.0, 3.0])
    >>> rules = {"lamz_points": 3, "lamz_tolerance": 1e-4, "lamz_flat": 1e-6}
    >>> found = fit(np.zeros(3, int), t, 8 * np.exp(-0.5 * t), rules)[1]
    >>> found["lamz"].round(9).item(), found["lamz_n"].item()
    (0.5, 3.0)
    """
    runs = Runs(profile)
    many = runs.ends - runs.starts
    longest_first = np.argsort(-many, kind="stable")
    many, end = many[longest_first], runs.ends[longest_first]
    last = time[end - 1] if len(end) else time
    y = np.log(level)
    n = len(many)
    mean_t, mean_y, tt, ty, yy = (np.zeros(n) for _ in range(5))
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    best = np.full(n, -np.inf)
    lines = []
    for k in range(1, int(many[0]) + 1 if n else 1):
        on = int(np.searchsorted(-many, -k, side="right"))  # as many profiles have k levels
        t_k, y_k = time[end[:on] - k], y[end[:on] - k]
        dt, dy = t_k - mean_t[:on], y_k - mean_y[:on]
        mean_t[:on] += dt / k
        mean_y[:on] += dy / k
        tt[:on] += dt * (t_k - mean_t[:on])
        ty[:on] += dt * (y_k - mean_y[:on])
        yy[:on] += dy * (y_k - mean_y[:on])
        low[:on], high[:on] = np.minimum(low[:on], y_k), np.maximum(high[:on], y_k)
        if k < rules["lamz_points"]:
            continue
        uneven = high[:on] - low[:on] > rules["lamz_flat"]
        r2 = np.full(on, np.nan)
        r2[uneven] = ty[:on][uneven] ** 2 / (tt[:on][uneven] * yy[:on][uneven])
        r2 = np.minimum(r2, 1.0)
        adjusted = 1 - (1 - r2) * (k - 1) / (k - 2)
        best[:on] = np.fmax(best[:on], adjusted)
        slope = ty[:on] / tt[:on]
        lines.append((k, slope, np.exp(mean_y[:on] + slope * (last[:on] - mean_t[:on])), r2, adjusted))
    found = {name: np.full(n, np.nan) for name in COLUMNS}
    for k, slope, predicted, r2, adjusted in lines:
        on = len(slope)
        good: Truths = (slope < 0) & (adjusted > best[:on] - rules["lamz_tolerance"])
        told = {"lamz": -slope, "lamz_n": np.full(on, float(k)), "lamz_first": time[end[:on] - k], "r2": r2}
        told |= {"r2adj": adjusted, "clstp": predicted}
        for name, values in told.items():
            found[name][:on][good] = values[good]
    found["lamz_last"] = np.where(np.isnan(found["lamz"]), np.nan, last)
    found["lamz_levels"], found["lamz_range"] = many.astype(np.float64), high - low
    back = np.argsort(longest_first)
    return profile[runs.starts], {name: values[back] for name, values in found.items()}
