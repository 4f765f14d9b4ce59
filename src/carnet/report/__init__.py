"""From results to a report that a person reads."""

from carnet.report.document import headlines, render

__all__ = ["headlines", "render"]
