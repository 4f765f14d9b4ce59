"""People: who they are, how their lupus shows and how they will respond."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from carnet.simulate.numbers import Numbers, column, table
from carnet.simulate.streams import Booleans, Floats, Integers, Streams, choose

KEYS: tuple[str, ...] = tuple(table("manifestations")["key"])
"""The manifestations of the model, in the order of every array that has one row per manifestation."""

DEEP, PARTIAL, NONE = range(3)
CLASSES = ("deep", "partial", "none")
ORGANS = ("renal", "serology", "haematological", "mucocutaneous", "musculoskeletal")


def which(*keys: str) -> list[int]:
    """Return the positions of some manifestations."""
    return [KEYS.index(key) for key in keys]


@dataclass(frozen=True)
class People:
    """Candidates or patients, one row each."""

    streams: Streams
    female: Booleans
    age: Floats
    duration: Floats
    height: Floats
    weight: Floats
    severity: Floats
    has: Booleans
    severe: Booleans
    pace: Floats
    response: Integers
    steroid: Floats

    def __len__(self) -> int:
        return len(self.age)


def draw(streams: Streams, numbers: Numbers) -> People:
    """Return the people behind the streams: age, size, manifestations, class of response, steroid at entry."""
    n = numbers
    female = streams.uniform("people.sex") < n["people.female"]
    low, high = (
        NormalDist(n["people.age"], n["people.age_sd"]).cdf(n[f"people.age_{end}"]) for end in ("low", "high")
    )
    share = low + streams.uniform("people.age") * (high - low)
    age = np.array([NormalDist(n["people.age"], n["people.age_sd"]).inv_cdf(s) for s in share])
    ill = streams.gamma("people.duration", n["people.duration_shape"]) * n["people.duration_scale"]
    size = streams.normal("people.size", 2)
    height = (
        np.where(female, n["people.height_female"], n["people.height_male"])
        + n["people.height_sd"] * size[:, 0]
    )
    heavy = 0.4 * size[:, 0] + np.sqrt(1 - 0.4**2) * size[:, 1]
    weight = (
        np.where(female, n["people.weight_female"], n["people.weight_male"]) + n["people.weight_sd"] * heavy
    )
    severity = streams.normal("people.severity")
    return People(
        streams, female, age, np.clip(ill, n["people.duration_least"], age - n["people.onset_least"]),
        np.round(height, 1), np.clip(weight, n["people.weight_least"], None), severity,
        _manifestations(streams, n, severity),
        streams.uniform("people.severe", len(KEYS)) < column("manifestations", "severe"),
        np.exp(n["response.pace_sd"] * streams.normal("people.pace")),
        choose(streams.uniform("people.response"), n.group("response", *CLASSES)), _steroid(streams, n),
    )  # fmt: skip


def _manifestations(streams: Streams, n: Numbers, severity: Floats) -> Booleans:
    """Draw who has what from one factor of severity, one factor per organ and chance."""
    organ = table("manifestations")["organ"].to_list()
    loading = np.array([n.get(f"phenotype.loading_{o}", n["phenotype.loading_other"]) for o in ORGANS])
    factors = loading * severity[:, None] + np.sqrt(1 - loading**2) * streams.normal(
        "people.organs", len(ORGANS)
    )
    own = streams.normal("people.manifestations", len(KEYS))
    share = n["phenotype.organ_share"]
    latent = np.stack(
        [
            share * (factors[:, ORGANS.index(o)] if o in ORGANS else severity)
            + np.sqrt(1 - share**2) * own[:, m]
            for m, o in enumerate(organ)
        ],
        axis=1,
    )
    cut = np.array([NormalDist().inv_cdf(1 - p) for p in column("manifestations", "prevalence")])
    return latent > cut


def _steroid(streams: Streams, n: Numbers) -> Floats:
    """Draw the prednisone-equivalent at screening, in steps of 2.5 mg."""
    dose = n["steroid.median"] * np.exp(n["steroid.log_sd"] * streams.normal("people.steroid"))
    return np.round(np.clip(dose, n["steroid.least"], n["steroid.most"]) / 2.5) * 2.5
