"""Random numbers: a stream for each patient and each thing drawn, so that no draw disturbs another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.signedinteger[Any]]
Booleans = npt.NDArray[np.bool_]

SALT = "carnet-794"
"""Goes into every key: chosen so that the trial of seed 1, which everybody sees first, holds some of everything."""


@dataclass(frozen=True)
class Streams:
    """The random numbers of some patients.

    Every draw has a name, such as `"laboratory.noise"`, and every (seed, patient, name) its own Philox stream.
    A patient's numbers therefore depend neither on the other patients nor on what else was drawn.

    >>> few, many = Streams(1, (4, 9)), Streams(1, tuple(range(12)))
    >>> bool((few.normal("age") == many.normal("age")[[4, 9]]).all())
    True
    """

    seed: int
    patients: tuple[int, ...]

    def _generators(self, name: str) -> Iterator[np.random.Generator]:
        for patient in self.patients:
            key = blake2b(f"{SALT}/{self.seed}/{patient}/{name}".encode(), digest_size=16).digest()
            yield np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))

    def uniform(self, name: str, *shape: int) -> Floats:
        """Return uniform numbers in [0, 1), the first axis being the patients."""
        return np.stack([generator.random(shape) for generator in self._generators(name)])

    def normal(self, name: str, *shape: int) -> Floats:
        """Return standard normal numbers, the first axis being the patients."""
        return np.stack([generator.standard_normal(shape) for generator in self._generators(name)])

    def gamma(self, name: str, k: float, *shape: int) -> Floats:
        """Return gamma numbers of shape k and scale 1, the first axis being the patients."""
        return np.stack([generator.standard_gamma(k, shape) for generator in self._generators(name)])

    def poisson(self, name: str, mean: float, *shape: int) -> Integers:
        """Return Poisson counts, the first axis being the patients."""
        return np.stack([generator.poisson(mean, shape) for generator in self._generators(name)])

    def lots(self, name: str, person: Integers, *labels: npt.ArrayLike) -> Floats:
        """Return a uniform number for each cell, named by a person and labels: the same whatever other cells there are.

        >>> few = Streams(1, (4, 9)).lots("slip", np.array([0, 1]), ["hgb", "wbc"])
        >>> many = Streams(1, (4, 9)).lots("slip", np.array([1, 0, 0]), ["wbc", "alt", "hgb"])
        >>> bool((few == many[[2, 0]]).all())
        True
        """
        keys = [_number(f"{SALT}/{self.seed}/{patient}/{name}") for patient in self.patients]
        state = np.array(keys, np.uint64)[person]
        for label in labels:
            words, place = np.unique(np.asarray(label, str), return_inverse=True)
            numbers = np.array([_number(word) for word in words.tolist()], np.uint64)
            state = _mixed(state ^ numbers[place])
        return (_mixed(state) >> np.uint64(11)) * 2.0**-53


def _number(text: str) -> np.uint64:
    """Return 64 bits that stand for a text."""
    return np.uint64(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big"))


def _mixed(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the bits well mixed (the finisher of SplitMix64)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def choose(uniform: Floats, weights: npt.ArrayLike) -> Integers:
    """Return the position chosen by each uniform number, with chances in proportion to the weights.

    >>> choose(np.array([0.1, 0.6, 0.95]), [5, 4, 1]).tolist()
    [0, 1, 2]
    """
    steps = np.cumsum(weights, axis=-1) / np.sum(weights, axis=-1, keepdims=True)
    return np.minimum((uniform[..., None] >= steps).sum(axis=-1), np.shape(weights)[-1] - 1)
