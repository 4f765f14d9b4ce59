"""A boundary on the number of toxicities: from how many on, among the patients known, a trial pauses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from carnet.core.errors import InputError
from carnet.statistics.counts import part_of, whole
from carnet.statistics.proportion import posterior

NOISE = 12
"""Decimals at which probabilities are compared: floating noise never decides."""


@dataclass(frozen=True)
class Boundary:
    """The least number of toxicities that pauses the trial after each patient; None where no number can."""

    limits: tuple[int | None, ...]

    def at(self, n: int) -> int | None:
        """Return the number of toxicities among `n` patients from which the trial pauses."""
        if not 0 <= n <= len(self.limits):
            raise InputError(f"n is {n}; this boundary is made for {len(self.limits)} patients.")
        return self.limits[n - 1] if n else None

    def met(self, events: int, n: int) -> bool:
        """Return whether so many toxicities among n patients pause the trial."""
        x, n = part_of("events", events, n)
        limit = self.at(n)
        return limit is not None and x >= limit

    def further(self, events: int, n: int) -> int | None:
        """Return how many of the next patients, each with a toxicity, would pause the trial; None if none could.

        >>> bayesian(10, rate=0.2, prior=(0.4, 1.6), certainty=0.95).further(1, 4)
        3
        """
        x, n = part_of("events", events, n)
        more = range(len(self.limits) - n + 1)
        return next((k for k in more if self.met(x + k, n + k)), None)


def bayesian(patients: int, rate: float, prior: tuple[float, float], certainty: float) -> Boundary:
    """Return where the posterior probability of a rate above `rate` exceeds `certainty` (thall1994).

    Of toxicity as in (geller2003). A prior by which a trial would pause without a single toxicity is refused.

    >>> bayesian(10, rate=0.2, prior=(0.4, 1.6), certainty=0.95).limits
    (None, 2, 3, 3, 4, 4, 4, 4, 5, 5)
    """
    _open("certainty", certainty)
    _open("rate", rate)
    found = _limits(patients, lambda x, n: round(posterior(x, n, prior).above(rate), NOISE) > certainty)
    if 0 in found:
        raise InputError(
            f"With the prior {prior} and certainty {certainty:g} a trial pauses at patient {found.index(0) + 1} "
            "without any toxicity; choose a prior with a lower mean, or a higher certainty."
        )
    return Boundary(found)


def pocock(patients: int, rate: float, alpha: float) -> Boundary:
    """Return the exact binomial boundary of one level at every look (ivanova2005).

    The level is the largest at which a trial whose true rate is `rate` pauses with a probability of at most `alpha`.
    Only tail probabilities of the binomial can be that level, so all of them are tried.

    >>> pocock(10, rate=0.2, alpha=0.10).limits
    (None, 2, 3, 3, 4, 4, 4, 4, 5, 5)
    """
    from scipy.stats import binom

    _open("alpha", alpha)
    _open("rate", rate)
    tails = {
        (x, n): round(float(binom.sf(x - 1, n, rate)), NOISE)
        for n in range(1, whole("patients", patients) + 1)
        for x in range(1, n + 1)
    }

    def of(level: float) -> Boundary:
        return Boundary(_limits(patients, lambda x, n: x > 0 and tails[x, n] <= level))

    best = Boundary((None,) * patients)
    for level in sorted(level for level in set(tails.values()) if level <= alpha):
        tried = of(level)
        if round(immediate(tried, rate).stop, NOISE) > alpha:
            break
        best = tried
    return best


def _limits(patients: int, pauses: Callable[[int, int], bool]) -> tuple[int | None, ...]:
    looks = range(1, whole("patients", patients) + 1)
    return tuple(next((x for x in range(n + 1) if pauses(x, n)), None) for n in looks)


def _open(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise InputError(f"{name} is {value!r}; it takes a number between 0 and 1.")


State = tuple[int, int, int]


@dataclass(frozen=True)
class Operating:
    """What a boundary does where the true toxicity rate is `rate`.

    `stop` is the probability to pause; `in_time`, to pause while a patient is still to be treated; `patients` and
    `events` are the expected numbers treated, and with a toxicity, those under follow-up at the pause included.
    """

    rate: float
    stop: float
    in_time: float
    patients: float
    events: float


def immediate(boundary: Boundary, rate: float) -> Operating:
    """Return what the boundary does where each outcome is known before the next patient, by exact recursion.

    >>> found = immediate(bayesian(10, rate=0.2, prior=(0.4, 1.6), certainty=0.95), 0.2)
    >>> f"{found.stop:.4f} {found.patients:.2f}"
    '0.0928 9.51'
    """
    return delayed(boundary, rate, tuple(range(0, 2 * len(boundary.limits), 2)), window=1, known=1)


def delayed(
    boundary: Boundary, rate: float, entry: tuple[float, ...], window: float, known: float
) -> Operating:
    """Return what the boundary does where patients enter on the days `entry`, by exact recursion over the calendar.

    A patient without a toxicity counts from the end of the `window` (days after entry) on, one with a toxicity from
    the day `known` of it; until then neither. On one day outcomes are heard before the next patient enters.
    """
    total = len(boundary.limits)
    if len(entry) != total or list(entry) != sorted(entry):
        raise InputError(f"The boundary is for {total} patients; give as many days of entry, in order.")
    if not 0 < known <= window < math.inf:
        raise InputError(f"A toxicity is known on day {known:g} of {window:g}; give a day of the window.")
    if not 0 <= rate <= 1:
        raise InputError(f"rate is {rate!r}; it takes a number from 0 to 1.")
    outcomes = sorted(
        (day + wait, shows, k)
        for k, day in enumerate(entry)
        for wait, shows in ((known, False), (window, True))
    )
    # The state: patients known, toxicities among them, and (as bits) those known whose window is still open.
    going: dict[State, float] = {(0, 0, 0): 1.0}
    stop, in_time, patients = 0.0, 0.0, 0.0
    for day, heard in groupby(outcomes, key=lambda outcome: outcome[0]):
        for _, closes, k in heard:
            going = _close(going, k) if closes else _show(going, k, rate)
        treated = sum(1 for entered in entry if entered < day)
        met = {state: chance for state, chance in going.items() if boundary.met(state[1], state[0])}
        now = math.fsum(met.values())
        stop, patients = stop + now, patients + now * treated
        in_time += now if treated < total else 0.0
        going = {state: chance for state, chance in going.items() if state not in met}
    patients += math.fsum(going.values()) * total
    return Operating(rate, stop, in_time, patients, rate * patients)


def _show(going: dict[State, float], k: int, rate: float) -> dict[State, float]:
    """Return the chances of each state after the day on which patient k has a toxicity or has none."""
    after: dict[State, float] = {}
    for (n, x, early), chance in going.items():
        for state, part in (((n + 1, x + 1, early | 1 << k), rate), ((n, x, early), 1 - rate)):
            after[state] = after.get(state, 0.0) + chance * part
    return after


def _close(going: dict[State, float], k: int) -> dict[State, float]:
    """Return the chances of each state after the window of patient k: who is not known yet has had no toxicity."""
    after: dict[State, float] = {}
    for (n, x, early), chance in going.items():
        state = (n, x, early ^ 1 << k) if early >> k & 1 else (n + 1, x, early)
        after[state] = after.get(state, 0.0) + chance
    return after


def entry_days(
    patients: int, first: int, between: float, before_next: float, later: float
) -> tuple[float, ...]:
    """Return the earliest days of entry by a stagger: the `first` patients, the one after them, and the rest.

    >>> entry_days(6, first=3, between=14, before_next=28, later=7)
    (0.0, 14.0, 28.0, 56.0, 63.0, 70.0)
    """
    gaps = [between if k < first else before_next if k == first else later for k in range(1, patients)]
    days = [0.0]
    for gap in gaps:
        days.append(days[-1] + gap)
    return tuple(days)
