"""From SDTM tables to analysis datasets: baseline, windows, emergence, response."""

from carnet.adam.trial import DATASETS, derive, response_frame

__all__ = ["DATASETS", "derive", "response_frame"]
