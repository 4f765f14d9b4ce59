"""Curves over the days of the trial: broken lines, bumps and slow noise, one row per patient."""

from __future__ import annotations

import numpy as np

from carnet.simulate.streams import Floats, Integers

FIRST, LAST = -150, 440
DAYS: Floats = np.arange(FIRST, LAST + 1, dtype=float)
"""Protocol days on which everything that runs on is known; day 0 is the first infusion."""


def at(curve: Floats, day: Integers | Floats) -> Floats:
    """Return the values of a curve (patient by day) on given days (patient by anything), day by day.

    >>> at(DAYS[None, :], np.array([[0, 28]])).tolist()
    [[0.0, 28.0]]
    """
    index = np.clip(np.floor(day).astype(int) - FIRST, 0, curve.shape[-1] - 1)
    return np.take_along_axis(curve, index, axis=-1)


def line(x: Floats, y: Floats) -> Floats:
    """Return the broken line through the knots x, y (patient by knot, x rising), level outside them.

    >>> float(at(line(np.array([[0.0, 10.0]]), np.array([[0.0, 1.0]])), np.array([[4]]))[0, 0])
    0.4
    """
    curve = np.broadcast_to(y[:, :1], (len(y), len(DAYS))).copy()
    for k in range(x.shape[1] - 1):
        x0, x1, y0, y1 = (a[:, None] for a in (x[:, k], x[:, k + 1], y[:, k], y[:, k + 1]))
        share = np.clip((DAYS - x0) / np.maximum(x1 - x0, 1e-9), 0, 1)
        curve = np.where(x0 <= DAYS, y0 + share * (y1 - y0), curve)
    return curve


def bump(start: Floats, stop: Floats, rise: float, fall: float) -> Floats:
    """Return 0, rising to 1 within `rise` days of `start`, staying until `stop`, then gone in `fall` days.

    A start that is not a number gives no bump.
    """
    knots = np.stack(
        [start, start + rise, np.maximum(stop, start + rise), np.maximum(stop, start + rise) + fall], axis=1
    )
    heights = np.broadcast_to([0.0, 1.0, 1.0, 0.0], knots.shape)
    return np.where(np.isnan(start)[:, None], 0.0, line(np.nan_to_num(knots, nan=LAST + 1.0), heights))


def smooth(noise: Floats, rho: float) -> Floats:
    """Return first-order autoregressive noise of unit variance from white noise, time being the last axis."""
    out = np.empty_like(noise)
    out[..., 0] = noise[..., 0]
    for t in range(1, noise.shape[-1]):
        out[..., t] = rho * out[..., t - 1] + np.sqrt(1 - rho * rho) * noise[..., t]
    return out
