"""From SDTM tables to analysis datasets: baseline, windows, emergence, response."""

from carnet.adam.trial import DATASETS, derive

__all__ = ["DATASETS", "derive"]
