"""The trial as data: reading it, checking it, placing days in its windows."""

from carnet.study.estimand import Estimand
from carnet.study.protocol import (
    AnalysisWindow,
    Arm,
    Criterion,
    Element,
    Endpoint,
    Epoch,
    Fact,
    Limit,
    Population,
    Visit,
)
from carnet.study.read import read
from carnet.study.study import Study

__all__ = [
    "AnalysisWindow",
    "Arm",
    "Criterion",
    "Element",
    "Endpoint",
    "Epoch",
    "Estimand",
    "Fact",
    "Limit",
    "Population",
    "Study",
    "Visit",
    "read",
]
