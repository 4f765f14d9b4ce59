"""What stands at the foot of every printed output: on whom, from which data, up to when, by which version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from carnet import __version__

SETS = {
    "SCREENED": "all patients screened",
    "SAFFL": "patients treated with fludarabine, cyclophosphamide or cells",
    "CARFL": "patients infused with cells",
    "LNFL": "patients with proteinuria above 0.5 at baseline",
    "KINFL": "patients with a valid sample after an infusion",
}
"""The populations in words, by the flag of ADSL."""


def footing(number: str, results: pl.DataFrame, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield population, source datasets, data cut and version of the output with this number."""
    own = results.filter(pl.col("output_id") == number)
    flags = [flag for flag in own["population"].unique(maintain_order=True) if flag]
    if flags:
        yield "Population: " + "; ".join(SETS.get(flag, flag) for flag in flags) + "."
    datasets = [name for name in own["dataset"].unique(maintain_order=True) if name]
    source = f"Source: {', '.join(datasets)}. " if datasets else ""
    cut = f"Data cut: {manifest['data_cut']}. " if manifest.get("data_cut") else ""
    yield f"{source}{cut}carnet {__version__}, study definition {str(manifest['study_digest'])[:12]}."
