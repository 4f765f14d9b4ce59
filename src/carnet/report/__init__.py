"""From results to a report that a person reads."""

from carnet.report.document import render

__all__ = ["render"]
