"""The numbers of the patient model: medians, spreads, chances and hazards, each with its source or marked assumed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from carnet.core.errors import DefinitionError
from carnet.simulate.streams import Floats


@cache
def table(name: str) -> pl.DataFrame:
    """Return a table of the model; its `status` column says published, calibrated or assumed."""
    with files("carnet.simulate").joinpath(f"{name}.csv").open("rb") as handle:
        return pl.read_csv(handle.read(), infer_schema_length=None)


def column(name: str, of: str) -> Floats:
    """Return a column of numbers of a table of the model."""
    return table(name)[of].cast(pl.Float64).to_numpy()


def presets() -> list[str]:
    """Return the names of the presets.

    >>> presets()
    ['carnk_base', 'cart_like', 'pessimistic', 'null_like']
    """
    return table("presets")["preset"].unique(maintain_order=True).to_list()


class Numbers(dict[str, float]):
    """The numbers in force by name; one that the tables lack is refused by name."""

    def __missing__(self, name: str) -> float:
        raise DefinitionError(
            f"The simulation has no number {name!r}; add it to numbers.csv or correct the name."
        )

    def group(self, prefix: str, *names: str) -> Floats:
        """Return several numbers that share a prefix, as an array."""
        return np.array([self[f"{prefix}.{name}"] for name in names])


def numbers(preset: str, settings: Mapping[str, float] | None = None) -> Numbers:
    """Return the numbers of a preset: those of `numbers.csv`, some replaced by `presets.csv`, some by the caller."""
    if preset not in presets():
        raise DefinitionError(f"There is no preset {preset!r}; choose one of {', '.join(presets())}.")
    chosen = table("presets").filter(pl.col("preset") == preset)
    base = table("numbers")
    found = Numbers(zip(base["number"], base["value"].cast(float), strict=True))
    found.update(zip(chosen["number"], chosen["value"].cast(float), strict=True))
    for name, value in (settings or {}).items():
        found[name]  # refuses a name that is not there
        found.__setitem__(name, float(value))
    return found
