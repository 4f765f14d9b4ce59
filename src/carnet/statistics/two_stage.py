"""Simon's two-stage designs: stop early for futility, else decide at the end (simon1989)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from carnet.core.errors import InputError
from carnet.statistics.counts import whole


@dataclass(frozen=True)
class TwoStage:
    """Stop after `n1` patients at `r1` responders or fewer; promising if more than `r` of all `n` respond.

    `alpha` and `power` are what the design truly has; `expected` patients and `stop_early` hold at the rate p0.
    """

    r1: int
    n1: int
    r: int
    n: int
    alpha: float
    power: float
    expected: float
    stop_early: float


def promising(r1: int, n1: int, r: int, n: int, rate: float) -> float:
    """Return the probability that the design calls the treatment promising at a true rate.

    >>> round(promising(1, 3, 6, 10, 0.8), 4)
    0.8221
    """
    from scipy.stats import binom

    r1, n1, r, n = (whole(name, v) for name, v in (("r1", r1), ("n1", n1), ("r", r), ("n", n)))
    first = np.arange(r1 + 1, n1 + 1)
    return float(np.sum(binom.pmf(first, n1, rate) * binom.sf(r - first, n - n1, rate)))


def optimal(p0: float, p1: float, alpha: float, beta: float, largest: int = 60) -> TwoStage:
    """Return the design with the fewest patients expected at p0, of those with both errors within bounds.

    >>> design = optimal(0.10, 0.30, 0.05, 0.20)
    >>> design.r1, design.n1, design.r, design.n, round(design.expected, 3)
    (1, 10, 5, 29, 15.014)
    """
    return min(_designs(p0, p1, alpha, beta, largest), key=lambda d: (d.expected, d.n, d.n1))


def minimax(p0: float, p1: float, alpha: float, beta: float, largest: int = 60) -> TwoStage:
    """Return the design with the fewest patients at most; of several, the one with the fewest expected at p0.

    >>> design = minimax(0.10, 0.30, 0.05, 0.20)
    >>> design.r1, design.n1, design.r, design.n, round(design.stop_early, 4)
    (1, 15, 5, 25, 0.549)
    """
    return min(_designs(p0, p1, alpha, beta, largest), key=lambda d: (d.n, d.expected, d.n1))


def _designs(p0: float, p1: float, alpha: float, beta: float, largest: int) -> list[TwoStage]:
    if not (0 < p0 < p1 < 1 and 0 < alpha < 1 and 0 < beta < 1):
        raise InputError(
            f"A design takes 0 < p0 < p1 < 1 and errors between 0 and 1; "
            f"these are p0 {p0!r}, p1 {p1!r}, alpha {alpha!r}, beta {beta!r}."
        )
    found = [design for n in range(2, largest + 1) for design in _of_size(n, p0, p1, alpha, beta)]
    if not found:
        raise InputError(
            f"No two-stage design of at most {largest} patients has errors {alpha:g} and {beta:g}; raise `largest`."
        )
    return found


def _of_size(n: int, p0: float, p1: float, alpha: float, beta: float) -> Iterator[TwoStage]:
    """Yield, for each first stage of a trial of n, the design of smallest r whose errors are within bounds."""
    from scipy.stats import binom

    for n1 in range(1, n):
        seen, coming = np.arange(n1 + 1), n - n1
        r = np.arange(n)
        tails = r[:, None] - seen[None, :]  # by r and by responders of stage 1: what stage 2 must exceed
        reach = {p: binom.pmf(seen, n1, p) * binom.sf(tails, coming, p) for p in (p0, p1)}
        beyond = {p: np.cumsum(reach[p][:, ::-1], axis=1)[:, ::-1] for p in (p0, p1)}
        for r1 in range(n1):
            within = (beyond[p0][:, r1 + 1] <= alpha) & (beyond[p1][:, r1 + 1] >= 1 - beta)
            if not within.any():
                continue
            best = int(np.flatnonzero(within)[0])
            stop = float(binom.cdf(r1, n1, p0))
            yield TwoStage(
                r1, n1, best, n, float(beyond[p0][best, r1 + 1]), float(beyond[p1][best, r1 + 1]),
                math.fsum((n1, (1 - stop) * coming)), stop,
            )  # fmt: skip
